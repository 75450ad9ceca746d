"""What time it is: the system's clock, one that runs ahead of it, and one that tests set; and how much has passed."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # Linux has the first


def steady() -> float:
    """Seconds from some moment on. It never jumps, and goes on while the whole machine sleeps.

    For leases: time.monotonic() stands still in that sleep, and others have taken over meanwhile.
    """
    return time.clock_gettime(STEADY)


class Clock:
    """The system's clock. `offset` is what a store with a clock of its own, PostgreSQL, adds to its time."""

    offset = timedelta(0)

    def now(self) -> datetime:
        """The moment, aware, in UTC."""
        return datetime.now(UTC)


class AheadClock(Clock):
    """The system's clock, put forward: where waiting is rehearsed and nobody is to wait."""

    def now(self) -> datetime:
        return super().now() + self.offset

    def forward(self, step: timedelta) -> None:
        self.offset += step


class TestClock(Clock):
    """A clock that stands still until it is moved.

    On SQLite `tx.now` is exactly this clock. PostgreSQL's own clock goes on ticking underneath: there
    `tx.now` is its time moved by `offset`, so it starts at about the same moment and jumps just as far.
    """

    __test__ = False  # pytest takes classes called Test... for tests

    def __init__(self, start: datetime | None = None) -> None:
        system = datetime.now(UTC)
        self._now = system if start is None else start.astimezone(UTC)
        self.offset = self._now - system

    def now(self) -> datetime:
        return self._now

    def forward(self, step: timedelta) -> datetime:
        """Moves on by `step` (backwards if negative, as clocks sometimes do) and returns the new moment."""
        self._now += step
        self.offset += step
        return self._now
