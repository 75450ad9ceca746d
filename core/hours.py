"""When people are here to answer, and what is honest to say when they are not."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.ground.db import Tx
from core.ground.messages import Words, words
from core.ground.rules import Rules
from core.ground.words import known


def next_opening(rules: Rules, now: datetime) -> datetime | None:
    """When somebody is here again; None while they are, and in a shop that names no hours: it promises none.

    Hours may pass midnight: from 18 to 2.
    """
    if rules.hours is None:
        return None
    opens, closes = rules.hours
    local = now.astimezone(rules.zone)
    for day in (-1, 0, 1, 2):
        begins = datetime.combine(local.date() + timedelta(days=day), opens, rules.zone)
        ends = datetime.combine(begins.date() + timedelta(days=closes <= opens), closes, rules.zone)
        if begins <= local < ends:
            return None
        if local < begins:
            return begins.astimezone(UTC)
    return None


def after(rules: Rules, now: datetime, span: timedelta) -> datetime:
    """When so much of the shop's open time has passed; in a shop that names no hours all time counts.

    From 09:00 to 18:00, two hours after 22:00 are 11:00 of the next day.
    """
    if rules.hours is None:
        return now + span
    left, first = span, now.astimezone(rules.zone).date() - timedelta(days=1)
    for day in itertools.count():
        begins, ends = _opened(rules.hours, first + timedelta(days=day), rules.zone)
        begins = max(begins, now)
        if begins < ends and begins + left <= ends:
            return begins + left
        left -= max(ends - begins, timedelta())
    raise AssertionError("days end")


def _opened(hours: tuple[time, time], day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From when to when somebody is here, that day and past its midnight; in UTC, in which no clock is put back."""
    opens, closes = hours
    begins = datetime.combine(day, opens, zone)
    ends = datetime.combine(day + timedelta(days=closes <= opens), closes, zone)
    return begins.astimezone(UTC), ends.astimezone(UTC)


def told(tx: Tx) -> tuple[Words, ...]:
    """What a buyer is told who asks for a person while nobody is here; nothing otherwise."""
    opening = next_opening(tx.rules, tx.now)
    if opening is None or tx.rules.hours is None:
        return ()
    opens, closes = tx.rules.hours
    about = {"opens": f"{opens:%H:%M}", "closes": f"{closes:%H:%M}", "zone": _zone(tx.rules)}
    return (words("human-hours", **about, time=opening),)


def _zone(rules: Rules) -> Words | str:
    """Whose clock it is, by name; one we have no name for, by its city."""
    key = f"zone-{rules.zone.key.replace('/', '-').replace('_', '-').lower()}"
    return words(key) if known(key) else rules.zone.key.rpartition("/")[2].replace("_", " ")
