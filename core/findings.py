"""Findings: what the doctor found wrong with the shop itself, since when, and that staff hear of each change once.

A finding is open from when it was first seen until it is seen no more. What comes and goes is not told: it must be
seen twice in a row, and missed twice in a row, unless the shop can't serve while it lasts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Column, Index, Integer, String, Table, bindparam, delete, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_new  # its ON CONFLICT compiles for SQLite just as well

from core import staff
from core.ground.columns import UTC, BigId, Json, metadata
from core.ground.db import Tx
from core.ground.messages import Choice, Message, Words, words
from core.ground.tx import AnyRow
from core.quiet import Kind


class Level(StrEnum):
    """How bad it is."""

    ADVICE = "advice"  # it works, and could go wrong: shown to who asks, told to nobody
    ERROR = "error"
    DOWN = "down"  # the shop can't serve: told at once, and /healthz says so


LEVELS: Mapping[str, Level] = {  # every code there is; what each means: locales/*/findings.ftl
    **dict.fromkeys(("D002", "D003", "D004", "D006", "D007", "D012", "D056", "D090", "D091"), Level.ADVICE),
    **dict.fromkeys(("D001", "D005", "D008", "D009", "D010", "D011", "D014"), Level.ERROR),
    **dict.fromkeys(("D013", "D019", "D020"), Level.DOWN),
    **dict.fromkeys(("D021", "D022", "D023", "D024", "D025", "D026", "D027"), Level.ERROR),
    **dict.fromkeys(("D030", "D031", "D032"), Level.DOWN),
    **dict.fromkeys(("D040", "D041", "D042", "D043", "D044", "D045", "D046", "D047"), Level.ERROR),
    **dict.fromkeys(("D048", "D049", "D050", "D051", "D052", "D053", "D054", "D055"), Level.ERROR),
    **dict.fromkeys(("D060", "D061", "D062", "D063", "D064"), Level.ERROR),
    **dict.fromkeys(("D070", "D071", "D072", "D080", "D092"), Level.ERROR),
}
TOLD_ELSEWHERE = frozenset({"D024", "D050", "D062", "D064"})  # alarms of their own name the order, the rail, the row
OF_ONE_MACHINE = frozenset({"D013"})  # the others of the shop serve all the same: each tries its own folder
KEPT = timedelta(days=90)
IN_A_ROW = 2
BEAT = "jobs"  # the watch that a process with jobs keeps
ROUND = timedelta(minutes=12)  # a doctor who says nothing for so long has gone, and another may begin
SOON = timedelta(minutes=1)  # likewise while it is looked again and again for what keeps the shop from serving

findings = Table(
    "findings",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("code", String(8), nullable=False),
    Column("subject", String(160), nullable=False),
    Column("facts", Json, nullable=False),
    Column("since", UTC, nullable=False),
    Column("seen_at", UTC, nullable=False),
    Column("seen", Integer, nullable=False),  # times
    Column("missed", Integer, nullable=False),  # times in a row, since it was seen last
    Column("told_at", UTC),
    Column("gone_at", UTC),
    Index(
        "uq_findings_code_subject_open",
        "code",
        "subject",
        unique=True,
        sqlite_where=text("gone_at IS NULL"),
        postgresql_where=text("gone_at IS NULL"),
    ),
)
watches = Table(  # who does what only one process should, and when it was done last
    "watches",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("by_whom", String(40), nullable=False),
    Column("at", UTC, nullable=False),
    Column("until", UTC, nullable=False),
)


@dataclass(frozen=True)
class Finding:
    """Something that is wrong: its code, what it is about, and the facts that its sentences name."""

    code: str
    subject: str = ""
    facts: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def level(self) -> Level:
        return LEVELS[self.code]

    @property
    def what(self) -> Words:
        return words(f"finding-{self.code.lower()}", subject=self.subject, **self.facts)

    @property
    def todo(self) -> Words:
        return words(f"finding-{self.code.lower()}-todo", subject=self.subject, **self.facts)


@dataclass(frozen=True)
class Look:
    """What one look has found, and which codes it looked for: `codes` may name a code or "code subject"."""

    found: Sequence[Finding]
    codes: frozenset[str]
    unseen: frozenset[str] = frozenset()  # of those, what it could not look for after all; named in the same way


@dataclass(frozen=True)
class Open:
    """A finding that lasts."""

    id: int
    finding: Finding
    since: datetime
    seen_at: datetime
    seen: int
    missed: int
    told_at: datetime | None


OPEN = select(findings).where(findings.c.gone_at.is_(None)).order_by(findings.c.code, findings.c.subject)
BEGIN = insert(findings)
SEEN = (
    update(findings)
    .where(findings.c.id == bindparam("which"))
    .values(facts=bindparam("given"), seen=bindparam("times"), seen_at=bindparam("at"), missed=0)
)
MISSED = update(findings).where(findings.c.id == bindparam("which")).values(missed=bindparam("times"))
GONE = update(findings).where(findings.c.id == bindparam("which")).values(gone_at=bindparam("at"))
TOLD = (
    update(findings)
    .where(findings.c.id == bindparam("which"), findings.c.told_at.is_(None))
    .values(told_at=bindparam("at"))
)
OLD = select(findings.c.id).where(findings.c.gone_at < bindparam("before")).limit(bindparam("most"))
FORGET = delete(findings).where(findings.c.id.in_(bindparam("those", expanding=True)))
WATCH = select(watches).where(watches.c.name == bindparam("watch"))
FIRST = insert_new(watches).on_conflict_do_nothing(index_elements=["name"])
AGAIN = update(watches).where(watches.c.name == bindparam("watch"))
MINE = AGAIN.where((watches.c.by_whom == bindparam("me")) | (watches.c.until <= bindparam("now")))
KEEP = {"by_whom": bindparam("me"), "at": bindparam("now"), "until": bindparam("end")}
TAKE, BEATS = MINE.values(KEEP), AGAIN.values(KEEP)
GIVE_UP = AGAIN.where(watches.c.by_whom == bindparam("me")).values(until=bindparam("now"))


# What was found


def looked(tx: Tx, look: Look) -> None:
    """Open what is new, close what is gone, and tell staff of each change once. What was not looked for stays."""
    known = {(one.finding.code, one.finding.subject): one for one in still_open(tx)}
    found = {(one.code, _short(one.subject)): one for one in look.found}
    for key, finding in found.items():
        _seen(tx, known.get(key), finding)
    for key, one in known.items():
        names = {one.finding.code, " ".join(key)}
        if key not in found and names & look.codes and not names & look.unseen:
            _missed(tx, one)


def still_open(tx: Tx) -> list[Open]:
    return [_open(row) for row in tx.all(OPEN)]


def down(tx: Tx) -> frozenset[str]:
    """The codes that are open with which a shop, or one machine of it, can't serve."""
    return frozenset(one.finding.code for one in still_open(tx) if one.finding.level is Level.DOWN)


