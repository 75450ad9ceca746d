"""An issuer of made-up codes, as a real server: POST /status says whether a code of its was redeemed, and when."""

from __future__ import annotations

import contextlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from doubles.serving import Served

Trouble = Literal[
    "error",  # answers 500
    "busy",  # 429
    "refuse",  # 400: this code it won't tell of
    "nonsense",  # an answer in no form that was agreed
]


@dataclass
class Issuer:
    """`redeemed` are the codes that were, and when; `issued` all it knows of; `asked` what it was asked, in order."""

    api_key: str
    issued: set[str] = field(default_factory=set)
    redeemed: dict[str, datetime | None] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    trouble: Trouble | None = None
    url: str = ""

    @contextlib.asynccontextmanager
    async def served(self, port: int = 0) -> AsyncIterator[str]:
        """Up on 127.0.0.1 for as long as the block lasts; gives its address."""
        app = Starlette(routes=[Route("/status", self._status, methods=["POST"])])
        async with Served(app, port) as server:
            self.url = server.url
            yield server.url

    def redeem(self, code: str) -> None:
        """Somebody redeems it at the issuer's."""
        self.redeemed[code] = datetime.now(UTC)

    async def _status(self, request: Request) -> Response:
        given = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, f"Bearer {self.api_key}".encode()):
            return JSONResponse({"error": "unauthorized"}, 401)
        try:
            code = json.loads(await request.body())["code"]
        except (ValueError, KeyError, TypeError):
            return JSONResponse({"error": "malformed"}, 400)
        self.asked.append(code)
        match self.trouble:
            case "error":
                return JSONResponse({"error": "broken"}, 500)
            case "busy":
                return JSONResponse({"error": "too-many"}, 429)
            case "refuse":
                return JSONResponse({"error": "not-yours"}, 400)
            case "nonsense":
                return JSONResponse({"state": "perhaps", "code": code})
        if code in self.redeemed:
            at = self.redeemed[code]
            return JSONResponse({"state": "redeemed", "at": at and at.isoformat()})
        return JSONResponse({"state": "unredeemed" if code in self.issued else "unknown"})
