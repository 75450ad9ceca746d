"""The one connection through which SQLite is written: its settings, its transaction, its savepoints."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from typing import Any, cast

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.pool import NullPool

from core.ground.columns import as_json
from core.ground.stores.deferred import Suspects

BEGIN = "BEGIN IMMEDIATE"  # after a plain BEGIN, who writes what he has read is refused if anyone wrote in between
COMMIT = "COMMIT"
BUSY = 5.0  # seconds to wait for another process that writes
SETTINGS = (
    "PRAGMA synchronous = FULL",  # NORMAL may lose the last commits when the power fails
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",  # for the suspects
    "PRAGMA journal_size_limit = 67108864",  # else the log's file stays as large as it ever was
)


class Doubt(Exception):
    """A COMMIT failed, and may have happened all the same."""


class WriteConnection:
    """Opened and used in the writer's thread only.

    SQLAlchemy runs the statements and is kept from the transaction (AUTOCOMMIT): BEGIN and SAVEPOINT on the raw
    connection cost 1 µs each, its begin_nested() 36.
    """

    def __init__(self, engine: Engine) -> None:
        self.statements = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self.statements.begin()
        self._raw = cast(sqlite3.Connection, self.statements.connection.driver_connection)
        self._suspects = Suspects(self._raw)

    def begin(self) -> None:
        """Raises OperationalError when another process does not stop writing."""
        try:
            self._raw.execute(BEGIN)
            self._suspects.begin()
        except sqlite3.Error as error:
            raise OperationalError(BEGIN, None, error) from error

    def commit(self) -> None:
        """Raises IntegrityError when a deferred foreign key forbids it, Doubt for any other error."""
        try:
            self._raw.execute(COMMIT)
        except sqlite3.IntegrityError as error:
            raise IntegrityError(COMMIT, None, error) from error
        except sqlite3.Error as error:
            raise Doubt(str(error)) from error

    def savepoint(self) -> None:
        self._raw.execute("SAVEPOINT call")

    def release(self) -> None:
        """Raises IntegrityError for a deferred foreign key that does not hold; the savepoint is then still there."""
        if violation := self._suspects.violation():
            raise IntegrityError(None, None, sqlite3.IntegrityError(violation))
        self._raw.execute("RELEASE call")

    def undo(self) -> None:
        self._raw.execute("ROLLBACK TO call")
        self._raw.execute("RELEASE call")

    @property
    def in_transaction(self) -> bool:
        """False also when SQLite has rolled all back by itself, as it may when the disk is full or failing."""
        return self._raw.in_transaction

    def close(self) -> None:
        """Rolls back what is not committed. Never raises: it is what one does with a broken connection."""
        with contextlib.suppress(Exception):
            self._raw.rollback()
        with contextlib.suppress(Exception):
            self.statements.close()


def engine(url: URL) -> Engine:
    made = create_engine(
        url.set(drivername="sqlite+pysqlite"),
        poolclass=NullPool,
        # isolation_level: else the driver itself begins, and only where it sees fit
        connect_args={"isolation_level": None, "timeout": BUSY, "cached_statements": 500},
        json_serializer=as_json,
        hide_parameters=True,
        query_cache_size=1500,
    )
    event.listen(made, "connect", _set)
    return made


def _set(connection: Any, _: Any) -> None:
    _write_ahead(connection)
    for setting in SETTINGS:
        connection.execute(setting)


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Readers don't wait for the writer, nor it for them.

    Two processes that open a new file at once meet here, one time in a thousand, and here SQLite does not wait.
    """
    until = time.monotonic() + BUSY
    while True:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)
            continue
        if mode != "wal":
            raise RuntimeError(f"SQLite can't keep a write-ahead log here (only {mode}): is this a disk of its own?")
        return
