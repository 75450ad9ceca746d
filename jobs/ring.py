"""Codes wait for somebody whose chat won't let us speak: a bell says so, once."""

from __future__ import annotations

from core import delivery
from core.ground import points
from core.ground.errors import SendError
from core.ground.outbox import OutboxRow
from core.shop import Shop
from jobs.ending import carried_out, nothing


async def ring(shop: Shop, row: OutboxRow) -> None:
    """Not where they have come for them meanwhile. A crash after ringing rings again."""
    order = row.payload["order"]
    waiting = await shop.db.read(delivery.to_ring_for, order)
    bell = shop.bells.get(row.via or "")
    if waiting is None or bell is None:
        return await shop.db.write(carried_out, row, nothing)
    why = ""
    try:
        with points.around("ring"):
            await bell(waiting)
    except SendError as error:
        if not error.permanent:
            raise
        why = str(error)
    await shop.db.write(carried_out, row, delivery.rung, order, why)
