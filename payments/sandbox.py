"""The test rail: play money, taken by the provider of doubles/sandbox.py."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import quote

import httpx
from pydantic import StringConstraints

from core.ground.errors import ForgedNotice, PartyError, PartySilent
from core.ground.money import Money
from core.parties import Abilities, Brought, Payment, PaymentRequest, RefundAnswer
from core.settling import PaymentNotice
from payments.wire import (
    LARGEST,
    Amount,
    Currency,
    Foreign,
    Link,
    Misunderstood,
    Word,
    call,
    client,
    now,
    once,
    understood,
)

SIGNATURE = re.compile(r"t=([0-9]{1,11}),sha256=([0-9a-f]{64})")
REFUSAL = re.compile(r'\{"error":"([a-z-]{1,40})"\}')
TOLERANCE = timedelta(minutes=5)


class Told(Foreign):
    """A notice."""

    event: Word
    account: Word
    mode: Literal["live", "test"]
    key: Word
    state: Literal["paid", "failed", "closed"]
    transaction: Word
    amount: Amount
    currency: Currency


class Known(Foreign):
    """A payment, as the provider has it."""

    key: Word
    reference: Word
    account: Word
    mode: Literal["live", "test"]
    state: Literal["open", "paid", "closed"]
    amount: Amount
    currency: Currency
    transaction: Word | None


class Opened(Known):
    link: Link


class Day(Foreign):
    payments: list[Known]
    more: bool


class Refund(Foreign):
    key: Word
    reference: Word
    transaction: Word
    amount: Amount
    currency: Currency
    state: Literal["done", "pending", "failed"]
    why: Annotated[str, StringConstraints(max_length=200)]


class Sandbox:
    """Keeps PaymentRail. `url` is the provider's address, `secret` signs its notices, `api_key` our calls."""

    name = "sandbox"
    mode: Literal["live", "test"] = "test"
    abilities = Abilities(currencies=frozenset({"CNY", "USD", "EUR", "RUB"}), most=10**8, confirm=True)

    def __init__(
        self,
        url: str,
        *,
        api_key: str,
        secret: str,
        notify_url: str,
        account: str = "sandbox-shop",
        clock: Callable[[], datetime] = now,
    ) -> None:
        self.account = account
        self._secret = secret.encode()
        self._notify_url = notify_url
        self._clock = clock
        self._client = client(url, headers={"Authorization": f"Bearer {api_key}"})

    @property
    def listens(self) -> bool:
        """Whether there is a secret to verify notices with."""
        return bool(self._secret)

    async def start(self, request: PaymentRequest) -> Payment:
        """Open a payment. Repeating a key returns the payment it opened before."""
        asked = {
            "key": request.key,
            "amount": request.total.amount,
            "currency": request.total.currency,
            "title": request.title[:200],
            "locale": request.locale,
            "expires_at": request.expires_at.isoformat(),
            "notify_url": self._notify_url,
            "return_url": request.return_url,
        }
        opened = understood(Opened, await self._call("POST", "/payments", json=asked))
        self._ours(opened, request.key)
        if Money(opened.amount, opened.currency) != request.total:
            raise PartyError("the payment was opened over another sum", permanent=True)
        return Payment(opened.reference, opened.link)

    def read(self, headers: Mapping[str, str], body: bytes, query: Mapping[str, str]) -> PaymentNotice:
        """A notice as it came in, verified on the raw bytes. Raises ForgedNotice; no network."""
        self._verify(headers, body)
        try:
            told = Told.model_validate(json.loads(body, object_pairs_hook=once))
        except (ValueError, RecursionError):
            raise ForgedNotice("it is signed, but not in the form of a notice") from None
        if (told.account, told.mode) != (self.account, self.mode):
            raise ForgedNotice("it is about another account or mode")
        return self._notice(told, told.event, told.transaction, told.state)

    def _verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises ForgedNotice unless the secret's owner signed exactly these bytes within the last minutes.

        A header that came twice arrives as one value with a comma, which the pattern refuses.
        """
        if not self._secret:
            raise ForgedNotice("there is no secret to verify it with")
        if len(body) > LARGEST:
            raise ForgedNotice("it is too big")
        given = [value for name, value in headers.items() if name.lower() == "sandbox-signature"]
        signed = SIGNATURE.fullmatch(given[0]) if len(given) == 1 else None
        if signed is None:
            raise ForgedNotice("it has no signature we know")
        made = hmac.digest(self._secret, signed[1].encode() + b"." + body, hashlib.sha256)
        if not hmac.compare_digest(made.hex().encode(), signed[2].encode()):
            raise ForgedNotice("the signature is not the provider's")
        if abs(self._clock().timestamp() - int(signed[1])) > TOLERANCE.total_seconds():
            raise ForgedNotice("it was signed at another time")

    def sample(self) -> Brought | None:
        """That a payment nobody asked for was closed: a closed payment changes nothing."""
        if not self._secret:
            return None
        at = self._clock()
        known = {"account": self.account, "mode": self.mode, "state": "closed", "amount": 1, "currency": "CNY"}
        name = f"check-{at.timestamp():.6f}"
        body = json.dumps({"event": name, "key": name, "transaction": name, **known}).encode()
        signed = hmac.digest(self._secret, f"{at.timestamp():.0f}.".encode() + body, hashlib.sha256).hex()
        return Brought(headers={"sandbox-signature": f"t={at.timestamp():.0f},sha256={signed}"}, body=body)

    def acknowledgement(self) -> tuple[int, str, bytes]:
        """The provider is content with any 2xx."""
        return 204, "text/plain", b""

    async def truth(self, key: str, reference: str) -> PaymentNotice | None:
        """The notice as it should have come, or None when nothing has been paid."""
        answer = await self._call("GET", f"/payments/{quote(key, safe='')}", missing=True)
        if answer is None:
            return None
        known = understood(Known, answer)
        self._ours(known, key)
        return self._paid(known)

    async def refund(self, notice: str, key: str, amount: Money, reason: str) -> RefundAnswer:
        """Send money back against a transaction. Repeating a key returns the first answer.

        Raises PartySilent when it may have been sent: then ask refund_truth.
        """
        asked = {
            "key": key,
            "transaction": notice,
            "amount": amount.amount,
            "currency": amount.currency,
            "reason": reason[:200],
        }
        try:
            refund = understood(Refund, await self._call("POST", "/refunds", json=asked))
        except Misunderstood as error:
            raise PartySilent(str(error)) from None
        echoed = refund.model_dump(include={"key", "transaction", "amount", "currency"})
        if not echoed.items() <= asked.items():
            raise PartySilent("the provider answered about another refund")
        return RefundAnswer(refund.state, refund.reference, refund.why)

    async def refund_truth(self, key: str, notice: str = "") -> RefundAnswer | None:
        """What became of the refund with our key; None when the provider has never heard of it."""
        answer = await self._call("GET", f"/refunds/{quote(key, safe='')}", missing=True)
        if answer is None:
            return None
        refund = understood(Refund, answer)
        if refund.key != key:
            raise Misunderstood("the provider answered about another refund")
        return RefundAnswer(refund.state, refund.reference, refund.why)

    async def close(self, key: str, reference: str) -> None:
        """End an open payment. One that is paid, closed or unknown stays as it is."""
        await self._call("POST", f"/payments/{quote(key, safe='')}/close", missing=True)

    async def day(self, day: datetime) -> AsyncIterator[PaymentNotice]:
        """Everything paid on the day that begins with `day`'s date, in its zone."""
        start = day.replace(hour=0, minute=0, second=0, microsecond=0)
        end = start + timedelta(days=1)
        asked = {"from": start.isoformat(), "to": end.isoformat()}
        while True:
            page = understood(Day, await self._call("GET", "/payments", params=asked))
            told = [notice for known in page.payments if (notice := self._paid(known))]
            for notice in told:
                yield notice
            if not page.more or not told or told[-1].transaction == asked.get("after"):
                return
            asked["after"] = told[-1].transaction

    async def well(self) -> None:
        """The provider answers, and knows our key."""
        await self._call("GET", "/payments/well", missing=True)

    async def aclose(self) -> None:
        await self._client.aclose()

    def _ours(self, known: Known, key: str) -> None:
        """Raises PartyError when the answer is about something else than was asked for."""
        if (known.key, known.account, known.mode) != (key, self.account, self.mode):
            raise PartyError("the provider answered about another payment, account or mode", permanent=True)

    def _paid(self, known: Known) -> PaymentNotice | None:
        if known.state != "paid" or known.transaction is None:
            return None
        return self._notice(known, f"evt_{known.transaction}", known.transaction, "paid")

    def _notice(
        self, told: Told | Known, event: str, transaction: str, state: Literal["paid", "failed", "closed"]
    ) -> PaymentNotice:
        total = Money(told.amount, told.currency)
        return PaymentNotice(self.name, event, transaction, told.key, told.account, told.mode, state, total)

    async def _call(self, method: str, path: str, *, missing: bool = False, **content: Any) -> bytes | None:
        return await call(self._client, method, path, missing=missing, why=why, **content)


def why(answer: httpx.Response) -> str:
    """The provider's word for a refusal, if it has the form of one."""
    said = REFUSAL.fullmatch(answer.text[:100])
    return f" ({said[1]})" if said else ""
