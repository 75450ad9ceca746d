"""What staff hear when: kinds, lists, quiet hours, and never more than a group may be told."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core import digests, quiet, review, settling, staff
from core.ground.messages import Message, words
from core.quiet import Kind, Mode, quiet_until
from tests.core import counter
from tests.core.counter import ask, notice, place
from tests.core.test_rooms import GROUP, open_room
from tests.world import World

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
NEWS = Message(words("welcome", shop="x"))


async def tell(world: World, key: str, kind: Kind, message: Message = NEWS) -> None:
    await world.db.write(staff.tell, key, message, kind)


async def said(world: World, to: str = GROUP) -> list[str]:
    return await ask(world, "SELECT effect_key FROM outbox WHERE kind = 'say' AND recipient = :to ORDER BY id", to=to)


async def what_waited(world: World) -> None:
    for board in await world.db.read(quiet.due):
        await world.db.write(digests.tell_what_waited, board)


# The hours


@pytest.mark.parametrize(
    ("zone", "at", "begin", "end", "until"),
    [
        (SHANGHAI, "2026-03-01 15:30", 23 * 60, 8 * 60, "2026-03-02 00:00"),
        (SHANGHAI, "2026-03-01 23:59", 23 * 60, 8 * 60, "2026-03-02 00:00"),
        (SHANGHAI, "2026-03-02 00:00", 23 * 60, 8 * 60, None),
        (SHANGHAI, "2026-03-01 04:30", 12 * 60, 13 * 60, "2026-03-01 05:00"),
        (BERLIN, "2026-03-28 23:30", 23 * 60, 8 * 60, "2026-03-29 06:00"),  # the clock goes forward at night
        (BERLIN, "2026-10-24 22:30", 23 * 60, 8 * 60, "2026-10-25 07:00"),  # and back
        (SHANGHAI, "2026-03-01 15:30", 0, 0, None),
    ],
)
def test_quiet_hours_are_by_the_clock_on_the_wall(zone, at, begin, end, until):
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    found = quiet_until(moment, zone, begin, end)
    assert (found and found.astimezone(UTC).strftime("%Y-%m-%d %H:%M")) == until


# Kinds


async def test_each_kind_is_said_at_once_in_lists_or_not_at_all(world, chen):
    await open_room(world, chen)
    await world.db.write(quiet.set_mode, GROUP, Kind.REVIEWS, Mode.LISTS)
    await world.db.write(quiet.set_mode, GROUP, Kind.RAILS, Mode.OFF)
    for number in range(3):
        for kind in (Kind.REVIEWS, Kind.RAILS, Kind.HANDS):
            await tell(world, f"{kind} {number}", kind)
    assert await said(world) == [f"say hands {number} to {GROUP}" for number in range(3)]
    await what_waited(world)
    assert len(await said(world)) == 3  # not yet
    world.clock.forward(quiet.LISTED)
    await what_waited(world)
    await what_waited(world)
    assert len(await said(world)) == 4  # one summary
    assert len(await world.db.read(quiet.in_summary, GROUP, 10)) == 3


async def test_in_quiet_hours_only_money_and_stock_are_heard_and_the_rest_comes_in_one(world, chen):
    await open_room(world, chen)
    local = world.clock.now().astimezone(SHANGHAI)
    minute = local.hour * 60 + local.minute
    await world.db.write(quiet.set_hours, GROUP, ((minute - 60) % 1440, (minute + 60) % 1440))
    for kind in Kind:
        await tell(world, f"about {kind}", kind)
    assert await said(world) == [f"say about {kind} to {GROUP}" for kind in Kind if kind in quiet.PIERCING]
    world.clock.forward(timedelta(minutes=30))
    await what_waited(world)
    assert len(await said(world)) == len(quiet.PIERCING)
    world.clock.forward(timedelta(minutes=31))
    await what_waited(world)
    assert len(await said(world)) == len(quiet.PIERCING) + 1
    assert (
        len(await world.db.read(quiet.in_summary, GROUP, 50)) == len(Kind) - len(quiet.PIERCING) - 1
    )  # paid orders are off as usual


async def test_a_single_notice_that_waited_comes_as_it_is(world, chen):
    await open_room(world, chen)
    await world.db.write(quiet.set_mode, GROUP, Kind.REVIEWS, Mode.LISTS)
    await tell(world, "one", Kind.REVIEWS)
    world.clock.forward(quiet.LISTED)
    await what_waited(world)
    [key] = await said(world)
    assert key.startswith("say notice ")


async def test_a_card_that_stands_is_changed_at_any_hour_and_one_that_waits_waits_as_it_is_by_now(world, chen):
    await open_room(world, chen)
    card = Message(words("welcome", shop="x"), card="order 1")
    await tell(world, "held", Kind.REVIEWS, card)
    await world.db.write(quiet.set_mode, GROUP, Kind.REVIEWS, Mode.OFF)
    await tell(world, "decided", Kind.REVIEWS, card)
    assert len(await said(world)) == 2
    await world.db.write(quiet.set_mode, GROUP, Kind.REVIEWS, Mode.LISTS)
    other = Message(words("welcome", shop="y"), card="order 2")
    await tell(world, "held 2", Kind.REVIEWS, other)
    await tell(world, "decided 2", Kind.REVIEWS, Message(words("welcome-back", product="z"), card="order 2"))
    [waits] = await world.db.read(quiet.waiting, GROUP)
    assert waits.message.paragraphs[0] == words("welcome-back", product="z")


async def test_who_has_no_room_has_settings_of_their_own(world, chen):
    await world.db.write(quiet.set_mode, chen.id, Kind.HANDS, Mode.OFF)
    await tell(world, "hands", Kind.HANDS)
    await tell(world, "money", Kind.MONEY)
    assert await said(world, chen.id) == [f"say money to {chen.id}"]


# Never more than a group may be told


@pytest.mark.parametrize("guard", ["on", "off"])
async def test_five_hundred_orders_paid_and_held_in_a_minute(world, chen, monkeypatch, guard):
    """Each is held for review, and paid orders are told at once: the most there can be. The control has no budget."""
    await open_room(world, chen)
    await world.db.write(quiet.set_mode, GROUP, Kind.PAID, Mode.NOW)
    await world.db.write(digests.tell_paid)
    if guard == "off":
        monkeypatch.setattr(quiet, "has_room", lambda tx, board: True)
    monkeypatch.setattr(review, "CROWD", 10_000)  # else they are one list
    many = 500
    dear = await world.make("dear", prices={"CNY": {1: 60000}})
    await world.stock(dear, many)
    buyers = [await counter.meet(world, f"buyer{number}") for number in range(many)]
    times: list[datetime] = []
    for at in range(0, many, many // 10):
        now = [await place(world, buyer, dear) for buyer in buyers[at : at + many // 10]]
        notices = [await notice(world, order) for order in now]
        await asyncio.gather(*(world.db.write(settling.settle, each) for each in notices))
        await asyncio.gather(*(world.db.write(review.weigh, order.id) for order in now))
        world.clock.forward(timedelta(seconds=6))
        await what_waited(world)
        await world.db.write(digests.tell_paid)
    for _ in range(30):
        world.clock.forward(timedelta(seconds=15))
        await what_waited(world)
        await world.db.write(digests.tell_paid)
    statement = "SELECT made_at FROM outbox WHERE kind = 'say' AND recipient = :to ORDER BY made_at"
    times = [datetime.fromisoformat(str(at)) for at in await ask(world, statement, to=GROUP)]
    within = max(sum(begin <= at < begin + timedelta(minutes=1) for at in times) for begin in times)
    print(f"{many} orders, guard {guard}: {len(times)} messages, {within} in the fullest minute")
    assert (within <= 20) is (guard == "on")
    if guard == "on":
        told = await ask(world, "SELECT count(*) FROM staff_notices WHERE kind = 'reviews' AND told_at IS NOT NULL")
        assert told == [many]  # none is lost: those that were not said alone are in a summary


async def test_two_processes_tell_what_waited_once(world, chen):
    await open_room(world, chen)
    await world.db.write(quiet.set_mode, GROUP, Kind.REVIEWS, Mode.LISTS)
    for number in range(5):
        await tell(world, f"held {number}", Kind.REVIEWS)
    world.clock.forward(quiet.LISTED)
    told = await asyncio.gather(*(world.db.write(digests.tell_what_waited, GROUP) for _ in range(8)))
    assert sum(told) == 1
    assert len(await said(world)) == 1
