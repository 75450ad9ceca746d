"""Orders whose delay is over go out."""

from __future__ import annotations

from core import later as delays
from core import restores
from core.shop import Shop
from jobs.chunks import one_by_one


async def later(shop: Shop) -> None:
    await one_by_one(shop, delays.due, delays.go_out, unless=restores.unchecked)
