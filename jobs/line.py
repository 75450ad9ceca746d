"""What is back goes to those who waited for it, in order; what they don't take in time, to the next."""

from __future__ import annotations

from core import waiting
from core.shop import Shop
from jobs.chunks import one_by_one


async def line(shop: Shop) -> None:
    await one_by_one(shop, waiting.over, waiting.lapse)
    await one_by_one(shop, waiting.waited_for, waiting.tell)
