"""WeChat Pay's gateway, as a real server: opens orders, is paid, tells the merchant, refunds.

What Native opens is paid by `pay`, what JSAPI opens by `paid_inside`, what H5 opens on its page. Requests must be
signed by the merchant, answers and notices are signed by the platform, each by `doubles/wechat_keys.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from doubles.sandbox import Lost, gone
from doubles.serving import Served
from doubles.telling import Told
from doubles.troubles import Troubles
from doubles.wechat_keys import Keys, headers
from doubles.wechat_pay_orders import (
    PAGE,
    PRODUCTS,
    SOMEBODY,
    No,
    Order,
    Product,
    Refund,
    asked_for,
    refund_stands,
    refunded,
    stamp,
    stands,
)
from doubles.wechat_pay_page import said, shown, why_not

Known = Callable[[Request, Any], dict[str, Any] | None]


@dataclass
class Faults(Troubles):
    """Each can be changed while the server runs. Calls: a product, "query", "close", "refund", "refund query"."""

    copies: int = 1  # how often a notice is sent; 0 loses it
    total: int | None = None  # stands in notices instead of what was paid
    currency: str | None = None  # likewise
    backwards: bool = False  # `tell_all` tells the last first
    by_certificate: bool = False  # the platform signs with its certificate, not with its public key
    unsigned: bool = False  # answers have no signature
    forged: bool = False  # answers are signed by somebody else
    unknown: bool = False  # and under a serial nobody has heard of
    refunds: Literal["SUCCESS", "PROCESSING", "ABNORMAL", "CLOSED"] = "SUCCESS"
    unopened: frozenset[Product] = frozenset()  # products that this merchant has not


def now() -> datetime:
    return datetime.now(UTC)


class WechatPay:
    """The provider; its orders are in memory."""

    def __init__(self, keys: Keys | None = None, *, clock: Callable[[], datetime] = now) -> None:
        self.keys = keys or Keys.made()
        self.faults = Faults()
        self.orders: dict[str, Order] = {}
        self.heard: list[tuple[str, str, str, bytes]] = []  # method, target, Authorization, body of what was asked
        self.told_so_far: list[Told] = []
        self.certificates_asked = 0
        self.url = ""
        self._clock = clock
        self._telling: set[asyncio.Task[int]] = set()
        pay, back = "/v3/pay/transactions", "/v3/refund/domestic/refunds"
        self.app = Starlette(
            routes=[
                *(self._route(product, f"{pay}/{product}", "POST", self._opens(product)) for product in PRODUCTS),
                self._route("query", f"{pay}/out-trade-no/{{number}}", "GET", self._query),
                self._route("query", f"{pay}/id/{{transaction}}", "GET", self._query),
                self._route("close", f"{pay}/out-trade-no/{{number}}/close", "POST", self._close),
                self._route("refund", back, "POST", self._refund),
                self._route("refund query", f"{back}/{{number}}", "GET", self._refund_query),
                Route("/v3/certificates", self._certificates, methods=["GET"]),
                Route(PAGE, self._page, methods=["GET", "POST"]),
            ]
        )

    @contextlib.asynccontextmanager
    async def served(self, port: int = 0) -> AsyncIterator[str]:
        """Up on 127.0.0.1 for as long as the block lasts; gives its address."""
        async with Served(self.app, port) as server:
            self.url = server.url
            yield server.url

    # The buyer's side

    async def pay(self, key: str, total: int | None = None) -> int:
        """The buyer scans the newest code of a payment and pays; the notice is sent. Its answer's status, 0 for none.

        Raises ValueError when there is nothing to pay.
        """
        order = self.find(key)
        if order.product != "native":
            raise ValueError(f"{order.number} has no code to scan")
        return await self._paid(order, SOMEBODY, total)

    async def paid_inside(self, call: Mapping[str, str], openid: str, total: int | None = None) -> int:
        """A page inside WeChat calls getBrandWCPayRequest with that, and the person with that openid pays.

        Raises ValueError where WeChat would show an error instead.
        """
        said = [call[name] for name in ("appId", "timeStamp", "nonceStr", "package")]
        if set(call) != {"appId", "timeStamp", "nonceStr", "package", "signType", "paySign"} or not all(call.values()):
            raise ValueError("it has other parameters")
        if call["signType"] != "RSA" or not self.keys.has_signed("\n".join([*said, ""]).encode(), call["paySign"]):
            raise ValueError("the merchant has not signed it")
        named = [one for one in self.orders.values() if f"prepay_id={one.code}" == call["package"]]
        if call["appId"] != self.keys.appid or not named or named[0].product != "jsapi":
            raise ValueError("it is about no order of this app")
        if named[0].terms["payer"]["openid"] != openid:
            raise ValueError("it is another's to pay")
        return await self._paid(named[0], openid, total)

    async def _paid(self, order: Order, openid: str, total: int | None = None) -> int:
        if not order.is_open(self._clock()):
            raise ValueError(f"{order.number} takes no money")
        order.state, order.transaction, order.payer = "SUCCESS", f"4200{secrets.randbelow(10**24):024}", openid
        if total is not None:
            order.terms["amount"]["total"] = total
        return await self._tell(order.terms["notify_url"], self._told(order))

    async def _page(self, request: Request) -> Response:
        """Of an order of H5. Its button pays, and sends the buyer on."""
        wanted = request.query_params.get("prepay_id")
        order = next((one for one in self.orders.values() if one.code == wanted and one.product == "h5"), None)
        why = why_not(request, order, self._clock())
        if order is None or why:
            return said(why, 403)
        if request.method == "GET":
            return shown(order)
        await self._paid(order, SOMEBODY)
        to = request.query_params.get("redirect_url")
        return RedirectResponse(to, 303) if to else said("支付成功")

    def find(self, key: str) -> Order:
        """By the merchant's number, or the payment it is the newest number of."""
        found = [one for one in self.orders.values() if one.number.partition("*")[0] == key or one.number == key]
        if not found:
            raise ValueError(f"nothing was opened for {key}")
        return next((one for one in reversed(found) if one.state != "CLOSED"), found[-1])

    async def refund_at_the_counter(self, key: str, amount: int) -> int:
        """The merchant's own staff send money back on WeChat's site, without the shop."""
        order = self.find(key)
        refund = self._give_back(order, f"site{len(order.refunds)}", amount, order.terms["notify_url"])
        return await self._tell(refund.notify_url, self.refund_told(order, refund))

    async def settle_refund(self, key: str, number: str, status: Literal["SUCCESS", "ABNORMAL", "CLOSED"]) -> int:
        """A refund that was under way comes to its end."""
        order = self.find(key)
        refund = order.refunds[number]
        refund.status = status
        return await self._tell(refund.notify_url, self.refund_told(order, refund))

    # What it tells

    def told(self, key: str) -> Told:
        """The notice of what has been paid, sealed and signed, and not sent."""
        return self._told(self.find(key))

    def _told(self, order: Order) -> Told:
        amount = {
            "total": order.total if self.faults.total is None else self.faults.total,
            "payer_total": order.total,
            "currency": self.faults.currency or "CNY",
            "payer_currency": "CNY",
        }
        return self.notice("TRANSACTION.SUCCESS", "transaction", self._said(order) | {"amount": amount})

    def refund_told(self, order: Order, refund: Refund) -> Told:
        return self.notice(f"REFUND.{refund.status}", "refund", refunded(self.keys, order, refund, self._clock()))

    def notice(self, kind: str, original: str, content: dict[str, Any]) -> Told:
        """Any content, sealed with the merchant's APIv3 key and signed by the platform."""
        nonce = secrets.token_hex(6)
        body = json.dumps(
            {
                "id": secrets.token_hex(16),
                "create_time": stamp(self._clock()),
                "resource_type": "encrypt-resource",
                "event_type": kind,
                "summary": "支付成功",
                "resource": {
                    "original_type": original,
                    "algorithm": "AEAD_AES_256_GCM",
                    "ciphertext": self.keys.sealed(json.dumps(content, ensure_ascii=False), nonce, original),
                    "associated_data": original,
                    "nonce": nonce,
                },
            },
            ensure_ascii=False,
        ).encode()
        return Told("POST", headers={"Content-Type": "application/json", **self._signature(body)}, body=body)

    def _signature(self, body: bytes) -> dict[str, str]:
        nonce = secrets.token_hex(16)
        return self.keys.signed(self._clock(), body, by_certificate=self.faults.by_certificate, nonce=nonce)

    async def _tell(self, url: str, told: Told) -> int:
        self.told_so_far.append(told)
        status = 0
        for _ in range(self.faults.copies):
            status = await post(url, told)
        return status

    async def tell_all(self, url: str) -> list[int]:
        """Everything that was ever told, once more, in its order or the other way round."""
        again = self.told_so_far[::-1] if self.faults.backwards else self.told_so_far
        return [await post(url, told) for told in again]

    # The merchant's side

    def _route(
        self, call: str, path: str, method: str, known: Callable[[Request, Any], dict[str, Any] | None]
    ) -> Route:
        async def asked(request: Request) -> Response:
            trouble = self.faults.meet(call)
            if trouble == "silent":
                await gone(request)
            if trouble in ("broken", "silent"):
                return PlainTextResponse("broken", 502)
            if trouble == "busy":
                return self._answer(429, {"code": "FREQUENCY_LIMITED"})
            body = await request.body()
            answer = self._answer(*self._asked(request, body, known))
            return Lost() if trouble == "lost" else answer

        return Route(path, asked, methods=[method])

    def _asked(self, request: Request, body: bytes, known: Known) -> tuple[int, dict[str, Any] | None]:
        query = request.scope["query_string"].decode()
        target = request.scope["raw_path"].decode() + (f"?{query}" if query else "")
        authorization = request.headers.get("authorization", "")
        if not self.keys.knows(authorization, request.method, target, body):
            return 401, {"code": "SIGN_ERROR", "message": "签名错误"}
        self.heard.append((request.method, target, authorization, body))
        content = json.loads(body) if body else {}
        if (content.get("mchid") or request.query_params.get("mchid", self.keys.mchid)) != self.keys.mchid:
            return 400, {"code": "MCH_NOT_EXISTS"}
        try:
            made = known(request, content)
        except No as refused:
            return refused.status, {"code": refused.code, "message": "-"}
        except (KeyError, ValueError, TypeError):
            return 400, {"code": "PARAM_ERROR", "message": "参数错误"}
        return (204, None) if made is None else (200, made)

    def _answer(self, status: int, content: dict[str, Any] | None) -> Response:
        body = b"" if content is None else json.dumps(content, ensure_ascii=False).encode()
        signed = self._signature(body)
        if self.faults.forged:
            serial = "1" * 40 if self.faults.unknown else self.keys.public_key_id
            signed = headers(self.keys.stranger, serial, self._clock(), "n", body)
        return Response(body, status, {} if self.faults.unsigned else signed, media_type="application/json")

    async def _certificates(self, request: Request) -> Response:
        self.certificates_asked += 1
        return self._answer(404, {"code": "RESOURCE_NOT_EXISTS"})

    def _opens(self, product: Product) -> Known:
        def opened(request: Request, terms: dict[str, Any]) -> dict[str, Any]:
            if product in self.faults.unopened:
                raise No(403, "NO_AUTH")
            return asked_for(self.orders, self.keys, product, terms, self._clock()).answer(self.url)

        return opened

    def _order(self, request: Request) -> Order:
        wanted = request.path_params
        for order in self.orders.values():
            if wanted.get("number") == order.number or wanted.get("transaction", "-") == order.transaction:
                return order
        raise No(404, "ORDER_NOT_EXIST")

    def _said(self, order: Order) -> dict[str, Any]:
        return stands(self.keys, order, self._clock())

    def _query(self, request: Request, _: Any) -> dict[str, Any]:
        return self._said(self._order(request))

    def _close(self, request: Request, _: Any) -> None:
        order = self._order(request)
        if order.state != "NOTPAY":
            raise No(400, "ORDER_CLOSED" if order.state == "CLOSED" else "ORDERPAID")
        order.state = "CLOSED"

    def _refund(self, request: Request, asked: dict[str, Any]) -> dict[str, Any]:
        order = next((one for one in self.orders.values() if one.transaction == asked["transaction_id"]), None)
        if order is None:
            raise No(404, "RESOURCE_NOT_EXISTS")
        number, sums = asked["out_refund_no"], asked["amount"]
        if sums["total"] != order.total or sums["currency"] != "CNY":
            raise No(400, "INVALID_REQUEST")
        known = order.refunds.get(number)
        if known is None:
            if sum(one.amount for one in order.refunds.values()) + sums["refund"] > order.total:
                raise No(400, "INVALID_REQUEST")
            known = self._give_back(order, number, sums["refund"], asked["notify_url"])
            if known.status == "SUCCESS":
                telling = asyncio.create_task(self._tell(known.notify_url, self.refund_told(order, known)))
                self._telling.add(telling)
                telling.add_done_callback(self._telling.discard)
        elif known.amount != sums["refund"]:
            raise No(400, "INVALID_REQUEST")
        return refund_stands(order, known, self._clock())

    def _give_back(self, order: Order, number: str, amount: int, notify_url: str) -> Refund:
        refund = Refund(number, f"5030{secrets.randbelow(10**24):024}", amount, self.faults.refunds, notify_url)
        order.refunds[number] = refund
        order.state = "REFUND"
        return refund

    def _refund_query(self, request: Request, _: Any) -> dict[str, Any]:
        for order in self.orders.values():
            if refund := order.refunds.get(request.path_params["number"]):
                return refund_stands(order, refund, self._clock())
        raise No(404, "RESOURCE_NOT_EXISTS")


async def post(url: str, told: Told) -> int:
    """Send a notice; the answer's status, 0 where there was none."""
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        try:
            return (await client.request(told.method, url, content=told.body, headers=dict(told.headers))).status_code
        except httpx.HTTPError:
            return 0
