"""Replacing a bad code: which one, and only after a second look; the old one is lost for ever."""

from __future__ import annotations

from bot.conversation import Conversation, Talk
from bot.handlers.staff_help import ORDERS
from bot.staff import staff
from core import delivery, enquiries, order_events, orders
from core.authority import Right
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words
from core.ground.vault import Secret
from core.orders import Order

replacing = Conversation("replacing", Right.ANSWER)
staff.talks(replacing)

REPLACE = Choice(words("choose-replace"), "another", acts=True)  # not "replace": that opens the conversation anew
LEAVE = Choice(words("choose-leave"), "leave", acts=True)


@replacing.opens("replace")
async def begin(talk: Talk, number: str, position: str = "1", *why: str) -> Message:
    order = await talk.read(orders.numbered, number)
    at = int(position) if position.isascii() and position.isdigit() and len(position) < 6 else 0
    talk.answers |= {"number": order.number, "position": at, "why": enquiries.covered(Secret(" ".join(why))) or "-"}
    return talk.ask(sure, "replace-sure", (REPLACE, LEAVE), number=order.number, position=at, n=len(order.units))


@replacing.step
async def sure(talk: Talk) -> Message:
    if talk.text != "another":
        return talk.end("replace-left", (ORDERS,))
    said = talk.answers
    order = await talk.write(_replace, said["number"], said["position"], said["why"], talk.person.id)
    return talk.end("staff-replaced", (ORDERS,), number=order.number)


def _replace(tx: Tx, number: str, position: int, why: str, person: str, *, request_key: str) -> Order:
    """Done once per event: a repeat finds the order as that left it."""
    order = orders.numbered(tx, number)
    if order_events.recorded(tx, order.id, "replaced", request_key):
        return order
    return delivery.replace(tx, order.id, position, why, person, request_key)
