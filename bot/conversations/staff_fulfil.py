"""Fulfilling by hand: what staff write goes to the buyer, sealed on the way."""

from __future__ import annotations

from bot.conversation import Conversation, Talk
from bot.handlers.staff_help import HANDS
from bot.staff import staff
from core import delivery, order_events, orders, shortage
from core.authority import Right
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words
from core.ground.vault import Secret
from core.orders import Order
from core.units import Obligation

fulfilling = Conversation("fulfilling", Right.ANSWER, private=True)
staff.talks(fulfilling)

LONGEST = 2000  # characters a buyer gets in one message
LEAVE = Choice(words("choose-leave"), "leave", acts=True)


@fulfilling.opens("fulfil")
async def begin(talk: Talk, number: str) -> Message:
    order = await talk.read(orders.numbered, number)
    if not order.owing(Obligation.BY_HAND):
        raise delivery.NothingToHandOver(number=order.number)
    talk.answers["number"] = order.number
    return talk.ask(result, "fulfil-what", (LEAVE,), numbered=False, number=order.number, product=order.terms.name)


@fulfilling.free_step
async def result(talk: Talk) -> Message:
    said = talk.text.strip()
    if said.casefold() == "leave":
        return talk.end("fulfil-left", (HANDS,))
    if not said or len(said) > LONGEST:
        return talk.ask(result, "fulfil-too-long", (LEAVE,), numbered=False, most=LONGEST)
    order = await talk.write(_made, talk.answers["number"], Secret(said), talk.person.id)
    return talk.end("fulfil-done", (HANDS,), number=order.number, left=len(order.owing(Obligation.BY_HAND)))


def _made(tx: Tx, number: str, text: Secret, person: str, *, request_key: str) -> Order:
    """Done once per event: a repeat finds the order as that left it."""
    order = orders.numbered(tx, number)
    if order_events.recorded(tx, order.id, "made_by_hand", request_key):
        return order
    return shortage.made_by_hand(tx, order, text, person, request_key)
