"""Looking: one moment, no change, no waiting for a sale."""

from __future__ import annotations

import asyncio
import threading

import pytest
from sqlalchemy.exc import DBAPIError

from core.ground.db import Database, Tx
from tests.core.ground.tables import (
    furnish,
    keys,
    note,
    rest,
)


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
    looked = threading.Event()

    def sells(tx: Tx) -> None:
        while not looked.is_set():
            rest(tx)

    sellers = [asyncio.create_task(db.write(sells)) for _ in range(10 if "postgres" in url else 2)]
    await asyncio.sleep(0.05)
    try:
        async with asyncio.timeout(30):
            await asyncio.gather(*(db.read(keys) for _ in range(5)))
        assert not any(seller.done() for seller in sellers)
    finally:
        looked.set()
    await db.close()
