"""The machine below the shop: room on the disk, memory, open files, and its clock."""

from __future__ import annotations

import asyncio
import resource
import shutil
import time
from pathlib import Path

from sqlalchemy import text

from core.findings import Finding
from core.ground.db import Tx
from core.shop import try_folder
from mika.doctor_place import Check, Place, Said, unseen
from mika.serving import CONNECTIONS
from mika.settings import Settings
from mika.telegram import CHATS, bot_of

LEAST_MB, LEAST_PERCENT = 500, 3  # free on the disk: below one of the two it is nearly full
LEAST_MEMORY = 150  # MB
FILES = CONNECTIONS + 200
SKEW = 30.0  # seconds: signatures of most providers are good for five minutes
MEMORY = Path("/proc/meminfo")
MB = 2**20


async def disk(place: Place) -> Said:
    return await asyncio.to_thread(_disk, place.settings)


def _disk(settings: Settings) -> Said:
    folder = settings.data
    if not folder.exists():
        return []  # there is no shop yet, which others say
    try:
        try_folder(folder)
    except OSError as error:
        why = error.strerror or type(error).__name__
        return [Finding("D013", facts={"folder": str(folder), "why": why}), unseen("D011")]
    there = shutil.disk_usage(folder)
    free, percent = there.free // MB, round(100 * there.free / there.total)
    if free < LEAST_MB or percent < LEAST_PERCENT:
        return [Finding("D011", facts={"folder": str(folder), "free": free, "percent": percent})]
    return [f"disk: {free:,} MB free below {folder}, {percent} %"]


async def limits(place: Place) -> Said:
    found: list[Finding | str] = []
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit != resource.RLIM_INFINITY and limit < FILES:
        found.append(Finding("D012", facts={"limit": limit, "needed": FILES}))
    free = await asyncio.to_thread(_memory)
    if free is not None and free < LEAST_MEMORY:
        found.append(Finding("D014", facts={"free": free}))
    return found or [f"machine: {free if free is None else f'{free:,}'} MB of memory left, {limit:,} open files"]


def _memory() -> int | None:
    """MB that a program could still get; None where the system doesn't say."""
    try:
        lines = dict(line.split(":", 1) for line in MEMORY.read_text().splitlines() if ":" in line)
        return int(lines["MemAvailable"].split()[0]) // 1024
    except (OSError, KeyError, ValueError):
        return None


async def clock(place: Place) -> Said:
    """Ours against the database's, and against what those said who were asked in this look.

    Who might have said more, and did not answer, may be the one against whom it was wrong.
    """
    clocks = dict(place.clocks)
    if place.shop is not None and (ahead := await place.shop.db.read(_ahead)) is not None:
        clocks["PostgreSQL"] = ahead
    found = [
        Finding("D010", facts={"seconds": round(abs(ahead)), "against": who})
        for who, ahead in clocks.items()
        if abs(ahead) > SKEW
    ]
    if found:
        return found[:1]
    if not place.clocks and any(bot_of(place.settings, which) for which in CHATS):
        return [unseen("D010")]
    told = ", ".join(f"{ahead:+.1f} s to {who}" for who, ahead in clocks.items())
    return [f"clock: {told or 'nobody to compare it with'}"]


def _ahead(tx: Tx) -> float | None:
    """How far PostgreSQL's clock is ahead of ours; SQLite has none of its own."""
    if tx.dialect != "postgresql":
        return None
    before = time.time()
    theirs = float(tx.value(text("SELECT extract(epoch FROM clock_timestamp())")))
    return theirs - (before + time.time()) / 2


CHECKS = (
    Check("disk", ("D011", "D013"), disk, opens=False),
    Check("machine", ("D012", "D014"), limits, opens=False),
    Check("clock", ("D010",), clock, opens=False, outside=True, after="telegram"),
)
