"""Every effect outside, written in the same transaction as the decision, carried out by a job.

An effect has one key for ever. It is tried again under that key until it is done, definitely failed, or given up
loudly; a second effect is never sent because the first one's answer was lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    Integer,
    Select,
    String,
    Table,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite just as well

from core.ground.columns import UTC, BigId, Json, metadata
from core.ground.db import Tx

TRIES = 12
LEASE = timedelta(seconds=60)
BACKOFF = timedelta(seconds=1)  # doubled each time, up to LONGEST
LONGEST = timedelta(minutes=15)
PARKED = timedelta(days=3650)  # until somebody decides: see resume()
UNHEARD = "it waits for a word of theirs"  # why a message is parked that may be said only then
HEARD_WITHIN = timedelta(days=30)  # after that it is news to nobody

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("effect_key", String(200), nullable=False, unique=True),
    Column("kind", String(30), nullable=False),  # which job carries it out
    Column("via", String(40)),  # the chat it must go through: only a process that has that chat takes it
    Column("recipient", String(160)),  # of a message: theirs go out one after the other, as they were put
    Column("payload", Json, nullable=False),  # ids and packed messages, never a code's plaintext
    Column("state", String(10), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due_at", UTC, nullable=False),
    Column("leased_until", UTC),
    Column("made_at", UTC, nullable=False),
    Column("done_at", UTC),
    Column("trouble", String(300)),
    CheckConstraint("state IN ('new', 'done', 'dead')", name="state"),
    Index(
        "ix_outbox_new",
        "kind",  # each kind is looked for by itself, and none goes through another's backlog
        "due_at",
        "id",
        sqlite_where=text("state = 'new'"),
        postgresql_where=text("state = 'new'"),
    ),
    Index(
        "ix_outbox_recipient_new",
        "recipient",
        "id",
        sqlite_where=text("state = 'new'"),
        postgresql_where=text("state = 'new'"),
    ),
)


@dataclass(frozen=True)
class OutboxRow:
    id: int
    effect_key: str
    kind: str
    payload: Mapping[str, Any]
    tries: int
    via: str | None = None  # the chat it goes through


earlier = outbox.alias("earlier")

PUT = insert(outbox).on_conflict_do_nothing(index_elements=["effect_key"])
# What is due. Of one recipient only the first message: none overtakes one that is under way, or is to be tried again.
NEXT = (
    select(outbox.c.id, outbox.c.effect_key, outbox.c.kind, outbox.c.payload, outbox.c.tries, outbox.c.via)
    .where(
        outbox.c.state == "new",
        outbox.c.kind.in_(bindparam("kinds", expanding=True)),
        or_(outbox.c.via.is_(None), outbox.c.via.in_(bindparam("chats", expanding=True))),
        outbox.c.due_at <= bindparam("now"),
        or_(outbox.c.leased_until.is_(None), outbox.c.leased_until <= bindparam("now")),
        or_(
            outbox.c.recipient.is_(None),
            ~exists().where(
                earlier.c.recipient == outbox.c.recipient,
                earlier.c.state == "new",
                earlier.c.id < outbox.c.id,
                # what waits for a word of theirs is not under way
                or_(earlier.c.due_at <= bindparam("now"), earlier.c.trouble != UNHEARD),
            ),
        ),
    )
    .order_by(outbox.c.due_at, outbox.c.id)
    .limit(bindparam("most"))
)
LEASE_ONE = (
    update(outbox)
    .where(
        outbox.c.id == bindparam("row"),
        outbox.c.state == "new",
        or_(outbox.c.leased_until.is_(None), outbox.c.leased_until <= bindparam("at")),
    )
    .values(leased_until=bindparam("until"), tries=outbox.c.tries + 1)
)
DONE = (
    update(outbox)
    .where(outbox.c.id == bindparam("row"), outbox.c.state == "new")
    .values(state="done", leased_until=None, done_at=bindparam("at"), trouble=None)
)
AGAIN = (
    update(outbox)
    .where(outbox.c.id == bindparam("row"), outbox.c.state == "new")
    .values(
        state=bindparam("becomes"),
        due_at=bindparam("due"),
        tries=bindparam("tried"),
        leased_until=None,
        trouble=bindparam("why"),
    )
)
TO_ONE = (
    select(outbox.c.id, outbox.c.effect_key, outbox.c.kind, outbox.c.payload, outbox.c.tries, outbox.c.via)
    .where(
        outbox.c.recipient == bindparam("to"),
        outbox.c.state == "new",
        or_(outbox.c.leased_until.is_(None), outbox.c.leased_until <= bindparam("now")),
    )
    .order_by(case((outbox.c.kind == "deliver", 0), else_=1), outbox.c.id.desc())
    .limit(bindparam("most"))
)
GIVE_BACK = (
    update(outbox)
    .where(outbox.c.id == bindparam("row"), outbox.c.state == "new")
    .values(leased_until=None, due_at=bindparam("due"), tries=bindparam("tried"), trouble=None)
)
UNPARK = (
    update(outbox)
    .where(outbox.c.recipient == bindparam("to"), outbox.c.state == "new", outbox.c.due_at > bindparam("far"))
    .values(due_at=bindparam("due"), trouble=None)
)
GIVE_UP = (
    update(outbox)
    .where(outbox.c.state == "new", outbox.c.trouble == UNHEARD, outbox.c.made_at < bindparam("before"))
    .values(state="done", done_at=bindparam("at"))
)
LET_PASS = update(outbox).where(outbox.c.id == bindparam("row"), outbox.c.state == "new").values(recipient=None)
RESUME = (
    update(outbox)
    .where(outbox.c.via == bindparam("chat"), outbox.c.state == "new", outbox.c.due_at > bindparam("far"))
    .values(due_at=bindparam("at"), tries=0, trouble=None)
)
CALL_OFF = (
    update(outbox)
    .where(outbox.c.recipient == bindparam("to"), outbox.c.kind == bindparam("of"), outbox.c.state == "new")
    .values(state="done", leased_until=None, done_at=bindparam("at"), trouble=bindparam("why"))
)
WITHDRAW = (
    update(outbox)
    .where(
        outbox.c.effect_key == bindparam("of_key"),
        outbox.c.state == "new",
        or_(outbox.c.leased_until.is_(None), outbox.c.leased_until <= bindparam("now")),
    )
    .values(state="done", leased_until=None, done_at=bindparam("at"), trouble="it is over")
)
NEXT_DUE = select(func.min(outbox.c.due_at)).where(outbox.c.state == "new")
DEAD = select(outbox.c.id, outbox.c.effect_key, outbox.c.kind, outbox.c.trouble).where(outbox.c.state == "dead")


def topic(kind: str, via: str | None) -> str:
    """What whoever can carry such a row out waits for: most processes can't, and sleep on."""
    return f"outbox {via or kind}"


