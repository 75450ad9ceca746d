"""Shops move in from a database of dujiaoka's and of acg-faka's, are killed in the middle, and come over once.

    python -m proofs moving_in --size release      100,000 codes and 10,000 orders of each shop

By the real readers, over a real MariaDB; each run is a process of its own, and the first ones are killed at a commit.
Afterwards: counts and sums are equal, a further run changes no row, no code stands anywhere as it is, the old database
is what it was, and who bought meanwhile waited no longer than they would have.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

import oldshops
from core import checkout, customers, old_credit, old_orders
from core.checkout import Merchant
from core.ground import points
from core.ground.columns import metadata
from core.ground.db import Database, Tx
from core.ground.vault import Secret
from core.moving_in import Ways
from core.shop import Shop
from doubles import mariadb, old_shops
from doubles.mariadb import READER, MariaDB
from mika import moving
from proofs.proof import Broken, Proof, Run
from proofs.shop import RULES, Premises, count, holds, premises, stocked

SHOPS = {"dujiaoka 2.0.6": "dujiaoka", "acg-faka 3.6.0": "acg-faka"}
MERCHANT = Merchant("sandbox", "proof", "test")
LONGEST = 50.0  # milliseconds that a transaction of the import may hold others up
PAUSE = 0.02  # seconds between two purchases
UNSEALED = ("SELECT COUNT(*) FROM codes", "SELECT COUNT(*) FROM old_orders")


@dataclass(frozen=True)
class Old:
    """A database of an old shop, and what stands in it."""

    shop: str
    kind: str
    source: str
    holds: Mapping[str, int]


def plays(run: Run) -> Mapping[str, Any]:
    if not mariadb.is_here():
        run.progress(mariadb.MISSING)
        return {"skipped": mariadb.MISSING}
    with grown(run) as (server, olds):
        return {store: _on(run, store, server, olds) for store in run.stores}


@contextmanager
def grown(run: Run) -> Iterator[tuple[MariaDB, list[Old]]]:
    """Old shops of the run's size."""
    with MariaDB() as server:
        made = []
        for shop, kind in SHOPS.items():
            if kind not in oldshops.SHOPS:
                continue
            name = kind.replace("-", "_")
            source = server.create(name)
            connection = server.connect(name)
            run.progress(f"{shop}: growing")
            holds = old_shops.grow(connection, shop, codes=run.size["codes"], orders=run.size["orders"], seed=run.seed)
            connection.close()
            made.append(Old(shop, kind, source, holds))
        yield server, made


def _on(run: Run, store: str, server: MariaDB, olds: list[Old]) -> Mapping[str, Any]:
    before = {old.shop: checksum(server, old) for old in olds}
    with premises(run, store, durable=True) as place:
        figures: dict[str, Any] = {"kills": _killed(run, place, olds)}
        for old in olds:
            run.progress(f"{store}: {old.shop} moves in")
            figures[old.shop] = asyncio.run(_moved(place, old))
        figures |= asyncio.run(_looked_over(run, place, olds))
    if {old.shop: checksum(server, old) for old in olds} != before:
        raise Broken("the old database was changed", **figures)
    return figures


def _killed(run: Run, place: Premises, olds: list[Old]) -> int:
    """Runs that end by SIGKILL at some commit; returns how many did."""
    dice, died = run.dice("kills"), 0
    for old in olds:
        for nth in (1, 2, dice.randrange(20, 20 + run.size["codes"] // 200)):
            told = {"MIKA_CRASH_AT": f"{dice.choice(('before', 'after'))} proof.commit:{nth}"}
            command = (sys.executable, "-m", "proofs.moving_in", place.url, str(place.keys), place.store)
            ended = subprocess.run(
                [*command, old.kind, old.source], env=os.environ | told, capture_output=True, text=True
            )
            died += ended.returncode == -9
            if ended.returncode not in (0, -9):
                raise Broken(f"a run ended by itself: {ended.stderr[-400:]}")
    if not died:
        raise Broken("no run was killed")
    return died


def opened(old_kind: str, source: str) -> Any:
    return oldshops.open(old_kind, source, password=Secret(READER), acknowledged=True)


async def bring(db: Database, kind: str, source: str) -> moving.Came:
    """All of it, as the command does it."""
    old = opened(kind, source)
    try:
        shop = Shop(db, RULES, "http://shop.example", {}, {})
        return await moving.bring(shop, old, moving.scope(old, None), Ways({}, {}))
    finally:
        old.close()


async def _moved(place: Premises, old: Old) -> Mapping[str, Any]:
    """To its end, while somebody buys something else; then once more."""
    async with place.opened() as db:
        name = f"steady-{old.kind}"
        await stocked(db, name, 300)
        alone = await _waits(db, name, f"{old.kind} alone", 20)
        began = time.monotonic()
        going = asyncio.create_task(bring(db, old.kind, old.source))
        meanwhile = await _waits_until(db, name, old.kind, going)
        came, seconds = await going, time.monotonic() - began
        before = await everything(db)
        again = await bring(db, old.kind, old.source)
        if await everything(db) != before or again.all_codes()["new"] or again.orders["new"]:
            raise Broken(f"{old.shop}: a second run changed something")
        await _equal(db, old, again)
    return {
        "seconds": round(seconds, 1),
        "new in the last run": came.all_codes()["new"],
        "codes": old.holds["codes"],
        "orders": old.holds["orders"],
        "buying alone, ms": alone,
        "buying meanwhile, ms": meanwhile,
    }


async def _equal(db: Database, old: Old, came: moving.Came) -> None:
    shop = opened(old.kind, old.source)
    source = moving.source_of(shop)
    shop.close()
    about = {"source": source.digest, "shop": source.shop}
    codes = "SELECT COUNT(DISTINCT our_id) FROM moved WHERE kind = 'code' AND source = :source AND shop = :shop"
    orders, total = await db.read(old_orders.sums, source)
    members, credit = await db.read(old_credit.sums, source)
    found = {
        "codes": await count(db, codes, **about),
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
        return {"codes here": await count(db, UNSEALED[0]), "orders here": await count(db, UNSEALED[1])}


def _canaries(old: Old) -> list[str]:
    """Some of its codes, and some of what it delivered."""
    shop = opened(old.kind, old.source)
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


def checksum(server: MariaDB, old: Old) -> str:
    connection = server.connect(old.kind.replace("-", "_"))
    try:
        with connection.cursor() as cursor:
            cursor.execute("SHOW TABLES")
            tables = ", ".join(f"`{name}`" for (name,) in cursor.fetchall())
            cursor.execute(f"CHECKSUM TABLE {tables}")
            return repr(cursor.fetchall())
    finally:
        connection.close()


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
    guards=("unremembered",),
)

if __name__ == "__main__":
    asyncio.run(_in_a_process(*sys.argv[1:]))
