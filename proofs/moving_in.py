"""Shops move in from a database of dujiaoka's and of acg-faka's, are killed in the middle, and come over once.

    python -m proofs moving_in --size release      100,000 codes and 10,000 orders of each shop

By the real readers, over a real MariaDB (where there is none, from a folder of CSV, and the figures say so); each run
is a process of its own, and the first ones are killed at a commit. Then the old shop sells some, and a further run
takes those out. Afterwards: counts and sums are equal, one run more changes no row, no code stands anywhere as it is,
the old shop is what it was, what comes on sale is what was not sold there, and who bought meanwhile waited no longer
than they would have.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from core import checkout, customers, inventory, moving_in, old_credit, old_orders
from core.checkout import Merchant
from core.ground import points
from core.ground.columns import metadata
from core.ground.db import Database, Tx
from core.ground.vault import Secret
from core.moving_in import Ways
from core.old_shops import OldCode
from core.shop import Shop
from doubles import mariadb
from mika import moving
from proofs.moving_from import Old, grown, opened
from proofs.proof import Broken, Proof, Run
from proofs.shop import RULES, Premises, count, holds, premises, stocked

MERCHANT = Merchant("sandbox", "proof", "test")
LONGEST = 50.0  # milliseconds of work by which a chunk may hold a writer up that all share, 99 times of 100
CHUNKS = (moving_in.codes, moving_in.gone, moving_in.orders)
PAUSE = 0.02  # seconds between two purchases
LEAST = 3  # codes that the old shop sells between two runs; else one in HUNDRED of them
HUNDRED = 100


@dataclass
class Watched:
    """A database that says how long a chunk took: by the clock, and on its thread's processor alone."""

    db: Database
    clock: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)

    async def write(self, fn: Callable[..., Any], /, *args: Any) -> Any:
        return await (self.db.write(self._timed, fn, *args) if fn in CHUNKS else self.db.write(fn, *args))

    async def read(self, fn: Callable[..., Any], /, *args: Any) -> Any:
        return await self.db.read(fn, *args)

    def _timed(self, tx: Tx, fn: Callable[..., Any], *args: Any) -> Any:
        began, worked = time.perf_counter(), time.thread_time()
        try:
            return fn(tx, *args)
        finally:
            self.clock.append((time.perf_counter() - began) * 1000)
            self.work.append((time.thread_time() - worked) * 1000)


def plays(run: Run) -> Mapping[str, Any]:
    with grown(run) as olds:
        source = "MariaDB" if mariadb.is_here() else f"CSV alone: {mariadb.MISSING}"
        return {"source": source, **{store: _on(run, store, olds) for store in run.stores}}


def _on(run: Run, store: str, olds: list[Old]) -> Mapping[str, Any]:
    with premises(run, store, durable=True) as place:
        figures: dict[str, Any] = {"kills": _killed(run, place, olds)}
        for old in olds:
            run.progress(f"{store}: {old.shop} moves in")
            figures[old.shop] = asyncio.run(_moved(run, place, old))
        figures |= asyncio.run(_looked_over(run, place, olds))
    return figures


