"""Money that people saw: a transfer to the shop's own account, or a payment whose notice was lost for good."""

from __future__ import annotations

from core import aftersales, cards, disputes, ledger, order_events, orders, settling, staff
from core.authority import Right
from core.ground import audit
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import Choice, words
from core.ground.money import Money
from core.ledger import Receipt
from core.orders import Order
from core.quiet import Kind
from core.settling import NotMatched, PaymentNotice

RAIL, ACCOUNT = ledger.MANUAL, "by-hand"


class KnownAlready(ShopError):
    """Money with that reference is written down. Facts: reference, number."""


def claimed(tx: Tx, order_id: int) -> Order:
    """The buyer says that the transfer is on its way: staff hear of it, once an hour at most.

    The first time the order waits as long for them as one that is looked at. One that has ended stays so: what comes
    for it is late money.
    """
    order = orders.locked(tx, order_id)
    if order.state in orders.UNPAID and not order_events.events_of(tx, order.id, "claimed"):
        order_events.record(tx, order.id, "claimed", order.person)
        tx.changed(orders.WAIT_FOR_STAFF, order=order.id, now=tx.now, until=tx.now + tx.rules.review_within)
    hour = tx.now.strftime("%Y-%m-%dT%H")
    staff.alarm(
        tx,
        f"claimed {order.number} {hour}",
        "staff-says-paid",
        Choice(words("choose-received"), f"received {order.number}", main=True),
        kind=Kind.MONEY,
        number=order.number,
        amount=order.total - ledger.received(tx, order.id, order.total.currency),
        buyer=cards.handle(order.person),
    )
    return orders.get(tx, order.id)


def received(tx: Tx, number: str, amount: Money, reference: str, person: str, key: str) -> Order:
    """Staff saw so much come in for an order, under that reference: it is settled like every payment.

    Too little, too much or too late are what they are on any rail. Raises NotStaff, UnknownOrder, and KnownAlready for
    a reference that is written down: one transfer is one receipt. Once per key; a repeat finds what that did.
    """
    staff.may(tx, person, Right.MONEY)
    order = orders.locked(tx, orders.numbered(tx, number).id)
    if order_events.recorded(tx, order.id, "seen_by_staff", key):
        return order
    must_be_new(tx, reference)
    mode = "test" if tx.rules.rehearsal else "live"
    due = order.total - ledger.received(tx, order.id, order.total.currency)
    asked = Money(max(due.amount, 0), due.currency)
    payment = ledger.ask(tx, order.id, order.number, RAIL, ACCOUNT, mode, asked, rest=asked != order.total)
    order_events.record(tx, order.id, "seen_by_staff", person, amount=amount.amount, key=key)
    audit.write(tx, person, "payment by hand", f"order {order.number}", amount=amount.plain(), reference=reference)
    settling.settle(tx, PaymentNotice(RAIL, reference, reference, payment, ACCOUNT, mode, "paid", amount))
    must_be_new(tx, reference, but=order.id)  # somebody may have said the same of another order at this very moment
    return orders.get(tx, order.id)


def same(tx: Tx, receipt_id: int, number: str, person: str) -> Order:
    """What the rail tells of is what staff saw: it takes the place of that, and the order is paid once.

    More than they saw is a surplus, and goes back. Raises NotStaff, UnknownOrder, and NotMatched when the money is
    matched or disputed by now, or staff saw none.
    """
    staff.may(tx, person, Right.MONEY)
    order = orders.locked(tx, orders.numbered(tx, number).id)
    receipt = ledger.locked(tx, receipt_id)
    seen = [each for each in ledger.receipts_of(tx, order.id) if each.rail == RAIL]
    fits = seen and receipt.order is None and receipt.total.currency == order.total.currency
    if not fits or disputes.is_open(tx, receipt) or not ledger.match(tx, receipt, order.id, order.number):
        raise NotMatched(number=order.number)
    left = receipt.total
    for each in seen:
        part = Money(min(left.amount, ledger.refundable(tx, each).amount), left.currency)
        if part.amount:
            _take_the_place(tx, order, receipt, each, part)
        left -= part
    aftersales.give_back(tx, ledger.receipt(tx, receipt.id), left, "surplus")
    order_events.record(tx, order.id, "matched", person, receipt=receipt.id)
    audit.write(tx, person, "same money", f"order {order.number}", receipt=receipt.id, amount=receipt.total.plain())
    return orders.get(tx, order.id)


def _take_the_place(tx: Tx, order: Order, receipt: Receipt, seen: Receipt, part: Money) -> None:
    made = ledger.make_refund(tx, seen, part, f"same-{receipt.id}-{seen.id}", "same")
    ledger.move_refund(tx, made, "done", "created", reference=receipt.transaction)
    ledger.post(tx, f"refund {made}", part, came_from=seen.books, went_to=ledger.owed(order.number))


def must_be_new(tx: Tx, reference: str, but: int | None = None) -> None:
    """Raises KnownAlready where money with that reference is written down, for another order than `but`."""
    known = ledger.received_before(tx, RAIL, ACCOUNT, reference)
    if known and (but is None or known.order != but):
        number = orders.get(tx, known.order).number if known.order else "-"
        raise KnownAlready(reference=reference, number=number)
