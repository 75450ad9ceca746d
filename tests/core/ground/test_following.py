"""What follows a commit: calls on the loop's thread, and the waking of who waits."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable

import pytest

from core.ground.db import Tx
from tests.core.ground.tables import (
    OutOfStock,
    keys,
    note,
)


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
