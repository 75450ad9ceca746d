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
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection

from core import inventory, ledger
from core.customers import Person
from core.ground import inbox
from core.ground.db import Tx
from core.ground.stores.connection import WriteConnection
from core.ground.stores.prepared import Preparer
from doubles.postgres import Postgres
from proofs.benching import floor
from proofs.benching.buying import Buying
from proofs.benching.counters import COUNTERS, counters
from proofs.benching.rows import Rows, rows
from proofs.benching.stage import Stage
from proofs.benching.written import Pattern, Recorder, pattern
from proofs.guards import guard, replaced
from proofs.proof import Broken, Figures, Proof, Run

AT_ONCE = (1, 20, 100)
TARGETS = {"sqlite": 0.25, "postgresql": 0.4}  # of the floor, each number of buyers at a time


@dataclass(frozen=True)
class Load:
    """So many orders, so many at a time, so often: `warm` orders before the clock starts, as statements compile once.

    The rounds of what is compared take turns: a machine that is busy with something else is so for all.
    """

    orders: int
    at_once: int
    warm: int
    rounds: int


@dataclass(frozen=True)
class Measured:
    seconds: float
    cpu: float  # seconds of this process
    commits: int
    counts: Mapping[str, int]
    failed: Mapping[str, int]


def play(run: Run) -> Figures:
    figures: dict[str, Any] = {}
    counts: Counter[str] = Counter(dict.fromkeys(COUNTERS, 0))
    short = []
    for store in run.stores:
        with ExitStack() as open_till_the_end:
            server = open_till_the_end.enter_context(Postgres(durable=True)) if store == "postgresql" else None
            run.progress(f"{store}: setting the stage")
            levels = [at_once for at_once in AT_ONCE if at_once <= run.size["at_once"]]
            stage = Stage(run.folder, store, run.size["warm"] + most(run, levels[-1]), server)
            found = figures[store] = asyncio.run(facts(stage))
            shape = found.pop("pattern")
            for at_once in levels:
                orders = most(run, at_once)
                line = found[f"{at_once} at a time"] = _level(
                    stage, shape, Load(orders, at_once, run.size["warm"], run.size["rounds"]), counts
                )
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


async def facts(stage: Stage) -> dict[str, Any]:
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


def _level(stage: Stage, shape: Pattern, load: Load, counts: Counter[str]) -> dict[str, Any]:
    measured: dict[bool, list[Measured]] = {False: [], True: []}
    bare: list[float] = []
    for _ in range(load.rounds):
        for jobs, found in measured.items():
            found.append(asyncio.run(_measured(stage, shape.leaves, load, jobs=jobs)))
            counts.update(found[-1].counts)
            counts.update(found[-1].failed)
        commits = measured[False][-1].commits / load.orders
        bare.append(min(floors(stage, shape, load.orders, load.at_once, commits)))
    orders = load.rounds * load.orders
    core, runner, floored = (orders / seconds for seconds in (*map(_seconds, measured.values()), sum(bare)))
    return {
        "core": round(core, 1),
        "runner": round(runner, 1),
        "floor": round(floored, 1),
        "of the floor": round(core / floored, 3),
        "runner of the floor": round(runner / floored, 3),
        "ms CPU": round(sum(one.cpu for one in measured[False]) / orders * 1000, 2),
        "commits": round(sum(one.commits for one in measured[False]) / orders, 2),
    }


def _seconds(measured: list[Measured]) -> float:
    return sum(one.seconds for one in measured)


async def _measured(stage: Stage, leaves: Rows, load: Load, *, jobs: bool) -> Measured:
    name, people = stage.copy(), stage.people
    every = load.warm + load.orders
    async with stage.opened(name) as db:
        buying = Buying(db, jobs=jobs)
        before = await db.read(rows)
        await buying.all_buy(people[: load.warm], load.at_once)
        with _commits() as made:
            began, cpu = time.perf_counter(), time.process_time()
            await buying.all_buy(people[load.warm : every], load.at_once)
            seconds, spent = time.perf_counter() - began, time.process_time() - cpu
        left = (await db.read(rows)).since(before)
        if every == stage.codes:
            await buying.come_too_late(people[every:])
        counts = Counter(await db.read(counters))
        if left != leaves.times(every):
            counts["orders not as the recorded one"] += 1
    stage.drop(name)
    return Measured(seconds, spent, made["commits"], counts, buying.failed)