def _killed(run: Run, place: Premises, olds: list[Old]) -> int:
    """Runs that end by SIGKILL at some commit; returns how many did."""
    dice, died = run.dice("kills"), 0
    for old in olds:
        before = old.checksum()
        for nth in (1, dice.randrange(20, 20 + run.size["codes"] // 200)):
            run.progress(f"{place.store}: {old.shop} is killed at commit {nth}")
            told = {"MIKA_CRASH_AT": f"{dice.choice(('before', 'after'))} proof.commit:{nth}"}
            command = (sys.executable, "-m", "proofs.moving_in", place.url, str(place.keys), place.store)
            ended = subprocess.run(
                [*command, old.kind, old.source], env=os.environ | told, capture_output=True, text=True
            )
            died += ended.returncode == -9
            if ended.returncode not in (0, -9):
                raise Broken(f"a run ended by itself: {ended.stderr[-400:]}")
        if old.checksum() != before:
            raise Broken(f"{old.shop}: a run that was killed has changed the old shop")
    if not died:
        raise Broken("no run was killed")
    return died


async def bring(db: Any, kind: str, source: str) -> moving.Came:
    """All of it, as the command does it."""
    old = opened(kind, source)
    try:
        shop = Shop(db, RULES, "http://shop.example", {}, {})
        return await moving.bring(shop, old, moving.scope(old, None), Ways({}, {}))
    finally:
        old.close()


async def _moved(run: Run, place: Premises, old: Old) -> Mapping[str, Any]:
    """To its end, while somebody buys something else; again after the old shop has sold some; then once more."""
    async with place.opened() as db:
        name, watched = f"steady-{old.kind}", Watched(db)
        await stocked(db, name, 300)
        alone = await _waits(db, name, f"{old.kind} alone", 20)
        began = time.monotonic()
        going = asyncio.create_task(bring(watched, old.kind, old.source))
        meanwhile = await _waits_until(db, name, old.kind, going)
        came, seconds = await going, time.monotonic() - began
        sold = old.sells(max(LEAST, run.size["codes"] // HUNDRED))
        before_it = old.checksum()
        await _taken_out(db, old, sold)
        before = await everything(db)
        again = await bring(db, old.kind, old.source)
        if await everything(db) != before or again.all_codes()["new"] or again.orders["new"]:
            raise Broken(f"{old.shop}: one run more changed something")
        await _equal(db, old, again)
        if old.checksum() != before_it:
            raise Broken(f"{old.shop}: the old shop was changed")
    return {
        "seconds": round(seconds, 1),
        "new in the last run": came.all_codes()["new"],
        "sold there meanwhile": len(sold),
        **old.holds,
        "buying alone, ms": alone,
        "buying meanwhile, ms": meanwhile,
        **_short_enough(place.store, watched),
    }


async def _taken_out(db: Database, old: Old, sold: list[str]) -> None:
    """The next run finds what was sold there since, and nobody can buy it here."""
    came = (await bring(db, old.kind, old.source)).all_codes()
    states = await db.read(_states, sold)
    if came["voided"] != len(sold) or set(states) != {"voided"} or len(states) != len(sold):
        raise Broken(f"{old.shop}: sold there, and still to be sold here", sold=len(sold), voided=came["voided"])


def _states(tx: Tx, texts: list[str]) -> list[str]:
    """In which states these codes are here."""
    found = []
    for text in texts:
        code = moving_in.code_of(OldCode("", "", Secret(text)), None)
        row = tx.one(
            select(inventory.codes.c.state).where(inventory.codes.c.fingerprint == tx.vault.fingerprint(code.normal()))
        )
        found.append(row.state)
    return found


def _short_enough(store: str, watched: Watched) -> Mapping[str, Any]:
    """How long the transactions of the chunks were. On SQLite all write by one thread: its work holds others up."""
    found = {"chunks": len(watched.clock), "chunk_ms_p99": _hundredth(watched.clock)}
    if store == "sqlite":
        found["chunk_work_ms_p99"] = _hundredth(watched.work)
        if found["chunk_work_ms_p99"] > LONGEST:
            raise Broken("a chunk of moving in holds sales up", **found)
    return found


def _hundredth(taken: list[float]) -> float:
    """What all but one in a hundred stay below."""
    return round(sorted(taken)[int(len(taken) * 0.99)], 1)


async def _equal(db: Database, old: Old, came: moving.Came) -> None:
    shop = old.opened()
    source = moving.source_of(shop)
    shop.close()
    about = {"source": source.digest, "shop": source.shop}
    codes = "SELECT COUNT(DISTINCT our_id) FROM moved WHERE kind = 'code' AND mark <> 'gone' AND source = :source "
    orders, total = await db.read(old_orders.sums, source)
    members, credit = await db.read(old_credit.sums, source)
    found = {
        "codes": await count(db, codes + "AND shop = :shop", **about),
        "orders": orders,
        "orders_total": total,
        "members": members,
        "credit": credit,
        "products": sum(came.products.values()),
        "categories": came.brands,
    }
    wrong = {name: (old.holds[name], here) for name, here in found.items() if old.holds[name] != here}
    if wrong:
        raise Broken(f"{old.shop}: there and here differ: {wrong}")


async def _looked_over(run: Run, place: Premises, olds: list[Old]) -> Mapping[str, Any]:
    """The books hold, nothing is on sale, and no code of the old shops stands anywhere as it is."""
    async with place.opened() as db:
        await holds(db)
        for old in olds:
            on_sale = "SELECT COUNT(*) FROM products p JOIN moved m ON m.our_id = p.id AND m.kind = 'product' "
            if await count(db, on_sale + "WHERE p.on_sale"):
                raise Broken("something is on sale before its owner has said so")
            canaries = _canaries(old)
            stored = await everything(db, whole=True)
            for canary in canaries:
                if canary in stored or any(canary.encode() in part for part in _files(run.folder)):
                    raise Broken(f"a code of {old.shop} stands somewhere as it is")
        codes, orders = "SELECT COUNT(*) FROM codes", "SELECT COUNT(*) FROM old_orders"
        figures = {"codes here": await count(db, codes), "orders here": await count(db, orders)}
        for old in olds:
            await _opened_up(db, old)
        await holds(db)
        return figures


async def _opened_up(db: Database, old: Old) -> None:
    """By the owner's word: what may be sold here is what the old shop has not sold."""
    shop = old.opened()
    try:
        await moving.open_up(Shop(db, RULES, "http://shop.example", {}, {}), shop, moving.scope(shop, None))
        source = moving.source_of(shop).digest
    finally:
        shop.close()
    for_sale = "SELECT COUNT(DISTINCT c.id) FROM codes c JOIN moved m ON m.our_id = c.id AND m.kind = 'code' "
    for_sale += "JOIN batches b ON b.id = c.batch_id WHERE c.state = 'available' AND b.state = 'live' "
    here = await count(db, for_sale + "AND m.source = :source", source=source)
    if here != old.holds["codes"]:
        raise Broken(f"{old.shop}: {old.holds['codes']} codes are to be sold, and {here} are on sale")


def _canaries(old: Old) -> list[str]:
    """Some of its codes, and some of what it delivered."""
    shop = old.opened()
    try:
        product = shop.products()[0].id
        codes = [each.text.reveal() for each, _ in zip(shop.codes(product), range(20), strict=False)]
        texts = [each.text.reveal().split("\n")[0] for each, _ in zip(shop.orders(), range(20), strict=False)]
        return [*codes, *texts]
    finally:
        shop.close()


def _files(folder: Path) -> Iterator[bytes]:
    for file in folder.rglob("*"):
        if file.is_file():
            yield file.read_bytes()


async def everything(db: Database, *, whole: bool = False) -> str:
    """A digest of every row of every table but for those that buying touches; or all of it as text."""

    def looked(tx: Tx) -> str:
        digest, texts = hashlib.sha256(), []
        for table in metadata.sorted_tables:
            for row in tx.all(select(table).order_by(*table.primary_key)):
                digest.update(repr(tuple(row)).encode())
                texts += [repr(tuple(row))] if whole else []
        return "\n".join(texts) if whole else digest.hexdigest()

    return await db.read(looked)


# Who buys meanwhile


async def _waits(db: Database, slug: str, who: str, many: int) -> Mapping[str, float]:
    return _told([await _buy(db, slug, f"{who} {n}") for n in range(many)])


async def _waits_until(db: Database, slug: str, who: str, going: asyncio.Task[Any]) -> Mapping[str, float]:
    waits: list[float] = []
    while not going.done() and len(waits) < 250:
        waits.append(await _buy(db, slug, f"{who} meanwhile {len(waits)}"))
        await asyncio.sleep(PAUSE)
    return _told(waits)


async def _buy(db: Database, slug: str, who: str) -> float:
    """Milliseconds that placing an order takes somebody."""
    person = await db.write(customers.meet, "proof", who, who, "en", None)
    began = time.monotonic()
    await db.write(checkout.place, person, slug, 1, MERCHANT, {}, f"order of {who}")
    return (time.monotonic() - began) * 1000


def _told(waits: list[float]) -> Mapping[str, float]:
    found = sorted(waits) or [0.0]
    half, nearly, most = (round(found[place], 1) for place in (len(found) // 2, int(len(found) * 0.95), -1))
    return {"half": half, "95%": nearly, "most": most, "many": len(waits)}


async def _in_a_process(url: str, keys: str, store: str, kind: str, source: str) -> None:
    """One run, which may be killed: each of its commits is a point."""
    async with Premises(store, url, Path(keys)).opened() as db:
        write = db.write

        async def writes(fn: Any, /, *args: Any, **kwargs: Any) -> Any:
            with points.around("proof.commit"):
                return await write(fn, *args, **kwargs)

        db.write = writes
        await bring(db, kind, source)


PROOF = Proof(
    name="moving_in",
    claim="A shop that moves in from dujiaoka or acg-faka, killed in the middle, comes over once, whole and sealed.",
    sizes={
        "tiny": {"codes": 300, "orders": 60},
        "ci": {"codes": 5_000, "orders": 500},
        "release": {"codes": 100_000, "orders": 10_000},
    },
    plays=plays,
    guards=("unremembered", "sales elsewhere"),
)

if __name__ == "__main__":
    asyncio.run(_in_a_process(*sys.argv[1:]))
