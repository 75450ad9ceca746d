"""Reaching a buyer by mail: what is in it, made at the moment of sending, and what became of it.

The codes go to nobody but the order's buyer: into their own chat, or to the address that they gave and proved.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from core import (
    attempts,
    cards,
    composing,
    contacts,
    customers,
    delivery,
    gifts,
    mailing,
    order_links,
    orders,
    switches,
)
from core.attempts import Outcome, Way, What
from core.contacts import Contact
from core.customers import Person
from core.ground.db import Tx
from core.ground.errors import SendError
from core.ground.messages import Codes, Message, Sealed, Spoken, SpokenChoice, Words, unpack, words
from core.ground.outbox import OutboxRow
from core.ground.vault import Secret
from core.ground.words import render, speak
from core.orders import Order
from core.units import Obligation

LOOKS_AGAIN = timedelta(minutes=1)  # while deliveries are held


@dataclass(frozen=True)
class Letter:
    """A mail that is ready to go, and what it is about. Lives only until it is sent."""

    address: Secret
    said: Spoken
    contact: Contact
    order: int | None = None
    what: What = What.NOTICE
    units: tuple[int, ...] = ()  # whose codes are in it


def ready(tx: Tx, row: OutboxRow) -> Letter | None:
    """The mail of a row, made now. None where it is not wanted any more, or is known to have gone.

    Raises SendError while deliveries are held: nothing is said to be ready that nobody may open.
    """
    contact = contacts.one(tx, row.payload["contact"])
    address = contacts.address(tx, contact.id)
    if address is None or attempts.has_gone(tx, row.effect_key):
        return None
    if row.payload["what"] == "proof":
        return _proof(tx, row, contact, address)
    order = orders.locked(tx, row.payload["order"])
    if not contact.good or not _still_theirs(tx, contact, order):
        return None
    if row.payload["what"] == mailing.NOTICE:
        return _letter(tx, row, contact, address, order, _notice(row, order), What.NOTICE)
    away = gifts.opened_of(tx, order.id)
    units = tuple(unit for unit in _wanted(row, order) if unit not in away)
    if not units:
        return None
    if switches.held(tx):
        raise SendError("deliveries are held", wait=LOOKS_AGAIN)
    if tx.rules.mails_codes:
        card = cards.delivered(order, Codes(order.id, units), rules=tx.rules)
        return replace(_letter(tx, row, contact, address, order, card, What.CODES), units=units)
    waits = Message((words("mail-codes-wait", number=order.number), words("mail-link-how")))
    return _letter(tx, row, contact, address, order, waits, What.LINK)


def _still_theirs(tx: Tx, contact: Contact, order: Order) -> bool:
    """Accounts may have parted since it was decided: then it is somebody else's."""
    return customers.person(tx, contact.person).customer == order.customer


def _wanted(row: OutboxRow, order: Order) -> tuple[int, ...]:
    """The units that are told of: those that wait to be fetched; besides a chat, whatever may be shown."""
    besides = row.payload["what"] == mailing.BESIDES
    return tuple(
        unit.id
        for unit in order.units
        if unit.id in row.payload["units"] and unit.may_be_shown and (besides or unit.obligation is Obligation.PICKUP)
    )


def _notice(row: OutboxRow, order: Order) -> Message:
    """What the chat was to be told. What only their own chat may open stays out of it."""
    message = unpack(row.payload["message"])
    if all(isinstance(part, Words) and not _seals(part) for part in message.paragraphs):
        return Message(message.text)
    return Message(words("mail-news", number=order.number))


def _seals(part: Words) -> bool:
    return any(isinstance(fact, Sealed) or (isinstance(fact, Words) and _seals(fact)) for fact in part.facts.values())


def _letter(
    tx: Tx, row: OutboxRow, contact: Contact, address: Secret, order: Order, message: Message, what: What
) -> Letter:
    person = customers.person(tx, order.person)
    said = composing.compose(tx, person.id, message)
    token = order_links.make(tx, order.id, contact.id, row.effect_key)
    link = f"{tx.rules.address}/o/{token.reveal()}"
    opens = SpokenChoice(render(words("choose-open-order"), person.hears(tx)), link=link, main=True)
    title = words("mail-title-order", shop=tx.rules.shop_name, number=order.number)
    said = replace(said, choices=(opens, *said.choices))
    return Letter(address, _titled(tx, row, person, said, title), contact, order.id, what)


def _proof(tx: Tx, row: OutboxRow, contact: Contact, address: Secret) -> Letter | None:
    if contact.proved_at or contact.until <= tx.now:
        return None
    person = customers.person(tx, contact.person)
    shop = tx.rules.shop_name
    asked = words("mail-proof", shop=shop, value=contacts.code(tx, contact.id), time=contact.until)
    said = speak(Message(asked), person.hears(tx), lambda _: [])
    return Letter(address, _titled(tx, row, person, said, words("mail-title-proof", shop=shop)), contact)


def _titled(tx: Tx, row: OutboxRow, person: Person, said: Spoken, title: Words) -> Spoken:
    return replace(said, title=render(title, person.hears(tx)), key=row.effect_key)


# What became of it


def missed(tx: Tx, row: OutboxRow) -> None:
    """Nothing goes by this mail, or nothing any more. Where the chat comes after it, the codes go there."""
    if row.payload["what"] == mailing.BEFORE and not attempts.has_gone(tx, row.effect_key):
        order = row.payload["order"]
        delivery.by_chat(tx, order, f"deliver {order} after mail {row.id}", row.payload["units"])


def mailed(tx: Tx, row: OutboxRow, letter: Letter, sent_as: str) -> None:
    """The mail server has taken it. Codes that were in it are sent; what is behind a link waits for its buyer."""
    if letter.order is None:
        return
    if not _note(tx, letter, Outcome.SENT, row.effect_key, sent_as):
        return
    if letter.units:
        delivery.sent(tx, letter.order, letter.units, sent_as, way=Way.EMAIL)


def returned(tx: Tx, row: OutboxRow, letter: Letter, why: str) -> None:
    """That address takes no mail. Where the chat comes after it, that is tried; else the codes wait for their buyer."""
    if letter.order is None:
        return
    _note(tx, letter, Outcome.REFUSED, f"{row.effect_key} refused", why)
    missed(tx, row)


def waits(tx: Tx, row: OutboxRow, letter: Letter, why: str, *, silent: bool) -> None:
    """It did not go, or nobody knows; the same mail is tried again. Once per try."""
    if letter.order is not None:
        outcome = Outcome.UNKNOWN if silent else Outcome.LATER
        _note(tx, letter, outcome, f"{row.effect_key} try {row.tries}", why)


def _note(tx: Tx, letter: Letter, outcome: Outcome, key: str, reference: str) -> bool:
    assert letter.order is not None  # noqa: S101
    return attempts.note(
        tx,
        letter.order,
        Way.EMAIL,
        letter.what,
        outcome,
        key=key,
        contact=letter.contact.id,
        shown=letter.contact.masked,
        reference=reference,
    )
