"""Today's numbers, and yesterday's."""

from __future__ import annotations

from datetime import timedelta

from bot.staff import staff
from core import digests, reports
from core.authority import Right
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words
from core.shop import Shop

TODAY = Choice(words("choose-today"), "today")
YESTERDAY = Choice(words("choose-yesterday"), "yesterday")


@staff.hears("today", right=Right.LOOK)
async def today(shop: Shop, person: Person) -> Message:
    return await shop.db.read(_day, 0)


@staff.hears("yesterday", right=Right.LOOK)
async def yesterday(shop: Shop, person: Person) -> Message:
    return await shop.db.read(_day, 1)


def _day(tx: Tx, ago: int) -> Message:
    found = digests.daily(tx, reports.today(tx) - timedelta(days=ago))
    return Message(found.paragraphs, (*found.choices, TODAY if ago else YESTERDAY))