def cannot_serve(tx: Tx) -> bool:
    """Whether something is open with which no process of the shop can serve, and was seen of late.

    Who saw it last may be gone, and be missed by nobody but /healthz.
    """
    down = (one for one in still_open(tx) if one.finding.level is Level.DOWN)
    return any(one.seen_at > tx.now - ROUND and one.finding.code not in OF_ONE_MACHINE for one in down)


def _open(row: AnyRow) -> Open:
    finding = Finding(row.code, row.subject, row.facts)
    return Open(row.id, finding, row.since, row.seen_at, row.seen, row.missed, row.told_at)


def _seen(tx: Tx, known: Open | None, finding: Finding) -> None:
    facts = {name: _short(fact) if isinstance(fact, str) else fact for name, fact in finding.facts.items()}
    finding = Finding(finding.code, _short(finding.subject), facts)
    if known is None:
        row = {"code": finding.code, "subject": finding.subject, "facts": facts, "since": tx.now, "seen_at": tx.now}
        number = tx.insert(BEGIN, **row, seen=1, missed=0, told_at=None, gone_at=None)
        known = Open(number, finding, tx.now, tx.now, 1, 0, None)
    else:
        times = 1 if known.missed else known.seen + 1  # in a row, until it is told
        tx.changed(SEEN, which=known.id, given=facts, times=times, at=tx.now)
        known = Open(known.id, finding, known.since, tx.now, times, 0, known.told_at)
    if _is_told(finding) and known.seen >= _patience(finding) and tx.changed(TOLD, which=known.id, at=tx.now):
        _tell(tx, known, words("alarm-finding", code=finding.code, what=finding.what, todo=finding.todo))


def _missed(tx: Tx, one: Open) -> None:
    """Gone, once it is missed often enough. What was never told needs no patience."""
    if one.told_at and one.missed + 1 < _patience(one.finding):
        tx.changed(MISSED, which=one.id, times=one.missed + 1)
        return
    tx.changed(GONE, which=one.id, at=tx.now)
    if one.told_at:
        lasted = round((tx.now - one.since).total_seconds() / 60)
        gone = words("alarm-finding-gone", code=one.finding.code, what=one.finding.what, minutes=lasted)
        _tell(tx, one, gone, over=True)


def _tell(tx: Tx, one: Open, said: Words, *, over: bool = False) -> None:
    """The same card from its beginning to its end: where cards are changed, the end stands where the alarm stood."""
    choices = () if over else (Choice(words("choose-doctor"), "doctor"),)
    message = Message(said, choices, card=f"finding {one.id}")
    staff.tell(tx, f"finding {one.id}{' over' * over}", message, Kind.FAULTS)


def _is_told(finding: Finding) -> bool:
    return finding.level is not Level.ADVICE and finding.code not in TOLD_ELSEWHERE


def _patience(finding: Finding) -> int:
    return 1 if finding.level is Level.DOWN else IN_A_ROW


def _short(text: str) -> str:
    return text[:160]


def forget(tx: Tx, most: int) -> int:
    """What has been over for months. Returns how much that was."""
    old = [row.id for row in tx.all(OLD, before=tx.now - KEPT, most=most)]
    return tx.changed(FORGET, those=old) if old else 0


# Who looks


def take_round(tx: Tx, me: str, lasts: timedelta = ROUND) -> bool:
    """Whether this process is the one that looks now. Another may once nothing was heard of it for so long."""
    until = tx.now + lasts
    if tx.changed(FIRST, name="doctor", by_whom=me, at=tx.now, until=until):
        return True
    return bool(tx.changed(TAKE, watch="doctor", me=me, now=tx.now, end=until))


def give_up_round(tx: Tx, me: str) -> None:
    """This process ends: whoever comes may look at once, and see that what was wrong is mended."""
    tx.changed(GIVE_UP, watch="doctor", me=me, now=tx.now)


def beat(tx: Tx, me: str, watch: str = BEAT) -> None:
    """This process is alive, and what it writes is kept."""
    if not tx.changed(FIRST, name=watch, by_whom=me, at=tx.now, until=tx.now):
        tx.changed(BEATS, watch=watch, me=me, now=tx.now, end=tx.now)


def last(tx: Tx, watch: str) -> datetime | None:
    """When that was done last, by whichever process."""
    row = tx.first(WATCH, watch=watch)
    return row.at if row else None
