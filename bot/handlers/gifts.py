"""Gifts: what one was given, opening one by its link, and taking one's own back."""

from __future__ import annotations

from bot.buyers import buyers
from core import cards, giving
from core import gifts as gifts_noun
from core.customers import Person
from core.giving import Given
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words
from core.shop import Shop

SHOWN = 9


@buyers.hears("gift", private=True)
async def gift(shop: Shop, person: Person, payload: str = "") -> Message:
    """With what a link carries, that gift; by itself, what one was given."""
    if payload.isascii() and payload.isdigit() and len(payload) < 15:
        return await shop.db.write(giving.shown, int(payload), person)
    return await look(shop, person, payload) if payload else await shop.db.read(_received, person)


def _received(tx: Tx, person: Person) -> Message:
    found = [giving.own(tx, each.id, person) for each in gifts_noun.received(tx, person.customer, SHOWN)]
    if not found:
        return Message(words("gifts-none"), (cards.MY_ORDERS, cards.SHELF))
    return Message(words("gifts"), (*map(_listed, found), cards.MY_ORDERS))


def _listed(given: Given) -> Choice:
    label = words("choose-gift", product=given.order.line_of(given.unit).terms.name, name=given.giver)
    return Choice(label, f"gift {given.gift.id}")


async def look(shop: Shop, person: Person, payload: str) -> Message:
    """What it is and from whom, to whoever came by the link; nothing is opened until they say so."""
    given = await shop.db.write(giving.look, payload, person.id)
    if given.gift.state == "opened":
        return await shop.db.write(giving.shown, given.gift.id, person)
    terms = given.order.line_of(given.unit).terms
    about = words(
        "gift-look",
        name=given.giver,
        product=terms.name,
        region=cards.region(terms.region),
        anywhere="yes" if terms.region == "global" else "no",
        seen="yes" if given.seen else "no",
        time=given.gift.expires_at,
    )
    accept = Choice(words("choose-accept"), f"accept {given.gift.id}", acts=True, main=True)
    return Message(about, (accept, cards.SHELF))


@buyers.hears("accept", private=True)
async def accept(shop: Shop, person: Person, number: str) -> Message:
    """It is opened, once, and shown."""
    gift_id = _number(number)
    await shop.db.write(giving.accept, gift_id, person.id)
    return await shop.db.write(giving.shown, gift_id, person)


@buyers.hears("ungift", private=True)
async def take_back(shop: Shop, person: Person, number: str) -> Message:
    """Its giver has thought better of it."""
    order = await shop.db.write(giving.take_back, _number(number), person.id)
    look_at = Choice(words("choose-status"), f"order {order.number}")
    return Message(words("gift-taken-back", number=order.number), (look_at, cards.MY_ORDERS))


def _number(number: str) -> int:
    return int(number) if number.isascii() and number.isdigit() and len(number) < 15 else 0
