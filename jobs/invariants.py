"""What must always hold is checked; what doesn't is said as loudly as a log can."""

from __future__ import annotations

import structlog

from core import reconcile
from core.shop import Shop

log = structlog.get_logger()


async def invariants(shop: Shop) -> None:
    await say(shop, quick=True)


async def all_invariants(shop: Shop) -> None:
    await say(shop, quick=False)


async def say(shop: Shop, *, quick: bool) -> None:
    for finding in await shop.db.read(reconcile.check, quick=quick):
        log.critical("an invariant does not hold", finding=str(finding))
