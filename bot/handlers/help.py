"""Hello, help, and a person to talk to."""

from __future__ import annotations

from bot.buyers import buyers
from core import cards, orders
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words
from core.orders import State
from core.shop import Shop


@buyers.hears("start")
async def welcome(shop: Shop, person: Person, *from_where: str) -> Message:
    """The first word; somebody known is offered the same again."""
    last = await shop.db.read(_last_bought, person)
    choices = (cards.SHELF, cards.MY_ORDERS, cards.HUMAN)
    if last is None:
        return Message(words("welcome", shop=shop.rules.shop_name), choices)
    again = Choice(words("choose-same-again"), f"product {last.terms.slug}", main=True)
    return Message(words("welcome-back", product=last.terms.name), (again, *choices))


def _last_bought(tx: Tx, person: Person) -> orders.Order | None:
    recent = orders.newest(tx, person.customer, person.id, 5)
    return next((order for order in recent if order.state is State.DELIVERED), None)


@buyers.hears("help")
async def help(shop: Shop, person: Person) -> Message:
    return Message(
        words("help"), (cards.SHELF, cards.MY_ORDERS, cards.HUMAN, Choice(words("choose-language"), "language"))
    )
