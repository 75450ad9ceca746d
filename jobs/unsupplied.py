"""What a supplier did not deliver in time is short. Its purchase goes on being looked up."""

from __future__ import annotations

from core import supply
from core.shop import Shop
from jobs.chunks import one_by_one


async def unsupplied(shop: Shop) -> None:
    await one_by_one(shop, supply.overdue, supply.give_up)
