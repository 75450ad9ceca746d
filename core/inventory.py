"""Card codes: what is in stock, what is set aside, what has been handed over for good."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    Date,
    Executable,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite just as well

from core import catalog, orders, restores, units
from core.catalog import Product, StockKind
from core.ground.columns import UTC, BigId, Digest, Json, Sealed, metadata, whole
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.money import Money
from core.ground.tx import AnyRow
from core.ground.vault import Secret
from core.pasted import PastedCode

MANY = 10**6  # what a by-hand product can be counted as having


class OutOfStock(ShopError):
    """Fewer codes than asked for. Facts: left."""


class CodeGone(LookupError):
    """What was set aside for a unit has been taken out of stock meanwhile: it needs another."""


class BatchGone(ShopError):
    """The batch was imported or thrown away before."""


batches = Table(
    "batches",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("product_id", BigId, ForeignKey("products.id"), nullable=False),
    Column("source", String(200), nullable=False),
    Column("unit_cost", BigId),  # minor units of currency; null = not told
    Column("currency", String(10)),
    Column("state", String(10), nullable=False),
    Column("proof", String(200)),  # of purchase: a receipt's number, or where it is kept
    Column("report", Json),  # what was found in a draft: see drafts.Report; null = not read to its end
    Column("size", Integer, nullable=False),
    Column("made_by", String(160), nullable=False),
    Column("made_at", UTC, nullable=False),
    Column("ended_at", UTC),
    Column("moved_by", BigId),  # the withdrawal that made it of other batches' codes
    CheckConstraint("state IN ('draft', 'importing', 'live', 'discarded')", name="state"),
    Index("ix_batches_source", "source"),
    Index("ix_batches_product_id", "product_id", "id"),
    Index(
        "ix_batches_moved_by",
        "moved_by",
        sqlite_where=text("moved_by IS NOT NULL"),
        postgresql_where=text("moved_by IS NOT NULL"),
    ),
)
codes = Table(
    "codes",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("product_id", BigId, ForeignKey("products.id"), nullable=False),
    Column("batch_id", BigId, ForeignKey("batches.id"), nullable=False),
    Column("sealed", Sealed, nullable=False),
    Column("fingerprint", Digest, nullable=False),
    Column("state", String(12), nullable=False),
    Column("expires_on", Date),
    Column("max_uses", Integer, nullable=False),
    Column("uses", Integer, nullable=False),
    Column("held", Integer, nullable=False),
    Column("withdrawn_by", BigId),  # the withdrawal that found it set aside: not sold any more, and goes once free
    UniqueConstraint("fingerprint"),
    CheckConstraint("state IN ('available', 'reserved', 'granted', 'quarantined', 'voided')", name="state"),
    CheckConstraint("uses >= 0 AND held >= 0 AND uses + held <= max_uses", name="uses"),
    Index("ix_codes_product_id_state", "product_id", "state", "id"),
    Index("ix_codes_batch_id_state", "batch_id", "state"),
    Index(
        "ix_codes_withdrawn_by",
        "id",
        sqlite_where=text("withdrawn_by IS NOT NULL AND state = 'available'"),
        postgresql_where=text("withdrawn_by IS NOT NULL AND state = 'available'"),
    ),
)
reservations = Table(
    "reservations",
    metadata,
    Column("unit_id", BigId, ForeignKey("units.id"), primary_key=True),
    Column("code_id", BigId, ForeignKey("codes.id"), nullable=False),
    Column("kind", String(5), nullable=False),
    CheckConstraint("kind IN ('one', 'multi')", name="kind"),
    Index(
        "uq_reservations_code_id_one",
        "code_id",
        unique=True,
        sqlite_where=text("kind = 'one'"),
        postgresql_where=text("kind = 'one'"),
    ),
)
grants = Table(
    "grants",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("unit_id", BigId, ForeignKey("units.id"), nullable=False),
    Column("code_id", BigId, ForeignKey("codes.id"), nullable=False),
    Column("kind", String(5), nullable=False),
    Column("superseded_by", BigId, ForeignKey("grants.id", deferrable=True, initially="DEFERRED")),
    Column("granted_at", UTC, nullable=False),
    CheckConstraint("kind IN ('one', 'multi')", name="kind"),
    Index(
        "uq_grants_code_id_one",
        "code_id",
        unique=True,
        sqlite_where=text("kind = 'one'"),
        postgresql_where=text("kind = 'one'"),
    ),
    Index(
        "uq_grants_unit_id_live",
        "unit_id",
        unique=True,
        sqlite_where=text("superseded_by IS NULL"),
        postgresql_where=text("superseded_by IS NULL"),
    ),
    Index(
        "ix_grants_superseded_by",
        "superseded_by",
        sqlite_where=text("superseded_by IS NOT NULL"),
        postgresql_where=text("superseded_by IS NOT NULL"),
    ),
)


@dataclass(frozen=True)
class CardCode:
    """A code by its number. Its plaintext is opened only in `reveal`."""

    id: int
    product: int
    state: str


@dataclass(frozen=True)
class Batch:
    """Codes that came in together: from where, by whom, for how much."""

    id: int
    product: int
    source: str
    state: str
    size: int
    made_by: str
    made_at: datetime
    cost: Money | None = None  # of one
    proof: str | None = None
    report: Mapping[str, Any] | None = None


PRODUCT = bindparam("product")


def sellable(product: ColumnElement[int] = PRODUCT) -> list[ColumnElement[bool]]:
    """Available codes of live batches that have not expired: what may be reserved."""
    live = select(batches.c.id).where(batches.c.product_id == product, batches.c.state == "live")
    return [
        codes.c.product_id == product,
        codes.c.state == "available",
        codes.c.uses + codes.c.held < codes.c.max_uses,
        codes.c.withdrawn_by.is_(None),
        or_(codes.c.expires_on.is_(None), codes.c.expires_on > bindparam("today")),
        codes.c.batch_id.in_(live),
    ]


AVAILABLE = select(whole(func.sum(codes.c.max_uses - codes.c.uses - codes.c.held))).where(*sellable())
SPARE = AVAILABLE.where(codes.c.id != bindparam("but"))
# Set aside for orders whose hold is over: the next reserve puts them back first, whether or not the clock's job has.
LAPSED = (
    select(func.count())
    .select_from(reservations)
    .join(codes, codes.c.id == reservations.c.code_id)
    .join(units.units, units.units.c.id == reservations.c.unit_id)
    .join(orders.orders, orders.orders.c.id == units.units.c.order_id)
    .where(
        codes.c.product_id == bindparam("product"),
        codes.c.state.in_(("available", "reserved")),
        codes.c.withdrawn_by.is_(None),
        or_(codes.c.expires_on.is_(None), codes.c.expires_on > bindparam("today")),
        orders.orders.c.state == orders.State.AWAITING_PAYMENT,
        orders.orders.c.expires_at <= bindparam("now"),
    )
)
# Set aside for orders that nobody has paid for: theirs, or on sale again within minutes.
UNPAID = (
    select(codes.c.product_id, func.count())
    .select_from(reservations)
    .join(codes, codes.c.id == reservations.c.code_id)
    .join(units.units, units.units.c.id == reservations.c.unit_id)
    .join(orders.orders, orders.orders.c.id == units.units.c.order_id)
    .where(
        orders.orders.c.state.in_((orders.State.AWAITING_PAYMENT, orders.State.UNDERPAID)),
        codes.c.state.in_(("available", "reserved")),
        codes.c.withdrawn_by.is_(None),
    )
    .group_by(codes.c.product_id)
)
PICK = select(codes.c.id, codes.c.max_uses, codes.c.uses, codes.c.held).where(*sellable()).order_by(codes.c.id)
FEW = PICK.limit(bindparam("most"))
PICK_FREE = PICK.limit(bindparam("most")).with_for_update(of=codes, skip_locked=True)
PICK_WAITING = PICK.limit(bindparam("most")).with_for_update(of=codes)
HOLD = (
    update(codes)
    .where(
        codes.c.id == bindparam("code"), codes.c.state == "available", codes.c.uses + codes.c.held < codes.c.max_uses
    )
    .values(held=codes.c.held + 1, state=case((codes.c.max_uses == 1, "reserved"), else_="available"))
)
UNHOLD = (
    update(codes)
    .where(codes.c.id == bindparam("code"), codes.c.held > 0)
    .values(held=codes.c.held - 1, state=case((codes.c.state == "reserved", "available"), else_=codes.c.state))
)
# Handed to the very unit it is set aside for, before the shop was restored from a backup.
THEIRS = and_(
    codes.c.state == "quarantined",
    exists().where(restores.handed_before.c.code_id == codes.c.id),
)
USE = (
    update(codes)
    .where(codes.c.id == bindparam("code"), codes.c.held > 0, or_(codes.c.state.in_(("available", "reserved")), THEIRS))
    .values(
        held=codes.c.held - 1,
        uses=codes.c.uses + 1,
        state=case((codes.c.uses + 1 == codes.c.max_uses, "granted"), else_=codes.c.state),
    )
)
GRANTABLE = (  # locked, so that nobody takes it out of stock before it is granted
    select(codes.c.id)
    .join(reservations, reservations.c.code_id == codes.c.id)
    .where(reservations.c.unit_id == bindparam("unit"), or_(codes.c.state.in_(("available", "reserved")), THEIRS))
    .with_for_update(of=codes)
)
SET_ASIDE = insert(reservations)
SET_ASIDE_FOR = select(reservations.c.code_id, reservations.c.kind).where(reservations.c.unit_id == bindparam("unit"))
PUT_BACK = (
    delete(reservations)
    .where(reservations.c.unit_id == bindparam("unit"))
    .returning(reservations.c.code_id, reservations.c.kind)
)
GRANT = insert(grants)
GRANTED_TO = (
    select(grants.c.unit_id, codes.c.id, codes.c.product_id, codes.c.fingerprint, codes.c.sealed, codes.c.expires_on)
    .join(codes, codes.c.id == grants.c.code_id)
    .where(grants.c.unit_id.in_(bindparam("units", expanding=True)), grants.c.superseded_by.is_(None))
)
SEALED = select(codes.c.id, codes.c.product_id, codes.c.fingerprint, codes.c.sealed, codes.c.expires_on).where(
    codes.c.id.in_(bindparam("codes", expanding=True))
)
LIVE_GRANT = select(grants.c.id, grants.c.code_id, grants.c.kind).where(
    grants.c.unit_id == bindparam("unit"), grants.c.superseded_by.is_(None)
)
NEXT_GRANT = {
    "sqlite": select(whole(func.max(grants.c.id)) + 1),  # one writer, and grants are never deleted
    "postgresql": select(func.nextval(func.pg_get_serial_sequence("grants", "id"))),
}
SUPERSEDE = (
    update(grants)
    .where(grants.c.id == bindparam("old"), grants.c.superseded_by.is_(None))
    .values(superseded_by=bindparam("new"))
)
SPOIL = (
    update(codes)
    .where(codes.c.id == bindparam("code"), codes.c.state.not_in(("quarantined", "voided")))
    .values(state="quarantined")
)
TAKE_OUT = (
    update(codes)
    .where(codes.c.id == bindparam("code"), codes.c.state.not_in(("quarantined", "voided")))
    .values(state="quarantined")
)
HOLDERS = select(reservations.c.unit_id).where(reservations.c.code_id == bindparam("code"))
OPEN_BATCH = insert(batches)
BATCH = select(batches).where(batches.c.id == bindparam("batch"))
BATCH_FROM = select(batches.c.id).where(batches.c.source == bindparam("source"))
MOVE_BATCH = (
    update(batches)
    .where(batches.c.id == bindparam("batch"), batches.c.state.in_(bindparam("of", expanding=True)))
    .values(state=bindparam("becomes"))
)
OLD_DRAFTS = (
    select(batches.c.id)
    .where(batches.c.state == "draft", batches.c.made_at < bindparam("before"))
    .limit(bindparam("most"))
)
THROW_AWAY = (  # only what nobody has begun to put on sale
    update(batches)
    .where(batches.c.id == bindparam("batch"), batches.c.state == "draft")
    .values(state="discarded", ended_at=bindparam("at"))
)
END_BATCH = (
    update(batches)
    .where(batches.c.id == bindparam("batch"), batches.c.state.in_(("draft", "importing")))
    .values(
        state=bindparam("becomes"),
        ended_at=bindparam("at"),
        size=select(func.count()).select_from(codes).where(codes.c.batch_id == bindparam("batch")).scalar_subquery(),
    )
)
ADD = insert(codes).on_conflict_do_nothing(index_elements=["fingerprint"])
PRINTS = bindparam("prints", expanding=True)
KNOWN = select(codes.c.fingerprint, codes.c.batch_id).where(codes.c.fingerprint.in_(PRINTS))
BY_FINGERPRINT = select(codes.c.id).where(codes.c.fingerprint == bindparam("print"))
NEWEST = (
    select(batches)
    .where(batches.c.product_id == bindparam("product"), batches.c.state != "discarded")
    .order_by(batches.c.id.desc())
    .limit(bindparam("most"))
    .offset(bindparam("past"))
)
IN_BATCH = select(codes.c.state, func.count()).where(codes.c.batch_id == bindparam("batch")).group_by(codes.c.state)
BOUGHT_FOR = (
    update(batches)
    .where(batches.c.id == bindparam("batch"))
    .values(unit_cost=bindparam("cost"), currency=bindparam("of_currency"), proof=bindparam("by_proof"))
)
COUNTS = (
    select(codes.c.product_id, codes.c.state, func.count())
    .join(batches, and_(batches.c.id == codes.c.batch_id, batches.c.state == "live"))
    .group_by(codes.c.product_id, codes.c.state)
)


def available(tx: Tx, product: Product) -> int:
    """How many could be reserved now. Never above the truth; MANY for what staff or a supplier make on demand."""
    if product.made_to_order:
        return MANY
    if product.kind is StockKind.BUNDLE:
        return min((available(tx, part) // many for part, many in catalog.parts(tx, product)), default=0)
    today = tx.now.date()
    return tx.value(AVAILABLE, product=product.id, today=today) + tx.value(
        LAPSED, product=product.id, today=today, now=tx.now
    )


def spare(tx: Tx, product: Product, code: int) -> int:
    """How many lie ready that could be handed over in place of that code, which is bad."""
    return tx.value(SPARE, product=product.id, today=tx.now.date(), but=code)


def few(tx: Tx, product: Product, most: int) -> int:
    """How many could be reserved now, counted no further than `most`: cheap, however much there is."""
    rows = tx.all(FEW, product=product.id, today=tx.now.date(), most=most)
    return min(sum(row.max_uses - row.uses - row.held for row in rows), most)


def unpaid(tx: Tx) -> dict[int, int]:
    """By product, how many are set aside for orders that nobody has paid for."""
    return {product: many for product, many in tx.all(UNPAID)}


def reserve(tx: Tx, product: Product, units: Sequence[int]) -> None:
    """Set a code aside for each of the units, oldest stock first, or for none of them.

    They stay reserved until grant() hands them over or release() puts them back. Safe to call from many
    transactions at once: a code goes to exactly one unit. By-hand products have nothing to set aside; of what is
    bought from a supplier only what lies in stock is, and the rest is bought when it is paid for.
    Raises OutOfStock when they can't all be filled; the caller's transaction then rolls back.
    """
    if product.made_by_staff:
        return
    picked = _pick_first(tx, product, len(units))
    if product.is_bought:
        units = units[: len(picked)]
    if len(picked) < len(units):
        raise OutOfStock(left=len(picked))
    _set_aside(tx, product, units, picked)


def reserve_some(tx: Tx, product: Product, units: Sequence[int]) -> list[int]:
    """Set a code aside for as many of the units as there are codes; returns those that can be served."""
    if product.made_by_staff:
        return list(units)
    picked = _pick_first(tx, product, len(units))
    _set_aside(tx, product, units[: len(picked)], picked)
    return list(units) if product.is_bought else list(units[: len(picked)])


def _pick_first(tx: Tx, product: Product, many: int) -> list[int]:
    picked = _pick(tx, PICK_FREE, product, many)
    if len(picked) < many:  # the rest may only be locked by someone who then rolls back: wait and see
        picked = _pick(tx, PICK_WAITING, product, many)
    return picked


def _set_aside(tx: Tx, product: Product, units: Sequence[int], picked: Sequence[int]) -> None:
    kind = "multi" if product.kind is StockKind.SHARED else "one"
    for unit, code in zip(units, picked, strict=True):
        if not tx.changed(HOLD, code=code):
            raise OutOfStock(left=0)
        tx.changed(SET_ASIDE, unit_id=unit, code_id=code, kind=kind)


def _pick(tx: Tx, statement: Executable, product: Product, many: int) -> list[int]:
    rows = tx.all(statement, product=product.id, today=tx.now.date(), most=many)
    return [row.id for row in rows for _ in range(row.max_uses - row.uses - row.held)][:many]


def hold_one(tx: Tx, product: Product) -> int | None:
    """Set one aside for somebody who has no order yet; its number. None where there is none. put_back() ends it."""
    for code in _pick_first(tx, product, 1):
        if tx.changed(HOLD, code=code):
            return code
    return None


def put_back(tx: Tx, code: int) -> None:
    """What hold_one() set aside is on sale again."""
    if tx.changed(UNHOLD, code=code):
        tx.wake("stock")


def is_set_aside(tx: Tx, unit: int) -> bool:
    """Whether a code is set aside for the unit."""
    return tx.first(SET_ASIDE_FOR, unit=unit) is not None


def is_grantable(tx: Tx, unit: int) -> bool:
    """Whether grant() would hand a code over now; it stays so until the end of the transaction."""
    return tx.first(GRANTABLE, unit=unit) is not None


def release(tx: Tx, units: Sequence[int]) -> int:
    """Put back what is set aside for the units. Units without a reservation are passed over."""
    put_back = 0
    for unit in units:
        if held := tx.first(PUT_BACK, unit=unit):
            put_back += tx.changed(UNHOLD, code=held.code_id)
    if put_back:
        tx.wake("stock")
    return put_back


def grant(tx: Tx, unit: int) -> int:
    """Hand the unit's reserved code over for good: from this commit on it may be seen at any moment.

    Append-only, unique per code and per unit in the schema. Raises CodeGone when nothing is set aside for it, or
    the code was taken out of stock meanwhile: the unit has no reservation then.
    """
    held = tx.first(PUT_BACK, unit=unit)
    if held is None:
        raise CodeGone(f"unit {unit}")
    if not tx.changed(USE, code=held.code_id):
        tx.changed(UNHOLD, code=held.code_id)
        raise CodeGone(f"unit {unit}")
    return tx.insert(GRANT, unit_id=unit, code_id=held.code_id, kind=held.kind, granted_at=tx.now)


def replace(tx: Tx, product: Product, unit: int) -> int:
    """The unit's code was bad: it is never sold again, and the next one in stock is handed over in its place.

    Raises LookupError for a unit that has no code, OutOfStock when there is no other.
    """
    old = tx.one(LIVE_GRANT, unit=unit)
    tx.changed(SPOIL, code=old.code_id)
    reserve(tx, product, [unit])
    held = tx.first(PUT_BACK, unit=unit)
    if held is None:  # what is bought from a supplier is not bought for nothing
        raise OutOfStock(left=0)
    if not tx.changed(USE, code=held.code_id):
        raise CodeGone(f"unit {unit}")
    # Named before it is there: the old grant must have ended when the new one begins.
    new = tx.value(NEXT_GRANT[tx.dialect])
    tx.changed(SUPERSEDE, old=old.id, new=new)
    return tx.insert(GRANT, id=new, unit_id=unit, code_id=held.code_id, kind=held.kind, granted_at=tx.now)


def quarantine(tx: Tx, code: int, *, but: Sequence[int] = ()) -> list[int]:
    """Available or reserved becomes quarantined, and never comes back. A repeat, and a granted code, changes nothing.

    Returns the units it was set aside for, which are without a code now. Of those in `but` it stays set aside: it is
    theirs already, may be granted to them and to nobody else, and is not on sale again if they give it up.
    """
    if not tx.changed(TAKE_OUT, code=code):
        return []
    holders = [row.unit_id for row in tx.all(HOLDERS, code=code)]
    losing = [unit for unit in holders if unit not in but]
    release(tx, losing)
    tx.many(restores.HANDED_BEFORE, [{"code_id": code, "unit_id": unit} for unit in holders if unit in but])
    return losing


def reveal(tx: Tx, units: Sequence[int]) -> dict[int, PastedCode]:
    """The opened codes granted to the units, by unit. Only for composing a message to their owner."""
    return {row.unit_id: _open(tx, row) for row in tx.all(GRANTED_TO, units=list(units))}


def reveal_codes(tx: Tx, numbers: Sequence[int]) -> dict[int, PastedCode]:
    """The opened codes of these numbers, by number. Only for whoever may look at them: see core/reveals.py."""
    return {row.id: _open(tx, row) for row in tx.all(SEALED, codes=list(numbers))}


def granted_codes(tx: Tx, units: Sequence[int]) -> dict[int, int]:
    """The number of the code that each of the units has, where it has one."""
    return {row.unit_id: row.id for row in tx.all(GRANTED_TO, units=list(units))}


def _open(tx: Tx, row: AnyRow) -> PastedCode:
    plain = tx.vault.open(row.sealed, bound_to(row.product_id, row.fingerprint)).reveal()
    return PastedCode(tuple((label, Secret(value)) for label, value in json.loads(plain)), row.expires_on)


def bound_to(product: int, fingerprint: bytes) -> str:
    """What a sealed code is bound to: its product and its own fingerprint, which is unique."""
    return f"code {fingerprint.hex()} of product {product}"


# Coming into stock. Chunks keep every transaction short; the batch's state makes the whole of them atomic.


def open_batch(
    tx: Tx,
    product: Product,
    source: str,
    by: str,
    *,
    unit_cost: int | None = None,
    draft: bool = False,
    moved_by: int | None = None,
) -> int:
    """A new batch: DRAFT when its codes are yet to be looked at (core/drafts.py keeps them), else IMPORTING."""
    return tx.insert(
        OPEN_BATCH,
        product_id=product.id,
        source=source[:200],
        unit_cost=unit_cost,
        currency=tx.rules.currency if unit_cost is not None else None,
        state="draft" if draft else "importing",
        size=0,
        made_by=by,
        made_at=tx.now,
        moved_by=moved_by,
    )


def batch(tx: Tx, batch: int) -> Batch:
    """Raises NoRow."""
    return _batch(tx.one(BATCH, batch=batch))


def is_batch(tx: Tx, batch: int) -> bool:
    return tx.first(BATCH, batch=batch) is not None


def newest(tx: Tx, product: Product, most: int, past: int = 0) -> list[Batch]:
    """The product's batches but for those thrown away, the newest first."""
    return [_batch(row) for row in tx.all(NEWEST, product=product.id, most=most, past=past)]


