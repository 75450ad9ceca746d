"""Where nobody decided in time, the decision that was announced is taken."""

from __future__ import annotations

from core import restores, review
from core.shop import Shop
from jobs.chunks import one_by_one


async def reviews(shop: Shop) -> None:
    await one_by_one(shop, review.undecided, review.run_out, unless=restores.unchecked)
