"""Unpaid orders past their hold end, and what was set aside goes back on sale."""

from __future__ import annotations

from core import checkout, restores
from core.shop import Shop
from jobs.chunks import one_by_one


async def expire(shop: Shop) -> None:
    await one_by_one(shop, checkout.lapsed, checkout.expire, unless=restores.unchecked)
