"""When somebody is here, by the shop's clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from core import hours
from core.ground.rules import Rules
from mika.settings import hours_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY, NIGHT = Rules(hours=(time(9), time(18))), Rules(hours=(time(18), time(2)))  # Shanghai is eight hours ahead


@pytest.mark.parametrize(
    ("rules", "now", "opens"),
    [
        (DAY, datetime(2026, 3, 14, 0, 59, tzinfo=UTC), datetime(2026, 3, 14, 1, tzinfo=UTC)),
        (DAY, datetime(2026, 3, 14, 1, tzinfo=UTC), None),
        (DAY, datetime(2026, 3, 14, 9, 59, tzinfo=UTC), None),
        (DAY, datetime(2026, 3, 14, 10, tzinfo=UTC), datetime(2026, 3, 15, 1, tzinfo=UTC)),
        (NIGHT, datetime(2026, 3, 14, 17, 59, tzinfo=UTC), None),
        (NIGHT, datetime(2026, 3, 14, 18, tzinfo=UTC), datetime(2026, 3, 15, 10, tzinfo=UTC)),
        (Rules(), datetime(2026, 3, 14, 18, tzinfo=UTC), None),
    ],
)
def test_the_next_opening(rules: Rules, now: datetime, opens: datetime | None):
    assert hours.next_opening(rules, now) == opens


def test_hours_are_read_as_people_write_them():
    assert hours_of("") is None
    assert hours_of("9:00-18:30") == (time(9), time(18, 30))
    for wrong in ("9-18-20", "nine to six", "09:00-09:00", "25:00-26:00"):
        with pytest.raises(ValueError, match="hours of the day"):
            hours_of(wrong)


def shanghai(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("rules", "now", "span", "ends"),
    [
        (DAY, shanghai(14, 22), timedelta(hours=2), shanghai(15, 11)),  # the night doesn't count
        (DAY, shanghai(14, 10), timedelta(hours=2), shanghai(14, 12)),
        (DAY, shanghai(14, 16), timedelta(hours=2), shanghai(14, 18)),
        (DAY, shanghai(14, 17, 30), timedelta(hours=2), shanghai(15, 10, 30)),
        (DAY, shanghai(14, 3), timedelta(hours=2), shanghai(14, 11)),
        (DAY, shanghai(14, 9), timedelta(hours=168), shanghai(14, 9) + timedelta(days=18, hours=6)),
        (NIGHT, shanghai(15, 1), timedelta(hours=2), shanghai(15, 19)),
        (NIGHT, shanghai(14, 20), timedelta(hours=2), shanghai(14, 22)),
        (Rules(), shanghai(14, 22), timedelta(hours=2), shanghai(15, 0)),
    ],
)
def test_time_is_counted_while_people_are_here(rules: Rules, now: datetime, span: timedelta, ends: datetime):
    assert hours.after(rules, now, span) == ends


def test_a_clock_that_is_put_back_gives_nobody_an_hour_more():
    """In the night to 2026-10-25 Berlin's two o'clock comes twice: who opens at one has an hour more until four."""
    berlin = ZoneInfo("Europe/Berlin")
    rules = Rules(hours=(time(1), time(4)), zone=berlin)
    opens = datetime(2026, 10, 25, 1, tzinfo=berlin)
    assert hours.after(rules, opens, timedelta(hours=4)) == datetime(2026, 10, 25, 4, tzinfo=berlin)
    assert hours.after(rules, opens - timedelta(days=1), timedelta(hours=3)) == opens - timedelta(hours=21)
