"""The runner: everything is carried out once, nothing holds up anything else, and what is given up is heard of."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
import structlog

from core import customers
from core.ground import inbox, outbox
from core.ground.clock import TestClock, steady
from core.ground.db import Database
from core.ground.errors import PartyError, SendError, ShopError
from core.ground.inbox import InboxRow
from core.ground.messages import Message, Spoken, pack
from core.ground.outbox import OutboxRow
from core.ground.tx import Tx
from core.ground.vault import Secret, Vault
from core.shop import Shop
from jobs import lanes
from jobs.runner import Runner
from jobs.schedule import Entry
from tests.doors import RULES, effects, events
from tests.world import PATIENCE, Chat

NOTHING: tuple[Entry, ...] = ()


async def say(shop: Shop, text: str = "hello", to: str = "lin", key: str | None = None, chat: str = "test") -> None:
    """Have something said, by the outbox."""

    def put(tx: Tx) -> None:
        person = customers.meet(tx, chat, to, to, "en", None).id
        outbox.put(tx, "say", f"say {key or text}", to=person, person=person, message=pack(Message((text,))))

    await shop.db.write(put)


async def hear(shop: Shop, key: str, person: str | None = None) -> None:
    """Have something heard, by the inbox."""
    await shop.db.write(inbox.store, "door", key, f"body of {key}", person=person)


@asynccontextmanager
async def working(runner: Runner) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(runner.run())
    try:
        yield task
    finally:
        runner.stop()
        with suppress(asyncio.CancelledError):
            async with asyncio.timeout(PATIENCE):
                await task


async def until(true: Callable[[], Any], seconds: float = PATIENCE) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110  it sets no event
            await asyncio.sleep(0.005)


class Door:
    """A chat that hears: what it is told to do is done with each row; it counts them."""

    def __init__(self, does: Callable[[InboxRow], Awaitable[None]] | None = None) -> None:
        self.heard: list[str] = []
        self._does = does

    async def __call__(self, shop: Shop, row: InboxRow) -> None:
        self.heard.append(row.external_id)
        if self._does:
            await self._does(row)


async def test_an_effect_is_carried_out_and_done(shop, runner, chat):
    await say(shop)
    assert await runner.drain() == 1
    assert chat.of("lin").get_nowait().revealed() == "hello"
    assert [effect.state for effect in await shop.db.read(effects)] == ["done"]
    assert await runner.drain() == 0


async def test_an_event_is_heard_and_done(shop):
    door = Door()
    await hear(shop, "1")
    await Runner(shop, {"door": door}).drain()
    assert door.heard == ["1"]
    assert [event.state for event in await shop.db.read(events)] == ["done"]


async def test_what_other_processes_do_is_left_to_them(shop, runner):
    await hear(shop, "1")
    await shop.db.write(lambda tx: outbox.put(tx, "say", "say 1", to="telegram:1", person="telegram:1", message={}))
    await shop.db.write(lambda tx: outbox.put(tx, "publish", "publish 1"))
    assert await runner.drain() == 0
    assert [event.tries for event in await shop.db.read(events)] == [0]


# Failing


async def test_what_fails_is_tried_again_later_and_later(shop, runner, chat, clock, monkeypatch):
    answers: list[Exception | None] = [SendError("busy"), TimeoutError(), RuntimeError(), None]

    async def send(address: str, message: Any) -> str:
        if error := answers.pop(0):
            raise error
        return "m1"

    shop.senders["test"] = send
    await say(shop)
    for seconds in (1, 2, 4):
        assert await runner.drain() == 1
        clock.forward(timedelta(seconds=seconds / 2))
        assert await runner.drain() == 0
        clock.forward(timedelta(seconds=seconds / 2 + 0.1))
    assert await runner.drain() == 1
    assert [effect.state for effect in await shop.db.read(effects)] == ["done"]


@pytest.mark.parametrize(
    ("trouble", "passes"), [(RuntimeError("ours"), True), (SendError("busy"), False), (TimeoutError(), False)]
)
async def test_what_cannot_be_made_holds_up_nothing_else_for_its_recipient(shop, runner, chat, trouble, passes):
    async def send(address: str, message: Spoken) -> str:
        if message.revealed() == "broken":
            raise trouble
        return await chat.send(address, message)

    shop.senders["test"] = send
    await say(shop, "broken")
    await say(shop, "codes")
    await runner.drain()
    assert [effect.state for effect in await shop.db.read(effects)] == ["new", "done" if passes else "new"]


async def given_up(shop: Shop, runner: Runner, clock: TestClock, tries: int) -> int:
    """Drain until nothing is tried any more; how many rounds that took."""
    for number in range(tries + 2):
        if not await runner.drain():
            return number
        clock.forward(timedelta(hours=1))
    raise AssertionError("it is tried for ever")


async def test_after_so_many_tries_it_is_given_up_loudly(shop, chat, clock, chen):
    async def broken(row: InboxRow) -> None:
        raise RuntimeError("AAAA-BBBB")

    await hear(shop, "1")
    with structlog.testing.capture_logs() as logs:
        assert await given_up(shop, Runner(shop, {"door": Door(broken)}), clock, inbox.TRIES) == inbox.TRIES
    [event] = await shop.db.read(events)
    assert (event.state, event.tries) == ("dead", inbox.TRIES)
    assert [line["log_level"] for line in logs if line["event"] == "given up"] == ["error"]
    alarm = chat.of("chen").get_nowait().revealed()
    assert "hear" in alarm
    assert "RuntimeError at jobs/test_runner.py" in alarm
    assert "AAAA" not in alarm + repr(logs) + str(event)


async def test_who_said_what_was_set_aside_is_told_once(shop, chat, clock):
    async def broken(row: InboxRow) -> None:
        raise RuntimeError

    await shop.db.write(customers.meet, "test", "lin", "lin", "en", None)
    await hear(shop, "1", "test:lin")
    await hear(shop, "2", "test:stranger")  # nobody we have met: nothing can be said
    await given_up(shop, Runner(shop, {"door": Door(broken)}), clock, inbox.TRIES)
    assert [event.state for event in await shop.db.read(events)] == ["dead", "dead"]
    assert "didn't go through" in chat.of("lin").get_nowait().revealed()
    assert chat.of("lin").empty()
    assert chat.of("stranger").empty()


async def test_what_can_never_succeed_is_given_up_at_once(shop, chat, chen):
    async def refused(row: InboxRow) -> None:
        raise PartyError("no such thing\x00", permanent=True)

    await hear(shop, "1")
    await Runner(shop, {"door": Door(refused)}).drain()
    [event] = await shop.db.read(events)
    assert (event.state, event.trouble) == ("dead", "no such thing?")
    assert "no such thing?" in chat.of("chen").get_nowait().revealed()


async def test_an_alarm_that_can_not_be_said_raises_no_other(shop, runner, clock, chen):
    async def dead_line(address: str, message: Any) -> str:
        raise SendError("no line")

    shop.senders["test"] = dead_line
    await say(shop)
    await given_up(shop, runner, clock, 2 * outbox.TRIES)
    assert [effect.state for effect in await shop.db.read(effects)] == ["dead", "dead"]


async def test_a_refusal_is_named_by_its_key(shop):
    class OutOfCake(ShopError):
        pass

    async def refused(row: InboxRow) -> None:
        raise OutOfCake(code="AAAA")

    await hear(shop, "1")
    await Runner(shop, {"door": Door(refused)}).drain()
    assert [event.trouble for event in await shop.db.read(events)] == ["out-of-cake"]


async def test_one_poisoned_row_in_a_thousand_stops_nothing(shop):
    """C25"""

    async def poisoned(row: InboxRow) -> None:
        if row.external_id == "13":
            raise RuntimeError

    def fill(tx: Tx) -> None:
        for number in range(1000):
            inbox.store(tx, "door", str(number), "-")

    await shop.db.write(fill)
    door = Door(poisoned)
    await Runner(shop, {"door": door}).drain()
    heard = Counter(door.heard)
    assert heard.pop("13") >= 1  # on PostgreSQL time goes on, and it may be due again
    assert heard == Counter(str(number) for number in range(1000) if number != 13)
    assert Counter(event.state for event in await shop.db.read(events)) == {"done": 999, "new": 1}


async def test_a_row_that_ends_the_process_again_and_again_is_not_begun_for_ever(shop, clock):
    await hear(shop, "1")
    for _ in range(inbox.TRIES):
        assert await shop.db.write(inbox.claim, ["door"])
        clock.forward(inbox.LEASE)
    door = Door()
    await Runner(shop, {"door": door}).drain()
    assert door.heard == []
    assert [event.state for event in await shop.db.read(events)] == ["dead"]


async def test_what_takes_longer_than_its_lease_is_ended_before_that(shop, monkeypatch):
    async def endless(row: InboxRow) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(lanes, "MARGIN", inbox.LEASE.total_seconds() - 0.1)
    await hear(shop, "1")
    await Runner(shop, {"door": Door(endless)}).drain()
    assert [event.trouble for event in await shop.db.read(events)] == ["it took longer than its lease"]


# Several at once


@asynccontextmanager
async def another(db: Database, url: str, clock: TestClock, vault: Vault) -> AsyncIterator[Database]:
    """The same database, opened by another process of the shop."""
    opened = await Database.open(url, vault=vault, rules=RULES, clock=clock)
    yield opened
    await opened.close()


async def at_once(shop: Shop, url: str, clock: TestClock, chat: Chat) -> Counter[str]:
    """What 30 effects and three runners over two connections lead to: each text, and how often it was said."""
    vault = await shop.db.read(lambda tx: tx.vault)
    for number in range(30):
        await say(shop, str(number))
    said: Counter[str] = Counter()

    async def send(address: str, message: Any) -> str:
        said[message.revealed()] += 1
        await asyncio.sleep(0.01)
        return "m"

    async with another(shop.db, url, clock, vault) as db:
        shops = [Shop(opened, RULES, "", {}, {"test": send}) for opened in (shop.db, shop.db, db)]
        await asyncio.gather(*(Runner(each, {}).drain() for each in shops))
    return said


async def test_several_runners_carry_each_effect_out_once(shop, url, clock, chat):
    assert await at_once(shop, url, clock, chat) == Counter(map(str, range(30)))


async def test_without_the_lease_they_would_do_it_twice(shop, url, clock, chat, monkeypatch):
    def claim(tx: Tx, kinds: Any, chats: Any, most: int = 16) -> list[OutboxRow]:
        return [
            OutboxRow(*row) for row in tx.all(outbox.NEXT, kinds=list(kinds), chats=list(chats), now=tx.now, most=most)
        ]

    monkeypatch.setattr(outbox, "claim", claim)
    assert max((await at_once(shop, url, clock, chat)).values()) > 1


async def test_one_person_is_heard_in_order_even_when_a_word_fails(shop, clock):
    failures = ["2"]

    async def once(row: InboxRow) -> None:
        await asyncio.sleep(0)
        if row.external_id in failures:
            failures.remove(row.external_id)
            raise RuntimeError

    for key in "1234":
        await hear(shop, key, "door:lin")
    await hear(shop, "other", "door:bao")
    door = Door(once)
    runner = Runner(shop, {"door": door})
    await runner.drain()
    assert [key for key in door.heard if key != "other"] == ["1", "2"]
    assert "other" in door.heard
    clock.forward(timedelta(seconds=5))
    await runner.drain()
    assert [key for key in door.heard if key != "other"] == ["1", "2", "2", "3", "4"]


# Running


async def test_it_is_woken_at_once(shop, chat, monkeypatch):
    monkeypatch.setattr("jobs.runner.POLL", 60.0)
    async with working(Runner(shop, {}, timetable=NOTHING)):
        await asyncio.sleep(0.3)
        began = time.monotonic()
        await say(shop)
        await until(lambda: chat.of("lin").qsize())
        assert time.monotonic() - began < 30  # half a POLL


async def test_what_only_others_can_do_wakes_nobody_here(shop):
    runner = Runner(shop, {"test": Door()}, timetable=NOTHING, only_chats=True)
    while await shop.db.wait_for(*runner.topics, timeout=1):  # PostgreSQL's line to the others rings when it is up
        pass

    await shop.db.write(outbox.put, "weigh", "weigh 1", order=1)
    await say(shop, chat="other")
    await hear(shop, "1")
    assert not await shop.db.wait_for(*runner.topics, timeout=0.1)

    await say(shop, "for us")
    assert await shop.db.wait_for(*runner.topics, timeout=PATIENCE)
    await shop.db.write(inbox.store, "test", "1", "{}")
    assert await shop.db.wait_for(*runner.topics, timeout=PATIENCE)


async def test_who_stands_by_is_not_woken_until_its_turn_comes(shop, chat, monkeypatch):
    monkeypatch.setattr("jobs.runner.POLL", 60.0)
    shop.turns["test"] = 0.0
    async with working(runner := Runner(shop, {}, timetable=NOTHING, only_chats=True)):
        await asyncio.sleep(0.3)
        person = (await shop.db.write(customers.meet, "test", "lin", "Lin", "en", None)).id
        message = pack(Message(("hello",)))
        await shop.db.write(outbox.put, "say", "say hello", person=person, message=message)  # by any chat
        await asyncio.sleep(0.3)
        assert not chat.of("lin").qsize()

        shop.turns["test"] = steady() + 60
        runner.look()
        await until(lambda: chat.of("lin").qsize())


async def test_it_looks_again_by_itself(shop, chat, clock, monkeypatch):
    monkeypatch.setattr("jobs.runner.POLL", 0.1)
    async with working(Runner(shop, {}, timetable=NOTHING)):
        due = clock.now() + timedelta(minutes=10)
        packed = pack(Message(("later",)))
        await say(shop, "sooner")
        await shop.db.write(
            lambda tx: outbox.put(tx, "say", "say later", to="test:lin", due=due, person="test:lin", message=packed)
        )
        await until(lambda: chat.of("lin").qsize())
        await asyncio.sleep(0.3)
        assert chat.of("lin").qsize() == 1
        clock.forward(timedelta(minutes=11))
        await until(lambda: chat.of("lin").qsize() == 2)


class Held:
    """A sender that takes a message and says nothing until it is let go."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.let_go = asyncio.Event()

    async def __call__(self, address: str, message: Any) -> str:
        self.taken.append(message.revealed())
        await self.let_go.wait()
        return "m"


