"""Units: one code owed each, its state, and what is owed for it, by whom and by when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

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
    insert,
    select,
    text,
    update,
)

from core.ground.columns import UTC, BigId, metadata, one_of
from core.ground.db import Tx


class UnitState(StrEnum):
    RESERVED = "reserved"
    BACKORDER = "backorder"  # paid for, nothing set aside: made by hand, bought, or waited for
    GRANTED = "granted"
    SENT = "sent"
    REPLACING = "replacing"  # its code was bad: another one is handed over for it, at no price
    REFUNDED = "refunded"
    CREDITED = "credited"  # its price is the buyer's store credit
    RELEASED = "released"  # never paid for


class Obligation(StrEnum):
    RISK = "risk"
    LATER = "later"  # it passed, and goes out when its delay ends: core/later.py
    REVIEW = "review"
    DELIVER = "deliver"
    SUPPLIER = "supplier"
    BY_HAND = "by_hand"
    CHOICE = "choice"  # the buyer says what is to become of it
    WAIT_STOCK = "wait_stock"
    DISPUTE = "dispute"  # frozen until a dispute is decided
    PICKUP = "pickup"
    REFUND = "refund"
    ADMIN = "admin"


HANDED_OVER = (UnitState.GRANTED, UnitState.SENT, UnitState.REPLACING)
SETTLED = (UnitState.SENT, UnitState.REFUNDED, UnitState.CREDITED, UnitState.RELEASED)
units = Table(
    "units",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("order_id", BigId, ForeignKey("orders.id"), nullable=False),
    Column("line_id", BigId, ForeignKey("lines.id"), nullable=False),
    Column("position", Integer, nullable=False),  # from 1, within the order
    Column("price", BigId, nullable=False),
    Column("state", String(12), nullable=False),
    Column("obligation", String(12)),
    Column("owner", String(20)),
    Column("due_at", UTC),
    Column("alarmed_at", UTC),  # when staff were told that this obligation is overdue
    Column("sent_at", UTC),
    Column("sent_as", String(120)),
    UniqueConstraint("order_id", "position"),
    CheckConstraint(f"state IN ({one_of(UnitState)})", name="state"),
    CheckConstraint(f"obligation IN ({one_of(Obligation)})", name="obligation"),
    CheckConstraint("(obligation IS NULL) = (owner IS NULL) AND (obligation IS NULL) = (due_at IS NULL)", name="owed"),
    CheckConstraint(f"state NOT IN ({one_of(SETTLED)}) OR obligation IS NULL", name="settled"),
    Index(
        "ix_units_owed",
        "obligation",
        "due_at",
        sqlite_where=text("obligation IS NOT NULL"),
        postgresql_where=text("obligation IS NOT NULL"),
    ),
)


@dataclass(frozen=True)
class Unit:
    id: int
    line: int
    position: int
    price: int
    state: UnitState
    obligation: Obligation | None = None
    due_at: datetime | None = None
    sent_at: datetime | None = None

    @property
    def may_be_shown(self) -> bool:
        """Whether its buyer may see its code: it was handed over, and no dispute keeps it back."""
        return self.state in HANDED_OVER and self.obligation is not Obligation.DISPUTE


OVERDUE = (
    select(units.c.order_id)
    .where(units.c.obligation.in_(bindparam("owed", expanding=True)), units.c.due_at <= bindparam("now"))
    .distinct()
    .limit(bindparam("most"))
)
ADD_UNIT = insert(units)
OWE = (
    update(units)
    .where(units.c.id == bindparam("unit"), units.c.state.not_in((UnitState.SENT, UnitState.REFUNDED)))
    .values(
        state=bindparam("to_state"),
        obligation=bindparam("what"),
        owner=bindparam("who"),
        due_at=bindparam("due"),
        alarmed_at=None,
    )
)
REPLACE = (
    update(units)
    .where(units.c.id == bindparam("unit"), units.c.state == UnitState.SENT)
    .values(
        state=UnitState.REPLACING,
        obligation=Obligation.DELIVER,
        owner="shop",
        due_at=bindparam("due"),
        alarmed_at=None,
    )
)
SWAP = (
    update(units)
    .where(
        units.c.id == bindparam("unit"),
        units.c.obligation == Obligation.CHOICE,
        units.c.price >= bindparam("new_price"),
    )
    .values(line_id=bindparam("line"), price=bindparam("new_price"))
)
LATE = (  # overdue, and nobody was told
    select(units.c.id)
    .where(units.c.obligation.is_not(None), units.c.due_at <= bindparam("before"), units.c.alarmed_at.is_(None))
    .order_by(units.c.due_at)
    .limit(bindparam("most"))
)
ALARMED = (
    update(units)
    .where(units.c.id == bindparam("unit"), units.c.obligation.is_not(None), units.c.alarmed_at.is_(None))
    .values(alarmed_at=bindparam("at"))
)
SETTLE = (
    update(units)
    .where(units.c.id == bindparam("unit"), units.c.state.not_in(SETTLED))
    .values(
        state=bindparam("to_state"),
        obligation=None,
        owner=None,
        due_at=None,
        alarmed_at=None,
        sent_at=bindparam("at"),
        sent_as=bindparam("as_message"),
    )
)


def owe(tx: Tx, unit: int, state: UnitState, what: Obligation, owner: str, due: datetime) -> None:
    """The unit's one open obligation becomes this one, with who must meet it and by when."""
    tx.changed(OWE, unit=unit, to_state=state, what=what, who=owner, due=due)


def replace(tx: Tx, unit: int, due: datetime) -> bool:
    """Sent becomes replacing: another code is owed for it. False if it was not sent, or is being replaced already."""
    return bool(tx.changed(REPLACE, unit=unit, due=due))


def swap(tx: Tx, unit: int, line: int, price: int) -> bool:
    """The unit is for another line's product now, at that price, never at a higher one. False if none is to choose."""
    return bool(tx.changed(SWAP, unit=unit, line=line, new_price=price))


def overdue(tx: Tx, *owed: Obligation, most: int) -> list[int]:
    """Orders with a unit whose obligation of such a kind should have been met by now."""
    return [row.order_id for row in tx.all(OVERDUE, owed=list(owed), now=tx.now, most=most)]


def settle(tx: Tx, unit: int, state: UnitState, sent_as: str | None = None) -> bool:
    """Nothing more is owed for the unit. False if that was so before."""
    sent = tx.now if state is UnitState.SENT else None
    return bool(tx.changed(SETTLE, unit=unit, to_state=state, at=sent, as_message=sent_as))


def add_unit(tx: Tx, order: int, line: int, position: int, price: int) -> Unit:
    """One more code that is owed once the order is paid."""
    about = {"position": position, "price": price, "state": UnitState.RESERVED}
    made = tx.insert(ADD_UNIT, order_id=order, line_id=line, **about)
    return Unit(id=made, line=line, **about)
