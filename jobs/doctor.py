"""The shop itself is looked over, by one process at a time, and staff hear what has changed."""

from __future__ import annotations

from core import findings
from core.ground import points
from core.shop import Shop


async def doctor(shop: Shop) -> None:
    if shop.doctor is None or not await shop.db.write(findings.take_round, shop.process):
        return
    with points.around("doctor"):
        look = await shop.doctor.look_over()
    await shop.db.write(findings.looked, look)
