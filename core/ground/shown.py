"""What stands in a chat that can edit: which message is the card of what, and whose bot put it there."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Column, Index, String, Table, bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite just as well

from core.ground.columns import UTC, BigId, metadata
from core.ground.db import Tx

KEPT = timedelta(days=30)  # older cards are out of sight, and are said anew

shown = Table(
    "shown",
    metadata,
    Column("person", String(160), primary_key=True),  # whose chat, or which room
    Column("card", String(120), primary_key=True),
    Column("reference", String(60), nullable=False),  # the chat's id of the message
    Column("at", UTC, nullable=False),
    Index("ix_shown_at", "at"),
)
bots = Table(
    "bots",
    metadata,
    Column("chat", String(40), primary_key=True),
    Column("bot", BigId, nullable=False),
    Column("since", UTC, nullable=False),
)

NEW = insert(shown)
KEEP = NEW.on_conflict_do_update(
    index_elements=["person", "card"], set_={"reference": NEW.excluded.reference, "at": NEW.excluded.at}
)
WHERE = select(shown.c.reference).where(shown.c.person == bindparam("of"), shown.c.card == bindparam("what"))
WHAT = select(shown.c.card).where(shown.c.person == bindparam("of"), shown.c.reference == bindparam("message"))
LET_STAND = delete(shown).where(shown.c.person == bindparam("of"), shown.c.card == bindparam("what"))
FORGET = delete(shown).where(shown.c.at < bindparam("before"))
FORGET_ALL = delete(shown).where(shown.c.person.startswith(bindparam("whose")))
BOT = select(bots.c.bot).where(bots.c.chat == bindparam("in_chat"))
NEW_BOT = insert(bots)
INSTALL = NEW_BOT.on_conflict_do_update(
    index_elements=["chat"], set_={"bot": NEW_BOT.excluded.bot, "since": NEW_BOT.excluded.since}
)


def keep(tx: Tx, person: str, card: str, reference: str) -> str | None:
    """From now on that message is the card. Returns the one that was, if it is another."""
    before = where(tx, person, card)
    tx.changed(KEEP, person=person, card=card, reference=reference, at=tx.now)
    return before if before != reference else None


def where(tx: Tx, person: str, card: str) -> str | None:
    """The message that shows this card; None where none does."""
    return tx.value(WHERE, of=person, what=card)


def what(tx: Tx, person: str, reference: str) -> str | None:
    """What that message is the card of."""
    return tx.value(WHAT, of=person, message=reference)


def let_stand(tx: Tx, person: str, card: str) -> None:
    """What stands there stays as it is from now on: the card, when it is said next, is said anew."""
    tx.changed(LET_STAND, of=person, what=card)


def forget(tx: Tx) -> int:
    """Cards of long ago."""
    return tx.changed(FORGET, before=tx.now - KEPT)


def bot_of(tx: Tx, chat: str) -> int | None:
    """The bot that this chat's people talk to; None before the first one is known."""
    return tx.value(BOT, in_chat=chat)


def replace_bot(tx: Tx, chat: str, bot: int) -> None:
    """Another bot speaks in this chat from now on. People and orders stay; its messages of before are out of reach."""
    tx.changed(INSTALL, chat=chat, bot=bot, since=tx.now)
    tx.changed(FORGET_ALL, whose=f"{chat}:")
