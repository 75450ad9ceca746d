"""An address for one's orders: giving it, proving it with the code that is mailed there, taking it back."""

from __future__ import annotations

from bot.buyers import buyers
from bot.conversation import Conversation, Talk
from bot.handlers.help import EMAIL
from bot.handlers.moved_here import to_claim
from core import cards, contacts, old_credit, old_orders
from core.contacts import Contact, Proof
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words

ANOTHER = Choice(words("choose-another-address"), "another", acts=True)
REMOVE = Choice(words("choose-no-mail"), "remove", acts=True)
NOTHING = Choice(words("choose-nothing"), "nothing", acts=True)

mailing = Conversation("mailing", private=True)
buyers.talks(mailing)


@mailing.opens("email")
async def begin(talk: Talk, *said: str) -> Message:
    """Where mail goes now, or the question for an address; with an address behind it, that address at once."""
    if not await talk.read(contacts.by_mail):
        return talk.end("no-mail", (cards.MY_ORDERS, cards.HUMAN))
    if said:
        return await _give(talk, " ".join(said))
    given = await talk.read(contacts.of_customer, talk.person.customer)
    if given is not None:
        about = words("mail-goes-to", address=given.masked)
        return talk.ask_with(choose, Message(about, (ANOTHER, REMOVE, cards.MY_ORDERS)))
    return _asked(talk)


def _asked(talk: Talk) -> Message:
    return talk.ask(address, "mail-ask", (NOTHING,), numbered=False)


@mailing.step
async def choose(talk: Talk) -> Message:
    if talk.text == "another":
        return _asked(talk)
    if talk.text == "remove":
        gone = await talk.write(_remove, talk.person)
        return talk.end("mail-removed" if gone else "mail-none", (EMAIL, cards.MY_ORDERS))
    return await address(talk)


@mailing.step
async def address(talk: Talk) -> Message:
    if talk.text == "nothing":
        return talk.end("talk-left", (cards.SHELF, cards.MY_ORDERS))
    return await _give(talk, talk.text)


async def _give(talk: Talk, typed: str) -> Message:
    try:
        given = await talk.write(_give_it, talk.person, typed)
    except contacts.NoAddress:
        return talk.ask(address, "no-address", (NOTHING,), numbered=False)
    about = words("mail-code-sent", address=given.masked, time=given.until)
    return talk.ask_with(code, Message(about, (ANOTHER, NOTHING), numbered=False))


def _give_it(tx: Tx, person: Person, typed: str, *, request_key: str) -> Contact:
    return contacts.give(tx, person, typed, request_key)


@mailing.step
async def code(talk: Talk) -> Message:
    if talk.text == "another":
        return _asked(talk)
    if talk.text == "nothing":
        return talk.end("talk-left", (cards.SHELF, cards.MY_ORDERS))
    proof = await talk.write(_prove, talk.person, talk.text)
    if proof.contact is not None:
        more = await talk.write(_came_over, talk.person)
        return talk.end("mail-proved", (*more, cards.MY_ORDERS, cards.SHELF), address=proof.contact.masked)
    if not proof.left:
        return talk.end("mail-code-over", (EMAIL, cards.HUMAN))
    return talk.ask(code, "mail-code-wrong", (ANOTHER, NOTHING), numbered=False, n=proof.left)


def _prove(tx: Tx, person: Person, typed: str, *, request_key: str) -> Proof:
    return contacts.prove(tx, person, typed, request_key)


def _came_over(tx: Tx, person: Person, *, request_key: str) -> list[Choice]:
    """What the same address had in the shop that was moved from."""
    orders = [cards.OLD_ORDER] if old_orders.by_mail(tx, person, 1) else []
    return [*map(to_claim, old_credit.by_mail(tx, person)), *orders]


def _remove(tx: Tx, person: Person, *, request_key: str) -> bool:
    return bool(contacts.remove(tx, person))
