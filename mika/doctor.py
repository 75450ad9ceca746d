"""`mika doctor`, and the doctor that a running shop keeps: every check, each with its own time, none the end of it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import structlog

from core.findings import Finding, Level, Look
from core.ground.trails import trail
from core.ground.words import Hearer, render
from core.shop import Shop
from mika import (
    doctor_backups,
    doctor_chats,
    doctor_database,
    doctor_machine,
    doctor_outside,
    doctor_queues,
    doctor_rails,
    doctor_settings,
)
from mika.doctor_place import Check, Place, Said, Unseen
from mika.redaction import clean
from mika.refusals import Refusal
from mika.settings import Settings
from mika.wiring import opened

CHECKS: tuple[Check, ...] = (
    *doctor_settings.CHECKS,
    *doctor_machine.CHECKS,
    *doctor_database.CHECKS,
    *doctor_queues.CHECKS,
    *doctor_backups.CHECKS,
    *doctor_rails.CHECKS,
    *doctor_chats.CHECKS,
    *doctor_outside.CHECKS,
)
BROKEN = "D009"
WHY_CLOSED = {"S001": "D031", "S002": "D019", "S003": "D020", "S006": "D030", "S047": "D032"}  # anything else: D008
SELDOM = 900.0  # seconds between two looks outside
PATIENCE = 15.0  # seconds for one answer

log = structlog.get_logger()


# In the running shop


class Doctor:
    """Looks the open shop over, again and again. What is outside is asked seldom, and not all at once."""

    def __init__(self, settings: Settings, shop: Shop, checks: Sequence[Check] = CHECKS) -> None:
        """Nothing outside is asked at the start: the platforms have yet to be told where we are."""
        self._settings = settings
        self._shop = shop
        self._checks = checks
        outside = [check for check in checks if check.outside and not check.after]
        began = time.monotonic()
        self._due = {check.name: began + SELDOM * (1 + at) / (1 + len(outside)) for at, check in enumerate(outside)}

    async def look_over(self, only: frozenset[str] | None = None) -> Look:
        """`only`: for these codes, by the checks that find them, and for nothing else that those find."""
        if only is not None:
            look = await self._examined([check for check in self._checks if only & {*check.codes}])
            return Look([one for one in look.found if one.code in only], look.codes & only, look.unseen)
        now = time.monotonic()
        due = [check for check in self._checks if self._due.get(check.after or check.name, now) <= now]
        self._due.update({check.name: now + SELDOM for check in due if check.name in self._due})
        return await self._examined(due)

    async def _examined(self, checks: Sequence[Check]) -> Look:
        async with _http() as http:
            said = await examine(Place(self._settings, self._shop, http), checks)
        return look_of(said, checks)


def look_of(said: Mapping[str, Said], checks: Sequence[Check]) -> Look:
    """What was found, and what was looked for: not by a check that broke, nor what one says that it could not."""
    found = [one for each in said.values() for one in each if isinstance(one, Finding)]
    broke = {one.subject for one in found if one.code == BROKEN}
    codes = {code for check in checks if check.name not in broke for code in check.codes}
    blind = frozenset(name for each in said.values() for one in each if isinstance(one, Unseen) for name in one.names)
    return Look(found, frozenset(codes | {f"{BROKEN} {check.name}" for check in checks}), blind)


async def examine(
    place: Place, checks: Sequence[Check], say: Callable[[str, Said], None] = lambda name, said: None
) -> dict[str, Said]:
    """Make the checks, side by side, and say of each as soon as it and those before it are through."""
    first = [check for check in checks if not check.after]
    tasks = {check.name: asyncio.create_task(_made(check, place)) for check in first}
    said: dict[str, Said] = {}
    for name, task in tasks.items():
        said[name] = await task
        say(name, said[name])
    for check in (check for check in checks if check.after):
        said[check.name] = await _made(check, place)
        say(check.name, said[check.name])
    return said


async def _made(check: Check, place: Place) -> Said:
    if check.opens and place.shop is None:
        return []
    try:
        async with asyncio.timeout(check.seconds):
            return await check.look(place)
    except TimeoutError:
        return [Finding(BROKEN, check.name, {"why": f"no answer within {check.seconds:g} s"})]
    except Exception as error:
        log.error("a check of the doctor broke", check=check.name, error=type(error).__name__, at=trail(error))
        return [Finding(BROKEN, check.name, {"why": type(error).__name__})]


def _http() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=PATIENCE)


# The command


@dataclass
class Sheet:
    """What the command prints, line by line or at its end as JSON."""

    say: Callable[[str], None]
    as_json: bool
    found: list[Finding]
    well: list[str]

    def add(self, _: str, said: Said) -> None:
        for one in said:
            if isinstance(one, str):
                self.well.append(harmless(one))
                self._print(f"ok     {self.well[-1]}")
            elif isinstance(one, Finding):
                self.found.append(one)
                what, todo = in_english(one)
                self._print(f"{one.code}   {one.level.upper():<6} {what}\n              {todo}")

    def end(self) -> int:
        """Returns how the command should end."""
        wrong = [one for one in self.found if one.level is not Level.ADVICE]
        if self.as_json:
            self.say(
                json.dumps({"ok": self.well, "findings": [as_data(one) for one in self.found]}, ensure_ascii=False)
            )
        advice = len(self.found) - len(wrong)
        self._print(f"{len(wrong)} to mend, {advice} to think about." if self.found else "All is well.")
        return 1 if wrong else 0

    def _print(self, line: str) -> None:
        if not self.as_json:
            self.say(line)


async def run(load: Callable[[], Settings], say: Callable[[str], None], *, as_json: bool = False) -> int:
    """Look everything over, also where the shop can't be opened. Returns 1 if something is to be mended."""
    sheet = Sheet(say, as_json, [], [])
    try:
        settings = load()
    except Refusal as refusal:
        sheet.add("settings", [closed(refusal)])
        return sheet.end()
    async with AsyncExitStack() as stack:
        shop = None
        try:
            shop = (await stack.enter_async_context(opened(settings, with_site=False))).shop
        except Refusal as refusal:
            sheet.add("opening", [closed(refusal)])
        http = await stack.enter_async_context(_http())
        await examine(Place(settings, shop, http, asks=True), CHECKS, sheet.add)
    return sheet.end()


def closed(refusal: Refusal) -> Finding:
    """Why the shop does not open, as a finding."""
    code = WHY_CLOSED.get(refusal.code, "D008")
    facts = {"what": refusal.happened, "todo": refusal.todo} if code == "D008" else {"what": refusal.happened}
    return Finding(code, refusal.code, facts)


def in_english(finding: Finding) -> tuple[str, str]:
    """What it is and what to do, with nothing in it that looks like a secret."""
    to = Hearer("en", datetime.now(UTC))
    return harmless(render(finding.what, to)), harmless(render(finding.todo, to))


def harmless(text: str) -> str:
    return str(clean(text))


def as_data(finding: Finding) -> dict[str, Any]:
    what, todo = in_english(finding)
    told = {"code": finding.code, "level": finding.level.value, "subject": harmless(finding.subject)}
    return {**told, "what": what, "todo": todo}
