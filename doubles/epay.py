"""An 易支付 (epay) gateway, v1, as a real server: /mapi.php, /submit.php, /api.php, and a notice by GET."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from doubles.gateway import Gateway, number
from doubles.telling import Told


@dataclass
class Order:
    trade_no: str
    out_trade_no: str
    type: str
    name: str
    money: str
    notify_url: str
    return_url: str
    paid: bool = False


class Epay(Gateway):
    """One merchant's side of it. `pays` is what mapi.php offers: a page, a code, or an app's own address."""

    heard = "success"

    def __init__(self, pid: str = "1001", key: str = "KEY123", pays: str = "payurl") -> None:
        self.pid = pid
        self.key = key
        self.pays = pays
        self.orders: dict[str, Order] = {}
        super().__init__(
            [
                Route("/mapi.php", self.guarded("mapi", self._mapi), methods=["POST"]),
                Route("/submit.php", self.guarded("submit", self._submit), methods=["GET", "POST"]),
                Route("/api.php", self._api, methods=["GET"]),
            ]
        )

    # The shop's side

    def _open(self, asked: dict[str, str]) -> Order | str:
        """The order, or why not. An order number is known once: asked for again it is the same."""
        if asked.get("pid") != self.pid:
            return "商户ID不存在"
        signed = {name: value for name, value in asked.items() if name not in ("sign", "sign_type")}
        if asked.get("sign_type") != "MD5" or not hmac.compare_digest(self._sign(signed), asked.get("sign", "")):
            return "签名校验失败，请返回重试！"
        known = self.orders.get(asked["out_trade_no"])
        if known and (known.paid or known.money != asked["money"]):
            return "该订单号已经存在"
        if known is None:
            known = Order(
                trade_no=number(),
                out_trade_no=asked["out_trade_no"],
                type=asked["type"],
                name=asked["name"],
                money=asked["money"],
                notify_url=asked["notify_url"],
                return_url=asked["return_url"],
            )
            self.orders[known.out_trade_no] = known
        return known

    async def _mapi(self, request: Request) -> Response:
        order = self._open({name: str(value) for name, value in (await request.form()).items()})
        if isinstance(order, str):
            return JSONResponse({"code": -1, "msg": order})
        ways = {
            "payurl": f"{self.url}/pay/{order.trade_no}",
            "qrcode": f"weixin://wxpay/bizpayurl?pr={order.trade_no}",
            "urlscheme": f"weixin://dl/business/?ticket={order.trade_no}",
        }
        told = {name: value if name == self.pays else "" for name, value in ways.items()}
        return JSONResponse({"code": 1, "msg": "", "trade_no": order.trade_no, **told})

    async def _submit(self, request: Request) -> Response:
        given = request.query_params if request.method == "GET" else await request.form()
        order = self._open({name: str(value) for name, value in given.items()})
        return HTMLResponse(order if isinstance(order, str) else f"<p>{order.name} {order.money}</p>")

    async def _api(self, request: Request) -> Response:
        act = request.query_params.get("act", "")
        return await self.guarded(act, self._order if act == "order" else self._merchant)(request)

    def _knows(self, request: Request) -> bool:
        given = (request.query_params.get("pid", ""), request.query_params.get("key", ""))
        return given == (self.pid, self.key)

    async def _merchant(self, request: Request) -> Response:
        if not self._knows(request):
            return JSONResponse({"code": -3, "msg": "商户密钥错误"})
        return JSONResponse({"code": 1, "pid": int(self.pid), "active": 1, "money": "0.00"})

    async def _order(self, request: Request) -> Response:
        if not self._knows(request):
            return JSONResponse({"code": -3, "msg": "商户密钥错误"})
        order = self.orders.get(request.query_params.get("out_trade_no", ""))
        if order is None:
            return JSONResponse({"code": -1, "msg": "订单号不存在"})
        told = {name: getattr(order, name) for name in ("trade_no", "out_trade_no", "type", "name", "money")}
        status = 1 if order.paid and not self.faults.denies else 0
        return JSONResponse({"code": 1, "msg": "succ", "pid": int(self.pid), "status": status, **told})

    # The buyer's side

    async def pay(self, key: str) -> None:
        """The buyer pays; the shop is told."""
        self.orders[key].paid = True
        await self.tell(self.orders[key].notify_url, self.told(key))

    def told(self, key: str, **other: str) -> Told:
        """The notice of an order, signed, whether it is paid or not: with the key anybody can write one."""
        order = self.orders[key]
        fields = {
            "pid": self.pid,
            "trade_no": order.trade_no,
            "out_trade_no": order.out_trade_no,
            "type": order.type,
            "name": order.name,
            "money": order.money,
            "trade_status": "TRADE_SUCCESS",
            **other,
        }
        return Told("GET", urlencode({**fields, "sign": self._sign(fields), "sign_type": "MD5"}))

    def _sign(self, fields: dict[str, str]) -> str:
        """MD5 of the fields that have a value, in the order of their names, and the key."""
        made = hashlib.md5()
        for place, name in enumerate(sorted(name for name in fields if fields[name] != "")):
            made.update(f"{'&' if place else ''}{name}={fields[name]}".encode())
        made.update(self.key.encode())
        return made.hexdigest()
