"""Orders that go out later: at once after all, or looked at first."""

from __future__ import annotations

from bot.staff import staff
from core import doubts, later, review
from core.authority import Right
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Message
from core.shop import Shop


@staff.hears("release", right=Right.DECIDE)
async def release(shop: Shop, person: Person, number: str) -> Message:
    """It goes out at once."""
    return await shop.db.write(_release, number, person)


@staff.hears("doubt", right=Right.DECIDE)
async def doubt(shop: Shop, person: Person, number: str) -> Message:
    """A person looks first."""
    return await shop.db.write(_doubt, number, person)


def _release(tx: Tx, number: str, person: Person) -> Message:
    return later.card(tx, later.release(tx, number, person.id))


def _doubt(tx: Tx, number: str, person: Person) -> Message:
    return review.card(tx, doubts.doubt(tx, number, person.id))
