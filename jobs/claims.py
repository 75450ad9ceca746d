"""Where nobody decided a claim in time, what its card announced is done."""

from __future__ import annotations

from core import claiming, restores
from core.shop import Shop
from jobs.chunks import one_by_one


async def claims(shop: Shop) -> None:
    await one_by_one(shop, claiming.overdue, claiming.run_out, unless=restores.unchecked, otherwise=claiming.end_anyway)
