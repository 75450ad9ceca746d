"""Staff hear when a product runs low or out."""

from __future__ import annotations

from core import stock_levels
from core.shop import Shop
from jobs.chunks import one_by_one


async def levels(shop: Shop) -> None:
    await one_by_one(shop, stock_levels.turned, stock_levels.look)
