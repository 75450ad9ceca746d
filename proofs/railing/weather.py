"""A bad line in front of a provider: its answers are lost, late, or come from a proxy that reached nobody."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from doubles.gateway import Lost

SLOWNESS = 0.3  # seconds


@dataclass
class Weather:
    """Shares of the calls that meet each trouble. `fair` is none of it."""

    dice: random.Random
    lost: float = 0.06  # done, and the connection ends before the answer
    broken: float = 0.06  # 502, and nothing has happened
    busy: float = 0.03  # 429, likewise
    slow: float = 0.04  # done, and answered late
    fair: bool = False
    met: dict[str, int] = field(default_factory=dict)

    def draw(self) -> str:
        drawn = 1.0 if self.fair else self.dice.random()
        for trouble in ("lost", "broken", "busy", "slow"):
            if (drawn := drawn - getattr(self, trouble)) < 0:
                self.met[trouble] = self.met.get(trouble, 0) + 1
                return trouble
        return ""

    def over(self, app: ASGIApp) -> ASGIApp:
        """The same app, as it is reached in this weather."""

        async def reached(scope: Scope, receive: Receive, send: Send) -> None:
            trouble = self.draw() if scope["type"] == "http" else ""
            match trouble:
                case "broken":
                    return await PlainTextResponse("bad gateway", 502)(scope, receive, send)
                case "busy":
                    return await PlainTextResponse("busy", 429)(scope, receive, send)
                case "lost":
                    await app(scope, receive, _unheard)
                    return await Lost()(scope, receive, send)
                case "slow":
                    await asyncio.sleep(SLOWNESS)
            await app(scope, receive, send)

        return reached


async def _unheard(message: Any) -> None:
    """What is answered goes nowhere."""