async def test_told_to_stop_it_finishes_what_is_under_way(shop):
    held = shop.senders["test"] = Held()
    await say(shop, "first")
    runner = Runner(shop, {}, timetable=NOTHING)
    async with working(runner) as run:
        await until(lambda: held.taken)
        runner.stop()
        await asyncio.sleep(0.1)
        await say(shop, "second")
        assert not run.done()
        held.let_go.set()
        await asyncio.wait_for(run, PATIENCE)
    assert held.taken == ["first"]
    assert [effect.state for effect in await shop.db.read(effects)] == ["done", "new"]


async def test_a_stopped_runner_can_run_again(shop, chat):
    runner = Runner(shop, {}, timetable=NOTHING)
    for number in range(2):
        async with working(runner):
            await say(shop, str(number))
            await until(lambda expected=number + 1: chat.of("lin").qsize() == expected)


async def test_what_a_dead_process_held_comes_back_when_its_lease_ends(shop, chat, clock):
    held = shop.senders["test"] = Held()
    await say(shop)
    run = asyncio.create_task(Runner(shop, {}, timetable=NOTHING).run())
    await until(lambda: held.taken)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    shop.senders["test"] = chat.send
    survivor = Runner(shop, {})
    assert await survivor.drain() == 0
    clock.forward(outbox.LEASE)
    assert await survivor.drain() == 1
    assert chat.of("lin").qsize() == 1


