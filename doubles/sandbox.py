"""The provider behind the test rail, as a real server: takes play money on a pay page and tells the shop.

For the shop, with its API key: POST /payments, GET /payments/KEY, POST /payments/KEY/close, GET /payments (a
day), POST /refunds, GET /refunds/KEY. For the buyer: GET and POST /pay/REFERENCE. Notices go to the payment's
notify_url, signed.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import httpx
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from doubles import sandbox_page
from doubles.sandbox_books import Books, Payment, Refund, Refused
from doubles.sandbox_faults import Call, Faults
from doubles.sandbox_notices import Courier
from doubles.serving import Served

PAGE = 100  # payments in one answer about a day
Word = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[\x21-\x7e]+$")]
Address = Annotated[str, StringConstraints(max_length=500, pattern=r"^https?://[\x21-\x7e]+$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3,5}$")]
Amount = Annotated[int, Field(strict=True, gt=0, lt=10**15)]


class NewPayment(BaseModel):
    model_config = ConfigDict(extra="forbid")
    key: Word
    amount: Amount
    currency: Currency
    title: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    locale: Word
    expires_at: AwareDatetime
    notify_url: Address
    return_url: Address


class NewRefund(BaseModel):
    model_config = ConfigDict(extra="forbid")
    key: Word
    transaction: Word
    amount: Amount
    currency: Currency
    reason: Annotated[str, StringConstraints(max_length=200)]


class Lost(Response):
    """An answer that never arrives: it is announced, then the connection ends."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})


def now() -> datetime:
    return datetime.now(UTC)


