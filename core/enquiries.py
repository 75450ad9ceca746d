"""What buyers ask of a person and what staff answer: kept sealed, and opened only for who is meant to read it."""

from __future__ import annotations

import re
from collections.abc import Collection

from sqlalchemy import Column, ForeignKey, Index, String, Table, bindparam, delete, insert, select

from core.ground.columns import UTC, BigId, Sealed, metadata
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.vault import Secret

LONGEST = 1000  # characters
# Whatever could be a code: eight and more letters and digits in a row, or several groups of them.
WORD = re.compile(r"[A-Za-z0-9]+(?:[-_.][A-Za-z0-9]+)*")
GROUPS = re.compile(r"[A-Z0-9]{3,}(?:[ \t]+[A-Z0-9]{3,}){2,}")
COVER = "•••"

notes = Table(
    "notes",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", String(300), nullable=False, unique=True),  # the event it came with
    Column("buyer", String(160), ForeignKey("people.id"), nullable=False),  # whose conversation it belongs to
    Column("author", String(160), ForeignKey("people.id"), nullable=False),
    Column("sealed", Sealed, nullable=False),
    Column("at", UTC, nullable=False),
    Index("ix_notes_buyer", "buyer", "id"),
)


class NoteTooLong(ShopError):
    """More than one can send to a person at once, or nothing. Facts: most."""


WRITE = insert(notes)
BY_KEY = select(notes.c.id).where(notes.c.key == bindparam("of_key"))
NOTE = select(notes).where(notes.c.id == bindparam("note"))
FORGET = delete(notes).where(notes.c.id.in_(bindparam("numbers", expanding=True)))


def bound_to(key: str) -> str:
    return f"note {key}"


def keep(tx: Tx, key: str, buyer: str, author: str, text: str) -> int:
    """Keep what was written; returns its number. A repeat of the key finds it. Raises NoteTooLong."""
    if not 0 < len(text) <= LONGEST:
        raise NoteTooLong(most=LONGEST)
    known = tx.value(BY_KEY, of_key=key)
    if known is not None:
        return known
    sealed = tx.vault.seal(text, bound_to(key))
    return tx.insert(WRITE, key=key, buyer=buyer, author=author, sealed=sealed, at=tx.now)


def is_kept(tx: Tx, key: str) -> bool:
    return tx.value(BY_KEY, of_key=key) is not None


def open_for(tx: Tx, note: int, reader: str, *, staff: bool) -> Secret:
    """What it says, for the buyer it belongs to and for staff; covered once it was forgotten.

    Raises LookupError for anybody else.
    """
    row = tx.first(NOTE, note=note)
    if row is None:
        return Secret(COVER)
    if not staff and reader != row.buyer:
        raise LookupError(f"note {note} is not for {reader}")
    return tx.vault.open(row.sealed, bound_to(row.key))


def forget(tx: Tx, numbers: Collection[int]) -> None:
    """What was written there is kept no longer. What still names these notes must be gone."""
    if numbers:
        tx.changed(FORGET, numbers=list(numbers))


def covered(note: Secret) -> str:
    """The note as it is read where more than its reader may look on: what could be a code is not in it."""

    def cover(found: re.Match[str]) -> str:
        word = found.group()
        is_one = len(word) >= 8 and (any(char.isdigit() for char in word) or word == word.upper())
        return COVER if is_one else word

    return WORD.sub(cover, GROUPS.sub(COVER, note.reveal()))
