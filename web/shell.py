"""What surrounds every request: a log line, safe headers, a size cap, and calm when something breaks."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars

from core.ground.meter import Meter
from core.ground.trails import trail
from core.shop import Shop

CONTENT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
HTTPS_ONLY = {"Strict-Transport-Security": "max-age=31536000"}

log = structlog.get_logger()


class Farewell:
    """While the process ends each answer is the last on its connection: the next request goes to another one."""

    def __init__(self, app: ASGIApp, shop: Shop) -> None:
        self.app = app
        self.shop = shop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def told(message: Message) -> None:
            if self.shop.draining and message["type"] == "http.response.start":
                MutableHeaders(scope=message)["connection"] = "close"
            await send(message)

        await self.app(scope, receive, told)


class AccessLog:
    """One line per request: which route, never what was in its query, path parameters or body.

    Each line that is logged meanwhile has the same `request`.
    """

    def __init__(self, app: ASGIApp, meter: Meter) -> None:
        self.app = app
        self._meter = meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        began = time.monotonic()
        bind_contextvars(request=secrets.token_hex(4))
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            took, where = time.monotonic() - began, route(scope)
            self._meter.answered(where, status, took)
            log.info("request", method=scope["method"], route=where, status=status, ms=round(took * 1000, 1))


def route(scope: Scope) -> str:
    """The path with its parameters' names in place of their values: some of them open things."""
    if "endpoint" not in scope:
        return "none"
    ways = [way.path for way in scope["router"].routes if getattr(way, "endpoint", None) == scope["endpoint"]]
    return scope["path"] if scope["path"] in ways else ways[0] if ways else "none"


class SafeHeaders:
    """Headers a browser protects people by, wherever a response doesn't set its own."""

    def __init__(self, app: ASGIApp, https: bool) -> None:
        self.app = app
        self._ours = HEADERS | (HTTPS_ONLY if https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def adding(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._ours.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-cache" if "etag" in headers else "no-store")
            await send(message)

        await self.app(scope, receive, adding if scope["type"] == "http" else send)


class Calm:
    """A bug in a route becomes a page that says so kindly, and an error in the log that holds no data.

    The log has the exception's type and where it came from, not its message: those quote what people wrote.
    """

    def __init__(self, app: ASGIApp, page: Callable[[Request], Response]) -> None:
        self.app = app
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except Exception as error:
            log.error("a request broke", route=route(scope), error=type(error).__name__, at=trail(error))
            if not started:
                await self._page(Request(scope))(scope, receive, send)


class SizeCap:
    """No request is bigger than this, announced or not."""

    def __init__(self, app: ASGIApp, largest: int) -> None:
        self.app = app
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        announced = Headers(scope=scope).get("content-length", "0")
        arrived = int(announced) if announced.isdigit() and len(announced) < 20 else self._largest + 1
        got = 0

        async def counting() -> Any:
            nonlocal got
            message = await receive()
            got += len(message.get("body", b""))
            if max(got, arrived) > self._largest:
                raise HTTPException(413)
            return message

        await self.app(scope, counting, send)
