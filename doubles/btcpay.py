"""A BTCPay Server's store as a real server: Greenfield invoices, coins that come as they like, and its webhooks.

The states an invoice goes through, and what is told of each, are BTCPay 2's: coins after the end leave it expired.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from doubles.gateway import Gateway, now, number
from doubles.telling import Told

RATE = Decimal("462013.37")  # what a bitcoin is worth, in whatever money
COIN = Decimal("0.00000001")


@dataclass
class Coins:
    id: str
    value: Decimal
    at: datetime
    status: str


@dataclass
class Invoice:
    id: str
    amount: str
    currency: str
    metadata: dict[str, Any]
    made: datetime
    ends: datetime
    status: str = "New"
    additional: str = "None"
    coins: list[Coins] = field(default_factory=list)

    @property
    def due(self) -> Decimal:
        """Coins asked for, rounded up."""
        return (Decimal(self.amount) / RATE).quantize(COIN, "ROUND_UP")

    @property
    def came(self) -> Decimal:
        return sum((one.value for one in self.coins if one.status != "Invalid"), Decimal())


class BtcPay(Gateway):
    """One store, with one webhook: `notify_url`."""

    def __init__(
        self,
        store: str = "STORE1",
        *,
        api_key: str = "key",
        secret: str = "hook secret",
        notify_url: str = "",
        clock: Callable[[], datetime] = now,
    ) -> None:
        self.store, self.api_key, self.secret, self.notify_url = store, api_key, secret, notify_url
        self.invoices: list[Invoice] = []
        invoices = f"/api/v1/stores/{store}/invoices"
        super().__init__(
            [
                Route(invoices, self._let_in("list", self._list), methods=["GET"]),
                Route(invoices, self._let_in("create", self._create), methods=["POST"]),
                Route(f"{invoices}/{{id}}/status", self._let_in("mark", self._mark), methods=["POST"]),
                Route(f"{invoices}/{{id}}/payment-methods", self._let_in("methods", self._methods), methods=["GET"]),
            ],
            clock,
        )

    # The shop's side

    def _let_in(self, call: str, answer: Callable[[Request], Any]) -> Callable[[Request], Any]:
        async def checked(request: Request) -> Response:
            if request.headers.get("authorization") != f"token {self.api_key}":
                return JSONResponse({"code": "unauthenticated", "message": "Authentication is required"}, 401)
            return await answer(request)

        return self.guarded(call, checked)

    async def _create(self, request: Request) -> Response:
        asked = json.loads(await request.body())
        ends = self._clock() + timedelta(minutes=asked["checkout"]["expirationMinutes"])
        amount = format(Decimal(asked["amount"]).normalize(), "f")  # as it comes back: without zeros behind it
        made = Invoice(number(), amount, asked["currency"], asked["metadata"], self._clock(), ends)
        self.invoices.insert(0, made)
        return JSONResponse(self._shown(made))

    async def _list(self, request: Request) -> Response:
        asked = request.query_params
        found = [self._shown(one) for one in self.invoices]
        if "orderId" in asked:
            found = [one for one in found if one["metadata"].get("orderId") in asked.getlist("orderId")]
        if "status" in asked:
            found = [one for one in found if one["status"] in asked.getlist("status")]
        start, end = int(asked.get("startDate", 0)), int(asked.get("endDate", 2**33))
        found = [one for one in found if start <= one["createdTime"] <= end]
        skip = int(asked.get("skip", 0))
        return JSONResponse(found[skip : skip + int(asked.get("take", 100))])

    async def _mark(self, request: Request) -> Response:
        one = self._by_id(request.path_params["id"])
        if one is None:
            return JSONResponse({"code": "invoice-not-found", "message": "The invoice was not found"}, 404)
        one.status, one.additional = json.loads(await request.body())["status"], "Marked"
        return JSONResponse(self._shown(one))

    async def _methods(self, request: Request) -> Response:
        one = self._by_id(request.path_params["id"])
        if one is None:
            return JSONResponse({"code": "invoice-not-found", "message": "The invoice was not found"}, 404)
        coins = [] if self.faults.denies else [self._coins(each) for each in one.coins]
        method = {"paymentMethodId": "BTC-CHAIN", "currency": "BTC", "rate": str(RATE), "payments": coins}
        unused = {"paymentMethodId": "BTC-LN", "currency": "BTC", "rate": str(RATE), "payments": []}
        return JSONResponse([method, unused])

    def _by_id(self, invoice: str) -> Invoice | None:
        return next((one for one in self.invoices if one.id == invoice), None)

    def _shown(self, one: Invoice) -> dict[str, Any]:
        self.looks_at(one)
        return {
            "id": one.id,
            "storeId": self.store,
            "amount": one.amount,
            "paidAmount": str(one.came * RATE),
            "currency": one.currency,
            "type": "Standard",
            "checkoutLink": f"{self.url}/i/{one.id}",
            "createdTime": int(one.made.timestamp()),
            "expirationTime": int(one.ends.timestamp()),
            "status": one.status,
            "additionalStatus": one.additional,
            "archived": False,
            "metadata": one.metadata,
        }

    def _coins(self, one: Coins) -> dict[str, Any]:
        return {
            "id": one.id,
            "receivedDate": int(one.at.timestamp()),
            "value": format(one.value, "f"),
            "fee": "0.0",
            "status": one.status,
            "destination": "bcrt1qexample",
        }

    def looks_at(self, one: Invoice) -> None:
        """Its end has come, if it has."""
        if one.status == "New" and one.ends <= self._clock():
            one.status = "Expired"
            one.additional = "PaidPartial" if one.came else "None"

    # The buyer's side

    def of(self, key: str) -> Invoice:
        """The newest invoice of an order."""
        return next(one for one in self.invoices if one.metadata.get("orderId") == key)

    async def pay(self, key: str, worth: str = "", *, confirmed: bool = True) -> None:
        """Coins come: what is still due, or so much of the invoice's money. They may take their time to confirm."""
        one = self.of(key)
        self.looks_at(one)
        value = (Decimal(worth) / RATE).quantize(COIN, "ROUND_UP") if worth else one.due - one.came
        late = one.ends <= self._clock()
        coins = Coins(f"{number()}-0", value, self._clock(), "Processing")
        one.coins.append(coins)
        await self.says("InvoiceReceivedPayment", key, afterExpiration=late, paymentMethodId="BTC-CHAIN")
        whole = one.came >= one.due
        if one.status == "New" and whole:
            one.status, one.additional = "Processing", "PaidOver" if one.came > one.due else "None"
            await self.says("InvoiceProcessing", key, overPaid=one.additional == "PaidOver")
        elif one.status == "Expired":
            one.additional = "PaidLate" if whole else "PaidPartial"
        elif one.status == "New":
            one.additional = "PaidPartial"
        if confirmed:
            await self.confirm(key)

    async def confirm(self, key: str) -> None:
        """Every coin that has come is there to stay."""
        one = self.of(key)
        for coins in [coins for coins in one.coins if coins.status == "Processing"]:
            coins.status = "Settled"
            await self.says("InvoicePaymentSettled", key, afterExpiration=coins.at >= one.ends)
        if one.status == "Processing":
            one.status = "Settled"
            await self.says("InvoiceSettled", key, overPaid=one.additional == "PaidOver", manuallyMarked=False)

    async def expire(self, key: str) -> None:
        """Its end has come, says the clock; the store tells of it."""
        one = self.of(key)
        self.looks_at(one)
        await self.says("InvoiceExpired", key, partiallyPaid=one.additional == "PaidPartial")

    async def says(self, kind: str, key: str, **more: Any) -> None:
        await self.tell(self.notify_url, self.event(kind, key, **more))

    def told(self, key: str, **other: Any) -> Told:
        """The notice that an invoice is settled, signed, whether it is or not."""
        return self.event("InvoiceSettled", key, manuallyMarked=False, overPaid=False, **other)

    def event(self, kind: str, key: str, **more: Any) -> Told:
        one, delivery = self.of(key), number()
        return self.signed(
            {
                "deliveryId": delivery,
                "webhookId": "HOOK1",
                "originalDeliveryId": delivery,
                "isRedelivery": False,
                "type": kind,
                "timestamp": int(self._clock().timestamp()),
                "storeId": self.store,
                "invoiceId": one.id,
                "metadata": one.metadata,
                **more,
            }
        )

    def signed(self, event: dict[str, Any]) -> Told:
        body = json.dumps(event, indent=2).encode()  # it writes them with line ends
        mark = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        return Told("POST", "", {"Content-Type": "application/json", "BTCPay-Sig": f"sha256={mark}"}, body)
