"""A batch is put in piece by piece, so that no sale waits longer than for one; its card tells how far it is."""

from __future__ import annotations

import time

from core import restock as restocking
from core.ground.outbox import OutboxRow
from core.shop import Shop
from jobs.ending import carried_out, nothing, put_off
from jobs.pieces import AT_ONCE, STRETCH

TOLD_EVERY = 3.0  # seconds: a chat takes no more than so many changes


async def restock(shop: Shop, row: OutboxRow) -> None:
    """Goes on where it was interrupted: a piece that is in is no longer in the draft."""
    batch, by = row.payload["batch"], row.payload["by"]
    began = told = time.monotonic()
    while await shop.db.write(restocking.go_on, batch):
        now = time.monotonic()
        if now - told > TOLD_EVERY:
            told = now
            await shop.db.write(restocking.progress, batch, by)
        if now - began > STRETCH:
            return await shop.db.write(put_off, row, "it goes on", AT_ONCE, nothing)
    await shop.db.write(carried_out, row, restocking.ended, batch, by)
