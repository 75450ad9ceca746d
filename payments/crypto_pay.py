"""Crypto Pay (@CryptoBot): an invoice over fiat money, paid in a coin of the buyer's choice inside Telegram.

Facts: help.crypt.bot/crypto-pay-api (1.5.2). An invoice is paid whole or not at all, and never after its end.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import httpx
from pydantic import Field

from core.ground.errors import ForgedNotice, PartyError
from core.ground.money import Money, parse
from core.parties import Abilities, Brought, Payment, PaymentRequest, RefundAnswer
from core.settling import PaymentNotice
from payments.wire import LARGEST, Foreign, Link, Misunderstood, Shape, call, client, now, once, read_again, understood

ADDRESSES = {"live": "https://pay.crypt.bot", "test": "https://testnet-pay.crypt.bot"}
FIAT = "USD EUR RUB BYN UAH GBP CNY KZT UZS GEL TRY AMD THB INR BRL IDR AZN AED PLN ILS"
HEADER = "crypto-pay-api-signature"
KEY = re.compile(r"[\x21-\x7e]{1,120}")
DIGEST = re.compile(r"[0-9a-f]{64}")
REFUSAL = re.compile(r'"name":"([A-Z_]{1,60})"')
TOLERANCE = timedelta(minutes=5)
PAGE = 100  # invoices in one answer: a thousand are allowed, and would be more than we read
LONGEST = timedelta(days=2)  # an invoice of ours lives no longer than that


class Invoice(Foreign):
    """As far as we look at it. Others of the same app may be in coins, or without a payload."""

    invoice_id: Annotated[int, Field(gt=0, lt=10**18)]
    status: Literal["active", "paid", "expired"]
    amount: str
    created_at: str
    currency_type: str = "crypto"
    fiat: str | None = None
    payload: str | None = None
    paid_at: str | None = None
    bot_invoice_url: Link | None = None


class Update(Foreign):
    """A notice; the ids of notices are not unique."""

    update_type: str
    request_date: str
    payload: Invoice


class Made(Foreign):
    ok: Literal[True]
    result: Invoice


class Invoices(Foreign):
    items: list[Invoice]


class Listed(Foreign):
    ok: Literal[True]
    result: Invoices


class App(Foreign):
    app_id: int


class Me(Foreign):
    ok: Literal[True]
    result: App


class Done(Foreign):
    ok: Literal[True]


class CryptoPay:
    """Keeps PaymentRail. The app's token opens our calls and, hashed, signs its notices. The testnet has its own."""

    name = "crypto"
    abilities = Abilities(currencies=frozenset(FIAT.split()), refunds="by-hand", confirm=True)

    def __init__(
        self,
        token: str,
        *,
        url: str = "",
        mode: Literal["live", "test"] = "live",
        clock: Callable[[], datetime] = now,
    ) -> None:
        self.account = token.partition(":")[0]  # the app's id
        self.mode: Literal["live", "test"] = mode
        self._secret = hashlib.sha256(token.encode()).digest() if token else b""
        self._clock = clock
        self._client = client(url or ADDRESSES[mode], headers={"Crypto-Pay-API-Token": token})

    @property
    def listens(self) -> bool:
        """Whether there is a token to verify notices with."""
        return bool(self._secret)

    async def start(self, request: PaymentRequest) -> Payment:
        """Open an invoice. It knows no key of ours but the payload: an open one that has it is opened again."""
        async for invoice in self._since(self._clock() - LONGEST, "active"):
            if invoice.payload == request.key and total(invoice) == request.total and invoice.bot_invoice_url:
                return Payment(str(invoice.invoice_id), invoice.bot_invoice_url)
        asked = {
            "currency_type": "fiat",
            "fiat": request.total.currency,
            "amount": request.total.plain(),
            "description": request.title[:1024] or request.number,
            "payload": request.key,
            "paid_btn_name": "callback",
            "paid_btn_url": request.return_url,
            "allow_comments": False,
            "expires_in": max(1, int((request.expires_at - self._clock()).total_seconds())),
        }
        made = (await self._asked(Made, "createInvoice", asked)).result
        if made.payload != request.key or total(made) != request.total or not made.bot_invoice_url:
            raise PartyError("the invoice was made over something else", permanent=True)
        return Payment(str(made.invoice_id), made.bot_invoice_url)

    def read(self, headers: Mapping[str, str], body: bytes, query: Mapping[str, str]) -> PaymentNotice | None:
        """A notice as it came in, verified on the raw bytes. Raises ForgedNotice; None for what is not our money."""
        self._verify(headers, body)
        try:
            update = Update.model_validate(json.loads(body, object_pairs_hook=once))
            signed_at = moment(update.request_date)
        except (ValueError, RecursionError):
            raise ForgedNotice("it is signed, but not in the form of a notice") from None
        if abs(self._clock() - signed_at) > TOLERANCE:  # the date of this delivery: later tries have later ones
            raise ForgedNotice("it was signed at another time")
        if update.update_type != "invoice_paid":
            return None
        return self._paid(update.payload)

    def _verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises ForgedNotice unless the token's owner signed exactly these bytes."""
        if not self._secret:
            raise ForgedNotice("there is no token to verify it with")
        if len(body) > LARGEST:
            raise ForgedNotice("it is too big")
        given = [value for name, value in headers.items() if name.lower() == HEADER]
        if len(given) != 1 or not DIGEST.fullmatch(given[0]):
            raise ForgedNotice("it has no signature we know")
        made = hmac.digest(self._secret, body, hashlib.sha256).hex()
        if not hmac.compare_digest(made.encode(), given[0].encode()):
            raise ForgedNotice("the signature is not the provider's")

    def sample(self) -> Brought | None:
        """An update of a kind that says nothing of money."""
        if not self._secret:
            return None
        at = self._clock().isoformat()
        invoice = {"invoice_id": 1, "status": "active", "amount": "1", "created_at": at}
        told = {"update_id": 1, "update_type": "check", "request_date": at, "payload": invoice}
        body = json.dumps(told).encode()
        return Brought(headers={HEADER: hmac.digest(self._secret, body, hashlib.sha256).hex()}, body=body)

    def acknowledgement(self) -> tuple[int, str, bytes]:
        """Any 2xx will do; without one it is told 17 times over three days, and then no more."""
        return 200, "text/plain", b""

    async def truth(self, key: str, reference: str) -> PaymentNotice | None:
        """The notice as it should have come, or None when nothing has been paid.

        A key may have had several invoices, after one had lapsed: the one that was paid counts.
        """
        for invoice in await self._listed(invoice_ids=reference) if reference.isdecimal() else []:
            if invoice.payload == key and (notice := self._paid(invoice)):
                return notice
        async for invoice in self._since(self._clock() - LONGEST, "paid"):
            if invoice.payload == key and (notice := self._paid(invoice)):
                return notice
        return None

    async def refund(self, notice: str, key: str, amount: Money, reason: str) -> RefundAnswer:
        """A transfer to somebody is no refund of an invoice, and needs to know whom."""
        raise PartyError("this rail gives money back by hand only", permanent=True)

    async def refund_truth(self, key: str, notice: str = "") -> RefundAnswer | None:
        return None

    async def close(self, key: str, reference: str) -> None:
        """End what is open of a payment. One that is paid, over or unknown stays as it is."""
        listed = [invoice async for invoice in self._since(self._clock() - LONGEST, "active")]
        for invoice in listed:
            if invoice.payload == key or str(invoice.invoice_id) == reference:
                await self._delete(invoice.invoice_id)

    async def _delete(self, invoice: int) -> None:
        """A refusal is no failure if the invoice is open no more: it was paid just now, or lapsed."""
        try:
            await self._asked(Done, "deleteInvoice", {"invoice_id": invoice})
        except PartyError as refusal:
            still = await self._listed(invoice_ids=str(invoice)) if refusal.permanent else []
            if not refusal.permanent or any(one.status == "active" for one in still):
                raise

    async def day(self, day: datetime) -> AsyncIterator[PaymentNotice]:
        """Everything paid on the day that begins with `day`'s date, in its zone."""
        start = day.replace(hour=0, minute=0, second=0, microsecond=0)
        end = start + timedelta(days=1)
        async for invoice in self._since(start - LONGEST, "paid"):
            paid = invoice.paid_at and dated(invoice.paid_at)
            if paid and start <= paid < end and (notice := self._paid(invoice)):
                yield notice

    async def well(self) -> None:
        """The provider answers, and the token is of the app we take it for."""
        me = await self._asked(Me, "getMe", {})
        if str(me.result.app_id) != self.account:
            raise PartyError("the token is another app's", permanent=True)

    async def aclose(self) -> None:
        await self._client.aclose()

    def _paid(self, invoice: Invoice) -> PaymentNotice | None:
        """None for what is not paid, or is no invoice of ours."""
        came = total(invoice)
        ours = invoice.payload and KEY.fullmatch(invoice.payload)
        if invoice.status != "paid" or not invoice.payload or not ours or came is None or not came.amount:
            return None
        transaction = str(invoice.invoice_id)
        event = f"invoice_paid {transaction}"
        return PaymentNotice(self.name, event, transaction, invoice.payload, self.account, self.mode, "paid", came)

    async def _since(self, made: datetime, status: str) -> AsyncIterator[Invoice]:
        """Every invoice made since then, and maybe some older: the newest come first, page by page."""
        seen = set[int]()
        while True:
            page = await self._listed(status=status, offset=str(len(seen)))
            fresh = [invoice for invoice in page if invoice.invoice_id not in seen]
            seen |= {invoice.invoice_id for invoice in fresh}
            for invoice in fresh:
                yield invoice
            if len(page) < PAGE or not fresh or all(dated(one.created_at) < made for one in fresh):
                return

    async def _listed(self, **asked: str) -> list[Invoice]:
        asking = {"count": PAGE, **asked}
        return (await read_again(lambda: self._asked(Listed, "getInvoices", asking))).result.items

    async def _asked(self, shape: type[Shape], method: str, asked: Mapping[str, Any]) -> Shape:
        return understood(shape, await call(self._client, "POST", f"/api/{method}", why=why, json=asked))


def total(invoice: Invoice) -> Money | None:
    """What it is over, if that is fiat money: what came in of which coin is worth just this."""
    if invoice.currency_type != "fiat" or not invoice.fiat or not re.fullmatch(r"[A-Z]{3}", invoice.fiat):
        return None
    try:
        return parse(invoice.amount, invoice.fiat)
    except ValueError:
        return None


def moment(text: str) -> datetime:
    """Raises ValueError unless it names its zone."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("a time of nowhere")
    return found


def dated(text: str) -> datetime:
    try:
        return moment(text)
    except ValueError:
        raise Misunderstood("the provider's date makes no sense to us") from None


def why(answer: httpx.Response) -> str:
    """The provider's word for a refusal, if it has the form of one."""
    said = REFUSAL.search(answer.text[:300])
    return f" ({said[1]})" if said else ""
