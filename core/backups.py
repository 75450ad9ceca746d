"""Backups: one a day, tried before it counts; which of them are kept; and the drills that show how one is restored."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Integer,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite just as well

from core import staff
from core.ground import audit
from core.ground.columns import UTC, BigId, metadata
from core.ground.db import Tx
from core.ground.messages import Lines, Message, Words, words
from core.quiet import Kind

How = Literal["restored", "listed"]  # in a scratch shop; or read to its end, where no scratch shop may be made
LEASE = timedelta(hours=2)  # whoever makes one says before it is over that it goes on
AGAIN = timedelta(hours=1)
WEEK = timedelta(days=7)
LONGEST = 300  # of a trouble
MEGABYTE = 10**6

backups = Table(
    "backups",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("day", String(10)),  # by the shop's clock; null for one that somebody asked for
    Column("began_at", UTC, nullable=False),
    Column("due_at", UTC),  # until then somebody is at it, or it rests after a failure; null: it is over
    Column("tries", Integer, nullable=False),
    Column("name", String(80)),
    Column("at", UTC),  # all that was committed before is in it
    Column("size", BigInteger),
    Column("sha256", String(64)),
    Column("took_ms", BigInteger),
    Column("verified", String(10)),  # how it was tried
    Column("kept", Integer),  # backups there, this one with them
    Column("trouble", String(LONGEST)),
    Column("told_at", UTC),  # in the week's message
    UniqueConstraint("day"),
    UniqueConstraint("name"),
    CheckConstraint("verified IS NULL OR verified IN ('restored', 'listed')", name="verified"),
    CheckConstraint("verified IS NULL OR name IS NOT NULL", name="named"),
)
drills = Table(
    "drills",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("at", UTC, nullable=False),
    Column("backup", String(80), nullable=False),
    Column("took_ms", BigInteger, nullable=False),
    Column("sold_again", Integer, nullable=False),  # codes that a shop restored like this would sell again
    Column("held", Boolean, nullable=False),  # whether all of it went well
    Column("trouble", String(LONGEST)),
)


@dataclass(frozen=True)
class Kept:
    """A backup that lies at its place and was tried there."""

    name: str
    at: datetime
    size: int  # as it lies there
    sha256: str  # of what it holds
    took: timedelta
    verified: How
    kept: int  # how many lie there now
    unsound: str = ""  # what does not hold in the shop that it is a copy of


@dataclass(frozen=True)
class Drill:
    """A backup was restored where it does no harm, and reconciled, to see whether it can be."""

    backup: str
    took: timedelta
    sold_again: int
    trouble: str = ""

    @property
    def held(self) -> bool:
        return not self.trouble and not self.sold_again


NEW_DAY = insert(backups).on_conflict_do_nothing(index_elements=["day"])
CLAIM = (
    update(backups)
    .where(backups.c.day == bindparam("of_day"), backups.c.due_at <= bindparam("now"))
    .values(due_at=bindparam("until"), tries=backups.c.tries + 1)
)
BEGUN = select(backups.c.id).where(backups.c.day == bindparam("of_day"))
ENDS = {
    **{name: bindparam(f"new_{name}") for name in ("name", "at", "size", "sha256", "took_ms", "verified", "kept")},
    "trouble": bindparam("why"),
    "due_at": None,
}
HOLD = (
    update(backups)
    .where(backups.c.day == bindparam("of_day"), backups.c.due_at.is_not(None))
    .values(due_at=bindparam("until"))
)
END = update(backups).where(backups.c.day == bindparam("of_day"), backups.c.due_at.is_not(None)).values(**ENDS)
BY_HAND = insert(backups).on_conflict_do_nothing(index_elements=["name"])
REST = (
    update(backups)
    .where(backups.c.day == bindparam("of_day"), backups.c.due_at.is_not(None))
    .values(due_at=bindparam("until"), trouble=bindparam("why"))
)
STANDING = select(backups.c.trouble, backups.c.tries).where(backups.c.day == bindparam("of_day"))
NEWEST = (
    select(backups.c.id, backups.c.name, backups.c.at, backups.c.size, backups.c.kept)
    .where(backups.c.verified.is_not(None))
    .order_by(backups.c.at.desc(), backups.c.id.desc())
    .limit(1)
)
TELL_WEEK = (
    update(backups)
    .where(backups.c.told_at.is_(None), backups.c.began_at < bindparam("border"))
    .values(told_at=bindparam("now"))
)
IN_WEEK = select(func.count(), func.coalesce(func.sum(backups.c.size), 0)).where(
    backups.c.verified.is_not(None), backups.c.began_at >= bindparam("since"), backups.c.began_at < bindparam("border")
)
FAILED_IN_WEEK = select(func.count()).where(
    backups.c.verified.is_(None),
    or_(backups.c.trouble.is_not(None), backups.c.due_at.is_not(None)),
    backups.c.began_at >= bindparam("since"),
    backups.c.began_at < bindparam("border"),
)
DRILL = insert(drills)
LAST_DRILL = select(drills.c.at, drills.c.took_ms, drills.c.held).order_by(drills.c.id.desc()).limit(1)


# The day's backup


def claim(tx: Tx, at: time) -> str | None:
    """The day whose backup is to be made now, by us: from its hour on, or later where nobody was there then.

    A day has one backup, over all processes. One that was begun, and of which nothing was heard for LEASE, is begun
    again.
    """
    day = day_of(tx.now, at, tx.rules.zone)
    if not tx.first(BEGUN, of_day=day):
        tx.changed(NEW_DAY, day=day, began_at=tx.now, due_at=tx.now, tries=0)
    return day if tx.changed(CLAIM, of_day=day, now=tx.now, until=tx.now + LEASE) else None


def hold(tx: Tx, day: str) -> None:
    """It is still being made: for another LEASE nobody else begins. When it is over this changes nothing."""
    tx.changed(HOLD, of_day=day, until=tx.now + LEASE)


def day_of(now: datetime, at: time, zone: ZoneInfo) -> str:
    """The day whose hour came last."""
    here = now.astimezone(zone)
    return (here.date() if here.time() >= at else here.date() - timedelta(days=1)).isoformat()


def made(tx: Tx, kept: Kept, day: str | None = None, by: str = "clock") -> None:
    """It lies at its place and was tried. Staff hear when that had failed before, and of what does not hold in it."""
    columns = {
        "name": kept.name,
        "at": kept.at,
        "size": kept.size,
        "sha256": kept.sha256,
        "took_ms": _milliseconds(kept.took),
        "verified": kept.verified,
        "kept": kept.kept,
    }
    unsound = kept.unsound[:LONGEST] or None
    failed = tx.first(STANDING, of_day=day) if day else None
    if day is None:
        fresh = tx.changed(BY_HAND, began_at=tx.now, tries=1, trouble=unsound, **columns)
    else:
        fresh = tx.changed(END, of_day=day, why=unsound, **{f"new_{name}": value for name, value in columns.items()})
    if not fresh:
        return
    audit.write(tx, by, "backup", f"backup {kept.sha256[:12]}", size=kept.size)
    if failed and failed.trouble:
        staff.alarm(tx, f"backup back {kept.name}", "alarm-backup-back", time=kept.at, n=megabytes(kept.size))
    if unsound:
        staff.alarm(tx, f"backup unsound {kept.name}", "alarm-backup-unsound", time=kept.at, why=unsound)


def failed(tx: Tx, day: str, why: str) -> None:
    """It is tried again in an hour. Staff are told what stands in its way, once until a backup is made again."""
    why = why[:LONGEST]
    if not tx.changed(REST, of_day=day, until=tx.now + AGAIN, why=why):
        return
    newest = tx.first(NEWEST)
    key = f"backup failed after {newest.id if newest else 0} {_cause(why)}"
    if newest:
        staff.alarm(tx, key, "alarm-backup-failed", why=why, time=newest.at)
    else:
        staff.alarm(tx, key, "alarm-backup-never", why=why)


def journal_failed(tx: Tx, why: str) -> None:
    """The journal is not copied. Staff are told once a day, for each thing that stands in its way."""
    day = tx.now.astimezone(tx.rules.zone).date()
    staff.alarm(tx, f"journal not copied {day} {_cause(why)}", "alarm-journal-not-copied", why=why[:LONGEST])


def newest_verified(tx: Tx) -> str | None:
    """The name of the newest backup that was tried: it is never removed."""
    row = tx.first(NEWEST)
    return row.name if row else None


def newest_at(tx: Tx) -> datetime | None:
    """As of when the newest backup is that was tried."""
    row = tx.first(NEWEST)
    return row.at if row else None


# What is kept


def to_keep(
    made: Iterable[tuple[str, datetime]], zone: ZoneInfo, *, days: int, weeks: int, months: int, always: frozenset[str]
) -> set[str]:
    """Of these backups the newest of each of the last days, weeks and months that have one; and those named.

    Periods without a backup don't count: a shop that was off for a year keeps as many as any other.
    """
    newest_first = sorted(made, key=lambda one: one[1], reverse=True)
    periods: tuple[tuple[int, Callable[[datetime], Hashable]], ...] = (
        (days, lambda at: at.date()),
        (weeks, lambda at: at.isocalendar()[:2]),
        (months, lambda at: (at.year, at.month)),
    )
    kept = {name for name, _ in newest_first if name in always}
    for most, period in periods:
        found: dict[Hashable, str] = {}
        for name, at in newest_first:
            found.setdefault(period(at.astimezone(zone)), name)
        kept |= set(list(found.values())[:most])
    return kept


# Drills, and the week


def drilled(tx: Tx, drill: Drill) -> None:
    """Written down; what a week's message tells."""
    tx.insert(
        DRILL,
        at=tx.now,
        backup=drill.backup[-80:],
        took_ms=_milliseconds(drill.took),
        sold_again=drill.sold_again,
        held=drill.held,
        trouble=drill.trouble[:LONGEST] or None,
    )
    audit.write(tx, "command line", "drill", drill.backup[-80:], held=drill.held)


