"""Handing codes over: which go to whom, in which message, and that they have arrived."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from core import aftersales, cards, catalog, customers, enquiries, inventory, ledger, orders, restores, staff
from core.catalog import MADE_BY_STAFF
from core.customers import Person
from core.ground import audit, outbox, presses
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import Answer, Codes, Message, Note, Phrase, Sealed, Spoken, words
from core.ground.money import Money
from core.ground.vault import Secret
from core.ground.words import LOCALES, Hearer, Opened, parts, render, sentence, speak, tame
from core.orders import Obligation, Order, State, UnitState
from core.pasted import PastedCode

DELIVER_WITHIN = timedelta(minutes=5)
PHRASE_WORDS = 4  # of a list of 128: 28 bits beside the order's number, guessed at a handful of tries a minute


class NothingToHandOver(ShopError):
    """The unit is not waiting to be made by hand. Facts: number."""


@dataclass(frozen=True)
class Parcel:
    """A message that hands codes over, and to whom."""

    person: str
    message: Message
    units: tuple[int, ...]


def fulfil(tx: Tx, order: Order, actor: str) -> None:
    """Paid becomes fulfilling: what is set aside is handed over, what staff make is asked of them."""
    if orders.move(tx, order.id, State.FULFILLING, State.PAID, what="passed", actor=actor):
        hand_over(tx, orders.get(tx, order.id))


def hand_over(tx: Tx, order: Order) -> None:
    """Grant every reserved unit of a fulfilling order; units made by hand are owed by staff until a time."""
    if order.state is not State.FULFILLING:
        raise RuntimeError(f"order {order.number} is {order.state}: nothing may be granted")
    restores.must_be_checked(tx)
    by_hand = {line.id for line in order.lines if line.terms.kind in MADE_BY_STAFF}
    for unit in order.units:
        if unit.line in by_hand:
            within = order.terms.hand_minutes
            due = tx.now + (tx.rules.hand_within if within is None else timedelta(minutes=within))
            orders.owe(tx, unit.id, UnitState.BACKORDER, Obligation.BY_HAND, "staff", due)
        else:
            inventory.grant(tx, unit.id)
            orders.owe(tx, unit.id, UnitState.GRANTED, Obligation.DELIVER, "shop", tx.now + DELIVER_WITHIN)
    if by_hand:
        owed = orders.get(tx, order.id)
        staff.say(tx, f"preparing {order.number}", order.person, cards.preparing(owed))
        staff.tell(tx, f"by hand {order.number}", cards.by_hand(owed))
    else:
        _send(tx, order, f"deliver {order.id}")


def made_by_hand(tx: Tx, order: Order, text: Secret, person: str, key: str) -> Order:
    """Staff made the next unit that is owed by hand: it is granted and sent. Raises NothingToHandOver."""
    staff.colleague(tx, person)
    restores.must_be_checked(tx)
    order = orders.locked(tx, order.id)
    owed = order.owing(Obligation.BY_HAND)
    if order.state is not State.FULFILLING or not owed:
        raise NothingToHandOver(number=order.number)
    unit = owed[0]
    product = catalog.by_id(tx, next(line.product for line in order.lines if line.id == unit.line))
    inventory.made_by_hand(tx, product, unit.id, text.reveal(), person)
    orders.owe(tx, unit.id, UnitState.GRANTED, Obligation.DELIVER, "shop", tx.now + DELIVER_WITHIN)
    orders.record(tx, order.id, "made_by_hand", person, unit=unit.position, key=key)
    audit.write(tx, person, "fulfil", f"order {order.number}", unit=unit.position)
    _send(tx, order, f"deliver {order.id} unit {unit.id}")
    return orders.get(tx, order.id)


# Sending


def _send(tx: Tx, order: Order, key: str) -> None:
    outbox.put(tx, "deliver", key, via=order.person.partition(":")[0], order=order.id)


def parcel(tx: Tx, order_id: int) -> Parcel | None:
    """What is to be sent for an order now; None when nothing waits for sending."""
    order = orders.get(tx, order_id)
    waiting = tuple(unit.id for unit in order.owing(Obligation.DELIVER))
    if not waiting:
        return None
    return Parcel(order.person, cards.delivered(order, Codes(order.id, waiting)), waiting)


def sent(tx: Tx, order_id: int, unit_ids: Sequence[int], sent_as: str) -> None:
    """The chat has taken the codes: granted becomes sent, the money is earned. A repeat changes nothing."""
    order = orders.locked(tx, order_id)
    for unit in order.units:
        if unit.id in unit_ids and orders.settle(tx, unit.id, UnitState.SENT, sent_as):
            price = Money(unit.price, order.total.currency)
            if price.amount:
                ledger.post(tx, f"unit {unit.id}", price, came_from="sales", went_to=f"owed:{order.number}")
    orders.record(tx, order_id, "sent", "shop", units=len(unit_ids))
    audit.write(tx, "shop", "reveal", f"order {order.number}", to=order.person, count=len(unit_ids))
    aftersales.finish(tx, order_id)


def unreachable(tx: Tx, order_id: int, unit_ids: Sequence[int], why: str) -> None:
    """The chat refuses for good: the codes wait in "my orders" until the buyer comes for them."""
    order = orders.locked(tx, order_id)
    customers.unreachable(tx, order.person)
    for unit in order.units:
        if unit.id in unit_ids and unit.obligation is Obligation.DELIVER:
            orders.owe(tx, unit.id, UnitState.GRANTED, Obligation.PICKUP, "buyer", tx.now + timedelta(days=365))
    orders.record(tx, order_id, "unreachable", "shop", why=why[:100])


def shown(tx: Tx, order: Order, person: Person) -> Message:
    """The buyer asks for codes handed over before: the same codes again, written down as a reveal."""
    granted = tuple(unit.id for unit in order.units if unit.state in (UnitState.GRANTED, UnitState.SENT))
    audit.write(tx, person.id, "reveal", f"order {order.number}", to=person.id, count=len(granted))
    waiting = tuple(unit.id for unit in order.units if unit.obligation in (Obligation.PICKUP, Obligation.DELIVER))
    if waiting:
        sent(tx, order.id, waiting, f"shown to {person.id}")
    return cards.delivered(order, Codes(order.id, granted))


# Composing


def address(tx: Tx, person_id: str, message: Message) -> Spoken:
    """A message that comes by itself, made for its person: buttons that act get their tokens, numbers their meaning.

    In the middle of a conversation numbers keep the meaning they have there.
    """
    message = presses.offer(tx, message, person_id)
    spoken = compose(tx, person_id, message)
    customers.offer(tx, person_id, offered(spoken), only_between_talks=True)
    return spoken


def offered(spoken: Spoken) -> list[dict[str, str]]:
    """What can be typed instead of pressing: each choice's label, and its number where numbers are shown."""
    return [
        {"label": choice.label.casefold(), "says": choice.says}
        | ({"number": str(number)} if spoken.source.numbered else {})
        for number, choice in enumerate(spoken.answerable, 1)
        if choice.says
    ]


