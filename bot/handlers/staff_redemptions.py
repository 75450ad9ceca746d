"""How many codes are known to be redeemed, by product: always beside how many of them anybody could tell of."""

from __future__ import annotations

from bot import paging
from bot.staff import staff
from core import redemptions
from core.authority import Right
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Lines, Message, Words, words
from core.redemptions import Rate
from core.shop import Shop


@staff.hears("redemptions", right=Right.LOOK)
async def rates(shop: Shop, person: Person, page: str = "1") -> Message:
    """A product a line: the rate among those that have a signal, and the share that has one."""
    return await shop.db.read(_rates, page)


def _rates(tx: Tx, page: str) -> Message:
    found = redemptions.rates(tx)
    if not found:
        return Message(words("redemptions-none"), staff.choices)
    at = paging.which(page, len(found))
    lines = map(_line, found[(at - 1) * paging.PAGE : at * paging.PAGE])
    return Message(Lines((words("redemptions"), *lines)), paging.ways("redemptions", at, len(found)))


def _line(rate: Rate) -> Words:
    """Without a signal the rate is not known, and not 0."""
    known = "no" if rate.percent is None else "yes"
    return words(
        "redemptions-row",
        product=rate.name,
        known=known,
        rate=rate.percent or 0,
        found=rate.redeemed,
        asked=rate.signal,
        coverage=rate.coverage,
        sent=rate.delivered,
        done=rate.told,
    )
