"""What `mika rehearse` does: one purchase, one odd end, or all of them, told in lines or as one object."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Callable
from dataclasses import dataclass

from mika.rehearse import Report, rehearse
from mika.scenarios import SCENARIOS
from mika.settings import Settings
from mika.transcript import parts


@dataclass(frozen=True)
class Wanted:
    """What is to be rehearsed. No source: the demo shop. No chat: the one that suits."""

    source: Settings | None
    chat: str | None
    locale: str
    product: str | None
    scenario: str | None


async def run(wanted: Wanted, say: Callable[[str], None], *, as_json: bool = False) -> bool:
    """Plays it and says it; whether all of it came to its right end. The last line is one JSON object.

    Told to end (TERM), it takes its copy away and is cancelled.
    """
    if playing := asyncio.current_task():
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, playing.cancel)
    lines: list[str] = []
    names = tuple(SCENARIOS) if wanted.scenario == "all" else (wanted.scenario,)

    def keep(line: str) -> None:
        if parts(line):
            lines.append(line)

    reports = [await _one(wanted, name, keep if as_json else say) for name in names]
    told = reports[0].as_object() if len(reports) == 1 else _together(reports)
    say(json.dumps({**told, **({"lines": [*map(parts, lines)]} if as_json else {})}, ensure_ascii=False))
    return all(report.ok for report in reports)


async def _one(wanted: Wanted, scenario: str | None, say: Callable[[str], None]) -> Report:
    report = await rehearse(wanted.source, wanted.chat, wanted.locale, wanted.product, say, scenario)
    if report.why:
        say(f"It did not work: {report.why}.")
    return report


def _together(reports: list[Report]) -> dict[str, object]:
    """Each scenario by its name; and how long it took."""
    played = {report.scenario: {"ok": report.ok, **({"why": report.why} if report.why else {})} for report in reports}
    figures = {report.scenario: report.figures.get("seconds", 0) for report in reports}
    ok = all(report.ok for report in reports)
    return {"name": "rehearse", "scenario": "all", "ok": ok, "figures": figures, "scenarios": played}
