"""Unpaid orders past their hold end, and what was set aside goes back on sale."""

from __future__ import annotations

from core import checkout
from core.shop import Shop
from jobs.chunks import in_chunks


async def expire(shop: Shop) -> None:
    await in_chunks(shop, checkout.expire_due)
