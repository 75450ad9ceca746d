"""What the tests of several rails share: a hook that real notices come to, and a rail whose provider says one thing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.ground.errors import ForgedNotice
from core.ground.money import Money
from core.notices import Notice
from core.parties import PaymentRail, PaymentRequest
from core.settling import PaymentNotice
from doubles.serving import Served
from doubles.telling import Told

CNY = Money(1250, "CNY")


@dataclass
class Hook:
    """A shop's hook: what the rail reads of each notice. Answers as the rail says, or as it is told to."""

    url: str = ""
    rail: PaymentRail | None = None
    heard: list[Notice | None] = field(default_factory=list)
    forged: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    async def hear(self, request: Request) -> Response:
        assert self.rail is not None
        if self.answers:
            return Response(status_code=self.answers.pop(0))
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            self.heard.append(self.rail.read(headers, await request.body(), dict(request.query_params)))
        except ForgedNotice as error:
            self.forged.append(str(error))
            return Response(status_code=400)
        status, kind, content = self.rail.acknowledgement()
        return Response(content, status, media_type=kind)


@asynccontextmanager
async def hooked() -> AsyncIterator[Hook]:
    made = Hook()
    async with Served(Starlette(routes=[Route("/hook", made.hear, methods=["GET", "POST"])])) as server:
        made.url = f"{server.url}/hook"
        yield made


def read(rail: PaymentRail, told: Told) -> Notice | None:
    """As the hook hands it over."""
    headers = {name.lower(): value for name, value in told.headers.items()}
    return rail.read(headers, told.body, dict(parse_qsl(told.query, keep_blank_values=True)))


def money(rail: PaymentRail, told: Told) -> PaymentNotice:
    notice = read(rail, told)
    assert isinstance(notice, PaymentNotice)
    return notice


def request(key: str = "K7M2-94QF-x", total: Money = CNY, at: datetime | None = None, **more: Any) -> PaymentRequest:
    until = (at or datetime.now(UTC)) + timedelta(minutes=15)
    return PaymentRequest(key, "K7M2-94QF", total, until, "Steam 20", "zh-CN", "https://shop.example/", **more)


def answering(rail: Any, content: bytes, status: int = 200, **headers: str) -> Any:
    """The rail, with a provider that always says so."""
    rail._client = httpx.AsyncClient(
        base_url="http://127.0.0.1:9",
        transport=httpx.MockTransport(lambda _: httpx.Response(status, headers=headers, content=content)),
    )
    return rail
