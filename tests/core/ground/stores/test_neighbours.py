"""What is woken in one process is heard in the others, on PostgreSQL."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from sqlalchemy import event

from core.ground.stores import neighbours
from core.ground.stores.neighbours import LONGEST, payloads
from tests.core.ground.tables import cut_off, note

pytestmark = pytest.mark.postgres


@pytest.fixture
async def heard(outside: asyncpg.Connection) -> asyncio.Queue[list[str]]:
    """The topics of each notification, as they come."""
    notifications: asyncio.Queue[list[str]] = asyncio.Queue()
    await outside.add_listener("mika", lambda *said: notifications.put_nowait(str(said[-1]).split("\n")[1:]))
    return notifications


async def test_a_commit_here_wakes_who_waits_in_another_process(postgres, postgres_url, opened):
    neighbour = await opened(postgres_url)
    await neighbour.wait_for("a", timeout=0.01)
    waiter = asyncio.create_task(neighbour.wait_for("a", timeout=30))
    await asyncio.sleep(0.01)
    await postgres.write(lambda tx: (tx.wake("a"), tx.wake("b")))
    await asyncio.wait_for(waiter, 20)
    await asyncio.wait_for(neighbour.wait_for("b", timeout=30), 20)


async def test_many_wakings_are_a_few_notifications(postgres, heard):
    await asyncio.gather(*(postgres.write(lambda tx: tx.wake("a")) for _ in range(200)))
    await postgres.write(lambda tx: tx.wake("b"))
    notifications = 1
    while "b" not in await heard.get():
        notifications += 1
    assert notifications < 100


async def test_a_notification_tells_only_what_is_new(postgres, heard):
    for topic in "ab":
        await postgres.write(lambda tx, topic=topic: tx.wake(topic))
        assert await heard.get() == [topic]


async def test_no_transaction_of_ours_notifies(postgres, heard):
    # A NOTIFY in the transaction would take a lock at its COMMIT that all commits of the cluster queue up for.
    statements: list[str] = []
    event.listen(
        postgres._store._writers.sync_engine,
        "before_cursor_execute",
        lambda connection, cursor, statement, *_: statements.append(statement),
    )
    await postgres.write(lambda tx: (note(tx, "a"), tx.wake("a")))
    assert await heard.get() == ["a"]
    assert statements and not any("notify" in statement.lower() for statement in statements)


async def test_our_own_notification_does_not_wake_us_again(postgres, heard):
    await postgres.wait_for("a", timeout=0.01)
    await postgres.write(lambda tx: tx.wake("a"))
    await postgres.wait_for("a", timeout=0.01)
    await heard.get()
    await asyncio.sleep(0.05)
    waiter = asyncio.create_task(postgres.wait_for("a", timeout=0.2))
    await asyncio.sleep(0.1)
    assert not waiter.done()
    await waiter


async def test_a_line_that_is_cut_comes_up_again_and_wakes_who_may_have_missed_something(
    postgres, postgres_url, opened, outside, monkeypatch, caplog
):
    monkeypatch.setattr("core.ground.stores.neighbours.PAUSE", (0.01, 0.02))
    neighbour = await opened(postgres_url)
    await neighbour.wait_for("a", timeout=0.01)
    waiter = asyncio.create_task(neighbour.wait_for("a", timeout=30))
    await asyncio.sleep(0.01)
    assert await cut_off(outside, "%LISTEN%")
    await asyncio.wait_for(waiter, 20)  # rung when the line is up again
    await neighbour._store._neighbours.listening.wait()
    waiter = asyncio.create_task(neighbour.wait_for("a", timeout=30))
    await asyncio.sleep(0.01)
    await postgres.write(lambda tx: tx.wake("a"))
    await asyncio.wait_for(waiter, 20)
    assert "down" in caplog.text


async def test_what_the_line_could_not_carry_goes_out_on_the_next_one(postgres, heard, monkeypatch):
    def cut(name: str, topics: set[str]) -> list[str]:
        monkeypatch.undo()
        raise ConnectionError

    monkeypatch.setattr(neighbours, "payloads", cut)
    await postgres.write(lambda tx: tx.wake("a"))
    assert await heard.get() == ["a"]


def test_a_notification_has_a_bounded_length():
    topics = {f"person {number}" for number in range(3000)}
    sent = list(payloads("us", topics))
    assert all(len(payload.encode()) <= LONGEST for payload in sent)
    assert {topic for payload in sent for topic in payload.split("\n")[1:]} == topics
    assert list(payloads("us", [])) == []
