"""Ending what can't go on: an order that is not paid, and what can't be made by hand. Only after a second look."""

from __future__ import annotations

from bot.conversation import Conversation, Talk
from bot.handlers.staff_help import HANDS, ORDERS
from bot.staff import staff
from core import checkout, delivery, meanwhile, orders, shortage
from core.authority import Right
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words
from core.orders import Order
from core.units import Obligation

LEAVE = Choice(words("choose-leave"), "leave", acts=True)

calling_off = Conversation("calling-off", Right.ANSWER)
staff.talks(calling_off)


@calling_off.opens("cancel")
async def begin(talk: Talk, number: str) -> Message:
    order = await talk.read(_unpaid, number)
    talk.answers["number"] = order.number
    off = Choice(words("choose-call-off"), "off", acts=True)
    return talk.ask(sure, "staff-call-off-sure", (off, LEAVE), number=order.number, amount=order.total)


def _unpaid(tx: Tx, number: str) -> Order:
    order = orders.numbered(tx, number)
    if order.state not in orders.UNPAID:
        raise meanwhile.first(tx, order)
    return order


@calling_off.step
async def sure(talk: Talk) -> Message:
    if talk.text != "off":
        return talk.end("staff-call-off-left", (ORDERS,))
    order = await talk.write(_call_off, talk.answers["number"], talk.person.id)
    return talk.end("staff-called-off", (ORDERS,), number=order.number)


def _call_off(tx: Tx, number: str, person: str, *, request_key: str) -> Order:
    return checkout.call_off(tx, number, person, request_key)


giving_up = Conversation("giving-up", Right.ANSWER)
staff.talks(giving_up)


@giving_up.opens("cant")
async def cannot(talk: Talk, number: str) -> Message:
    order = await talk.read(orders.numbered, number)
    owed = order.owing(Obligation.BY_HAND)
    if not owed:
        raise delivery.NothingToHandOver(number=order.number)
    talk.answers["number"] = order.number
    choices = {"wait", "substitute"} & set(order.terms.shortage)
    really = Choice(words("choose-really-cant"), "really", acts=True)
    facts = {"number": order.number, "n": len(owed), "how": "chooses" if choices else "refund"}
    return talk.ask(really_cannot, "staff-cant-sure", (really, LEAVE), **facts)


@giving_up.step
async def really_cannot(talk: Talk) -> Message:
    if talk.text != "really":
        return talk.end("staff-call-off-left", (HANDS,))
    order = await talk.write(_cannot, talk.answers["number"], talk.person.id)
    asked = "chooses" if order.owing(Obligation.CHOICE) else "refund"
    return talk.end("staff-cant-done", (HANDS,), number=order.number, how=asked)


def _cannot(tx: Tx, number: str, person: str, *, request_key: str) -> Order:
    return shortage.cannot(tx, number, person, request_key)
