"""A file of codes comes on sale through the chat while buyers buy: how long it takes, what it holds up, what it eats.

    python -m proofs restock --size release      100,000 codes

By the real jobs and stores; only the chat that the file is fetched from, and the one that staff are told in, lie in
this process.
"""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from core import batches, catalog, checkout, customers, hiring, restock
from core.checkout import Merchant
from core.ground.db import Database, Tx
from core.ground.messages import Spoken, Words
from core.shop import Shop
from jobs.runner import Runner
from proofs.proof import Broken, Proof, Run
from proofs.shop import RULES, add_product, holds, premises, stocked

BUYERS = "buyers"
WITHIN = 60.0  # seconds, for 100,000 codes; fewer in proportion, and five to begin
PATIENCE = 300.0
MERCHANT = Merchant("sandbox", "proof", "test")


class Chat:
    """Where the file lies, and where staff are told how it stands."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.told: asyncio.Queue[Spoken] = asyncio.Queue()
        self.changes = 0

    async def fetch(self, reference: str) -> bytes:
        return self.content

    async def send(self, address: str, message: Spoken) -> str:
        told = message.source.paragraphs[0]
        if isinstance(told, Words) and told.key == "restock-going":
            self.changes += 1
        else:
            self.told.put_nowait(message)
        return "1"


def plays(run: Run) -> Mapping[str, Any]:
    return {store: asyncio.run(_on(run, store)) for store in run.stores}


async def _on(run: Run, store: str) -> Mapping[str, Any]:
    many = run.size["codes"]
    run.progress(f"{store}: {many:,} codes from a file")
    with premises(run, store, durable=True) as place:
        async with place.opened() as db:
            await stocked(db, "steady", run.size[BUYERS])
            chat = Chat("".join(f"CODE-{number:07}----PIN{number:07}\n" for number in range(many)).encode())
            shop = Shop(db, RULES, "http://shop.example", {}, {"proof": chat.send}, files={"proof": chat})
            by = await db.write(_hired)
            runner = Runner(shop, {}, timetable=())
            working = asyncio.create_task(runner.run())
            try:
                async with asyncio.timeout(PATIENCE):
                    figures = await _restocked(run, db, chat, by, many)
            finally:
                runner.stop()
                await working
            await holds(db, **figures)
    return _judged(figures, many)


def _hired(tx: Tx) -> str:
    person = customers.meet(tx, "proof", "chen", "Chen", "en", None)
    add_product(tx, "filled")
    hiring.enter(tx, hiring.invite(tx, "Chen"), person.id)
    return person.id


async def _restocked(run: Run, db: Database, chat: Chat, by: str, many: int) -> dict[str, Any]:
    alone = await _waits(db, "alone", 20)
    before = _memory()
    waits: list[float] = []
    buying = asyncio.create_task(_buys(db, run.size[BUYERS] - 20, waits))
    began, used = time.monotonic(), time.process_time()
    product = await db.read(catalog.product, "filled")
    batch = await db.write(restock.by_file, product, by, "stock.txt", "file", request_key="proof")
    await chat.told.get()
    read = time.monotonic()
    await db.write(restock.put_on_sale, batch, by)
    await chat.told.get()
    ended = time.monotonic()
    buying.cancel()
    with suppress(asyncio.CancelledError):
        await buying
    there = await db.read(batches.in_batch, batch)
    if there != {"available": many}:
        raise Broken(f"of {many} codes there are {there}")
    waits.sort()
    return {
        "codes": many,
        "reading_s": round(read - began, 1),
        "putting_in_s": round(ended - read, 1),
        "whole_s": round(ended - began, 1),
        "cpu_s": round(time.process_time() - used, 1),  # buyers included
        "sales_meanwhile": len(waits),
        "sale_alone_median_ms": round(sorted(alone)[len(alone) // 2] * 1000, 1),
        "sale_median_ms": round(waits[len(waits) // 2] * 1000, 1) if waits else None,
        "sale_p99_ms": round(waits[int(len(waits) * 0.99)] * 1000, 1) if waits else None,
        "sale_longest_ms": round(waits[-1] * 1000, 1) if waits else None,
        "card_changes": chat.changes,
        "memory_grew_mb": round(_memory() - before, 1),
    }


def _memory() -> float:
    """The most this process has ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def _waits(db: Database, name: str, many: int) -> list[float]:
    return [await _sale(db, f"{name}-{number}") for number in range(many)]


async def _sale(db: Database, name: str) -> float:
    """How long an order waits to be placed."""
    person = await db.write(customers.meet, "proof", name, "", "en", None)
    began = time.monotonic()
    await db.write(checkout.place, person, "steady", 1, MERCHANT, {}, name)
    return time.monotonic() - began


async def _buys(db: Database, most: int, waits: list[float]) -> None:
    for number in range(most):
        waits.append(await _sale(db, f"buyer-{number}"))
        await asyncio.sleep(0.02)


def _judged(figures: dict[str, Any], many: int) -> dict[str, Any]:
    most = 5.0 + WITHIN * many / 100_000
    if figures["whole_s"] > most:
        raise Broken(f"it took {figures['whole_s']} s, more than {most:.0f}", **figures)
    if not figures["sales_meanwhile"]:
        raise Broken("nothing was sold meanwhile", **figures)
    return figures


PROOF = Proof(
    "restock",
    "A file of 100,000 codes is on sale within a minute, and sales go on meanwhile.",
    {
        "tiny": {"codes": 1_000, BUYERS: 200},
        "ci": {"codes": 20_000, BUYERS: 2_000},
        "release": {"codes": 100_000, BUYERS: 5_000},
    },
    plays,
)
