"""/healthz: whether the shop can serve, and for how long anything has been waiting. It asks nobody but the database."""

from __future__ import annotations

import asyncio
import time
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from core import findings
from core.ground import inbox, outbox
from core.ground.tx import Tx
from core.shop import Shop

PATIENCE = 2.0  # seconds for the database
LONGER = 10.0  # seconds where it may have to wait for others that write
WRITTEN = 10.0  # seconds for which it is believed that the database can be written to
OLDEST_EVENT = (
    inbox.inbox.select()
    .with_only_columns(inbox.inbox.c.received_at)
    .where(inbox.inbox.c.state == "new")
    .order_by(inbox.inbox.c.id)
    .limit(1)
)

log = structlog.get_logger()


def health_route(shop: Shop) -> Route:
    writes = Writes(shop)

    async def healthz(_: Request) -> JSONResponse:
        if shop.draining:
            return JSONResponse({"status": "draining", "version": ours()}, 503)
        try:
            async with asyncio.timeout(PATIENCE):
                waits, serves = await shop.db.read(_looked_up)
            async with asyncio.timeout(LONGER):
                await writes.tried()
        except Exception as error:
            log.error("the database or the data folder doesn't answer", why=type(error).__name__)
            return JSONResponse({"status": "down", "version": ours()}, 503)
        if not serves:
            return JSONResponse({"status": "down", "version": ours(), **waits}, 503)
        return JSONResponse({"status": "ok", "version": ours(), **waits})

    return Route("/healthz", healthz)


class Writes:
    """Whether the database and our own folder can be written to: a full disk is read well. Tried now and then only."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._until = 0.0

    async def tried(self) -> None:
        """Raises what the database does, and OSError."""
        if time.monotonic() >= self._until:
            await self._shop.trying_folder()
            await self._shop.db.write(findings.beat, self._shop.process, "web")
            self._until = time.monotonic() + WRITTEN


def _looked_up(tx: Tx) -> tuple[dict[str, Any], bool]:
    return waiting(tx), not findings.cannot_serve(tx)


def waiting(tx: Tx) -> dict[str, Any]:
    """Seconds the oldest event has waited to be worked on, and the most overdue effect to be carried out."""
    event, effect = tx.value(OLDEST_EVENT), tx.value(outbox.NEXT_DUE)
    return {
        "inbox_seconds": 0.0 if event is None else round((tx.now - event).total_seconds(), 3),
        "outbox_seconds": 0.0 if effect is None else round(max(0.0, (tx.now - effect).total_seconds()), 3),
    }


def ours() -> str:
    try:
        return version("mika")
    except PackageNotFoundError:  # run from the source folder
        return "unreleased"
