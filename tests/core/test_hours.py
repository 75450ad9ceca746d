"""When somebody is here, by the shop's clock."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from core import hours
from core.ground.rules import Rules
from mika.settings import hours_of

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
