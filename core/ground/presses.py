"""Buttons that act carry a token: it stands for the verb, belongs to where it was shown, and acts once.

That is one person, or one room, where it is everybody's who works there; the router asks who presses.
A verb that is too long for a button has a token too, which may be pressed again and again.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Boolean, Column, Index, String, Table, bindparam, delete, insert, select, true, update

from core.ground.columns import UTC, metadata
from core.ground.db import Tx
from core.ground.messages import Message

MARK = "~"  # tells a token from a verb
PRESS = "press "
VALID = timedelta(hours=24)
LONGEST = 64  # bytes a button carries, in the chat that takes the fewest

presses = Table(
    "presses",
    metadata,
    Column("token", String(30), primary_key=True),
    Column("person_id", String(160), nullable=False),  # or a room's
    Column("says", String(200), nullable=False),
    Column("acts", Boolean, nullable=False, server_default=true()),
    Column("expires_at", UTC, nullable=False),
    Index("ix_presses_expires_at", "expires_at"),
)


@dataclass(frozen=True)
class Press:
    """What a pressed token stands for. Pressing one that acts twice is the same event, by `key`."""

    says: str
    key: str | None  # None for one that only looks: each press is an event of its own
    old: bool  # expired: the person meant it, but on what was shown long ago


OFFER = insert(presses)
PRESSED = select(presses.c.says, presses.c.acts, presses.c.expires_at).where(
    presses.c.token == bindparam("token"), presses.c.person_id == bindparam("owner")
)
SHOWN = select(presses.c.expires_at).where(presses.c.token == bindparam("token"), presses.c.acts)
END = (
    update(presses)
    .where(presses.c.person_id == bindparam("owner"), presses.c.expires_at > bindparam("now"))
    .values(expires_at=bindparam("now"))
)
FORGET = delete(presses).where(presses.c.expires_at < bindparam("before"))


def offer(tx: Tx, message: Message, owner: str) -> Message:
    """The message with every acting choice, and every one too long for a button, behind a token of this owner.

    The owner is the person it is shown to, or the room it is shown in.
    """
    choices = []
    for choice in message.choices:
        if not choice.says.startswith(MARK) and (choice.acts or len(choice.says.encode()) > LONGEST):
            token = MARK + secrets.token_urlsafe(16)
            expires = tx.now + VALID
            tx.changed(OFFER, token=token, person_id=owner, says=choice.says, acts=choice.acts, expires_at=expires)
            choice = replace(choice, says=token)
        choices.append(choice)
    return replace(message, choices=tuple(choices))


def pressed(tx: Tx, owner: str, token: str) -> Press | None:
    """What the token stands for. None for one that never was, or is somebody else's: the same to whoever asks."""
    row = tx.first(PRESSED, token=token, owner=owner)
    return Press(row.says, f"{PRESS}{token}" if row.acts else None, row.expires_at <= tx.now) if row else None


def shown_at(tx: Tx, key: str) -> datetime | None:
    """When the button was shown whose press has this key. None for what was no press, and for what is forgotten."""
    expires: datetime | None = tx.value(SHOWN, token=key.removeprefix(PRESS)) if key.startswith(PRESS) else None
    return expires - VALID if expires else None


def end(tx: Tx, owner: str) -> int:
    """No button of theirs that was offered acts any more."""
    return tx.changed(END, owner=owner, now=tx.now)


def forget(tx: Tx) -> int:
    """Tokens that expired a week ago are not even recognised any more."""
    return tx.changed(FORGET, before=tx.now - timedelta(days=7))
