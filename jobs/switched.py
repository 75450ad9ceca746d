"""Switches whose time is over go off; what was kept back while deliveries were held goes out, in its order."""

from __future__ import annotations

from core import restores, shortage, switches
from core.shop import Shop
from jobs.chunks import one_by_one


async def over(shop: Shop) -> None:
    for name in await shop.db.read(switches.over):
        await shop.db.write(switches.back_by_itself, name)


async def kept_back(shop: Shop) -> None:
    """Also what was kept back in the very moment the switch went off, by a transaction that had still seen it on."""
    await one_by_one(shop, switches.waiting, shortage.let_go, unless=restores.unchecked)
