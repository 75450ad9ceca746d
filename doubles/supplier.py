"""A supplier of made-up codes, as a real server: POST /purchases buys one, GET /purchases/REFERENCE looks one up.

A reference is bought once: repeating it returns what it bought before. Whatever was sold is in its books.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from doubles.serving import Served
from doubles.supplier_books import Books, Purchase
from doubles.supplier_faults import Faults, Trouble

Word = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[\x21-\x7e]+$")]
NEVER = float("inf")


class NewPurchase(BaseModel):
    model_config = ConfigDict(extra="forbid")
    reference: Word
    sku: Word
    answers: dict[Word, Annotated[str, StringConstraints(max_length=500)]]


class Cut(Response):
    """An answer that never arrives: it is announced, then the connection ends."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})


def now() -> datetime:
    return datetime.now(UTC)


def drawn(sku: str) -> str:
    """A code that nobody has seen before, with its PIN."""
    return f"DEMO-{secrets.token_hex(8).upper()}|{secrets.randbelow(10**6):06}"


class Supplier:
    """`app` is its ASGI app; `served()` runs it on this machine. It sells every sku there is, at `cost` each."""

    def __init__(
        self,
        file: Path,
        *,
        api_key: str,
        cost: int = 9000,
        currency: str = "CNY",
        clock: Callable[[], datetime] = now,
        draw: Callable[[str], str] = drawn,
    ) -> None:
        self.faults = Faults()
        self.books = Books(file)
        self.url = ""
        self._api_key = api_key
        self._cost = cost
        self._currency = currency
        self._clock = clock
        self._draw = draw
        self.app = Starlette(
            routes=[
                Route("/purchases", self._guarded(self._buy), methods=["POST"]),
                Route("/purchases/{reference:path}", self._guarded(self._look_up), methods=["GET"]),
            ]
        )

    @contextlib.asynccontextmanager
    async def served(self, port: int = 0) -> AsyncIterator[str]:
        """Up on 127.0.0.1 for as long as the block lasts; gives its address."""
        async with Served(self.app, port) as server:
            self.url = server.url
            yield server.url

    def _guarded(self, answer: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            given = request.headers.get("authorization", "").encode()
            if not hmac.compare_digest(given, f"Bearer {self._api_key}".encode()):
                return refusal(401, "unauthorized")
            try:
                return await answer(request)
            except ValueError:  # a ValidationError is one
                return refusal(400, "malformed")

        return guarded

    async def _buy(self, request: Request) -> Response:
        asked = NewPurchase.model_validate_json(await request.body())
        known = self.books.find(asked.reference)
        if known and known.sku != asked.sku:
            return refusal(409, "reference-reused")
        trouble = self.faults.meet("buy", asked.reference)
        match trouble:
            case "error":
                return refusal(500, "broken")
            case "busy":
                return refusal(429, "too-many")
            case "lost":
                return Cut()
        purchase = self.books.sell(self._made(asked, trouble))
        return await self._answered(request, purchase, trouble)

    async def _look_up(self, request: Request) -> Response:
        reference = request.path_params["reference"]
        trouble = self.faults.meet("look_up", reference)
        match trouble:
            case "error":
                return refusal(500, "broken")
            case "lost":
                return Cut()
        purchase = self.books.find(reference)
        if purchase is None or purchase.known_at > self._seconds():
            return refusal(404, "no-such-purchase")
        return await self._answered(request, purchase, trouble)

    async def _answered(self, request: Request, purchase: Purchase, trouble: Trouble | None) -> Response:
        match trouble:
            case "silent":
                await gone(request)
                return Cut()
            case "cut" | "hidden":
                return Cut()
            case "error_done":
                return refusal(500, "broken")
            case "slow":
                await asyncio.sleep(self.faults.slow)
        if purchase.state == "failed":
            return refusal(409, purchase.why) if request.method == "POST" else JSONResponse(self._told(purchase))
        return JSONResponse(self._told(purchase))

    def _made(self, asked: NewPurchase, trouble: Trouble | None) -> Purchase:
        """What this purchase comes to, with the trouble it has."""
        at = self._seconds()
        codes = [self._draw(asked.sku)]
        state, given, ready, known, why = "done", asked.sku, at, at, ""
        match trouble:
            case "refuse":
                state, codes, why = "failed", [], "out-of-stock"
            case "pending":
                state, ready = "pending", at + self.faults.pending
            case "none_ever":
                state, ready = "pending", NEVER
            case "empty":
                ready = at + self.faults.pending
            case "hidden":
                known = at + self.faults.hidden
            case "double":
                codes.append(self._draw(asked.sku))
            case "repeat":
                codes = [self.books.sold_before() or codes[0]]
            case "other":
                given = f"{asked.sku}-other"
        return Purchase(
            asked.reference, asked.sku, asked.answers, state, given, tuple(codes), self._cost, why, ready, known, 1
        )

    def _told(self, purchase: Purchase) -> dict[str, Any]:
        """A purchase as the shop hears of it now."""
        ready = purchase.ready_at <= self._seconds()
        return {
            "reference": purchase.reference,
            "sku": purchase.given,
            "state": "done" if purchase.state == "pending" and ready else purchase.state,
            "codes": [{"fields": code.split("|")} for code in purchase.codes] if ready else [],
            "cost": purchase.cost,
            "currency": self._currency,
            "why": purchase.why,
        }

    def _seconds(self) -> float:
        return self._clock().timestamp()


def refusal(status: int, code: str) -> Response:
    return JSONResponse({"error": code}, status)


async def gone(request: Request) -> None:
    """Until the caller has given up, a minute at most."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(60):
            while (await request.receive())["type"] != "http.disconnect":
                pass
