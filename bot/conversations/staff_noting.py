"""Writing about an order: a note for colleagues, or a question to its buyer."""

from __future__ import annotations

from bot.conversation import Conversation, Talk
from bot.handlers.staff_help import ORDERS
from bot.staff import staff
from core import customers, enquiries, noting, orders
from core.authority import Right
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words
from core.orders import Order

LEAVE = Choice(words("choose-leave"), "leave", acts=True)

noting_down = Conversation("noting", Right.ANSWER)
staff.talks(noting_down)


@noting_down.opens("note")
async def begin(talk: Talk, number: str) -> Message:
    order = await talk.read(orders.numbered, number)
    talk.answers["number"] = order.number
    return talk.ask(note, "staff-note-what", (LEAVE,), numbered=False, number=order.number)


@noting_down.free_step
async def note(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("talk-left", (ORDERS,))
    try:
        order = await talk.write(_note, talk.answers["number"], talk.text, talk.person.id)
    except enquiries.NoteTooLong as refusal:
        return talk.ask(note, "note-too-long", (LEAVE,), numbered=False, **refusal.facts)
    return talk.end("staff-noted", (_back(order),), number=order.number)


def _note(tx: Tx, number: str, written: str, person: str, *, request_key: str) -> Order:
    return noting.note(tx, number, written, person, request_key)


questioning = Conversation("questioning", Right.ANSWER)
staff.talks(questioning)


@questioning.opens("ask")
async def whom(talk: Talk, number: str) -> Message:
    order = await talk.read(orders.numbered, number)
    if customers.is_elsewhere(order.person):
        return talk.end("staff-ask-nobody", (_back(order),), number=order.number)
    talk.answers["number"] = order.number
    return talk.ask(question, "staff-ask-what", (LEAVE,), numbered=False, number=order.number)


@questioning.free_step
async def question(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("talk-left", (ORDERS,))
    try:
        order = await talk.write(_question, talk.answers["number"], talk.text, talk.person.id)
    except enquiries.NoteTooLong as refusal:
        return talk.ask(question, "note-too-long", (LEAVE,), numbered=False, **refusal.facts)
    return talk.end("staff-questioned", (_back(order),), number=order.number)


def _question(tx: Tx, number: str, written: str, person: str, *, request_key: str) -> Order:
    return noting.question(tx, number, written, person, request_key)


def _back(order: Order) -> Choice:
    return Choice(words("choose-back"), f"order {order.number}")
