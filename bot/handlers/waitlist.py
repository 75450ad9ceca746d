"""Waiting for what is sold out: a place in the line, how far it is, and leaving it."""

from __future__ import annotations

from bot.buyers import buyers
from core import cards, waiting
from core.customers import Person
from core.ground.messages import Choice, Lines, Message, Words, words
from core.shop import Shop
from core.waiting import Place


@buyers.hears("waitlist", private=True)
async def waitlist(shop: Shop, person: Person, slug: str = "") -> Message:
    """A place in the line for a product; by itself, everything one waits for."""
    if slug:
        return _joined(await shop.db.write(waiting.join, slug, person.id))
    found = await shop.db.read(waiting.places, person.customer)
    if not found:
        return Message(words("waiting-none"), (cards.SHELF,))
    leave = (_leave(place, named=True) for place in found)
    return Message(Lines((words("waiting-list"), *map(_line, found))), (*leave, cards.SHELF))


def _joined(place: Place) -> Message:
    if place.until:
        return waiting.card(place)
    told = words("waiting-joined", product=place.product.name, n=place.place)
    return Message(told, (_leave(place), cards.SHELF))


def _line(place: Place) -> Words:
    if place.until:
        return words("waiting-row-held", product=place.product.name, time=place.until)
    return words("waiting-row", product=place.product.name, n=place.place)


def _leave(place: Place, *, named: bool = False) -> Choice:
    label = words("choose-leave-line", product=place.product.name) if named else words("choose-wait-no-more")
    return Choice(label, f"unwait {place.product.slug}")


@buyers.hears("unwait", private=True)
async def leave(shop: Shop, person: Person, slug: str) -> Message:
    """They don't wait for it any more."""
    product = await shop.db.write(waiting.leave, slug, person.id)
    return Message(words("waiting-left", product=product.name), (cards.SHELF, cards.MY_ORDERS))
