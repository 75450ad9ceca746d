"""The database on PostgreSQL that a shop is moved into. Until the very end it has no version: nobody can open it.

How far it is stands in a table of its own, `moving`, written in the same transactions as the rows.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
from sqlalchemy import URL, Connection, ForeignKeyConstraint, Table, delete, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.schema import AddConstraint, DropConstraint

from core.ground import points, triggers
from core.schema import metadata
from migrations import lay_out
from mika.moving_source import names
from mika.moving_values import Row, quoted
from mika.refusals import Refusal

DRIVER = "postgresql+asyncpg"
SPOKEN = ("postgresql", "postgres", DRIVER)  # what an address may begin with
ANSWERS = 10.0  # seconds until a server has let us in
LONGEST = 3600.0  # for one statement
ALONE = 7367  # the lock that one move of all has
LEAVING = 50  # tenths of a second: a move that was killed is still there until the server has noticed
SQLALCHEMYS = ("prepared_statement_cache_size", "prepared_statement_name_func", "async_creator_fn")
THERE = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
"""
MOVING = "CREATE TABLE moving (name varchar(63) PRIMARY KEY, source varchar(64), last text, copied bigint, whole bool)"
BEGUN = text("INSERT INTO moving VALUES (:name, :source, NULL, 0, false)")
FAR = "SELECT name, source, last, copied, whole FROM moving"
FURTHER = "UPDATE moving SET last = $2, copied = $3, whole = $4 WHERE name = $1"
MOVED = "SELECT 1 FROM audit WHERE action = 'move' AND detail ->> 'source' = $1"
COUNT_ON = "SELECT setval(pg_get_serial_sequence($1, 'id'), (SELECT COALESCE(MAX(id), 0) + 1 FROM {0}), false)"
SERIAL = "SELECT pg_get_serial_sequence($1, 'id') IS NOT NULL"
# What PostgreSQL says of these quotes nobody's rows: no room, no memory, the server's own trouble, who may do what.
HARMLESS = ("08", "28", "3D", "42", "53", "57", "58", "XX")
ON = "Run the same command again: it goes on where it was."


@dataclass(frozen=True)
class Far:
    """How far a table is: the key that was copied last as SQLite has it, how many rows, and whether that is all."""

    last: Sequence[Any] | None
    copied: int
    whole: bool


def address(told: str) -> URL:
    """Where to move to, as the setting `database` has it. Raises Refusal S028."""
    try:
        url = make_url(told)
    except ArgumentError:
        raise Refusal("S028", url="there", what="it is no address of a database") from None
    if url.drivername not in SPOKEN or not url.database:
        raise refused(url, "it is no address of a PostgreSQL database")
    return url.set(drivername=DRIVER)


def refused(url: URL, what: str) -> Refusal:
    return Refusal("S028", url=shown(url), what=what)


def shown(url: URL) -> str:
    return url.render_as_string(hide_password=True)


