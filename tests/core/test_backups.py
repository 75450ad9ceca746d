"""Backups by the clock: one a day over all processes, told when they fail, thinned out without losing the last."""

from __future__ import annotations

import random
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select

from core import backups
from core.backups import AGAIN, LEASE, Drill, Kept, to_keep
from core.ground.db import Tx
from core.ground.messages import Lines, Message, Words
from core.ground.outbox import outbox
from tests.world import Somebody, World

AT = time(3, 30)
SHANGHAI = ZoneInfo("Asia/Shanghai")
MORNING = datetime(2026, 3, 16, 3, 31, tzinfo=SHANGHAI)  # a Monday


def kept(name: str = "mika-1", unsound: str = "", size: int = 2_000_000) -> Kept:
    return Kept(name, MORNING, size, "ab" * 32, timedelta(seconds=9), "restored", 3, unsound)


def said(tx: Tx) -> list[str]:
    """The sentences staff were told."""
    rows = tx.all(select(outbox.c.payload).where(outbox.c.kind == "say").order_by(outbox.c.id))
    return [str(row.payload) for row in rows]


def lines_of(message: Message) -> list[Words]:
    assert isinstance(message.text, Lines)
    return [line for line in message.text.texts if isinstance(line, Words)]


async def told(world: World, sentence: str) -> int:
    return sum(f"'{sentence}'" in one for one in await world.db.read(said))


async def set_to(world: World, when: datetime) -> None:
    world.clock.forward(when - await world.db.read(lambda tx: tx.now))


async def test_a_day_has_one_backup_over_all_processes(world: World):
    await set_to(world, MORNING)
    assert await world.db.write(backups.claim, AT) == "2026-03-16"
    assert await world.db.write(backups.claim, AT) is None
    await world.db.write(backups.made, kept(), "2026-03-16")
    world.clock.forward(LEASE * 3)
    assert await world.db.write(backups.claim, AT) is None
    assert await world.db.read(backups.newest_verified) == "mika-1"
    await set_to(world, MORNING + timedelta(days=1))
    assert await world.db.write(backups.claim, AT) == "2026-03-17"


async def test_what_nobody_was_there_for_is_made_later(world: World):
    await set_to(world, MORNING + timedelta(hours=11))
    assert await world.db.write(backups.claim, AT) == "2026-03-16"


async def test_before_the_hour_it_is_still_the_day_before(world: World):
    await set_to(world, MORNING - timedelta(minutes=2))
    assert await world.db.write(backups.claim, AT) == "2026-03-15"


async def test_whoever_dies_over_it_is_followed_by_another(world: World):
    await set_to(world, MORNING)
    await world.db.write(backups.claim, AT)
    world.clock.forward(LEASE - timedelta(minutes=1))
    assert await world.db.write(backups.claim, AT) is None
    world.clock.forward(timedelta(minutes=2))
    assert await world.db.write(backups.claim, AT) == "2026-03-16"


async def test_whoever_says_that_it_goes_on_is_not_followed(world: World):
    await set_to(world, MORNING)
    day = await world.db.write(backups.claim, AT)
    assert day
    for _ in range(3):
        world.clock.forward(LEASE - timedelta(minutes=1))
        await world.db.write(backups.hold, day)
    assert await world.db.write(backups.claim, AT) is None
    await world.db.write(backups.made, kept(), day)
    await world.db.write(backups.hold, day)
    world.clock.forward(LEASE * 2)
    assert await world.db.write(backups.claim, AT) is None
    assert await world.db.read(backups.newest_at) == MORNING


async def test_staff_hear_once_what_stands_in_the_way_and_when_it_is_over(world: World, chen: Somebody):
    await set_to(world, MORNING)
    for _ in range(3):
        day = await world.db.write(backups.claim, AT)
        assert day
        await world.db.write(backups.failed, day, "no room")
        assert await world.db.write(backups.claim, AT) is None
        world.clock.forward(AGAIN)
    assert await told(world, "alarm-backup-never") == 1
    day = await world.db.write(backups.claim, AT)
    assert day
    await world.db.write(backups.failed, day, "no such bucket")
    assert await told(world, "alarm-backup-never") == 2
    world.clock.forward(AGAIN)
    day = await world.db.write(backups.claim, AT)
    await world.db.write(backups.made, kept(), day)
    await world.db.write(backups.made, kept(), day)
    assert await told(world, "alarm-backup-back") == 1
    await set_to(world, MORNING + timedelta(days=1))
    day = await world.db.write(backups.claim, AT)
    assert day
    await world.db.write(backups.failed, day, "no room")
    assert await told(world, "alarm-backup-failed") == 1


async def test_one_cause_is_told_once_though_names_are_others_each_time(world: World, chen: Somebody):
    await set_to(world, MORNING)
    for why in (
        "S033 The backup mika-1 is bad",
        "S033 The backup mika-2 is bad",
        "/a/.backup-x: no room",
        "/b: no room",
    ):
        day = await world.db.write(backups.claim, AT)
        assert day
        await world.db.write(backups.failed, day, why)
        world.clock.forward(AGAIN)
    assert await told(world, "alarm-backup-never") == 2


