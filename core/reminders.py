"""What waits for a person and whose time is running out: told once at half of it, and once when it is nearly over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Column, Executable, Integer, String, Table, bindparam, exists, literal, select
from sqlalchemy.dialects.postgresql import insert as insert_new  # its ON CONFLICT compiles for SQLite just as well

from core import claims, hours, orders, staff, units
from core.ground.columns import UTC, metadata
from core.ground.db import Tx
from core.ground.messages import Choice, Lines, Message, Words, words
from core.ground.tx import AnyRow
from core.orders import State
from core.quiet import Kind
from core.units import Obligation

HALF, NEARLY = 2, 8  # of the time there was, so much is left: a half, an eighth
LISTED = 8  # in one message

reminders = Table(
    "reminders",
    metadata,
    Column("what", String(40), primary_key=True),  # "review 12", "hand 12": of the order's number in our tables
    Column("due_at", UTC, primary_key=True),
    Column("stage", Integer, primary_key=True),
    Column("at", UTC, nullable=False),
)


@dataclass(frozen=True)
class Waiting:
    """An order that waits for staff, and until when."""

    order: int
    number: str
    due_at: datetime


TOLD = insert_new(reminders).on_conflict_do_nothing()
REVIEWS = select(orders.orders.c.id, orders.orders.c.number, orders.orders.c.review_due_at.label("due_at")).where(
    orders.orders.c.state == State.IN_REVIEW,
    orders.orders.c.review_due_at <= bindparam("before"),
    ~exists().where(
        reminders.c.what == literal("review ") + orders.orders.c.number,
        reminders.c.due_at == orders.orders.c.review_due_at,
        reminders.c.stage >= bindparam("stage"),
    ),
)
CLAIMS = select(claims.claims.c.order_id.label("id"), claims.claims.c.number, claims.claims.c.due_at).where(
    claims.claims.c.state == claims.State.IN_REVIEW,
    claims.claims.c.due_at <= bindparam("before"),
    ~exists().where(
        reminders.c.what == literal("claim ") + claims.claims.c.number,
        reminders.c.due_at == claims.claims.c.due_at,
        reminders.c.stage >= bindparam("stage"),
    ),
)
HANDS = (
    select(orders.orders.c.id, orders.orders.c.number, units.units.c.due_at)
    .join(orders.orders, orders.orders.c.id == units.units.c.order_id)
    .where(
        units.units.c.obligation == Obligation.BY_HAND,
        units.units.c.due_at <= bindparam("before"),
        ~exists().where(
            reminders.c.what == literal("hand ") + orders.orders.c.number,
            reminders.c.due_at == units.units.c.due_at,
            reminders.c.stage >= bindparam("stage"),
        ),
    )
    .distinct()
)


def running_out(tx: Tx, most: int = 200) -> int:
    """Tell staff what they have not been told of; returns how many orders that was. All of a kind is one message."""
    told = 0
    for stage in (NEARLY, HALF):
        for kind, (found, within, says) in _kinds(tx).items():
            before = tx.now + within / stage if kind == "hand" else hours.after(tx.rules, tx.now, within / stage)
            late = [_waiting(row) for row in tx.all(found, before=before, stage=stage)]
            news = [each for each in late if _is_due(tx, kind, each, stage)][:most]
            news = [each for each in news if _written_down(tx, kind, each, stage)]
            told += len(news)
            if news:
                news.sort(key=lambda each: each.due_at)
                key = f"running out {kind} {stage} {news[0].number} {news[0].due_at.isoformat()}"
                staff.tell(tx, key, _message(tx, kind, news), says)
    return told


def _kinds(tx: Tx) -> dict[str, tuple[Executable, timedelta, Kind]]:
    """What waits for staff: where it is found, how long it may take, as what it is told."""
    return {
        "review": (REVIEWS, tx.rules.review_within, Kind.REVIEWS),
        "hand": (HANDS, tx.rules.hand_within, Kind.HANDS),
        "claim": (CLAIMS, tx.rules.claim_within, Kind.BUYERS),
    }


def _waiting(row: AnyRow) -> Waiting:
    return Waiting(row.id, row.number, row.due_at)


def _is_due(tx: Tx, kind: str, each: Waiting, stage: int) -> bool:
    """Whether so little is left of the time it had: what is made by hand has a time of its product's own."""
    if kind != "hand":  # whose time is counted while people are here
        within = tx.rules.review_within if kind == "review" else tx.rules.claim_within
        return tx.now < each.due_at <= hours.after(tx.rules, tx.now, within / stage)
    minutes = orders.get(tx, each.order).terms.hand_minutes
    span = tx.rules.hand_within if minutes is None else timedelta(minutes=minutes)
    return tx.now < each.due_at <= tx.now + span / stage


def _written_down(tx: Tx, kind: str, each: Waiting, stage: int) -> bool:
    """False if it was told before."""
    return bool(tx.changed(TOLD, what=f"{kind} {each.number}", due_at=each.due_at, stage=stage, at=tx.now))


def _message(tx: Tx, kind: str, found: Sequence[Waiting]) -> Message:
    many = len(found)
    head = words(f"staff-running-out-{kind}", n=many)
    choices = (
        Choice(words("choose-running-out", number=each.number, left=_left(tx, each)), f"{_verb(kind)} {each.number}")
        for each in found[:LISTED]
    )
    return Message(Lines((head, *(_line(tx, each) for each in found[:LISTED]))), tuple(choices))


def _verb(kind: str) -> str:
    return "order" if kind == "hand" else kind


def _line(tx: Tx, each: Waiting) -> Words:
    return words("staff-running-out-row", number=each.number, left=_left(tx, each), time=each.due_at)


def _left(tx: Tx, each: Waiting) -> int:
    """Minutes."""
    return max(int((each.due_at - tx.now).total_seconds() // 60), 0)