def put(
    tx: Tx,
    kind: str,
    effect_key: str,
    *,
    to: str | None = None,
    via: str | None = None,
    due: datetime | None = None,
    **payload: Any,
) -> bool:
    """Have something done outside, once per effect key, no earlier than `due`. False for a key that is there.

    `to` is the person a message goes to; theirs go out in the order they were put. `via` is the chat that something
    else has to go through.
    """
    via = via if to is None else to.partition(":")[0]
    fresh = tx.changed(
        PUT,
        effect_key=effect_key,
        kind=kind,
        via=via,
        recipient=to,
        payload=payload,
        state="new",
        tries=0,
        due_at=due or tx.now,
        made_at=tx.now,
    )
    tx.wake("outbox", topic(kind, via))
    return bool(fresh)


def claim(tx: Tx, kinds: Sequence[str], chats: Sequence[str], most: int = 16) -> list[OutboxRow]:
    """Take up to `most` due rows for the length of a lease; nobody else gets them meanwhile."""
    due = tx.all(NEXT, kinds=list(kinds), chats=list(chats), now=tx.now, most=most)
    return [OutboxRow(*row) for row in due if tx.changed(LEASE_ONE, row=row.id, at=tx.now, until=tx.now + LEASE)]


def claim_to(tx: Tx, to: str, most: int = 16) -> list[OutboxRow]:
    """Take what waits for one recipient, due or not, in order: there is a way to them right now.

    What somebody is sending them at this moment is not taken.
    """
    waiting = sorted(
        tx.all(TO_ONE, to=to, now=tx.now, most=most), key=lambda row: row.id
    )  # of many codes and the newest
    return [OutboxRow(*row) for row in waiting if tx.changed(LEASE_ONE, row=row.id, at=tx.now, until=tx.now + LEASE)]


