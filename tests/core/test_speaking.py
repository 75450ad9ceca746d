"""The right to speak where a chat lends it, what waits for a word, and who takes it along: one at a time, once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from core import delivery, orders, speaking
from core.catalog import Product
from core.customers import Person
from core.delivery import Ring
from core.ground import inbox, outbox
from core.ground.clock import TestClock
from core.ground.db import Tx
from core.ground.messages import Codes, Message, words
from core.ground.outbox import LEASE, PARKED, OutboxRow
from core.orders import Order, State
from core.speaking import KEPT
from core.units import Obligation
from tests.core import counter
from tests.core.counter import ask
from tests.world import World

LIN, BAO = "test:lin", "test:bao"
A_MINUTE, AN_HOUR = timedelta(minutes=1), timedelta(hours=1)
A_LITTLE = timedelta(milliseconds=200)
HELLO = Message((words("choose-shelf"),))


async def lend(world: World, messages: int, lasts: timedelta = AN_HOUR, kind: str = "word", person: str = LIN) -> None:
    await world.db.write(lambda tx: speaking.lend(tx, person, kind, messages, tx.now + lasts))


async def spend(world: World, person: str = LIN) -> bool:
    return await world.db.write(speaking.spend, person) is not None


async def left(world: World, person: str = LIN) -> int:
    return await world.db.read(speaking.left, person)


# The right to speak


async def test_who_has_said_nothing_is_told_nothing(world: World):
    assert await left(world) == 0
    assert not await spend(world)


async def test_so_many_as_were_lent_and_none_more(world: World):
    await lend(world, 3)
    assert [await spend(world) for _ in range(5)] == [True, True, True, False, False]
    assert await left(world) == 0


async def test_a_new_word_lends_anew_and_adds_nothing(world: World):
    await lend(world, 5)
    assert await spend(world)
    await lend(world, 5)
    assert await left(world) == 5


async def test_a_right_ends_with_its_time(world: World, clock: TestClock):
    await lend(world, 5, A_MINUTE)
    clock.forward(A_MINUTE - timedelta(seconds=1))
    assert await spend(world)
    clock.forward(timedelta(seconds=2))
    assert await left(world) == 0
    assert not await spend(world)


async def test_a_message_counts_against_each_kind_of_right(world: World, clock: TestClock):
    """Which of them the chat takes it from is not told: the largest is what there is."""
    await lend(world, 5, AN_HOUR, "word")
    await lend(world, 3, A_MINUTE, "tap")
    assert await left(world) == 5
    assert [await spend(world) for _ in range(4)] == [True] * 4
    assert await left(world) == 1
    await lend(world, 3, A_MINUTE, "tap")
    assert await left(world) == 3
    clock.forward(A_MINUTE + timedelta(seconds=1))
    assert await left(world) == 1


async def test_each_person_has_their_own(world: World):
    await lend(world, 1)
    assert not await spend(world, BAO)
    assert await spend(world)


async def test_the_chats_own_word_ends_all_of_it(world: World):
    await lend(world, 5)
    await lend(world, 3, kind="tap")
    await lend(world, 5, person=BAO)
    await world.db.write(speaking.no_more, LIN)
    assert (await left(world), await left(world, BAO)) == (0, 5)
    await lend(world, 5)
    assert await left(world) == 5


async def test_two_who_speak_at_once_by_the_last_right_are_one(world: World):
    for _ in range(10):
        await lend(world, 1)
        assert sorted(await asyncio.gather(spend(world), spend(world))) == [False, True]


async def test_control_without_its_guard_the_schema_alone_stops_the_second(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    of_them = speaking.speaking.c
    monkeypatch.setattr(
        speaking, "SPEND", update(speaking.speaking).where(speaking.OF_PERSON).values(left=of_them.left - 1)
    )
    await lend(world, 1)
    outcomes = await asyncio.gather(spend(world), spend(world), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes].count(IntegrityError) == 1


# What was answered within a call


async def test_what_was_answered_is_known_again_as_it_was_first(world: World):
    assert await world.db.read(speaking.again, "wechat 1") is None
    said = [HELLO, Message((words("delivered-one", codes=Codes(7, (1, 2))),))]
    await world.db.write(speaking.answered, "wechat 1", LIN, said)
    await world.db.write(speaking.answered, "wechat 1", LIN, [HELLO])
    assert await world.db.read(speaking.again, "wechat 1") == said
    assert await world.db.read(speaking.again, "wechat 2") is None


async def test_two_answers_of_one_call_are_the_first(world: World):
    messages = [HELLO, Message((words("choose-orders"),))]
    await asyncio.gather(*(world.db.write(speaking.answered, "wechat 1", LIN, [one]) for one in messages * 4))
    assert await world.count(speaking.replies) == 1
    assert await world.db.read(speaking.again, "wechat 1") in [[one] for one in messages]


async def test_replies_are_forgotten_once_no_call_comes_again(world: World, clock: TestClock):
    for number in range(5):
        await world.db.write(speaking.answered, f"wechat {number}", LIN, [HELLO])
    clock.forward(KEPT - A_MINUTE)
    await world.db.write(speaking.answered, "wechat new", LIN, [HELLO])
    assert await world.db.write(speaking.forget) == 0
    clock.forward(A_MINUTE * 2)
    assert [await world.db.write(speaking.forget, 3) for _ in range(3)] == [3, 2, 0]
    assert await world.db.read(speaking.again, "wechat new") == [HELLO]


# What waits for somebody


async def put(world: World, key: str, to: str = LIN, after: timedelta | None = None) -> None:
    await world.db.write(lambda tx: outbox.put(tx, "say", key, to=to, due=tx.now + after if after else None))


async def claim_to(world: World, to: str = LIN) -> list[OutboxRow]:
    return await world.db.write(outbox.claim_to, to)


async def lane(world: World) -> list[str]:
    """What a runner takes."""
    return [row.effect_key for row in await world.db.write(outbox.claim, ["say", "deliver", "ring"], ["test"])]


def keys(rows: list[OutboxRow]) -> list[str]:
    return [row.effect_key for row in rows]


async def test_what_waits_for_one_is_taken_in_order_due_or_not(world: World):
    await put(world, "say 1", after=AN_HOUR)
    await put(world, "say 2")
    await put(world, "say other", to=BAO)
    [_, second] = taken = await claim_to(world)
    assert keys(taken) == ["say 1", "say 2"]
    assert await claim_to(world) == []
    assert await lane(world) == ["say other"], "a runner takes nothing of what goes along"
    await world.db.write(outbox.done, second.id)
    assert keys(await claim_to(world, BAO)) == []


async def test_what_a_runner_is_sending_stays_with_it(world: World, clock: TestClock):
    await put(world, "say 1")
    await put(world, "say 2")
    assert await lane(world) == ["say 1"]
    assert keys(await claim_to(world)) == ["say 2"]
    clock.forward(LEASE + A_LITTLE)
    assert keys(await claim_to(world)) == ["say 1", "say 2"], "whoever took it may have died"


async def test_what_is_done_or_given_up_is_not_taken(world: World):
    for key in ("say 1", "say 2"):
        await put(world, key)
    first, second = await claim_to(world)
    await world.db.write(outbox.done, first.id)
    await world.db.write(lambda tx: outbox.failed(tx, second, "no", permanent=True))
    assert await claim_to(world) == []


async def test_what_is_given_back_is_due_at_once_and_was_no_try(world: World):
    await put(world, "say 1", after=AN_HOUR)
    for _ in range(3):
        [row] = await claim_to(world)
        assert row.tries == 0
        await world.db.write(outbox.give_back, row)
    assert await lane(world) == ["say 1"]


async def test_what_is_done_can_not_be_given_back(world: World):
    await put(world, "say 1")
    [row] = await claim_to(world)
    assert await world.db.write(outbox.done, row.id)
    await world.db.write(outbox.give_back, row)
    assert await claim_to(world) == []
    assert not await world.db.write(outbox.done, row.id)


async def test_what_was_put_off_until_a_word_is_due_after_it(world: World, clock: TestClock):
    for key, to in (("say 1", LIN), ("say 2", LIN), ("say other", BAO)):
        await put(world, key, to)
    [first, second], [other] = await claim_to(world), await claim_to(world, BAO)
    for row, wait in ((first, PARKED), (second, AN_HOUR), (other, PARKED)):
        await world.db.write(lambda tx, row=row, wait=wait: outbox.failed(tx, row, "unheard", wait=wait, counts=False))
    assert await lane(world) == []
    assert await world.db.write(lambda tx: outbox.unpark(tx, LIN, tx.now + A_MINUTE)) == 1
    assert await lane(world) == []
    clock.forward(A_MINUTE + A_LITTLE)
    assert await lane(world) == ["say 1"]


async def race(world: World, *claiming: Callable[[Tx], list[OutboxRow]]) -> list[int]:
    """How often each of twelve rows was taken, by all of them at once."""
    await world.db.write(lambda tx: [outbox.put(tx, "say", f"say {number}", to=LIN) for number in range(12)])
    taken = await asyncio.gather(*(world.db.write(one) for one in claiming))
    counted = Counter(row.id for rows in taken for row in rows)
    return sorted(counted.values())


def along(tx: Tx) -> list[OutboxRow]:
    return outbox.claim_to(tx, LIN)


def by_runner(tx: Tx) -> list[OutboxRow]:
    return outbox.claim(tx, ["say"], ["test"])


async def test_no_two_take_the_same(world: World):
    assert await race(world, *[along] * 4) == [1] * 12


async def test_a_call_and_a_runner_never_take_the_same(world: World):
    assert await race(world, by_runner, along, by_runner, along) == [1] * 12


async def test_control_without_leases_they_do(world: World, monkeypatch: pytest.MonkeyPatch):
    for name in ("TO_ONE", "LEASE_ONE"):
        without: Any = getattr(outbox, name)._clone()
        without._where_criteria = without._where_criteria[:-1]
        monkeypatch.setattr(outbox, name, without)
    assert max(await race(world, *[along] * 4)) > 1


# Codes that wait for a word


@pytest.fixture
async def paid(world: World, lin: Person, steam: Product) -> tuple[Order, list[str]]:
    """Lin's order of two, about to be sent; nothing else waits in the outbox."""
    codes = await world.stock(steam, 2)
    order = await counter.weigh(world, await counter.pay(world, await counter.place(world, lin, steam, 2)))
    await counter.run(world, "UPDATE outbox SET state = 'done'")
    return order, codes


