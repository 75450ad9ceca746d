"""After the money: giving it back, in whole or in part, and what staff still owe."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from core import cards, inventory, ledger, orders, staff
from core.ground import audit, outbox
from core.ground.db import Tx
from core.ground.money import Money
from core.ledger import Receipt, Refund
from core.orders import Obligation, Order, State, UnitState

REFUND_WITHIN = timedelta(hours=24)
DONE = (UnitState.GRANTED, UnitState.SENT, UnitState.REFUNDED, UnitState.RELEASED)


@dataclass(frozen=True)
class RefundCall:
    """What a rail is to be told. `ask_first`: it was told before and may have done it."""

    refund: int
    rail: str
    transaction: str
    key: str
    amount: Money
    reason: str
    ask_first: bool


@dataclass(frozen=True)
class RefundOutcome:
    """What the rail said: done, pending, failed; or unknown, when it said nothing."""

    state: Literal["done", "pending", "failed", "unknown"]
    reference: str = ""
    why: str = ""


def refund(tx: Tx, order_id: int, why: str, by: str) -> Money:
    """Give back what is paid for and not handed over; returns the amount. A repeat gives back nothing more.

    The refund and its key are written before any rail is called; the units are settled when it is done.
    """
    order = orders.locked(tx, order_id)
    if order.state is State.UNDERPAID:
        amount = ledger.received(tx, order.id, order.total.currency)
    else:
        amount = Money(sum(_owe_refund(tx, order)), order.total.currency)
    if not amount.amount:
        return amount
    whole = all(unit.state not in (UnitState.GRANTED, UnitState.SENT) for unit in order.units)
    if whole:
        orders.move(tx, order.id, State.REFUND_PENDING, order.state, what="refund", actor=by, why=why)
    else:
        orders.record(tx, order.id, "refund", by, why=why, amount=amount.amount)
    left = amount
    for receipt in ledger.receipts_of(tx, order.id):
        part = Money(min(left.amount, ledger.refundable(tx, receipt).amount), amount.currency)
        if part.amount > 0:
            give_back(tx, receipt, part, why)
            left -= part
    return amount


def _owe_refund(tx: Tx, order: Order) -> list[int]:
    """Every unit that is paid for and not handed over is owed its price instead."""
    prices = []
    for unit in order.units:
        if unit.state not in DONE and unit.obligation not in (None, Obligation.REFUND):
            orders.owe(tx, unit.id, unit.state, Obligation.REFUND, "shop", tx.now + REFUND_WITHIN)
            prices.append(unit.price)
        elif order.state is State.PAID_NO_STOCK and unit.obligation is None:
            orders.owe(tx, unit.id, UnitState.BACKORDER, Obligation.REFUND, "shop", tx.now + REFUND_WITHIN)
            prices.append(unit.price)
    return prices


def give_back(tx: Tx, receipt: Receipt, amount: Money, why: str) -> None:
    """Have part of a receipt sent back to where it came from."""
    key = f"refund-{receipt.id}-{ledger.refunds_against(tx, receipt) + 1}"
    made = ledger.make_refund(tx, receipt, amount, key, why)
    outbox.put(tx, "refund", key, refund=made)
    audit.write(tx, "shop", "refund", f"receipt {receipt.id}", amount=amount.plain(), currency=amount.currency, why=why)


def refund_begins(tx: Tx, refund_id: int) -> RefundCall | None:
    """The rail is about to be called. None when the refund has ended."""
    found = ledger.refund(tx, refund_id)
    if found.state in ("done", "failed"):
        return None
    ledger.move_refund(tx, refund_id, "sent", "created")
    receipt = ledger.receipt(tx, found.receipt)
    return RefundCall(
        refund_id, receipt.rail, receipt.transaction, found.key, found.total, found.why, found.state != "created"
    )


def refund_ended(tx: Tx, refund_id: int, outcome: RefundOutcome) -> None:
    """What the rail said. Done settles what it was for; failed goes to staff; unknown is asked again later."""
    found = ledger.refund(tx, refund_id)
    if outcome.state in ("pending", "unknown"):
        ledger.move_refund(tx, refund_id, "unknown", "sent", "created")
        return
    if not ledger.move_refund(
        tx, refund_id, outcome.state, "created", "sent", "unknown", reference=outcome.reference or found.key
    ):
        return
    receipt = ledger.receipt(tx, found.receipt)
    if receipt.order is None:
        return
    order = orders.locked(tx, receipt.order)
    if outcome.state == "failed":
        _ask_staff_to_refund(tx, order, found)
    else:
        _refunded(tx, order, ledger.refund(tx, refund_id), receipt.rail)


def _ask_staff_to_refund(tx: Tx, order: Order, refund: Refund) -> None:
    """The rail won't: what was set aside goes back on sale, and the money is owed by a person."""
    owed = order.owing(Obligation.REFUND)
    inventory.release(tx, [unit.id for unit in owed])
    for unit in owed:
        orders.owe(tx, unit.id, UnitState.BACKORDER, Obligation.ADMIN, "staff", tx.now + REFUND_WITHIN)
    staff.alarm(tx, f"refund {refund.id}", "alarm-refund-failed", number=order.number, amount=refund.total)