async def test_what_is_cut_off_at_an_orderly_end_is_anybody_s_at_once(shop, chat):
    shop.senders["test"] = held = Held()
    await say(shop)
    runner = Runner(shop, {}, timetable=NOTHING)
    run = asyncio.create_task(runner.run())
    await until(lambda: held.taken)
    runner.stop()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    await asyncio.wait_for(runner.at_rest(), PATIENCE)
    shop.senders["test"] = chat.send
    assert await Runner(shop, {}).drain() == 1
    assert chat.of("lin").qsize() == 1


async def test_what_was_claimed_and_not_begun_is_given_back_untried(shop, chat, monkeypatch):
    shop.senders["test"] = chat.send
    await say(shop)
    runner = Runner(shop, {}, timetable=NOTHING)
    claims = runner._claim

    async def told_meanwhile():
        taken = await claims()
        runner.stop()
        return taken

    monkeypatch.setattr(runner, "_claim", told_meanwhile)
    await asyncio.wait_for(runner.run(), PATIENCE)
    assert chat.of("lin").empty()
    assert [(effect.state, effect.tries) for effect in await shop.db.read(effects)] == [("new", 0)]
    assert await Runner(shop, {}).drain() == 1


async def test_a_row_that_may_be_somebody_else_s_by_now_is_not_given_back(shop, monkeypatch):
    """The process slept, longer than a lease lasts."""
    monkeypatch.setattr("jobs.runner.SURELY_OURS", 0.0)
    shop.senders["test"] = held = Held()
    await say(shop)
    runner = Runner(shop, {}, timetable=NOTHING)
    run = asyncio.create_task(runner.run())
    await until(lambda: held.taken)
    runner.stop()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert await Runner(shop, {}).drain() == 0


