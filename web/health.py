"""/healthz: whether the database answers, how long anything has waited; or that this process is ending."""

from __future__ import annotations

import asyncio
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from core.ground import inbox, outbox
from core.ground.tx import Tx
from core.shop import Shop

PATIENCE = 2.0  # seconds for the database
OLDEST_EVENT = (
    inbox.inbox.select()
    .with_only_columns(inbox.inbox.c.received_at)
    .where(inbox.inbox.c.state == "new")
    .order_by(inbox.inbox.c.id)
    .limit(1)
)

log = structlog.get_logger()


def health_route(shop: Shop) -> Route:
    async def healthz(_: Request) -> JSONResponse:
        if shop.draining:
            return JSONResponse({"status": "draining", "version": ours()}, 503)
        try:
            async with asyncio.timeout(PATIENCE):
                waits = await shop.db.read(waiting)
        except Exception as error:
            log.error("the database doesn't answer", why=type(error).__name__)
            return JSONResponse({"status": "down", "version": ours()}, 503)
        return JSONResponse({"status": "ok", "version": ours(), **waits})

    return Route("/healthz", healthz)


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