async def unheard(world: World, order: Order, *, rings: bool, times: int = 1) -> None:
    units = [unit.id for unit in order.units]
    for _ in range(times):
        await world.db.write(lambda tx: delivery.unreachable(tx, order.id, units, "no word", unheard=True, rings=rings))


async def rows(world: World, kind: str) -> list[str]:
    asked = "SELECT effect_key FROM outbox WHERE kind = :kind AND state = 'new' ORDER BY id"
    return await ask(world, asked, kind=kind)


async def happened(world: World, order: Order) -> list[str]:
    return await ask(world, "SELECT what FROM order_events WHERE order_id = :order ORDER BY id", order=order.id)


async def test_codes_wait_for_a_word_and_their_owner_is_no_lost_one(world: World, paid: tuple[Order, list[str]]):
    order, _ = paid
    await unheard(world, order, rings=True)
    waiting = await counter.now(world, order)
    assert [unit.obligation for unit in waiting.units] == [Obligation.PICKUP] * 2
    assert await ask(world, "SELECT COUNT(*) FROM people WHERE unreachable_since IS NOT NULL") == [0]
    assert "unheard" in await happened(world, order)
    assert len(await rows(world, "ring")) == 1
    assert await world.db.read(delivery.parcel, order.id) is None
    await counter.holds(world)


