"""Leases: what one process does at a time, whichever of them is there. It is the holder's until a moment, or given up.

The moment is the database's, so that no process has to believe another one's clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Column, String, Table, bindparam, or_, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite just as well

from core.ground.columns import UTC, Json, metadata
from core.ground.db import Tx

LENGTH = timedelta(seconds=15)
NOBODY = ""

leases = Table(
    "leases",
    metadata,
    Column("name", String(80), primary_key=True),  # of what is held: "telegram 123456"
    Column("holder", String(60), nullable=False),  # a process; empty when it was given up
    Column("until", UTC, nullable=False),
    Column("left", Json),  # what the last holder told the next, when it gave it up
)


@dataclass(frozen=True)
class Lease:
    """It is ours. What the one before left for us, and how long ago; nothing if it is ours already, or it fell."""

    left: Mapping[str, Any] | None
    since: timedelta


@dataclass(frozen=True)
class Held:
    """It is somebody else's."""

    by: str


NEW = insert(leases).on_conflict_do_nothing(index_elements=["name"])
TAKE = (
    update(leases)
    .where(
        leases.c.name == bindparam("of"),
        or_(
            leases.c.holder.in_((NOBODY, bindparam("me"))),
            leases.c.until <= bindparam("now"),
            leases.c.holder == bindparam("dead"),
        ),
    )
    .values(holder=bindparam("me"), until=bindparam("ends"), left=None)
)
LAST = select(leases.c.holder, leases.c.until, leases.c.left).where(leases.c.name == bindparam("of")).with_for_update()
GIVE_UP = (
    update(leases)
    .where(leases.c.name == bindparam("of"), leases.c.holder == bindparam("me"))
    .values(holder=NOBODY, until=bindparam("now"), left=bindparam("leaving"))
)


def topic(name: str) -> str:
    """What is woken when it is given up."""
    return f"lease {name}"


def take(tx: Tx, name: str, me: str, dead: str = NOBODY) -> Lease | Held:
    """Ours for the length of a lease from now, if it is ours already, or nobody's any more.

    `dead` is a holder of whom is known that it is no more: its lease is not waited for.
    """
    last = tx.first(LAST, of=name)
    if last is None and tx.changed(NEW, name=name, holder=me, until=tx.now + LENGTH, left=None):
        return Lease(None, timedelta(0))
    if not tx.changed(TAKE, of=name, me=me, now=tx.now, ends=tx.now + LENGTH, dead=dead):
        return Held(tx.one(LAST, of=name).holder)
    if last is None or last.holder != NOBODY:
        return Lease(None, timedelta(0))
    return Lease(last.left, max(tx.now - last.until, timedelta(0)))


def give_up(tx: Tx, name: str, me: str, left: Mapping[str, Any] | None = None) -> bool:
    """Whoever waits for it gets it at once, and what is left for them. False if it was not ours any more."""
    ours = tx.changed(GIVE_UP, of=name, me=me, now=tx.now, leaving=left)
    if ours:
        tx.wake(topic(name))
    return bool(ours)
