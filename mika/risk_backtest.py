"""`mika risk backtest`: what rules would have done with the shop's past orders, or with those of a generated shop."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console

from core import risk_backtest, risk_policy
from core.ground.db import Tx
from core.ground.rules import Rules
from core.risk_backtest import Label, Tally, Weighed
from core.risk_policy import USUAL, BadRules
from mika import history_habits, risk_generated, risk_report
from mika.progress import progress
from mika.risk import told as told_why
from mika.settings import Settings
from mika.wiring import opened

NOT_HELD, USAGE, BAD_FILE, NO_FILE = 1, 2, 65, 66
AT_LEAST, AT_MOST = 0.93, 0.012  # of abusive value is held, of honest orders is bothered
INSTEAD = 2000  # made-up orders, in a shop that has none yet


@dataclass(frozen=True)
class Told:
    """What was said on the command line. No file and no preset: the rules that run."""

    file: Path | None
    preset: str | None
    settled_days: int
    picture: Path
    seed: int = 0
    orders: int = 0
    abuse: Path | None = None


class Refused(Exception):
    """It can't be done as it was said: the status to end with, and why."""

    def __init__(self, status: int, why: str) -> None:
        self.status = status
        super().__init__(why)


def candidate(told: Told) -> tuple[str, str] | None:
    """The name and the text of the rules to try; None for those that run. Raises Refused."""
    if told.preset is not None:
        if told.preset not in risk_policy.PRESETS:
            raise Refused(USAGE, f"there is no preset {told.preset}; there are {', '.join(risk_policy.PRESETS)}")
        return told.preset, risk_policy.written({"preset": told.preset})
    if told.file is None:
        return None
    try:
        return told.file.name, told.file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(NO_FILE, f"{told.file} can't be read: {getattr(error, 'strerror', None) or 'no text'}") from None


async def of_shop(settings: Settings, told: Told) -> int:
    """Over the paid orders of this shop, or over made-up ones while it has none. Returns the status to end with."""
    try:
        tried = candidate(told)
        async with opened(settings, with_site=False) as house:
            read = house.shop.db.read
            running = await read(risk_policy.version)
            name, text = f"version {running.id}" if running.id else f"preset {running.preset}", running.text
            named = {tried[0]: tried[1], f"{name}, which runs": text} if tried else {name: text}
            policies = [await read(_read, each) for each in named.values()]
            found: list[Weighed] = []
            of, after = await read(risk_backtest.how_many), 0
            if not of:
                return await asyncio.to_thread(_instead, told, named)
            with progress() as step:
                while True:
                    page, after = await read(risk_backtest.page, after, policies, timedelta(days=told.settled_days))
                    if not page:
                        break
                    found += page
                    step("Weighing", len(found), of)
        tallies = dict(zip(named, risk_backtest.tallied(found, len(named)), strict=True))
    except BadRules as refused:
        return _trouble(BAD_FILE, f"the rules can't be read: {told_why(refused)}")
    except Refused as refused:
        return _trouble(refused.status, str(refused))
    _report(tallies, settings.currency, told)
    if not tallies[next(iter(tallies))].labels[Label.BAD].orders:
        print("Of no order is it known that it was bad: what rules would catch can't be told yet.")
    print(
        _last_line(
            risk_report.all_figures(tallies, {"tried": next(iter(tallies)), "settled_days": told.settled_days}), True, 0
        )
    )
    return 0


def _instead(told: Told, named: dict[str, str]) -> int:
    """So few orders say something of the rules, but not whether they hold what is promised."""
    print(f"There is no paid order here yet. {INSTEAD:,} made-up ones instead; --generated plays larger histories.")
    [(name, text), *_] = named.items()
    told = replace(told, orders=INSTEAD)
    tally = play(told, text, Rules())
    _report({name: tally}, Rules().currency, told)
    print(_last_line(risk_report.all_figures({name: tally}, {"tried": name, "made_up": True}), True, told.seed))
    return 0


def _read(tx: Tx, text: str) -> risk_policy.Policy:
    return risk_policy.read(text, tx.rules)


def generated(told: Told) -> int:
    """Over a history that is made up; needs no shop. Status 1 if less is held, or more bothered, than is promised."""
    rules, began = Rules(), time.monotonic()
    try:
        name, text = candidate(told) or (USUAL, risk_policy.written({}))
        risk_policy.read(text, rules)
        tally, seconds = play(told, text, rules), round(time.monotonic() - began, 1)
    except BadRules as refused:
        return _trouble(BAD_FILE, f"{told.file}, {told_why(refused)}")
    except Refused as refused:
        return _trouble(refused.status, str(refused))
    _report({name: tally}, rules.currency, told)
    ok = holds(tally)
    print(_last_line(risk_report.all_figures({name: tally}, {"tried": name, "seconds": seconds}), ok, told.seed))
    return 0 if ok else NOT_HELD


def play(told: Told, text: str, rules: Rules) -> Tally:
    """Raises Refused for a file of abuse that can't be taken."""
    try:
        habits = history_habits.read(told.abuse)
    except OSError as error:
        raise Refused(NO_FILE, f"{told.abuse} can't be read: {error.strerror}") from None
    except ValueError as error:
        raise Refused(BAD_FILE, f"{told.abuse}: {error}") from None
    with tempfile.TemporaryDirectory(prefix="mika-backtest-") as folder, progress() as step:
        weighed = risk_generated.weighed(habits, told.seed, told.orders, [text], rules, Path(folder), step)
        return risk_backtest.tallied(weighed)[0]


def holds(tally: Tally) -> bool:
    """What is promised of the preset `standard` over 100,000 orders."""
    bad, good = tally.labels[Label.BAD], tally.labels[Label.GOOD]
    return bad.held_worth_share >= AT_LEAST and good.held_share <= AT_MOST


def _report(tallies: dict[str, Tally], currency: str, told: Told) -> None:
    risk_report.show(Console(width=max(Console().width, 100)), tallies, currency)
    told.picture.write_text(risk_report.picture(tallies), "utf-8")
    print(f"Held is what a person looks at or what is refused; what goes out later is not. The picture: {told.picture}")


def _last_line(figures: dict[str, Any], ok: bool, seed: int) -> str:
    return json.dumps({"name": "risk backtest", "ok": ok, "seed": seed, "figures": figures}, ensure_ascii=False)


def _trouble(status: int, why: str) -> int:
    print(f"mika: {why}.", file=sys.stderr)
    return status
