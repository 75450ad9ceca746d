"""The pay page of a payment nobody waits for any more takes no more money."""

from __future__ import annotations

from core import ledger
from core.ground import points
from core.ground.outbox import OutboxRow
from core.shop import Shop
from jobs.ending import carried_out


async def close(shop: Shop, row: OutboxRow) -> None:
    key = row.payload["key"]
    if rail := shop.payments.get(row.payload["rail"]):  # one that is switched off takes nothing anyway
        with points.around("rail.close"):
            await rail.close(key, row.payload["reference"] or "")
    await shop.db.write(carried_out, row, ledger.closed, key)
