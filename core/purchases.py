"""Purchases: a unit's code bought from a supplier, each under a reference that was written down before the call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Row,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    insert,
    select,
    text,
    update,
)

from core import units
from core.ground import outbox
from core.ground.columns import UTC, BigId, metadata
from core.ground.db import Tx
from core.ground.money import Money
from core.orders import Order
from core.units import Obligation, Unit, UnitState


class Bought(StrEnum):
    """How far a purchase is."""

    INTENT = "intent"  # written down; the supplier has not been told
    CALLED = "called"  # told, or about to be: from here on it may have been done
    UNKNOWN = "unknown"  # told, and nobody can say how it ended: it is looked up
    CONFIRMED = "confirmed"  # its code is here
    FAILED = "failed"  # definitely without a code for us


UNDER_WAY = (Bought.INTENT, Bought.CALLED, Bought.UNKNOWN)
TOLD = (Bought.CALLED, Bought.UNKNOWN)
# When a purchase whose end is not known is looked up: after each look so long, then hourly until the unit's due time.
LOOKS = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 60, 300, 1800))
HOURLY = timedelta(hours=1)
AFTERWARDS = timedelta(hours=6)  # nobody waits for it any more, but it may have been paid for
LONGEST = timedelta(days=30)

purchases = Table(
    "purchases",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("unit_id", BigId, ForeignKey("units.id"), nullable=False),
    Column("product_id", BigId, ForeignKey("products.id"), nullable=False),
    Column("supplier", String(40), nullable=False),
    Column("sku", String(120), nullable=False),  # what the supplier calls the product
    Column("reference", String(60), nullable=False, unique=True),  # what the supplier knows the purchase by
    Column("attempt", Integer, nullable=False),  # from 1; the next one only after a definite failure
    Column("state", String(10), nullable=False),
    Column("looks", Integer, nullable=False),  # how often it was tried or looked up without an end
    Column("not_found", Integer, nullable=False),  # how often the supplier had never heard of it, when it should have
    Column("seen", Boolean, nullable=False),  # the supplier has said once that it has it: then "not found" is no answer
    Column("due_at", UTC, nullable=False),  # until then the unit waits for it
    Column("made_at", UTC, nullable=False),
    Column("called_at", UTC),
    Column("ended_at", UTC),
    Column("cost", BigId),  # minor units of currency
    Column("currency", String(10)),
    Column("trouble", String(200)),  # what the supplier said last, as far as it was no code
    UniqueConstraint("unit_id", "attempt"),
    CheckConstraint("state IN ('intent', 'called', 'unknown', 'confirmed', 'failed')", name="state"),
    CheckConstraint("(state IN ('confirmed', 'failed')) = (ended_at IS NOT NULL)", name="ended"),
    CheckConstraint("state IN ('intent', 'failed') OR called_at IS NOT NULL", name="called"),
    CheckConstraint("(cost IS NULL) = (currency IS NULL)", name="cost"),
    Index(  # E3: a unit is not bought again before it is certain that it was not bought
        "uq_purchases_unit_id_not_failed",
        "unit_id",
        unique=True,
        sqlite_where=text("state <> 'failed'"),
        postgresql_where=text("state <> 'failed'"),
    ),
)


@dataclass(frozen=True)
class Purchase:
    id: int
    order: int
    unit: int
    product: int
    supplier: str
    sku: str
    reference: str
    attempt: int
    state: Bought
    looks: int
    not_found: int
    seen: bool
    due_at: datetime
    made_at: datetime
    called_at: datetime | None


PURCHASES = select(
    purchases.c.id,
    units.units.c.order_id.label("order"),
    purchases.c.unit_id.label("unit"),
    purchases.c.product_id.label("product"),
    purchases.c.supplier,
    purchases.c.sku,
    purchases.c.reference,
    purchases.c.attempt,
    purchases.c.state,
    purchases.c.looks,
    purchases.c.not_found,
    purchases.c.seen,
    purchases.c.due_at,
    purchases.c.made_at,
    purchases.c.called_at,
).join(units.units, units.units.c.id == purchases.c.unit_id)
BY_ID = PURCHASES.where(purchases.c.id == bindparam("purchase"))
OF_UNIT = PURCHASES.where(purchases.c.unit_id == bindparam("unit")).order_by(purchases.c.attempt)
INTEND = insert(purchases)
CALL = (
    update(purchases)
    .where(purchases.c.id == bindparam("purchase"), purchases.c.state == Bought.INTENT)
    .values(state=Bought.CALLED, called_at=bindparam("now"))
)
UNCALL = (
    update(purchases)
    .where(purchases.c.id == bindparam("purchase"), purchases.c.state == Bought.CALLED)
    .values(state=Bought.INTENT, called_at=None, looks=purchases.c.looks + 1, trouble=bindparam("why"))
)
LOSE = (
    update(purchases)
    .where(purchases.c.id == bindparam("purchase"), purchases.c.state.in_(TOLD))
    .values(
        state=Bought.UNKNOWN,
        looks=purchases.c.looks + 1,
        not_found=purchases.c.not_found + bindparam("unheard_of"),
        trouble=bindparam("why"),
    )
)
SEE = update(purchases).where(purchases.c.id == bindparam("purchase")).values(seen=True)
END = (
    update(purchases)
    .where(purchases.c.id == bindparam("purchase"), purchases.c.state.in_(UNDER_WAY))
    .values(
        state=bindparam("becomes"),
        ended_at=bindparam("now"),
        cost=bindparam("paid"),
        currency=bindparam("in_currency"),
        trouble=bindparam("why"),
    )
)


def get(tx: Tx, purchase: int) -> Purchase:
    """Raises LookupError."""
    return _purchase(tx.one(BY_ID, purchase=purchase))


def of_unit(tx: Tx, unit: int) -> list[Purchase]:
    """Every attempt for a unit, the first one first."""
    return [_purchase(row) for row in tx.all(OF_UNIT, unit=unit)]


def _purchase(row: Row[Any]) -> Purchase:
    return Purchase(**{**row._mapping, "state": Bought(row.state)})


def is_confirmed(tx: Tx, unit: int) -> bool:
    """Whether a code was bought for the unit. It is bought once, wherever that code is now."""
    return any(purchase.state is Bought.CONFIRMED for purchase in of_unit(tx, unit))


def order(tx: Tx, order: Order, unit: Unit) -> datetime:
    """The unit of a fulfilling order is owed by its supplier until a time, which is returned; it is being bought.

    A purchase that is under way for it already goes on being the one.
    """
    terms = order.line_of(unit).terms
    within = tx.rules.supply_within if terms.hand_minutes is None else timedelta(minutes=terms.hand_minutes)
    due = tx.now + within
    units.owe(tx, unit.id, UnitState.BACKORDER, Obligation.SUPPLIER, "supplier", due)
    if not any(purchase.state in UNDER_WAY for purchase in of_unit(tx, unit.id)):
        _intend(tx, order, unit, len(of_unit(tx, unit.id)) + 1, due, tx.now)
    return due


def again(tx: Tx, order: Order, unit: Unit, failed: Purchase, start: datetime) -> None:
    """Once more under a new reference: the one before has definitely failed."""
    _intend(tx, order, unit, failed.attempt + 1, failed.due_at, start)


def _intend(tx: Tx, order: Order, unit: Unit, attempt: int, due: datetime, start: datetime) -> None:
    """The reference names the order, not the row: suppliers forget none, and a new database begins at row 1."""
    line = order.line_of(unit)
    made = intend(
        tx,
        unit.id,
        line.product,
        str(line.terms.supplier),
        line.terms.sku or line.terms.slug,
        f"{order.number}-{unit.position}-{attempt}",
        attempt,
        due,
    )
    put(tx, made, start)


def put(tx: Tx, purchase: Purchase, due: datetime) -> None:
    """Each look is a question of its own, with a row of its own; the purchase keeps its one reference."""
    key = f"buy {purchase.reference} {purchase.looks}"
    outbox.put(tx, "buy", key, due=due, purchase=purchase.id, supplier=purchase.supplier)


def intend(
    tx: Tx, unit: int, product: int, supplier: str, sku: str, reference: str, attempt: int, due: datetime
) -> Purchase:
    """Write a purchase down before anybody is told. The schema refuses it while another one may have been done."""
    made = tx.insert(
        INTEND,
        unit_id=unit,
        product_id=product,
        supplier=supplier,
        sku=sku,
        reference=reference,
        attempt=attempt,
        state=Bought.INTENT,
        looks=0,
        not_found=0,
        seen=False,
        due_at=due,
        made_at=tx.now,
    )
    return get(tx, made)


def call(tx: Tx, purchase: int) -> bool:
    """Intent becomes called. False when it was before: it may have been done."""
    return bool(tx.changed(CALL, purchase=purchase, now=tx.now))


def uncall(tx: Tx, purchase: int, why: str) -> bool:
    """Called becomes intent again: the supplier was never reached. False when somebody else is further."""
    return bool(tx.changed(UNCALL, purchase=purchase, why=why[:200]))


def lose(tx: Tx, purchase: int, why: str, *, unheard_of: bool = False) -> bool:
    """Called or unknown becomes unknown; `unheard_of` counts a "never heard of it". False when it has ended."""
    return bool(tx.changed(LOSE, purchase=purchase, why=why[:200], unheard_of=int(unheard_of)))


def see(tx: Tx, purchase: int) -> None:
    """The supplier has said that it has it."""
    tx.changed(SEE, purchase=purchase)


def end(tx: Tx, purchase: int, becomes: Bought, why: str = "", cost: Money | None = None) -> bool:
    """It becomes confirmed or failed, for good. False when it had ended before."""
    paid, currency = (cost.amount, cost.currency) if cost else (None, None)
    return bool(
        tx.changed(
            END, purchase=purchase, becomes=becomes, now=tx.now, paid=paid, in_currency=currency, why=why[:200] or None
        )
    )


def next_look(purchase: Purchase, now: datetime) -> datetime | None:
    """When it is looked up after its `looks` tries (from 1); None when that has gone on for long enough."""
    if purchase.looks <= len(LOOKS):
        return now + LOOKS[purchase.looks - 1]
    if now < purchase.due_at:
        return now + HOURLY
    return now + AFTERWARDS if now < purchase.made_at + LONGEST else None


def waited(purchase: Purchase) -> timedelta:
    """What its looks have been apart, all together: of this a clock that jumps once takes away one wait at most."""
    hours = max(purchase.looks - len(LOOKS), 0)
    return sum(LOOKS[: purchase.looks], timedelta(0)) + hours * HOURLY
