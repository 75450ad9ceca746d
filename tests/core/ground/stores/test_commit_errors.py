"""COMMITs of SQLite that err: nobody loses what was acknowledged, nobody is served twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from core.ground.db import Tx
from core.ground.errors import OutcomeUnknown
from core.ground.stores import connection, writer
from core.ground.stores.connection import Doubt, WriteConnection
from tests.core.ground.tables import (
    SELL,
    SHELF,
    SOLD,
    Refused,
    furnish,
    keys,
    note,
    note_once,
    together,
)


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
