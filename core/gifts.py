"""Gifts: a code that was handed over, passed on by a link that opens once. Its token is stored nowhere.

Until somebody opens it, it can be taken back, and ends by itself. From then on the code is theirs who opened it.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    bindparam,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite just as well

from core import units
from core.customers import people
from core.ground.columns import UTC, BigId, Digest, metadata
from core.ground.db import Tx
from core.ground.vault import Secret
from core.links import opened, to_gift
from core.units import Obligation

MARK = 20  # bytes that nobody guesses

gifts = Table(
    "gifts",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", String(300), nullable=False, unique=True),  # the event in which it was made
    Column("order_id", BigId, ForeignKey("orders.id"), nullable=False),
    Column("unit_id", BigId, ForeignKey("units.id"), nullable=False),
    Column("giver", String(160), ForeignKey("people.id"), nullable=False),
    Column("fingerprint", Digest, nullable=False, unique=True),  # of its token
    Column("made_at", UTC, nullable=False),
    Column("expires_at", UTC, nullable=False),
    Column("state", String(8), nullable=False),
    Column("opened_by", String(160), ForeignKey("people.id")),
    Column("ended_at", UTC),
    CheckConstraint("state IN ('waits', 'opened', 'back', 'lapsed')", name="state"),
    CheckConstraint("(state = 'opened') = (opened_by IS NOT NULL)", name="opened"),
    CheckConstraint("(state = 'waits') = (ended_at IS NULL)", name="ended"),
    Index("ix_gifts_order_id", "order_id"),
    Index("ix_gifts_opened_by", "opened_by"),
    Index(
        "uq_gifts_unit_id_live",
        "unit_id",
        unique=True,
        sqlite_where=text("state IN ('waits', 'opened')"),
        postgresql_where=text("state IN ('waits', 'opened')"),
    ),
)
gift_guests = Table(  # to whom it was shown, because they had its link: nobody else may open it
    "gift_guests",
    metadata,
    Column("gift_id", BigId, ForeignKey("gifts.id"), primary_key=True),
    Column("person_id", String(160), ForeignKey("people.id"), primary_key=True),
    Column("at", UTC, nullable=False),
)


@dataclass(frozen=True)
class Gift:
    """A code on its way to somebody, or theirs by now. `customer` is whose it is once it was opened."""

    id: int
    order: int
    unit: int
    giver: str
    state: str
    expires_at: datetime
    opened_by: str | None = None
    ended_at: datetime | None = None
    customer: int | None = None


GIFTS = select(
    gifts.c.id,
    gifts.c.order_id,
    gifts.c.unit_id,
    gifts.c.giver,
    gifts.c.state,
    gifts.c.expires_at,
    gifts.c.opened_by,
    gifts.c.ended_at,
    people.c.customer_id,
).outerjoin(people, people.c.id == gifts.c.opened_by)
ONE = GIFTS.where(gifts.c.id == bindparam("gift"))
BY_KEY = GIFTS.where(gifts.c.key == bindparam("of_key"))
BY_PRINT = GIFTS.where(gifts.c.fingerprint == bindparam("print"))
LIVE = GIFTS.where(gifts.c.order_id == bindparam("order"), gifts.c.state.in_(("waits", "opened"))).order_by(gifts.c.id)
OPENED = GIFTS.where(gifts.c.order_id == bindparam("order"), gifts.c.state == "opened")
RECEIVED = (
    GIFTS.where(people.c.customer_id == bindparam("customer"), gifts.c.state == "opened")
    .order_by(gifts.c.id.desc())
    .limit(bindparam("most"))
)
MADE_WITH = select(gifts.c.giver, gifts.c.key, gifts.c.state, gifts.c.expires_at).where(gifts.c.id == bindparam("gift"))
NEW = insert(gifts)
LAPSE = (
    update(gifts)
    .where(gifts.c.unit_id == bindparam("unit"), gifts.c.state == "waits", gifts.c.expires_at <= bindparam("now"))
    .values(state="lapsed", ended_at=bindparam("at"))
)
TAKE_BACK = (
    update(gifts)
    .where(gifts.c.id == bindparam("gift"), gifts.c.state == "waits")
    .values(state="back", ended_at=bindparam("at"))
)
OPEN = (
    update(gifts)
    .where(gifts.c.id == bindparam("gift"), gifts.c.state == "waits", gifts.c.expires_at > bindparam("now"))
    .values(state="opened", opened_by=bindparam("person"), ended_at=bindparam("at"))
)
LET_IN = insert(gift_guests).on_conflict_do_nothing(index_elements=["gift_id", "person_id"])
IS_GUEST = select(gift_guests.c.at).where(
    gift_guests.c.gift_id == bindparam("gift"), gift_guests.c.person_id == bindparam("person")
)
TO_FETCH = (
    select(gifts.c.order_id)
    .join(units.units, units.units.c.id == gifts.c.unit_id)
    .where(gifts.c.opened_by == bindparam("person"), units.units.c.obligation == Obligation.PICKUP)
    .distinct()
)


def make(tx: Tx, order: int, unit: int, giver: str, key: str) -> Gift:
    """A link by which the unit's code can be had, once, until its time is over. Once per key; only its digest is kept.

    Raises NoRow where there is one that waits or was opened.
    """
    tx.changed(LAPSE, unit=unit, now=tx.now, at=tx.now)
    made = tx.insert(
        NEW.on_conflict_do_nothing(),
        key=key,
        order_id=order,
        unit_id=unit,
        giver=giver,
        fingerprint=_print(tx, _token(tx, giver, key)),
        made_at=tx.now,
        expires_at=tx.now + tx.rules.gift_within,
        state="waits",
    )
    return get(tx, made)


def get(tx: Tx, gift: int) -> Gift:
    """Raises NoRow."""
    return Gift(*tx.one(ONE, gift=gift))


def made_with(tx: Tx, key: str) -> Gift | None:
    """The gift that this event has made, if it has."""
    row = tx.first(BY_KEY, of_key=key)
    return Gift(*row) if row else None


def link(tx: Tx, gift: int, reader: str) -> Secret | None:
    """What its link carries, worked out anew for the giver as long as it waits. Raises LookupError for others."""
    row = tx.one(MADE_WITH, gift=gift)
    if row.giver != reader:
        raise LookupError(f"gift {gift} is not {reader}'s")
    if row.state != "waits" or row.expires_at <= tx.now:
        return None
    return Secret(to_gift(_token(tx, row.giver, row.key)))


def _token(tx: Tx, giver: str, key: str) -> str:
    drawn = tx.vault.fingerprint(f"{giver}\n{key}", "gift token")[:MARK]
    return base64.urlsafe_b64encode(drawn).decode().rstrip("=")


def _print(tx: Tx, token: str) -> bytes:
    return tx.vault.fingerprint(token, "gift")


def by_token(tx: Tx, token: str) -> Gift | None:
    """The gift whose link carries this. None for what is no link of ours."""
    what = opened(token)
    row = tx.first(BY_PRINT, print=_print(tx, what[1])) if what and what[0] == "gift" else None
    return Gift(*row) if row else None


def live(tx: Tx, order: int) -> dict[int, Gift]:
    """By unit, what of the order waits to be opened, or was."""
    return {row.unit_id: Gift(*row) for row in tx.all(LIVE, order=order)}


def opened_of(tx: Tx, order: int) -> dict[int, Gift]:
    """By unit, what of the order is somebody else's by now."""
    return {row.unit_id: Gift(*row) for row in tx.all(OPENED, order=order)}


def received(tx: Tx, customer: int, most: int) -> Sequence[Gift]:
    """What somebody was given, the newest first."""
    return [Gift(*row) for row in tx.all(RECEIVED, customer=customer, most=most)]


def to_fetch(tx: Tx, person: str) -> list[int]:
    """Orders of which a code waits for whoever it was given to, because their chat was closed to us."""
    return [row.order_id for row in tx.all(TO_FETCH, person=person)]
