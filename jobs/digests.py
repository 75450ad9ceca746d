"""Staff are told what waited, the orders paid lately, and in the morning the day before."""

from __future__ import annotations

from core import digests, quiet
from core.shop import Shop


async def what_waited(shop: Shop) -> None:
    for board in await shop.db.read(quiet.due):
        await shop.db.write(digests.tell_what_waited, board)


async def paid(shop: Shop) -> None:
    await shop.db.write(digests.tell_paid)


async def daily(shop: Shop) -> None:
    due = await shop.db.read(digests.due_daily)  # a day takes long to add up: no sale waits for that
    if due:
        await shop.db.write(digests.tell_daily, *due)