def tell_week(tx: Tx) -> bool:
    """How the backups of last week went, said once: on Monday from nine on, or when somebody is there again."""
    here = tx.now.astimezone(tx.rules.zone)
    monday = (here - timedelta(days=here.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    if here < monday + timedelta(hours=staff.MORNING) or not tx.changed(TELL_WEEK, border=monday, now=tx.now):
        return False
    staff.tell(tx, f"backups until {monday.date()}", week(tx, monday), Kind.DAILY)
    return True


def week(tx: Tx, monday: datetime) -> Message:
    """The message: how many, how many not, the newest, what is kept, the last drill."""
    about = {"since": monday - WEEK, "border": monday}
    many, size = tx.one(IN_WEEK, **about)
    lines = [words("backups-week", n=many, left=megabytes(size))]
    if missed := tx.value(FAILED_IN_WEEK, **about):
        lines.append(words("backups-week-missed", n=missed))
    newest = tx.first(NEWEST)
    if newest:
        lines.append(words("backups-week-newest", time=newest.at, left=megabytes(newest.size), n=newest.kept))
    return Message(Lines((*lines, _last_drill(tx))))


def _last_drill(tx: Tx) -> Words:
    drill = tx.first(LAST_DRILL)
    if drill is None:
        return words("backups-no-drill")
    return words("backups-drill" if drill.held else "backups-drill-failed", time=drill.at, n=drill.took_ms // 1000)


def megabytes(size: int) -> int:
    """Rounded up."""
    return -(-size // MEGABYTE)


def _milliseconds(took: timedelta) -> int:
    return int(took / timedelta(milliseconds=1))


def _cause(why: str) -> str:
    """The refusal's code; else what it says but for names of files, which are others each time."""
    if code := re.match(r"S[0-9]{3}\b", why):
        return code[0]
    said = " ".join(word for word in why.split() if not re.search(r"[0-9/]", word))
    return hashlib.sha256(said.encode()).hexdigest()[:16]