def give_back(tx: Tx, row: OutboxRow, *, begun: bool = False) -> None:
    """It was taken and not carried out: it is due now, to whoever comes. It counts as tried only if it was begun."""
    tx.changed(GIVE_BACK, row=row.id, due=tx.now, tried=row.tries + begun)
    tx.wake("outbox", topic(row.kind, row.via))


def unpark(tx: Tx, to: str, due: datetime) -> int:
    """What was put off (PARKED) until its recipient is heard of is due then. Returns how much."""
    return tx.changed(UNPARK, to=to, far=tx.now + PARKED / 2, due=due)


def give_up_unheard(tx: Tx) -> int:
    """What waited too long for a word is not said any more. Returns how much that was."""
    return tx.changed(GIVE_UP, before=tx.now - HEARD_WITHIN, at=tx.now)


def due(tx: Tx, kinds: Sequence[str]) -> set[str]:
    """Which of these kinds may have something to claim: one question for all, where mostly the answer is none."""
    found = tx.one(_any_due(tuple(kinds)), now=tx.now) if kinds else ()
    return {kind for kind, there in zip(kinds, found, strict=True) if there}


@cache
def _any_due(kinds: tuple[str, ...]) -> Select[*tuple[Any, ...]]:
    rows = outbox.c
    found: list[Any] = [
        exists()
        .where(
            rows.kind == kind,
            rows.state == "new",
            rows.due_at <= bindparam("now"),
            or_(rows.leased_until.is_(None), rows.leased_until <= bindparam("now")),
        )
        .label(f"any_{kind}")
        for kind in kinds
    ]
    return select(*found)


def done(tx: Tx, row: int) -> bool:
    """It has had its effect. False if that was known before."""
    return bool(tx.changed(DONE, row=row, at=tx.now))


def failed(
    tx: Tx,
    row: OutboxRow,
    why: str,
    *,
    permanent: bool = False,
    wait: timedelta | None = None,
    counts: bool = True,
    keeps_order: bool = True,
    tries: int = TRIES,
) -> bool:
    """Try again later, or set it aside for a person: at once if permanent, else after `tries`. True if set aside.

    `counts` is off where nothing failed, e.g. a chat asked us to wait. `keeps_order` is off for a message that could
    not even be made: what else there is for its recipient passes it.
    """
    tried = row.tries + 1 if counts else row.tries
    dead = permanent or tried >= tries
    tx.changed(
        AGAIN,
        row=row.id,
        becomes="dead" if dead else "new",
        due=tx.now + (wait or min(BACKOFF * 2**row.tries, LONGEST)),
        tried=tried,
        why=why[:300],
    )
    if not keeps_order:
        tx.changed(LET_PASS, row=row.id)
    return dead


def call_off(tx: Tx, kind: str, to: str, why: str) -> int:
    """What waits of this kind for that recipient is not done any more. Returns how much that was."""
    return tx.changed(CALL_OFF, of=kind, to=to, why=why, at=tx.now)


def withdraw(tx: Tx, effect_key: str) -> bool:
    """What waits under this key is not done any more. False where it was done, or is being done at this moment."""
    return bool(tx.changed(WITHDRAW, of_key=effect_key, now=tx.now, at=tx.now))


def resume(tx: Tx, via: str) -> int:
    """What was put off until somebody decides (PARKED) and goes through this chat is due now. Returns how much."""
    due = tx.changed(RESUME, chat=via, far=tx.now + PARKED / 2, at=tx.now)
    tx.wake("outbox", topic("", via))
    return due
