"""What staff did not make by hand in time is refunded."""

from __future__ import annotations

from core import aftersales
from core.shop import Shop
from jobs.chunks import in_chunks


async def overdue(shop: Shop) -> None:
    await in_chunks(shop, aftersales.overdue)
