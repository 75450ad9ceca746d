"""A chat's API as a real server, with the moods such servers have: POST /send {"to": ..., "text": ...}.

It remembers what arrived in whose chat. Which calls go wrong is drawn from `dice`, whom it doesn't know or who has
blocked us is fixed.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from doubles.sandbox import Lost

LONGEST_WAIT = 40  # seconds asked for with a 429
SILENCE = 30.0  # seconds


@dataclass(frozen=True)
class Moods:
    """Shares of the calls that go wrong, each in its way."""

    busy: float = 0.10  # 429, and how long to wait
    broken: float = 0.09  # 502, and nothing has happened
    lost: float = 0.08  # it has arrived, but the connection ends before the answer
    silent: float = 0.002  # it has arrived, and no answer ever comes


@dataclass
class ChatApi:
    dice: random.Random
    clock: Callable[[], datetime]
    moods: Moods = Moods()
    blocked: Set[str] = frozenset()  # 403
    unknown: Set[str] = frozenset()  # 400
    arrived: dict[str, list[str]] = field(default_factory=dict)
    calls: int = 0
    faults: int = 0
    hasty: int = 0  # calls for a chat before the wait it was asked for was over
    _not_before: dict[str, datetime] = field(default_factory=dict)

    @property
    def app(self) -> Starlette:
        return Starlette(routes=[Route("/send", self._send, methods=["POST"])])

    async def _send(self, request: Request) -> Response:
        said = await request.json()
        to, text = said["to"], said["text"]
        now = self.clock()
        self.calls += 1
        self.hasty += now < self._not_before.get(to, now)
        answer = self._refusal(to) or await self._trouble(to, text)
        if answer is not None:
            self.faults += 1
            return answer
        return JSONResponse({"id": self._takes(to, text)})

    def _refusal(self, to: str) -> Response | None:
        if to in self.blocked:
            return JSONResponse({"error": "blocked by the user"}, 403)
        if to in self.unknown:
            return JSONResponse({"error": "chat not found"}, 400)
        return None

    async def _trouble(self, to: str, text: str) -> Response | None:
        moods, drawn = self.moods, self.dice.random()
        if (drawn := drawn - moods.busy) < 0:
            wait = self.dice.randint(1, LONGEST_WAIT)
            self._not_before[to] = self.clock() + timedelta(seconds=wait)
            return JSONResponse({"error": "too many requests", "retry_after": wait}, 429)
        if (drawn := drawn - moods.broken) < 0:
            return JSONResponse({"error": "bad gateway"}, 502)
        if (drawn := drawn - moods.lost) < 0:
            self._takes(to, text)
            return Lost()
        if drawn - moods.silent < 0:
            self._takes(to, text)
            await asyncio.sleep(SILENCE)
            return Lost()
        return None

    def _takes(self, to: str, text: str) -> str:
        self.arrived.setdefault(to, []).append(text)
        return f"{to} {len(self.arrived[to])}"
