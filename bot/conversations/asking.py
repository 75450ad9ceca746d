"""Asking for a person: what it is about, and then a person reads it."""

from __future__ import annotations

from bot.buyers import buyers
from bot.conversation import Conversation, Talk
from core import cards, enquiries, orders, staff
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Choice, Message, Note, words
from core.quiet import Kind

asking = Conversation("asking")
buyers.talks(asking)

NOTHING_MORE = Choice(words("choose-nothing"), "nothing", acts=True)


@asking.opens("human")
async def begin(talk: Talk, number: str = "", *more: str) -> Message:
    talk.answers["number"] = await talk.read(_own, talk.person, number)
    return talk.ask(what, "human-what", (NOTHING_MORE, cards.MY_ORDERS), numbered=False)


@asking.free_step
async def what(talk: Talk) -> Message:
    if talk.text == "nothing":
        return talk.end("talk-left", (cards.SHELF, cards.MY_ORDERS))
    try:
        await talk.write(_pass_on, talk.person, talk.answers["number"], talk.text)
    except enquiries.NoteTooLong as refusal:
        return talk.ask(what, "note-too-long", (NOTHING_MORE,), numbered=False, **refusal.facts)
    return talk.end("human-called", (cards.SHELF, cards.MY_ORDERS))


def _own(tx: Tx, person: Person, number: str) -> str:
    """The number, if it is one of the person's orders."""
    return number if number in [order.number for order in orders.newest(tx, person.customer, person.id, 50)] else ""


def _pass_on(tx: Tx, person: Person, number: str, text: str, *, request_key: str) -> None:
    note = enquiries.keep(tx, request_key, person.id, person.id, text)
    choices = [Choice(words("choose-reply"), f"reply {person.id}", main=True)]
    if number:
        choices.append(Choice(words("choose-details"), f"order {number}"))
    asked = words("alarm-human", buyer=person.name or cards.handle(person.id), number=number or "none", text=Note(note))
    staff.tell(tx, f"enquiry {note}", Message(asked, tuple(choices)), Kind.BUYERS)
