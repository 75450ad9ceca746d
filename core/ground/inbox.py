"""Every event from outside, once, as it came. The row is the queue: a crash loses nothing, a repeat adds nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    and_,
    bindparam,
    exists,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite just as well

from core.ground.columns import UTC, BigId, Sealed, metadata
from core.ground.db import Tx

TRIES = 6
LEASE = timedelta(seconds=30)
BACKOFF = timedelta(seconds=1)  # doubled each time, up to LONGEST
LONGEST = timedelta(minutes=15)
ABOUT = text("about IS NOT NULL")

inbox = Table(
    "inbox",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("source", String(40), nullable=False),  # "browser", "sandbox", "stripe", ...
    Column("external_id", String(200), nullable=False),
    Column("person", String(160)),  # whose turn it is, where the order within a person matters
    Column("sealed", Sealed),  # erased when done
    Column("state", String(10), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due_at", UTC, nullable=False),
    Column("leased_until", UTC),
    Column("received_at", UTC, nullable=False),
    Column("done_at", UTC),
    Column("trouble", String(300)),
    Column("about", String(120)),  # the payment that a notice is about
    UniqueConstraint("source", "external_id"),
    CheckConstraint("state IN ('new', 'done', 'dead')", name="state"),
    CheckConstraint("state != 'done' OR sealed IS NULL", name="erased"),
    Index("ix_inbox_new", "id", sqlite_where=text("state = 'new'"), postgresql_where=text("state = 'new'")),
    Index(
        "ix_inbox_person_new",
        "person",
        "id",
        sqlite_where=text("state = 'new'"),
        postgresql_where=text("state = 'new'"),
    ),
    Index(
        "ix_inbox_about", "about", sqlite_where=text("about IS NOT NULL"), postgresql_where=text("about IS NOT NULL")
    ),
)

refused = Table(  # what was not what it said it was: kept for staff who ask why nothing came
    "refused_notices",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("rail", String(40), nullable=False),
    Column("why", String(300), nullable=False),
    Column("at", UTC, nullable=False),
)


@dataclass(frozen=True)
class InboxRow:
    id: int
    source: str
    external_id: str
    person: str | None
    sealed: bytes
    tries: int


@dataclass(frozen=True)
class Heard:
    """A notice that was let in."""

    source: str
    received_at: datetime
    state: str
    tries: int
    trouble: str | None


@dataclass(frozen=True)
class Refusal:
    """One that was not."""

    rail: str
    why: str
    at: datetime


earlier = inbox.alias("earlier")

STORE = insert(inbox).on_conflict_do_nothing(index_elements=["source", "external_id"])
# The oldest waiting row of each source; of one person only the very first, and nothing while one is under way.
NEXT = (
    select(inbox.c.id, inbox.c.source, inbox.c.external_id, inbox.c.person, inbox.c.sealed, inbox.c.tries)
    .where(
        inbox.c.state == "new",
        (inbox.c.source + "").in_(bindparam("sources", expanding=True)),  # else SQLite goes through all that ever came
        inbox.c.due_at <= bindparam("now"),
        or_(inbox.c.leased_until.is_(None), inbox.c.leased_until <= bindparam("now")),
        or_(
            inbox.c.person.is_(None),
            ~exists().where(
                and_(earlier.c.person == inbox.c.person, earlier.c.state == "new", earlier.c.id < inbox.c.id)
            ),
        ),
    )
    .order_by(inbox.c.id)
    .limit(bindparam("most"))
)
LEASE_ONE = (
    update(inbox)
    .where(
        inbox.c.id == bindparam("row"),
        inbox.c.state == "new",
        or_(inbox.c.leased_until.is_(None), inbox.c.leased_until <= bindparam("at")),
    )
    .values(leased_until=bindparam("until"), tries=inbox.c.tries + 1)
)
DONE = (
    update(inbox)
    .where(
        inbox.c.source == bindparam("from_source"), inbox.c.external_id == bindparam("event"), inbox.c.state == "new"
    )
    .values(state="done", sealed=None, leased_until=None, done_at=bindparam("at"), trouble=None)
)
AGAIN = (
    update(inbox)
    .where(inbox.c.id == bindparam("row"), inbox.c.state == "new")
    .values(state=bindparam("becomes"), due_at=bindparam("due"), leased_until=None, trouble=bindparam("why"))
)
GIVE_BACK = (
    update(inbox)
    .where(inbox.c.id == bindparam("row"), inbox.c.state == "new")
    .values(leased_until=None, tries=bindparam("tried"))
)
HEARD_ABOUT = (
    select(inbox.c.source, inbox.c.received_at, inbox.c.state, inbox.c.tries, inbox.c.trouble)
    .where(inbox.c.about.in_(bindparam("these", expanding=True)))
    .order_by(inbox.c.id.desc())
    .limit(bindparam("most"))
)
REFUSE = insert(refused)
REFUSALS = (
    select(refused.c.rail, refused.c.why, refused.c.at)
    .where(refused.c.rail.in_(bindparam("rails", expanding=True)), refused.c.at >= bindparam("since"))
    .order_by(refused.c.id.desc())
    .limit(bindparam("most"))
)
STATE = select(inbox.c.state).where(
    inbox.c.source == bindparam("from_source"), inbox.c.external_id == bindparam("event")
)
RECEIVED = select(inbox.c.received_at).where(inbox.c.id == bindparam("row"))
DEAD = select(inbox.c.id, inbox.c.source, inbox.c.external_id, inbox.c.trouble).where(inbox.c.state == "dead")


def bound_to(source: str, external_id: str) -> str:
    return f"inbox {source} {external_id}"


def topic(source: str) -> str:
    """What whoever works on a source waits for: the other processes sleep on."""
    return f"inbox {source}"


def store(
    tx: Tx, source: str, external_id: str, body: str, *, person: str | None = None, about: str | None = None
) -> bool:
    """Keep an event until it is done; wakes whoever works on its source. False for a repeat, which changes nothing."""
    fresh = tx.changed(
        STORE,
        source=source,
        external_id=external_id,
        person=person,
        about=about,
        sealed=tx.vault.seal(body, bound_to(source, external_id)),
        state="new",
        tries=0,
        due_at=tx.now,
        received_at=tx.now,
    )
    tx.wake("inbox", topic(source))
    return bool(fresh)


def refuse(tx: Tx, rail: str, why: str) -> None:
    """Something came to a rail's door and was not let in: why, and no word of what it said."""
    tx.insert(REFUSE, rail=rail, why=why[:300], at=tx.now)


