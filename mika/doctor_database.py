"""The database: whether it loses nothing, whether its guards stand, and whether the key opens what is sealed in it."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

from core import reconcile
from core.findings import Finding
from core.ground.db import Tx
from core.ground.errors import Tampered
from core.ground.triggers import TRIGGERS, Trigger
from mika.doctor_place import Check, Place, Said
from mika.doctor_settings import database_file
from mika.stock_opened import try_key

SQLITE = {"journal_mode": {"wal"}, "synchronous": {"2", "3"}, "foreign_keys": {"1"}}  # 2 is FULL
POSTGRES = {
    "fsync": {"on"},
    "full_page_writes": {"on"},
    "synchronous_commit": {"on", "local", "remote_write", "remote_apply"},
    "transaction_isolation": {"read committed"},
    "server_encoding": {"UTF8"},
}
LARGEST_LOG = 256  # MB
CONNECTIONS = 0.85  # of what the server has
PATIENCE = 15.0  # seconds to look through SQLite's file
TOUCHED = timedelta(days=1)
MB = 2**20


async def settings(place: Place) -> Said:
    """Asked of the very connection that writes: on SQLite each has its own."""
    if place.shop is None:
        return []
    kind, values = await place.shop.db.write(_settings)
    code, wanted = ("D021", SQLITE) if kind == "sqlite" else ("D022", POSTGRES)
    found = [
        Finding(code, name, {"value": values[name], "needed": min(good)})
        for name, good in wanted.items()
        if values[name].lower() not in {one.lower() for one in good}
    ]
    return found or [f"database: {kind}, {', '.join(f'{name} {value}' for name, value in values.items())}"]


def _settings(tx: Tx) -> tuple[str, Mapping[str, str]]:
    if tx.dialect == "sqlite":
        return "sqlite", {name: str(tx.value(text(f"PRAGMA {name}"))) for name in SQLITE}
    return "postgresql", {name: str(tx.value(text(f"SHOW {name}"))) for name in POSTGRES}


async def guards(place: Place) -> Said:
    """Each trigger is there, on, and does what this program says."""
    if place.shop is None:
        return []
    found = [Finding("D023", name) for name in await place.shop.db.read(astray)]
    return found or [f"guards: {len(TRIGGERS)} triggers, as they were made"]


def astray(tx: Tx) -> list[str]:
    there = _on_sqlite(tx) if tx.dialect == "sqlite" else _on_postgres(tx)
    return [one.name for one in TRIGGERS if there.get(one.name) != _wanted(one, tx.dialect)]


def _on_sqlite(tx: Tx) -> dict[str, str]:
    return {row[0]: row[1] for row in tx.all(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))}


def _on_postgres(tx: Tx) -> dict[str, str]:
    found = (
        "SELECT t.tgname, t.tgrelid::regclass::text, p.prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
        "WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')"
    )
    return {row[0]: f"{row[1].strip(chr(34))} {row[2]}" for row in tx.all(text(found))}


def _wanted(trigger: Trigger, dialect: str) -> str:
    """As the database keeps it: SQLite the whole statement, PostgreSQL the body of the function."""
    statements = trigger.statements(dialect)
    return statements[-1] if dialect == "sqlite" else f"{trigger.table} {statements[0].split('$$')[1]}"


async def what_must_hold(place: Place) -> Said:
    """Of what was touched in a day; by the clock the jobs look at everything."""
    if place.shop is None:
        return []
    broken = await place.shop.db.read(lambda tx: reconcile.check(tx, since=tx.now - TOUCHED))
    found = [Finding("D024", one.check.id, {"rows": len(one.rows)}) for one in broken if one.check.id != "T0"]
    return found or [f"invariants: {len(reconcile.CHECKS)} looked at, for the last day"]


async def room(place: Place) -> Said:
    """SQLite's log, PostgreSQL's connections: what grows until nothing goes on."""
    if place.shop is None:
        return []
    file = database_file(place.settings)
    if file is not None:
        size = await asyncio.to_thread(_log_size, file)
        return [Finding("D025", facts={"size": size})] if size > LARGEST_LOG else [f"write-ahead log: {size} MB"]
    used, most = await place.shop.db.read(_connections)
    if used > CONNECTIONS * most:
        return [Finding("D026", facts={"used": used, "most": most})]
    return [f"connections: {used} of {most}"]


def _log_size(file: Path) -> int:
    try:
        return os.stat(f"{file}-wal").st_size // MB
    except FileNotFoundError:
        return 0


def _connections(tx: Tx) -> tuple[int, int]:
    return tx.value(text("SELECT count(*) FROM pg_stat_activity")), int(tx.value(text("SHOW max_connections")))


async def whole(place: Place) -> Said:
    """Whether SQLite finds its own file in order. Only for who waits for it: it reads all of the file."""
    file = database_file(place.settings)
    if file is None or not place.asks or not file.exists():
        return []
    said = await asyncio.to_thread(_quick_check, file, PATIENCE)
    if said is None:
        return [f"file: no damage found in {PATIENCE:g} s, not looked through to its end"]
    return ["file: no damage"] if said == "ok" else [Finding("D027", facts={"what": said})]


def _quick_check(file: Path, patience: float) -> str | None:
    """What SQLite says; None where it is not through with it in time."""
    until = time.monotonic() + patience
    try:
        connection = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=patience)
        try:
            connection.set_progress_handler(lambda: int(time.monotonic() > until), 100_000)
            return str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        damaged = getattr(error, "sqlite_errorcode", 0) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
        return str(error) if damaged else None


async def canary(place: Place) -> Said:
    """The oldest code there is opens."""
    if place.shop is None:
        return []
    try:
        await place.shop.db.read(try_key)
    except Tampered as error:
        return [Finding("D030", facts={"what": str(error)})]
    return ["vault: the key opens the stock"]


CHECKS = (
    Check("database", ("D021", "D022"), settings),
    Check("guards", ("D023",), guards),
    Check("invariants", ("D024",), what_must_hold, seconds=60.0),
    Check("room in the database", ("D025", "D026"), room),
    Check("database file", ("D027",), whole, opens=False, seconds=30.0),
    Check("vault", ("D030",), canary),
)
