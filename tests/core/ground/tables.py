"""A few tables that stand for nothing in particular, and what can be done to them."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import asyncpg
from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    bindparam,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql

from core.ground.columns import UTC, BigId, Json, metadata
from core.ground.db import Database, Tx
from core.ground.errors import ShopError

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
COUNT = text("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :upto) SELECT count(*) FROM n")


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


class Refused(ShopError):
    pass


class OutOfStock(ShopError):
    pass


async def together(db: Database, *works: Callable[[Tx], Any]) -> list[Any]:
    """What comes of calls that all wait by the time the writer begins; of a failure, what was thrown."""
    hold = threading.Event()
    first = asyncio.create_task(db.write(lambda tx: hold.wait(5)))
    calls = [asyncio.create_task(db.write(work)) for work in works]
    await asyncio.sleep(0.01)
    hold.set()
    await first
    return await asyncio.gather(*calls, return_exceptions=True)


def rest(tx: Tx, seconds: float = 0.05) -> None:
    """Takes its time, the loop free meanwhile on both stores."""
    if tx.dialect == "postgresql":
        tx.value(select(func.pg_sleep(seconds)))
    elif threading.current_thread() is threading.main_thread():  # reading, through aiosqlite
        tx.value(COUNT, upto=30_000)
    else:
        time.sleep(seconds)


async def cut_off(outside: asyncpg.Connection, like: str = "%") -> int | None:
    """Ends everybody else's connections whose last statement is like this."""
    return await outside.fetchval(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE $1",
        like,
    )
