"""Handing codes over: which go to whom, in which message, and that they have arrived."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from dataclasses import replace as changed
from datetime import datetime, timedelta

from core import (
    aftersales,
    attempts,
    batches,
    cards,
    catalog,
    claimcards,
    claims,
    composing,
    customers,
    enquiries,
    gift_notes,
    gifts,
    inventory,
    ledger,
    mailing,
    order_events,
    orders,
    purchases,
    restores,
    staff,
    staffcards,
    switches,
    units,
)
from core.attempts import Outcome, Way, What
from core.authority import Right
from core.catalog import made_by_staff
from core.customers import Person
from core.ground import audit, outbox
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import Codes, Message, Spoken
from core.ground.money import Money
from core.ground.vault import Secret
from core.orders import Order, State
from core.quiet import Kind
from core.units import Obligation, Unit, UnitState

DELIVER_WITHIN = timedelta(minutes=5)
HELD_WITHIN = timedelta(days=1)  # while deliveries are held: then staff hear of it like of all that is overdue
FETCH_WITHIN = timedelta(days=365)


UNREADY = (  # what keeps back the rest of what goes together
    Obligation.RISK,
    Obligation.LATER,
    Obligation.REVIEW,
    Obligation.SUPPLIER,
    Obligation.BY_HAND,
    Obligation.CHOICE,
    Obligation.WAIT_STOCK,
)


class NotReplaced(ShopError):
    """This code is not replaced: it wasn't sent, it is too long ago, or too many were replaced. Facts: number."""


class NothingToHandOver(ShopError):
    """The unit is not waiting to be made by hand. Facts: number."""


@dataclass(frozen=True)
class Parcel:
    """A message that hands codes over, and to whom."""

    person: str
    message: Message
    units: tuple[int, ...]
    order: Order


def fulfil(tx: Tx, order: Order, actor: str) -> list[int]:
    """Paid becomes fulfilling: what is set aside is handed over, what staff make is asked of them. As hand_over."""
    if orders.move(tx, order.id, State.FULFILLING, *orders.UNWEIGHED, what="passed", actor=actor):
        return hand_over(tx, changed(order, state=State.FULFILLING))
    return []


def hand_over(tx: Tx, order: Order, served: Collection[int] = ()) -> list[int]:
    """Of a fulfilling order, grant what was weighed, and what was `served` since; have made what must be made.

    Returns the units whose code was taken out of stock meanwhile: they have none.
    """
    if order.state is not State.FULFILLING:
        raise RuntimeError(f"order {order.number} is {order.state}: nothing may be granted")
    now = [u for u in order.units if u.id in served or u.obligation in (Obligation.RISK, Obligation.REVIEW)]
    due = tx.now + DELIVER_WITHIN
    made = {unit.id: by for unit in now if (by := _have_made(tx, order, unit)) is not None}
    if order.terms.together and made:
        due = max(made.values()) + DELIVER_WITHIN
    there = {
        unit.id: changed(unit, state=UnitState.RESERVED, obligation=Obligation.DELIVER, due_at=due)
        for unit in now
        if unit.id not in made
    }
    owed = changed(order, units=tuple(there.get(unit.id, unit) for unit in order.units))
    if made or _kept_back(owed):  # else it is granted at once, and owed as that says
        for unit in there:
            units.owe(tx, unit, UnitState.RESERVED, Obligation.DELIVER, "shop", due)
        owed = orders.get(tx, order.id)
    by_hand = [unit.id for unit in owed.owing(Obligation.BY_HAND) if unit.id in made]
    if by_hand:  # more of an order may have to be made later, or again after a dispute: that is news
        key = f"{order.number} v{owed.version} unit {by_hand[0]}"
        staff.say(tx, f"preparing {key}", order.person, cards.preparing(owed))
        staff.tell(tx, f"by hand {key}", staffcards.by_hand(owed), Kind.HANDS)
    return _grant_ready(tx, owed)


def _have_made(tx: Tx, order: Order, unit: Unit) -> datetime | None:
    """Have staff make the unit, or a supplier sell it to us; returns by when. None where its code lies ready."""
    terms = order.line_of(unit).terms
    if made_by_staff(terms.kind, terms.supplier):
        within = tx.rules.hand_within if terms.hand_minutes is None else timedelta(minutes=terms.hand_minutes)
        units.owe(tx, unit.id, UnitState.BACKORDER, Obligation.BY_HAND, "staff", tx.now + within)
        return tx.now + within
    if terms.supplier and not inventory.is_set_aside(tx, unit.id) and not purchases.is_confirmed(tx, unit.id):
        return purchases.order(tx, order, unit)
    return None  # what was bought for it, and has gone to another meanwhile, is not bought again: it is short


