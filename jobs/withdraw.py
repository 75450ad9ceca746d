"""Unsold codes are taken out, voided or moved, a few at a time; a repeat goes on where it was interrupted."""

from __future__ import annotations

import time

from core import withdrawals
from core.ground.outbox import OutboxRow
from core.shop import Shop
from jobs.chunks import one_by_one
from jobs.ending import carried_out, nothing, put_off
from jobs.restock import AT_ONCE, STRETCH


async def withdraw(shop: Shop, row: OutboxRow) -> None:
    began = time.monotonic()
    while await shop.db.write(withdrawals.go_on, row.payload["withdrawal"]):
        if time.monotonic() - began > STRETCH:
            return await shop.db.write(put_off, row, "it goes on", AT_ONCE, nothing)
    await shop.db.write(carried_out, row, nothing)


async def given_back(shop: Shop) -> None:
    """What was set aside when its batch was withdrawn, and was not paid for, goes where the others went."""
    await one_by_one(shop, withdrawals.given_back, withdrawals.follow)