async def test_it_rings_only_where_there_is_a_bell(world: World, paid: tuple[Order, list[str]]):
    await unheard(world, paid[0], rings=False)
    assert await rows(world, "ring") == []


async def test_a_chat_closed_for_good_rings_no_bell(world: World, paid: tuple[Order, list[str]]):
    order, _ = paid
    units = [unit.id for unit in order.units]
    await world.db.write(lambda tx: delivery.unreachable(tx, order.id, units, "blocked", rings=True))
    assert await rows(world, "ring") == []
    assert await ask(world, "SELECT COUNT(*) FROM people WHERE unreachable_since IS NOT NULL") == [1]


async def test_a_repeat_rings_once(world: World, paid: tuple[Order, list[str]]):
    await unheard(world, paid[0], rings=True, times=3)
    assert len(await rows(world, "ring")) == 1


async def test_a_word_has_them_sent_after_it(
    world: World, lin: Person, paid: tuple[Order, list[str]], clock: TestClock
):
    order, codes = paid
    await unheard(world, order, rings=False)
    for _ in range(2):
        await world.db.write(lambda tx: delivery.resume(tx, lin.id, "event 1", tx.now + A_MINUTE))
    assert await rows(world, "deliver") == [f"deliver {order.id} event 1"]
    assert await lane(world) == []
    clock.forward(A_MINUTE + A_LITTLE)
    assert await lane(world) == [f"deliver {order.id} event 1"]
    spoken = await counter.send(world, order)
    assert spoken and sorted(code.reveal() for code in spoken.codes) == sorted(codes)
    assert (await counter.now(world, order)).state is State.DELIVERED
    await counter.holds(world)


