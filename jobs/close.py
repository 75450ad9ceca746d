"""The pay page of a payment nobody waits for any more takes no more money."""

from __future__ import annotations

from core import ledger
from core.ground import points
from core.ground.outbox import OutboxRow
from core.shop import Shop
from jobs.ending import carried_out


async def close(shop: Shop, row: OutboxRow) -> None:
    key = row.payload["key"]
    with points.around("rail.close"):
        await shop.payments[row.payload["rail"]].close(key, row.payload["reference"] or "")
    await shop.db.write(carried_out, row, ledger.closed, key)