def grant(tx: Tx, order_id: int) -> list[int]:
    """Grant what is ready and send it; what goes together, when all of it is ready. Returns as hand_over."""
    return _grant_ready(tx, orders.get(tx, order_id))


def _grant_ready(tx: Tx, order: Order) -> list[int]:
    ready = [unit for unit in order.owing(Obligation.DELIVER) if unit.state is UnitState.RESERVED]
    if not ready or _kept_back(order):
        return []
    restores.must_be_checked(tx)
    if switches.held(tx):
        _keep_back(tx, order, ready)
        return []
    missing = [unit.id for unit in ready if order.terms.together and not inventory.is_grantable(tx, unit.id)]
    if missing:  # of what goes together nothing is shown
        return missing
    for unit in ready:
        try:
            inventory.grant(tx, unit.id)
        except inventory.CodeGone:
            missing.append(unit.id)
            continue
        units.owe(tx, unit.id, UnitState.GRANTED, Obligation.DELIVER, "shop", tx.now + DELIVER_WITHIN)
    granted = [changed(unit, state=UnitState.GRANTED) for unit in ready if unit.id not in missing]
    if granted:
        _send(tx, order, f"deliver {order.id} unit {granted[0].id}", granted)
    return missing


def _keep_back(tx: Tx, order: Order, ready: Sequence[Unit], among: Sequence[int] | None = None) -> None:
    """Deliveries are held: it stays owed, in its place in the line, and the buyer is told so, once a time."""
    for unit in ready:
        units.owe(tx, unit.id, unit.state, Obligation.DELIVER, "shop", tx.now + HELD_WITHIN)
    first = switches.keep_back(tx, order.id, among)
    if first is not None:
        staff.say(tx, f"kept back {order.number} {first}", order.person, cards.kept_back(order))


def let_go(tx: Tx, row: int) -> tuple[Order, list[int]] | None:
    """Deliveries go on: what was kept back is granted and sent. Returns the order, and the units as hand_over does.

    None for a repeat, and while deliveries are held (again).
    """
    found = switches.release(tx, row)
    if found is None:
        return None
    order_id, among = found
    order = orders.locked(tx, order_id)
    waiting = [unit for unit in order.owing(Obligation.DELIVER) if among is None or unit.id in among]
    for unit in waiting:
        units.owe(tx, unit.id, unit.state, Obligation.DELIVER, "shop", tx.now + DELIVER_WITHIN)
    if among is None:
        return order, (_grant_ready(tx, orders.get(tx, order_id)) if order.state is State.FULFILLING else [])
    if waiting:
        _send(tx, order, f"deliver {order.id} kept back {row}", waiting)
    return order, []


def _kept_back(order: Order) -> bool:
    """What goes together waits until all of it is ready."""
    return order.terms.together and bool(order.owing(*UNREADY))


def made_by_hand(tx: Tx, order: Order, text: Secret, person: str, key: str) -> Order:
    """Staff made the next unit that is owed by hand: it is granted and sent. Raises NothingToHandOver."""
    staff.may(tx, person, Right.ANSWER)
    restores.must_be_checked(tx)
    order = orders.locked(tx, order.id)
    owed = order.owing(Obligation.BY_HAND)
    if order.state is not State.FULFILLING or not owed:
        raise NothingToHandOver(number=order.number)
    unit = owed[0]
    batches.made_by_hand(tx, catalog.by_id(tx, order.line_of(unit).product), unit.id, text.reveal(), person)
    units.owe(tx, unit.id, UnitState.RESERVED, Obligation.DELIVER, "shop", tx.now + DELIVER_WITHIN)
    order_events.record(tx, order.id, "made_by_hand", person, unit=unit.position, key=key)
    audit.write(tx, person, "fulfil", f"order {order.number}", unit=unit.position)
    grant(tx, order.id)
    return orders.get(tx, order.id)


def replace(tx: Tx, order_id: int, position: int, why: str, person: str, key: str) -> Order:
    """A code that was sent is bad: it is taken out of stock for good, and another one is handed over at no price.

    Once at a time for a unit, within the product's after-sale days, and not more than the rules say for one buyer.
    Raises NotReplaced, OutOfStock, NotStaff; nothing has changed then.
    """
    staff.may(tx, person, Right.ANSWER)
    return hand_another(tx, order_id, position, why, person, key)


