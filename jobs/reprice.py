"""Prices change: the planned ones when their time has come, and those of many products some at a time."""

from __future__ import annotations

from core import repricing
from core.ground.outbox import OutboxRow
from core.shop import Shop
from jobs.chunks import one_by_one
from jobs.ending import carried_out
from jobs.pieces import piece_by_piece


async def planned(shop: Shop) -> None:
    await one_by_one(shop, repricing.due, repricing.apply)


async def reprice(shop: Shop, row: OutboxRow) -> None:
    """Goes on where it was interrupted: the change says how far it is."""
    number, by = row.payload["change"], row.payload["by"]
    if await piece_by_piece(shop, row, repricing.go_on, number, by):
        await shop.db.write(carried_out, row, repricing.ended, number, by)
