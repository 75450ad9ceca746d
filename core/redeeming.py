"""Redeeming: over our own counter, what the shop itself honours, once; and what buyers tell of their codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core import (
    cards,
    customers,
    delivery,
    gifts,
    inventory,
    order_events,
    orders,
    pasted,
    redemptions,
    restores,
    staff,
)
from core.authority import Right
from core.ground import audit
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import Choice, Message, words
from core.ground.tx import AnyRow
from core.ground.vault import Secret
from core.orders import Order, State
from core.redemptions import OURS, Redemption, Source
from core.units import Unit

AT_THE_BANK = (State.DISPUTED, State.DISPUTE_LOST)


class NotHonoured(ShopError):
    """No code that this shop honours, or none that anybody has: which of both is not told."""


class NotHonouredNow(ShopError):
    """Its payment is disputed, or it was taken back: it is not to be honoured. Facts: number."""


class NothingRedeemed(ShopError):
    """There is no code of this order that its buyer could tell of. Facts: number."""


@dataclass(frozen=True)
class Honoured:
    """A code of ours that somebody brought: whose it is, and whether this was the time that counts."""

    order: Order
    unit: Unit
    fresh: bool
    at: datetime
    by: str  # who honoured it, as the shop calls them


def redeem(tx: Tx, typed: Secret, person: str, key: str) -> Honoured:
    """A code is brought to our own counter: it is redeemed, once. Its holder is told.

    A second time says when and by whom, and so does the second of two at once; a repeat of the key is no second time.
    What may be redeemed so often is as often for each who holds it. Raises NotStaff, NotAllowed, NotHonoured,
    NotHonouredNow, BooksBeingChecked.
    """
    staff.may(tx, person, Right.ANSWER)
    restores.must_be_checked(tx)
    holders = _holders(tx, typed)
    for row in holders:
        order = orders.locked(tx, row.order_id)
        unit = next(unit for unit in order.units if unit.id == row.unit_id)
        if not _may_be_honoured(order, unit):
            continue
        if redemptions.tell(tx, order.id, unit.id, row.code_id, Source.SELLER, person, key):
            audit.write(tx, person, "redeem", f"order {order.number}", unit=unit.position)
            _tell_holder(tx, order, unit)
            return Honoured(order, unit, True, tx.now, staff.called(tx, person))
    return _before(tx, holders, key)


def _holders(tx: Tx, typed: Secret) -> Sequence[AnyRow]:
    """Raises NotHonoured for what is no code, none that anybody has, and none that this shop honours."""
    read = pasted.read([typed.reveal()]).codes
    found = tx.all(redemptions.HOLDERS, print=tx.vault.fingerprint(read[0].normal())) if len(read) == 1 else []
    if not found or redemptions.issuer(tx, found[0].product_id) != OURS:
        raise NotHonoured()
    return found


def _may_be_honoured(order: Order, unit: Unit) -> bool:
    return unit.may_be_shown and order.state not in AT_THE_BANK


def _before(tx: Tx, holders: Sequence[AnyRow], key: str) -> Honoured:
    """The last time it was honoured. Raises NotHonouredNow where it never was."""
    told = redemptions.known_of(tx, [row.unit_id for row in holders]).values()
    seller = [one for known in told for one in known if one.source is Source.SELLER]
    if not seller:
        raise NotHonouredNow(number=orders.get(tx, holders[0].order_id).number)
    last = next((one for one in seller if one.key == key), max(seller, key=lambda one: one.at))
    order = orders.get(tx, next(row.order_id for row in holders if row.unit_id == last.unit))
    unit = next(unit for unit in order.units if unit.id == last.unit)
    return Honoured(order, unit, last.key == key, last.at, staff.called(tx, last.by))


def _tell_holder(tx: Tx, order: Order, unit: Unit) -> None:
    """Whoever has it hears of it, and can say that it wasn't them."""
    problem = Choice(words("choose-problem"), f"human {order.number}")
    told = words("told-redeemed", number=order.number, product=order.line_of(unit).terms.name, position=unit.position)
    given = gifts.opened_of(tx, order.id).get(unit.id)
    holder, message = order.person, Message(told, (problem, cards.MY_ORDERS))
    if given and given.opened_by:
        problem = Choice(words("choose-problem"), f"human gift-{given.id}")
        holder = given.opened_by
        message = Message(words("told-redeemed-gift", product=order.line_of(unit).terms.name), (problem, cards.SHELF))
    staff.say(tx, f"redeemed {unit.id} {tx.now.isoformat()}", holder, message)


# What buyers tell


def untold(tx: Tx, order: Order) -> list[Unit]:
    """The units whose codes the buyer has, and has not told of."""
    told = redemptions.known_of(tx, [unit.id for unit in order.units])
    theirs = set(delivery.given(tx, order))
    return [unit for unit in order.units if unit.id in theirs and not _of_buyer(told.get(unit.id, ()))]


def _of_buyer(known: Sequence[Redemption]) -> list[Redemption]:
    return [one for one in known if one.source is Source.BUYER]


def worked(tx: Tx, number: str, positions: Sequence[int], person_id: str, key: str) -> Order:
    """The buyer says that these codes of their order worked, or all of them. When and where are not kept yet.

    A repeat changes nothing. Raises UnknownOrder, NothingRedeemed.
    """
    person = customers.person(tx, person_id)
    order = orders.locked(tx, orders.own(tx, number, person.customer, person.id).id)
    theirs = set(delivery.given(tx, order))
    said = [unit for unit in order.units if unit.id in theirs and (not positions or unit.position in positions)]
    if not said:
        raise NothingRedeemed(number=order.number)
    held = inventory.granted_codes(tx, [unit.id for unit in said])
    for unit in said:
        redemptions.tell(tx, order.id, unit.id, held[unit.id], Source.BUYER, person.id, key)
    return order


def keep_where(tx: Tx, number: str, place: str, person_id: str, key: str) -> None:
    """The buyer lets us keep when and where they redeemed what they told of in that event. Raises UnknownOrder."""
    order = _own(tx, number, person_id)
    for known in redemptions.known_of(tx, [unit.id for unit in order.units]).values():
        for one in _of_buyer(known):
            if one.key == key:
                redemptions.let(tx, one.unit, place)


def forget_where(tx: Tx, number: str, person_id: str) -> bool:
    """They take it back: when and where are erased, of all codes of the order. False if none was kept."""
    order = _own(tx, number, person_id)
    forgotten = [redemptions.forget(tx, unit.id) for unit in order.units]
    if any(forgotten):
        order_events.record(tx, order.id, "place_forgotten", person_id)
    return any(forgotten)


def is_kept(tx: Tx, order: Order) -> bool:
    """Whether the buyer has let us keep when and where, of any code of the order."""
    told = redemptions.known_of(tx, [unit.id for unit in order.units]).values()
    return any(one.consented for known in told for one in known)


def _own(tx: Tx, number: str, person_id: str) -> Order:
    person = customers.person(tx, person_id)
    return orders.own(tx, number, person.customer, person.id)
