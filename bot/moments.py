"""What people mean by a day with an hour, and by hours from one to another, as they type them."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

DAY = re.compile(
    r"(?:(?P<year>\d{4})[-/.年])?(?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})[日号]?"
    r"(?:\s*(?P<hour>\d{1,2})[:点](?P<minute>\d{2})?分?)?"
)
TIME = re.compile(r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2})|[点時时](?P<past>\d{2})?分?)")
FARTHEST = timedelta(days=366)
HOURS = re.compile(
    r"(\d{1,2})(?:[:点](\d{2})?)?\s*(?:-|–|—|~|到|至|to|до)\s*(\d{1,2})(?:[:点](\d{2})?)?", re.IGNORECASE
)


def moment_said(text: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """ "2027-02-18 09:00", "2-18 9:00" or "2月18日9点" in that zone, the next such day; "18:00" or "18点" today, or
    tomorrow where that is over. None for anything else, for what is over, and for what is more than a year away.
    """
    typed = unicodedata.normalize("NFKC", text).strip()
    moment = _time(typed, now.astimezone(zone)) or _day(typed, now, zone)
    return moment.astimezone(now.tzinfo) if moment and now < moment <= now + FARTHEST else None


def _time(typed: str, local: datetime) -> datetime | None:
    """The next time it is that late."""
    found = TIME.fullmatch(typed)
    if found is None:
        return None
    try:
        then = local.replace(
            hour=int(found["hour"]), minute=int(found["minute"] or found["past"] or 0), second=0, microsecond=0
        )
    except ValueError:
        return None
    return then if then > local else then + timedelta(days=1)


def _day(typed: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    found = DAY.fullmatch(typed)
    if found is None:
        return None
    part = {name: int(value or 0) for name, value in found.groupdict().items()}
    local = now.astimezone(zone)
    years = [part["year"]] if part["year"] else [local.year, local.year + 1]
    for year in years:
        try:
            moment = datetime(year, part["month"], part["day"], part["hour"], part["minute"], tzinfo=zone)
        except ValueError:
            continue
        if moment > now:
            return moment
    return None


def hours_said(text: str) -> tuple[int, int] | None:
    """ "22:30-8:00", "23点到7点": minutes after midnight, from and until; None for anything else."""
    found = HOURS.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        return None
    begin, begin_minute, end, end_minute = (int(part or 0) for part in found.groups())
    if begin > 23 or end > 24 or begin_minute > 59 or end_minute > 59:
        return None
    hours = begin * 60 + begin_minute, (end * 60 + end_minute) % (24 * 60)
    return None if hours[0] == hours[1] else hours