async def test_two_words_at_once_have_them_sent_once(world: World, lin: Person, paid: tuple[Order, list[str]]):
    order, _ = paid
    await unheard(world, order, rings=False)
    await asyncio.gather(*(world.db.write(delivery.resume, lin.id, f"event {number}") for number in range(4)))
    assert len(await rows(world, "deliver")) == 1
    await counter.holds(world)


async def test_nobody_elses_word_does(world: World, bao: Person, paid: tuple[Order, list[str]]):
    order, _ = paid
    await unheard(world, order, rings=False)
    await world.db.write(delivery.resume, bao.id, "event 1")
    assert await rows(world, "deliver") == []


async def test_a_bell_may_say_what_waits_and_no_code(world: World, lin: Person, paid: tuple[Order, list[str]]):
    order, codes = paid
    assert await world.db.read(delivery.to_ring_for, order.id) is None
    await unheard(world, order, rings=True)
    ring = await world.db.read(delivery.to_ring_for, order.id)
    assert isinstance(ring, Ring)
    assert (ring.person.id, ring.number, ring.product) == (lin.id, order.number, "Steam 20 美元")
    assert not any(code in repr(ring) for code in codes)
    await world.db.write(delivery.shown, await counter.now(world, order), lin)
    assert await world.db.read(delivery.to_ring_for, order.id) is None, "they came for them"


async def test_whether_it_was_rung_stands_in_the_orders_history(world: World, paid: tuple[Order, list[str]]):
    order, _ = paid
    await world.db.write(delivery.rung, order.id)
    await world.db.write(delivery.rung, order.id, "the template is gone" * 10)
    assert (await happened(world, order))[-2:] == ["rung", "not_rung"]
    assert (await counter.now(world, order)).state is orders.State.FULFILLING


# Whether an event still waits


async def test_an_event_is_open_from_its_coming_until_its_end(world: World):
    assert not await world.db.read(inbox.is_open, "wechat", "1")
    for number in ("1", "2"):
        await world.db.write(inbox.store, "wechat", number, "body")
    assert await world.db.read(inbox.is_open, "wechat", "1")
    assert not await world.db.read(inbox.is_open, "browser", "1")
    [first, second] = await world.db.write(inbox.claim, ["wechat"])
    assert await world.db.read(inbox.is_open, "wechat", "1"), "somebody works on it"
    await world.db.write(inbox.done, "wechat", "1")
    await world.db.write(lambda tx: inbox.failed(tx, second, "trouble", permanent=True))
    assert [await world.db.read(inbox.is_open, "wechat", row.external_id) for row in (first, second)] == [False, False]
