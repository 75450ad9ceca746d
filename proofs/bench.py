"""Whole orders a second, on each store, beside the floor: the same rows in the same transactions by bare SQL.

A whole order is: placed; its signed notice verified and stored, twice at once; settled; weighed; its code granted;
the message with the code composed and handed to a chat that only counts; and recorded as sent. Every commit is
durable. No HTTP is measured, and no pay page: what the provider would say when asked is known.

`core` calls the core's functions one after the other, as the jobs do. `runner` leaves everything after the notice to
the real Runner, which also claims each row first. The floor's rows are derived from two real orders (written.py).
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Engine, event

from core.customers import Person
from core.ground.stores.connection import WriteConnection
from doubles.postgres import Postgres
from proofs.benching import floor
from proofs.benching.buying import Buying
from proofs.benching.counters import COUNTERS, counters
from proofs.benching.rows import Rows, rows
from proofs.benching.stage import Stage
from proofs.benching.written import Pattern, Recorder, pattern
from proofs.proof import Broken, Figures, Proof, Run

AT_ONCE = (1, 20, 100)
TARGETS = {"sqlite": 0.25, "postgresql": 0.4}  # of the floor, each number of buyers at a time
WARM = 24  # orders before the clock starts: statements are compiled once


@dataclass(frozen=True)
class Measured:
    orders: float  # a second
    cpu: float  # ms an order, of this process
    commits: float  # an order
    counts: Counter[str]
    failed: Counter[str]


def play(run: Run) -> Figures:
    figures: dict[str, Any] = {}
    counts: Counter[str] = Counter(dict.fromkeys(COUNTERS, 0))
    short = []
    for store in run.stores:
        with ExitStack() as open_till_the_end:
            server = open_till_the_end.enter_context(Postgres(durable=True)) if store == "postgresql" else None
            run.progress(f"{store}: setting the stage")
            stage = Stage(run.folder, store, WARM + most(run, 100), server)
            found = figures[store] = asyncio.run(_facts(stage))
            shape = found.pop("pattern")
            for at_once in AT_ONCE:
                orders = most(run, at_once)
                line = found[f"{at_once} at a time"] = _level(stage, shape, orders, at_once, counts)
                run.progress(f"{store}, {at_once} at a time: {line}")
                if run.size["judged"] and line["of the floor"] < TARGETS[store]:
                    short.append(f"{store}, {at_once} at a time: {line['of the floor']} of the floor")
    figures |= {name: counts[name] for name in COUNTERS}
    if failed := {name: many for name, many in counts.items() if many}:
        raise Broken(f"not every order went well: {failed}", **figures)
    if short:
        raise Broken("; ".join(short), **figures)
    return figures


def most(run: Run, at_once: int) -> int:
    """How many orders are measured: a multiple of how many go on at once."""
    wanted = run.size["orders"] if at_once > 1 else run.size["orders_alone"]
    return math.ceil(wanted / at_once) * at_once


async def _facts(stage: Stage) -> dict[str, Any]:
    """What one whole order writes and says to the database."""
    name = stage.copy()
    async with stage.opened(name) as db:
        shape = await pattern(db, [partial(_buy, person=person) for person in stage.people[:2]])
        with _statements() as said:
            await Buying(db, jobs=False).buy(stage.people[2])
    stage.drop(name)
    return {"pattern": shape, "statements": said["statements"], "writing": shape.statements}


async def _buy(recorder: Recorder, person: Person) -> None:
    await Buying(recorder, jobs=False).buy(person)  # type: ignore[arg-type]


def _level(stage: Stage, shape: Pattern, orders: int, at_once: int, counts: Counter[str]) -> dict[str, Any]:
    core, runner = (asyncio.run(_measured(stage, shape.leaves, orders, at_once, jobs=jobs)) for jobs in (False, True))
    for one in (core, runner):
        counts.update(one.counts)
        counts.update(one.failed)
    bare = max(_floor(stage, shape, orders, at_once, core.commits))
    return {
        "core": round(core.orders, 1),
        "runner": round(runner.orders, 1),
        "floor": round(bare, 1),
        "of the floor": round(core.orders / bare, 3),
        "runner of the floor": round(runner.orders / bare, 3),
        "ms CPU": round(core.cpu, 2),
        "commits": round(core.commits, 2),
    }


async def _measured(stage: Stage, leaves: Rows, orders: int, at_once: int, *, jobs: bool) -> Measured:
    name, people = stage.copy(), list(stage.people)
    async with stage.opened(name) as db:
        buying = Buying(db, jobs=jobs)
        before = await db.read(rows)
        await buying.all_buy(people[:WARM], min(at_once, WARM))
        with _commits() as made:
            began, cpu = time.perf_counter(), time.process_time()
            await buying.all_buy(people[WARM : WARM + orders], at_once)
            seconds, spent = time.perf_counter() - began, time.process_time() - cpu
        left = (await db.read(rows)).since(before)
        if orders + WARM == stage.codes:
            await buying.come_too_late(people[stage.codes :])
        counts = Counter(await db.read(counters))
        if left != leaves.times(WARM + orders):
            counts["orders not as the recorded one"] += 1
    stage.drop(name)
    return Measured(orders / seconds, spent / orders * 1000, made["commits"] / orders, counts, buying.failed)


def _floor(stage: Stage, shape: Pattern, orders: int, at_once: int, commits: float) -> Iterator[float]:
    """Every way to write it by bare SQL: the fastest counts."""
    for prepared in (False, True) if stage.server else (False,):
        name = stage.copy()
        before = asyncio.run(_rows(stage, name))
        if stage.server:
            yield floor.pgbench(stage.server, name, stage.folder, shape, orders, at_once, prepared=prepared)
        else:
            yield floor.sqlite(stage.file(name), shape, orders, at_once, len(shape.transactions) / commits)
        left = asyncio.run(_rows(stage, name)).since(before)
        if left != shape.leaves.times(orders):
            raise Broken(f"the floor did not write what the shop writes: {left.since(shape.leaves.times(orders))}")
        stage.drop(name)


async def _rows(stage: Stage, name: str) -> Rows:
    async with stage.opened(name) as db:
        return await db.read(rows)


@contextmanager
def _statements() -> Iterator[Counter[str]]:
    """Counts every statement that is sent, over all connections."""
    said: Counter[str] = Counter()

    def count(*_: Any) -> None:
        said["statements"] += 1

    event.listen(Engine, "before_cursor_execute", count)
    try:
        yield said
    finally:
        event.remove(Engine, "before_cursor_execute", count)


@contextmanager
def _commits() -> Iterator[Counter[str]]:
    """Counts the durable commits: SQLite's writer makes its own."""
    made: Counter[str] = Counter()
    by_hand = WriteConnection.commit

    def count(*_: Any) -> None:
        made["commits"] += 1

    def counted(self: WriteConnection) -> None:
        count()
        by_hand(self)

    event.listen(Engine, "commit", count)
    WriteConnection.commit = counted
    try:
        yield made
    finally:
        WriteConnection.commit = by_hand
        event.remove(Engine, "commit", count)


PROOF = Proof(
    name="bench",
    claim="A whole order costs no more than a small multiple of writing its rows, and never goes wrong.",
    sizes={
        "tiny": {"orders": 20, "orders_alone": 3, "judged": 0},
        "ci": {"orders": 500, "orders_alone": 100, "judged": 1},
        "release": {"orders": 1500, "orders_alone": 300, "judged": 1},
    },
    plays=play,
)
