"""Staff hear when a product runs low or out."""

from __future__ import annotations

from functools import partial

from core import stock_levels
from core.ground.db import Tx
from core.shop import Shop
from jobs.chunks import one_by_one

AT_ONCE = 20  # products looked at in one read


async def levels(shop: Shop) -> None:
    watched = await shop.db.read(stock_levels.watched)
    for at in range(0, len(watched), AT_ONCE):
        await one_by_one(shop, partial(_turned, watched[at : at + AT_ONCE]), stock_levels.look)


def _turned(watched: list[int], tx: Tx, most: int) -> list[int]:
    return stock_levels.looked_at(tx, watched)
