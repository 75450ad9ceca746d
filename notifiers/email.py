"""E-mail, through one mail server (RFC 5321), on one connection that is kept."""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from contextlib import suppress
from datetime import UTC, datetime
from email.headerregistry import Address
from typing import Literal

import aiosmtplib
import structlog
from aiosmtplib.errors import SMTPException, SMTPResponseException

from core.ground.errors import SendError
from core.ground.messages import Local, Spoken
from notifiers.letters import letter

Security = Literal["starttls", "tls", "none"]

PATIENCE = 15.0  # seconds for each word of the server's
WHOLE = 45.0  # seconds for a mail: less than a row's lease
STALE = 30.0  # seconds after which a connection nobody used is not trusted any more
CLOSED = (421,)  # the server is about to leave
OURS = (500, 501, 502, 503, 504, 530, 534, 535, 538, 555)  # said of us, never of a recipient
POLICY = re.compile(r"\b5\.7\.\d+")  # RFC 3463: not allowed, which somebody can mend: ours, or our domain's records
# What may be an address. Quoted local parts are allowed by RFC 5321 and used by nobody but those who try us.
LOCAL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}")
LONGEST = 254  # bytes of an address (RFC 5321 4.5.3.1.3)

log = structlog.get_logger()


class Email:
    """Keeps Sender: `await email.send("lin@example.org", said)`. One mail at a time, as one connection carries them."""

    name = "email"

    def __init__(
        self,
        host: str,
        port: int,
        *,
        sender: str,
        shop: Local,
        security: Security = "starttls",
        user: str = "",
        password: str = "",
        trusts: ssl.SSLContext | None = None,
        patience: float = PATIENCE,
    ) -> None:
        """`sender` is our address, `shop` the name above it. `trusts`: whose certificates, if not the world's."""
        self._sender = mailable(sender)
        self._shop = shop
        self._login = (user, password) if user else None
        self._patience = patience
        self._turn = asyncio.Lock()
        self._used_at = 0.0
        self._under_way = False  # whether the server may have got the mail
        self._smtp = aiosmtplib.SMTP(
            hostname=host,
            port=port,
            timeout=patience,
            use_tls=security == "tls",
            start_tls=security == "starttls",  # and never without it, whatever the server offers
            tls_context=trusts or ssl.create_default_context(),
            local_hostname=self._sender.domain,
        )

    async def send(self, address: str, message: Spoken) -> str:
        """Hand a mail to the server; returns its Message-ID, which is the same for a repeat of `message.key`.

        Raises SendError: permanent=True where that address takes no mail. What is ours to mend, such as a login that
        is refused, is no fault of the address, and loud.
        """
        recipient = mailable(address)
        made = letter(self._sender, recipient, self._shop.in_(message.locale), message, datetime.now(UTC))
        async with self._turn:
            try:
                async with asyncio.timeout(WHOLE):
                    await self._handed(recipient, made.as_bytes())
            except BaseException as error:
                self._drop()
                if isinstance(error, TimeoutError | OSError | SMTPException):
                    raise _told(error, under_way=self._under_way) from None
                raise
        return str(made["Message-ID"])

    async def check(self) -> None:
        """Connect and log in, and send nothing. Raises SendError."""
        async with self._turn:
            try:
                async with asyncio.timeout(WHOLE):
                    await self._connected()
            except (TimeoutError, OSError, SMTPException) as error:
                self._drop()
                raise _told(error) from None

    async def aclose(self) -> None:
        async with self._turn:
            if self._smtp.is_connected:
                with suppress(SMTPException, OSError, TimeoutError):
                    await self._smtp.quit(timeout=2.0)
            self._drop()

    async def _handed(self, recipient: Address, mail: bytes) -> None:
        """The envelope, then the mail. A connection that the server has left meanwhile is made anew, before the mail
        is under way."""
        self._under_way = False
        fresh = await self._connected()
        try:
            await self._envelope(recipient)
        except (aiosmtplib.SMTPServerDisconnected, ConnectionError):
            if fresh:
                raise
            self._drop()
            await self._connected()
            await self._envelope(recipient)
        self._under_way = True
        await self._smtp.data(mail)
        self._used_at = time.monotonic()

    async def _envelope(self, recipient: Address) -> None:
        options, encoding = ([], "ascii")
        if not recipient.addr_spec.isascii():
            if not self._smtp.supports_extension("smtputf8"):
                raise SendError("the mail server knows no addresses but in Latin letters", permanent=True)
            options, encoding = ["SMTPUTF8", "BODY=8BITMIME"], "utf-8"
        await self._smtp.mail(self._sender.addr_spec, options=options, encoding=encoding)
        await self._smtp.rcpt(recipient.addr_spec, encoding=encoding)

    async def _connected(self) -> bool:
        """Whether the connection is a new one."""
        if self._smtp.is_connected and time.monotonic() - self._used_at > STALE:
            self._drop()
        if self._smtp.is_connected:
            return False
        await self._smtp.connect()
        await self._smtp.ehlo()  # what it can do; after STARTTLS it has to be asked anew
        if self._login:
            await self._smtp.login(*self._login)
        self._used_at = time.monotonic()
        return True

    def _drop(self) -> None:
        """What is half said on a connection is never gone on with."""
        self._smtp.close()


def mailable(address: str) -> Address:
    """The address as mail carries it, its domain in the letters of the DNS. Raises SendError, and quotes nothing."""
    local, at, domain = address.strip().rpartition("@")
    try:
        there = domain.rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        there = ""
    fits = len(local.encode()) + 1 + len(there) <= LONGEST and "." in there and re.fullmatch(r"[a-z0-9.-]+", there)
    if not at or not LOCAL.fullmatch(local) or ".." in f".{local}." or not fits:
        raise SendError("that is no address mail can be sent to", permanent=True)
    return Address("", local, there)


def _told(error: Exception, *, under_way: bool = False) -> SendError:
    """What happened, in the server's numbers and never in its words: those quote addresses."""
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        log.error("the mail server refuses our login", code=error.code)
        return SendError(f"the mail server refuses our login ({error.code})")
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        error = error.recipients[0]
    if isinstance(error, SMTPResponseException) and not isinstance(error, aiosmtplib.SMTPReadTimeoutError):
        return _answered(error)
    if isinstance(error, aiosmtplib.SMTPConnectError | ssl.SSLError | ConnectionRefusedError):
        log.error("the mail server can't be reached", error=type(error).__name__)
    return SendError(f"the mail server did not answer ({type(error).__name__})", silent=under_way)


def _answered(error: SMTPResponseException) -> SendError:
    named = {aiosmtplib.SMTPRecipientRefused: "the recipient", aiosmtplib.SMTPSenderRefused: "our address"}
    what = named.get(type(error), "the mail")
    enhanced = re.match(r"[245]\.\d{1,3}\.\d{1,3}", error.message or "")
    said = f"{error.code} {enhanced[0]}" if enhanced else f"{error.code}"
    ours = (
        error.code in OURS
        or bool(POLICY.search(error.message or ""))
        or isinstance(error, aiosmtplib.SMTPSenderRefused | aiosmtplib.SMTPHeloError)
    )
    permanent = 500 <= error.code < 600 and not ours
    if 500 <= error.code < 600 and ours:
        log.error("the mail server refuses us", what=what, said=said)
    return SendError(f"the mail server refused {what} ({said})", permanent=permanent)
