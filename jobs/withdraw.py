"""Unsold codes are taken out, voided or moved, a few at a time; a repeat goes on where it was interrupted."""

from __future__ import annotations

from core import withdrawals
from core.ground.outbox import OutboxRow
from core.shop import Shop
from jobs.chunks import one_by_one
from jobs.ending import carried_out, nothing
from jobs.pieces import piece_by_piece


async def withdraw(shop: Shop, row: OutboxRow) -> None:
    if await piece_by_piece(shop, row, withdrawals.go_on, row.payload["withdrawal"]):
        await shop.db.write(carried_out, row, nothing)


async def given_back(shop: Shop) -> None:
    """What was set aside when its batch was withdrawn, and was not paid for, goes where the others went."""
    await one_by_one(shop, withdrawals.given_back, withdrawals.follow)