async def test_in_a_chat_that_is_another_process_s_nothing_is_said_or_heard(shop, chat):
    shop.senders["test"] = chat.send
    shop.turns["test"] = 0.0
    await say(shop)
    await shop.db.write(inbox.store, "test", "1", "{}", person="test:lin")
    heard: list[Any] = []

    async def hear(shop: Any, row: Any) -> None:
        heard.append(row.id)

    runner = Runner(shop, {"test": hear}, timetable=NOTHING)
    assert await runner.drain() == 0
    shop.turns["test"] = steady() + 60
    assert await runner.drain() == 2
    assert (len(heard), chat.of("lin").qsize()) == (1, 1)


@pytest.mark.skipif(not hasattr(time, "CLOCK_BOOTTIME"), reason="only Linux tells how long it slept")
async def test_a_turn_is_over_when_the_machine_has_slept_through_its_end(shop, monkeypatch):
    shop.turns["test"] = steady() + 10
    assert shop.speaks("test")
    reads = time.clock_gettime
    monkeypatch.setattr(time, "clock_gettime", lambda clock: reads(clock) + 60 * (clock == time.CLOCK_BOOTTIME))
    assert not shop.speaks("test")


async def said_over_a_jump(shop: Shop, clock: TestClock, runner: Runner) -> int:
    """How often something is said when the clock jumps past its lease while it is under way."""
    said: list[str] = []
    go_on = asyncio.Event()

    async def send(address: str, message: Any) -> str:
        said.append(address)
        await go_on.wait()
        return "m1"

    shop.senders["test"] = send
    await say(shop)
    async with working(runner):
        await until(lambda: said)
        clock.forward(timedelta(hours=2))
        await say(shop, "by now the first is claimed again", to="bao")
        await until(lambda: "bao" in said)
        await asyncio.sleep(0.05)
        go_on.set()
    return said.count("lin")