async def test_what_does_not_hold_is_told_and_the_backup_counts(world: World, chen: Somebody):
    await set_to(world, MORNING)
    day = await world.db.write(backups.claim, AT)
    await world.db.write(backups.made, kept(unsound="A1: no"), day)
    assert await told(world, "alarm-backup-unsound") == 1
    assert await world.db.read(backups.newest_verified) == "mika-1"


async def test_one_made_by_hand_counts_and_a_repeat_changes_nothing(world: World):
    for _ in range(2):
        await world.db.write(backups.made, kept("mika-2"), None, "command line")
    assert await world.db.read(backups.newest_verified) == "mika-2"
    assert await world.db.read(lambda tx: len(tx.all(select(backups.backups)))) == 1


async def test_a_backup_that_nobody_tried_is_not_the_newest(world: World):
    row = {"began_at": MORNING, "tries": 1, "name": "mika-9", "at": MORNING + timedelta(days=9)}
    await world.db.write(backups.made, kept("mika-2"), None, "command line")
    await world.db.write(lambda tx: tx.insert(insert(backups.backups), **row))
    assert await world.db.read(backups.newest_verified) == "mika-2"


async def test_a_journal_that_can_not_be_copied_is_told_once_a_day(world: World, chen: Somebody):
    for _ in range(3):
        await world.db.write(backups.journal_failed, "no room")
    assert await told(world, "alarm-journal-not-copied") == 1
    world.clock.forward(timedelta(days=1))
    await world.db.write(backups.journal_failed, "no room")
    assert await told(world, "alarm-journal-not-copied") == 2


async def test_the_week_is_told_once_on_monday_from_nine_on(world: World, chen: Somebody):
    await set_to(world, MORNING)
    for number in range(6):
        day = await world.db.write(backups.claim, AT)
        await world.db.write(backups.made, kept(f"mika-{number}"), day)
        await set_to(world, MORNING + timedelta(days=number + 1))
    day = await world.db.write(backups.claim, AT)
    assert day
    await world.db.write(backups.failed, day, "no room")  # on Sunday
    await world.db.write(backups.drilled, Drill("mika-3", timedelta(seconds=70), 0))
    await set_to(world, MORNING + timedelta(days=7, hours=5))
    assert not await world.db.write(backups.tell_week)
    await set_to(world, MORNING + timedelta(days=7, hours=6))
    message = await world.db.read(backups.week, MORNING.replace(hour=0, minute=0) + timedelta(days=7))
    assert await world.db.write(backups.tell_week)
    assert not await world.db.write(backups.tell_week)
    lines = {line.key: line.facts for line in lines_of(message)}
    assert lines["backups-week"] == {"n": 6, "left": 12}
    assert lines["backups-week-missed"] == {"n": 1}
    assert (lines["backups-week-newest"]["n"], lines["backups-drill"]["n"]) == (3, 70)


@pytest.mark.parametrize("drill", [Drill("m", timedelta(0), 1), Drill("m", timedelta(0), 0, "no journal")])
async def test_a_drill_that_did_not_hold_is_told_as_that(world: World, drill: Drill):
    await world.db.write(backups.drilled, drill)
    message = await world.db.read(backups.week, MORNING)
    assert lines_of(message)[-1].key == "backups-drill-failed"


# What is kept


def every(days: int, until: datetime = MORNING) -> list[tuple[str, datetime]]:
    return [(f"{until - timedelta(days=ago):%Y-%m-%d}", until - timedelta(days=ago)) for ago in range(days)]


def left(made: list[tuple[str, datetime]], *always: str, days: int = 7, weeks: int = 4, months: int = 6) -> set[str]:
    return to_keep(made, SHANGHAI, days=days, weeks=weeks, months=months, always=frozenset(always))


def test_days_weeks_and_months_each_keep_their_newest():
    found = left(every(400))
    assert {f"2026-03-{day}" for day in range(10, 17)} <= found
    assert {"2026-03-08", "2026-03-01"} <= found  # Sundays
    assert {"2026-02-28", "2026-01-31", "2025-12-31", "2025-11-30", "2025-10-31"} <= found
    assert len(found) == 7 + 2 + 5


def test_of_two_on_one_day_the_later_is_kept_by_the_shops_clock():
    late = datetime(2026, 3, 15, 16, 30, tzinfo=UTC)  # the 16th in Shanghai
    assert left(
        [("a", late - timedelta(hours=2)), ("b", late), ("c", late + timedelta(hours=1))], weeks=0, months=0
    ) == {
        "a",
        "c",
    }


def test_a_shop_that_was_off_for_a_year_keeps_what_it_had():
    assert len(left(every(10, MORNING - timedelta(days=365)))) >= 7


def test_the_newest_that_was_tried_stays_however_old_it_is():
    assert "2025-12-03" not in left(every(200))
    assert "2025-12-03" in left(every(200), "2025-12-03")


def test_thinned_out_again_and_again_nothing_more_goes_than_at_once():
    dice, kept_so_far = random.Random(5), []
    for one in sorted(every(500), key=lambda made: made[1]):
        if dice.random() < 0.8:
            kept_so_far = [made for made in [*kept_so_far, one] if made[0] in left([*kept_so_far, one])]
    assert 7 + 2 <= len(kept_so_far) <= 7 + 4 + 6
    assert len({name[:7] for name, _ in kept_so_far}) >= 5