def refunded_by_hand(tx: Tx, order_id: int, reference: str, person: str) -> Money:
    """Staff sent back what the rail refused to; returns how much. A repeat finds nothing left and returns 0."""
    staff.colleague(tx, person)
    order = orders.locked(tx, order_id)
    back = Money(0, order.total.currency)
    for refund in ledger.refunds_of(tx, order.id):
        if ledger.move_refund(tx, refund.id, "done", "failed", reference=reference):
            back += refund.total
            rail = ledger.receipt(tx, refund.receipt).rail
            _refunded(tx, order, ledger.refund(tx, refund.id), rail)
    if back.amount:
        orders.record(tx, order.id, "refunded_by_hand", person, amount=back.amount)
        audit.write(tx, person, "refund by hand", f"order {order.number}", amount=back.plain(), reference=reference)
    return back


def _refunded(tx: Tx, order: Order, refund: Refund, rail: str) -> None:
    ledger.post(tx, f"refund {refund.id}", refund.total, came_from=f"rail:{rail}", went_to=f"owed:{order.number}")
    message = cards.refunded(order, refund.total, rail, refund.reference or refund.key, refund.why)
    staff.say(tx, f"refunded {refund.id}", order.person, message)
    if all(other.state == "done" or other.why == "surplus" for other in ledger.refunds_of(tx, order.id)):
        _settle_refunded(tx, order)


def _settle_refunded(tx: Tx, order: Order) -> None:
    owed = order.owing(Obligation.REFUND, Obligation.ADMIN)
    if order.state is State.REFUND_PENDING and not owed:  # underpaid: nothing was owed, but set aside
        owed = list(order.units)
    inventory.release(tx, [unit.id for unit in owed])
    for unit in owed:
        orders.settle(tx, unit.id, UnitState.REFUNDED)
    orders.move(tx, order.id, State.REFUNDED, State.REFUND_PENDING, what="refunded", actor="payment")
    finish(tx, order.id)


def finish(tx: Tx, order_id: int) -> None:
    """Fulfilling becomes delivered once nothing is owed for any unit. A repeat changes nothing."""
    order = orders.get(tx, order_id)
    if all(unit.obligation is None for unit in order.units):
        orders.move(tx, order_id, State.DELIVERED, State.FULFILLING, what="delivered", actor="shop")


def overdue(tx: Tx, most: int = 50) -> list[int]:
    """Orders of which staff did not make by hand in time what they owe."""
    rows = tx.all(orders.OVERDUE_UNITS, owed=Obligation.BY_HAND, now=tx.now, most=most)
    return [row.order_id for row in rows]


def give_up(tx: Tx, order_id: int) -> None:
    """What was not made in time is refunded. Of an order made meanwhile nothing is."""
    order = orders.locked(tx, order_id)
    if any(unit.due_at and unit.due_at <= tx.now for unit in order.owing(Obligation.BY_HAND)):
        refund(tx, order_id, "overdue", "clock")
