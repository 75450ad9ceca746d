"""What a database promises to those who decide, on both stores alike."""

from __future__ import annotations

import asyncio
import logging
import re
import threading
import time
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Update, bindparam, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from core.ground.clock import TestClock
from core.ground.db import Database, NoRow, Tx
from core.ground.errors import ShopError
from core.ground.ids import Ids
from tests.core.ground.tables import (
    ALBUM,
    BY_KEY,
    KEYS,
    NOTE,
    NOTE_ONCE,
    SELL,
    SHELF,
    SOLD,
    SONG,
    STOCK,
    TAKE,
    TAKE_IF_THERE,
    furnish,
    keys,
    note,
    notes,
    shelves,
    songs,
)


class OutOfStock(ShopError):
    pass


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


# Tx


async def test_one_is_exactly_one(db):
    await db.write(lambda tx: tx.many(NOTE, [{"key": "a"}, {"key": "b"}]))
    assert (await db.read(lambda tx: tx.one(KEYS.where(notes.c.key == "a")))).key == "a"
    with pytest.raises(NoRow, match="no row"):
        await db.read(lambda tx: tx.one(BY_KEY, key="c"))
    with pytest.raises(NoRow, match="more than one"):
        await db.read(lambda tx: tx.one(KEYS))


async def test_first_all_and_value(db):
    await db.write(lambda tx: tx.many(NOTE, [{"key": "a"}, {"key": "b"}]))

    def look(tx: Tx) -> tuple[object, ...]:
        first, none = tx.first(KEYS), tx.first(BY_KEY, key="c")
        return (
            first and first.key,
            none,
            [row.key for row in tx.all(KEYS)],
            tx.value(KEYS),
            tx.value(BY_KEY, key="c"),
        )

    assert await db.read(look) == ("a", None, ["a", "b"], "a", None)


async def test_changed_counts_rows(db):
    def change(tx: Tx) -> list[int]:
        return [
            tx.changed(NOTE_ONCE, key="a"),
            tx.changed(NOTE_ONCE, key="a"),
            tx.changed(NOTE, key="b"),
            tx.changed(update(notes).values(text="x")),
            tx.changed(update(notes).where(notes.c.key == "c").values(text="x")),
            tx.changed(notes.delete()),
        ]

    assert await db.write(change) == [1, 0, 1, 2, 0, 2]


async def test_insert_returns_the_rows_number(db):
    def insert_thrice(tx: Tx) -> list[int]:
        return [
            note(tx, "a"),
            tx.insert(NOTE_ONCE, key="b"),
            tx.insert(insert(shelves).values(stock=bindparam("n")), n=3),
        ]

    first, second, shelf = await db.write(insert_thrice)
    assert await db.read(lambda tx: [tx.value(BY_KEY, key=key) for key in "ab"]) == [first, second]
    assert await db.read(lambda tx: tx.value(STOCK, shelf=shelf)) == 3


async def test_insert_names_no_row_when_a_conflict_kept_it_out(db):
    await db.write(note, "a")
    with pytest.raises(NoRow):
        await db.write(lambda tx: (note(tx, "b"), tx.insert(NOTE_ONCE, key="a")))


async def test_many_of_none_inserts_nothing(db):
    await db.write(lambda tx: tx.many(NOTE, []))
    await db.write(lambda tx: tx.many(insert(shelves), [{"stock": 1}, {"stock": 2}]))
    assert await db.read(keys) == []
    assert await db.read(lambda tx: [row.stock for row in tx.all(select(shelves.c.stock))]) == [1, 2]


async def test_a_foreign_key_that_does_not_hold_at_the_end_is_refused(db):
    def out_of_order(tx: Tx, album: int) -> None:
        tx.insert(SONG, album=album)
        tx.insert(ALBUM, id=7)

    await db.write(out_of_order, 7)
    with pytest.raises(IntegrityError):
        await db.write(lambda tx: tx.insert(SONG, album=8))
    assert await db.read(lambda tx: tx.value(select(func.count()).select_from(songs))) == 1


async def test_an_error_does_not_spell_out_what_was_asked(db):
    await db.write(note, "a")
    with pytest.raises(IntegrityError) as caught:
        await db.write(lambda tx: tx.insert(NOTE, key="a", text="lin@example.com"))
    assert "lin@example.com" not in str(caught.value)
    with pytest.raises(NoRow) as missed:
        await db.read(lambda tx: tx.one(BY_KEY, key="lin@example.com"))
    assert "lin@example.com" not in str(missed.value)
    with pytest.raises(DBAPIError) as refused:
        await db.read(note, "lin@example.com")
    assert "lin@example.com" not in str(refused.value)


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
        rest(tx)
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
        rest(tx)
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


# Looking


async def test_the_database_itself_refuses_a_change_while_reading(db):
    with pytest.raises(DBAPIError, match=r"readonly|read-only"):
        await db.read(note, "a")
    assert await db.read(keys) == []


