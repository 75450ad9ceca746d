"""SQLite's writer: one thread, shared commits, and nobody who pays for a neighbour's mistake."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from core.ground.db import Database, Tx
from core.ground.errors import OutcomeUnknown, ShopError
from core.ground.stores import connection, writer
from core.ground.stores.connection import Doubt, WriteConnection
from core.ground.stores.deferred import Suspects
from tests.core.ground.tables import (
    ALBUM,
    BY_KEY,
    SELL,
    SHELF,
    SOLD,
    SONG,
    STOCK,
    TAKE,
    albums,
    furnish,
    keys,
    note,
    note_once,
)


class Refused(ShopError):
    pass


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "shop.db"


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows with each commit."""
    made: list[int] = []
    commit = WriteConnection.commit

    def counted(self: WriteConnection) -> None:
        commit(self)
        made.append(len(made))

    monkeypatch.setattr(WriteConnection, "commit", counted)
    return made


async def together(db: Database, *works: Callable[[Tx], Any]) -> list[Any]:
    """What comes of calls that all wait by the time the writer begins; of a failure, what was thrown."""
    hold = threading.Event()
    first = asyncio.create_task(db.write(lambda tx: hold.wait(5)))
    calls = [asyncio.create_task(db.write(work)) for work in works]
    await asyncio.sleep(0.01)
    hold.set()
    await first
    return await asyncio.gather(*calls, return_exceptions=True)


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


async def race(*processes: Database) -> tuple[int, int, set[str]]:
    """A hundred buyers of sixty codes, in two processes. How many are sold, how many went away, what went wrong."""

    def buy(tx: Tx) -> None:
        stock = tx.value(STOCK, shelf=1)
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
    monkeypatch.setattr(connection, "BUSY", 0.2)
    db = await opened(f"sqlite+aiosqlite:///{file}")
    with closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN IMMEDIATE")
        calls = [asyncio.create_task(db.write(note, str(number))) for number in range(10)]
        thrown = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 1)
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


# Deferred foreign keys


def orphan(tx: Tx) -> None:
    tx.insert(SONG, album=99)


def counted(work: Callable[[Tx], Any], runs: list[str], name: str) -> Callable[[Tx], Any]:
    return lambda tx: (runs.append(name), work(tx))


async def test_a_deferred_violation_fails_its_own_call_before_the_commit(sqlite, commits):
    runs: list[str] = []
    results = await together(
        sqlite,
        counted(lambda tx: note(tx, "a"), runs, "a"),
        counted(orphan, runs, "orphan"),
        counted(lambda tx: note(tx, "c"), runs, "c"),
    )
    assert isinstance(results[1], IntegrityError)
    assert "songs row 1 points at no row of albums" in str(results[1])
    assert await sqlite.read(keys) == ["a", "c"]
    assert runs == ["a", "orphan", "c"]
    assert len(commits) == 1


async def test_without_that_check_all_share_the_failed_commit_and_run_again(sqlite, monkeypatch):
    monkeypatch.setattr(Suspects, "violation", lambda self: None)
    runs: list[str] = []
    results = await together(sqlite, counted(lambda tx: note(tx, "a"), runs, "a"), counted(orphan, runs, "orphan"))
    assert isinstance(results[1], IntegrityError)  # now from the COMMIT of the call alone
    assert await sqlite.read(keys) == ["a"]
    assert runs == ["a", "orphan", "a", "orphan"]


async def test_a_parent_that_goes_is_noticed_as_well(sqlite):
    await sqlite.write(lambda tx: (tx.insert(ALBUM, id=1), tx.insert(SONG, album=1)))
    runs: list[str] = []
    leaves = counted(lambda tx: tx.changed(albums.delete()), runs, "leaves")
    moves = counted(lambda tx: tx.changed(albums.update().values(id=2)), runs, "moves")
    results = await together(sqlite, leaves, moves)
    assert [type(result) for result in results] == [IntegrityError, IntegrityError]
    assert runs == ["leaves", "moves"]


async def test_what_is_put_right_before_the_end_is_no_violation(sqlite):
    def out_of_order(tx: Tx) -> None:
        tx.insert(SONG, album=1)
        tx.insert(SONG, album=None)
        tx.insert(ALBUM, id=1)

    def moved(tx: Tx) -> None:
        tx.changed(albums.update().values(id=2))
        tx.changed(text("UPDATE songs SET album = 2 WHERE album = 1"))

    await sqlite.write(out_of_order)
    assert await together(sqlite, moved) == [None]


async def test_a_migration_beside_an_open_shop_keeps_the_check(file, sqlite):
    # As alembic's batch mode does it: a new table, the rows, the old one dropped, the new one in its place.
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute(
            "CREATE TABLE fresh (id INTEGER PRIMARY KEY, record REFERENCES albums (id) DEFERRABLE INITIALLY DEFERRED)"
        )
        other.execute("INSERT INTO fresh SELECT id, album FROM songs")
        other.execute("DROP TABLE songs")
        other.execute("ALTER TABLE fresh RENAME TO songs")
    runs: list[str] = []
    lost = counted(lambda tx: tx.changed(text("INSERT INTO songs (record) VALUES (9)")), runs, "lost")
    assert isinstance((await together(sqlite, lost))[0], IntegrityError)
    await sqlite.write(lambda tx: (tx.insert(ALBUM, id=1), tx.changed(text("INSERT INTO songs (record) VALUES (1)"))))
    assert runs == ["lost"]