class Target:
    """The new database, over one connection."""

    def __init__(self, url: URL, connection: asyncpg.Connection, source: str) -> None:
        self.url = url
        self._connection = connection
        self._source = source  # its fingerprint

    async def begin(self) -> dict[str, Far] | None:
        """How far each table is, after the schema was made if nothing was there. None: it was moved before, whole.

        Raises Refusal S028 for what is neither empty nor a move of the same source that was begun.
        """
        await self._is_alone()
        if await self._connection.fetchval("SHOW server_encoding") != "UTF8":
            raise refused(self.url, "its encoding is not UTF8")
        there = {row["relname"] for row in await self._connection.fetch(THERE)}
        if not there:
            await asyncio.to_thread(self._lay_out)
        elif "moving" not in there:
            if {"alembic_version", "audit"} <= there and await self._connection.fetchval(MOVED, self._source):
                return None
            raise refused(self.url, "there is somebody's shop in it, or something else")
        return await self._how_far()

    async def _is_alone(self) -> None:
        for _ in range(LEAVING):
            if await self._connection.fetchval("SELECT pg_try_advisory_lock($1)", ALONE):
                return
            await asyncio.sleep(0.1)
        raise refused(self.url, "another move is at work in it")

    def _lay_out(self) -> None:
        try:
            with points.around("move begins"):
                lay_out(self.url.render_as_string(hide_password=False), self._unfinished)
        except SQLAlchemyError as error:
            raise refused(self.url, _said(getattr(error, "orig", None) or error)) from None

    def _unfinished(self, connection: Connection) -> None:
        """The schema without its version, and without what holds only of a shop that is there whole."""
        connection.execute(text("DELETE FROM alembic_version"))
        for trigger in triggers.TRIGGERS:
            connection.exec_driver_sql(trigger.drop("postgresql"))
        for reference in among_themselves():
            connection.execute(DropConstraint(reference))
        connection.exec_driver_sql(MOVING)
        for table in metadata.sorted_tables:
            connection.execute(delete(table))  # a row that a migration put there comes over like any other
            connection.execute(BEGUN, {"name": table.name, "source": self._source})

    async def _how_far(self) -> dict[str, Far]:
        rows = await self._connection.fetch(FAR)
        if {row["source"] for row in rows} != {self._source}:
            raise refused(self.url, "it has half of another shop in it, or of this one as it was before")
        return {row["name"]: Far(_key(row["last"]), row["copied"], row["whole"]) for row in rows}

    async def take(self, table: Table, rows: Sequence[Row], far: Far) -> None:
        """Some more rows of a table, and how far it is with them: both or neither."""
        columns = [column.name for column in table.columns]
        with points.around(f"move {table.name}"):
            async with self._connection.transaction():
                if rows:
                    await self._connection.copy_records_to_table(table.name, records=rows, columns=columns)
                last = None if far.last is None else _packed(far.last)
                await self._connection.execute(FURTHER, table.name, last, far.copied, far.whole)

    async def close_up(self) -> None:
        """What was left off for the copying: references of rows to each other, triggers, the next numbers."""
        with points.around("move closes up"):
            async with self._connection.transaction():
                for reference in among_themselves():
                    await self._connection.execute(
                        f"ALTER TABLE {reference.table.name} DROP CONSTRAINT IF EXISTS {reference.name}"
                    )
                    await self._connection.execute(_added(reference))
                for statement in triggers.statements("postgresql"):
                    await self._connection.execute(statement)
                for table in metadata.sorted_tables:
                    if "id" in table.c and await self._connection.fetchval(SERIAL, table.name):
                        await self._connection.execute(COUNT_ON.format(table.name), table.name)
        await self._connection.execute("ANALYZE")

    async def pages(self, table: Table, most: int) -> AsyncGenerator[list[Row]]:
        """All of a table's rows in the order of its key as SQLite has it, so many at a time."""
        keys = ", ".join(_in_order(column) for column in table.primary_key)
        select = f"SELECT {names(table.columns)} FROM {quoted(table.name)} ORDER BY {keys}"  # noqa: S608
        async with self._connection.transaction(isolation="repeatable_read", readonly=True):
            cursor = await self._connection.cursor(select)
            while page := await cursor.fetch(most):
                yield [tuple(row) for row in page]


@asynccontextmanager
async def reached(url: URL, source: str) -> AsyncIterator[Target]:
    """The database, as long as the block lasts. Raises Refusal S028 if it can't be reached, S029 if it goes away."""
    _, told = url.get_dialect()().create_connect_args(url)
    ours = {name: value for name, value in told.items() if name not in SQLALCHEMYS}
    try:
        connection = await asyncpg.connect(**{**ours, "timeout": ANSWERS, "command_timeout": LONGEST})
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        raise refused(url, _said(error)) from None
    try:
        with _going_on():
            yield Target(url, connection, source)
    finally:
        connection.terminate()


@contextmanager
def _going_on() -> Iterator[None]:
    try:
        yield
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, SQLAlchemyError) as error:
        raise Refusal("S029", what=_said(getattr(error, "orig", None) or error), todo=ON) from None


def _said(error: BaseException) -> str:
    """What went wrong, without what it may quote of somebody's row."""
    state = getattr(error, "sqlstate", None) or ""
    if state and state[:2] not in HARMLESS:
        return f"PostgreSQL says {type(error).__name__}, {state}"
    what = " ".join(str(error.args[0] if error.args else "").split())[:200]
    return (getattr(error, "strerror", None) or what or type(error).__name__).rstrip(".")


def among_themselves() -> list[ForeignKeyConstraint]:
    """References of a table's rows to rows of the same table, which may come later."""
    found = [each for table in metadata.sorted_tables for each in table.foreign_key_constraints]
    return [each for each in found if each.referred_table is each.table]


def _added(reference: ForeignKeyConstraint) -> str:
    made = AddConstraint(reference)
    return str(made.compile(dialect=make_url(f"{DRIVER}://").get_dialect()()))


def _in_order(column: Any) -> str:
    """Text by its bytes, as SQLite orders it."""
    is_text = column.type.python_type is str if hasattr(column.type, "python_type") else False
    return f'{quoted(column.name)} COLLATE "C"' if is_text else quoted(column.name)


def _packed(key: Sequence[Any]) -> str:
    return json.dumps([{"bytes": part.hex()} if isinstance(part, bytes) else part for part in key])


def _key(packed: str | None) -> list[Any] | None:
    if packed is None:
        return None
    return [bytes.fromhex(part["bytes"]) if isinstance(part, dict) else part for part in json.loads(packed)]
