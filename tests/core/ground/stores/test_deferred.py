"""Deferred foreign keys are checked call by call, and cost what their suspects cost."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from core.ground.db import Tx
from core.ground.stores.deferred import Suspects
from tests.core.ground.tables import (
    ALBUM,
    SONG,
    albums,
    keys,
    note,
    together,
)


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
