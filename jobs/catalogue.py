"""A file of the catalogue is brought in some rows at a time; a repeat goes on where it was interrupted."""

from __future__ import annotations

from core import catalogue_drafts
from core.ground.outbox import OutboxRow
from core.shop import Shop
from jobs.ending import carried_out
from jobs.pieces import piece_by_piece


async def catalogue(shop: Shop, row: OutboxRow) -> None:
    if await piece_by_piece(shop, row, catalogue_drafts.go_on, row.payload["draft"]):
        await shop.db.write(carried_out, row, catalogue_drafts.ended, row.payload["draft"])
