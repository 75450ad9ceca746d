"""Codes that are bought when they are paid for, from a supplier whose answer may never come.

A purchase and its reference are written down before the supplier is told. An answer that was lost is asked for by
that reference, again and again; the unit is bought anew, under a new reference, only when it is certain that it was
not bought: the supplier refused, or has twice never heard of it at a time when it should have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from core import batches, cards, catalog, delivery, inventory, order_events, orders, purchases, shortage, staff, units
from core.ground import audit
from core.ground.db import Tx
from core.ground.messages import Words, words
from core.ground.money import Money
from core.orders import Order, State
from core.pasted import PastedCode
from core.purchases import Bought, Purchase
from core.quiet import Kind
from core.units import Obligation, Unit, UnitState

BUY_AGAIN_AFTER = timedelta(seconds=30)  # a supplier that refused just now may have to be filled up first
TWICE = 2  # "never heard of it" is believed the second time
TELL_AFTER = 3  # looks, about 20 seconds: then the buyer hears that it takes longer


@dataclass(frozen=True)
class SupplierAnswer:
    """What a supplier says about a purchase. `done` without codes is not done: they are still to come."""

    state: Literal["done", "pending", "failed"]
    codes: tuple[PastedCode, ...] = ()
    cost: Money | None = None
    sku: str | None = None  # what it was, where the supplier says so
    why: str = ""


@dataclass(frozen=True)
class SupplierCall:
    """What a supplier is to be told. `ask_first`: it was told before and may have done it."""

    purchase: int
    supplier: str
    reference: str
    sku: str
    answers: Mapping[str, str] = field(repr=False)  # what the product asked of the buyer
    ask_first: bool


@dataclass(frozen=True)
class BuyingOutcome:
    """How a call ended: as the supplier said; or `not_found`, when it has never heard of the purchase; `silent`, when
    it said nothing; `not_begun`, when it can't have been reached.
    """

    state: Literal["done", "pending", "failed", "not_found", "silent", "not_begun"]
    codes: tuple[PastedCode, ...] = ()
    cost: Money | None = None
    sku: str | None = None
    why: str = ""


# Buying


def buying_begins(tx: Tx, purchase_id: int) -> SupplierCall | None:
    """The supplier is about to be told or asked: intent becomes called. None when there is nothing to be told.

    What nobody waits for any more is not bought; what may have been bought is looked up all the same.
    """
    found, order, unit = _locked(tx, purchase_id)
    if found.state is Bought.INTENT and not _is_owed(order, unit):
        purchases.end(tx, found.id, Bought.FAILED, "not wanted any more")
        return None
    if found.state not in purchases.UNDER_WAY:
        return None
    fresh = purchases.call(tx, found.id)
    answers = orders.answers_of(tx, order)
    return SupplierCall(found.id, found.supplier, found.reference, found.sku, answers, ask_first=not fresh)


def buying_ended(tx: Tx, purchase_id: int, outcome: BuyingOutcome, settles_within: timedelta) -> None:
    """What the supplier said, or that it said nothing. A repeat changes nothing.

    `settles_within`: how long the supplier may need until it knows of a purchase itself.
    """
    found, order, unit = _locked(tx, purchase_id)
    match outcome.state:
        case "done" if outcome.codes:
            _came(tx, order, unit, found, outcome)
        case "failed":
            _failed(tx, order, unit, found, words("supply-refused", why=outcome.why or "-"), outcome.why)
        case "not_found" if _should_know(found, tx.now, settles_within):
            if found.not_found + 1 >= TWICE:
                _failed(tx, order, unit, found, words("supply-lost"), "never heard of")
            elif purchases.lose(tx, found.id, "never heard of", unheard_of=True):
                _look_later(tx, order, unit, found.id)
        case "not_begun":
            if purchases.uncall(tx, found.id, outcome.why):
                _look_later(tx, order, unit, found.id)
        case _:
            if outcome.state in ("done", "pending"):
                purchases.see(tx, found.id)
            if purchases.lose(tx, found.id, outcome.why):
                _look_later(tx, order, unit, found.id)


def _should_know(found: Purchase, now: datetime, settles_within: timedelta) -> bool:
    """Whether the supplier has had the time it needs, by the clock and by what we have waited: a clock may jump."""
    told = found.called_at is not None and now >= found.called_at + settles_within
    return told and not found.seen and purchases.waited(found) >= settles_within


def _locked(tx: Tx, purchase_id: int) -> tuple[Purchase, Order, Unit]:
    """The purchase, with everyone else who decides about it or its order made to wait."""
    order = orders.locked(tx, purchases.get(tx, purchase_id).order)
    found = purchases.get(tx, purchase_id)
    return found, order, next(unit for unit in order.units if unit.id == found.unit)


def _is_owed(order: Order, unit: Unit) -> bool:
    return order.state is State.FULFILLING and unit.obligation is Obligation.SUPPLIER


def _look_later(tx: Tx, order: Order, unit: Unit, purchase_id: int) -> None:
    found = purchases.get(tx, purchase_id)
    due = purchases.next_look(found, tx.now)
    if due is None:
        return _alarm(tx, order, found, words("supply-unknown"))
    purchases.put(tx, found, due)
    if found.looks == TELL_AFTER and _is_owed(order, unit):
        staff.say(tx, f"preparing {order.number}", order.person, cards.preparing(order))


# Ends


def _came(tx: Tx, order: Order, unit: Unit, found: Purchase, outcome: BuyingOutcome) -> None:
    """The code goes to the unit that waits for it; if none does any more, into stock."""
    if found.state is Bought.CONFIRMED:
        return
    wrong = _misfit(tx, found, outcome)
    code = None if wrong else _take_in(tx, found, outcome.codes[0], outcome.cost)
    if found.state is Bought.FAILED:  # it was given up, and here it is: nobody waits for this one
        if code is not None:
            _alarm(tx, order, found, words("supply-late"))
        return
    if code is None:
        return _came_wrong(tx, order, unit, found, outcome, wrong or words("supply-duplicate"))
    purchases.end(tx, found.id, Bought.CONFIRMED, cost=outcome.cost)
    audit.write(tx, "supplier", "bought", f"order {order.number}", supplier=found.supplier, reference=found.reference)
    if not _is_owed(order, unit):
        return
    inventory.set_aside_for(tx, unit.id, code)
    units.owe(tx, unit.id, UnitState.RESERVED, Obligation.DELIVER, "shop", tx.now + delivery.DELIVER_WITHIN)
    order_events.record(tx, order.id, "bought", "shop", unit=unit.position, supplier=found.supplier)
    shortage.hand_over(tx, orders.get(tx, order.id))


def _misfit(tx: Tx, found: Purchase, outcome: BuyingOutcome) -> Words | None:
    """Why what came is not what was bought, if it isn't."""
    if len(outcome.codes) != 1:
        return words("supply-wrong-count", n=len(outcome.codes))
    if outcome.sku not in (None, found.sku):
        return words("supply-wrong-sku")
    expires = outcome.codes[0].expires_on
    return words("supply-expired") if expires and expires <= tx.now.date() else None


