"""What the doubles of payment providers share: being served, going wrong on demand, and telling the shop."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

from doubles.serving import Served
from doubles.telling import Told

Trouble = Literal[
    "broken",  # answers 500 and does nothing
    "busy",  # answers 429 and does nothing
    "lost",  # does it, but the connection ends before the answer
    "silent",  # does nothing and says nothing until the caller gives up
]
TRIES, WAIT, PATIENCE = 8, 0.05, 5.0


@dataclass
class Faults:
    """Each can be changed while the server runs."""

    copies: int = 1  # how often each notice is told; 0 loses it
    holds: bool = False  # notices wait until they are let go, in whatever order
    denies: bool = False  # asked for the truth, the provider knows of no money
    _troubles: dict[str, list[Trouble]] = field(default_factory=dict)

    def give(self, call: str, trouble: Trouble, times: int = 1) -> None:
        """The next `times` calls of that name meet this trouble, after those arranged before."""
        self._troubles.setdefault(call, []).extend(trouble for _ in range(times))

    def meet(self, call: str) -> Trouble | None:
        arranged = self._troubles.get(call)
        return arranged.pop(0) if arranged else None


class Lost(Response):
    """An answer that never arrives: it is announced, then the connection ends."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})


def now() -> datetime:
    return datetime.now(UTC)


def number() -> str:
    """One that the provider gives out: never the same twice."""
    return secrets.token_hex(9)


class Gateway:
    """A provider. `app` is its ASGI app, `served()` runs it on this machine, `url` is where. Books in memory."""

    heard = ""  # what the shop has to answer so that a notice counts as heard; empty: any 2xx

    def __init__(self, routes: Sequence[BaseRoute], clock: Callable[[], datetime] = now) -> None:
        self.faults = Faults()
        self.url = ""
        self.held: list[tuple[str, Told]] = []
        self.unheard: list[Told] = []  # told as often as it is told, and never heard
        self._clock = clock
        self.app = Starlette(routes=list(routes))

    @contextlib.asynccontextmanager
    async def served(self, port: int = 0) -> AsyncIterator[str]:
        """Up on 127.0.0.1 for as long as the block lasts; gives its address."""
        async with Served(self.app, port) as server:
            self.url = server.url
            yield server.url

    def guarded(
        self, call: str, answer: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """The answer, or the trouble that was arranged for calls of that name."""

        async def guarded(request: Request) -> Response:
            match self.faults.meet(call):
                case "broken":
                    return PlainTextResponse("broken", 500)
                case "busy":
                    return PlainTextResponse("busy", 429, headers={"Retry-After": "1"})
                case "silent":
                    await gone(request)
                    return PlainTextResponse("too late", 504)
                case "lost":
                    await answer(request)
                    return Lost()
            return await answer(request)

        return guarded

    async def tell(self, url: str, told: Told) -> None:
        """Have the shop told, with whatever fault is on. Returns when it has been, or when it won't be."""
        if self.faults.holds:
            self.held.append((url, told))
            return
        for _ in range(self.faults.copies):
            if not await self._deliver(url, told):
                self.unheard.append(told)

    async def let_go(self, *, backwards: bool = False) -> None:
        """Tell what was held back, the last first if so wished."""
        self.faults.holds = False
        waiting, self.held = self.held[:: -1 if backwards else 1], []
        for url, told in waiting:
            await self.tell(url, told)

    async def _deliver(self, url: str, told: Told) -> bool:
        async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False, verify=False) as shop:
            for attempt in range(TRIES):
                with contextlib.suppress(httpx.HTTPError):
                    answer = await shop.request(
                        told.method, with_query(url, told.query), headers=dict(told.headers), content=told.body
                    )
                    if answer.is_success and (not self.heard or answer.text == self.heard):
                        return True
                await asyncio.sleep(WAIT * 2**attempt)
        return False


def with_query(url: str, query: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{query}" if query else url


async def gone(request: Request) -> None:
    """Until the caller has given up, a minute at most."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(60):
            while (await request.receive())["type"] != "http.disconnect":
                pass
