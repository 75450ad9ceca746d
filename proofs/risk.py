"""How long it takes to say of an order whether it may go out, with few and with very many orders of before.

    python -m proofs risk --size release      beside 10^6 of them

Measured is what stands between a paid order that has been read and its verdict: gathering the facts and hearing the
rules. The orders are drawn from the newest, so that all of the past lies behind them; one of ten is of somebody with
hundreds of orders.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from core import orders, risk, risk_facts
from core.ground.db import Database, Tx
from core.risk import Policy, Trail
from core.risk_rules import RULES
from proofs import shop
from proofs.benching import history
from proofs.guards import guard, replaced
from proofs.proof import Broken, Figures, Proof, Run
from proofs.shop import add_product, premises

FEW = "few"
MANY = "many"
ROUNDS = 3  # the calmest counts: what else the machine does is no matter of the shop's
GROWTH = 3.0  # so many times as long the middle verdict may take beside the many orders


class Schema:
    """What is taken out of it before it is measured."""

    dropped: tuple[str, ...] = ()


def policy() -> Policy:
    """All of the shop's rules."""
    return Policy(RULES, 30, 60, 90, timedelta(minutes=30))


def plays(run: Run) -> Figures:
    figures: dict[str, Any] = {}
    for store in run.stores:
        few, many = (asyncio.run(_beside(run, store, run.size[size])) for size in (FEW, MANY))
        grown = round(many["p50_ms"] / few["p50_ms"], 2)
        figures[store] = {f"{run.size[FEW]:,} orders": few, f"{run.size[MANY]:,} orders": many, "p50 grows": grown}
        run.progress(f"{store}: {figures[store]}")
        if grown > GROWTH:
            raise Broken(f"{store}: the middle verdict takes {grown} times as long", **figures)
        if many["p99_ms"] > run.size["most_ms"]:
            raise Broken(f"{store}: p99 {many['p99_ms']} ms, more than {run.size['most_ms']}", **figures)
    return figures


async def _beside(run: Run, store: str, past: int) -> Mapping[str, Any]:
    """Verdicts beside so many orders of before."""
    with premises(run, store, durable=False) as place:
        async with place.opened() as db:
            product = await db.write(add_product, "card")
        began = time.monotonic()
        history.seed(place.url, shop.server(False) if store == "postgresql" else None, product, past)
        run.progress(f"{store}: {past:,} orders made up in {time.monotonic() - began:.0f} s")
        async with place.opened() as db:
            await shop.drop(db, Schema.dropped)
            return await _measured(run, db, past)


async def _measured(run: Run, db: Database, past: int) -> Mapping[str, Any]:
    dice, rules = run.dice("verdicts", past), policy()
    newest = range(past - past // 20, past)
    warm = run.size["warm"]
    drawn = [dice.choice(newest) for _ in range(warm + run.size["verdicts"])]
    for number in drawn[:warm]:
        await db.write(_verdict, number, rules)
    rounds = [await _round(db, drawn[warm:], rules) for _ in range(ROUNDS)]
    return min(rounds, key=lambda found: found["p99_ms"])


async def _round(db: Database, drawn: Sequence[int], rules: Policy) -> dict[str, Any]:
    taken = [await db.write(_verdict, number, rules) for number in drawn]
    seconds, cpu, seen = (sorted(each) for each in zip(*taken, strict=True))
    return {
        "p50_ms": _share(seconds, 0.5),
        "p99_ms": _share(seconds, 0.99),
        "longest_ms": _share(seconds, 1),
        "p99_cpu_ms": _share(cpu, 0.99),  # of this process: on PostgreSQL the server's comes to it
        "orders seen, middle and most": [seen[len(seen) // 2], seen[-1]],
    }


def _verdict(tx: Tx, order_id: int, rules: Policy) -> tuple[float, float, int]:
    """Seconds it took, of the clock and of the processor; and how many orders of before it looked at."""
    order = orders.get(tx, order_id)
    began, used = time.perf_counter(), time.process_time()
    facts = risk_facts.gather(tx, order)
    risk.assess(facts, rules)
    seconds, cpu = time.perf_counter() - began, time.process_time() - used
    return seconds, cpu, len({past.order for trail in Trail for past in facts.trail(trail) or ()})


def _share(seconds: Sequence[float], share: float) -> float:
    return round(seconds[max(math.ceil(len(seconds) * share) - 1, 0)] * 1000, 3)


@guard("marks-indexed")
def _gone_through() -> Iterator[None]:
    """Trails are looked for from end to end."""
    with replaced(Schema, "dropped", ("DROP INDEX ix_marks_trail",)):
        yield


PROOF = Proof(
    name="risk",
    claim="A verdict takes 5 ms at most (p99) beside 10^6 orders of before, and hardly longer than beside 10^3.",
    # `warm` verdicts before the clock starts: statements compile once, and PostgreSQL settles on a plan.
    sizes={  # what is judged at the smaller sizes is that it doesn't grow: the machine may be anything
        "tiny": {FEW: 200, MANY: 5_000, "warm": 20, "verdicts": 50, "most_ms": 500},
        "ci": {FEW: 1_000, MANY: 50_000, "warm": 200, "verdicts": 500, "most_ms": 50},
        "release": {FEW: 1_000, MANY: 1_000_000, "warm": 200, "verdicts": 2_000, "most_ms": 5},
    },
    plays=plays,
    guards=("marks-indexed",),
)