def _take_in(tx: Tx, found: Purchase, code: PastedCode, cost: Money | None) -> int | None:
    """Into stock, with what it cost where that is in the shop's own money. None for one the shop has or had."""
    unit_cost = cost.amount if cost and cost.currency == tx.rules.currency else None
    product = catalog.by_id(tx, found.product)
    return batches.bought(tx, product, code, f"{found.supplier} {found.reference}", unit_cost=unit_cost)


def _came_wrong(tx: Tx, order: Order, unit: Unit, found: Purchase, outcome: BuyingOutcome, why: Words) -> None:
    """It was paid for and is of no use as it is: kept where nobody sells it, and not bought a second time."""
    if not purchases.end(tx, found.id, Bought.FAILED, why.key, outcome.cost):
        return
    for code in outcome.codes:
        if (kept := _take_in(tx, found, code, None)) is not None:
            inventory.quarantine(tx, kept)
    _alarm(tx, order, found, why)
    if _is_owed(order, unit):
        order_events.record(tx, order.id, "supplier_failed", "shop", unit=unit.position, supplier=found.supplier)
        _short(tx, order, [unit])


def _failed(tx: Tx, order: Order, unit: Unit, found: Purchase, why: Words, trouble: str) -> None:
    """Definitely not bought: again under a new reference, so many times; then the unit is short."""
    if not purchases.end(tx, found.id, Bought.FAILED, trouble) or not _is_owed(order, unit):
        return
    order_events.record(tx, order.id, "supplier_failed", "shop", unit=unit.position, supplier=found.supplier)
    if found.attempt < tx.rules.supplier_tries and tx.now < found.due_at:
        return purchases.again(tx, order, unit, found, tx.now + BUY_AGAIN_AFTER)
    _alarm(tx, order, found, why)
    _short(tx, order, [unit])


def _alarm(tx: Tx, order: Order, found: Purchase, why: Words) -> None:
    key = f"supplier {found.reference} {why.key}"
    about = {"number": order.number, "supplier": found.supplier, "why": why}
    staff.alarm(tx, key, "alarm-supplier", kind=Kind.SUPPLY, **about)


def overdue(tx: Tx, most: int = 50) -> list[int]:
    """Orders of which a supplier did not deliver in time what it owes."""
    return units.overdue(tx, Obligation.SUPPLIER, most=most)


def give_up(tx: Tx, order_id: int) -> None:
    """What a supplier did not deliver in time is short; its purchase goes on being looked up."""
    order = orders.locked(tx, order_id)
    late = [unit for unit in order.owing(Obligation.SUPPLIER) if unit.due_at and unit.due_at <= tx.now]
    if not late:
        return
    for unit in late:
        _alarm(tx, order, purchases.of_unit(tx, unit.id)[-1], words("supply-overdue"))
    _short(tx, order, late)


def _short(tx: Tx, order: Order, units: list[Unit]) -> None:
    """These units can't be had from their supplier: the product's policy says what may be done."""
    shortage.short(tx, order.id, [unit.id for unit in units], "overdue")
