"""What must always hold is checked; what doesn't is said as loudly as a log can, and its product is sold no more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import structlog

from core import reconcile
from core.shop import Shop

log = structlog.get_logger()


OVERLAP = timedelta(minutes=3)  # looked at more than once, so that a slow transaction is not missed


async def invariants(shop: Shop) -> None:
    """What was touched lately."""
    await say(shop, await shop.db.read(lambda tx: reconcile.check(tx, since=tx.now - OVERLAP)))


async def all_invariants(shop: Shop) -> None:
    """Everything there ever was, one sentence at a time: no reader keeps the log from being cut for long."""
    for one in reconcile.CHECKS:
        if broken := await shop.db.read(one.broken):
            await say(shop, [reconcile.Finding(one, tuple(broken))])


async def say(shop: Shop, findings: Sequence[reconcile.Finding]) -> None:
    for finding in findings:
        log.critical("an invariant does not hold", finding=str(finding))
    if findings:
        await shop.db.write(reconcile.act_on, findings)
