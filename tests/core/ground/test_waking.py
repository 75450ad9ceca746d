"""Who waits is woken, and a ring while nobody waits is not lost."""

from __future__ import annotations

import asyncio
import time

import pytest

from core.ground import waking
from core.ground.waking import Bell


@pytest.fixture
def bell() -> Bell:
    return Bell()


async def rests(bell: Bell, *topics: str) -> bool:
    """Whether waiting for these takes its whole time."""
    started = time.monotonic()
    await bell.wait(topics, 0.03)
    return time.monotonic() - started > 0.025


async def test_waiting_ends_by_itself(bell):
    assert await rests(bell, "a")


async def test_a_ring_ends_the_waiting_of_all_who_wait_for_it(bell):
    waiters = [asyncio.create_task(rests(bell, *topics)) for topics in (["a"], ["a", "b"], ["b"])]
    await asyncio.sleep(0)
    bell.ring({"a", "c"})
    assert await asyncio.gather(*waiters) == [False, False, True]


async def test_a_ring_while_busy_is_heard_once(bell):
    assert await rests(bell, "a")
    bell.ring(["a"])
    bell.ring(["a"])
    assert not await rests(bell, "a")
    assert await rests(bell, "a")


async def test_a_ring_before_the_first_waiting_is_heard(bell):
    bell.ring(["a"])
    assert not await rests(bell, "a")


async def test_two_busy_tasks_both_hear(bell):
    busy = [asyncio.Event(), asyncio.Event()]

    async def work(done: asyncio.Event) -> bool:
        await rests(bell, "a")
        await done.wait()
        return await rests(bell, "a")

    workers = [asyncio.create_task(work(done)) for done in busy]
    await asyncio.sleep(0.05)
    bell.ring(["a"])
    for done in busy:
        done.set()
    assert await asyncio.gather(*workers) == [False, False]


async def test_who_waits_in_a_new_task_each_time_still_rests(bell):
    bell.ring(["a"])
    assert not await asyncio.create_task(rests(bell, "a"))
    assert await asyncio.create_task(rests(bell, "a"))
    bell.ring(["a"])
    assert not await asyncio.create_task(rests(bell, "a"))


async def test_a_cancelled_waiter_is_forgotten(bell):
    waiter = asyncio.create_task(rests(bell, "a"))
    await asyncio.sleep(0)
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    bell.ring(["a"])
    assert not bell._waiting


async def test_ringing_all_wakes_who_waits_and_who_is_about_to(bell):
    assert await rests(bell, "a")
    waiter = asyncio.create_task(rests(bell, "b"))
    await asyncio.sleep(0)
    bell.ring_all()
    assert not await waiter
    assert not await rests(bell, "a")
    assert await rests(bell, "a")


async def test_however_many_topics_are_rung_few_are_remembered_and_none_is_missed(bell, monkeypatch):
    monkeypatch.setattr(waking, "MANY", 100)
    assert await rests(bell, "a")
    bell.ring(["a"])
    for number in range(1000):
        bell.ring([f"person {number}"])
    assert len(bell._rung) <= 101
    assert not await rests(bell, "a")
    assert await rests(bell, "a")


async def test_who_waits_is_told_whether_it_rang(bell):
    assert await bell.wait(("a",), 0.01) is False
    bell.ring(["a"])
    assert await bell.wait(("a",), 0.01) is True
    waiting = asyncio.create_task(bell.wait(("b",), 5))
    await asyncio.sleep(0)
    bell.ring(["b"])
    assert await waiting is True
