"""A backtest on a generated history: drawn, written into a scratch shop, and weighed order by order as of its moment.

The history is that of a shop without rules: what abusers got they got, and what became of it is known when it was. Over
it the rules play on: an order they hold does not go out, a person looks at it and is right or not (`staff` in
abuse.toml), and to the orders after it that is what it was. Those are there all the same: abusers don't learn.

Orders that were paid are weighed when they were. Those that never were are asked about when they are placed, as the
shop asks before it sets anything aside, and turned away or not; what abusers meant to pay and didn't is nobody's loss
and counts for neither side, but what hoarders set aside does. The first days are only there to have been: in them
everybody is new.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

from core import risk_backtest, risk_policy
from core.ground.db import Database
from core.ground.rules import Rules
from core.ground.vault import KeyRing, Vault
from core.risk import Facts, Outcome, Policy, Verdict, assess, away_until
from core.risk_backtest import HELD, Fate, Known, Label, Weighed
from migrations import upgrade
from mika import history, history_kept
from mika.history_drawn import COVER, HONEST, MINUTE, Dice, Drawn
from mika.history_habits import Habits

ENDED = datetime(2026, 1, 1)  # whenever it is run: the same seed is the same history
SLICE = 500  # orders that a process weighs before it says so
Step = Callable[[str, int, int], None]  # what is being done, how much of it, of how much


@dataclass(frozen=True)
class Task:
    """What a process needs to gather the facts of some orders: plain data."""

    url: str
    ring: KeyRing
    rules: Rules
    orders: Sequence[tuple[int, datetime]]


def weighed(
    habits: Habits, seed: int, many: int, texts: Sequence[str], rules: Rules, folder: Path, step: Step
) -> Iterator[Weighed]:
    """Every order after the first days, as they were weighed one after the other, by each of the policies.

    `texts` are the policies; they must be readable. `folder` is empty, and has room for three kilobytes an order.
    """
    step("Drawing", 0, many)
    begins = ENDED.replace(tzinfo=rules.zone).astimezone(UTC) - timedelta(days=habits.days)
    drawn = history.drawn(habits, seed, many, begins)
    file, ring = folder / "generated.db", KeyRing.fresh()
    url = f"sqlite+aiosqlite:///{file}"
    upgrade(url)
    history_kept.keep(file, habits, Vault(ring), rules.currency, drawn, lambda done: step("Writing", done, len(drawn)))
    turns = sorted((_weighed_at(one), number) for number, one in enumerate(drawn, 1))
    slices = [turns[start : start + SLICE] for start in range(0, len(turns), SLICE)]
    tasks = [Task(url, ring, rules, [(number, at) for at, number in each]) for each in slices]
    plays = [_Play(risk_policy.read(text, rules), habits, seed) for text in texts]
    counts_from = begins + timedelta(days=habits.warm_up)
    for done, (number, facts) in enumerate(_side_by_side(tasks), 1):
        one = drawn[number - 1]
        verdicts = [play.verdict(number, one, facts) for play in plays]
        if done % SLICE == 0 or done == len(drawn):
            step("Weighing", done, len(drawn))
        if facts.at >= counts_from:
            yield Weighed(number, facts.total.amount, _known(one, habits), verdicts)


def _weighed_at(one: Drawn) -> datetime:
    return one.at if one.paid_after is None else one.at + one.paid_after


def _known(one: Drawn, habits: Habits) -> Known:
    if one.kind == HONEST:
        return Known(Label.GOOD)
    harmless = one.kind == COVER or (one.paid_after is None and not habits.kinds[one.kind].hoards)
    return Known(Label.UNKNOWN) if harmless else Known(Label.BAD, one.kind)


class _Play:
    """One policy at work, and what became of the orders that it held."""

    def __init__(self, policy: Policy, habits: Habits, seed: int) -> None:
        self.policy, self.staff, self.seed = policy, habits.staff, seed
        self.fates: dict[int, Fate] = {}

    def verdict(self, number: int, one: Drawn, facts: Facts) -> Verdict:
        seen = risk_backtest.as_held(facts, self.fates)
        found = assess(seen, self.policy)
        if one.paid_after is None:
            if away_until(seen, found) is None:
                return replace(found, outcome=Outcome.PASS)
            self.fates[number] = Fate(facts.at, away=True)
            return replace(found, outcome=Outcome.REFUSE)
        if found.outcome in HELD:
            self.fates[number] = self._fate(number, one, facts.at, refused=found.outcome is Outcome.REFUSE)
        return found

    def _fate(self, number: int, one: Drawn, at: datetime, *, refused: bool) -> Fate:
        """A person's decision: the same, whatever other orders are held."""
        if refused:
            return Fate(at, refused=True)
        dice = Dice(self.seed, f"staff {number}", at)
        rejects = self.staff.rejects.get(one.kind, self.staff.rejects_honest)
        return Fate(at + dice.within(self.staff.minutes) * MINUTE, rejected=dice.happens(rejects))


def _side_by_side(tasks: Sequence[Task]) -> Iterator[tuple[int, Facts]]:
    """The facts in the tasks' order. Gathered by processes at once: of what is in the database each order sees only
    what came before it."""
    if len(tasks) == 1:  # not worth a process
        yield from _gather(tasks[0])
        return
    with ProcessPoolExecutor(_cores(), mp_context=get_context("spawn")) as processes:
        for found in processes.map(_gather, tasks):
            yield from found


def _cores() -> int:
    """Those we may use, where the system tells them apart."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _gather(task: Task) -> list[tuple[int, Facts]]:
    return asyncio.run(_gather_all(task))


async def _gather_all(task: Task) -> list[tuple[int, Facts]]:
    db = await Database.open(task.url, vault=Vault(task.ring), rules=task.rules)
    try:
        return await db.read(
            lambda tx: [(number, risk_backtest.facts_of(tx, number, at)) for number, at in task.orders]
        )
    finally:
        await db.close()