def hand_another(
    tx: Tx, order_id: int, position: int, why: str, person: str, key: str, reported: datetime | None = None
) -> Order:
    """As replace, for whoever has asked already whether it may be done: a claim, `reported` then, is decided later.

    A claim that goes on about this code ends by it.
    """
    restores.must_be_checked(tx)
    order = orders.locked(tx, order_id)
    unit = next((unit for unit in order.units if unit.position == position), None)
    if unit is None or not is_replaceable(tx, order, unit, reported or tx.now):
        raise NotReplaced(number=order.number)
    orders.move(tx, order.id, State.FULFILLING, State.DELIVERED, what="replacing", actor=person)
    if not units.replace(tx, unit.id, tx.now + DELIVER_WITHIN):
        raise NotReplaced(number=order.number)
    grant = inventory.replace(tx, catalog.by_id(tx, order.line_of(unit).product), unit.id)
    reason = enquiries.covered(Secret(why))[:100]  # people quote the code they complain of
    order_events.record(tx, order.id, "replaced", person, unit=position, why=reason, key=key)
    audit.write(tx, person, "replace", f"order {order.number}", unit=position, why=reason)
    claim = claims.going_on(tx, unit.id)
    if claim and claims.end(tx, claim, claims.State.REPLACED, person):
        claimcards.tell_ended(tx, claims.get(tx, claim.id))
    _send(tx, order, f"deliver {order.id} unit {unit.id} grant {grant}", [changed(unit, state=UnitState.REPLACING)])
    return orders.get(tx, order.id)


def is_replaceable(tx: Tx, order: Order, unit: Unit, reported: datetime) -> bool:
    """Whether its code may be replaced, as far as the shop's own rules say: whether there is another is not asked."""
    terms = order.line_of(unit).terms
    if (
        order.state not in (State.FULFILLING, State.DELIVERED)
        or made_by_staff(terms.kind, terms.supplier)
        or unit.sent_at is None
        or unit not in aftersales.not_yet_back(tx, order)  # its price is the answer
    ):
        return False
    recent = tx.value(orders.REPLACED_OF, customer=order.customer, after=tx.now - tx.rules.replaced_in)
    return unit.sent_at + timedelta(days=terms.after_sale_days) > reported and recent < tx.rules.replacements


# Sending


def _send(
    tx: Tx, order: Order, key: str, ready: Sequence[Unit], due: datetime | None = None, *, here: bool = False
) -> None:
    """No earlier than `due`. `here`: in the chat, where they are now, whichever way is the first.

    The row names its units: of two rows under way at once neither sends what the other does.

    What was sold by hand waits for staff to fetch it, each unit in the state it is in: what one replaces was earned
    with its first code, and only its state tells.
    """
    given = _given_away(tx, order, ready)
    for unit in ready:
        if unit.id in given:  # what was given away goes to whom it was given
            to = given[unit.id]
            outbox.put(tx, "deliver", f"{key} gift {unit.id}", to=to, due=due, order=order.id, units=[unit.id])
    ready = [unit for unit in ready if unit.id not in given]
    if customers.is_elsewhere(order.person):
        for unit in ready:
            units.owe(tx, unit.id, unit.state, Obligation.PICKUP, "staff", tx.now + FETCH_WITHIN)
        return
    if not ready:
        return
    if not here and mailing.first(tx, order, f"mail {key}", [unit.id for unit in ready]):
        for unit in ready:
            units.owe(tx, unit.id, unit.state, Obligation.PICKUP, "buyer", tx.now + FETCH_WITHIN)
        return
    outbox.put(tx, "deliver", key, to=order.person, due=due, order=order.id, units=[unit.id for unit in ready])


def _given_away(tx: Tx, order: Order, units: Sequence[Unit]) -> dict[int, str]:
    """To whom those of the units belong that were given away: before they were ever sent, too."""
    away = gifts.opened_of(tx, order.id)
    return {unit.id: str(away[unit.id].opened_by) for unit in units if unit.id in away}


