"""Who did what, when and why: append-only, and chained so that a changed or missing row shows."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Integer, String, Table, bindparam, insert, select, update

from core.ground.columns import UTC, BigId, Digest, Json, metadata
from core.ground.db import Tx

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
CHAINED = select(audit).where(audit.c.link.is_not(None)).order_by(audit.c.link)


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


def broken(tx: Tx) -> int | None:
    """The first link that doesn't follow from the one before it, or None when the chain is whole."""
    digest = b""
    for expected, row in enumerate(tx.all(CHAINED), 1):
        digest = _digest(digest, row.at, row.actor, row.action, row.subject, row.detail)
        if row.link != expected or row.digest != digest:
            return expected
    return None


def _digest(before: bytes, at: datetime, actor: str, action: str, subject: str, detail: Any) -> bytes:
    row = json.dumps([at.isoformat(), actor, action, subject, detail], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(before + row.encode()).digest()
