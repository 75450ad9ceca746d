"""Crypto Pay (@CryptoBot) as a real server: invoices over fiat money, and a signed update when one is paid."""

from __future__ import annotations

import hashlib
import hmac
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

TOKEN = "12345:AAtestTokenOfNobody"
RATES = {"CNY": "7.2", "USD": "1.0", "EUR": "0.92", "RUB": "92.5"}


@dataclass
class Invoice:
    invoice_id: int
    hash: str
    asked: dict[str, Any]
    made: datetime
    ends: datetime
    paid: datetime | None = None

    def status(self, at: datetime) -> str:
        return "paid" if self.paid else "expired" if self.ends <= at else "active"


class CryptoPay(Gateway):
    """One app. Its webhook is set in the bot, once for all invoices: `notify_url`."""

    def __init__(self, token: str = TOKEN, *, notify_url: str = "", clock: Callable[[], datetime] = now) -> None:
        self.token = token
        self.notify_url = notify_url
        self.invoices: list[Invoice] = []
        self._numbers = 0
        methods = {
            "getMe": self._me,
            "createInvoice": self._create,
            "getInvoices": self._list,
            "deleteInvoice": self._delete,
        }
        super().__init__(
            [
                Route(f"/api/{name}", self.guarded(name, self._let_in(answer)), methods=["GET", "POST"])
                for name, answer in methods.items()
            ],
            clock,
        )

    # The shop's side

    def _let_in(self, answer: Callable[[dict[str, Any]], Any]) -> Callable[[Request], Any]:
        async def checked(request: Request) -> Response:
            if request.headers.get("crypto-pay-api-token") != self.token:
                return refused(401, "UNAUTHORIZED")
            asked = dict(request.query_params) | (json.loads(await request.body() or b"{}"))
            try:
                return JSONResponse({"ok": True, "result": answer(asked)})
            except (KeyError, ValueError) as error:
                return refused(400, str(error.args[0]))

        return checked

    def _me(self, _: dict[str, Any]) -> dict[str, Any]:
        return {
            "app_id": int(self.token.split(":")[0]),
            "name": "Kiosk",
            "payment_processing_bot_username": "CryptoBot",
        }

    def _create(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked["currency_type"] != "fiat" or asked["fiat"] not in RATES:
            raise ValueError("FIAT_INVALID")
        if Decimal(asked["amount"]) <= 0 or not 1 <= int(asked["expires_in"]) <= 2678400:
            raise ValueError("PARAM_INVALID")
        self._numbers += 1
        ends = self._clock() + timedelta(seconds=int(asked["expires_in"]))
        made = Invoice(self._numbers, f"IV{number()}", asked, self._clock(), ends)
        self.invoices.insert(0, made)
        return self._shown(made)

    def _list(self, asked: dict[str, Any]) -> dict[str, Any]:
        found = self.invoices
        if wanted := asked.get("invoice_ids"):
            found = [one for one in found if str(one.invoice_id) in str(wanted).split(",")]
        shown = [self._shown(one) for one in found]
        if status := asked.get("status"):
            shown = [one for one in shown if one["status"] == status]
        start = int(asked.get("offset", 0))
        return {"items": shown[start : start + min(1000, int(asked.get("count", 100)))]}

    def _delete(self, asked: dict[str, Any]) -> bool:
        for one in self.invoices:
            if one.invoice_id == int(asked["invoice_id"]) and one.status(self._clock()) == "active":
                self.invoices.remove(one)
                return True
        raise ValueError("INVOICE_NOT_FOUND")

    def _shown(self, one: Invoice) -> dict[str, Any]:
        status = one.status(self._clock())
        if status == "paid" and self.faults.denies:
            status = "active"
        link = f"https://t.me/CryptoBot?start={one.hash}"
        told = {
            "invoice_id": one.invoice_id,
            "hash": one.hash,
            "status": status,
            "currency_type": "fiat",
            "fiat": one.asked["fiat"],
            "amount": one.asked["amount"],
            "description": one.asked.get("description"),
            "payload": one.asked.get("payload"),
            "accepted_assets": ["USDT", "TON", "BTC"],
            "bot_invoice_url": link,
            "mini_app_invoice_url": f"https://t.me/CryptoBot/app?startapp=invoice-{one.hash}",
            "web_app_invoice_url": f"https://app.cr.bot/invoices/{one.hash}",
            "created_at": stamp(one.made),
            "expiration_date": stamp(one.ends),
            "allow_comments": False,
            "allow_anonymous": True,
        }
        if one.paid and status == "paid":
            rate = Decimal(RATES[one.asked["fiat"]])
            told |= {
                "paid_at": stamp(one.paid),
                "paid_anonymously": False,
                "paid_asset": "USDT",
                "paid_amount": str((Decimal(one.asked["amount"]) / rate).quantize(Decimal("0.000001"))),
                "paid_fiat_rate": str(rate),
            }
        return told

    # The buyer's side

    def of(self, key: str) -> Invoice:
        """The newest invoice of a payload."""
        return next(one for one in self.invoices if one.asked.get("payload") == key)

    async def pay(self, key: str) -> bool:
        """The buyer pays, if there is still something to pay; the shop is told."""
        one = self.of(key)
        if one.status(self._clock()) != "active":
            return False
        one.paid = self._clock()
        await self.tell(self.notify_url, self.told(key))
        return True

    def told(self, key: str, **other: Any) -> Told:
        """The update of an invoice, signed just now."""
        denies, self.faults.denies = self.faults.denies, False
        payload = self._shown(self.of(key)) | other
        self.faults.denies = denies
        update = {
            "update_id": 1,
            "update_type": "invoice_paid",
            "request_date": stamp(self._clock()),
            "payload": payload,
        }
        return self.signed(json.dumps(update, separators=(",", ":")).encode())

    def signed(self, body: bytes) -> Told:
        secret = hashlib.sha256(self.token.encode()).digest()
        mark = hmac.new(secret, body, "sha256").hexdigest()
        headers = {"Content-Type": "application/json", "crypto-pay-api-signature": mark}
        return Told("POST", "", headers, body)


def refused(status: int, name: str) -> Response:
    return JSONResponse({"ok": False, "error": {"code": status, "name": name}}, status)


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"