def in_batch(tx: Tx, batch: int) -> dict[str, int]:
    """A batch's codes by their state."""
    return {state: many for state, many in tx.all(IN_BATCH, batch=batch)}


def _batch(row: AnyRow) -> Batch:
    cost = None if row.unit_cost is None else Money(row.unit_cost, row.currency)
    return Batch(
        row.id,
        row.product_id,
        row.source,
        row.state,
        row.size,
        row.made_by,
        row.made_at,
        cost,
        row.proof,
        row.report,
    )


def bought_for(tx: Tx, batch: int, cost: Money | None, proof: str | None) -> None:
    """What one of the batch cost, and what shows that it was bought. Either may be untold."""
    amount, currency = (cost.amount, cost.currency) if cost else (None, None)
    tx.changed(BOUGHT_FOR, batch=batch, cost=amount, of_currency=currency, by_proof=proof)


def batch_from(tx: Tx, source: str) -> int | None:
    """The batch that came from there, if there is one: how a repeated paste finds its draft."""
    return tx.value(BATCH_FROM, source=source[:200])


def known(tx: Tx, found: Sequence[PastedCode]) -> int:
    """How many of these codes are in stock or were sold before (of any product: a code is in the shop once)."""
    return len(_there(tx, [tx.vault.fingerprint(code.normal()) for code in found]))


