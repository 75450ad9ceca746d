"""Money that people saw: a transfer to the shop's own account, or a payment whose notice was lost for good."""

from __future__ import annotations

from core import cards, checkout, ledger, orders, staff
from core.checkout import PaymentNotice
from core.ground import audit
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import Choice, words
from core.ground.money import Money
from core.orders import Order

RAIL, ACCOUNT = "manual", "by-hand"


class KnownAlready(ShopError):
    """Money with that reference is written down. Facts: reference, number."""


def claimed(tx: Tx, order: Order) -> None:
    """The buyer says that the transfer is on its way: staff hear of it, once an hour at most."""
    hour = tx.now.strftime("%Y-%m-%dT%H")
    staff.alarm(
        tx,
        f"claimed {order.number} {hour}",
        "staff-says-paid",
        Choice(words("choose-received"), f"received {order.number}", main=True),
        number=order.number,
        amount=order.total - ledger.received(tx, order.id, order.total.currency),
        buyer=cards.handle(order.person),
    )


def received(tx: Tx, number: str, amount: Money, reference: str, person: str, key: str) -> Order:
    """Staff saw so much come in for an order, under that reference: it is settled like every payment.

    Too little, too much or too late are what they are on any rail. Raises NotStaff, UnknownOrder, and KnownAlready for
    a reference that is written down: one transfer is one receipt. Once per key; a repeat finds what that did.
    """
    staff.colleague(tx, person)
    order = orders.locked(tx, orders.numbered(tx, number).id)
    if orders.recorded(tx, order.id, "seen_by_staff", key):
        return order
    _must_be_new(tx, reference)
    mode = "test" if tx.rules.rehearsal else "live"
    due = order.total - ledger.received(tx, order.id, order.total.currency)
    asked = Money(max(due.amount, 0), due.currency)
    payment = ledger.ask(tx, order.id, order.number, RAIL, ACCOUNT, mode, asked, rest=asked != order.total)
    orders.record(tx, order.id, "seen_by_staff", person, amount=amount.amount, key=key)
    audit.write(tx, person, "payment by hand", f"order {order.number}", amount=amount.plain(), reference=reference)
    checkout.settle(tx, PaymentNotice(RAIL, reference, reference, payment, ACCOUNT, mode, "paid", amount))
    _must_be_new(tx, reference, order.id)  # another order may have got it at this moment: our lock is on ours
    return orders.get(tx, order.id)


def _must_be_new(tx: Tx, reference: str, mine: int | None = None) -> None:
    """Raises KnownAlready for money that is written down, but for that order `mine`."""
    known = ledger.received_before(tx, RAIL, ACCOUNT, reference)
    if known and (mine is None or known.order != mine):
        of = orders.get(tx, known.order).number if known.order else "-"
        raise KnownAlready(reference=reference, number=of)
