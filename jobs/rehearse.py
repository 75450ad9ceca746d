"""A rehearsal that staff asked for is played beside the shop, and told where it was asked for."""

from __future__ import annotations

from core import rehearsals
from core.ground import points
from core.ground.errors import PartyError
from core.ground.outbox import OutboxRow
from core.shop import Shop
from jobs.ending import carried_out


async def rehearse(shop: Shop, row: OutboxRow) -> None:
    """A repeat plays it again: nothing of the shop's is touched by it, and it is told once.

    Raises PartyError, and nothing has changed, when this process can play none.
    """
    asked = row.payload
    if shop.rehearsal is None:
        raise PartyError("no rehearsal can be played in this process")
    with points.around("rehearsal.play"):
        found = await shop.rehearsal.play(asked["play"], asked["slug"], asked["locale"], asked.get("chat"))
    await shop.db.write(carried_out, row, rehearsals.tell, row.id, asked, found)
