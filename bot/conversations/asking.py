"""Asking for a person: what it is about, and then a person reads it."""

from __future__ import annotations

from bot.buyers import buyers
from bot.conversation import Conversation, Talk
from core import cards, enquiries, hours, orders, threads
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Choice, Message, Words, words

asking = Conversation("asking")
buyers.talks(asking)

NOTHING_MORE = Choice(words("choose-nothing"), "nothing", acts=True)


@asking.opens("human")
async def begin(talk: Talk, number: str = "", *more: str) -> Message:
    talk.answers["number"] = await talk.read(_own, talk.person, number)
    closed = await talk.read(hours.told)
    asked = Message((words("human-what"), *closed), (NOTHING_MORE, cards.MY_ORDERS), numbered=False)
    return talk.ask_with(what, asked)


@asking.free_step
async def what(talk: Talk) -> Message:
    if talk.text == "nothing":
        return talk.end("talk-left", (cards.SHELF, cards.MY_ORDERS))
    return await _say(talk)


@asking.answers_card("talk")
async def on_a_card(talk: Talk, thread: str, note: str) -> Message:
    """Written as a reply to what staff said: it is about the same."""
    talk.answers["number"] = await talk.read(_about, talk.person)
    return await _say(talk)


def _about(tx: Tx, person: Person) -> str:
    found = threads.with_buyer(tx, person.id)
    return orders.get(tx, found.order).number if found and found.order else ""


async def _say(talk: Talk) -> Message:
    try:
        closed = await talk.write(_pass_on, talk.person, talk.answers["number"], talk.text)
    except enquiries.NoteTooLong as refusal:
        return talk.ask(what, "note-too-long", (NOTHING_MORE,), numbered=False, **refusal.facts)
    return Message((words("human-called"), *closed), (cards.SHELF, cards.MY_ORDERS))


def _own(tx: Tx, person: Person, number: str) -> str:
    """The number, if it is one of the person's orders; or a gift's that they were given."""
    if threads.of_gift(tx, person, number) is not None:
        return number
    return number if number in [order.number for order in orders.newest(tx, person.customer, person.id, 50)] else ""


def _pass_on(tx: Tx, person: Person, number: str, text: str, *, request_key: str) -> tuple[Words, ...]:
    """Staff read it; what is to be said of when they will."""
    threads.asked(tx, person, number, text, request_key)
    return hours.told(tx)
