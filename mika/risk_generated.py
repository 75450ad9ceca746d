"""A backtest on a generated history: drawn, written into a scratch shop, and weighed order by order as of its moment.

The history is that of a shop without any rules: what abusers got, they got, and what became of it is known only when it
was. Orders that were paid are weighed when they were, the others when they were placed: the rules are asked then too,
whether what is set aside should be. Weighed by processes side by side, since each order sees only what came before it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

from core import risk_backtest, risk_policy
from core.ground.db import Database
from core.ground.rules import Rules
from core.ground.vault import KeyRing, Vault
from core.risk_backtest import Known, Label, Weighed
from migrations import upgrade
from mika import history, history_kept
from mika.history_drawn import COVER, HONEST, Drawn
from mika.history_habits import Habits

ENDED = datetime(2026, 1, 1)  # whenever it is run: the same seed is the same history
SLICE = 500  # orders that a process weighs before it says so
Step = Callable[[str, int, int], None]  # what is being done, how much of it, of how much


@dataclass(frozen=True)
class Task:
    """What a process needs to weigh some orders: plain data."""

    url: str
    ring: KeyRing
    rules: Rules
    texts: Sequence[str]  # of the policies
    orders: Sequence[tuple[int, datetime, Known]]


def weighed(
    habits: Habits, seed: int, many: int, texts: Sequence[str], rules: Rules, folder: Path, step: Step
) -> Iterator[Weighed]:
    """Every order of the history, in no order. `texts` are the policies; they must be readable.

    `folder` is empty, and has room for a kilobyte or three an order.
    """
    step("Drawing", 0, many)
    begins = ENDED.replace(tzinfo=rules.zone).astimezone(UTC) - timedelta(days=habits.days)
    drawn = history.drawn(habits, seed, many, begins)
    file, ring = folder / "generated.db", KeyRing.fresh()
    url = f"sqlite+aiosqlite:///{file}"
    upgrade(url)
    history_kept.keep(file, habits, Vault(ring), rules.currency, drawn, lambda done: step("Writing", done, len(drawn)))
    labels = [(place, _weighed_at(one), _known(one)) for place, one in enumerate(drawn, 1)]
    slices = [labels[start : start + SLICE] for start in range(0, len(labels), SLICE)]
    yield from _side_by_side([Task(url, ring, rules, texts, each) for each in slices], len(drawn), step)


def _weighed_at(one: Drawn) -> datetime:
    return one.at if one.paid_after is None else one.at + one.paid_after


def _known(one: Drawn) -> Known:
    if one.kind == HONEST:
        return Known(Label.GOOD)
    return Known(Label.UNKNOWN) if one.kind == COVER else Known(Label.BAD, one.kind)


def _side_by_side(tasks: Sequence[Task], of: int, step: Step) -> Iterator[Weighed]:
    done = 0
    with ProcessPoolExecutor(_cores(), mp_context=get_context("spawn")) as processes:
        for future in as_completed([processes.submit(_weigh, task) for task in tasks]):
            found = future.result()
            done += len(found)
            step("Weighing", done, of)
            yield from found


def _cores() -> int:
    """Those we may use, where the system tells them apart."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _weigh(task: Task) -> list[Weighed]:
    return asyncio.run(_weigh_all(task))


async def _weigh_all(task: Task) -> list[Weighed]:
    policies = [risk_policy.read(text, task.rules) for text in task.texts]
    db = await Database.open(task.url, vault=Vault(task.ring), rules=task.rules)
    try:
        return await db.read(
            lambda tx: [risk_backtest.judged(tx, order, at, policies, known) for order, at, known in task.orders]
        )
    finally:
        await db.close()