def parcel(tx: Tx, order_id: int, units: Sequence[int] | None = None) -> Parcel | None:
    """What of these units, or of the whole order, is to be sent now; None when nothing waits for sending."""
    order = orders.get(tx, order_id)
    ready = [unit for unit in order.owing(Obligation.DELIVER) if _may_go(unit, units)]
    if not ready:
        return None
    given = _given_away(tx, order, ready)
    to = given.get(ready[0].id)
    ready = [unit for unit in ready if given.get(unit.id) == to]
    waiting = tuple(unit.id for unit in ready)
    if to:
        gift = gifts.opened_of(tx, order.id)[ready[0].id]
        giver = customers.person(tx, gift.giver).name or cards.handle(gift.giver)
        return Parcel(to, gift_notes.gift(order, ready[0], gift.id, giver), waiting[:1], order)
    replaced = all(unit.state is UnitState.REPLACING for unit in ready)
    site = None if order.person.startswith("browser:") else tx.rules.site  # they are there already
    message = cards.delivered(order, Codes(order.id, waiting), replaced=replaced, site=site, rules=tx.rules)
    return Parcel(order.person, message, waiting, order)


def packed(
    tx: Tx, order_id: int, units: Sequence[int] | None = None, *, offers: bool = True
) -> tuple[Parcel, Person, Spoken] | None:
    """As parcel(), with whom it is for, and its message made for them, as in addressed().

    While deliveries are held it is None, and what was to go waits until they go on.
    """
    found = parcel(tx, order_id, units)
    if found and switches.held(tx):
        order = orders.locked(tx, order_id)
        ready = [unit for unit in order.owing(Obligation.DELIVER) if unit.id in found.units and _may_go(unit, units)]
        _keep_back(tx, order, ready, [unit.id for unit in ready])
        return None
    return found and (found, *composing.made_for(tx, found.person, found.message, found.order, offers=offers))


def _may_go(unit: Unit, among: Sequence[int] | None) -> bool:
    return unit.state in units.HANDED_OVER and (among is None or unit.id in among)


def sent(tx: Tx, order_id: int, unit_ids: Sequence[int], sent_as: str, *, way: Way | None = Way.CHAT) -> None:
    """The chat has taken the codes: granted becomes sent, the money is earned. A repeat changes nothing.

    `way` is another where it was no chat that we sent them through; None where their buyer came for them.
    """
    order = orders.locked(tx, order_id)
    now = {unit.id: unit for unit in order.units}
    given = _given_away(tx, order, [unit for unit in order.units if unit.id in unit_ids])
    to = next((given[unit] for unit in unit_ids if unit in given), order.person)
    fresh = to == order.person and way is Way.CHAT
    taken = fresh and any(unit.id in unit_ids and unit.state is not UnitState.SENT for unit in order.units)
    if taken:
        _note(tx, order, Outcome.SENT, sent_as)
    for unit in order.units:
        if unit.id in unit_ids and units.settle(tx, unit.id, UnitState.SENT, sent_as):
            now[unit.id] = changed(unit, state=UnitState.SENT, obligation=None)
            price = Money(unit.price, order.total.currency)
            if price.amount and unit.state is not UnitState.REPLACING:  # which was earned with its first code
                ledger.post(tx, f"unit {unit.id}", price, came_from="sales", went_to=ledger.owed(order.number))
    event = order_events.record(tx, order_id, "sent", "shop", units=len(unit_ids))
    if taken:
        mailing.also(tx, order, unit_ids, event)
    audit.write(tx, "shop", "reveal", f"order {order.number}", to=to, count=len(unit_ids))
    aftersales.finish(tx, order_id, now.values())


def _note(tx: Tx, order: Order, outcome: Outcome, reference: str) -> None:
    shown = cards.handle(order.person)
    attempts.note(tx, order.id, Way.CHAT, What.CODES, outcome, shown=shown, reference=reference)


def unreachable(
    tx: Tx, order_id: int, unit_ids: Sequence[int], why: str, *, unheard: bool = False, rings: bool = False
) -> None:
    """The chat refuses for good: the codes wait in "my orders" until the buyer comes for them, or resume().

    `unheard`: it refuses only until their next word, and `rings` if it can ring for them meanwhile. Whoever else knows
    the order is told, in a chat that is open, and by the ways that come after the chat.
    """
    order = orders.locked(tx, order_id)
    given = _given_away(tx, order, [unit for unit in order.units if unit.id in unit_ids])
    friend = next((given[unit] for unit in unit_ids if unit in given), None)
    if not friend:
        _note(tx, order, Outcome.UNHEARD if unheard else Outcome.REFUSED, why)
    if not unheard:
        customers.unreachable(tx, friend or order.person)
    elif rings and not friend:
        chat = customers.person(tx, order.person).chat
        outbox.put(tx, "ring", f"ring {order.number} v{order.version} {unit_ids[0]}", via=chat, order=order.id)
    known = {row.person_id for row in tx.all(orders.OPENED_BY, order=order.id)} - {order.person}
    for person in sorted(known.union(customers.elsewhere(tx, order.customer, order.person)) if not friend else ()):
        staff.say(tx, f"fetch {order.number} v{order.version} {unit_ids[0]} {person}", person, cards.fetch_here(order))
    for unit in order.units:
        if unit.id in unit_ids and unit.obligation is Obligation.DELIVER:
            units.owe(tx, unit.id, unit.state, Obligation.PICKUP, "buyer", tx.now + FETCH_WITHIN)
    if not friend:
        mailing.instead(tx, order, unit_ids)
    order_events.record(tx, order_id, "unheard" if unheard else "unreachable", "shop", why=why[:100])


