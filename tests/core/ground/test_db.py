"""What a database promises to those who decide, on both stores alike."""

from __future__ import annotations

import asyncio
import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Update
from sqlalchemy.exc import DBAPIError, IntegrityError

from core.ground.clock import TestClock
from core.ground.db import Database, Tx
from core.ground.ids import Ids
from tests.core.ground.tables import (
    BY_KEY,
    SELL,
    SHELF,
    SOLD,
    STOCK,
    TAKE,
    TAKE_IF_THERE,
    OutOfStock,
    keys,
    note,
    rest,
)


async def test_what_was_written_is_there_for_everybody(db):
    written = await db.write(note, "a")
    assert await db.read(lambda tx: tx.value(BY_KEY, key="a")) == written
    assert await db.write(lambda tx: tx.value(BY_KEY, key="a")) == written


@pytest.mark.parametrize("thrown", [OutOfStock(left=0), KeyError("a bug")])
async def test_what_a_call_throws_takes_its_changes_along_and_reaches_its_caller(db, thrown):
    def changes_its_mind(tx: Tx) -> None:
        note(tx, "b")
        raise thrown

    await db.write(note, "a")
    with pytest.raises(type(thrown)) as caught:
        await db.write(changes_its_mind)
    assert caught.value is thrown
    assert await db.read(keys) == ["a"]


async def test_a_call_that_swallows_a_database_error_fails_with_it(db):
    # PostgreSQL answers the COMMIT of such a transaction with a ROLLBACK and no error: a lost write, acknowledged.
    def swallows(tx: Tx) -> str:
        note(tx, "b")
        try:
            note(tx, "a")
        except IntegrityError:
            return "as if nothing had happened"
        return "there was no conflict"

    await db.write(note, "a")
    with pytest.raises(IntegrityError):
        await db.write(swallows)
    assert await db.read(keys) == ["a"]


async def test_a_call_is_handed_what_its_database_was_opened_with(url, opened):
    db = await opened(url, ids=Ids(seed=1))
    same = Ids(seed=1)

    def look(tx: Tx) -> tuple[object, ...]:
        return tx.vault, tx.rules, tx.ids.token(), tx.ids.number(), tx.dialect

    vault, rules, token, number, dialect = await db.write(look)
    assert (token, number) == (same.token(), same.number())
    assert re.fullmatch("[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", number)
    assert dialect == url.split("+")[0]
    assert (await db.read(look))[:2] == (vault, rules)


async def test_now_is_one_aware_moment_for_the_whole_transaction(db):
    def look_twice(tx: Tx) -> tuple[datetime, datetime]:
        first = tx.now
        time.sleep(0.01)
        return first, tx.now

    before = datetime.now(UTC)
    for ask in (db.write, db.read):
        first, second = await ask(look_twice)
        assert first == second
        assert first.utcoffset() == timedelta(0)
        assert abs(first - before) < timedelta(seconds=5)


async def test_a_test_moves_the_clock(url, opened):
    clock = TestClock(datetime(2031, 1, 1, tzinfo=UTC))
    db = await opened(url, clock=clock)
    assert abs(await db.read(lambda tx: tx.now) - datetime(2031, 1, 1, tzinfo=UTC)) < timedelta(seconds=5)
    clock.forward(timedelta(days=1))
    assert abs(await db.write(lambda tx: tx.now) - datetime(2031, 1, 2, tzinfo=UTC)) < timedelta(seconds=5)
    if url.startswith("sqlite"):
        assert await db.read(lambda tx: tx.now) == clock.now()


# Two deciders


async def test_two_who_decide_at_once_decide_once(db):
    shelf = await db.write(lambda tx: tx.insert(SHELF, stock=7))
    assert await rush(db, shelf, TAKE_IF_THERE) == (7, 0)


