"""Work that is done in small transactions, so that no sale waits for it."""

from __future__ import annotations

from collections.abc import Callable

from core.ground.db import Tx
from core.shop import Shop

MOST = 50  # in one transaction
ROUNDS = 40  # in one go; the rest waits for the next time, should a decision find the same work for ever


async def in_chunks(shop: Shop, decide: Callable[[Tx, int], int]) -> None:
    """Decide again and again, until there was less to decide than MOST."""
    for _ in range(ROUNDS):
        if await shop.db.write(decide, MOST) < MOST:
            return