async def test_what_is_under_way_is_not_begun_again_when_the_clock_jumps(shop, clock, runner):
    assert await said_over_a_jump(shop, clock, runner) == 1


async def test_not_knowing_what_is_under_way_it_would_be(shop, clock, runner, monkeypatch):
    monkeypatch.setattr(Runner, "_has", lambda *_: False)
    assert await said_over_a_jump(shop, clock, runner) == 2


async def test_a_slow_lane_holds_up_no_other(shop):
    shop.senders["test"] = Held()
    door = Door()
    for number in range(40):
        await say(shop, str(number), f"lin{number}")
    runner = Runner(shop, {"door": door}, timetable=NOTHING)
    async with working(runner):
        await until(lambda: len(shop.senders["test"].taken) == 8)
        await hear(shop, "1")
        await until(lambda: door.heard)
        assert len(shop.senders["test"].taken) == 8
        shop.senders["test"].let_go.set()
        await until(lambda: len(shop.senders["test"].taken) == 40)


async def said_beside_a_slow_chat(shop: Shop, patience: float) -> bool:
    """Whether a message gets through, though another chat hangs with more messages than there are hands."""
    held, said = Held(), asyncio.Event()

    async def quick(address: str, message: Any) -> str:
        said.set()
        return "m1"

    shop.senders |= {"test": held, "quick": quick}
    for number in range(60):
        await say(shop, str(number), f"lin{number}")
    await say(shop, "through", "bao", chat="quick")
    async with working(Runner(shop, {}, timetable=NOTHING)):
        await until(lambda: len(held.taken) >= 8)
        with suppress(TimeoutError):
            await asyncio.wait_for(said.wait(), patience)
        through = said.is_set()
        held.let_go.set()
    return through


async def test_a_slow_chat_holds_up_no_other(shop):
    assert await said_beside_a_slow_chat(shop, PATIENCE)


async def test_control_with_hands_for_all_chats_together_it_would(shop, monkeypatch):
    monkeypatch.setattr(lanes, "Sent", lanes.Effects)
    assert not await said_beside_a_slow_chat(shop, 1)


