"""Messages made for whoever reads them: in their language, with what is theirs opened and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from core import (
    customers,
    enquiries,
    exports,
    gifts,
    hiring,
    inventory,
    linking,
    listings,
    old_orders,
    orders,
    pickup,
    reveals,
    rooms,
    staff,
)
from core.authority import Right
from core.customers import Person
from core.ground import presses
from core.ground.db import Tx
from core.ground.messages import Answer, Invitation, Message, Note, OneTime, Phrase, Revealed, Sealed, Spoken, words
from core.ground.vault import Secret
from core.ground.words import Hearer, Opened, parts, render, speak, tame
from core.orders import Order
from core.pasted import PastedCode
from core.units import Unit


def address(tx: Tx, person_id: str, message: Message, *, offers: bool = True) -> Spoken:
    """A message that comes by itself, made for its person: buttons that act get their tokens, numbers their meaning.

    In the middle of a conversation numbers keep the meaning they have there.
    """
    return addressed(tx, person_id, message, offers=offers)[1]


def addressed(
    tx: Tx, person_id: str, message: Message, whose: Mapping[str, Right] | None = None, *, offers: bool = True
) -> tuple[Person, Spoken]:
    """As address(), with whom it is for: of what was said to a room that is closed, the room its chat has now.

    Somebody who works here gets the buttons they may press, by `whose` verb each is; a room, where many read, all.
    `offers` is off where it may never be shown: who shows it binds its numbers then. Raises SendError where there is
    no room, or its new id is not confirmed.
    """
    reached = rooms.stands_for(tx, person_id)
    if whose and message.choices and staff.is_staff(tx, reached):
        message = staff.theirs(message, staff.colleague(tx, reached).rights, whose)
    return made_for(tx, reached, message, offers=offers)


def made_for(
    tx: Tx, person_id: str, message: Message, about: Order | None = None, *, offers: bool = True
) -> tuple[Person, Spoken]:
    """`about`: the person's order it is about, by who has read it just now."""
    person = customers.person(tx, person_id)
    message = presses.offer(tx, message, person_id)
    spoken = _composed(tx, person, message, about)
    if offers:
        bind(tx, person_id, spoken)
    return person, spoken


def bind(tx: Tx, person_id: str, spoken: Spoken) -> None:
    """From now on a number means what this message offers; in the middle of a conversation it keeps its meaning."""
    customers.offer(tx, person_id, offered(spoken), only_between_talks=True)


def offered(spoken: Spoken) -> list[dict[str, str]]:
    """What can be typed instead of pressing: each choice's label, and its number where numbers are shown."""
    return [
        {"label": choice.label.casefold(), "says": choice.says}
        | ({"number": str(number)} if spoken.source.numbered else {})
        for number, choice in enumerate(spoken.answerable, 1)
        if choice.says
    ]


def compose(tx: Tx, person_id: str, message: Message) -> Spoken:
    """The message in the person's language, with the codes that are theirs opened. Raises UnknownOrder for others'.

    For a room it is in the room's language, and nothing is opened that only its owner may read: see _in_a_room.
    """
    return _composed(tx, customers.person(tx, person_id), message)


