"""The shop itself is looked over, by one process at a time, and staff hear what has changed."""

from __future__ import annotations

from datetime import timedelta

from core import findings
from core.ground import points
from core.shop import Shop


async def doctor(shop: Shop) -> None:
    await _look(shop, None, findings.ROUND)


async def again(shop: Shop) -> None:
    """What keeps the shop from serving is looked for again, and it alone: whoever asks /healthz waits for its end."""
    if shop.doctor and (standing := await shop.db.read(findings.down)):
        await _look(shop, standing, findings.SOON)


async def _look(shop: Shop, only: frozenset[str] | None, lasts: timedelta) -> None:
    """One look at a time: what a long one saw at its beginning may be over at its end."""
    async with shop.looking:
        if shop.doctor is None or not await shop.db.write(findings.take_round, shop.process, lasts):
            return
        with points.around("doctor"):
            look = await shop.doctor.look_over(only)
        await shop.db.write(findings.looked, look)