async def test_the_check_costs_what_its_suspects_cost_and_not_the_table(tmp_path):
    with closing(sqlite3.connect(tmp_path / "big.db", isolation_level=None)) as raw:
        raw.execute("PRAGMA foreign_keys = ON")
        raw.execute("CREATE TABLE album (id INTEGER PRIMARY KEY)")
        raw.execute("CREATE TABLE song (id INTEGER PRIMARY KEY, album REFERENCES album DEFERRABLE INITIALLY DEFERRED)")
        suspects = Suspects(raw)
        raw.execute("BEGIN IMMEDIATE")
        suspects.begin()
        raw.execute("INSERT INTO album VALUES (1)")
        raw.executemany("INSERT INTO song VALUES (?, 1)", [(number,) for number in range(20_000)])
        raw.execute("INSERT INTO song VALUES (20000, 2)")
        steps: list[None] = []
        raw.set_progress_handler(lambda: steps.append(None), 1)
        assert suspects.violation() == ("FOREIGN KEY constraint failed: song row 20000 points at no row of album")
        assert len(steps) < 200


# Commits that err


class Broken:
    """Lets COMMITs err: so many of them, before or after they have happened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = 0
        self.happened = False
        commit = WriteConnection.commit  # not counted by `commits`, which is asked for later

        def breaks(connection: WriteConnection) -> None:
            if not self.left:
                return commit(connection)
            self.left -= 1
            if self.happened:
                commit(connection)
            raise Doubt("disk I/O error")

        monkeypatch.setattr(WriteConnection, "commit", breaks)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Broken:
    return Broken(monkeypatch)


@pytest.mark.parametrize("happened", [False, True])
async def test_after_a_failed_commit_each_call_runs_again_alone(sqlite, broken, commits, happened):
    broken.left, broken.happened = 1, happened
    connections: set[int] = set()

    def keyed(key: str) -> Callable[[Tx], Any]:
        return lambda tx: (connections.add(id(tx._connection)), note_once(tx, key))[1]

    def refused(tx: Tx) -> None:
        raise Refused

    results = await together(sqlite, keyed("a"), refused, keyed("c"))
    assert results[0] == 1 and results[2] == 2
    assert isinstance(results[1], Refused)
    assert await sqlite.read(keys) == ["a", "c"]
    assert len(connections) > 1
    assert len(commits) == 4  # one each


async def test_a_call_without_a_key_would_be_done_twice(sqlite, broken):
    broken.left, broken.happened = 1, True
    await sqlite.write(lambda tx: tx.insert(SELL, shelf=1))
    assert len(await sqlite.read(lambda tx: tx.all(SOLD))) == 2


async def test_a_commit_that_never_tells_is_of_unknown_outcome(sqlite, monkeypatch):
    monkeypatch.setattr(connection, "COMMIT", "COMMIT OR SO")
    with pytest.raises(OutcomeUnknown, match="syntax error"):
        await sqlite.write(note_once, "a")
    monkeypatch.undo()
    assert await sqlite.write(note_once, "a") == 1  # and life goes on


async def test_an_error_after_a_commit_in_doubt_does_not_say_that_nothing_happened(sqlite, broken):
    broken.left, broken.happened = 1, True
    with pytest.raises(OutcomeUnknown):
        await sqlite.write(note, "a")  # has no look at what is there: the second run meets the first one's row
    assert await sqlite.read(keys) == ["a"]


async def test_an_outdated_refusal_is_not_the_answer_when_running_again_fails_otherwise(sqlite, monkeypatch):
    monkeypatch.setattr(WriteConnection, "in_transaction", property(lambda self: False))
    monkeypatch.setattr(writer.Writer, "_begin", once(writer.Writer._begin, OSError("no such disk")))

    def refused(tx: Tx) -> None:
        raise Refused

    with pytest.raises(OSError, match="no such disk"):
        await sqlite.write(refused)


def once(call: Callable[..., Any], error: Exception) -> Callable[..., Any]:
    """The first time `call`, from then on the error."""
    calls: list[None] = []

    def instead(*args: Any) -> Any:
        calls.append(None)
        if len(calls) > 1:
            raise error
        return call(*args)

    return instead


async def test_nothing_follows_a_commit_twice(sqlite, broken):
    broken.left, broken.happened = 2, True
    followed: list[str] = []
    await sqlite.write(lambda tx: (note_once(tx, "a"), tx.after_commit(lambda: followed.append("a"))))
    assert followed == ["a"]


async def test_a_transaction_that_sqlite_rolls_back_by_itself_costs_only_the_call_that_caused_it(sqlite):
    await sqlite.write(
        lambda tx: tx._connection.exec_driver_sql(
            "CREATE TRIGGER fatal BEFORE INSERT ON shelves BEGIN SELECT RAISE(ROLLBACK, 'all gone'); END"
        )
    )
    results = await together(
        sqlite, lambda tx: note(tx, "a"), lambda tx: tx.insert(SHELF, stock=1), lambda tx: note(tx, "c")
    )
    assert [type(result) for result in results] == [int, IntegrityError, int]
    assert await sqlite.read(keys) == ["a", "c"]


async def test_a_full_disk_costs_nobody_what_was_acknowledged(sqlite_url, opened, monkeypatch):
    monkeypatch.setattr(connection, "SETTINGS", (*connection.SETTINGS, "PRAGMA max_page_count = 20"))
    db = await furnish(await opened(sqlite_url))
    works = [lambda tx, number=number: note(tx, f"{number:03} {'x' * 70}") for number in range(300)]
    results = await together(db, *works)
    written = [number for number, result in enumerate(results) if isinstance(result, int)]
    thrown = [result for result in results if not isinstance(result, int)]
    assert written and thrown
    assert all(isinstance(error, OperationalError) and "disk is full" in str(error) for error in thrown)
    assert [int(key[:3]) for key in await db.read(keys)] == written
    monkeypatch.undo()  # somebody makes room
    await db.write(note, "after")
