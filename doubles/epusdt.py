"""A BEpusdt gateway as a real server: trades told apart by their exact amount, on one address."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from doubles.gateway import Gateway, now, number
from doubles.telling import Told

ADDRESS = "TXLAQ63Xg1NAzckPwKHvzw7CSEmLMEqcdj"
WAITING, PAID, LAPSED, CANCELLED = 1, 2, 3, 4
STEP = Decimal("0.01")


@dataclass
class Trade:
    trade_id: str
    order_id: str
    amount: float
    actual_amount: str
    notify_url: str
    redirect_url: str
    ends: datetime
    status: int = WAITING


class Epusdt(Gateway):
    """`rate` is yuan for one USDT. `checks` off: an old one, that can't be asked about a trade."""

    heard = "ok"

    def __init__(self, token: str = "tok", *, rate: str = "7.2", clock: Callable[[], datetime] = now) -> None:
        self.token = token
        self.rate = Decimal(rate)
        self.checks = True
        self.trades: list[Trade] = []
        super().__init__(
            [
                Route("/api/v1/order/create-transaction", self.guarded("create", self._create), methods=["POST"]),
                Route("/api/v1/order/cancel-transaction", self.guarded("cancel", self._cancel), methods=["POST"]),
                Route("/pay/check-status/{trade}", self.guarded("check", self._check), methods=["GET"]),
            ],
            clock,
        )

    def of(self, key: str) -> Trade:
        """The newest trade of an order number."""
        return next(trade for trade in reversed(self.trades) if trade.order_id == key)

    def _stands(self, trade: Trade) -> int:
        if trade.status == WAITING and trade.ends <= self._clock():
            trade.status = LAPSED
        return trade.status

    # The shop's side

    async def _asked(self, request: Request) -> dict[str, Any] | None:
        """Its JSON as Go reads it; None if it isn't signed."""
        asked: dict[str, Any] = json.loads(await request.body())
        given = asked.pop("signature", "")
        return asked if given == self._sign(asked) else None

    async def _create(self, request: Request) -> Response:
        asked = await self._asked(request)
        if asked is None:
            return JSONResponse({"error": "签名错误"}, 400)
        known = [trade for trade in self.trades if trade.order_id == asked["order_id"]]
        if known and self._stands(known[-1]) in (WAITING, PAID):
            trade = known[-1]
            if trade.status == WAITING:  # made anew, at the rate of now
                trade.amount, trade.actual_amount = float(asked["amount"]), self._free(float(asked["amount"]))
        else:
            ends = self._clock() + timedelta(seconds=int(asked.get("timeout") or 600))
            amount, urls = float(asked["amount"]), (asked["notify_url"], asked["redirect_url"])
            trade = Trade(number(), asked["order_id"], amount, self._free(amount), *urls, ends)
            self.trades.append(trade)
        data = {
            "trade_id": trade.trade_id,
            "order_id": trade.order_id,
            "status": trade.status,
            "amount": trade.amount,
            "actual_amount": trade.actual_amount,
            "token": ADDRESS,
            "expiration_time": int((trade.ends - self._clock()).total_seconds()),
            "payment_url": f"{self.url}/pay/checkout-counter/{trade.trade_id}",
        }
        return JSONResponse({"status_code": 200, "message": "success", "data": data, "request_id": ""})

    def _free(self, amount: float) -> str:
        """The amount nobody else is to pay just now."""
        exact = (Decimal(str(amount)) / self.rate).quantize(STEP)
        taken = {Decimal(trade.actual_amount) for trade in self.trades if self._stands(trade) == WAITING}
        while exact in taken:
            exact += STEP
        return f"{exact.normalize():f}"

    async def _cancel(self, request: Request) -> Response:
        asked = await self._asked(request)
        if asked is None:
            return JSONResponse({"error": "签名错误"}, 400)
        for trade in self.trades:
            if trade.trade_id == asked["trade_id"] and self._stands(trade) == WAITING:
                trade.status = CANCELLED
                return JSONResponse({"status_code": 200, "message": "success", "data": {"trade_id": trade.trade_id}})
        return JSONResponse({"status_code": 400, "message": "当前订单状态不允许取消", "data": None})

    async def _check(self, request: Request) -> Response:
        if not self.checks:
            return Response(status_code=404)
        for trade in self.trades:
            if trade.trade_id == request.path_params["trade"]:
                status = WAITING if self.faults.denies else self._stands(trade)
                back = trade.redirect_url if status == PAID else ""
                return JSONResponse({"trade_id": trade.trade_id, "status": status, "return_url": back})
        return JSONResponse({"status_code": 400, "message": "订单不存在", "data": None, "request_id": ""})

    # The buyer's side

    async def pay(self, key: str, exact: str = "") -> bool:
        """The buyer sends USDT. Whether it was recognised: nothing but the exact amount is, within its time."""
        trade = self.of(key)
        if self._stands(trade) != WAITING or Decimal(exact or trade.actual_amount) != Decimal(trade.actual_amount):
            return False
        trade.status = PAID
        await self.tell(trade.notify_url, self.told(key))
        return True

    def told(self, key: str, **other: Any) -> Told:
        """The notice of a trade, signed, as if it were paid: with the token anybody can write one."""
        trade = self.of(key)
        fields = {
            "trade_id": trade.trade_id,
            "order_id": trade.order_id,
            "amount": trade.amount,
            "actual_amount": trade.actual_amount,
            "token": ADDRESS,
            "block_transaction_id": hashlib.sha256(trade.trade_id.encode()).hexdigest(),
            "status": PAID,
            **other,
        }
        body = written({**fields, "signature": self._sign(fields)})
        return Told("POST", "", {"Content-Type": "application/json"}, body)

    def _sign(self, fields: dict[str, Any]) -> str:
        parts = sorted((name, as_go(value)) for name, value in fields.items() if value not in ("", None))
        return hashlib.md5("&".join("=".join(part) for part in parts).encode() + self.token.encode()).hexdigest()


def as_go(value: Any) -> str:
    """As Go prints it: 10 and not 10.0. From a million on it would be 1e+06, and nobody sells such a card."""
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def written(fields: dict[str, Any]) -> bytes:
    """As Go writes JSON."""
    pairs = [f"{json.dumps(k)}:{json.dumps(v) if isinstance(v, str) else as_go(v)}" for k, v in fields.items()]
    return f"{{{','.join(pairs)}}}".encode()
