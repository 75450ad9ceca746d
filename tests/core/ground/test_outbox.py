"""Every effect outside once under its key, by one worker at a time, tried again until it is done or given up."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError, StatementError

from core.ground import outbox
from core.ground.db import Tx
from core.ground.outbox import BACKOFF, LEASE, LONGEST, TRIES, OutboxRow
from core.ground.vault import Secret
from tests.core import counter
from tests.world import World

CANARY = "CANARY-7F3K-9QWZ"
A_LITTLE = timedelta(milliseconds=200)


async def put(world: World, key: str, kind: str = "say", **payload: Any) -> bool:
    return await world.db.write(outbox.put, kind, key, **payload)


async def claim(world: World, *kinds: str, chats: tuple[str, ...] = (), most: int = 16) -> list[OutboxRow]:
    return await world.db.write(outbox.claim, kinds or ("say",), chats, most)


async def keys(world: World, *kinds: str, chats: tuple[str, ...] = (), most: int = 16) -> list[str]:
    return [row.effect_key for row in await claim(world, *kinds, chats=chats, most=most)]


async def test_an_effect_is_put_once_under_its_key(world):
    assert [await put(world, "refund-1", amount=1), await put(world, "refund-1", amount=2)] == [True, False]
    [row] = await claim(world)
    assert row.payload == {"amount": 1}
    await world.db.write(outbox.done, row.id)
    assert not await put(world, "refund-1")
    assert await keys(world) == []


async def test_it_is_the_schema_that_keeps_a_key_single(world):
    await put(world, "refund-1")
    copy = (
        "INSERT INTO outbox (effect_key, kind, payload, state, tries, due_at, made_at) "
        "SELECT effect_key, kind, payload, state, tries, due_at, made_at FROM outbox"
    )
    with pytest.raises(IntegrityError):
        await counter.run(world, copy)


async def test_many_who_decide_the_same_put_one_effect(world):
    fresh = await asyncio.gather(*(put(world, "refund-1") for _ in range(20)))
    assert sorted(fresh) == [False] * 19 + [True]


async def test_what_is_rolled_back_sends_nothing(world):
    def decide(tx: Tx) -> None:
        outbox.put(tx, "say", "say 1")
        raise ValueError

    with pytest.raises(ValueError):
        await world.db.write(decide)
    assert await keys(world) == []


async def test_a_payload_comes_back_as_it_was_put(world):
    payload = {"order": 7, "texts": ["你好", "☺", None, True], "deep": {"a": [1, {"b": ""}]}}
    await put(world, "say 1", **payload)
    [row] = await claim(world)
    assert row.payload == payload


async def test_a_secret_is_no_payload(world):
    with pytest.raises((TypeError, StatementError)) as caught:
        await put(world, "say 1", code=Secret(CANARY))
    assert CANARY not in str(caught.value)
    assert await keys(world) == []


async def test_each_worker_takes_its_kinds_and_its_chats(world):
    await put(world, "say 1", to="telegram:1")
    await put(world, "say 2", to="browser:1")
    await put(world, "weigh 1", "weigh")
    assert await keys(world, "say") == []
    assert await keys(world, "say", chats=("browser", "wechat")) == ["say 2"]
    assert await keys(world, "refund", chats=("telegram",)) == []
    assert await keys(world, "say", "weigh", chats=("telegram",)) == ["say 1", "weigh 1"]


async def test_what_is_due_first_comes_first_and_nothing_before_its_time(world, clock):
    await put(world, "later", due=clock.now() + timedelta(minutes=2))
    await put(world, "sooner", due=clock.now() + timedelta(minutes=1))
    await put(world, "now")
    await put(world, "now too")
    assert await keys(world, most=1) == ["now"]
    assert await keys(world) == ["now too"]
    clock.forward(timedelta(minutes=2) + A_LITTLE)
    assert (await keys(world))[-2:] == ["sooner", "later"]


async def test_a_kind_that_is_all_under_way_is_not_asked_for_until_the_lease_ends(world, clock):
    await put(world, "weigh 1", "weigh")
    assert await world.db.read(outbox.due, ("say", "weigh")) == {"weigh"}
    await claim(world, "weigh")
    assert await world.db.read(outbox.due, ("say", "weigh")) == set()
    clock.forward(LEASE + A_LITTLE)
    assert await world.db.read(outbox.due, ("say", "weigh")) == {"weigh"}


async def test_messages_to_one_go_out_in_the_order_they_were_put(world, clock):
    for key in ("say 1", "say 2"):
        await put(world, key, to="telegram:1")
    await put(world, "codes", "deliver", to="telegram:1")
    await put(world, "elsewhere", to="telegram:2")
    [first, elsewhere] = await claim(world, "say", "deliver", chats=("telegram",))
    assert (first.effect_key, elsewhere.effect_key) == ("say 1", "elsewhere")
    assert await claim(world, "say", "deliver", chats=("telegram",)) == []  # while it is under way
    await world.db.write(outbox.failed, first, "429", wait=timedelta(seconds=30), counts=False)
    assert await claim(world, "say", "deliver", chats=("telegram",)) == []  # nor while it is to be tried again
    clock.forward(timedelta(seconds=31))
    for key in ("say 1", "say 2", "codes"):
        [row] = await claim(world, "say", "deliver", chats=("telegram",))
        assert row.effect_key == key
        await world.db.write(outbox.done, row.id)


async def test_control_messages_overtake_without_that(world, monkeypatch):
    without = outbox.NEXT.with_only_columns(*outbox.NEXT.selected_columns)
    without._where_criteria = without._where_criteria[:-1]
    monkeypatch.setattr(outbox, "NEXT", without)
    await put(world, "say 1", to="telegram:1")
    await put(world, "say 2", to="telegram:1")
    assert await keys(world, chats=("telegram",)) == ["say 1", "say 2"]


async def test_what_waits_for_a_later_time_holds_nothing_up(world, clock):
    await put(world, "later", to="telegram:1", due=clock.now() + timedelta(hours=1))
    await put(world, "now", to="telegram:1")
    assert await keys(world, chats=("telegram",)) == ["now"]


async def test_being_asked_to_wait_is_no_failed_try(world, clock):
    await put(world, "say 1", to="telegram:1")
    for _ in range(TRIES + 3):
        [row] = await claim(world, chats=("telegram",))
        assert not await world.db.write(outbox.failed, row, "429", wait=A_LITTLE, counts=False)
        clock.forward(A_LITTLE * 2)


# Leases


async def test_an_effect_under_way_is_nobody_elses_until_its_lease_ends(world, clock):
    await put(world, "say 1")
    [row] = await claim(world)
    assert row.tries == 0
    clock.forward(LEASE - timedelta(seconds=5))
    assert await keys(world) == []
    clock.forward(timedelta(seconds=5))
    [row] = await claim(world)
    assert (row.effect_key, row.tries) == ("say 1", 1)


async def test_two_who_claim_at_once_get_different_effects(world):
    for number in range(40):
        await put(world, f"say {number}")
    claimed = await asyncio.gather(*(keys(world, most=10) for _ in range(8)))
    every = [key for some in claimed for key in some]
    assert sorted(every) == sorted(set(every))
    left = [key for _ in range(4) for key in await keys(world)]
    assert len(every) + len(left) == 40 == len({*every, *left})


def picked_by_two(tx: Tx) -> list[int]:
    """What two workers do who both saw the row due."""
    row = tx.value(select(outbox.outbox.c.id))
    return [tx.changed(outbox.LEASE_ONE, row=row, at=tx.now, until=tx.now + LEASE) for _ in range(2)]


async def test_of_two_who_saw_the_same_effect_one_gets_it(world):
    await put(world, "say 1")
    assert await world.db.write(picked_by_two) == [1, 0]


async def test_without_the_lease_both_get_it(world, monkeypatch):
    careless = update(outbox.outbox).where(
        outbox.outbox.c.id == bindparam("row"), outbox.outbox.c.made_at <= bindparam("at")
    )
    monkeypatch.setattr(outbox, "LEASE_ONE", careless.values(leased_until=bindparam("until")))
    await put(world, "say 1")
    assert await world.db.write(picked_by_two) == [1, 1]


# Ends


async def test_done_is_done_once(world, clock):
    await put(world, "say 1")
    [row] = await claim(world)
    assert [await world.db.write(outbox.done, row.id) for _ in range(2)] == [True, False]
    clock.forward(timedelta(days=1))
    assert await keys(world) == []


async def test_what_failed_is_tried_later_each_time_later_up_to_a_quarter_of_an_hour(world, clock):
    await put(world, "say 1")
    for tries in range(TRIES - 1):
        [row] = await claim(world)
        assert row.tries == tries
        assert not await world.db.write(outbox.failed, row, "x" * 500)
        clock.forward(min(BACKOFF * 2**tries, LONGEST) - timedelta(seconds=0.5))
        assert await keys(world) == []
        clock.forward(timedelta(seconds=0.5) + A_LITTLE)
    assert await counter.ask(world, "SELECT trouble FROM outbox") == ["x" * 300]


async def test_who_fails_can_say_how_long_to_wait(world, clock):
    await put(world, "say 1")
    [row] = await claim(world)
    await world.db.write(outbox.failed, row, "too many requests", wait=timedelta(hours=1))
    clock.forward(timedelta(minutes=59))
    assert await keys(world) == []
    clock.forward(timedelta(minutes=1) + A_LITTLE)
    assert await keys(world) == ["say 1"]


async def test_what_failed_too_often_is_given_up_and_told_as_dead(world, clock):
    await put(world, "say 1")
    for tries in range(TRIES):
        [row] = await claim(world)
        assert await world.db.write(outbox.failed, row, "no answer") is (tries == TRIES - 1)
        clock.forward(LONGEST + A_LITTLE)
    assert await keys(world) == []
    [dead] = await world.db.read(lambda tx: tx.all(outbox.DEAD))
    assert (dead.effect_key, dead.trouble) == ("say 1", "no answer")
    assert not await put(world, "say 1")  # an effect given up is not sent again under the same key


async def test_what_can_never_succeed_is_given_up_at_once(world):
    await put(world, "say 1")
    [row] = await claim(world)
    assert await world.db.write(outbox.failed, row, "blocked", permanent=True)
    assert [row.effect_key for row in await world.db.read(lambda tx: tx.all(outbox.DEAD))] == ["say 1"]


async def test_a_failure_noted_after_it_was_done_changes_nothing(world):
    await put(world, "say 1")
    [row] = await claim(world)
    await world.db.write(outbox.done, row.id)
    await world.db.write(outbox.failed, row, "too late")
    assert await counter.ask(world, "SELECT state FROM outbox") == ["done"]


# However much waits


def test_one_kind_is_not_looked_for_among_all_others(sqlite_template: Path):
    asked = outbox.NEXT.compile(dialect=sqlite.dialect())
    made = asked.construct_expanded_state({"kinds": ["say"], "chats": ["browser"], "now": None, "most": 8})
    with sqlite3.connect(sqlite_template) as db:
        steps = str(db.execute(f"EXPLAIN QUERY PLAN {made.statement}", made.positional_parameters).fetchall())
    assert "ix_outbox_new (kind=? AND due_at<?)" in steps
    assert "ix_outbox_recipient_new (recipient=? AND id<?)" in steps
    assert "TEMP B-TREE" not in steps
