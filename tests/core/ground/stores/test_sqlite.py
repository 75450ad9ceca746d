"""SQLite's writer: one thread, shared commits, and nobody who pays for a neighbour's mistake."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from core.ground.db import Database, Tx
from core.ground.errors import OutcomeUnknown
from core.ground.stores import connection, writer
from core.ground.stores import sqlite as sqlite_store
from core.ground.stores.connection import WriteConnection
from tests.core.ground.tables import (
    BY_KEY,
    SELL,
    SHELF,
    SOLD,
    STOCK,
    TAKE,
    Refused,
    keys,
    note,
    together,
)

# The thread and its settings


async def test_a_call_runs_whole_in_the_writers_thread(sqlite):
    assert await sqlite.write(lambda tx: threading.current_thread().name) == "sqlite-writer"


async def test_every_connection_has_its_settings(sqlite):
    def settings(tx: Tx) -> dict[str, object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "query_only")
        return {name: tx.value(text(f"PRAGMA {name}")) for name in names}

    full = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "query_only": 0}
    assert await sqlite.write(settings) == full
    for reader in await asyncio.gather(*(sqlite.read(settings) for _ in range(6))):
        assert reader == full | {"query_only": 1}


async def test_a_log_that_has_grown_is_cut_once_all_is_in_the_database(sqlite):
    def file(tx: Tx) -> Path:
        return Path(f"{tx.all(text('PRAGMA database_list'))[0][2]}-wal")

    log = await sqlite.read(file)
    await sqlite.write(lambda tx: tx.changed(text(f"CREATE TABLE large AS SELECT zeroblob({72 * 2**20}) AS content")))
    assert log.stat().st_size > 70 * 2**20
    await sqlite.write(note, "a")
    assert log.stat().st_size <= 64 * 2**20


@pytest.mark.parametrize(
    "thrown", [SystemExit(3), KeyboardInterrupt(), GeneratorExit(), asyncio.CancelledError(), MemoryError()]
)
async def test_nothing_a_call_throws_ends_the_thread(sqlite, thrown):
    def throw(tx: Tx) -> None:
        note(tx, "a")
        raise thrown

    with pytest.raises(type(thrown)):
        await sqlite.write(throw)
    assert await sqlite.write(keys) == []


async def test_a_stop_iteration_arrives_too(sqlite):
    with pytest.raises(RuntimeError, match="StopIteration"):
        await sqlite.write(lambda tx: next(iter(())))


async def test_a_closed_event_loop_does_not_end_the_thread(sqlite, caplog):
    hold = threading.Event()

    def elsewhere() -> None:
        async def ask() -> None:
            await asyncio.wait_for(sqlite.write(lambda tx: (hold.wait(5), note(tx, "a"))), 0.01)

        with pytest.raises(TimeoutError):
            asyncio.run(ask())

    await asyncio.to_thread(elsewhere)
    hold.set()
    assert await sqlite.write(keys) == ["a"]
    assert "closed" in caplog.text


async def test_a_stumble_of_the_writer_itself_does_not_end_the_thread(sqlite, monkeypatch):
    monkeypatch.setattr(writer.Writer, "_together", lambda self, calls: 1 // 0)
    with pytest.raises(OutcomeUnknown):
        await sqlite.write(note, "a")
    monkeypatch.undo()
    await sqlite.write(note, "b")
    assert await sqlite.read(keys) == ["b"]


# Several processes (here: databases) at one file


async def test_two_processes_never_sell_one_code_twice(file, sqlite, opened):
    assert await race(sqlite, await opened(f"sqlite+aiosqlite:///{file}")) == (60, 40, set())


async def test_with_a_plain_begin_the_second_to_write_is_thrown_out(file, sqlite, opened, monkeypatch):
    monkeypatch.setattr(connection, "BEGIN", "BEGIN")
    _, _, thrown = await race(sqlite, await opened(f"sqlite+aiosqlite:///{file}"))
    assert "(sqlite3.OperationalError) database is locked" in thrown


@pytest.mark.parametrize("openings", [20, pytest.param(1, id="control: once")])
async def test_a_file_that_others_write_to_for_long_is_opened_all_the_same(file, sqlite, opened, monkeypatch, openings):
    monkeypatch.setattr(connection, "BUSY", 0.2)
    monkeypatch.setattr(sqlite_store, "OPENINGS", openings)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        asyncio.get_running_loop().call_later(0.7, other.rollback)
        if openings == 1:
            with pytest.raises(OperationalError):
                await opened(f"sqlite+aiosqlite:///{file}")
        else:
            assert await (await opened(f"sqlite+aiosqlite:///{file}")).write(keys) == []


async def race(*processes: Database) -> tuple[int, int, set[str]]:
    """A hundred buyers of sixty codes, in two processes. How many are sold, how many went away, what went wrong."""

    def buy(tx: Tx) -> None:
        stock = tx.value(STOCK, shelf=1)
        time.sleep(0.001)  # in memory nothing else takes long enough for two to meet
        if stock < 1:
            raise Refused
        tx.insert(SELL, shelf=1)
        tx.changed(TAKE, shelf=1)

    await processes[0].write(lambda tx: tx.insert(SHELF, stock=60))
    calls = [processes[buyer % 2].write(buy) for buyer in range(100)]
    thrown = [error for error in await asyncio.gather(*calls, return_exceptions=True) if error]
    sold = await processes[0].read(lambda tx: len(tx.all(SOLD)))
    refused = [error for error in thrown if isinstance(error, Refused)]
    return sold, len(refused), {str(error).splitlines()[0] for error in thrown if error not in refused}


async def test_who_waits_while_another_process_writes_too_long_waits_once(file, sqlite, opened, monkeypatch):
    monkeypatch.setattr(connection, "BUSY", 0.4)
    db = await opened(f"sqlite+aiosqlite:///{file}")
    with closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN IMMEDIATE")
        calls = [asyncio.create_task(db.write(note, str(number))) for number in range(20)]
        thrown = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 4)  # one after the other: 8
        assert {type(error) for error in thrown} == {OperationalError}
    await db.write(note, "a")
    assert await db.read(keys) == ["a"]


async def test_two_processes_that_open_a_new_file_at_once_wait_for_each_other(file, opened, monkeypatch):
    execute = sqlite3.connect(file).execute
    tried: list[str] = []

    class Busy:
        def execute(self, statement: str) -> sqlite3.Cursor:
            tried.append(statement)
            if len(tried) < 3:
                raise sqlite3.OperationalError("database is locked")
            return execute(statement)

    connection._set(Busy(), None)
    assert tried == ["PRAGMA journal_mode = WAL"] * 3 + list(connection.SETTINGS)
    monkeypatch.setattr(connection, "BUSY", 0)
    tried.clear()
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        connection._set(Busy(), None)


async def test_a_disk_without_a_write_ahead_log_is_refused():
    with closing(sqlite3.connect(":memory:")) as memory, pytest.raises(RuntimeError, match="write-ahead"):
        connection._set(memory, None)


async def test_a_file_that_was_closed_is_one_file(file, sqlite):
    await sqlite.write(note, "a")
    await sqlite.read(keys)
    await sqlite.close()
    assert [path.name for path in file.parent.iterdir()] == ["shop.db"]


# One commit for many


async def test_calls_that_wait_share_a_commit(sqlite, commits):
    await together(sqlite, *[lambda tx, key=key: note(tx, key) for key in "abcdefghij"])
    assert len(commits) == 1  # the first call's, which they found still open


async def test_a_commit_takes_a_bounded_number_of_calls(sqlite, commits, monkeypatch):
    monkeypatch.setattr(writer, "CALLS_A_COMMIT", 4)
    await together(sqlite, *[lambda tx, key=key: note(tx, key) for key in "abcdefghi"])
    assert len(commits) == 3  # ten calls: four, four, two


async def test_a_commit_waits_a_bounded_time_for_more_calls(sqlite, commits, monkeypatch):
    monkeypatch.setattr(writer, "SECONDS_A_COMMIT", 0)
    await together(sqlite, *[lambda tx, key=key: note(tx, key) for key in "abcd"])
    assert len(commits) == 5


async def test_a_call_is_answered_when_its_commit_is_on_disk(file, sqlite):
    def seen() -> list[tuple[str]]:
        with closing(sqlite3.connect(file)) as other:
            return other.execute("SELECT key FROM notes").fetchall()

    await sqlite.write(note, "a")
    assert seen() == [("a",)]


async def test_nobody_is_answered_before_the_commit_not_even_who_is_refused(sqlite, monkeypatch):
    hold = threading.Event()
    commit = WriteConnection.commit
    monkeypatch.setattr(WriteConnection, "commit", lambda self: (hold.wait(5), commit(self)))

    def refused(tx: Tx) -> None:
        raise Refused(first=tx.value(BY_KEY, key="a"))  # decided by a change that is not on disk yet

    calls = [asyncio.create_task(sqlite.write(work)) for work in (lambda tx: note(tx, "a"), refused)]
    await asyncio.wait(calls, timeout=0.1)
    assert [call.done() for call in calls] == [False, False]
    hold.set()
    assert await calls[0] == 1
    with pytest.raises(Refused):
        await calls[1]


async def test_a_call_that_fails_takes_no_neighbour_along(sqlite, commits):
    def fails(tx: Tx) -> None:
        note(tx, "b")
        raise Refused

    results = await together(sqlite, lambda tx: note(tx, "a"), fails, lambda tx: note(tx, "c"))
    assert [type(result) for result in results] == [int, Refused, int]
    assert await sqlite.read(keys) == ["a", "c"]
    assert len(commits) == 1
