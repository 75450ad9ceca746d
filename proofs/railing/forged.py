"""Forged notices at the shop's own hook: none may change anything, be thanked for by mistake, or break the shop."""

from __future__ import annotations

import hashlib
import time
from collections import Counter as Tally
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from proofs import shop
from proofs.proof import Broken, Figures, Run
from proofs.railing.counter import Counter, counter
from proofs.railing.mutations import on_its_way
from proofs.railing.provider import Forgery, Provider
from proofs.railing.sales import Heard, Sale, each, pays, places, tell
from proofs.shop import Premises

ORDERS = 6  # the first is paid, the last will be when all is over
CHUNK = 200  # forgeries between two times that the shop carries out what it has let in
STATE = (
    "SELECT * FROM orders ORDER BY id",
    "SELECT * FROM units ORDER BY id",
    "SELECT * FROM payments ORDER BY id",
    "SELECT * FROM receipts ORDER BY id",
    "SELECT * FROM refunds ORDER BY id",
    "SELECT * FROM entries ORDER BY id",
    "SELECT * FROM codes ORDER BY id",
    "SELECT * FROM grants ORDER BY 1",
    "SELECT * FROM reservations ORDER BY 1",
    "SELECT * FROM order_events ORDER BY id",
    "SELECT effect_key FROM outbox WHERE kind IN ('weigh', 'deliver', 'refund', 'close', 'buy') ORDER BY id",
)


@dataclass
class Brought:
    """What came of the forgeries."""

    many: int = 0
    answers: Tally[int] = field(default_factory=Tally)
    ways: Tally[str] = field(default_factory=Tally)
    thanked: Tally[str] = field(default_factory=Tally)  # what passed and may
    wrong: Tally[str] = field(default_factory=Tally)  # what passed and may not


async def forged(run: Run, place: Premises, kind: type[Provider]) -> Figures:
    """So many of them about orders that are paid, and orders that are not."""
    async with counter(run, place, kind) as at:
        what = [Sale(number, "paid", at.provider.address(number)) for number in range(ORDERS)]
        await shop.stocked(at.db, "plenty", ORDERS, prices=kind.prices)
        async with at.at_work():
            await each(what, lambda sale: places(at, sale))
            await at.has_heard()
        await paid(at, what[0], 1)
        before, came, began = await state(at), Brought(), time.monotonic()
        making = forgeries(at, what, run.dice(kind.name, "forgeries"))
        while came.many < run.size["forged"]:
            some = [next(making) for _ in range(min(CHUNK, run.size["forged"] - came.many))]
            await bring(at, some, came)
            await at.runner.drain()
            run.progress(f"{place.store}, {kind.name}: forgeries", came.many, run.size["forged"])
        for _ in range(3):  # what was let in is looked at again
            at.clock.forward(timedelta(seconds=4))
            await at.runner.drain()
        changed = [sql for sql, one in (await state(at)).items() if one != before[sql]]
        figures = {
            "forged": came.many,
            "ways": len(came.ways),
            "answers": {str(status): many for status, many in sorted(came.answers.items())},
            "answers_of_5xx": sum(many for status, many in came.answers.items() if status >= 500),
            "passed_that_may": sum(came.thanked.values()),
            "passed_that_may_not": sum(came.wrong.values()),
            "state_changes": len(changed),
            "per_second": round(came.many / (time.monotonic() - began)),
        }
        if changed:
            raise Broken(f"forged notices have changed what is found by {changed[0]!r}", **figures)
        if came.wrong or figures["answers_of_5xx"]:
            raise Broken(f"these passed, or broke the shop: {dict(came.wrong)}", **figures)
        await paid(at, what[-1], 2)  # a shop that refuses everything is no proof
        await shop.holds(at.db)
        return figures


async def paid(at: Counter, sale: Sale, receipts: int) -> None:
    """A true notice, and it has led to what it says."""
    await pays(at, sale)
    heard = Heard()
    await tell(at, sale, heard, 0)
    await at.calms_down(timedelta(seconds=1), 5)
    found = await shop.count(at.db, "SELECT COUNT(*) FROM receipts")
    if heard.wrong or found != receipts or len(at.codes(sale.address)) != 1:
        raise Broken(f"a true notice was not taken: {heard.wrong}, {found} receipts, {at.codes(sale.address)}")


def forgeries(at: Counter, what: list[Sale], dice: Random) -> Iterator[Forgery]:
    """Without end: every way in turn, each time about another unpaid order."""
    while True:
        unpaid = dice.choice(what[1:-1])
        yield from at.provider.forged(what[0].key, unpaid.key, dice)
        yield from on_its_way(at.provider, what[0].key, dice)


async def bring(at: Counter, some: list[Forgery], came: Brought) -> None:
    async def one(forgery: Forgery) -> None:
        answer = await at.brought(forgery.told)
        status = answer.status_code if answer is not None else 413
        came.many += 1
        came.answers[status] += 1
        came.ways[forgery.what] += 1
        if 200 <= status < 300:
            (came.thanked if forgery.may_pass else came.wrong)[forgery.what] += 1
        elif status >= 500:
            came.wrong[f"{forgery.what}: {status}"] += 1

    await each(some, one)


async def state(at: Counter) -> dict[str, str]:
    """All that matters, one word for each table."""
    return {sql: hashlib.sha256(repr(plain(await shop.ask(at.db, sql))).encode()).hexdigest() for sql in STATE}


def plain(rows: list[Any]) -> list[list[Any]]:
    return [[bytes(one) if isinstance(one, memoryview) else one for one in row] for row in rows]
