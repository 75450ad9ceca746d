"""PostgreSQL: transactions that get into each other's way, answers that get lost, and neighbours that hear."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import event, func, make_url, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from core.ground.db import Database, Tx
from core.ground.errors import OutcomeUnknown
from core.ground.stores import postgres as store
from tests.core.ground.tables import BY_KEY, SELL, SHELF, SOLD, SONG, TAKE, cut_off, keys, note, note_once

pytestmark = pytest.mark.postgres


# Isolation


async def test_writes_are_read_committed_and_reads_see_one_moment_whatever_the_server_prefers(
    postgres_url, outside, opened
):
    await outside.execute("ALTER ROLE postgres SET default_transaction_isolation = 'serializable'")
    try:
        db = await opened(postgres_url)
        settings = [text("SHOW transaction_isolation"), text("SHOW transaction_read_only")]
        for _ in range(2):  # a connection comes back from the pool as it was
            assert await db.write(lambda tx: [tx.value(each) for each in settings]) == ["read committed", "off"]
            assert await db.read(lambda tx: [tx.value(each) for each in settings]) == ["repeatable read", "on"]
    finally:
        await outside.execute("ALTER ROLE postgres RESET default_transaction_isolation")


# In each other's way


async def both_ways(db: Database) -> list[Any]:
    """Two calls that lock two shelves in opposite order, each holding one before it asks for the other."""
    await db.write(lambda tx: tx.many(SHELF, [{"id": 1, "stock": 5}, {"id": 2, "stock": 5}]))
    met: set[int] = set()

    def take(tx: Tx, first: int, second: int) -> None:
        tx.changed(TAKE, shelf=first)
        met.add(first)
        while len(met) < 2:
            tx.value(select(func.pg_sleep(0.01)))
        tx.changed(TAKE, shelf=second)

    calls = [db.write(take, 1, 2), db.write(take, 2, 1)]
    return await asyncio.gather(*calls, return_exceptions=True)


async def test_a_deadlock_is_run_again(postgres, outside):
    assert await both_ways(postgres) == [None, None]
    assert await outside.fetchval("SELECT sum(stock) FROM shelves") == 6


async def test_without_that_one_of_them_fails(postgres, monkeypatch):
    monkeypatch.setattr(store, "IN_EACH_OTHERS_WAY", set())
    results = await both_ways(postgres)
    assert sorted(type(result).__name__ for result in results) == ["DBAPIError", "NoneType"]


async def test_a_lock_not_to_be_had_is_asked_for_again(postgres, outside):
    await postgres.write(lambda tx: tx.insert(SHELF, id=1, stock=5))
    runs: list[None] = []
    again = asyncio.Event()

    def impatient(tx: Tx) -> None:
        runs.append(None)
        if len(runs) == 2:
            again.set()
        tx.all(text("SELECT 1 FROM shelves WHERE id = 1 FOR UPDATE NOWAIT"))

    async with outside.transaction():
        await outside.execute("SELECT 1 FROM shelves WHERE id = 1 FOR UPDATE")
        call = asyncio.create_task(postgres.write(impatient))
        await again.wait()
    await call


FAIL = "DO $$ BEGIN RAISE EXCEPTION 'no luck' USING ERRCODE = '{}'; END $$"


@pytest.mark.parametrize("code", ["40001", "40P01", "55P03"])
async def test_a_call_in_somebodys_way_is_run_again_whole_and_leaves_nothing_of_the_first_runs(postgres, code):
    runs: list[None] = []
    followed: list[str] = []

    def unlucky(tx: Tx) -> str:
        runs.append(None)
        note(tx, f"run {len(runs)}")
        tx.after_commit(lambda: followed.append("once"))
        if len(runs) < 3:
            tx.changed(text(FAIL.format(code)))
        return "done"

    assert await postgres.write(unlucky) == "done"
    assert await postgres.read(keys) == ["run 3"]
    assert followed == ["once"]


async def test_bad_luck_has_an_end(postgres, monkeypatch):
    monkeypatch.setattr(store, "TRIES", 3)
    runs: list[None] = []
    with pytest.raises(DBAPIError, match="no luck"):
        await postgres.write(lambda tx: (runs.append(None), tx.changed(text(FAIL.format("40001")))))
    assert len(runs) == 3


async def test_any_other_error_is_not_run_again(postgres):
    runs: list[None] = []
    with pytest.raises(DBAPIError, match="no luck"):
        await postgres.write(lambda tx: (runs.append(None), tx.changed(text(FAIL.format("22012")))))
    assert len(runs) == 1


# Answers that get lost


class Wire:
    """A line to the server that goes dead at a COMMIT: so many times, before or after the server has heard it."""

    def __init__(self, url: str) -> None:
        self._server = make_url(url)
        self.left = 0
        self.delivered = False

    async def __aenter__(self) -> Wire:
        self._listening = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listening.close()

    @property
    def url(self) -> str:
        port = self._listening.sockets[0].getsockname()[1]
        return self._server.set(port=port).render_as_string(hide_password=False)

    async def _carry(self, client: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        server, ask = await asyncio.open_connection(self._server.host, self._server.port)
        answers = asyncio.create_task(self._carry_answers(server, answer))
        while heard := await client.read(65536):
            if self.left and b"COMMIT;" in heard:
                self.left -= 1
                answers.cancel()
                if self.delivered:
                    ask.write(heard)
                    await server.readuntil(b"COMMIT\0")
                break
            ask.write(heard)
        answers.cancel()
        ask.close()
        answer.close()

    async def _carry_answers(self, server: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        while heard := await server.read(65536):
            answer.write(heard)
        answer.close()


@pytest.fixture
async def wire(postgres: Database, postgres_url: str) -> AsyncIterator[Wire]:
    async with Wire(postgres_url) as wire:
        yield wire


@pytest.mark.parametrize("delivered", [True, False])
async def test_a_call_whose_commit_got_no_answer_is_run_again_and_finds_what_it_did(wire, opened, delivered):
    db = await opened(wire.url)
    runs: list[None] = []
    followed: list[str] = []
    wire.left, wire.delivered = 2, delivered

    def write(tx: Tx) -> int:
        runs.append(None)
        tx.after_commit(lambda: followed.append("once"))
        return note_once(tx, "a")

    written = await db.write(write)
    assert await db.read(lambda tx: tx.all(BY_KEY, key="a")) == [(written,)]
    assert len(runs) == 3
    assert followed == ["once"]


async def test_a_call_without_a_key_would_be_done_twice(wire, opened):
    db = await opened(wire.url)
    wire.left, wire.delivered = 1, True
    await db.write(lambda tx: tx.insert(SELL, shelf=1))
    assert len(await db.read(lambda tx: tx.all(SOLD))) == 2


async def test_an_answer_that_never_comes_is_of_unknown_outcome(wire, opened, monkeypatch):
    monkeypatch.setattr(store, "TRIES", 3)
    db = await opened(wire.url)
    wire.left = 3
    with pytest.raises(OutcomeUnknown):
        await db.write(note_once, "a")
    assert await db.write(note_once, "a")


async def test_a_connection_that_breaks_after_its_commit_changes_nothing(postgres):
    broke: list[None] = []

    def breaks(*_: object) -> None:
        broke.append(None)
        raise ConnectionError

    event.listen(postgres._store._writers.sync_engine, "checkin", breaks, once=True)
    assert await postgres.write(note, "a") == 1
    assert broke
    assert await postgres.read(keys) == ["a"]


async def test_a_commit_that_is_refused_is_not_unknown(postgres):
    runs: list[None] = []
    with pytest.raises(IntegrityError):
        await postgres.write(lambda tx: (runs.append(None), tx.insert(SONG, album=99)))
    assert len(runs) == 1


async def test_a_connection_lost_before_its_commit_costs_a_run(postgres, outside):
    runs: list[None] = []

    def write(tx: Tx) -> int:
        runs.append(None)
        made = note(tx, "a")
        if len(runs) == 1:
            tx.value(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return made

    assert await postgres.write(write)
    assert await outside.fetchval("SELECT count(*) FROM notes") == 1
    assert len(runs) == 2


async def test_connections_that_died_while_idle_are_not_noticed(postgres, outside):
    await asyncio.gather(*(postgres.write(lambda tx: tx.value(select(func.pg_sleep(0.05)))) for _ in range(8)))
    await asyncio.gather(*(postgres.read(keys) for _ in range(8)))
    await cut_off(outside)
    await asyncio.gather(*(postgres.write(note, str(number)) for number in range(8)))
    assert len((await asyncio.gather(*(postgres.read(keys) for _ in range(8))))[0]) == 8
