"""What staff did not make by hand in time is refunded."""

from __future__ import annotations

from core import aftersales, restores
from core.shop import Shop
from jobs.chunks import one_by_one


async def overdue(shop: Shop) -> None:
    await one_by_one(shop, aftersales.overdue, aftersales.give_up, unless=restores.unchecked)
