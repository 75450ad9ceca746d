"""A few tables that stand for nothing in particular, and what can be done to them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql

from core.ground.columns import UTC, BigId, Json, metadata
from core.ground.db import Database, Tx

tables = MetaData(naming_convention=metadata.naming_convention)
notes = Table(
    "notes",
    tables,
    Column("id", BigId, primary_key=True),
    Column("key", String(80), nullable=False, unique=True),
    Column("text", String(80)),
    Column("at", UTC),
    Column("said", Json),
)
shelves = Table(
    "shelves",
    tables,
    Column("id", BigId, primary_key=True),
    Column("stock", Integer, CheckConstraint("stock > -1000", name="stock"), nullable=False),
)
sales = Table("sales", tables, Column("id", BigId, primary_key=True), Column("shelf", BigId, nullable=False))
albums = Table("albums", tables, Column("id", BigId, primary_key=True), Column("title", String(80)))
songs = Table(
    "songs",
    tables,
    Column("id", BigId, primary_key=True),
    Column("album", BigId, ForeignKey(albums.c.id, deferrable=True, initially="DEFERRED"), index=True),
)

NOTE = insert(notes)
NOTE_ONCE = postgresql.insert(notes).on_conflict_do_nothing(index_elements=["key"])
BY_KEY = select(notes.c.id).where(notes.c.key == bindparam("key"))
KEYS = select(notes.c.key).order_by(notes.c.id)
SHELF = insert(shelves)
STOCK = select(shelves.c.stock).where(shelves.c.id == bindparam("shelf"))
TAKE = update(shelves).where(shelves.c.id == bindparam("shelf")).values(stock=shelves.c.stock - 1)
TAKE_IF_THERE = TAKE.where(shelves.c.stock > 0)
SELL = insert(sales)
SOLD = select(sales.c.id)
ALBUM = insert(albums)
SONG = insert(songs)


async def furnish(db: Database) -> Database:
    await db.write(lambda tx: tables.create_all(tx._connection))
    return db


def note(tx: Tx, key: str) -> int:
    return tx.insert(NOTE, key=key)


def keys(tx: Tx) -> list[Any]:
    return [row.key for row in tx.all(KEYS)]


def note_once(tx: Tx, key: str) -> int:
    """As every deciding call does: finds by its request key what an earlier run did."""
    return tx.value(BY_KEY, key=key) or note(tx, key)
