"""When staff hear of what: each kind of notice at once, in lists or not at all; and the hours in which they sleep.

A board is where notices are read: a room, or the own chat of somebody whose chat has no room. What is not said at once
waits here and is said as one summary, and nothing is said faster than a group may be spoken to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite just as well

from core.ground.columns import UTC, BigId, Json, metadata
from core.ground.db import Tx
from core.ground.messages import Message, pack, unpack


class Kind(StrEnum):
    """What a notice is about. Its name is a sentence: kind-stock."""

    PAID = "paid"
    REVIEWS = "reviews"
    HANDS = "hands"
    BUYERS = "buyers"  # somebody asks for a person
    QUESTIONS = "questions"  # somebody asked what nobody has an answer to
    MONEY = "money"
    RISK = "risk"
    STOCK = "stock"
    SUPPLY = "supply"
    RAILS = "rails"
    OVERDUE = "overdue"
    SWITCHES = "switches"
    DAILY = "daily"
    FAULTS = "faults"  # what broke
    SECURITY = "security"  # codes seen or taken out, roles given: nobody can switch that off


class Topic(StrEnum):
    """Where in a room a notice is said, if its chat divides rooms. Its name is a sentence: topic-orders."""

    ORDERS = "orders"
    STOCK = "stock"
    ALERTS = "alerts"


class Mode(StrEnum):
    """How it is said. Its name is a sentence: mode-now."""

    NOW = "now"
    LISTS = "lists"
    OFF = "off"


TOPICS = {  # everything else is an alert
    Kind.PAID: Topic.ORDERS,
    Kind.REVIEWS: Topic.ORDERS,
    Kind.HANDS: Topic.ORDERS,
    Kind.BUYERS: Topic.ORDERS,
    Kind.QUESTIONS: Topic.ORDERS,
    Kind.STOCK: Topic.STOCK,
    Kind.SUPPLY: Topic.STOCK,
    Kind.DAILY: None,  # where all read
}
PIERCING = frozenset({Kind.MONEY, Kind.STOCK, Kind.SECURITY})  # these wake people
USUAL = {Kind.PAID: Mode.OFF, Kind.QUESTIONS: Mode.LISTS}  # until somebody asks otherwise; all else is said at once
LISTED = timedelta(minutes=10)  # what is said in lists waits so long for more
MINUTE = timedelta(minutes=1)
MOST = 12  # new messages to a board in any minute: Telegram takes 20 in a group, and presses are answered there too
KEPT = timedelta(days=30)

boards = Table(
    "boards",
    metadata,
    Column("person_id", String(160), ForeignKey("people.id"), primary_key=True),
    Column("modes", Json, nullable=False),  # by kind, where it is not as usual
    Column("quiet_from", Integer),  # minutes after midnight in the shop's zone
    Column("quiet_until", Integer),
    Column("paid_until", UTC),  # the list of paid orders has been told up to here
    CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name="hours"),
)
notices = Table(
    "staff_notices",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("board", String(160), nullable=False),
    Column("subject", String(200), nullable=False),  # its card, else its key
    Column("kind", String(20), nullable=False),
    Column("message", Json, nullable=False),
    Column("at", UTC, nullable=False),
    Column("due_at", UTC, nullable=False),
    Column("told_at", UTC),  # null: it waits
    Column("alone", Boolean, nullable=False),  # said as a message of its own, not in a summary
    UniqueConstraint("board", "subject"),
    Index(
        "ix_staff_notices_waiting",
        "due_at",
        sqlite_where=text("told_at IS NULL"),
        postgresql_where=text("told_at IS NULL"),
    ),
    Index("ix_staff_notices_board_told_at", "board", "told_at"),
)


@dataclass(frozen=True)
class Board:
    id: str
    modes: Mapping[str, str] = field(default_factory=dict)
    quiet: tuple[int, int] | None = None
    paid_until: datetime | None = None

    def mode(self, kind: Kind) -> Mode:
        if kind is Kind.SECURITY:  # whoever looks at codes may also be who sets this
            return Mode.NOW
        return Mode(self.modes.get(kind, USUAL.get(kind, Mode.NOW)))

    def sleeps_until(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """When its quiet hours end; None if they are not on."""
        return quiet_until(now, zone, *self.quiet) if self.quiet else None


@dataclass(frozen=True)
class Notice:
    id: int
    kind: Kind
    subject: str
    message: Message
    at: datetime
    due_at: datetime


BOARD = select(boards).where(boards.c.person_id == bindparam("board"))
NEW_BOARD = insert(boards)
# Whoever says something new there holds the row: two at once would each see room for the last message of the minute.
TOUCH = NEW_BOARD.on_conflict_do_update(index_elements=["person_id"], set_={"person_id": NEW_BOARD.excluded.person_id})
MODES = update(boards).where(boards.c.person_id == bindparam("board")).values(modes=bindparam("given"))
HOURS = (
    update(boards)
    .where(boards.c.person_id == bindparam("board"))
    .values(quiet_from=bindparam("begin"), quiet_until=bindparam("end"))
)
PAID_UNTIL = update(boards).where(boards.c.person_id == bindparam("board")).values(paid_until=bindparam("until"))
KNOWN = select(notices.c.told_at, notices.c.alone, notices.c.due_at).where(
    notices.c.board == bindparam("board"), notices.c.subject == bindparam("about")
)
NEW = insert(notices)
NOTE = NEW.on_conflict_do_update(
    index_elements=["board", "subject"],
    set_={name: NEW.excluded[name] for name in ("kind", "message", "at", "due_at", "told_at", "alone")},
)
LATELY = select(func.count()).where(
    notices.c.board == bindparam("board"), notices.c.told_at > bindparam("since"), notices.c.alone
)
COLUMNS = (notices.c.id, notices.c.kind, notices.c.subject, notices.c.message, notices.c.at, notices.c.due_at)
WAITING = (
    select(*COLUMNS)
    .where(notices.c.board == bindparam("board"), notices.c.told_at.is_(None))
    .order_by(notices.c.id)
    .limit(bindparam("most"))
)
DUE = select(notices.c.board).where(notices.c.told_at.is_(None), notices.c.due_at <= bindparam("now")).distinct()
TOLD = (
    update(notices)
    .where(notices.c.id.in_(bindparam("those", expanding=True)), notices.c.told_at.is_(None))
    .values(told_at=bindparam("now"), alone=bindparam("by_itself"))
)
IN_SUMMARY = (
    select(*COLUMNS)
    .where(notices.c.board == bindparam("board"), notices.c.told_at.is_not(None), ~notices.c.alone)
    .order_by(notices.c.id.desc())
    .limit(bindparam("most"))
)
DROP = delete(notices).where(notices.c.board == bindparam("board"), notices.c.told_at.is_(None))
FORGET = delete(notices).where(notices.c.told_at < bindparam("before"))


def topic(kind: Kind) -> Topic | None:
    return TOPICS.get(kind, Topic.ALERTS)


def of(tx: Tx, board: str) -> Board:
    row = tx.first(BOARD, board=board)
    if row is None:
        return Board(board)
    hours = None if row.quiet_from is None else (row.quiet_from, row.quiet_until)
    return Board(board, row.modes, hours, row.paid_until)


def quiet_until(now: datetime, zone: ZoneInfo, begin: int, end: int) -> datetime | None:
    """When the quiet hours that are on at this moment end; None between them. Minutes after midnight, by the wall's
    clock: on the days it is changed they are an hour longer or shorter."""
    local = now.astimezone(zone)
    minute = local.hour * 60 + local.minute
    inside = begin <= minute < end if begin < end else minute >= begin or minute < end
    if begin == end or not inside:
        return None
    day = local.date() + timedelta(days=int(minute >= end))
    return datetime.combine(day, time(end // 60, end % 60), zone).astimezone(now.tzinfo)


def takes(tx: Tx, board: str, key: str, message: Message, kind: Kind, *, edits: bool) -> bool:
    """Whether this is to be said there now. Else it waits for a summary, or is said nowhere.

    `edits`: the place changes its cards, so that a card which stands there makes no noise when it is told anew.
    """
    subject = (message.card or key)[:200]
    known = tx.first(KNOWN, board=board, about=subject)
    if known and known.told_at and known.alone and edits:
        return True
    here = of(tx, board)
    mode = here.mode(kind)
    if mode is Mode.OFF:
        return False
    sleeps = None if kind in PIERCING else here.sleeps_until(tx.now, tx.rules.zone)
    due = sleeps or (tx.now + LISTED if mode is Mode.LISTS else None)
    waits = known is not None and known.told_at is None  # its place is in the summary
    if due is None and not waits and not has_room(tx, board):
        due = tx.now + MINUTE
    if known is not None and waits:
        due = min(due or tx.now, known.due_at)  # what is noted again waits no longer than it would have
    _note(tx, board, subject, kind, message, due)
    return due is None


def _note(tx: Tx, board: str, subject: str, kind: Kind, message: Message, due: datetime | None) -> None:
    tx.changed(
        NOTE,
        board=board,
        subject=subject,
        kind=kind,
        message=pack(message),
        at=tx.now,
        due_at=due or tx.now,
        told_at=None if due else tx.now,
        alone=due is None,
    )


def has_room(tx: Tx, board: str) -> bool:
    """Whether one more new message may be said there in this minute. Who asks holds the board until the commit."""
    tx.changed(TOUCH, person_id=board, modes={})
    return tx.value(LATELY, board=board, since=tx.now - MINUTE) < MOST


def said(tx: Tx, board: str, key: str, kind: Kind, message: Message) -> None:
    """It is being said there, whatever the modes: it counts for the minute."""
    _note(tx, board, key[:200], kind, message, None)


def due(tx: Tx) -> list[str]:
    """Boards on which something has waited long enough."""
    return [row.board for row in tx.all(DUE, now=tx.now)]


def take(tx: Tx, board: str, most: int = 2000) -> list[Notice]:
    """What is to be told there now of all that waits, once: it counts as told. Nothing while it is to be quiet."""
    if not has_room(tx, board):
        return []
    here = of(tx, board)
    sleeps = here.sleeps_until(tx.now, tx.rules.zone) is not None
    found = [notice for notice in waiting(tx, board, most) if not sleeps or notice.kind in PIERCING]
    if not any(notice.due_at <= tx.now for notice in found):
        return []
    told = [notice for notice in found if here.mode(notice.kind) is not Mode.OFF]
    tx.changed(TOLD, those=[notice.id for notice in found], now=tx.now, by_itself=len(told) == 1)
    return told


def waiting(tx: Tx, board: str, most: int = 2000) -> list[Notice]:
    return [_notice(row) for row in tx.all(WAITING, board=board, most=most)]


def in_summary(tx: Tx, board: str, most: int) -> list[Notice]:
    """What was told in summaries only, the newest first."""
    return [_notice(row) for row in tx.all(IN_SUMMARY, board=board, most=most)]


def _notice(row: Any) -> Notice:
    return Notice(row.id, Kind(row.kind), row.subject, unpack(row.message), row.at, row.due_at)


def drop(tx: Tx, board: str) -> int:
    """What waits there is not told any more. Returns how many notices that was."""
    return tx.changed(DROP, board=board)


def forget(tx: Tx) -> int:
    return tx.changed(FORGET, before=tx.now - KEPT)


def set_mode(tx: Tx, board: str, kind: Kind, mode: Mode) -> None:
    tx.changed(TOUCH, person_id=board, modes={})
    tx.changed(MODES, board=board, given={**of(tx, board).modes, kind.value: mode.value})


def set_hours(tx: Tx, board: str, hours: Sequence[int] | None) -> None:
    """Quiet from the first minute after midnight to the second, in the shop's zone; None: never."""
    tx.changed(TOUCH, person_id=board, modes={})
    begin, end = hours or (None, None)
    tx.changed(HOURS, board=board, begin=begin, end=end)


def paid_told(tx: Tx, board: str, until: datetime) -> None:
    tx.changed(TOUCH, person_id=board, modes={})
    tx.changed(PAID_UNTIL, board=board, until=until)
