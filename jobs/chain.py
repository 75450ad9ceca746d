"""The audit's loose rows are chained, so that one that is changed or missing shows."""

from __future__ import annotations

from core.ground import audit
from core.shop import Shop
from jobs.chunks import in_chunks


async def chain(shop: Shop) -> None:
    await in_chunks(shop, audit.chain)
