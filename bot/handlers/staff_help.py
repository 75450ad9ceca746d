"""What staff can do here."""

from __future__ import annotations

from bot.staff import staff
from core import orders
from core.authority import Right
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words
from core.orders import Obligation, State
from core.shop import Shop

REVIEWS = Choice(words("choose-reviews"), "reviews")
HANDS = Choice(words("choose-hands"), "hands")
ORDERS = Choice(words("choose-latest"), "orders")
STOCK = Choice(words("choose-stock"), "stock")
PRODUCTS = Choice(words("choose-products"), "manage")
PEOPLE = Choice(words("choose-people"), "people")


@staff.hears("start", "help", right=Right.LOOK)
async def welcome(shop: Shop, person: Person, *from_where: str) -> Message:
    """What waits for a person, and where to look."""
    reviews, hands = await shop.db.read(_waiting)
    return Message(
        words("staff-welcome", shop=shop.rules.shop_name, reviews=reviews, hands=hands),
        (REVIEWS, HANDS, ORDERS, STOCK, PRODUCTS, Choice(words("choose-language"), "language")),
    )


def _waiting(tx: Tx) -> tuple[int, int]:
    hands = [order for order in orders.in_state(tx, State.FULFILLING, most=200) if order.owing(Obligation.BY_HAND)]
    return len(orders.in_state(tx, State.IN_REVIEW, most=200)), len(hands)


@staff.hears_anything
async def not_understood(shop: Shop, person: Person, text: str) -> Message:
    return Message(words("staff-not-understood"), (REVIEWS, HANDS, ORDERS, STOCK))
