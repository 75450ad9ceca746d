"""How buyers were reached about their orders: each attempt a row, with its way, its time and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, String, Table, bindparam, select
from sqlalchemy.dialects.postgresql import insert as insert_new  # its ON CONFLICT compiles for SQLite just as well

from core.ground.columns import UTC, BigId, metadata
from core.ground.db import Tx
from core.ground.messages import Words, words

SHOWN = 4  # on an order's card, the newest


class Way(StrEnum):
    CHAT = "chat"
    EMAIL = "email"
    BELL = "bell"


class What(StrEnum):
    CODES = "codes"
    LINK = "link"  # by which the order is opened
    NOTICE = "notice"


class Outcome(StrEnum):
    SENT = "sent"
    REFUSED = "refused"  # for good
    UNHEARD = "unheard"  # until their next word
    LATER = "later"  # not now: it is tried again
    UNKNOWN = "unknown"  # the answer was lost: the same is sent again by the same name


attempts = Table(
    "attempts",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("order_id", BigId, ForeignKey("orders.id"), nullable=False),
    Column("key", String(240), unique=True),  # of the effect and which try it was
    Column("way", String(10), nullable=False),
    Column("what", String(10), nullable=False),
    Column("outcome", String(10), nullable=False),
    Column("contact_id", BigId, ForeignKey("contacts.id")),  # whose address, where it is one that was given
    Column("shown", String(300), nullable=False),  # it, masked
    Column("reference", String(300), nullable=False),  # the way's own id of it
    Column("at", UTC, nullable=False),
    CheckConstraint("way IN ('chat', 'email', 'bell')", name="way"),
    CheckConstraint("what IN ('codes', 'link', 'notice')", name="what"),
    CheckConstraint("outcome IN ('sent', 'refused', 'unheard', 'later', 'unknown')", name="outcome"),
    CheckConstraint("(way = 'email') = (contact_id IS NOT NULL)", name="contact"),
    Index("ix_attempts_order_id", "order_id", "id"),
)
NOTE = insert_new(attempts).on_conflict_do_nothing(index_elements=["key"])
GONE = select(attempts.c.id).where(attempts.c.key == bindparam("of_key"))
TRIED = select(attempts.c.id).where(attempts.c.order_id == bindparam("order"), attempts.c.what == What.CODES).limit(1)
OF = (
    select(attempts)
    .where(attempts.c.order_id == bindparam("order"))
    .order_by(attempts.c.id.desc())
    .limit(bindparam("most"))
)


@dataclass(frozen=True)
class Attempt:
    way: Way
    what: What
    outcome: Outcome
    shown: str
    at: datetime


def note(
    tx: Tx,
    order: int,
    way: Way,
    what: What,
    outcome: Outcome,
    *,
    key: str | None = None,
    contact: int | None = None,
    shown: str = "",
    reference: str = "",
) -> bool:
    """An attempt was made. Once per key, where it has one: False for a repeat."""
    return bool(
        tx.changed(
            NOTE,
            order_id=order,
            key=key,
            way=way,
            what=what,
            outcome=outcome,
            contact_id=contact,
            shown=shown[:300],
            reference=reference[:300],
            at=tx.now,
        )
    )


def has_gone(tx: Tx, key: str) -> bool:
    """Whether what has that key is known to have gone."""
    return tx.first(GONE, of_key=key) is not None


def tried(tx: Tx, order: int) -> bool:
    """Whether codes of the order were ever on their way to its buyer, whatever became of it."""
    return tx.first(TRIED, order=order) is not None


def of(tx: Tx, order: int, most: int = SHOWN) -> list[Attempt]:
    """The newest attempts about an order, the oldest of them first."""
    rows = tx.all(OF, order=order, most=most)
    return [Attempt(Way(row.way), What(row.what), Outcome(row.outcome), row.shown, row.at) for row in reversed(rows)]


def line(attempt: Attempt) -> Words:
    """An attempt to staff."""
    way = (
        words("reached-by-email", address=attempt.shown)
        if attempt.way is Way.EMAIL
        else words(f"reached-by-{attempt.way}")
    )
    return words(
        "staff-attempt",
        time=attempt.at,
        way=way,
        what=words(f"mailed-{attempt.what}"),
        outcome=words(f"attempt-{attempt.outcome}"),
    )


def mailed(tx: Tx, order: int) -> Words | None:
    """The last mail that went out about an order, to its buyer; None where none has."""
    sent = [one for one in of(tx, order, 20) if one.way is Way.EMAIL and one.outcome is Outcome.SENT]
    return words("mailed-too", address=sent[-1].shown, time=sent[-1].at) if sent else None
