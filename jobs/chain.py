"""The audit's loose rows are chained, so that one that is changed or missing shows; its end is kept elsewhere too."""

from __future__ import annotations

from core import staff
from core.ground import audit
from core.shop import Shop
from jobs.chunks import in_chunks


async def chain(shop: Shop) -> None:
    await in_chunks(shop, audit.chain)
    await shop.keeping_mark()


async def tell_mark(shop: Shop) -> None:
    await shop.db.write(staff.tell_mark)
