"""Uploads: files that people send on the shop's own pages, sealed in pieces until a job has read them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import Column, ForeignKey, Integer, String, Table, UniqueConstraint, bindparam, delete, exists, select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite just as well

from core.ground.columns import UTC, BigId, Sealed, metadata
from core.ground.db import NoRow, Tx

MOST_BYTES = 20 * 1024 * 1024  # as much as Telegram's Bot API lets a bot fetch
PIECE = 256 * 1024  # bytes, sealed in a few milliseconds
KEPT = timedelta(days=1)

uploads = Table(
    "uploads",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", String(300), nullable=False, unique=True),
    Column("size", Integer, nullable=False),
    Column("at", UTC, nullable=False),
)
pieces = Table(
    "upload_pieces",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("upload_id", BigId, ForeignKey("uploads.id"), nullable=False),
    Column("place", Integer, nullable=False),
    Column("sealed", Sealed, nullable=False),
    UniqueConstraint("upload_id", "place"),
)

BEGIN = insert(uploads).on_conflict_do_nothing(index_elements=["key"])
BEGUN = select(uploads.c.id).where(uploads.c.key == bindparam("by_key"))
KEEP = insert(pieces).on_conflict_do_nothing(index_elements=["upload_id", "place"])
PIECES = select(pieces.c.id, pieces.c.place, pieces.c.sealed).where(pieces.c.upload_id == bindparam("upload"))
ERASE = delete(pieces).where(pieces.c.id == bindparam("piece"))
OLD_PIECES = select(pieces.c.id).join(uploads).where(uploads.c.at < bindparam("before")).limit(bindparam("most"))
OLD = delete(uploads).where(uploads.c.at < bindparam("before"), ~exists().where(pieces.c.upload_id == uploads.c.id))


def bound_to(upload: int, place: int) -> str:
    return f"piece {place} of upload {upload}"


def begin(tx: Tx, key: str, size: int) -> int:
    """An upload's number, one for each key."""
    try:
        return tx.insert(BEGIN, key=key, size=size, at=tx.now)
    except NoRow:
        return tx.value(BEGUN, by_key=key)


def keep(tx: Tx, upload: int, place: int, piece: bytes) -> None:
    """Seal a piece of it. A repeat changes nothing."""
    sealed = tx.vault.seal(base64.b64encode(piece).decode(), bound_to(upload, place))  # the vault seals text
    tx.changed(KEEP, upload_id=upload, place=place, sealed=sealed)


def named(upload: int) -> str:
    """As Said.file refers to it."""
    return f"upload {upload}"


def of(reference: str) -> int | None:
    """The upload that a file refers to, if it is one."""
    kind, _, number = reference.partition(" ")
    return int(number) if kind == "upload" and number.isdigit() else None


def parts(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The pieces of a file, each with its place."""
    for at in range(0, len(content), PIECE):
        yield at, content[at : at + PIECE]


def opened(tx: Tx, upload: int) -> bytes | None:
    """The whole file; None when it was erased."""
    rows = tx.all(PIECES.order_by(pieces.c.place), upload=upload)
    found = [tx.vault.open(row.sealed, bound_to(upload, row.place)).reveal() for row in rows]
    return b"".join(base64.b64decode(piece) for piece in found) or None


def erase(tx: Tx, upload: int) -> None:
    """It has been read."""
    for row in tx.all(PIECES, upload=upload):
        tx.changed(ERASE, piece=row.id)


def forget(tx: Tx, most: int = 50) -> int:
    """Erase what nobody has read within a day. Returns how many pieces."""
    before = tx.now - KEPT
    erased = sum(tx.changed(ERASE, piece=row.id) for row in tx.all(OLD_PIECES, before=before, most=most))
    tx.changed(OLD, before=before)
    return erased
