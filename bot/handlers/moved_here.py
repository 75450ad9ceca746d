"""What came over from the shop that was moved from: an order one has shown to be one's own, and a balance to claim."""

from __future__ import annotations

from bot.buyers import buyers
from core import cards, old_credit, old_orders
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Choice, Lines, Message, words
from core.old_credit import OldCredit
from core.shop import Shop


@buyers.hears("oldone", private=True)
async def one_order(shop: Shop, person: Person, number: str = "", page: str = "1") -> Message:
    """It once more, to who has shown that it is theirs; to others how to show it."""
    return await shop.db.read(_order, _number(number), person, _number(page))


def _order(tx: Tx, number: int, person: Person, page: int) -> Message:
    try:
        return old_orders.card(tx, old_orders.own(tx, number, person), page)
    except LookupError:
        return Message(words("old-order-not-yours"), (cards.OLD_ORDER, cards.HUMAN))


@buyers.hears("oldcredit", private=True)
async def balance(shop: Shop, person: Person, payload: str = "") -> Message:
    """With what a link carries, that balance; by itself, what is there for the address they have proved."""
    if payload:
        return await look(shop, person, payload)
    return _offered(await shop.db.write(old_credit.by_mail, person))


async def look(shop: Shop, person: Person, payload: str) -> Message:
    """How much it is, to whoever came by the link; nothing is theirs until they say so."""
    found = await shop.db.write(old_credit.look, payload, person)
    return _is_theirs(found) if found.person else _offered([found])


def _offered(found: list[OldCredit]) -> Message:
    if not found:
        return Message(words("old-credit-none"), (cards.SHELF, cards.HUMAN))
    lines = tuple(words("old-credit", amount=each.total) for each in found)
    return Message(Lines((*lines, words("old-credit-how"))), (*map(to_claim, found), cards.SHELF))


def to_claim(credit: OldCredit) -> Choice:
    """What makes it theirs."""
    return Choice(words("choose-old-credit", amount=credit.total), f"takecredit {credit.id}", acts=True, main=True)


@buyers.hears("takecredit", private=True)
async def claim(shop: Shop, person: Person, number: str = "") -> Message:
    """It is theirs, once."""
    return _is_theirs(await shop.db.write(old_credit.claim, _number(number), person))


def _is_theirs(credit: OldCredit) -> Message:
    return Message(words("old-credit-claimed", amount=credit.total), (cards.SHELF, cards.MY_ORDERS))


def _number(number: str) -> int:
    return int(number) if number.isascii() and number.isdigit() and len(number) < 15 else 0