async def test_nothing_can_follow_the_commit_of_a_read(db):
    for follow in (lambda tx: tx.wake("a"), lambda tx: tx.after_commit(print)):
        with pytest.raises(RuntimeError, match="read"):
            await db.read(follow)


async def test_two_looks_of_one_read_see_one_moment(db):
    await db.write(note, "a")
    assert await look_twice(db) == (["a"], ["a"])


@pytest.mark.parametrize(
    ("store", "name", "value"),
    [
        ("sqlite", "core.ground.stores.sqlite.BEGIN", "SELECT 1"),
        pytest.param("postgres", "core.ground.stores.postgres.READS", "READ COMMITTED", marks=pytest.mark.postgres),
    ],
)
async def test_without_their_transaction_they_see_two(store, name, value, monkeypatch, request, opened):
    monkeypatch.setattr(name, value)
    db = await furnish(await opened(request.getfixturevalue(f"{store}_url")))
    await db.write(note, "a")
    assert await look_twice(db) == (["a"], ["a", "b"])


async def look_twice(db: Database) -> tuple[list[str], list[str]]:
    """What one read sees before and after somebody else writes."""
    looked, written = asyncio.Event(), asyncio.Event()

    def look(tx: Tx) -> tuple[list[str], list[str]]:
        first = keys(tx)
        looked.set()
        while not written.is_set():
            rest(tx)
        return first, keys(tx)

    reader = asyncio.create_task(db.read(look))
    await looked.wait()
    await db.write(note, "b")
    written.set()
    return await reader


async def test_looking_never_waits_for_a_sale(db, url):
    sellers = [asyncio.create_task(db.write(rest, 0.5)) for _ in range(10 if "postgres" in url else 2)]
    await asyncio.sleep(0.05)
    await asyncio.gather(*(db.read(keys) for _ in range(5)))
    assert not any(seller.done() for seller in sellers)
    await db.close()


# Following


async def test_what_follows_a_commit_runs_on_the_loops_thread_when_all_can_see_it(db):
    followed = asyncio.get_running_loop().create_future()

    def follow() -> None:
        followed.set_result((threading.current_thread(), asyncio.ensure_future(db.read(keys))))

    def write(tx: Tx) -> None:
        note(tx, "a")
        tx.after_commit(follow)

    await db.write(write)
    thread, seen = followed.result()  # before the caller has its answer
    assert thread is threading.current_thread()
    assert await seen == ["a"]


async def test_nothing_follows_a_rollback(db):
    followed: list[str] = []

    def write(tx: Tx) -> None:
        tx.after_commit(lambda: followed.append("called"))
        tx.wake("a")
        raise OutOfStock

    await db.wait_for("a", timeout=0.01)
    with pytest.raises(OutOfStock):
        await db.write(write)
    assert await timed(db.wait_for("a", timeout=0.1)) > 0.09
    assert followed == []


async def test_a_follower_that_fails_costs_neither_the_others_nor_the_result(db, caplog):
    followed: list[str] = []

    def write(tx: Tx) -> str:
        tx.after_commit(lambda: followed.append("first"))
        tx.after_commit(lambda: followed.append(str(1 // 0)))
        tx.after_commit(lambda: followed.append("last"))
        return "the result"

    assert await db.write(write) == "the result"
    assert followed == ["first", "last"]
    assert [record.levelno for record in caplog.records if "ZeroDivision" in (record.exc_text or "")] == [logging.ERROR]


async def test_a_commit_wakes_who_waits(db):
    await db.wait_for("b", "a", timeout=0.01)
    waiter = asyncio.create_task(timed(db.wait_for("b", "a", timeout=5)))
    await asyncio.sleep(0.01)
    await db.write(lambda tx: tx.wake("c"))
    await asyncio.sleep(0.01)
    assert not waiter.done()
    await db.write(lambda tx: tx.wake("a"))
    assert await waiter < 2


async def test_a_wake_between_looking_and_waiting_is_not_lost(db):
    await db.wait_for("a", timeout=0.01)
    await db.write(lambda tx: tx.wake("a"))
    assert await timed(db.wait_for("a", timeout=5)) < 2
    assert await timed(db.wait_for("a", timeout=0.1)) > 0.09  # and counts once


async def timed(waiting: Awaitable[object]) -> float:
    started = time.monotonic()
    await waiting
    return time.monotonic() - started


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


def rest(tx: Tx, seconds: float = 0.05) -> None:
    """Takes its time, the loop free meanwhile on both stores."""
    if tx.dialect == "postgresql":
        tx.value(select(func.pg_sleep(seconds)))
    elif threading.current_thread() is threading.main_thread():  # reading, through aiosqlite
        tx.value(COUNT, upto=30_000)
    else:
        time.sleep(seconds)


COUNT = text("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :upto) SELECT count(*) FROM n")
