"""The clock that tests set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from core.ground.clock import Clock, TestClock


def test_the_systems_clock_tells_aware_utc():
    assert Clock().now().utcoffset() == timedelta(0)
    assert abs(Clock().now() - datetime.now(UTC)) < timedelta(seconds=1)
    assert Clock().offset == timedelta(0)


def test_a_test_clock_stands_still_until_it_is_moved():
    clock = TestClock(datetime(2031, 1, 1, 8, tzinfo=timezone(timedelta(hours=8))))
    assert clock.now() == clock.now() == datetime(2031, 1, 1, tzinfo=UTC)
    assert clock.forward(timedelta(hours=1)) == clock.now() == datetime(2031, 1, 1, 1, tzinfo=UTC)


def test_a_test_clock_moves_postgresqls_time_just_as_far():
    clock = TestClock(datetime(2031, 1, 1, tzinfo=UTC))
    assert abs(datetime.now(UTC) + clock.offset - clock.now()) < timedelta(seconds=1)
    before = clock.offset
    clock.forward(timedelta(days=-2))
    assert clock.offset - before == timedelta(days=-2)
