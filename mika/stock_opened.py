"""Opening codes: to see whether the key is the right one, and for a rehearsal, which copies a few and knows them."""

from __future__ import annotations

import json

from sqlalchemy import bindparam, func, select

from core import inventory
from core.catalog import Product
from core.ground.tx import AnyRow, Tx
from core.ground.vault import Secret
from core.pasted import PastedCode

codes = inventory.codes.c
ABOUT = select(codes.product_id, codes.fingerprint, codes.sealed, codes.expires_on)
NUMBERED = ABOUT.add_columns(codes.id).where(codes.product_id == bindparam("product"))
OLDEST = ABOUT.where(codes.id == select(func.min(codes.id)).scalar_subquery())
FOR_SALE = ABOUT.where(*inventory.sellable()).order_by(codes.id)


def try_key(tx: Tx) -> None:
    """Opens the oldest code there is, if there is one. Raises Tampered when the key is not its key."""
    if row := tx.first(OLDEST):
        _opened(tx, row)


def opened_codes(tx: Tx, product: Product, most: int) -> list[PastedCode]:
    """Up to so many of the codes that could be sold now, the next ones first."""
    rows = tx.all(FOR_SALE.limit(most), product=product.id, today=tx.now.date())
    return [_opened(tx, row) for row in rows]


def every_code(tx: Tx, product: Product) -> dict[int, PastedCode]:
    """All of a product's codes by their numbers, sold or not."""
    rows = tx.all(NUMBERED, product=product.id)
    return {row.id: _opened(tx, row) for row in rows}


def set_aside_for(tx: Tx, unit: int) -> tuple[int, PastedCode] | None:
    """The code that is reserved for a unit, with its number; None where nothing is."""
    held = tx.first(inventory.SET_ASIDE_FOR, unit=unit)
    if held is None:
        return None
    return held.code_id, _opened(tx, tx.one(ABOUT.where(codes.id == held.code_id)))


def _opened(tx: Tx, row: AnyRow) -> PastedCode:
    plain = tx.vault.open(row.sealed, inventory.bound_to(row.product_id, row.fingerprint)).reveal()
    fields = tuple((label, Secret(value)) for label, value in json.loads(plain))
    return PastedCode(fields, row.expires_on)
