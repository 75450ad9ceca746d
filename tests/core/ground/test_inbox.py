"""Every event from outside once, in each person's order, kept until it is done and by one worker at a time."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError

from core.ground import inbox
from core.ground.db import Tx
from core.ground.errors import Tampered
from core.ground.inbox import BACKOFF, LEASE, TRIES, InboxRow
from tests.core import counter
from tests.world import World

CANARY = "CANARY-7F3K-9QWZ"


async def store(world: World, event: str, *, person: str | None = None, source: str = "chat", body: str = "{}") -> bool:
    return await world.db.write(inbox.store, source, event, body, person=person)


async def claim(world: World, *sources: str, most: int = 16) -> list[InboxRow]:
    return await world.db.write(inbox.claim, sources or ("chat",), most)


async def events(world: World, most: int = 16) -> list[str]:
    return [row.external_id for row in await claim(world, most=most)]


async def state(world: World, event: str) -> str:
    [found] = await counter.ask(world, "SELECT state FROM inbox WHERE external_id = :event", event=event)
    return found


async def test_a_repeat_of_an_event_changes_nothing(world):
    assert [await store(world, "e1", body="first"), await store(world, "e1", body="second")] == [True, False]
    [row] = await claim(world)
    assert await world.db.read(inbox.body, row) == "first"
    assert await store(world, "e1", source="another chat")


async def test_it_is_the_schema_that_keeps_an_event_single(world):
    await store(world, "e1")
    copy = (
        "INSERT INTO inbox (source, external_id, state, tries, due_at, received_at) "
        "SELECT source, external_id, state, tries, due_at, received_at FROM inbox"
    )
    with pytest.raises(IntegrityError):
        await counter.run(world, copy)


async def test_many_deliveries_at_once_are_one_event(world):
    fresh = await asyncio.gather(*(store(world, "e1") for _ in range(20)))
    assert sorted(fresh) == [False] * 19 + [True]


async def test_a_body_is_sealed_and_bound_to_its_event(world):
    await store(world, "e1", body=CANARY)
    await store(world, "e2", body="another")
    [sealed] = await counter.ask(world, "SELECT sealed FROM inbox WHERE external_id = 'e1'")
    assert CANARY.encode() not in sealed
    await counter.run(world, "UPDATE inbox SET sealed = :sealed WHERE external_id = 'e2'", sealed=sealed)
    mine, moved = await claim(world)
    assert await world.db.read(inbox.body, mine) == CANARY
    with pytest.raises(Tampered):
        await world.db.read(inbox.body, moved)


async def test_the_oldest_come_first_and_only_of_the_sources_asked_for(world):
    for number in range(5):
        await store(world, f"e{number}", source="chat" if number % 2 else "rail")
    assert [row.external_id for row in await claim(world, "chat")] == ["e1", "e3"]
    assert [row.external_id for row in await claim(world, "rail", most=2)] == ["e0", "e2"]
    assert await claim(world, "nobody") == []
    assert [row.external_id for row in await claim(world, "chat", "rail")] == ["e4"]


# A person's order


async def test_of_one_person_only_the_first_event_is_under_way(world):
    for event, person in (("lin 1", "lin"), ("lin 2", "lin"), ("bao 1", "bao"), ("rail 1", None), ("rail 2", None)):
        await store(world, event, person=person)
    assert await events(world) == ["lin 1", "bao 1", "rail 1", "rail 2"]
    assert await events(world) == []
    await world.db.write(inbox.done, "chat", "lin 1")
    assert await events(world) == ["lin 2"]


async def test_while_a_persons_event_is_tried_again_the_next_one_waits(world, clock):
    await store(world, "lin 1", person="lin")
    await store(world, "lin 2", person="lin")
    for tries in range(TRIES):
        [row] = await claim(world)
        assert (row.external_id, row.tries) == ("lin 1", tries)
        dead = await world.db.write(inbox.failed, row, "why")
        assert dead is (tries == TRIES - 1)
        if not dead:
            assert await events(world) == []
        clock.forward(timedelta(minutes=5))
    assert await events(world) == ["lin 2"]


async def test_without_the_order_both_would_be_under_way(world, monkeypatch):
    waiting = inbox.inbox
    columns = [waiting.c[name] for name in ("id", "source", "external_id", "person", "sealed", "tries")]
    unordered = select(*columns).where(waiting.c.source.in_(bindparam("sources", expanding=True)))
    monkeypatch.setattr(inbox, "NEXT", unordered.order_by(waiting.c.id).limit(bindparam("most")))
    await store(world, "lin 1", person="lin")
    await store(world, "lin 2", person="lin")
    assert await events(world) == ["lin 1", "lin 2"]


# Leases


async def test_an_event_under_way_is_nobody_elses_until_its_lease_ends(world, clock):
    await store(world, "e1")
    assert await events(world) == ["e1"]
    clock.forward(LEASE - timedelta(seconds=5))
    assert await events(world) == []
    clock.forward(timedelta(seconds=5))
    [row] = await claim(world)
    assert (row.external_id, row.tries) == ("e1", 1)  # whoever had it is taken for dead


async def test_two_who_claim_at_once_get_different_events(world):
    for number in range(40):
        await store(world, f"e{number}")
    claimed = await asyncio.gather(*(events(world, 10) for _ in range(8)))
    every = [event for some in claimed for event in some]
    assert sorted(every) == sorted(set(every))
    left = [event for _ in range(4) for event in await events(world)]
    assert {*every, *left} == {f"e{number}" for number in range(40)}
    assert len(every) + len(left) == 40


def picked_by_two(tx: Tx) -> list[int]:
    """What two workers do who both saw the row waiting."""
    row = tx.value(select(inbox.inbox.c.id))
    return [tx.changed(inbox.LEASE_ONE, row=row, at=tx.now, until=tx.now + LEASE) for _ in range(2)]


async def test_of_two_who_saw_the_same_event_one_gets_it(world):
    await store(world, "e1")
    assert await world.db.write(picked_by_two) == [1, 0]


async def test_without_the_lease_both_get_it(world, monkeypatch):
    careless = update(inbox.inbox).where(
        inbox.inbox.c.id == bindparam("row"), inbox.inbox.c.received_at <= bindparam("at")
    )
    monkeypatch.setattr(inbox, "LEASE_ONE", careless.values(leased_until=bindparam("until")))
    await store(world, "e1")
    assert await world.db.write(picked_by_two) == [1, 1]


# Ends


async def test_done_is_done_once_and_its_body_erased(world):
    await store(world, "e1", body=CANARY)
    await claim(world)
    assert [await world.db.write(inbox.done, "chat", "e1") for _ in range(2)] == [True, False]
    assert await counter.ask(world, "SELECT sealed FROM inbox") == [None]
    assert await events(world) == []
    assert not await store(world, "e1")
    assert not await world.db.write(inbox.done, "chat", "unknown")


async def test_the_schema_keeps_no_body_of_what_is_done(world):
    await store(world, "e1")
    with pytest.raises(IntegrityError):
        await counter.run(world, "UPDATE inbox SET state = 'done'")
    await counter.run(world, "UPDATE inbox SET state = 'done', sealed = NULL")


async def test_what_failed_is_tried_later_each_time_later(world, clock):
    await store(world, "e1")
    for tries in range(TRIES - 1):
        [row] = await claim(world)
        assert not await world.db.write(inbox.failed, row, "x" * 500)
        pause = BACKOFF * 2**tries
        clock.forward(pause - timedelta(seconds=0.5))
        assert await events(world) == []
        clock.forward(timedelta(seconds=0.5) + timedelta(milliseconds=200))
    [why] = await counter.ask(world, "SELECT trouble FROM inbox")
    assert why == "x" * 300


async def test_what_failed_too_often_is_set_aside_and_kept(world, clock):
    await store(world, "poison", body=CANARY)
    [row] = await claim(world)
    for tries in range(TRIES):
        assert await world.db.write(inbox.failed, row, "it can't be read") is (tries == TRIES - 1)
        clock.forward(timedelta(minutes=5))
        row = next(iter(await claim(world)), row)
    await store(world, "e2")
    assert await state(world, "poison") == "dead"
    [dead] = await world.db.read(lambda tx: tx.all(inbox.DEAD))
    assert (dead.external_id, dead.trouble) == ("poison", "it can't be read")
    assert await world.db.read(inbox.body, row) == CANARY
    assert await events(world) == ["e2"]
    assert not await world.db.write(inbox.done, "chat", "poison")


async def test_what_can_never_succeed_is_set_aside_at_once(world):
    await store(world, "e1")
    [row] = await claim(world)
    assert await world.db.write(inbox.failed, row, "why", permanent=True)
    assert await state(world, "e1") == "dead"


async def test_a_failure_noted_after_the_event_was_done_changes_nothing(world):
    await store(world, "e1")
    [row] = await claim(world)
    await world.db.write(inbox.done, "chat", "e1")
    await world.db.write(inbox.failed, row, "too late")
    assert await state(world, "e1") == "done"
