"""A paid order is weighed: passed on, looked at by a person, or refused."""

from __future__ import annotations

from core import review
from core.ground.outbox import OutboxRow
from core.shop import Shop
from jobs.ending import carried_out


async def weigh(shop: Shop, row: OutboxRow) -> None:
    await shop.db.write(carried_out, row, review.weigh, row.payload["order"])
