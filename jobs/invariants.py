"""What must always hold is checked; what doesn't is said as loudly as a log can."""

from __future__ import annotations

import structlog

from core import reconcile
from core.shop import Shop

log = structlog.get_logger()


async def invariants(shop: Shop) -> None:
    for finding in await shop.db.read(reconcile.check):
        log.critical("an invariant does not hold", finding=str(finding))
