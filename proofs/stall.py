"""A shop's database for one process that plays alone: plain calls, no event loop, one transaction each.

For proofs about logic, in volume. Nothing here is durable and nobody else writes: SQLite lies in memory, PostgreSQL is
one that forgets on a power cut. Crashes and races have proofs of their own, through the stores of core/ground.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from sqlalchemy import Connection, Executable, create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool, StaticPool

from core.ground.clock import TestClock
from core.ground.columns import as_json
from core.ground.ids import Ids
from core.ground.rules import Rules
from core.ground.stores.prepared import Ran
from core.ground.tx import Given, Tx
from core.ground.vault import KeyRing, Vault
from core.schema import metadata
from migrations import upgrade

P = ParamSpec("P")
T = TypeVar("T")

WITHOUT: tuple[str, ...] = ()  # DDL that takes something of the schema away: for guards that are off
VAULT = Vault(KeyRing({1: bytes(32)}, 1, bytes(32)))  # the same keys each time: a seed replays


class Watched(Tx):
    """A transaction that remembers which orders and codes were spoken of, and which grants were made."""

    def __init__(self, stall: Stall, clock: TestClock, given: Given) -> None:
        super().__init__(stall.connection, given, lambda _: clock.now())
        self.stall = stall
        self.orders: set[int] = set()
        self.codes: set[int] = set()
        self.granted: list[tuple[int, int, str]] = []  # unit, code, kind

    def _run_prepared(self, statement: Executable, params: Mapping[str, Any], *, numbers: bool = False) -> Ran | None:
        ran = super()._run_prepared(statement, params, numbers=numbers)
        if ran is not None:
            self._note(params)
        return ran

    def _note(self, params: Mapping[str, Any]) -> None:
        order = params.get("order") or params.get("order_id")
        if type(order) is int:
            self.orders.add(order)
        code = params.get("code") or params.get("code_id")
        if type(code) is int:
            self.codes.add(code)
            if "granted_at" in params:
                self.granted.append((params["unit_id"], code, params["kind"]))

    def _run(self, statement: Executable, params: Any) -> Any:
        if isinstance(params, Mapping):
            self._note(params)
        try:
            return self.stall.execute(statement, params)
        except Exception as error:
            self.error = self.error or error
            raise

    def rows(self, sql: str, *params: Any) -> list[Any]:
        """Raw rows of a statement with :1, :2, ...; on SQLite past SQLAlchemy, at a fifth of its price."""
        return self.stall.rows(sql, params)


class Stall:
    """One connection, and the transactions on it."""

    name = ""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def write(self, clock: TestClock, given: Given, fn: Callable[[Watched], T]) -> T:
        """Runs fn in one transaction. What it raises rolls its changes back, and so does an error it swallowed."""
        tx = Watched(self, clock, given)
        self.begin()
        try:
            found = fn(tx)
            if tx.error is not None:
                raise tx.error
        except BaseException:
            self.rollback()
            raise
        self.commit()
        return found

    def execute(self, statement: Executable, params: Any) -> Any:
        return self.connection.execute(statement, params)

    def begin(self) -> None: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...
    def rows(self, sql: str, params: Sequence[Any]) -> list[Any]: ...
    def empty(self) -> None:
        """As the migrations left it."""


class Memory(Stall):
    """SQLite in memory."""

    name = "sqlite"

    def __init__(self, template: Path) -> None:
        engine = create_engine(
            "sqlite://",
            poolclass=StaticPool,
            connect_args={"isolation_level": None, "cached_statements": 500},
            json_serializer=as_json,
            query_cache_size=1500,
        )
        super().__init__(engine.connect().execution_options(isolation_level="AUTOCOMMIT"))
        self.connection.begin()
        self._raw = cast(sqlite3.Connection, self.connection.connection.driver_connection)
        self._raw.execute("PRAGMA foreign_keys = ON")
        self._empty = sqlite3.connect(":memory:")
        with closing(sqlite3.connect(template)) as file:
            file.backup(self._empty)
        for statement in WITHOUT:
            self._empty.execute(statement)
        self.empty()

    def begin(self) -> None:
        self._raw.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        self._raw.execute("COMMIT")

    def rollback(self) -> None:
        self._raw.execute("ROLLBACK")

    def rows(self, sql: str, params: Sequence[Any]) -> list[Any]:
        return self._raw.execute(sql, dict(zip(_NAMES, params, strict=False))).fetchall()

    def empty(self) -> None:
        self._empty.backup(self._raw)

    def close(self) -> None:
        self._empty.close()
        self.connection.close()
        self.connection.engine.dispose()


class Server(Stall):
    """A database of PostgreSQL."""

    name = "postgresql"

    def begin(self) -> None:
        self._transaction = self.connection.begin()

    def commit(self) -> None:
        self._transaction.commit()

    def rollback(self) -> None:
        self._transaction.rollback()

    def rows(self, sql: str, params: Sequence[Any]) -> list[Any]:
        return list(self.connection.execute(_statement(sql), dict(zip(_NAMES, params, strict=False))).all())

    def empty(self) -> None:
        tables = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
        self.begin()
        self.connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY"))
        self.commit()


_NAMES = ("a", "b", "c")
_STATEMENTS: dict[str, Executable] = {}


def _statement(sql: str) -> Executable:
    if sql not in _STATEMENTS:
        _STATEMENTS[sql] = text(sql)
    return _STATEMENTS[sql]


def given(clock: TestClock, rules: Rules, seed: int) -> Given:
    return Given(VAULT, rules, clock, Ids(seed))


def on_sqlite(template: Path, play: Callable[Concatenate[Stall, P], T], *args: P.args, **facts: P.kwargs) -> T:
    """Play on SQLite in memory, begun as a copy of the file `template`."""
    stall = Memory(template)
    try:
        return play(stall, *args, **facts)
    finally:
        stall.close()


def on_postgresql(url: str, play: Callable[Concatenate[Stall, P], T], *args: P.args, **facts: P.kwargs) -> T:
    """Play on a database of PostgreSQL that has the schema. What is in it is thrown away."""

    async def main() -> T:
        engine = create_async_engine(url, poolclass=NullPool, json_serializer=as_json, query_cache_size=1500)
        try:
            async with engine.connect() as connection:
                return await connection.run_sync(lambda plain: play(Server(plain), *args, **facts))
        finally:
            await engine.dispose()

    return asyncio.run(main())


def template(folder: Path) -> Path:
    """An SQLite file with the schema and no rows."""
    file = folder / "empty.db"
    if not file.exists():
        upgrade(f"sqlite+aiosqlite:///{file}")
    return file
