"""Dropped payments: money that a rail has and we were never told of, and money it denies having told us of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, exists, func, select

from core import cards, ledger, order_events, orders, settling, staff
from core.ground import audit
from core.ground.db import Tx
from core.ledger import PaymentRow, Receipt
from core.quiet import Kind
from core.settling import PaymentNotice

LIVES = timedelta(days=1)  # an order is over sooner than that after its payment was asked for

made_before = ledger.payments.alias("made_before")

LONG_AGO = (  # from the newest back, so that the old ones are not looked at
    select(made_before.c.id)
    .where(made_before.c.made_at < bindparam("made_since"))
    .order_by(made_before.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
UNHEARD = (
    select(ledger.payments.c.id, ledger.payments.c.key, ledger.payments.c.reference)
    .join(orders.orders, orders.orders.c.id == ledger.payments.c.order_id)
    .where(
        ledger.payments.c.id > func.coalesce(LONG_AGO, 0),
        ledger.payments.c.id > bindparam("after"),
        ledger.payments.c.rail == bindparam("of_rail"),
        ledger.payments.c.account == bindparam("of_account"),
        orders.orders.c.expires_at >= bindparam("since"),
        ~exists().where(
            ledger.receipts.c.order_id == ledger.payments.c.order_id,
            ledger.receipts.c.rail == ledger.payments.c.rail,
            ledger.receipts.c.amount == ledger.payments.c.amount,
        ),
    )
    .order_by(ledger.payments.c.id)
    .limit(bindparam("most"))
)


@dataclass(frozen=True)
class Unheard:
    id: int
    key: str
    reference: str | None  # None: its page was not opened, as far as we know


def unheard(tx: Tx, rail: str, account: str, since: datetime, most: int, after: int = 0) -> list[Unheard]:
    """Payments asked for of which nothing was heard: a rail that can't list what was paid is asked about each.

    Of orders whose hold ends after `since`, paid another way or not; the oldest first, beginning after one's id.
    """
    asked = {"of_rail": rail, "of_account": account, "since": since, "made_since": since - LIVES}
    return [Unheard(*row) for row in tx.all(UNHEARD, **asked, most=most, after=after)]


def recover(tx: Tx, notice: PaymentNotice, by: str) -> bool:
    """Settle what the rail says when asked, whatever notices did or didn't come. False if it was known before.

    Through the same door as every notice; that it was found by asking is written down.
    """
    if notice.state != "paid" or ledger.received_before(tx, notice.rail, notice.account, notice.transaction):
        return False
    settling.settle(tx, notice)
    payment = ledger.payment(tx, notice.key)
    if payment:
        order_events.record(tx, payment.order, "recovered", by)
    audit.write(tx, by, "recover", f"payment {notice.key}"[:120], amount=notice.total.plain(), rail=notice.rail)
    return True


def to_compare(tx: Tx, rail: str, account: str, since: datetime, until: datetime) -> list[tuple[Receipt, PaymentRow]]:
    """What came in by a rail for our orders in that time, each with what had been asked for: to be held against it."""
    found = []
    for receipt in ledger.came_in(tx, rail, account, since, until):
        payments = [one for one in ledger.payments_of(tx, receipt.order) if one.rail == rail] if receipt.order else []
        found += [(receipt, payments[-1])] if len(payments) == 1 else []  # with several, which one can't be told
    return found


def denied(tx: Tx, receipt: Receipt) -> None:
    """The rail does not know of money we have written down: staff are told, once. Nothing else changes."""
    order = orders.get(tx, receipt.order) if receipt.order else None
    staff.alarm(
        tx,
        f"denied {receipt.id}",
        "alarm-missing-payment",
        kind=Kind.MONEY,
        amount=receipt.total,
        number=order.number if order else "-",
        rail=cards.rail_called(receipt.rail),
        reference=receipt.transaction,
    )