@pytest.mark.postgres
async def test_without_its_guard_the_same_rush_sells_what_is_not_there(postgres):
    shelf = await postgres.write(lambda tx: tx.insert(SHELF, stock=7))
    sold, left = await rush(postgres, shelf, TAKE)
    assert sold > 7
    assert left < 0


async def rush(db: Database, shelf: int, take: Update) -> tuple[int, int]:
    """Forty buyers who all look before they take. How many were sold, and what the shelf says is left."""

    def buy(tx: Tx) -> None:
        if tx.value(STOCK, shelf=shelf) < 1 or not tx.changed(take, shelf=shelf):
            raise OutOfStock
        tx.insert(SELL, shelf=shelf)

    await asyncio.gather(*(db.write(buy) for _ in range(40)), return_exceptions=True)
    return await db.read(lambda tx: (len(tx.all(SOLD)), tx.value(STOCK, shelf=shelf)))


# Cancelling


async def test_cancelling_a_caller_stops_only_its_waiting(db, url, opened):
    followed = asyncio.Event()

    def slow(tx: Tx, key: str) -> None:
        rest(tx, 0.5)
        note(tx, key)
        tx.after_commit(followed.set)

    under_way = asyncio.create_task(db.write(slow, "under way"))
    queued = asyncio.create_task(db.write(slow, "queued"))
    await asyncio.sleep(0.02)
    under_way.cancel()
    queued.cancel()
    with pytest.raises(asyncio.CancelledError):
        await under_way
    await asyncio.wait_for(followed.wait(), 5)
    await db.close()
    assert queued.cancelled()
    assert sorted(await (await opened(url)).read(keys)) == ["queued", "under way"]


async def test_a_call_that_fails_when_nobody_waits_any_more_is_loud(db, caplog):
    def fails_slowly(tx: Tx, error: Exception) -> None:
        rest(tx, 0.5)
        raise error

    for error in (KeyError("a bug"), OutOfStock()):
        caller = asyncio.create_task(db.write(fails_slowly, error))
        await asyncio.sleep(0.02)
        caller.cancel()
    await db.close()
    assert [record.exc_info[1].args for record in caplog.records if record.exc_info] == [("a bug",)]


async def test_cancelled_readers_leave_the_database_usable(db):
    def look(tx: Tx) -> list[str]:
        return [*keys(tx), *keys(tx), *keys(tx)]

    await db.write(note, "a")
    for pause in range(40):
        readers = [asyncio.create_task(db.read(look)) for _ in range(3)]
        await asyncio.sleep(pause / 10_000)
        for reader in readers:
            reader.cancel()
    assert await asyncio.gather(*(db.read(keys) for _ in range(10))) == [["a"]] * 10


# Closing


async def test_closing_finishes_what_was_asked_for(db):
    def slow(tx: Tx, key: str) -> None:
        rest(tx)
        note(tx, key)

    calls = [asyncio.create_task(db.write(slow, key)) for key in "abc"]
    await asyncio.sleep(0.01)
    await db.close()
    assert await asyncio.gather(*calls) == [None] * 3
    for ask in (db.write, db.read):
        with pytest.raises(RuntimeError, match="closed"):
            await ask(keys)
    await db.close()


@pytest.mark.parametrize("address", ["mysql://x", "sqlite://", "sqlite+aiosqlite://", "sqlite+aiosqlite:///:memory:"])
async def test_an_address_that_is_no_store_of_ours_is_refused(address, opened):
    with pytest.raises(ValueError):
        await opened(address)


@pytest.mark.parametrize(
    "address", ["sqlite+aiosqlite:////no/such/folder/shop.db", "postgresql+asyncpg://u:p@127.0.0.1:1/x"]
)
async def test_a_store_that_cannot_be_reached_says_so_when_it_is_opened(address, opened, monkeypatch):
    monkeypatch.setattr("core.ground.stores.postgres.TRIES", 2)
    with pytest.raises((OSError, DBAPIError)):
        await opened(address)