def heard_about(tx: Tx, these: Sequence[str], most: int) -> list[Heard]:
    """The newest notices of these payments, and what became of each."""
    return [Heard(*row) for row in tx.all(HEARD_ABOUT, these=list(these), most=most)]


def refusals(tx: Tx, rails: Sequence[str], since: datetime, most: int) -> list[Refusal]:
    """What was not let in at these rails' doors since then, the newest first."""
    return [Refusal(*row) for row in tx.all(REFUSALS, rails=list(rails), since=since, most=most)]


def claim(tx: Tx, sources: Sequence[str], most: int = 16) -> list[InboxRow]:
    """Take up to `most` waiting rows for the length of a lease; nobody else gets them meanwhile."""
    waiting = tx.all(NEXT, sources=list(sources), now=tx.now, most=most)
    return [InboxRow(*row) for row in waiting if tx.changed(LEASE_ONE, row=row.id, at=tx.now, until=tx.now + LEASE)]


def give_back(tx: Tx, row: InboxRow, *, begun: bool) -> None:
    """Whoever comes may take it at once. It counts as tried only if it was begun."""
    tx.changed(GIVE_BACK, row=row.id, tried=row.tries + begun)
    tx.wake("inbox", topic(row.source))


def body(tx: Tx, row: InboxRow) -> str:
    """What came in. Raises Tampered if it is not what was stored."""
    return tx.vault.open(row.sealed, bound_to(row.source, row.external_id)).reveal()


def received_at(tx: Tx, row: InboxRow) -> datetime:
    return tx.value(RECEIVED, row=row.id)


def done(tx: Tx, source: str, external_id: str) -> bool:
    """The event has had its effect: its body is erased. False if it was done before."""
    return bool(tx.changed(DONE, from_source=source, event=external_id, at=tx.now))


def is_open(tx: Tx, source: str, external_id: str) -> bool:
    """Whether the event still waits to have its effect."""
    return tx.value(STATE, from_source=source, event=external_id) == "new"


def failed(tx: Tx, row: InboxRow, why: str, *, permanent: bool = False, tries: int = TRIES) -> bool:
    """Working on it failed: try later, or set it aside for a person: at once if permanent, else after so many tries.

    True if it was set aside.
    """
    dead = permanent or row.tries + 1 >= tries
    tx.changed(
        AGAIN,
        row=row.id,
        becomes="dead" if dead else "new",
        due=tx.now + min(BACKOFF * 2 ** min(row.tries, 16), LONGEST),  # no power that would be too great for a date
        why=why[:300],
    )
    return dead
