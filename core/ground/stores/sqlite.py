"""SQLite: one thread that writes, a few connections that read."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import URL, Connection, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import create_async_engine

from core.ground.columns import as_json
from core.ground.stores.connection import BUSY
from core.ground.stores.kept import Kept
from core.ground.stores.writer import Asked, Writer
from core.ground.tx import Given, Tx
from core.ground.waking import Bell

logging.getLogger("aiosqlite").setLevel(logging.WARNING)  # at DEBUG it writes every statement's parameters down

BEGIN = "BEGIN"  # without it the driver begins nothing for a SELECT, and two of them see two moments
READERS = 4
OPENINGS = 6  # times a writer's patience, for a file that others are writing to


class SqliteStore:
    """Both ways into one file."""

    def __init__(self, url: URL, given: Given, bell: Bell) -> None:
        if not url.database or url.database == ":memory:":
            raise ValueError("a database in memory can't be shared by its readers and its writer: name a file")
        self._given = given
        self._writer = Writer(url.set(drivername="sqlite+pysqlite"), given, bell)
        self._writer.start()
        self._reading = Kept()
        self._readers = create_async_engine(
            url,
            pool_size=READERS,
            max_overflow=0,
            connect_args={"isolation_level": None, "timeout": BUSY},
            json_serializer=as_json,
            hide_parameters=True,  # an error's text is logged, and who bought what is nobody's business there
        )
        event.listen(self._readers.sync_engine, "connect", _settings)

    async def open(self) -> None:
        """Raises SQLAlchemy's OperationalError if the file can't be opened, or not be written.

        That other processes are writing to it is no reason: it waits longer for them than a call would.
        """
        for _ in range(OPENINGS - 1):
            try:
                return await self.write(lambda tx: None)
            except OperationalError as error:
                if getattr(error.orig, "sqlite_errorcode", None) != sqlite3.SQLITE_BUSY:
                    raise
        await self.write(lambda tx: None)

    async def write(self, work: Callable[[Tx], Any]) -> Any:
        call = Asked(work)
        self._writer.take(call)
        await call.answered  # cancelled or not, the writer goes on with it
        return call.result()

    async def read(self, work: Callable[[Tx], Any]) -> Any:
        return await self._reading.keep(self._read(work))

    async def _read(self, work: Callable[[Tx], Any]) -> Any:
        async with self._readers.connect() as connection:
            return await connection.run_sync(self._look, work)

    def _look(self, connection: Connection, work: Callable[[Tx], Any]) -> Any:
        connection.exec_driver_sql(BEGIN)
        return work(Tx(connection, self._given, self._now, writes=False))

    def _now(self, tx: Tx) -> datetime:
        return self._given.clock.now()

    async def close(self) -> None:
        """Everything asked for before is still done and answered."""
        self._writer.stop()
        await asyncio.to_thread(self._writer.join)
        await self._reading.finished()
        await self._readers.dispose()


def _settings(connection: Any, _: Any) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA query_only = ON")
