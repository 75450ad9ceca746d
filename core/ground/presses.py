"""Buttons that act carry a token: it stands for the verb, belongs to one person, and acts once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import Column, Index, String, Table, bindparam, delete, insert, select

from core.ground.columns import UTC, metadata
from core.ground.db import Tx
from core.ground.messages import Message

MARK = "~"  # tells a token from a verb
VALID = timedelta(hours=24)

presses = Table(
    "presses",
    metadata,
    Column("token", String(30), primary_key=True),
    Column("person_id", String(160), nullable=False),
    Column("says", String(200), nullable=False),
    Column("expires_at", UTC, nullable=False),
    Index("ix_presses_expires_at", "expires_at"),
)


@dataclass(frozen=True)
class Press:
    """What a pressed token stands for. Pressing it twice is the same event, by `key`."""

    says: str
    key: str
    old: bool  # expired: the person meant it, but on what was shown long ago


OFFER = insert(presses)
PRESSED = select(presses.c.says, presses.c.expires_at).where(
    presses.c.token == bindparam("token"), presses.c.person_id == bindparam("person")
)
FORGET = delete(presses).where(presses.c.expires_at < bindparam("before"))


def offer(tx: Tx, message: Message, person_id: str) -> Message:
    """The message with every acting choice behind a token of this person."""
    choices = []
    for choice in message.choices:
        if choice.acts and not choice.says.startswith(MARK):
            token = MARK + secrets.token_urlsafe(16)
            tx.changed(OFFER, token=token, person_id=person_id, says=choice.says, expires_at=tx.now + VALID)
            choice = replace(choice, says=token)
        choices.append(choice)
    return replace(message, choices=tuple(choices))


def pressed(tx: Tx, person_id: str, token: str) -> Press | None:
    """What the token stands for. None for one that never was, or is somebody else's: the same to whoever asks."""
    row = tx.first(PRESSED, token=token, person=person_id)
    return Press(row.says, f"press {token}", row.expires_at <= tx.now) if row else None


def forget(tx: Tx) -> int:
    """Tokens that expired a week ago are not even recognised any more."""
    return tx.changed(FORGET, before=tx.now - timedelta(days=7))
