"""易支付 (epay) v1: one protocol of many small gateways, each with its own owner, custody and risk.

Facts: pay.ecqq.cc, pay.chenyme.com/docs/api, docs.kyren.top. Their v2 (RSA) is another protocol.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from pydantic import StringConstraints, ValidationError

from core.ground.errors import ForgedNotice, PartyError
from core.ground.money import Money, parse
from core.parties import Abilities, Brought, Payment, PaymentRequest, RefundAnswer
from core.settling import PaymentNotice
from payments.md5_form import signature, vouched
from payments.wire import LARGEST, Foreign, Link, Misunderstood, Shape, Word, as_written, call, client

PAID, GOOD, UNKNOWN = "1", "1", "-1"  # an order's status; an answer's code; the code of an order nobody has heard of
UNSIGNED = ("sign", "sign_type")

Printed = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[\x21-\x7e]+$")]


class Told(Foreign):
    """A notice. What else a gateway puts into it is signed like the rest, and says nothing to us."""

    pid: Word
    trade_no: Word
    out_trade_no: Word
    trade_status: Word
    money: Word


class Opened(Foreign):
    """Gateways differ in which of the three ways they offer."""

    trade_no: Word | None = None
    payurl: Link | None = None
    qrcode: Printed | None = None
    urlscheme: Printed | None = None


class Known(Foreign):
    trade_no: Word
    out_trade_no: Word
    status: Word
    money: Word
    pid: Word | None = None


class Epay:
    """Keeps PaymentRail. `kind` is how the buyer pays there: alipay, wxpay, qqpay.

    `submit` is "mapi" (the gateway is asked for a page or a code to scan) or "link" (a signed link that the buyer
    follows, for gateways without mapi.php). Some gateways want `client_ip`; in a chat nobody knows the buyer's.
    """

    name = "epay"
    mode: Literal["live", "test"] = "live"
    abilities = Abilities(
        currencies=frozenset({"CNY"}),
        most=10**8,
        refunds="by-hand",  # api.php?act=refund is there on some gateways only
        authenticity="weak",
        confirm=True,
        lists=False,
    )

    def __init__(
        self,
        url: str,
        *,
        pid: str,
        key: str,
        notify_url: str,
        kind: str = "alipay",
        submit: Literal["mapi", "link"] = "mapi",
        client_ip: str = "",
    ) -> None:
        self.account = pid
        self._url = url
        self._key = key
        self._notify_url = notify_url
        self._kind = kind
        self._submit = submit
        self._client_ip = client_ip
        self._client = client(url)

    @property
    def listens(self) -> bool:
        """Whether there is a key to verify notices with."""
        return bool(self._key)

    async def start(self, request: PaymentRequest) -> Payment:
        """Open a payment. The gateway knows it by our key alone: repeated, it is the same order there.

        There is no end to an order of this protocol, and no way to close one.
        """
        asked = self._asked(request)
        if self._submit == "link":
            return Payment(request.key, f"{self._url}/submit.php?{urlencode(asked)}")
        opened = shaped(Opened, good(await self._call("POST", "/mapi.php", data=asked)))
        qr = opened.qrcode or opened.urlscheme  # no link: chats open http only
        if not opened.payurl and not qr:
            raise Misunderstood("the gateway offers no way to pay")
        return Payment(opened.trade_no or request.key, opened.payurl, qr=qr)

    def _asked(self, request: PaymentRequest) -> dict[str, str]:
        """Named by its number, which no word list stumbles over; and an & in a name would blur what is signed."""
        asked = {
            "pid": self.account,
            "type": self._kind,
            "out_trade_no": request.key,
            "notify_url": self._notify_url,
            "return_url": request.return_url,
            "name": request.number,
            "money": request.total.plain(),
            "clientip": self._client_ip,
        }
        asked = {name: value for name, value in asked.items() if value}
        return asked | {"sign": signature(asked, self._key), "sign_type": "MD5"}

    def read(self, headers: Mapping[str, str], body: bytes, query: Mapping[str, str]) -> PaymentNotice | None:
        """A notice is a GET, all of it in the query. Raises ForgedNotice; None for one that says nothing of money."""
        if body or sum(map(len, query.values())) > LARGEST:
            raise ForgedNotice("it came in another form")
        if query.get("sign_type", "MD5") != "MD5":
            raise ForgedNotice("its signature is of a type we don't know")
        self._verify(query)
        try:
            told = Told.model_validate(dict(query))
            total = parse(told.money, "CNY")
        except ValueError:
            raise ForgedNotice("it is signed, but not in the form of a notice") from None
        if told.pid != self.account:
            raise ForgedNotice("it is about another account")
        if told.trade_status != "TRADE_SUCCESS":
            return None
        if not total.amount:
            raise ForgedNotice("it is about no money")
        # One that a stranger wrote with a key that got out must not stand in the place of the gateway's own.
        event = f"{told.trade_no}.{query['sign']}"
        return self._notice(told.out_trade_no, told.trade_no, total, event)

    def _verify(self, query: Mapping[str, str]) -> None:
        """Raises ForgedNotice unless somebody with the key signed these values."""
        fields = {name: value for name, value in query.items() if name not in UNSIGNED}
        if not vouched(fields, self._key, query.get("sign")):
            raise ForgedNotice("the signature is not the gateway's")

    def sample(self) -> Brought | None:
        """That somebody has not paid yet."""
        if not self._key:
            return None
        told = {"pid": self.account, "trade_no": "check", "out_trade_no": "check", "type": "alipay", "name": "check"}
        told |= {"money": "0.01", "trade_status": "WAIT_BUYER_PAY"}
        query = urlencode({**told, "sign": signature(told, self._key), "sign_type": "MD5"})
        return Brought("GET", query)

    def acknowledgement(self) -> tuple[int, str, bytes]:
        """Anything but this word, and it tells us again."""
        return 200, "text/plain", b"success"

    async def truth(self, key: str, reference: str) -> PaymentNotice | None:
        """The notice as it should have come, or None when nothing has been paid. The key travels in the question."""
        answer = fields(await self._ask("order", out_trade_no=key))
        if answer.get("code") == UNKNOWN:
            return None
        known = shaped(Known, sound(answer))
        if known.out_trade_no != key or known.pid not in (None, self.account):
            raise PartyError("the gateway answered about another payment or account", permanent=True)
        if known.status != PAID:
            return None
        try:
            total = parse(known.money, "CNY")
        except ValueError:
            raise Misunderstood("the gateway's amount makes no sense to us") from None
        return self._notice(key, known.trade_no, total, known.trade_no)

    async def refund(self, notice: str, key: str, amount: Money, reason: str) -> RefundAnswer:
        raise PartyError("this gateway gives money back by hand only", permanent=True)

    async def refund_truth(self, key: str, notice: str = "") -> RefundAnswer | None:
        return None

    async def close(self, key: str, reference: str) -> None:
        """The protocol has no such call: money that still comes is late."""

    async def day(self, day: datetime) -> AsyncIterator[PaymentNotice]:
        """The protocol has no list: each payment is asked for by itself."""
        for notice in ():
            yield notice

    async def well(self) -> None:
        """The gateway answers, and knows our account and key."""
        good(await self._ask("query"))

    async def aclose(self) -> None:
        await self._client.aclose()

    def _notice(self, key: str, transaction: str, total: Money, event: str) -> PaymentNotice:
        return PaymentNotice(self.name, event, transaction, key, self.account, self.mode, "paid", total)

    async def _ask(self, act: str, **asked: str) -> bytes | None:
        return await self._call("GET", "/api.php", params={"act": act, "pid": self.account, "key": self._key, **asked})

    async def _call(self, method: str, path: str, **content: Any) -> bytes | None:
        return await call(self._client, method, path, **content)


def fields(answer: bytes | None) -> dict[str, Any]:
    """Gateways write 1 and "1", 1.00 and "1.00": both are the text."""
    try:
        return as_written(answer or b"")
    except ValueError:
        raise Misunderstood("the gateway's answer makes no sense to us") from None


def sound(answer: dict[str, Any]) -> dict[str, Any]:
    """Raises PartyError for a refusal: our key can be mended, and nobody has agreed on what the codes mean."""
    if (code := answer.get("code")) != GOOD:
        raise PartyError(f"the gateway refused ({str(code)[:10]})")
    return answer


def good(answer: bytes | None) -> dict[str, Any]:
    return sound(fields(answer))


def shaped(shape: type[Shape], answer: dict[str, Any]) -> Shape:
    """An empty word is none: gateways send the ways they don't have as ""."""
    try:
        return shape.model_validate({name: value for name, value in answer.items() if value != ""})
    except ValidationError:
        raise Misunderstood("the gateway's answer makes no sense to us") from None