def compose(tx: Tx, person_id: str, message: Message) -> Spoken:
    """The message in the person's language, with the codes that are theirs opened. Raises UnknownOrder for others'."""
    person = customers.person(tx, person_id)
    to = person.hears(tx)

    def opens(fact: Sealed) -> list[Opened]:
        if isinstance(fact, Answer):
            staff.colleague(tx, person.id)
            given = Secret(tame(orders.answers_of(tx, orders.get(tx, fact.order))[fact.name]))
            return [Opened(given, given)]
        if isinstance(fact, Note):
            note = enquiries.open_for(tx, fact.note, person.id, staff=staff.is_staff(tx, person.id))
            written = Secret(tame(note.reveal()))
            return [Opened(written, written)]
        owned = tx.value(orders.OWN_BY_ID, order=fact.order, customer=person.customer, person=person.id)
        if owned is None:
            raise orders.UnknownOrder()
        order = orders.get(tx, owned)
        if isinstance(fact, Phrase):
            said = Secret(phrase(tx, order, order.locale))
            return [Opened(said, said)]
        unit_ids = fact.units if fact.units is not None else tuple(unit.id for unit in order.units)
        found = inventory.reveal(tx, [unit.id for unit in order.units if unit.id in unit_ids])
        return [_opened(found[unit.id], to) for unit in order.units if unit.id in found]

    return speak(message, to, opens)


def _opened(code: PastedCode, to: Hearer) -> Opened:
    values = [secret.reveal() for _, secret in code.fields]
    lines = values if len(values) == 1 else [_field(label, secret, to) for label, secret in code.fields]
    if code.expires_on:
        lines = [*lines, render(words("code-expires", date=code.expires_on.isoformat()), to)]
    return Opened(Secret("\n".join(lines)), Secret(" ".join(values)))


def _field(label: str, value: Secret, to: Hearer) -> str:
    """A labelled line, into which the formatter puts a placeholder and never the value."""
    kept: list[Secret] = []
    made = render(words("code-field", label=words(f"field-{label}"), value=value), to, kept)
    return "".join(part.reveal() if isinstance(part, Secret) else part for part in parts(made, kept))


# Picking an order up without the chat it was placed in


def phrase(tx: Tx, order: Order, locale: str) -> str:
    """The order's pick-up phrase: worked out from its number by the vault's key, stored nowhere."""
    digest = tx.vault.fingerprint(order.number, "pick-up")
    among = _phrase_words(locale)
    return " ".join(among[digest[place] % len(among)] for place in range(PHRASE_WORDS))


def _phrase_words(locale: str) -> list[str]:
    return sentence(locale, "pickup-words").split()


def pick_up(tx: Tx, number: str, said: str, person: Person) -> Order:
    """Open an order for whoever knows its number and phrase; from now on its messages come here.

    Raises UnknownOrder for a wrong number and a wrong phrase alike.
    """
    order = orders.numbered(tx, number)
    given = _normal(said)
    phrases = [_normal(phrase(tx, order, locale)) for locale in LOCALES]
    prints = [tx.vault.fingerprint(text, "compare") for text in (given, *phrases)]
    if prints[0] not in prints[1:]:
        raise orders.UnknownOrder()
    tx.changed(orders.PICKED_UP, order_id=order.id, person_id=person.id, at=tx.now)
    tx.changed(orders.PICK_UP, order=order.id, person=person.id)
    orders.record(tx, order.id, "picked_up", person.id)
    return orders.get(tx, order.id)


def _normal(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())
