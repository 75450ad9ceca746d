"""/metrics: the shop's figures and this process's own, for Prometheus. To everybody else there is no such page."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Callable, Iterable, Iterator
from ipaddress import ip_address
from typing import Generic, TypeVar

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core import gauges
from core.ground.tx import Tx
from core.shop import Shop
from web import figures

QUICK, SLOW = 5.0, 30.0  # seconds for which what was read is told again
PATIENCE = 8.0  # seconds for the database; Prometheus waits ten
PASSED_ON = ("forwarded", "via", "x-real-ip")  # and x-forwarded-...: it came through somebody
HERE = ("localhost", "127.0.0.1", "[::1]")

T = TypeVar("T")
log = structlog.get_logger()


def metrics_route(shop: Shop, registry: CollectorRegistry, token: str = "") -> Route:
    """`token` is who may read it; without one, whoever is on this machine and speaks to us directly."""
    standing, counted = Read(shop, gauges.standing, QUICK), Read(shop, gauges.counted, SLOW)

    async def metrics(request: Request) -> Response:
        if not may_read(request, token):
            raise HTTPException(404)
        told = figures.shop(await standing.now(), await counted.now())
        encode, kind = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(Both(told, registry)), headers={"Content-Type": kind})

    return Route("/metrics", metrics, methods=["GET"])


def may_read(request: Request, token: str) -> bool:
    """By the token, in constant time. Without one only from here: a proxy's word on who asks is not enough."""
    if token:
        given = request.headers.get("authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    if any(name in PASSED_ON or name.startswith("x-forwarded-") for name in request.headers):
        return False
    return _is_here(request.client.host if request.client else "") and _names_here(request.headers.get("host", ""))


def _is_here(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def _names_here(host: str) -> bool:
    """A page of a stranger's, open in a browser on this machine, asks by its own name."""
    return host in HERE or host.rpartition(":")[0] in HERE


class Read(Generic[T]):
    """What the database says, asked once for all who ask within a while. None when it doesn't answer."""

    def __init__(self, shop: Shop, look: Callable[[Tx], T], keeps: float) -> None:
        self._shop = shop
        self._look = look
        self._keeps = keeps
        self._asking = asyncio.Lock()
        self._until = 0.0
        self._told: T | None = None

    async def now(self) -> T | None:
        async with self._asking:
            if time.monotonic() >= self._until:
                self._told = await self._asked()
                self._until = time.monotonic() + self._keeps
            return self._told

    async def _asked(self) -> T | None:
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._shop.db.read(self._look)
        except Exception as error:
            log.error("the figures can't be read", what=self._look.__name__, error=type(error).__name__)
            return None


class Both:
    """The shop's figures and the process's own, as one registry."""

    def __init__(self, shop: Iterable[Metric], process: CollectorRegistry) -> None:
        self._shop = shop
        self._process = process

    def collect(self) -> Iterator[Metric]:
        yield from self._shop
        yield from self._process.collect()


def only_metrics(route: Route) -> Starlette:
    """An app that has this page and no other."""
    return Starlette(routes=[route])
