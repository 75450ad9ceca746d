"""Codes that one person takes out alone may be fetched, once owners have had their time to stop it."""

from __future__ import annotations

from core import exports
from core.shop import Shop
from jobs.chunks import one_by_one


async def ripen(shop: Shop) -> None:
    await one_by_one(shop, exports.due, exports.ripen)