async def test_answers_that_wait_for_a_slow_provider_hold_up_no_other_answer(shop):
    let_go = asyncio.Event()

    async def slow(row: InboxRow) -> None:
        if row.person != "test:quick":
            await let_go.wait()

    door = Door(slow)
    for number in range(8):
        await hear(shop, str(number), f"test:slow{number}")
    async with working(Runner(shop, {"door": door}, timetable=NOTHING)):
        await until(lambda: len(door.heard) == 8)
        await hear(shop, "quick", "test:quick")
        await until(lambda: "quick" in door.heard)
        assert not let_go.is_set()
        let_go.set()


async def test_a_database_that_fails_for_a_while_ends_nothing(shop, chat, monkeypatch):
    monkeypatch.setattr("jobs.runner.POLL", 0.05)
    write, failures = shop.db.write, [OSError("gone")] * 3

    async def failing(fn: Any, *args: Any, **facts: Any) -> Any:
        if failures and fn.__name__ == "claim":
            raise failures.pop()
        return await write(fn, *args, **facts)

    monkeypatch.setattr(shop.db, "write", failing)
    with structlog.testing.capture_logs() as logs:
        async with working(Runner(shop, {}, timetable=NOTHING)):
            await say(shop)
            await until(lambda: chat.of("lin").qsize())
    assert not failures
    assert "gone" not in repr(logs)


async def test_a_failure_that_can_not_be_noted_is_brought_back_by_the_lease(shop, chat, clock, monkeypatch):
    write = shop.db.write

    async def failing(fn: Any, *args: Any, **facts: Any) -> Any:
        if fn.__name__ == "set_back":
            raise OSError("gone")
        return await write(fn, *args, **facts)

    async def busy(address: str, message: Any) -> str:
        raise SendError("busy")

    shop.senders["test"] = busy
    monkeypatch.setattr(shop.db, "write", failing)
    await say(shop)
    await Runner(shop, {}).drain()
    shop.senders["test"] = chat.send
    clock.forward(outbox.LEASE)
    await Runner(shop, {}).drain()
    assert chat.of("lin").qsize() == 1


async def test_what_a_bug_quotes_is_not_kept(shop):
    async def bug(row: InboxRow) -> None:
        raise ValueError(f"not an amount: {Secret('AAAA').reveal()}")

    await hear(shop, "1")
    with structlog.testing.capture_logs() as logs:
        await Runner(shop, {"door": Door(bug)}).drain()
    assert "AAAA" not in repr(logs)
    assert "AAAA" not in repr(await shop.db.read(events))


# The timetable


def every(seconds: float, does: Callable[[Shop], Awaitable[None]], what: str = "it") -> Entry:
    return Entry(what, timedelta(seconds=seconds), does)


async def test_the_clock_is_on_time_while_the_queues_are_full(shop):
    held = shop.senders["test"] = Held()
    beats: list[float] = []

    async def beat(_: Shop) -> None:
        beats.append(time.monotonic())

    for number in range(20):
        await say(shop, str(number))
    async with working(Runner(shop, {}, timetable=[every(0.05, beat)])):
        await until(lambda: held.taken)
        count = len(beats)
        await until(lambda: len(beats) - count > 8)
        held.let_go.set()


async def test_what_fails_by_the_clock_stops_nothing_else_and_comes_again(shop):
    done: Counter[str] = Counter()

    async def fails(_: Shop) -> None:
        done["fails"] += 1
        raise RuntimeError("AAAA")

    async def works(_: Shop) -> None:
        done["works"] += 1

    with structlog.testing.capture_logs() as logs:
        async with working(Runner(shop, {}, timetable=[every(0.02, fails, "this"), every(0.02, works, "that")])):
            await until(lambda: min(done["fails"], done["works"]) > 3)
    said = [line["log_level"] for line in logs if line["event"] == "by the clock, but failed"]
    assert said[:3] == ["warning", "error", "error"]
    assert "AAAA" not in repr(logs)


async def test_what_is_slow_by_the_clock_is_not_begun_twice(shop):
    under_way, most = 0, 0

    async def slow(_: Shop) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.1)
        under_way -= 1

    async with working(Runner(shop, {}, timetable=[every(0.01, slow)])):
        await asyncio.sleep(0.5)
    assert (most, under_way) == (1, 0)
