"""Card codes: what is in stock, what is set aside, what has been handed over for good."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

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
from core.ground.tx import AnyRow
from core.ground.vault import Secret
from core.pasted import PastedCode

MANY = 10**6  # what a by-hand product can be counted as having


class OutOfStock(ShopError):
    """Fewer codes than asked for. Facts: left."""


class CodeGone(LookupError):
    """What was set aside for a unit has been taken out of stock meanwhile: it needs another."""


# What core/batches.py keeps. It is here because what may be sold is asked of a code and its batch in one statement.
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
PRINTS = bindparam("prints", expanding=True)
KNOWN = select(codes.c.fingerprint, codes.c.batch_id).where(codes.c.fingerprint.in_(PRINTS))
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


def set_aside_for(tx: Tx, unit: int, code: int) -> None:
    """An available code that came for this unit is set aside for it. Raises LookupError if it is not available."""
    if not tx.changed(HOLD, code=code):
        raise LookupError(f"code {code}, which came for unit {unit}, is not available")
    tx.changed(SET_ASIDE, unit_id=unit, code_id=code, kind="one")


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


def known(tx: Tx, found: Sequence[PastedCode]) -> int:
    """How many of these codes are in stock or were sold before (of any product: a code is in the shop once)."""
    return len(batches_of(tx, [tx.vault.fingerprint(code.normal()) for code in found]))


def among(tx: Tx, normal: Sequence[str]) -> set[str]:
    """Which of these, each as PastedCode.normal has it, are codes of the shop's, in stock or gone."""
    printed = {tx.vault.fingerprint(text): text for text in normal}
    return {printed[each] for each in batches_of(tx, list(printed))}


def batches_of(tx: Tx, prints: Sequence[bytes]) -> dict[bytes, int]:
    """Those of them that the shop has, and in which batch."""
    parts = (prints[at : at + 500] for at in range(0, len(prints), 500))
    return {row.fingerprint: row.batch_id for part in parts for row in tx.all(KNOWN, prints=part)}


def counts(tx: Tx) -> dict[int, dict[str, int]]:
    """Codes per product and state: {product: {"available": 12, "reserved": 1, ...}}."""
    found: dict[int, dict[str, int]] = {}
    for product, state, many in tx.all(COUNTS):
        found.setdefault(product, {})[state] = many
    return found