class Sandbox:
    """The provider. `app` is its ASGI app; `served()` runs it on this machine.

    Whatever happened is in `file`: a restart, or a second process on the same file, forgets nothing.
    """

    def __init__(
        self,
        file: Path,
        *,
        api_key: str,
        secret: str,
        account: str = "sandbox-shop",
        clock: Callable[[], datetime] = now,
    ) -> None:
        self.faults = Faults()
        self.books = Books(file)
        self.account = account
        self.url = ""  # where it is served
        self._api_key = api_key
        self._clock = clock
        self._courier = Courier(self.books, secret, clock)
        self.app = Starlette(
            routes=[
                Route("/payments", self._guarded("start", self._start), methods=["POST"]),
                Route("/payments", self._guarded("day", self._day), methods=["GET"]),
                Route("/payments/{key:path}/close", self._guarded("close", self._close), methods=["POST"]),
                Route("/payments/{key:path}", self._guarded("truth", self._truth), methods=["GET"]),
                Route("/refunds", self._guarded("refund", self._refund), methods=["POST"]),
                Route("/refunds/{key:path}", self._guarded("refund_truth", self._refund_truth), methods=["GET"]),
                Route("/pay/{reference}", self._page, methods=["GET"]),
                Route("/pay/{reference}", self._press, methods=["POST"]),
            ],
            lifespan=self._delivering,
        )

    @contextlib.asynccontextmanager
    async def served(self, port: int = 0) -> AsyncIterator[str]:
        """Up on 127.0.0.1 for as long as the block lasts; gives its address."""
        async with Served(self.app, port) as server:
            self.url = server.url
            yield server.url

    @contextlib.asynccontextmanager
    async def _delivering(self, _: Starlette) -> AsyncIterator[None]:
        delivering = asyncio.create_task(self._courier.run())
        try:
            yield
        finally:
            delivering.cancel()
            await asyncio.wait([delivering])

    def tell_again(self) -> None:
        """Tell the shop everything once more, as often as a notice is delivered."""
        self.books.tell_again(self.faults.copies)
        self._courier.nudge()

    # The shop's side

    def _guarded(
        self, call: Call, answer: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            given = request.headers.get("authorization", "").encode()
            if not hmac.compare_digest(given, f"Bearer {self._api_key}".encode()):
                return refusal(401, "unauthorized")
            match self.faults.meet(call):
                case "broken":
                    return refusal(500, "broken")
                case "silent":
                    await gone(request)
                    return refusal(504, "too-late")
                case "lost":
                    await answered(answer, request)
                    return Lost()
            return await answered(answer, request)

        return guarded

    async def _start(self, request: Request) -> Response:
        asked = NewPayment.model_validate_json(await request.body())
        terms = asked.model_dump(exclude={"key"}) | {"expires_at": asked.expires_at.timestamp()}
        payment = self.books.open(asked.key, **terms)
        return JSONResponse(self._told(payment) | {"link": f"{request.base_url}pay/{payment.reference}"})

    async def _truth(self, request: Request) -> Response:
        payment = self.books.payment(request.path_params["key"])
        return JSONResponse(self._told(payment)) if payment else refusal(404, "no-such-payment")

    async def _close(self, request: Request) -> Response:
        key = request.path_params["key"]
        self.books.shut(key)
        payment = self.books.payment(key)
        return JSONResponse(self._told(payment)) if payment else refusal(404, "no-such-payment")

    async def _day(self, request: Request) -> Response:
        start, end = (datetime.fromisoformat(request.query_params[name]) for name in ("from", "to"))
        after = request.query_params.get("after", "")
        found = self.books.paid_between(start.timestamp(), end.timestamp(), after, PAGE)
        return JSONResponse({"payments": [self._told(payment) for payment in found], "more": len(found) == PAGE})

    async def _refund(self, request: Request) -> Response:
        asked = NewRefund.model_validate_json(await request.body())
        return JSONResponse(told(self.books.give_back(**asked.model_dump(), state=self.faults.refunds)))

    async def _refund_truth(self, request: Request) -> Response:
        refund = self.books.refund(request.path_params["key"])
        return JSONResponse(told(refund)) if refund else refusal(404, "no-such-refund")

    def _told(self, payment: Payment) -> dict[str, Any]:
        """A payment as the shop hears of it, when it asks."""
        state, transaction = payment.state, payment.transaction_id
        if self.faults.denies:
            state, transaction = "open", None
        return {
            "key": payment.key,
            "reference": payment.reference,
            "account": self.account,
            "mode": "test",
            "state": state,
            "amount": payment.amount,
            "currency": payment.currency,
            "transaction": transaction,
        }

    def _tell(self, payment: Payment, state: Literal["paid", "failed", "closed"]) -> None:
        """Have the shop told, with whatever fault is on."""
        faults = self.faults
        transaction = payment.transaction_id or f"{payment.reference}-{state}-{payment.failures}"
        body = {
            "event": f"evt_{transaction}",
            "account": self.account,
            "mode": "test",
            "key": payment.key,
            "state": state,
            "transaction": transaction,
            "amount": payment.amount if faults.amount is None else faults.amount,
            "currency": payment.currency if faults.currency is None else faults.currency,
        }
        self.books.tell(payment.notify_url, body, faults.copies, faults.late)
        self._courier.nudge()

    # The buyer's side

    async def _page(self, request: Request) -> Response:
        if self.faults.meet("page"):
            return refusal(500, "broken")
        payment = self.books.behind(request.path_params["reference"])
        if payment is None:
            return HTMLResponse(sandbox_page.missing(), 404, headers=sandbox_page.HEADERS)
        return HTMLResponse(sandbox_page.shown(payment, self._stands(payment)), headers=sandbox_page.HEADERS)

    async def _press(self, request: Request) -> Response:
        payment = self.books.behind(request.path_params["reference"])
        if payment is None:
            return HTMLResponse(sandbox_page.missing(), 404, headers=sandbox_page.HEADERS)
        pressed = (await request.form()).get("do")
        back = RedirectResponse(payment.return_url, 303)
        at = self._clock().timestamp()
        late, amount = self.faults.takes_late, self.faults.takes
        if pressed == "pay" and self.books.pay(payment.key, at, even_closed=late, amount=amount):
            self._tell(self._again(payment), "paid")
            return back
        if pressed == "close" and self.books.shut(payment.key):
            self._tell(payment, "closed")
            return back
        if pressed == "fail" and self.books.fail(payment.key):
            self._tell(self._again(payment), "failed")
        return RedirectResponse(request.url.path, 303)

    def _again(self, payment: Payment) -> Payment:
        found = self.books.payment(payment.key)
        assert found is not None
        return found

    def _stands(self, payment: Payment) -> sandbox_page.Stand:
        if payment.state == "paid":
            return "paid"
        if not self.faults.takes_late:
            if payment.state == "closed":
                return "closed"
            if payment.expires_at <= self._clock().timestamp():
                return "expired"
        return "failed" if payment.failures else "open"


def told(refund: Refund) -> dict[str, Any]:
    """A refund as the shop hears of it."""
    kept = ("key", "reference", "transaction_id", "amount", "currency", "state", "why")
    return {name.removesuffix("_id"): getattr(refund, name) for name in kept}


def refusal(status: int, code: str) -> Response:
    return JSONResponse({"error": code}, status)


async def answered(answer: Callable[[Request], Awaitable[Response]], request: Request) -> Response:
    try:
        return await answer(request)
    except (KeyError, ValueError):  # a ValidationError is a ValueError
        return refusal(400, "malformed")
    except Refused as refused:
        return refusal(409, str(refused))


async def gone(request: Request) -> None:
    """Until the caller has given up, a minute at most."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(60):
            while (await request.receive())["type"] != "http.disconnect":
                pass


async def press(link: str, button: Literal["pay", "fail", "close"]) -> str:
    """What a buyer's browser does on the pay page; returns where it is sent next.

    Raises ValueError when the page has no such button (any more).
    """
    async with httpx.AsyncClient(trust_env=False, verify=False, timeout=10) as browser:
        page = await browser.get(link)
        page.raise_for_status()
        if f'value="{button}"' not in page.text:
            raise ValueError(f"the pay page has no button to {button}")
        answer = await browser.post(link, data={"do": button})
        if answer.status_code != 303:
            answer.raise_for_status()
        return str(httpx.URL(link).join(answer.headers["location"]))