def floors(stage: Stage, shape: Pattern, orders: int, at_once: int, commits: float) -> Iterator[float]:
    """Seconds, for every way to write it by bare SQL: the fastest counts. Raises Broken if it writes something else."""
    for prepared in (False, True) if stage.server else (False,):
        name = stage.copy()
        before = asyncio.run(_rows(stage, name))
        if stage.server:
            yield orders / floor.pgbench(stage.server, name, stage.folder, shape, orders, at_once, prepared=prepared)
        else:
            yield orders / floor.sqlite(stage.file(name), shape, orders, at_once, len(shape.transactions) / commits)
        left = asyncio.run(_rows(stage, name)).since(before)
        if left != shape.leaves.times(orders):
            raise Broken(f"the floor did not write what the shop writes: {left.since(shape.leaves.times(orders))}")
        stage.drop(name)


async def _rows(stage: Stage, name: str) -> Rows:
    async with stage.opened(name) as db:
        return await db.read(rows)


@contextmanager
def _statements() -> Iterator[Counter[str]]:
    """Counts what is asked of the database by transactions."""
    said: Counter[str] = Counter()

    def counted(send: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any) -> Any:
            said["statements"] += 1
            return send(*args)

        return wrapped

    with (
        replaced(Preparer, "_execute", counted(Preparer._execute)),
        replaced(Tx, "_run", counted(Tx._run)),
    ):
        yield said


@contextmanager
def _commits() -> Iterator[Counter[str]]:
    """Counts the durable commits: SQLite's writer makes its own."""
    made: Counter[str] = Counter()

    def counted(commit: Callable[[Any], None]) -> Callable[[Any], None]:
        def wrapped(connection: Any) -> None:
            made["commits"] += 1
            commit(connection)

        return wrapped

    with (
        replaced(WriteConnection, "commit", counted(WriteConnection.commit)),
        replaced(Connection, "commit", counted(Connection.commit)),
    ):
        yield made


@guard("notices-once")
def _every_notice_counts() -> Iterator[None]:
    """A notice that was stored before is stored again, and money that was written down before once more."""
    store, receive = inbox.store, ledger.receive

    def stored(tx: Tx, source: str, external_id: str, body: str, **facts: Any) -> bool:
        return store(tx, source, external_id, body, **facts) or store(tx, source, f"{external_id} 2", body, **facts)

    def received(tx: Tx, rail: str, account: str, transaction: str, *facts: Any, **more: Any) -> Any:
        first = receive(tx, rail, account, transaction, *facts, **more)
        return first or receive(tx, rail, account, f"{transaction} 2", *facts, **more)

    with replaced(inbox, "store", stored), replaced(ledger, "receive", received):
        yield


@guard("set-aside")
def _sold_without_stock() -> Iterator[None]:
    """An order is taken although there is no code for it."""
    reserve = inventory.reserve

    def reserved(*facts: Any) -> None:
        with suppress(inventory.OutOfStock):
            reserve(*facts)

    with replaced(inventory, "reserve", reserved):
        yield


PROOF = Proof(
    name="bench",
    claim="A whole order costs no more than a small multiple of writing its rows, and never goes wrong.",
    sizes={
        "tiny": {"orders": 20, "orders_alone": 3, "at_once": 20, "rounds": 1, "warm": 2, "judged": 0},
        "ci": {"orders": 100, "orders_alone": 20, "at_once": 100, "rounds": 2, "warm": 20, "judged": 1},
        "release": {"orders": 300, "orders_alone": 60, "at_once": 100, "rounds": 2, "warm": 20, "judged": 1},
    },
    plays=play,
    guards=("notices-once", "set-aside"),
)
