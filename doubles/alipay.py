"""Alipay's gateway for 当面付, as a real server: opens codes, is paid by `pay`, tells the merchant, gives money back.

POST /gateway.do is its one address; GET /qr/CODE is the page behind a code. A trade begins when its code is scanned, as
at Alipay: before that nobody can ask for it or close it. Signatures are of its own making, by `doubles/alipay_keys.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from doubles.alipay_keys import APP_ID, SELLER_ID, Keys
from doubles.sandbox import Lost, gone
from doubles.serving import Served
from doubles.telling import Told
from doubles.troubles import Troubles

BEIJING = timezone(timedelta(hours=8))
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
NUMBER = re.compile(r"[A-Za-z0-9_]{1,64}")


@dataclass
class Trade:
    """What a merchant's number stands for. It has no trade_no before somebody scans its code."""

    number: str
    total: Decimal
    subject: str
    until: datetime
    notify_url: str
    code: str
    trade_no: str = ""
    status: Literal["WAIT_BUYER_PAY", "TRADE_CLOSED", "TRADE_SUCCESS", "TRADE_FINISHED"] = "WAIT_BUYER_PAY"
    paid_at: datetime | None = None
    refunds: dict[str, Decimal] = field(default_factory=dict)

    @property
    def back(self) -> Decimal:
        return sum(self.refunds.values(), Decimal(0))


@dataclass
class Faults(Troubles):
    """Each can be changed while the server runs. Calls are named "precreate", "fastpay.refund.query", ..."""

    copies: int = 1  # how often a notice is sent; 0 loses it
    total: str | None = None  # stands in notices instead of what was paid
    backwards: bool = False  # `tell_all` tells the last first
    unsigned: bool = False  # answers have no signature
    forged: bool = False  # answers are signed by somebody else
    fails_refunds: bool = False  # refunds are taken and move nothing


class No(Exception):
    """A business refusal; its text is the sub_code."""


def now() -> datetime:
    return datetime.now(UTC)