def among(tx: Tx, normal: Sequence[str]) -> set[str]:
    """Which of these, each as PastedCode.normal has it, are codes of the shop's, in stock or gone."""
    printed = {tx.vault.fingerprint(text): text for text in normal}
    return {printed[each] for each in _there(tx, list(printed))}


def _there(tx: Tx, prints: Sequence[bytes]) -> dict[bytes, int]:
    """Those of them that the shop has, and in which batch."""
    parts = (prints[at : at + 500] for at in range(0, len(prints), 500))
    return {row.fingerprint: row.batch_id for part in parts for row in tx.all(KNOWN, prints=part)}


def begin_import(tx: Tx, batch: int) -> None:
    """A draft becomes importing. A repeat changes nothing; raises BatchGone when it is live or discarded."""
    if not tx.changed(MOVE_BATCH, batch=batch, of=["draft", "importing"], becomes="importing"):
        raise BatchGone()


def add(tx: Tx, product: Product, batch: int, found: Sequence[PastedCode], max_uses: int = 1) -> int:
    """Seal some codes into an importing batch; returns how many were new. Duplicates are passed over."""
    uses = max_uses if product.kind is StockKind.SHARED else 1
    printed = {tx.vault.fingerprint(code.normal()): code for code in found}
    there = _there(tx, list(printed))
    fresh = {printed_as: code for printed_as, code in printed.items() if printed_as not in there}
    tx.many(ADD, [_row(tx, product.id, batch, code, uses, printed_as) for printed_as, code in fresh.items()])
    added = _there(tx, list(fresh))  # others may have added the same meanwhile
    return sum(of == batch for of in added.values())


