"""Giving a code away: which one, and the links by which a friend can have it."""

from __future__ import annotations

from bot.buyers import buyers
from bot.conversation import Conversation, Talk
from core import cards, giving, orders
from core.customers import Person
from core.giving import Given
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words
from core.orders import Order
from core.shop import Shop

SHOWN = 9  # codes that have a button of their own
TELEGRAM = "telegram"

present = Conversation("presenting", private=True)
buyers.talks(present)


@present.opens("give")
async def begin(talk: Talk, number: str, position: str = "") -> Message:
    """Of several codes, which; of one, what giving it away means."""
    order, free = await talk.read(_to_give, number, talk.person)
    if position:
        free = [each for each in free if str(each) == position]
    if not free:
        raise giving.NotToGive(number=order.number)
    if len(free) > 1:
        one_by_one = (Choice(str(each), f"give {order.number} {each}") for each in free[:SHOWN])
        return Message(words("gift-which", number=order.number), (*one_by_one, cards.MY_ORDERS), numbered=False)
    talk.answers |= {"number": order.number, "position": free[0]}
    yes = Choice(words("choose-make-link"), "makelink", acts=True, main=True)
    return talk.ask(sure, "gift-sure", (yes, cards.MY_ORDERS), number=order.number, position=free[0])


def _to_give(tx: Tx, number: str, person: Person) -> tuple[Order, list[int]]:
    order = orders.own(tx, number, person.customer, person.id)
    return order, [unit.position for unit in giving.to_give(tx, order)]


@present.step
async def sure(talk: Talk) -> Message:
    if talk.text != "makelink":
        return talk.end("talk-left", (cards.MY_ORDERS,))
    given = await talk.write(_give, talk.answers["number"], talk.answers["position"], talk.person.id)
    return giving.made(given, ways(talk.shop))


def ways(shop: Shop) -> dict[str, str]:
    """What stands before a gift's token, by the way it is opened."""
    found = {"browser": f"{shop.public_url}/gift?t="} if shop.public_url else {}
    return found | {chat: start for chat, start in shop.ways_in.items() if chat == TELEGRAM}


def _give(tx: Tx, number: str, position: int, person: str, *, request_key: str) -> Given:
    return giving.give(tx, number, position, person, request_key)
