"""Batches: codes that come into stock together, from where and for how much; on sale all at once, or thrown away.

Chunks keep every transaction short; the batch's state makes the whole of them atomic.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite just as well

from core import inventory
from core.catalog import Product, StockKind
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.money import Money
from core.ground.tx import AnyRow
from core.ground.vault import Secret
from core.inventory import batches, codes
from core.pasted import PastedCode


class BatchGone(ShopError):
    """The batch was imported or thrown away before."""


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


def begin_import(tx: Tx, batch: int) -> None:
    """A draft becomes importing. A repeat changes nothing; raises BatchGone when it is live or discarded."""
    if not tx.changed(MOVE_BATCH, batch=batch, of=["draft", "importing"], becomes="importing"):
        raise BatchGone()


def add(tx: Tx, product: Product, batch: int, found: Sequence[PastedCode], max_uses: int = 1) -> int:
    """Seal some codes into an importing batch; returns how many were new. Duplicates are passed over."""
    uses = max_uses if product.kind is StockKind.SHARED else 1
    printed = {tx.vault.fingerprint(code.normal()): code for code in found}
    there = inventory.batches_of(tx, list(printed))
    fresh = {printed_as: code for printed_as, code in printed.items() if printed_as not in there}
    tx.many(ADD, [_row(tx, product.id, batch, code, uses, printed_as) for printed_as, code in fresh.items()])
    added = inventory.batches_of(tx, list(fresh))  # others may have added the same meanwhile
    return sum(of == batch for of in added.values())


def _add_one(tx: Tx, product: int, batch: int, code: PastedCode, uses: int, *, salt: str = "") -> bytes | None:
    fingerprint = tx.vault.fingerprint(salt + code.normal())
    return fingerprint if tx.changed(ADD, **_row(tx, product, batch, code, uses, fingerprint)) else None


def _row(tx: Tx, product: int, batch: int, code: PastedCode, uses: int, fingerprint: bytes) -> dict[str, Any]:
    plain = json.dumps([[label, secret.reveal()] for label, secret in code.fields], ensure_ascii=False)
    return {
        "product_id": product,
        "batch_id": batch,
        "sealed": tx.vault.seal(plain, inventory.bound_to(product, fingerprint)),
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


def made_by_hand(tx: Tx, product: Product, unit: int, text: str, by: str) -> None:
    """What staff wrote for a unit becomes its code: sealed, in a batch of its own, set aside for the unit.

    The same words may be the answer to many orders, so the duplicate check is told which unit they are for.
    """
    batch = open_batch(tx, product, "by hand", by)
    code = PastedCode((("text", Secret(text)),))
    fingerprint = _add_one(tx, product.id, batch, code, 1, salt=f"unit {unit}\n")
    finish_import(tx, batch)
    inventory.set_aside_for(tx, unit, tx.value(BY_FINGERPRINT, print=fingerprint))


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