def _add_one(tx: Tx, product: int, batch: int, code: PastedCode, uses: int, *, salt: str = "") -> bytes | None:
    fingerprint = tx.vault.fingerprint(salt + code.normal())
    return fingerprint if tx.changed(ADD, **_row(tx, product, batch, code, uses, fingerprint)) else None


def _row(tx: Tx, product: int, batch: int, code: PastedCode, uses: int, fingerprint: bytes) -> dict[str, Any]:
    plain = json.dumps([[label, secret.reveal()] for label, secret in code.fields], ensure_ascii=False)
    return {
        "product_id": product,
        "batch_id": batch,
        "sealed": tx.vault.seal(plain, bound_to(product, fingerprint)),
        "fingerprint": fingerprint,
        "state": "available",
        "expires_on": code.expires_on,
        "max_uses": uses,
        "uses": 0,
        "held": 0,
    }


def finish_import(tx: Tx, batch: int) -> int:
    """The whole batch is on sale from this commit on. Returns its size; a repeat raises BatchGone."""
    if not tx.changed(END_BATCH, batch=batch, becomes="live", at=tx.now):
        raise BatchGone()
    tx.wake("stock")
    return tx.one(BATCH, batch=batch).size


def discard(tx: Tx, batch: int) -> None:
    """Throw a draft away; drafts.forget erases its lines. A repeat changes nothing; raises BatchGone when imported."""
    state = tx.one(BATCH, batch=batch).state
    if state == "discarded":
        return
    if state != "draft" or not tx.changed(THROW_AWAY, batch=batch, at=tx.now):
        raise BatchGone()


