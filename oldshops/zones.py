"""Time zones of old servers, as an offset: the server an export is loaded into knows no names."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from oldshops.refused import Unreadable

OFFSET = re.compile(r"[+-](?:0\d|1[0-4]):[0-5]\d")


def offset(said: str) -> str:
    """ "+08:00" of itself and of "Asia/Shanghai". Raises Unreadable for what is no zone, or changes over the year."""
    if OFFSET.fullmatch(said):
        return said
    try:
        zone = ZoneInfo(said)
    except (ValueError, OSError, LookupError):
        raise Unreadable(f"{said} is no time zone", "Write it as +08:00, or as Asia/Shanghai.") from None
    found = {datetime(2025, month, 1, tzinfo=zone).utcoffset() or timedelta(0) for month in (1, 7)}
    if len(found) > 1:
        raise Unreadable(f"{said} has another time in summer", "Write the offset that the server has, as +02:00.")
    minutes = int(found.pop().total_seconds() // 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
