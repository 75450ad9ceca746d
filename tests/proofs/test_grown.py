"""A shop that is grown at once is as one that sold all of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core import inventory, orders, reconcile
from core.ground import audit
from core.ground.db import Database, Tx
from core.ground.vault import KeyRing, Vault
from doubles.postgres import Postgres
from migrations import upgrade
from proofs.benching.buying import Buying
from proofs.benching.rows import Rows, rows
from proofs.benching.stage import Stage
from proofs.grown import PRODUCTS, grow
from proofs.shop import RULES

FORGOTTEN = ("presses",)  # within days


def said(what: str, done: int, of: int) -> None:
    assert 0 < done <= of, what


@pytest.mark.parametrize("store", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def test_it_holds_every_invariant_and_goes_on_selling(
    store: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    db = await empty(store, tmp_path, request)
    try:
        await grow(db, codes=900, orders=300, seed=7, progress=said)

        assert await db.read(reconcile.check) == []
        counts = await db.read(rows)
        assert (counts.counts["codes"], counts.counts["orders"]) == (900, 300)
        assert counts.counts[("orders", "delivered")] > 200
        assert counts.counts[("codes", "granted")] == counts.counts["grants"]
        assert await db.read(audit.loose) == 0

        await grow(db, codes=24, orders=0, seed=8, progress=said)  # its numbers go on
        assert await db.read(reconcile.check) == []
    finally:
        await db.close()


async def test_where_codes_run_out_orders_are_called_off(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    db = await empty("sqlite", tmp_path, request)
    try:
        await grow(db, codes=PRODUCTS, orders=100, seed=7, progress=said)

        assert await db.read(reconcile.check) == []
        assert await db.read(granted) <= PRODUCTS
    finally:
        await db.close()


async def test_the_same_seed_grows_the_same_orders(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    found = []
    for name in ("one", "other"):
        (folder := tmp_path / name).mkdir()
        db = await empty("sqlite", folder, request)
        await grow(db, codes=60, orders=30, seed=3, progress=said)
        found.append(await db.read(lambda tx: tx.all(select(orders.orders))))
        await db.close()

    assert found[0] == found[1]


async def test_an_order_leaves_what_a_real_one_leaves(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    assert await of_one(tmp_path, request) == await asyncio.to_thread(asyncio.run, of_a_real_one(tmp_path))


async def of_one(folder: Path, request: pytest.FixtureRequest) -> Rows:
    """What one order of one code leaves, beside the stock it is of."""
    for seed in range(1, 20):
        (place := folder / f"seed {seed}").mkdir()
        db = await empty("sqlite", place, request)
        await grow(db, codes=120, orders=1, seed=seed, progress=said)
        counts = await db.read(rows)
        await db.close()
        if counts.counts.get(("codes", "granted")) == 1:
            return without_goods(counts)
    raise AssertionError("none of the seeds sells one code")


async def of_a_real_one(folder: Path) -> Rows:
    stage = await asyncio.to_thread(Stage, folder, "sqlite", 10, None)
    async with stage.opened(stage.copy()) as db:
        before = await db.read(rows)
        await Buying(db, jobs=False).buy(stage.people[0])
        return without_goods((await db.read(rows)).since(before))


def without_goods(counted: Rows) -> Rows:
    """Neither the goods nor the buyers, who were there before the real one."""
    goods = {"categories", "brands", "products", "prices", "batches", "codes", "customers", "people", *FORGOTTEN}
    of = {name: many for name, many in counted.counts.items() if many and name != "schema_fits"}  # a migration's row
    return Rows(
        {name: many for name, many in of.items() if (name[0] if isinstance(name, tuple) else name) not in goods}
    )


def granted(tx: Tx) -> int:
    return tx.value(select(func.count()).select_from(inventory.grants))


async def empty(store: str, folder: Path, request: pytest.FixtureRequest) -> Database:
    url = f"sqlite+aiosqlite:///{folder}/grown.db"
    if store == "postgresql":
        server: Postgres = request.getfixturevalue("postgres_server")
        server.drop("grown")
        url = server.create("grown")
    await asyncio.to_thread(upgrade, url)
    return await Database.open(url, vault=Vault(KeyRing.fresh()), rules=RULES)