class Alipay:
    """The provider. `keys` are the app's, ours and a stranger's; the trades are in memory."""

    def __init__(self, keys: Keys | None = None, *, clock: Callable[[], datetime] = now) -> None:
        self.keys = keys or Keys.made()
        self.faults = Faults()
        self.trades: dict[str, Trade] = {}
        self.heard: list[dict[str, str]] = []  # what the merchant has asked, signed as it was
        self.told_so_far: list[Told] = []
        self.url = ""
        self._clock = clock
        self._telling: set[asyncio.Task[int]] = set()
        self.app = Starlette(
            routes=[
                Route("/gateway.do", self._asked, methods=["POST"]),
                Route("/qr/{code}", self._page, methods=["GET"]),
            ]
        )

    @contextlib.asynccontextmanager
    async def served(self, port: int = 0) -> AsyncIterator[str]:
        """Up on 127.0.0.1 for as long as the block lasts; gives its address."""
        async with Served(self.app, port) as server:
            self.url = server.url
            yield server.url

    @property
    def gateway(self) -> str:
        return f"{self.url}/gateway.do"

    # The buyer's side

    async def pay(self, key: str, total: str | None = None) -> int:
        """The buyer scans the newest code of a payment and pays; the notice is sent. Its answer's status, 0 for none.

        Raises ValueError when there is nothing to pay.
        """
        trade = self.find(key)
        self.scan(trade.number)
        if trade.status != "WAIT_BUYER_PAY" or trade.until <= self._clock():
            raise ValueError(f"{trade.number} takes no money")
        trade.status, trade.paid_at = "TRADE_SUCCESS", self._clock()
        if total is not None:
            trade.total = Decimal(total)
        return await self._tell(trade.notify_url, self.told(key))

    def scan(self, key: str) -> Trade:
        """Somebody looks at the code: from now on there is a trade."""
        trade = self.find(key)
        trade.trade_no = trade.trade_no or f"2026{secrets.randbelow(10**24):024}"
        return trade

    def find(self, key: str) -> Trade:
        """By the merchant's number, or the payment it is the newest number of: letters and digits count."""
        wanted = re.sub("[^A-Za-z0-9]+", "-", key)
        found = [one for one in self.trades.values() if _is_of(one.number, wanted)]
        if not found:
            raise ValueError(f"nothing was opened for {key}")
        return next((one for one in reversed(found) if one.status != "TRADE_CLOSED"), found[-1])

    async def refund_at_the_counter(self, key: str, amount: str) -> int:
        """The merchant's own staff send money back on Alipay's site, without the shop."""
        trade = self.find(key)
        number = f"site{len(trade.refunds)}"
        trade.refunds[number] = Decimal(amount)
        return await self._tell(trade.notify_url, self._refund_told(trade, number))

    # What it tells

    def told(self, key: str) -> Told:
        """The notice of what has been paid, signed, and not sent."""
        trade = self.find(key)
        return self._notice(trade, self.about(trade))

    def about(self, trade: Trade) -> dict[str, str]:
        """A notice's parameters, without its signature."""
        return {
            "notify_time": stamp(self._clock()),
            "notify_type": "trade_status_sync",
            "notify_id": secrets.token_hex(17),
            "app_id": self.keys.app_id,
            "charset": "utf-8",
            "version": "1.0",
            "trade_no": trade.trade_no,
            "out_trade_no": trade.number,
            "buyer_logon_id": "159****5620",
            "seller_id": self.keys.seller_id,
            "trade_status": trade.status,
            "total_amount": self.faults.total or f"{trade.total:.2f}",
            "receipt_amount": f"{trade.total:.2f}",
            "subject": trade.subject,
            "gmt_create": stamp(self._clock()),
            "gmt_payment": stamp(trade.paid_at or self._clock()),
            "fund_bill_list": json.dumps([{"amount": f"{trade.total:.2f}", "fundChannel": "ALIPAYACCOUNT"}]),
        }

    def _refund_told(self, trade: Trade, number: str) -> Told:
        """After a refund: all that went back so far, and under which number this one was asked for."""
        about = self.about(trade)
        about |= {"refund_fee": f"{trade.back:.2f}", "gmt_refund": stamp(self._clock()), "out_biz_no": number}
        return self._notice(trade, about)

    def _notice(self, trade: Trade, about: Mapping[str, str]) -> Told:
        return Told("POST", headers=FORM, body=urlencode(self.keys.sealed(about)).encode())

    async def _tell(self, url: str, told: Told) -> int:
        """As often as the faults say. The status of the last answer, 0 for none; Alipay wants the word success."""
        self.told_so_far.append(told)
        status = 0
        for _ in range(self.faults.copies):
            status = await post(url, told)
        return status

    async def tell_all(self, url: str) -> list[int]:
        """Everything that was ever told, once more, in its order or the other way round."""
        again = self.told_so_far[::-1] if self.faults.backwards else self.told_so_far
        return [await post(url, told) for told in again]

    async def _page(self, request: Request) -> Response:
        for trade in self.trades.values():
            if trade.code.endswith(request.path_params["code"]):
                self.scan(trade.number)
                return PlainTextResponse(f"{trade.subject}: {trade.total:.2f}")
        return PlainTextResponse("no such code", 404)

    # The merchant's side

    async def _asked(self, request: Request) -> Response:
        asked = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        method = asked.get("method", "")
        trouble = self.faults.meet(method.removeprefix("alipay.trade."))
        if trouble == "silent":
            await gone(request)
        if trouble in ("broken", "silent"):
            return PlainTextResponse("broken", 502)
        if trouble == "busy":
            return PlainTextResponse("busy", 429)
        answer = self._answer(method, asked)
        return Lost() if trouble == "lost" else answer

    def _answer(self, method: str, asked: dict[str, str]) -> Response:
        name = f"{method.replace('.', '_')}_response"
        known = {
            "alipay.trade.precreate": self._precreate,
            "alipay.trade.query": self._query,
            "alipay.trade.close": self._close,
            "alipay.trade.refund": self._refund,
            "alipay.trade.fastpay.refund.query": self._refund_query,
        }.get(method)
        if not self.keys.knows(asked):
            return self._signed(name, error("40002", "isv.invalid-signature"))
        self.heard.append(asked)
        if known is None:
            return self._signed(name, error("40006", "isv.insufficient-isv-permissions"))
        try:
            made = known(json.loads(asked["biz_content"]), asked)
        except No as refused:
            return self._signed(name, error("40004", f"ACQ.{refused}"))
        except (ValueError, KeyError, InvalidOperation):
            return self._signed(name, error("40004", "ACQ.INVALID_PARAMETER"))
        return self._signed(name, {"code": "10000", "msg": "Success", **made})

    def _signed(self, name: str, node: Mapping[str, Any]) -> Response:
        """The signature is over the node's very characters, among which slashes are written as Alipay does."""
        text = json.dumps(node, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")
        key = self.keys.stranger if self.faults.forged else self.keys.alipay
        signature = "" if self.faults.unsigned else f',"sign":"{Keys.signature(key, text)}"'
        return Response(f'{{"{name}":{text}{signature}}}', media_type="text/html;charset=utf-8")

    def _precreate(self, content: dict[str, Any], asked: dict[str, str]) -> dict[str, Any]:
        number, total = content["out_trade_no"], Decimal(content["total_amount"])
        if not NUMBER.fullmatch(number) or total <= 0 or re.search("[/=&]", content["subject"]):
            raise No("INVALID_PARAMETER")
        known = self.trades.get(number)
        if known and known.status != "WAIT_BUYER_PAY":
            raise No("TRADE_HAS_CLOSE" if known.status == "TRADE_CLOSED" else "TRADE_HAS_SUCCESS")
        if known and known.trade_no and known.total != total:
            raise No("CONTEXT_INCONSISTENT")
        code = known.code if known else f"{self.url}/qr/bax{secrets.token_hex(10)}"
        until = datetime.strptime(content["time_expire"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
        trade = Trade(number, total, content["subject"], until, asked["notify_url"], code)
        trade.trade_no = known.trade_no if known else ""
        self.trades[number] = trade
        return {"out_trade_no": number, "qr_code": code}

    def _begun(self, content: dict[str, Any]) -> Trade:
        """A trade that somebody has scanned, as it stands now."""
        for trade in self.trades.values():
            if trade.trade_no and content.get("trade_no", trade.trade_no) == trade.trade_no:
                if content.get("out_trade_no", trade.number) != trade.number:
                    continue
                if trade.status == "WAIT_BUYER_PAY" and trade.until <= self._clock():
                    trade.status = "TRADE_CLOSED"
                return trade
        raise No("TRADE_NOT_EXIST")

    def _query(self, content: dict[str, Any], _: dict[str, str]) -> dict[str, Any]:
        trade = self._begun(content)
        paid = {"send_pay_date": stamp(trade.paid_at)} if trade.paid_at else {}
        return {
            "trade_no": trade.trade_no,
            "out_trade_no": trade.number,
            "buyer_logon_id": "159****5620",
            "trade_status": trade.status,
            "total_amount": f"{trade.total:.2f}",
            **paid,
        }

    def _close(self, content: dict[str, Any], _: dict[str, str]) -> dict[str, Any]:
        trade = self._begun(content)
        if trade.status != "WAIT_BUYER_PAY":
            raise No("TRADE_STATUS_ERROR")
        trade.status = "TRADE_CLOSED"
        return {"trade_no": trade.trade_no, "out_trade_no": trade.number}

    def _refund(self, content: dict[str, Any], _: dict[str, str]) -> dict[str, Any]:
        trade, amount, number = self._begun(content), Decimal(content["refund_amount"]), content["out_request_no"]
        if not trade.paid_at:
            raise No("TRADE_STATUS_ERROR")
        if number in trade.refunds and trade.refunds[number] != amount:
            raise No("DISCORDANT_REPEAT_REQUEST")
        if number not in trade.refunds and trade.back + amount > trade.total:
            raise No("REASON_TRADE_REFUND_FEE_ERR")
        moved = number not in trade.refunds and not self.faults.fails_refunds
        if moved:
            trade.refunds[number] = amount
            trade.status = "TRADE_CLOSED" if trade.back == trade.total else trade.status
            self._later(trade, number)
        return {
            "trade_no": trade.trade_no,
            "out_trade_no": trade.number,
            "fund_change": "Y" if moved else "N",
            "refund_fee": f"{trade.back:.2f}",
        }

    def _later(self, trade: Trade, number: str) -> None:
        """The notice of a refund goes out behind its answer."""
        telling = asyncio.create_task(self._tell(trade.notify_url, self._refund_told(trade, number)))
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)

    def _refund_query(self, content: dict[str, Any], _: dict[str, str]) -> dict[str, Any]:
        trade, number = self._begun(content), content["out_request_no"]
        if number not in trade.refunds:
            return {}
        return {
            "trade_no": trade.trade_no,
            "out_trade_no": trade.number,
            "out_request_no": number,
            "refund_status": "REFUND_SUCCESS",
            "refund_amount": f"{trade.refunds[number]:.2f}",
            "total_amount": f"{trade.total:.2f}",
        }


def _is_of(number: str, wanted: str) -> bool:
    plain = re.sub("[^A-Za-z0-9]+", "-", number)
    return plain == wanted or bool(re.fullmatch(f"{re.escape(wanted)}-[0-9]{{1,2}}", plain))


def error(code: str, sub_code: str) -> dict[str, str]:
    return {"code": code, "msg": "Business Failed", "sub_code": sub_code, "sub_msg": "业务处理失败"}


def stamp(moment: datetime) -> str:
    return moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


async def post(url: str, told: Told) -> int:
    """Send a notice; the answer's status, 0 where there was none, 1 where it was 200 without the word success."""
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        try:
            answer = await client.request(told.method, url, content=told.body, headers=dict(told.headers))
        except httpx.HTTPError:
            return 0
    return answer.status_code if answer.status_code != 200 or answer.text == "success" else 1


__all__ = ["APP_ID", "SELLER_ID", "Alipay", "Keys"]
