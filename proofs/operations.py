"""Random operations, every invariant checked: shop after shop, each a market of its own, on both stores.

About logic, not about disks, crashes or races: one writer, nothing durable (proofs/stall.py). After each operation the
orders and codes it spoke of are looked at; every LOOK operations, and at the end, every invariant there is; and at the
end of each shop every order is over, and the books agree with what the outside world knows, to the cent.

Shop number k of seed s is the first shop of seed s + k: whatever breaks is seen again at once with that seed.
"""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from doubles.postgres import Postgres
from migrations import upgrade
from proofs import (
    aftermath,  # noqa: F401  they add what may happen
    doubting,  # noqa: F401
    habits,
)
from proofs.happenings import HAPPENINGS
from proofs.holding import OVER, Violation
from proofs.market import Market
from proofs.proof import Broken, Figures, Proof, Run
from proofs.stall import Stall, on_postgresql, on_sqlite, template

SHOP = {"sqlite": 1000, "postgresql": 500}  # operations before a shop closes and the next one opens
LOOK = 250
COVERED = 10_000  # from so many operations on, everything that may happen must have
PROCESSES = 2

NAMES = tuple(HAPPENINGS)
CUMULATED = list(itertools.accumulate(happening.often for happening in HAPPENINGS.values()))


@dataclass
class Tally:
    """What happened in one shop, or in many."""

    operations: int = 0
    refused: int = 0
    cpu: float = 0.0  # seconds
    happened: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)

    def __iadd__(self, other: Tally) -> Tally:
        self.operations += other.operations
        self.refused += other.refused
        self.cpu += other.cpu
        self.happened += other.happened
        self.ends += other.ends
        return self


def shop(stall: Stall, seed: int, operations: int) -> Tally:
    """One market from its opening to its end. Raises Violation."""
    began = time.process_time()
    dice = random.Random(seed)
    market = Market(stall, seed, dice)
    done = 0
    while done < operations:
        (name,) = dice.choices(NAMES, cum_weights=CUMULATED)
        if not market.happens(name, HAPPENINGS[name].does):
            continue
        done += 1
        if done % LOOK == 0:
            market.holds()
    happened, refused = market.happened.copy(), market.refused.total()
    ends = market.ends()
    return Tally(done, refused, time.process_time() - began, happened, ends)


def shops(stall: Stall, seeds: range, operations: int, tell: Callable[[Tally | str], None]) -> None:
    """One after the other, each told of. Ends with the first that breaks, told of by its text."""
    for seed in seeds:
        try:
            tell(shop(stall, seed, operations))
        except Violation as violation:
            again = f"python -m proofs operations --store {stall.name} --size tiny --seed {seed}"
            tell(f"{violation}\n  again: {again}")
            return


def play(run: Run) -> Figures:
    return {store: _on(store, run) for store in run.stores}


def _on(store: str, run: Run) -> dict[str, Any]:
    length = SHOP[store]
    many = run.size[store] // length
    seeds = range(run.seed, run.seed + many)
    began, total = time.monotonic(), Tally()
    for told in _played(store, run, seeds, length):
        if isinstance(told, str):
            raise Broken(f"{store}: {told}", operations=total.operations)
        total += told
        run.progress(f"operations on {store}", total.operations, many * length)
    missing = [name for name in NAMES if not total.happened[name]] + [end for end in OVER if not total.ends[end]]
    if total.operations >= COVERED and missing:
        raise Broken(f"{store}: never happened: {', '.join(missing)}")
    return {
        "operations": total.operations,
        "violations": 0,
        "refused": total.refused,
        "per_second": round(total.operations / (time.monotonic() - began)),
        "per_cpu_second": round(total.operations / total.cpu),
        "shops": many,
        "happened": dict(total.happened.most_common()),
        "ends": dict(total.ends.most_common()),
    }


def _played(store: str, run: Run, seeds: range, length: int) -> Iterator[Tally | str]:
    """The shops' tallies as they close: played here if there is one, else by a process for each core."""
    with places(store, run.folder, PROCESSES) as place:
        if len(seeds) == 1:
            told: list[Tally | str] = []
            place(0)(shops, seeds, length, told.append)
            yield from told
            return
        here = multiprocessing.get_context("fork")  # a guard that is off here is off there
        queue = here.Queue()
        count = min(PROCESSES, len(seeds), os.cpu_count() or 1)
        parts = [seeds[number::count] for number in range(count)]
        working = [
            here.Process(target=place(number), args=(shops, part, length, queue.put), daemon=True)
            for number, part in enumerate(parts)
        ]
        for process in working:
            process.start()
        try:
            for _ in seeds:
                while queue.empty() and all(process.is_alive() or process.exitcode == 0 for process in working):
                    time.sleep(0.01)
                yield queue.get(timeout=1)
        finally:
            for process in working:
                process.terminate()
                process.join()


@contextlib.contextmanager
def places(store: str, folder: Path, many: int) -> Iterator[Callable[[int], Callable[..., None]]]:
    """Where the process of that number plays: `place(number)(fn, ...)` calls fn with a stall of its own."""
    if store == "sqlite":
        file = template(folder)
        yield lambda number: lambda *asked: on_sqlite(file, *asked)
        return
    with Postgres() as server:
        urls = [server.create(f"market{number}") for number in range(many)]
        for url in urls:
            upgrade(url)
        yield lambda number: lambda *asked: on_postgresql(urls[number], *asked)


PROOF = Proof(
    name="operations",
    claim="Whatever happens to orders: every invariant holds after each operation, and each order ends.",
    sizes={
        "tiny": SHOP,
        "ci": {"sqlite": 100_000, "postgresql": 10_000},
        "release": {"sqlite": 1_000_000, "postgresql": 100_000},
    },
    plays=play,
    guards=habits.NAMES,
)
