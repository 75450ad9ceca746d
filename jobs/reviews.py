"""Where nobody decided in time, the decision that was announced is taken."""

from __future__ import annotations

from core import review
from core.shop import Shop
from jobs.chunks import in_chunks


async def reviews(shop: Shop) -> None:
    await in_chunks(shop, review.reviews_due)
