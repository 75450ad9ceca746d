"""Disputes: a payer's bank asks for the money back. What the provider says of each, and what we still owe it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite just as well

from core import pasts
from core.ground.columns import UTC, BigId, metadata, whole
from core.ground.db import Tx
from core.ground.money import Money
from core.ledger import Receipt
from core.pasts import Fate

disputes = Table(
    "disputes",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("rail", String(40), nullable=False),
    Column("reference", String(200), nullable=False),  # the provider's id of it
    Column("receipt_id", BigId, ForeignKey("receipts.id"), nullable=False),
    Column("order_id", BigId, ForeignKey("orders.id")),  # null: for money that fits no order
    Column("amount", BigId, nullable=False),
    Column("currency", String(10), nullable=False),
    Column("state", String(10), nullable=False),
    Column("order_was", String(20)),  # the order's state when it was opened
    Column("times", Integer, nullable=False),  # opened, it may be again after it was won
    Column("opened_at", UTC, nullable=False),
    Column("obligation", String(10)),  # evidence
    Column("owner", String(20)),
    Column("due_at", UTC),
    UniqueConstraint("rail", "reference"),
    CheckConstraint("state IN ('open', 'won', 'lost')", name="state"),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint("(state = 'open') = (obligation IS NOT NULL)", name="owed"),
    CheckConstraint("(obligation IS NULL) = (owner IS NULL) AND (obligation IS NULL) = (due_at IS NULL)", name="whose"),
    Index("ix_disputes_receipt_id", "receipt_id"),
    Index("ix_disputes_order_id", "order_id"),
)


@dataclass(frozen=True)
class DisputeNotice:
    """What a rail says of a dispute, verified by it."""

    rail: str
    account: str
    transaction: str  # of the payment that is disputed
    reference: str
    state: Literal["open", "won", "lost"]
    total: Money
    evidence_by: datetime
    event: str = ""  # the provider's id of this notice


@dataclass(frozen=True)
class Dispute:
    id: int
    order: int | None
    receipt: int
    total: Money
    state: str
    order_was: str | None
    times: int


OPEN = insert(disputes).on_conflict_do_nothing(index_elements=["rail", "reference"])
FOUND = select(disputes).where(disputes.c.rail == bindparam("of_rail"), disputes.c.reference == bindparam("known_as"))
HELD = select(whole(func.sum(disputes.c.amount))).where(
    disputes.c.order_id == bindparam("order"), disputes.c.state != "won"
)
ABOUT = select(disputes.c.id).where(disputes.c.receipt_id == bindparam("receipt"), disputes.c.state == "open")
NOT_WON = select(disputes.c.id).where(disputes.c.order_id == bindparam("order"), disputes.c.state != "won").limit(1)
OTHERS = select(disputes.c.id).where(
    disputes.c.order_id == bindparam("order"), disputes.c.state == "open", disputes.c.id != bindparam("but")
)
MOVE = (
    update(disputes)
    .where(disputes.c.id == bindparam("dispute"), disputes.c.state == bindparam("of"))
    .values(
        state=bindparam("becomes"),
        order_id=bindparam("of_order"),
        times=disputes.c.times + bindparam("again"),
        order_was=bindparam("was"),
        obligation=bindparam("owed"),
        owner=bindparam("who"),
        due_at=bindparam("due"),
    )
)


def open_(tx: Tx, notice: DisputeNotice, receipt: Receipt, order_was: str | None) -> Dispute | None:
    """Write a dispute down, or open it again after it was won; evidence is owed by staff. None if it is open."""
    fresh = tx.changed(
        OPEN,
        rail=notice.rail,
        reference=notice.reference,
        receipt_id=receipt.id,
        order_id=receipt.order,
        amount=notice.total.amount,
        currency=notice.total.currency,
        state="open",
        order_was=order_was,
        times=1,
        opened_at=tx.now,
        obligation="evidence",
        owner="staff",
        due_at=notice.evidence_by,
    )
    found = dispute(tx, notice)
    if not fresh:
        if found is None or not _move(tx, found, "won", "open", order_was, notice.evidence_by, receipt.order):
            return None
        found = dispute(tx, notice)
    if receipt.order is not None:
        pasts.contested(tx, receipt.order)
    return found


def decided(tx: Tx, found: Dispute, to: Literal["won", "lost"]) -> bool:
    """Open becomes won or lost, and nothing is owed for it any more. False if it is not open."""
    moved = _move(tx, found, "open", to, found.order_was, None, found.order)
    if moved and found.order is not None and tx.first(NOT_WON, order=found.order) is None:
        pasts.came(tx, found.order, Fate.WON)
    return moved


def _move(tx: Tx, found: Dispute, of: str, to: str, was: str | None, due: datetime | None, order: int | None) -> bool:
    """`order`: its money may have been matched since it was opened first."""
    owed = ("evidence", "staff") if due else (None, None)
    return bool(
        tx.changed(
            MOVE,
            dispute=found.id,
            of=of,
            becomes=to,
            of_order=order,
            again=int(to == "open"),
            was=was,
            owed=owed[0],
            who=owed[1],
            due=due,
        )
    )


def is_open(tx: Tx, receipt: Receipt) -> bool:
    """Whether the payer's bank asks for this very money back."""
    return tx.first(ABOUT, receipt=receipt.id) is not None


def held(tx: Tx, order: int, currency: str) -> Money:
    """What of an order's money lies with a dispute, or was lost to one."""
    return Money(tx.value(HELD, order=order), currency)


def is_the_last(tx: Tx, found: Dispute) -> bool:
    """Whether no other dispute of its order is open."""
    return tx.first(OTHERS, order=found.order, but=found.id) is None


def dispute(tx: Tx, notice: DisputeNotice) -> Dispute | None:
    """What we have written down of the dispute a notice is about."""
    row = tx.first(FOUND, of_rail=notice.rail, known_as=notice.reference)
    if row is None:
        return None
    total = Money(row.amount, row.currency)
    return Dispute(row.id, row.order_id, row.receipt_id, total, row.state, row.order_was, row.times)