def forget_drafts(tx: Tx, most: int = 50) -> int:
    """Throw away what was pasted a day ago and never decided. Returns how many batches."""
    rows = tx.all(OLD_DRAFTS, before=tx.now - timedelta(days=1), most=most)
    return sum(tx.changed(THROW_AWAY, batch=row.id, at=tx.now) for row in rows)


def counts(tx: Tx) -> dict[int, dict[str, int]]:
    """Codes per product and state: {product: {"available": 12, "reserved": 1, ...}}."""
    found: dict[int, dict[str, int]] = {}
    for product, state, many in tx.all(COUNTS):
        found.setdefault(product, {})[state] = many
    return found


def made_by_hand(tx: Tx, product: Product, unit: int, text: str, by: str) -> None:
    """What staff wrote for a unit becomes its code: sealed, in a batch of its own, set aside for the unit.

    The same words may be the answer to many orders, so the duplicate check is told which unit they are for.
    """
    batch = open_batch(tx, product, "by hand", by)
    code = PastedCode((("text", Secret(text)),))
    fingerprint = _add_one(tx, product.id, batch, code, 1, salt=f"unit {unit}\n")
    finish_import(tx, batch)
    set_aside_for(tx, unit, tx.value(BY_FINGERPRINT, print=fingerprint))


def bought(tx: Tx, product: Product, code: PastedCode, source: str, *, unit_cost: int | None) -> int | None:
    """A code from a supplier comes into stock, in a batch of its own, and could be sold. Returns its number.

    None for a code that the shop has or had: nothing has changed then.
    """
    batch = open_batch(tx, product, source, "supplier", unit_cost=unit_cost)
    fingerprint = _add_one(tx, product.id, batch, code, 1)
    if fingerprint is None:
        tx.changed(END_BATCH, batch=batch, becomes="discarded", at=tx.now)
        return None
    finish_import(tx, batch)
    return tx.value(BY_FINGERPRINT, print=fingerprint)


def set_aside_for(tx: Tx, unit: int, code: int) -> None:
    """An available code that came for this unit is set aside for it. Raises LookupError if it is not available."""
    if not tx.changed(HOLD, code=code):
        raise LookupError(f"code {code}, which came for unit {unit}, is not available")
    tx.changed(SET_ASIDE, unit_id=unit, code_id=code, kind="one")