def _composed(tx: Tx, person: Person, message: Message, about: Order | None = None) -> Spoken:
    to = person.hears(tx)

    def their_own(order: int) -> Order:
        if about and (about.id, about.customer) == (order, person.customer):
            return about
        return orders.own_by_id(tx, order, person.customer, person.id)

    def opens(fact: Sealed) -> list[Opened]:
        if about is None and rooms.is_room(tx, person.id):  # an order is no room's
            return [_in_a_room(tx, fact, to)]
        if isinstance(fact, Answer):
            if Right.ANSWER not in staff.colleague(tx, person.id).rights:  # it may be an account with its password
                return [Opened(Secret(enquiries.COVER), Secret(enquiries.COVER))]
            given = Secret(tame(orders.answers_of(tx, orders.get(tx, fact.order))[fact.name]))
            return [Opened(given, given)]
        if isinstance(fact, Note):
            works_here = staff.is_staff(tx, person.id)
            note = enquiries.open_for(tx, fact.note, person.id, staff=works_here)
            whole = not works_here or Right.ANSWER in staff.colleague(tx, person.id).rights
            written = Secret(tame(note.reveal() if whole else enquiries.covered(note)))
            return [Opened(written, written)]
        if isinstance(fact, Invitation):
            token = hiring.token(tx, fact.invite, person.id)
            way_in = Secret(f"{fact.before}{token.reveal()}" if token else enquiries.COVER)
            return [Opened(way_in, way_in)]
        if isinstance(fact, OneTime):
            opens_once = Secret(_one_time(tx, fact, person.id))
            return [Opened(opens_once, opens_once)]
        if isinstance(fact, Revealed):
            revealed = [_opened(code, to) for code in reveals.opened(tx, fact.reveal, person.id)]
            return revealed or [Opened(Secret(enquiries.COVER), Secret(enquiries.COVER))]
        if isinstance(fact, Phrase):
            order = their_own(fact.order)
            said = Secret(pickup.phrase(tx, order, order.locale))
            return [Opened(said, said)]
        order, theirs = _readable(tx, fact.order, person, their_own)
        unit_ids = fact.units if fact.units is not None else tuple(unit.id for unit in order.units)
        shown = [unit for unit in order.units if unit.id in unit_ids and theirs(unit) and unit.may_be_shown]
        found = inventory.reveal(tx, [unit.id for unit in shown])
        several = len({order.line_of(unit).product for unit in order.units}) > 1
        return [
            _opened(found[unit.id], to, order.line_of(unit).terms.name.in_(to.locale) if several else "")
            for unit in shown
            if unit.id in found
        ]

    return speak(message, to, opens)


def _readable(
    tx: Tx, order_id: int, person: Person, own: Callable[[int], Order]
) -> tuple[Order, Callable[[Unit], bool]]:
    """The order, and which of its codes this person may read: the buyer's but what was given away, or what one was
    given. Raises UnknownOrder for anybody else.
    """
    try:
        order = own(order_id)
    except orders.UnknownOrder:
        given = gifts.opened_of(tx, order_id)
        if not any(gift.customer == person.customer for gift in given.values()):
            raise
        return orders.get(tx, order_id), lambda unit: unit.id in given and given[unit.id].customer == person.customer
    given = gifts.opened_of(tx, order_id)
    return order, lambda unit: unit.id not in given or given[unit.id].customer == person.customer


def _in_a_room(tx: Tx, fact: Sealed, to: Hearer) -> Opened:
    """What a sealed fact is in a group, where whoever its admins let in reads along, for good. Raises NotInARoom.

    Codes and pick-up phrases are worth money to any reader: never. What a buyer answered to have something made may
    be an account with its password: it is read in private. What a buyer wrote is what the room is for, but people
    write their codes into it: whatever could be one is covered.
    """
    match fact:
        case Answer():
            shown = Secret(render(words("in-private"), to))
        case Note():
            shown = Secret(tame(enquiries.covered(enquiries.open_for(tx, fact.note, "", staff=True))))
        case _:
            raise rooms.NotInARoom()
    return Opened(shown, shown)


def _one_time(tx: Tx, fact: OneTime, reader: str) -> str:
    """What opens it, for whoever asked for it; covered for others, and once it was used or is too old."""
    by = {
        "reveal": reveals.link,
        "export": exports.link,
        "passphrase": exports.phrase,
        "link": linking.shown,
        "gift": gifts.link,
        "listing": listings.label,
        "old": partial(old_orders.text, piece=fact.piece),
    }
    given = by[fact.what]
    found = given(tx, fact.number, reader)
    return f"{fact.before}{found.reveal()}" if found else enquiries.COVER


def _opened(code: PastedCode, to: Hearer, name: str = "") -> Opened:
    """`name` stands above the code where those of several products are in one message."""
    values = [secret.reveal() for _, secret in code.fields]
    lines = values if len(values) == 1 else [_field(label, secret, to) for label, secret in code.fields]
    if name:
        lines = [tame(name), *lines]
    if code.expires_on:
        lines = [*lines, render(words("code-expires", date=code.expires_on.isoformat()), to)]
    return Opened(Secret("\n".join(lines)), Secret(" ".join(values)))


def _field(label: str, value: Secret, to: Hearer) -> str:
    """A labelled line, into which the formatter puts a placeholder and never the value."""
    kept: list[Secret] = []
    made = render(words("code-field", label=words(f"field-{label}"), value=value), to, kept)
    return "".join(part.reveal() if isinstance(part, Secret) else part for part in parts(made, kept))
