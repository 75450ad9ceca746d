"""Who did what, when and why: append-only, and chained so that a changed or missing row shows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Integer, String, Table, bindparam, func, insert, select, update

from core.ground.columns import UTC, BigId, Digest, Json, metadata
from core.ground.db import Tx
from core.ground.tx import AnyRow

PAGE = 1000  # links followed in one transaction
LOWEST = -(2**31)  # below any link, so that one numbered 0 or less shows too

audit = Table(
    "audit",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("at", UTC, nullable=False),
    Column("actor", String(160), nullable=False),  # a person's id, or "clock", "command line"
    Column("action", String(40), nullable=False),
    Column("subject", String(120), nullable=False),
    Column("detail", Json, nullable=False),  # counts and reasons, never a code
    Column("link", Integer, unique=True),  # place in the chain; null until the clock has chained it
    Column("digest", Digest),
)

WRITE = insert(audit)
LOOSE = select(audit).where(audit.c.link.is_(None)).order_by(audit.c.id).limit(bindparam("most"))
LAST = select(audit.c.link, audit.c.digest).where(audit.c.link.is_not(None)).order_by(audit.c.link.desc()).limit(1)
CHAIN = (
    update(audit)
    .where(audit.c.id == bindparam("row"), audit.c.link.is_(None))
    .values(link=bindparam("at_link"), digest=bindparam("made"))
)
LATEST = select(audit).order_by(audit.c.id.desc()).limit(bindparam("most"))
EARLIER = LATEST.where(audit.c.id < bindparam("number"))
CHAINED = select(audit).where(audit.c.link > bindparam("after")).order_by(audit.c.link).limit(bindparam("most"))
LAST_WHOLE = select(audit).where(audit.c.link.is_not(None)).order_by(audit.c.link.desc()).limit(1)
AT_LINKS = select(audit.c.link, audit.c.digest).where(audit.c.link.in_(bindparam("links", expanding=True)))
HOW_LOOSE = select(func.count()).select_from(audit).where(audit.c.link.is_(None))


@dataclass(frozen=True)
class Mark:
    """A link of the chain, by which all before it are known."""

    link: int
    digest: bytes
    at: datetime  # of the act at that link


@dataclass(frozen=True)
class Followed:
    """How far the chain was followed: so many links hold, and the first that doesn't."""

    links: int
    reached: int
    digest: bytes
    until: datetime | None
    broken: int | None
    ended: bool = False


NOTHING = Followed(0, LOWEST, b"", None, None)


def write(tx: Tx, actor: str, action: str, subject: str, **detail: Any) -> None:
    """Add a row. The clock chains it within a minute: chaining here would make all writers wait for one another."""
    tx.insert(WRITE, at=tx.now, actor=actor, action=action, subject=subject, detail=detail)


def chain(tx: Tx, most: int = 500) -> int:
    """Chain the loose rows in their order; returns how many. Of two clocks at once the schema refuses the second."""
    last = tx.first(LAST)
    link, digest = (last.link, last.digest) if last else (0, b"")
    loose = tx.all(LOOSE, most=most)
    for row in loose:
        link, digest = link + 1, _digest(digest, row.at, row.actor, row.action, row.subject, row.detail)
        tx.changed(CHAIN, row=row.id, at_link=link, made=digest)
    return len(loose)


def latest(tx: Tx, most: int, before: int | None = None) -> list[AnyRow]:
    """The last acts (before a row's number), the last first."""
    return tx.all(LATEST, most=most) if before is None else tx.all(EARLIER, most=most, number=before)


def broken(tx: Tx) -> int | None:
    """The first link that doesn't follow from the one before it, or None when the chain is whole."""
    found = NOTHING
    while not found.ended:
        found = follow(tx, found)
    return found.broken


def follow(tx: Tx, so_far: Followed, most: int = PAGE) -> Followed:
    """The chain's next links, held against what they are made of: a page, so that a long chain holds nothing up."""
    links, digest, until = so_far.links, so_far.digest, so_far.until
    rows = tx.all(CHAINED, after=so_far.reached, most=most)
    for row in rows:
        digest = _digest(digest, row.at, row.actor, row.action, row.subject, row.detail)
        if row.link != links + 1 or row.digest != digest:
            return Followed(links, row.link, digest, until, links + 1, ended=True)
        links, until = links + 1, row.at
    return Followed(links, links, digest, until, None, ended=len(rows) < most)


def mark(tx: Tx) -> Mark | None:
    """The chain's end as it is now: kept where no database reaches, it shows when the end is cut off."""
    row = tx.first(LAST_WHOLE)
    return Mark(row.link, row.digest, row.at) if row else None


def digests(tx: Tx, links: Sequence[int]) -> dict[int, bytes]:
    """What stands at these links."""
    return {row.link: row.digest for row in tx.all(AT_LINKS, links=list(links))}


def loose(tx: Tx) -> int:
    """How many acts are not chained yet."""
    return tx.value(HOW_LOOSE)


def _digest(before: bytes, at: datetime, actor: str, action: str, subject: str, detail: Any) -> bytes:
    row = json.dumps([at.isoformat(), actor, action, subject, detail], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(before + row.encode()).digest()
