"""What buyers did not choose in time, or waited for in vain, is refunded; what has come in goes to those who wait."""

from __future__ import annotations

from core import restores, shortage
from core.shop import Shop
from jobs.chunks import one_by_one


async def choices(shop: Shop) -> None:
    await one_by_one(shop, shortage.undecided, shortage.run_out, unless=restores.unchecked)


async def restocked(shop: Shop) -> None:
    await one_by_one(shop, shortage.waiting, shortage.restocked, unless=restores.unchecked)
