"""A sign of life: a row for the other processes, and a call to whoever watches from outside while the shop can serve.

What is unwell is not reported there: it is heard by the silence, also where nothing can be reported any more.
"""

from __future__ import annotations

from core import findings
from core.ground import points
from core.shop import Shop


async def heartbeat(shop: Shop) -> None:
    if shop.doctor is None:
        return
    await shop.db.write(findings.beat, shop.process)
    if shop.heartbeat is None or await shop.db.read(findings.cannot_serve):
        return
    await shop.trying_folder()
    with points.around("heartbeat"):
        await shop.heartbeat.all_is_well()
