"""epusdt and BEpusdt: a gateway of one's own that watches an address for USDT, and knows an order by the exact amount.

Facts: github.com/v03413/bepusdt docs/api.md and app/web, github.com/assimon/epusdt wiki/API.md. The money goes to the
owner's address; only the exact amount within its time is recognised. Anything else that comes there is nobody's to the
gateway, and staff look at the chain.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import quote

from pydantic import ValidationError

from core.ground.errors import ForgedNotice, PartyError
from core.ground.messages import words
from core.ground.money import Money, parse
from core.parties import Abilities, Brought, Payment, PaymentRequest, RefundAnswer
from core.settling import PaymentNotice
from payments.md5_form import signature, vouched
from payments.wire import LARGEST, Foreign, Link, Misunderstood, Shape, Word, as_written, call, client, now

WAITING, PAID, GOOD = "1", "2", "200"  # a trade's status; an answer's
SECONDS = (180, 3600)  # how long a trade lives, at least and at most; elsewhere the gateway takes its own
NETWORKS = {
    "trc20": "TRON (TRC20)",
    "erc20": "Ethereum (ERC20)",
    "bep20": "BNB Smart Chain (BEP20)",
    "polygon": "Polygon",
    "solana": "Solana",
    "arbitrum": "Arbitrum One",
    "aptos": "Aptos",
    "ton": "TON",
}


class Told(Foreign):
    """A notice. Numbers are the text they were written as: that is what is signed."""

    trade_id: Word
    order_id: Word
    amount: Word
    status: Word


class Opened(Foreign):
    trade_id: Word
    order_id: Word
    amount: Word
    actual_amount: Word
    token: Word  # the address
    payment_url: Link | None = None


class Status(Foreign):
    trade_id: Word
    status: Word


class Epusdt:
    """Keeps PaymentRail. `token` is the gateway's API token, `network` as in NETWORKS.

    Its notices prove little, and it must be asked. It can be asked about a trade's state only: what it was opened over
    stands in our reference, TRADE/AMOUNT/EXACT/ADDRESS. A gateway that has no /pay/check-status can't be asked at all;
    nothing is believed there, and `well` says so.
    """

    name = "crypto"
    mode: Literal["live", "test"] = "live"

    def __init__(
        self,
        url: str,
        *,
        token: str,
        notify_url: str,
        account: str = "epusdt",
        network: str = "trc20",
        currency: str = "CNY",
        clock: Callable[[], datetime] = now,
    ) -> None:
        self.account = account
        self._url = url
        self.abilities = Abilities(
            currencies=frozenset({currency}),
            most=10**8 - 1,  # from a million on, the gateway writes a number one way and signs it another
            shortest=timedelta(seconds=SECONDS[0]),
            refunds="by-hand",
            authenticity="weak",
            confirm=True,
            by_key=False,
            lists=False,
        )
        self._token = token
        self._notify_url = notify_url
        self._network = network
        self._currency = currency
        self._clock = clock
        self._client = client(url)

    @property
    def listens(self) -> bool:
        """Whether there is a token to verify notices with."""
        return bool(self._token)

    async def start(self, request: PaymentRequest) -> Payment:
        """Open a payment; one that is still open is shown again as it was, one that has lapsed is opened anew.

        The gateway has one trade for an order number. Told of it again it works the exact amount out anew, at the rate
        of that moment, and whoever had begun to pay the first would have paid nothing it knows.
        """
        if request.reference and (open_still := await self._as_it_was(request)):
            return open_still
        asked = {
            "order_id": request.key,
            "amount": short(request.total),
            "notify_url": self._notify_url,
            "redirect_url": request.return_url,
            "trade_type": f"usdt.{self._network}",
            "timeout": str(self._seconds(request)),
        }
        if self._currency != "CNY":
            asked["fiat"] = self._currency
        opened = shaped(Opened, await self._signed("create-transaction", asked, numbers=("amount", "timeout")))
        exact = read_amount(opened.actual_amount, "USDT")
        if opened.order_id != request.key or read_amount(opened.amount, self._currency) != request.total:
            raise PartyError("the gateway opened something else", permanent=True)
        if not exact.amount:
            raise PartyError("the gateway asks for nothing", permanent=True)
        reference = f"{opened.trade_id}/{request.total.plain()}/{exact.plain()}/{opened.token}"
        return self._payment(reference, opened.payment_url, exact, opened.token)

    async def _as_it_was(self, request: PaymentRequest) -> Payment | None:
        trade, _, rest = (request.reference or "").partition("/")
        amount, _, rest = rest.partition("/")
        exact, mark, address = rest.partition("/")
        if not mark or amount != request.total.plain() or await self._state(trade) != WAITING:
            return None
        link = f"{self._url}/pay/checkout-counter/{trade}"
        return self._payment(request.reference or "", link, read_amount(exact, "USDT"), address)

    def _payment(self, reference: str, link: str | None, exact: Money, address: str) -> Payment:
        network = NETWORKS.get(self._network, self._network)
        says = words("pay-to-address", exact=exact, network=network, address=address)
        return Payment(reference, link, exact=exact, qr=address, says=says)

    def _seconds(self, request: PaymentRequest) -> int:
        left = int((request.expires_at - self._clock()).total_seconds())
        return min(max(left, SECONDS[0]), SECONDS[1])

    def read(self, headers: Mapping[str, str], body: bytes, query: Mapping[str, str]) -> PaymentNotice | None:
        """A notice, its signature checked. Raises ForgedNotice; None for one that says nothing of money."""
        if len(body) > LARGEST:
            raise ForgedNotice("it is too big")
        try:
            fields = as_written(body)
        except ValueError:
            raise ForgedNotice("it is not in the form of a notice") from None
        self._verify(fields)
        try:
            told = Told.model_validate({name: fields.get(name) for name in Told.model_fields})
            total = parse(told.amount, self._currency)
        except ValueError:
            raise ForgedNotice("it is signed, but not in the form of a notice") from None
        if told.status != PAID:
            return None
        if not total.amount:
            raise ForgedNotice("it is about no money")
        # One that a stranger wrote with a token that got out must not stand in the place of the gateway's own.
        return self._notice(told.order_id, told.trade_id, total, f"{told.trade_id}.{fields['signature']}")

    def _verify(self, fields: Mapping[str, Any]) -> None:
        """Raises ForgedNotice unless somebody with the token signed these values, all of them plain."""
        signed = {name: value for name, value in fields.items() if name != "signature" and value is not None}
        if not all(isinstance(value, str) for value in signed.values()):
            raise ForgedNotice("it has something in it that can't be signed")
        if not vouched(signed, self._token, fields.get("signature")):
            raise ForgedNotice("the signature is not the gateway's")

    def sample(self) -> Brought | None:
        """That somebody has not paid yet."""
        if not self._token:
            return None
        told = {"trade_id": "check", "order_id": "check", "amount": "1", "actual_amount": "1", "token": "check"}
        told |= {"block_transaction_id": "check", "status": "1"}
        signed = {**told, "signature": signature(told, self._token)}
        return Brought(headers={"content-type": "application/json"}, body=json.dumps(signed).encode())

    def acknowledgement(self) -> tuple[int, str, bytes]:
        """Anything but this word, and it tells us again, ten times over hours."""
        return 200, "text/plain", b"ok"

    async def truth(self, key: str, reference: str) -> PaymentNotice | None:
        """The notice as it should have come, or None when nothing has been paid, or nothing was opened."""
        trade, mark, rest = reference.partition("/")
        if not mark or await self._state(trade) != PAID:
            return None
        return self._notice(key, trade, read_amount(rest.partition("/")[0], self._currency), trade)

    async def _state(self, trade: str) -> str | None:
        """None for a trade it doesn't know, which it says in words of its own."""
        answer = written(await self._asked(trade))
        if "trade_id" not in answer:
            return None
        status = shaped(Status, answer)
        if status.trade_id != trade:
            raise PartyError("the gateway answered about another payment", permanent=True)
        return status.status

    async def refund(self, notice: str, key: str, amount: Money, reason: str) -> RefundAnswer:
        raise PartyError("this gateway gives money back by hand only", permanent=True)

    async def refund_truth(self, key: str, notice: str = "") -> RefundAnswer | None:
        return None

    async def close(self, key: str, reference: str) -> None:
        """End an open payment, and free its amount. One that is paid, over or unknown stays as it is."""
        trade = reference.partition("/")[0]
        if trade:
            path = "/api/v1/order/cancel-transaction"
            await call(self._client, "POST", path, missing=True, json=self._with_signature({"trade_id": trade}))

    async def day(self, day: datetime) -> AsyncIterator[PaymentNotice]:
        """The gateway has no list: each payment is asked for by itself."""
        for notice in ():
            yield notice

    async def well(self) -> None:
        """The gateway answers, and can be asked about a trade."""
        await self._state("none")

    async def aclose(self) -> None:
        await self._client.aclose()

    def _notice(self, key: str, transaction: str, total: Money, event: str) -> PaymentNotice:
        return PaymentNotice(self.name, event, transaction, key, self.account, self.mode, "paid", total)

    async def _asked(self, trade: str) -> bytes | None:
        return await call(self._client, "GET", f"/pay/check-status/{quote(trade, safe='')}")

    async def _signed(self, name: str, asked: dict[str, str], numbers: tuple[str, ...]) -> dict[str, Any]:
        """A call's data. Raises PartyError for a refusal, which the gateway answers with 200 all the same."""
        fields = self._with_signature(asked)
        pairs = [f"{json.dumps(k)}:{v if k in numbers else json.dumps(v)}" for k, v in fields.items()]
        body = f"{{{','.join(pairs)}}}".encode()
        kind = {"Content-Type": "application/json"}
        answer = written(await call(self._client, "POST", f"/api/v1/order/{name}", content=body, headers=kind))
        data = answer.get("data")
        if answer.get("status_code") != GOOD or not isinstance(data, dict):
            raise PartyError(f"{name}: the gateway refused ({str(answer.get('status_code'))[:10]})")
        return data

    def _with_signature(self, asked: dict[str, str]) -> dict[str, str]:
        return asked | {"signature": signature(asked, self._token)}


def short(total: Money) -> str:
    """ "12.5" for 12.50: the gateway signs a number as it would write it itself, without zeros behind it."""
    plain = total.plain()
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def read_amount(text: str, currency: str) -> Money:
    try:
        return parse(text, currency)
    except ValueError:
        raise Misunderstood("the gateway's amount makes no sense to us") from None


def written(answer: bytes | None) -> dict[str, Any]:
    try:
        return as_written(answer or b"")
    except ValueError:
        raise Misunderstood("the gateway's answer makes no sense to us") from None


def shaped(shape: type[Shape], answer: Mapping[str, Any]) -> Shape:
    try:
        return shape.model_validate({name: value for name, value in answer.items() if value != ""})
    except ValidationError:
        raise Misunderstood("the gateway's answer makes no sense to us") from None
