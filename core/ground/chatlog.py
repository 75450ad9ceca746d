"""The history of a chat that has none of its own, such as the browser's: who said what, in order.

What we said is kept as the packed Message: it names codes instead of holding them, and is made into sentences
again each time it is shown. What a person typed is sealed, bound to the person and the event.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Index,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite just as well

from core.ground.columns import UTC, BigId, Json, Sealed, metadata
from core.ground.db import Tx
from core.ground.messages import Message, pack, unpack
from core.ground.tx import NoRow
from core.ground.vault import Secret

chat_lines = Table(
    "chat_lines",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("person", String(160), nullable=False),
    Column("from_us", Boolean, nullable=False),
    Column("event_key", String(200)),  # the inbox event it was said in, or is the answer to: each once
    Column("card", String(120)),  # what it is the card of; the newest line of a card is the one that counts
    Column("message", Json),  # ours, packed
    Column("sealed", Sealed),  # theirs
    Column("said_at", UTC, nullable=False),
    UniqueConstraint("person", "from_us", "event_key"),
    CheckConstraint("(message IS NULL) <> (sealed IS NULL)", name="one_voice"),
    Index("ix_chat_lines_person", "person", "id"),
)


@dataclass(frozen=True)
class Line:
    """One line of a chat: `message` if we said it, else `sealed`, which `typed` opens."""

    id: int
    person: str
    from_us: bool
    key: str | None
    card: str | None
    message: Message | None
    sealed: bytes | None
    at: datetime


ALL = select(
    chat_lines.c.id,
    chat_lines.c.person,
    chat_lines.c.from_us,
    chat_lines.c.event_key,
    chat_lines.c.card,
    chat_lines.c.message,
    chat_lines.c.sealed,
    chat_lines.c.said_at,
).where(chat_lines.c.person == bindparam("person"))
SINCE = ALL.where(chat_lines.c.id > bindparam("after")).order_by(chat_lines.c.id).limit(bindparam("most"))
NEWEST = ALL.order_by(chat_lines.c.id.desc()).limit(bindparam("most"))
BEFORE = NEWEST.where(chat_lines.c.id < bindparam("id"))
LINE = ALL.where(chat_lines.c.id == bindparam("id"))
NEWEST_OF_CARDS = (
    select(chat_lines.c.card, func.max(chat_lines.c.id))
    .where(chat_lines.c.person == bindparam("person"), chat_lines.c.card.in_(bindparam("cards", expanding=True)))
    .group_by(chat_lines.c.card)
)
ADD = insert(chat_lines).on_conflict_do_nothing(index_elements=["person", "from_us", "event_key"])
ADDED = select(chat_lines.c.id).where(
    chat_lines.c.person == bindparam("person"),
    chat_lines.c.from_us == bindparam("ours"),
    chat_lines.c.event_key == bindparam("key"),
)
IN_TURN = select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("topic"), 0)))


def bound_to(person: str, key: str) -> str:
    return f"chat line {person} {key}"


def topic(person: str) -> str:
    """What is rung when a line is added to this person's chat."""
    return f"chat {person}"


def append_ours(tx: Tx, person: str, message: Message, key: str | None = None) -> int:
    """Say something in a person's chat; returns the line's id. Raises TypeError for a message with a Secret.

    An answer gives its event's key: a repeat adds nothing and returns the first answer's id. Without a key,
    what would only say the last line again, word for word, adds nothing either: it is a sending repeated
    because its outcome was lost.
    """
    packed = json.loads(json.dumps(pack(message)))  # as it reads when it comes back, so that equal is equal
    if key is None:
        last = tx.first(NEWEST, person=person, most=1)
        if last is not None and last.message == packed and last.event_key is None:
            return last.id
    return _append(tx, person, True, key, message=packed, card=message.card)


def append_theirs(tx: Tx, person: str, key: str, text: str) -> int:
    """Keep what a person typed, once per event; returns the line's id. A repeat changes nothing."""
    return _append(tx, person, False, key, sealed=tx.vault.seal(text, bound_to(person, key)))


def _append(tx: Tx, person: str, ours: bool, key: str | None, **said: Any) -> int:
    if tx.dialect == "postgresql":
        # Who reads "everything after line 7" must never see 9 before 8: one at a time per person, to the commit.
        tx.one(IN_TURN, topic=topic(person))
    tx.wake(topic(person))
    try:
        return tx.insert(ADD, person=person, from_us=ours, event_key=key, said_at=tx.now, **said)
    except NoRow:
        return tx.value(ADDED, person=person, ours=ours, key=key)


def typed(tx: Tx, line: Line) -> Secret:
    """What a person typed. Raises Tampered if it is not what was stored."""
    return tx.vault.open(line.sealed or b"", bound_to(line.person, line.key or ""))


def since(tx: Tx, person: str, after_id: int, most: int) -> list[Line]:
    """At most `most` lines after a line, oldest first."""
    return [_line(row) for row in tx.all(SINCE, person=person, after=after_id, most=most)]


def newest(tx: Tx, person: str, most: int, before_id: int | None = None) -> list[Line]:
    """The last `most` lines (before a line), oldest first."""
    if before_id is None:
        rows = tx.all(NEWEST, person=person, most=most)
    else:
        rows = tx.all(BEFORE, person=person, id=before_id, most=most)
    return [_line(row) for row in reversed(rows)]


def line(tx: Tx, person: str, line_id: int) -> Line | None:
    """One line of this person's chat; None for anybody else's."""
    row = tx.first(LINE, person=person, id=line_id)
    return None if row is None else _line(row)


def newest_of_cards(tx: Tx, person: str, cards: Sequence[str]) -> dict[str, int]:
    """Of each card, the line that said it last."""
    if not cards:
        return {}
    rows = tx.all(NEWEST_OF_CARDS, person=person, cards=list(set(cards)))
    return {card: line_id for card, line_id in rows}


def _line(row: Any) -> Line:
    message = None if row.message is None else unpack(row.message)
    return Line(row.id, row.person, row.from_us, row.event_key, row.card, message, row.sealed, row.said_at)
