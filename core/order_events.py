"""What happened to an order, event by event: its story."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ForeignKey, Index, String, Table, bindparam, insert, select, text

from core import pasts
from core.ground.columns import UTC, BigId, Json, metadata
from core.ground.db import Tx
from core.ground.tx import AnyRow

events = Table(
    "order_events",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("order_id", BigId, ForeignKey("orders.id"), nullable=False),
    Column("at", UTC, nullable=False),
    Column("what", String(30), nullable=False),
    Column("actor", String(160), nullable=False),
    Column("detail", Json, nullable=False),
    Index("ix_order_events_order_id", "order_id", "id"),
    Index(  # few are; each verdict asks it of every order of before
        "ix_order_events_replaced",
        "order_id",
        "at",
        sqlite_where=text("what = 'replaced'"),
        postgresql_where=text("what = 'replaced'"),
    ),
)
RECORD = insert(events)
HISTORY_OF = select(events).where(events.c.order_id == bindparam("order")).order_by(events.c.id)


def record(tx: Tx, order: int, what: str, actor: str, **detail: Any) -> int:
    """An event in the order's story; tx.now gives the time, the row's number, which is returned, the order of events.

    What may happen to an order more than once is keyed by it: its version only counts changes of its state.
    """
    made = tx.insert(RECORD, order_id=order, at=tx.now, what=what, actor=actor, detail=detail)
    pasts.happened(tx, order, what)
    return made


def events_of(tx: Tx, order: int, what: str) -> list[AnyRow]:
    """The events of that kind in the order's story, the first one first."""
    return [row for row in tx.all(HISTORY_OF, order=order) if row.what == what]


def happened(tx: Tx, order: int, what: str) -> bool:
    """Whether there is such an event in the order's story."""
    return bool(events_of(tx, order, what))


def recorded(tx: Tx, order: int, what: str, key: str) -> bool:
    """Whether this request has left that event before."""
    return any(row.detail.get("key") == key for row in events_of(tx, order, what))
