"""A broadcast under way: how far it is, stopping it, and what to do about those who may not have got it."""

from __future__ import annotations

from bot.staff import staff
from core import broadcasts, newscards
from core.authority import Right
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Message
from core.shop import Shop


def numbered(said: str) -> int:
    """Raises NoSuchNews for what is no number of ours."""
    if not (said.isascii() and said.isdigit() and len(said) < 15):
        raise broadcasts.NoSuchNews()
    return int(said)


@staff.hears("newscard", right=Right.ANNOUNCE)
async def show(shop: Shop, person: Person, number: str) -> Message:
    return await shop.db.read(newscards.card, numbered(number))


@staff.hears("stopnews", right=Right.ANNOUNCE)
async def stop(shop: Shop, person: Person, number: str) -> Message:
    """Nobody else gets it."""
    return await shop.db.write(_stop, numbered(number), person.id)


def _stop(tx: Tx, broadcast: int, by: str) -> Message:
    broadcasts.stop(tx, broadcast, by)
    return newscards.card(tx, broadcast)


@staff.hears("newsagain", right=Right.ANNOUNCE)
async def again(shop: Shop, person: Person, number: str) -> Message:
    """Those of whom nobody knows whether they got it get it, once more perhaps."""
    return await shop.db.write(_again, numbered(number), person.id)


def _again(tx: Tx, broadcast: int, by: str) -> Message:
    broadcasts.send_doubtful(tx, broadcast, by)
    return newscards.card(tx, broadcast)