@dataclass(frozen=True)
class Ring:
    """What a bell may say of codes that wait: never a code."""

    person: Person
    number: str
    product: str


def to_ring_for(tx: Tx, order_id: int) -> Ring | None:
    """Whose codes wait to be fetched; None where they don't any more."""
    order = orders.get(tx, order_id)
    if not order.owing(Obligation.PICKUP):
        return None
    person = customers.person(tx, order.person)
    return Ring(person, order.number, order.terms.name.in_(person.locale))


def rung(tx: Tx, order_id: int, why: str = "") -> None:
    """The bell was rung for an order; or it can't be, and `why`."""
    outcome = Outcome.REFUSED if why else Outcome.SENT
    attempts.note(tx, order_id, Way.BELL, What.NOTICE, outcome, reference=why)
    order_events.record(tx, order_id, "not_rung" if why else "rung", "shop", **({"why": why[:100]} if why else {}))


def by_chat(tx: Tx, order_id: int, key: str, unit_ids: Sequence[int]) -> None:
    """The ways before the chat took nothing: what waits goes there. Once per key."""
    order = orders.locked(tx, order_id)
    waiting = [unit for unit in order.owing(Obligation.PICKUP) if unit.id in unit_ids and unit.may_be_shown]
    for unit in waiting:
        units.owe(tx, unit.id, unit.state, Obligation.DELIVER, "shop", tx.now + DELIVER_WITHIN)
    if waiting:
        _send(tx, order, key, waiting, here=True)


def resume(tx: Tx, person_id: str, event: str, due: datetime | None = None) -> None:
    """The buyer can be reached again: what waited for them to come is sent, no earlier than `due`. Once per event."""
    customers.reachable(tx, person_id)
    for order_id in sorted({*orders.to_fetch(tx, person_id), *gifts.to_fetch(tx, person_id)}):
        order = orders.locked(tx, order_id)
        waiting = [unit for unit in order.owing(Obligation.PICKUP) if unit.may_be_shown]
        for unit in waiting:
            units.owe(tx, unit.id, unit.state, Obligation.DELIVER, "shop", tx.now + DELIVER_WITHIN)
        if waiting:
            _send(tx, order, f"deliver {order.id} {event}", waiting, due, here=True)


def shown(tx: Tx, order: Order, person: Person) -> Message:
    """The buyer asks for codes handed over before: the same codes again, written down as a reveal.

    While deliveries are held, only those that had reached them.
    """
    granted, away = given(tx, order), gifts.live(tx, order.id)
    if not granted:
        return gift_notes.given_away(order, away) if away else cards.kept_back(order)
    audit.write(tx, person.id, "reveal", f"order {order.number}", to=person.id, count=len(granted))
    owed = order.owing(Obligation.PICKUP, Obligation.DELIVER)
    waiting = tuple(unit.id for unit in owed if unit.id in granted)
    if waiting:
        sent(tx, order.id, waiting, f"shown to {person.id}", way=None)
    made = cards.delivered(order, Codes(order.id, granted), rules=tx.rules)
    return gift_notes.with_gifts(made, order, away)


def given(tx: Tx, order: Order) -> tuple[int, ...]:
    """The units whose codes their buyer may see now: as at_hand(), and not what somebody was given."""
    there = at_hand(tx, order)
    away = gifts.opened_of(tx, order.id) if there else {}
    return tuple(unit for unit in there if unit not in away)


def at_hand(tx: Tx, order: Order) -> tuple[int, ...]:
    """The units whose codes may be seen now: while deliveries are held, only those that had reached anybody."""
    held = switches.held(tx)
    return tuple(unit.id for unit in order.units if unit.may_be_shown and not (held and unit.obligation))
