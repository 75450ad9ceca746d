"""BTCPay Server (Greenfield API): a server of one's own that watches the chains; nobody else holds the money.

Facts: docs.btcpayserver.org/API/Greenfield/v1, and the states of an invoice in BTCPay's own source (InvoiceWatcher).
The shop wants a store of its own there: invoices of another till would be money that fits no order.

Coins come when they come: too little, too much, after the end, in several pieces. A notice names no sum, so it is only
a reason to ask; what the answer says came in is money received, and the core decides what it is good for.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import quote

from core.ground.errors import ForgedNotice, PartyError
from core.ground.money import Money
from core.parties import Abilities, Brought, Payment, PaymentRequest, RefundAnswer
from core.settling import PaymentNotice
from payments.btcpay_invoices import INVOICES, METHODS, Invoice, listed, ours, sums
from payments.wire import LARGEST, Foreign, Word, call, client, now, once, read_again, understood

SIGNATURE = re.compile(r"sha256=([0-9a-f]{64})")
PAGE = 100
WATCHED = timedelta(days=2)  # from an invoice's beginning to the end of its watch: hold, and a day behind it
NOT_SAID = Money(0, "XXX")  # ISO 4217's "no currency"


class Event(Foreign):
    """A notice."""

    deliveryId: Word
    type: Word
    storeId: Word
    invoiceId: Word
    metadata: dict[str, Any] | None = None
    manuallyMarked: bool | None = None
    partiallyPaid: bool | None = None


@dataclass(frozen=True)
class Arrival:
    at: datetime
    notice: PaymentNotice


class BtcPay:
    """Keeps PaymentRail. `secret` is the webhook's; `api_key` may view, create and modify the store's invoices."""

    name = "crypto"
    mode: Literal["live", "test"] = "live"
    abilities = Abilities(
        currencies=frozenset({"CNY", "EUR", "GBP", "HKD", "JPY", "RUB", "USD"}),
        shortest=timedelta(minutes=1),
        refunds="by-hand",  # a pull payment waits for an address that its payer has to give
        confirm=True,
    )

    def __init__(self, url: str, *, store: str, api_key: str, secret: str, clock: Callable[[], datetime] = now) -> None:
        self.account = store
        self._secret = secret.encode()
        self._clock = clock
        self._invoices = f"/api/v1/stores/{quote(store, safe='')}/invoices"
        self._client = client(url, headers={"Authorization": f"token {api_key}"})

    @property
    def listens(self) -> bool:
        """Whether there is a secret to verify notices with."""
        return bool(self._secret)

    async def start(self, request: PaymentRequest) -> Payment:
        """Open an invoice; one of this key that is still open is opened again, one that has lapsed is not."""
        for invoice in await self._listed(orderId=request.key, status="New"):
            if invoice.key == request.key and invoice.total == request.total and self._is_open(invoice):
                return Payment(invoice.id, invoice.checkoutLink)
        minutes = -(-int((request.expires_at - self._clock()).total_seconds()) // 60)
        asked = {
            "amount": request.total.plain(),
            "currency": request.total.currency,
            "metadata": {"orderId": request.key, "itemDesc": request.number},
            "checkout": {
                "expirationMinutes": max(1, minutes),
                "paymentTolerance": 0,
                "redirectURL": request.return_url,
                "defaultLanguage": request.locale,
            },
        }
        made = understood(Invoice, await self._call("POST", self._invoices, json=asked))
        self._is_ours(made, request.key)
        if made.total != request.total:
            raise PartyError("the invoice was made over something else", permanent=True)
        return Payment(made.id, made.checkoutLink)

    def _is_open(self, invoice: Invoice) -> bool:
        return invoice.status == "New" and invoice.expirationTime > self._clock().timestamp()

    def read(self, headers: Mapping[str, str], body: bytes, query: Mapping[str, str]) -> PaymentNotice | None:
        """A notice as it came in, verified on the raw bytes. Raises ForgedNotice.

        Only InvoiceSettled says paid. Coins that came late or were too few have no such event: what tells of those is
        a reason to ask. One that is told again keeps its old timestamp, so its age proves nothing: its id does.
        """
        self._verify(headers, body)
        try:
            event = Event.model_validate(json.loads(body, object_pairs_hook=once))
        except (ValueError, RecursionError):
            raise ForgedNotice("it is signed, but not in the form of a notice") from None
        if event.storeId != self.account:
            raise ForgedNotice("it is about another store")
        key, state = ours(event.metadata), said(event)
        if not key or state is None:
            return None
        return PaymentNotice(
            self.name, event.deliveryId, event.invoiceId, key, self.account, self.mode, state, NOT_SAID
        )

    def _verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises ForgedNotice unless the secret's owner signed exactly these bytes."""
        if not self._secret:
            raise ForgedNotice("there is no secret to verify it with")
        if len(body) > LARGEST:
            raise ForgedNotice("it is too big")
        given = [value for name, value in headers.items() if name.lower() == "btcpay-sig"]
        signed = SIGNATURE.fullmatch(given[0]) if len(given) == 1 else None
        if signed is None:
            raise ForgedNotice("it has no signature we know")
        made = hmac.digest(self._secret, body, hashlib.sha256).hex()
        if not hmac.compare_digest(made.encode(), signed[1].encode()):
            raise ForgedNotice("the signature is not the server's")

    def sample(self) -> Brought | None:
        """An event of a kind that says nothing of money."""
        if not self._secret:
            return None
        told = {"deliveryId": "check", "webhookId": "check", "originalDeliveryId": "check", "isRedelivery": False}
        told |= {
            "type": "InvoiceCreated",
            "timestamp": 0,
            "storeId": self.account,
            "invoiceId": "check",
            "metadata": {},
        }
        body = json.dumps(told).encode()
        made = hmac.digest(self._secret, body, hashlib.sha256).hex()
        return Brought(headers={"btcpay-sig": f"sha256={made}"}, body=body)

    def acknowledgement(self) -> tuple[int, str, bytes]:
        """Any 2xx will do; without one it is told again after 10 s, 1 min, and six times after 10 min."""
        return 200, "text/plain", b""

    async def truth(self, key: str, reference: str) -> PaymentNotice | None:
        """What came in last, or None when nothing has. What came before had its own notice, and stands in `day`."""
        arrivals: list[Arrival] = []
        for invoice in await self._listed(orderId=key):
            self._is_ours(invoice, key)
            arrivals += await self._came_in(invoice)
        return max(arrivals, key=lambda one: one.at).notice if arrivals else None

    async def _came_in(self, invoice: Invoice) -> list[Arrival]:
        """What an invoice has brought in, each its own transaction. Nothing while it is under way."""
        if invoice.status in ("New", "Processing") or not invoice.key:
            return []
        answer = await self._call("GET", f"{self._invoices}/{quote(invoice.id, safe='')}/payment-methods")
        coins = [one.worth(method.rate) for method in listed(METHODS, answer) for one in method.payments]
        return [
            Arrival(
                datetime.fromtimestamp(at, UTC),
                PaymentNotice(self.name, f"arrived {name}", name, invoice.key, self.account, self.mode, "paid", total),
            )
            for name, at, total in sums(invoice, coins)
        ]

    async def refund(self, notice: str, key: str, amount: Money, reason: str) -> RefundAnswer:
        raise PartyError("this rail gives money back by hand only", permanent=True)

    async def refund_truth(self, key: str, notice: str = "") -> RefundAnswer | None:
        return None

    async def close(self, key: str, reference: str) -> None:
        """End what is open of a payment. One that is paid, over or unknown stays as it is.

        Coins that come all the same are noticed for a day: no address can be closed.
        """
        for invoice in await self._listed(orderId=key, status="New"):
            if invoice.key == key and self._is_open(invoice):
                path = f"{self._invoices}/{quote(invoice.id, safe='')}/status"
                await self._call("POST", path, missing=True, json={"status": "Invalid"})

    async def day(self, day: datetime) -> AsyncIterator[PaymentNotice]:
        """Everything that came in on the day that begins with `day`'s date, in its zone."""
        start = day.replace(hour=0, minute=0, second=0, microsecond=0)
        end, skip = start + timedelta(days=1), 0
        span = {"startDate": str(int((start - WATCHED).timestamp())), "endDate": str(int(end.timestamp()))}
        while page := await self._listed(skip=str(skip), take=str(PAGE), **span):
            for invoice in page:
                for arrival in await self._came_in(invoice):
                    if start <= arrival.at < end:
                        yield arrival.notice
            skip += len(page)
            if len(page) < PAGE:
                return

    async def well(self) -> None:
        """The server answers, and lets our key look at the store's invoices."""
        await self._listed(take="1")

    async def aclose(self) -> None:
        await self._client.aclose()

    def _is_ours(self, invoice: Invoice, key: str) -> None:
        """Raises PartyError when the answer is about something else than was asked for."""
        if (invoice.key, invoice.storeId) != (key, self.account):
            raise PartyError("the server answered about another invoice or store", permanent=True)

    async def _listed(self, **asked: str) -> list[Invoice]:
        return listed(INVOICES, await self._call("GET", self._invoices, params=asked))

    async def _call(self, method: str, path: str, *, missing: bool = False, **content: Any) -> bytes | None:
        def asked() -> Awaitable[bytes | None]:
            return call(self._client, method, path, missing=missing, **content)

        return await (read_again(asked) if method == "GET" else asked())


def said(event: Event) -> Literal["paid", "failed", "closed"] | None:
    """What an event comes to; None for those that say nothing of money that is there to stay."""
    match event.type:
        case "InvoiceSettled":
            return "closed" if event.manuallyMarked else "paid"  # by hand: without coins, maybe
        case "InvoicePaymentSettled":
            return "failed"  # not the whole yet, or too late: asked for, and forgotten where nothing came of it
        case "InvoiceExpired":
            return "closed" if event.partiallyPaid else None
        case "InvoiceInvalid":
            return "closed"
    return None
