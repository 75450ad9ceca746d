"""The right to speak, in chats that lend it: so many messages for some time after somebody's own word.

And what was answered within the call that brought a word: such a chat may bring it again, and is answered the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, Column, Index, Integer, String, Table, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite just as well

from core.ground.columns import UTC, Json, metadata
from core.ground.db import Tx
from core.ground.messages import Message, pack, unpack

KEPT = timedelta(days=1)  # no chat brings a word again after that
MOST = 500  # replies forgotten in one transaction

speaking = Table(
    "speaking",
    metadata,
    Column("person", String(160), primary_key=True),
    Column("kind", String(10), primary_key=True),  # what lent it: each kind of word lends another right
    Column("left", Integer, nullable=False),
    Column("until", UTC, nullable=False),
    CheckConstraint('"left" >= 0', name="left"),
)
replies = Table(
    "replies",
    metadata,
    Column("event", String(200), primary_key=True),
    Column("person", String(160), nullable=False),
    Column("messages", Json, nullable=False),  # packed: no code's plaintext
    Column("at", UTC, nullable=False),
    Index("ix_replies_at", "at"),
)

NEW = insert(speaking)
LEND = NEW.on_conflict_do_update(
    index_elements=["person", "kind"], set_={"left": NEW.excluded.left, "until": NEW.excluded.until}
)
OF_PERSON = speaking.c.person == bindparam("of")
SPEND = (
    update(speaking)
    .where(OF_PERSON, speaking.c.until > bindparam("now"), speaking.c.left > 0)
    .values(left=speaking.c.left - 1)
)
KNOWN = select(func.max(speaking.c.until)).where(OF_PERSON)
NO_MORE = update(speaking).where(OF_PERSON).values(left=0)
NO_MORE_OF = NO_MORE.where(speaking.c.until <= bindparam("known"))
LEFT = select(speaking.c.left).where(OF_PERSON, speaking.c.until > bindparam("now")).order_by(speaking.c.left.desc())
ANSWERED = insert(replies).on_conflict_do_nothing(index_elements=["event"])
AGAIN = select(replies.c.messages).where(replies.c.event == bindparam("of_event"))
OLD = select(replies.c.event).where(replies.c.at < bindparam("before")).limit(bindparam("most"))
FORGET = delete(replies).where(replies.c.event.in_(OLD.scalar_subquery()))


def lend(tx: Tx, person: str, kind: str, messages: int, until: datetime) -> None:
    """Somebody spoke: so many messages may be sent to them until then. What was left of an older word is not added."""
    tx.changed(LEND, person=person, kind=kind, left=messages, until=until)


def spend(tx: Tx, person: str) -> datetime | None:
    """Count one message, before it is sent. None where none may be; else until when any right of theirs is good.

    It counts against each right they have lent: which of them the chat takes it from is not told.
    """
    return tx.value(KNOWN, of=person) if tx.changed(SPEND, of=person, now=tx.now) else None


def left(tx: Tx, person: str) -> int:
    """How many messages may be sent now."""
    return tx.value(LEFT, of=person, now=tx.now) or 0


def no_more(tx: Tx, person: str, known: datetime | None = None) -> int:
    """The chat says that the right is used up, whatever we have counted. Returns what is left.

    With what spend() knew, it is none of a word that has come since.
    """
    if known is None:
        tx.changed(NO_MORE, of=person)
    else:
        tx.changed(NO_MORE_OF, of=person, known=known)
    return left(tx, person)


def answered(tx: Tx, event: str, person: str, messages: Sequence[Message]) -> None:
    """This was said in the call that brought the event. A repeat changes nothing."""
    tx.changed(ANSWERED, event=event, person=person, messages=[pack(message) for message in messages], at=tx.now)


def again(tx: Tx, event: str) -> list[Message] | None:
    """What was said in the call that brought the event first; None if no call was answered."""
    packed = tx.value(AGAIN, of_event=event)
    return None if packed is None else [unpack(message) for message in packed]


def forget(tx: Tx, most: int = MOST) -> int:
    """Replies of long ago."""
    return tx.changed(FORGET, before=tx.now - KEPT, most=most)
