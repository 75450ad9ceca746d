"""What staff can do here."""

from __future__ import annotations

from bot.staff import staff
from core import orders, switches, threads
from core.authority import Right
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Choice, Lines, Message, words
from core.orders import State
from core.shop import Shop
from core.units import Obligation

REVIEWS = Choice(words("choose-reviews"), "reviews")
HANDS = Choice(words("choose-hands"), "hands")
ORDERS = Choice(words("choose-latest"), "orders")
STOCK = Choice(words("choose-stock"), "stock")
THREADS = Choice(words("choose-threads"), "threads")
PRODUCTS = Choice(words("choose-products"), "manage")
PEOPLE = Choice(words("choose-people"), "people")
SWITCHES = Choice(words("choose-switches"), "switches")


@staff.hears("start", "help", right=Right.LOOK)
async def welcome(shop: Shop, person: Person, *from_where: str) -> Message:
    """What waits for a person, and where to look."""
    reviews, hands, asked, on = await shop.db.read(_waiting)
    welcome = words("staff-welcome", shop=shop.rules.shop_name, reviews=reviews, hands=hands, asked=asked)
    rows = (
        words("switch-row", what=switches.called(each.name), time=each.since, until=each.until or "none") for each in on
    )
    language = Choice(words("choose-language"), "language")
    return Message(
        Lines((welcome, *rows)),
        (REVIEWS, HANDS, THREADS, ORDERS, STOCK, PRODUCTS, *([SWITCHES] if on else []), language),
    )


def _waiting(tx: Tx) -> tuple[int, int, int, list[switches.Switch]]:
    held, hands = orders.how_many(tx, State.IN_REVIEW), orders.how_many_owing(tx, Obligation.BY_HAND)
    return held, hands, len(threads.waiting(tx, 200)), switches.on(tx)
