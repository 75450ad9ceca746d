"""Asking issuers by contract whether codes of theirs were redeemed: which, how often, and what they said.

Only who is named as a product's issuer is asked, over the interface they gave us for it. No brand's page is ever tried
with a buyer's code. "Not redeemed" is an answer for this moment, so nothing is kept of it but when to ask again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Column, ForeignKey, Integer, Table, and_, bindparam, exists, or_, select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite just as well

from core import inventory, orders, redemptions, restores, units
from core.ground.columns import UTC, BigId, metadata
from core.ground.db import Tx
from core.ground.vault import Secret
from core.redemptions import Source
from core.units import UnitState

FIRST = timedelta(hours=1)  # after it was sent; then after twice as long, and so on
TRIES = 12  # half a year; who has kept a code so long keeps it
A_BEAT = 20  # asked of one issuer in a minute

asks = Table(
    "redemption_asks",
    metadata,
    Column("unit_id", BigId, ForeignKey("units.id"), primary_key=True),
    Column("code_id", BigId, ForeignKey("codes.id"), primary_key=True),
    Column("tries", Integer, nullable=False),
    Column("due_at", UTC, nullable=False),
)


@dataclass(frozen=True)
class RedemptionAnswer:
    """What an issuer says of a code at this moment. `at`: when it was redeemed, where that is told."""

    state: Literal["redeemed", "unredeemed", "unknown"]
    at: datetime | None = None


@dataclass(frozen=True)
class Ask:
    """A code to be asked about, by numbers, and of whom."""

    order: int
    unit: int
    code: int
    issuer: str
    tries: int


_u, _l, _g, _i = units.units, orders.lines, inventory.grants, redemptions.issuers
_codes = inventory.codes
DUE = (
    select(_u.c.order_id, _u.c.id, _g.c.code_id, _i.c.name, asks.c.tries)
    .select_from(_u)
    .join(_g, and_(_g.c.unit_id == _u.c.id, _g.c.superseded_by.is_(None)))
    .join(_codes, _codes.c.id == _g.c.code_id)
    .join(_i, _i.c.product_id == _codes.c.product_id)
    .outerjoin(asks, and_(asks.c.unit_id == _u.c.id, asks.c.code_id == _g.c.code_id))
    .where(
        _i.c.name == bindparam("name"),
        _u.c.state == UnitState.SENT,
        _u.c.sent_at <= bindparam("before"),
        or_(asks.c.due_at.is_(None), asks.c.due_at <= bindparam("now")),
        or_(asks.c.tries.is_(None), asks.c.tries < TRIES),
        ~exists().where(
            redemptions.redemptions.c.unit_id == _u.c.id,
            redemptions.redemptions.c.code_id == _g.c.code_id,
            redemptions.redemptions.c.source == Source.ISSUER,
        ),
    )
    .order_by(_u.c.id)
    .limit(bindparam("most"))
)
NEW = insert(asks)
NEXT = NEW.on_conflict_do_update(
    index_elements=["unit_id", "code_id"], set_={"tries": NEW.excluded.tries, "due_at": NEW.excluded.due_at}
)


def to_ask(tx: Tx, names: Sequence[str], most: int = A_BEAT) -> list[Ask]:
    """What these issuers may be asked about now, so many of each: one that is away keeps no other's waiting.

    None while a restore is unchecked: it may be another's code.
    """
    if not names or tx.first(restores.UNCHECKED):
        return []
    return [ask for name in names for ask in _to_ask_one(tx, name, most)]


def _to_ask_one(tx: Tx, name: str, most: int) -> list[Ask]:
    rows = tx.all(DUE, name=name, before=tx.now - FIRST, now=tx.now, most=most)
    return [Ask(row.order_id, row.id, row.code_id, row.name, row.tries or 0) for row in rows]


def code_of(tx: Tx, ask: Ask) -> Secret | None:
    """The code as the issuer gave it to us; None where the unit has another by now."""
    if inventory.granted_codes(tx, [ask.unit]).get(ask.unit) != ask.code:
        return None
    code = inventory.reveal(tx, [ask.unit])[ask.unit]
    return code.fields[0][1]


def answered(tx: Tx, ask: Ask, answer: RedemptionAnswer) -> None:
    """What the issuer said is kept if it was redeemed; else they are asked again, after twice as long each time."""
    if answer.state == "redeemed":
        key = f"asked {ask.unit} {ask.code}"
        redemptions.tell(tx, ask.order, ask.unit, ask.code, Source.ISSUER, ask.issuer, key, answer.at)
        return
    due = tx.now + FIRST * 2**ask.tries
    tx.changed(NEXT, unit_id=ask.unit, code_id=ask.code, tries=ask.tries + 1, due_at=due)
