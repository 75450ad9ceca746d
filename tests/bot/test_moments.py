"""Days with an hour, and hours from one to another, as people type them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.moments import hours_said, moment_said

NOW = datetime(2026, 11, 26, 4, 0, tzinfo=UTC)  # noon in Shanghai


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2027-02-18 09:00", "2027-02-18 01:00"),
        ("2月18日9点", "2027-02-18 01:00"),
        ("２-18 9:30", "2027-02-18 01:30"),
        ("11-27", "2026-11-26 16:00"),
        ("2026-11-26 12:01", "2026-11-26 04:01"),
        ("2026-11-26 11:59", None),
        ("2-30", None),
        ("18:00", "2026-11-26 10:00"),
        ("１２：０１", "2026-11-26 04:01"),
        ("12:00", "2026-11-27 04:00"),
        ("9:00", "2026-11-27 01:00"),
        ("18点", "2026-11-26 10:00"),
        ("18点30", "2026-11-26 10:30"),
        ("12.01 9:00", "2026-12-01 01:00"),
        ("2027-11-27 12:00", "2027-11-27 04:00"),
        ("2099-01-01 10:00", None),
        ("10", None),
        ("24:00", None),
        ("18:60", None),
        ("25:00", None),
        ("tomorrow", None),
        ("", None),
    ],
)
def test_a_day_with_an_hour(said, meant):
    found = moment_said(said, NOW, ZoneInfo("Asia/Shanghai"))
    assert (found and found.strftime("%Y-%m-%d %H:%M")) == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("23:00-8:00", (1380, 480)),
        ("22：30 到 7点", (1350, 420)),
        ("23-24", (1380, 0)),
        ("8-8", None),
        ("25-3", None),
        ("night", None),
    ],
)
def test_hours(said, meant):
    assert hours_said(said) == meant
