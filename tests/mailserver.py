"""A mail server for tests: aiosmtpd in this very loop, which keeps what it takes, and can misbehave."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import (
    BasicConstraints,
    CertificateBuilder,
    DNSName,
    IPAddress,
    Name,
    NameAttribute,
    SubjectAlternativeName,
    random_serial_number,
)
from cryptography.x509.oid import NameOID

USER, PASSWORD = "shop", "the-mail-password"


@dataclass
class Mailed:
    """A mail as it was taken."""

    to: list[str]
    mail: EmailMessage
    raw: bytes

    def part(self, kind: str) -> str:
        """ "plain" or "html"."""
        found = self.mail.get_body((kind,))
        assert found is not None
        return found.get_content().replace("\r\n", "\n")


@dataclass
class MailServer:
    """`answers` are given instead of the usual ones, each once: {"RCPT": ["451 4.7.1 later"]}. `cuts` counts the mails
    whose answer is never given: the connection ends. `slow`: seconds before each mail is answered."""

    port: int = 0
    taken: list[Mailed] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)
    cuts: int = 0
    loses: bool = False  # what is cut is not kept either
    slow: float = 0.0
    connections: int = 0
    logins: int = 0
    smtps: list[SMTP] = field(default_factory=list)

    def answered(self, verb: str) -> str | None:
        waiting = self.answers.get(verb, [])
        return waiting.pop(0) if waiting else None

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: Any
    ) -> Any:
        session.host_name = hostname
        return responses

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.answered("MAIL") or "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refused = self.answered("RCPT")
        if refused is None:
            envelope.rcpt_tos.append(address)
        return refused or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(self.slow)
        if refused := self.answered("DATA"):
            return refused
        raw = envelope.content or b""
        assert isinstance(raw, bytes)
        cut, self.cuts = self.cuts > 0, max(self.cuts - 1, 0)
        if not (cut and self.loses):
            mail = message_from_bytes(raw, policy=default)
            assert isinstance(mail, EmailMessage)
            self.taken.append(Mailed(list(envelope.rcpt_tos), mail, raw))
        if cut:
            _cut(server)
        return "250 OK"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        self.logins += 1
        right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=False)

    def leave(self) -> None:
        """Every connection ends, as when the server starts anew."""
        for smtp in self.smtps:
            _cut(smtp)


def _cut(smtp: SMTP) -> None:
    if isinstance(smtp.transport, asyncio.WriteTransport):
        smtp.transport.abort()


@asynccontextmanager
async def serving(
    *,
    tls: ssl.SSLContext | None = None,
    at_once: bool = False,
    login: bool = False,
    utf8: bool = True,
) -> AsyncIterator[MailServer]:
    """A mail server on this machine. `tls` is offered by STARTTLS, or spoken `at_once`."""
    kept = MailServer()

    def connected() -> SMTP:
        kept.connections += 1
        asks: dict[str, Any] = {"auth_required": True, "authenticator": kept.authenticate} if login else {}
        made = SMTP(
            kept,
            hostname="mail.test",
            enable_SMTPUTF8=utf8,
            tls_context=None if at_once else tls,
            require_starttls=tls is not None and not at_once,
            auth_require_tls=not at_once and tls is not None,
            loop=asyncio.get_running_loop(),
            **asks,
        )
        kept.smtps.append(made)
        return made

    server = await asyncio.get_running_loop().create_server(
        connected, "127.0.0.1", 0, ssl=tls if at_once else None, ssl_handshake_timeout=5 if at_once and tls else None
    )
    kept.port = server.sockets[0].getsockname()[1]
    try:
        yield kept
    finally:
        server.close()
        kept.leave()
        await asyncio.sleep(0)


@dataclass(frozen=True)
class Certificate:
    """A certificate of our own making for 127.0.0.1, and whoever trusts it."""

    server: ssl.SSLContext
    trusts: ssl.SSLContext


def certificate(folder: Path) -> Certificate:
    key = generate_private_key(public_exponent=65537, key_size=2048)
    name = Name([NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    now = datetime.now(UTC)
    names = SubjectAlternativeName([DNSName("localhost"), IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        CertificateBuilder(name, name, key.public_key(), random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    file = folder / "mail.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made.public_bytes(Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    trusts = ssl.create_default_context()
    trusts.load_verify_locations(cadata=made.public_bytes(Encoding.PEM).decode())
    return Certificate(server, trusts)
