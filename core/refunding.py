"""Refunds that staff decide on: the whole, a part, or some units; never more than came in and is still here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from core import (
    aftersales,
    chargebacks,
    claimcards,
    claims,
    ledger,
    meanwhile,
    order_events,
    orders,
    review,
    staff,
    units,
)
from core.authority import Right
from core.ground import audit
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.money import Money
from core.orders import Order, State
from core.units import Unit


class NothingToRefund(ShopError):
    """Nothing of it can go back as it stands, or not so much. Facts: number, most."""


@dataclass(frozen=True)
class Part:
    """One unit whose price may go back."""

    position: int
    unit: int
    price: Money


@dataclass(frozen=True)
class Refundable:
    """What of an order may go back, as it stood when it was looked at."""

    order: Order
    whole: Money
    parts: tuple[Part, ...]  # where units can go back one by one
    amounts: bool  # or any amount up to the whole: once all of it is delivered
    seen: int


def refundable(tx: Tx, number: str) -> Refundable:
    """Raises UnknownOrder, and NothingToRefund where nothing can go back."""
    return _of(tx, orders.numbered(tx, number))


def _of(tx: Tx, order: Order) -> Refundable:
    currency, seen = order.total.currency, meanwhile.seen(tx, order)
    match order.state:
        case State.DELIVERED:
            whole, units = chargebacks.most(tx, order), aftersales.not_yet_back(tx, order)
        case State.UNDERPAID:
            whole, units = ledger.received(tx, order.id, currency), []
        case state if state in orders.LIVE:
            units = [unit for unit in order.units if _is_open(unit)]
            whole = Money(sum(unit.price for unit in units), currency)
        case _:
            whole, units = Money(0, currency), []
    if whole.amount <= 0:
        raise NothingToRefund(number=order.number, most=Money(0, currency))
    apart = order.state is not State.IN_REVIEW and not order.terms.together and len(order.units) > 1
    parts = [Part(u.position, u.id, Money(min(u.price, whole.amount), currency)) for u in units if apart and u.price]
    return Refundable(order, whole, tuple(parts), order.state is State.DELIVERED, seen)


def _is_open(unit: Unit) -> bool:
    return unit.obligation not in (None, *aftersales.BACK) and unit.state not in units.HANDED_OVER


def refund(tx: Tx, number: str, amount: Money, positions: Collection[int], seen: int, person: str, key: str) -> Money:
    """So much goes back where it came from: the whole, of these units their price, of a delivered order any part.

    A held order is rejected by that. Once per key; a repeat returns what that did. Raises NotStaff, NotAllowed,
    UnknownOrder; MeanwhileChanged and AlreadyDecided when somebody was first; NothingToRefund for more than there is.
    """
    staff.may(tx, person, Right.MONEY)
    order = orders.locked(tx, orders.numbered(tx, number).id)
    for event in order_events.events_of(tx, order.id, "staff_refund"):
        if event.detail["key"] == key:
            return Money(event.detail["amount"], order.total.currency)
    meanwhile.unchanged(tx, order, seen)
    offer = _of(tx, order)
    chosen = [part for part in offer.parts if part.position in positions]
    _must_fit(offer, amount, chosen, positions)
    order_events.record(tx, order.id, "staff_refund", person, amount=amount.amount, units=sorted(positions), key=key)
    audit.write(tx, person, "refund", f"order {order.number}", amount=amount.plain(), units=sorted(positions))
    if offer.amounts:
        why = "whole" if amount == order.total else "part"
        chargebacks.goodwill(tx, order.id, amount, person, why, as_credit=False, key=key, units=sorted(positions))
        if positions or amount == offer.whole:
            _end_claims(tx, order, positions, person)
    elif order.state is State.IN_REVIEW:
        review.reject(tx, order, person)
    else:
        aftersales.refund(tx, order.id, "staff", person, [part.unit for part in chosen] or None)
    return amount


def _end_claims(tx: Tx, order: Order, positions: Collection[int], person: str) -> None:
    """Whose price is back needs no other answer: of these units, or of all."""
    for claim in claims.of_order(tx, order.id):
        position = next(unit.position for unit in order.units if unit.id == claim.unit)
        if (not positions or position in positions) and claims.end(tx, claim, claims.State.REFUNDED, person):
            claimcards.tell_ended(tx, claims.get(tx, claim.id))


def _must_fit(offer: Refundable, amount: Money, chosen: Collection[Part], positions: Collection[int]) -> None:
    """Raises NothingToRefund."""
    most = Money(min(sum(part.price.amount for part in chosen), offer.whole.amount), offer.whole.currency)
    most = most if positions else offer.whole
    whole_only = not positions and not offer.amounts
    fits = len(chosen) == len(positions) and 0 < amount.amount <= most.amount and amount.currency == most.currency
    if not fits or ((positions or whole_only) and amount != most):
        raise NothingToRefund(number=offer.order.number, most=most)
