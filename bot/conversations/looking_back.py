"""An order from the shop that was moved from: its number, then its password; or the e-mail address proved here."""

from __future__ import annotations

from bot.buyers import buyers
from bot.conversation import Conversation, Talk
from bot.handlers.help import EMAIL
from core import cards, contacts, old_orders
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words
from core.old_orders import Kept, TooManyTries

SHOWN = 8
NOTHING = Choice(words("choose-nothing"), "nothing", acts=True)

looking_back = Conversation("looking back", private=True)
buyers.talks(looking_back)


@looking_back.opens("oldorder")
async def begin(talk: Talk, *said: str) -> Message:
    """Those that are known to be theirs, and the question for a number; with one behind it, that one at once."""
    if said:
        return _number_said(talk, " ".join(said))
    theirs = await talk.write(_theirs, talk.person)
    listed = tuple(
        Choice(words("choose-old-order", title=one.title, time=one.placed_at), f"oldone {one.id}") for one in theirs
    )
    mail = (EMAIL,) if await talk.read(contacts.by_mail) else ()
    return talk.ask(number, "old-order-number", (*listed, *mail, NOTHING), numbered=False)


def _theirs(tx: Tx, person: Person, *, request_key: str) -> list[Kept]:
    old_orders.by_mail(tx, person, SHOWN)
    return old_orders.read_by(tx, person, SHOWN)


@looking_back.free_step
async def number(talk: Talk) -> Message:
    if talk.text == "nothing":
        return talk.end("talk-left", (cards.SHELF, cards.MY_ORDERS))
    return _number_said(talk, talk.text)


def _number_said(talk: Talk, said: str) -> Message:
    """The password is asked for whether or not there is such an order."""
    talk.answers["number"] = old_orders.tidy(said)
    return talk.ask(password, "old-order-password", (NOTHING,), numbered=False)


@looking_back.free_step
async def password(talk: Talk) -> Message:
    if talk.text == "nothing":
        return talk.end("talk-left", (cards.SHELF, cards.MY_ORDERS))
    try:
        found = await talk.write(_look_up, talk.person, talk.answers["number"], talk.text)
    except TooManyTries as refusal:
        return talk.end("too-many-tries", (cards.MY_ORDERS, cards.HUMAN), most=refusal.facts["most"])
    if found is None:
        return talk.ask(number, "old-order-wrong", (cards.HUMAN, NOTHING), numbered=False)
    return found


def _look_up(tx: Tx, person: Person, number: str, typed: str, *, request_key: str) -> Message | None:
    found = old_orders.look_up(tx, person, number, typed, request_key)
    return None if found is None else old_orders.card(tx, found)
