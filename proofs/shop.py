"""A shop for a proof: an empty one on either store, which any process can open; its goods, its buyers."""

from __future__ import annotations

import itertools
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import text

from core import batches, catalog, catalog_changes, pasted, reconcile
from core.catalog import Product
from core.ground.clock import Clock
from core.ground.db import Database, Tx
from core.ground.money import Money
from core.ground.rules import Rules
from core.ground.vault import KeyRing, Vault
from doubles.postgres import Postgres
from migrations import upgrade
from proofs.proof import Broken, Run

RULES = Rules(rehearsal=True, review_above=Money(50000, "CNY"))
# Rules of risk for proofs in which all pay from the same account, and are honest.
LETS_PASS = "[thresholds]\ndelay = 1000000\nreview = 1000000\nrefuse = 1000000\n"
PRICE = 10000  # minor units of CNY
CHUNK = 500  # codes put on sale in one transaction
numbers = itertools.count()


@dataclass(frozen=True)
class Premises:
    """Where a shop is: all that a process needs to open it. Can be handed to another process."""

    store: str  # "sqlite" or "postgresql"
    url: str
    keys: Path

    @asynccontextmanager
    async def opened(self, clock: Clock | None = None, rules: Rules = RULES) -> AsyncIterator[Database]:
        """The shop's database, in this process, for as long as the block lasts."""
        vault = Vault(KeyRing.load(self.keys))
        db = await Database.open(self.url, vault=vault, rules=rules, clock=clock)
        try:
            yield db
        finally:
            await db.close()


@contextmanager
def premises(run: Run, store: str, *, durable: bool = False) -> Iterator[Premises]:
    """A new shop without goods.

    SQLite: a file in the run's folder. PostgreSQL: a database on a server that this process starts once and keeps;
    `durable` is one that keeps its promises over a crash, else it is fast and in memory.
    """
    name = f"shop_{next(numbers)}"
    keys = run.folder / f"{name}.keys"
    KeyRing.fresh().save(keys)
    file = run.folder / f"{name}.db"
    url = f"sqlite+aiosqlite:///{file}" if store == "sqlite" else server(durable).create(name)
    upgrade(url)
    made = Premises(store, url, keys)
    try:
        yield made
    finally:
        if store == "postgresql":
            server(durable).drop(name)


@cache
def server(durable: bool) -> Postgres:
    """Ends with this process."""
    return Postgres(durable=durable)


def add_product(tx: Tx, slug: str, prices: dict[str, dict[int, int]] | None = None, **columns: Any) -> Product:
    """A product of its own brand, 100.00 CNY each unless told otherwise."""
    category = catalog_changes.add_category(tx, f"about-{slug}", {"en": "Cards"}, 1)
    brand = catalog_changes.add_brand(tx, slug, category, {"en": slug.title()}, 1)
    given = {
        "names": {"en": slug.title()},
        "region": "us",
        "face_value": "$20",
        "noun": "code",
        "measure": "zhang",
        "kind": "unique",
        "redeem_url": "https://redeem.example/now",
        **columns,
    }
    catalog_changes.add_product(tx, brand, prices or {"CNY": {1: PRICE}}, slug=slug, **given)
    return catalog.product(tx, slug)


async def stocked(db: Database, slug: str, many: int, **columns: Any) -> Product:
    """A new product with so many made-up codes on sale: SLUG-000000-CODE and so on, sold in that order."""
    product = await db.write(add_product, slug, **columns)
    batch = await db.write(batches.open_batch, product, f"made up for {slug}", "proof")
    for first in range(0, many, CHUNK):
        made = [f"{slug.upper()}-{number:06}-CODE" for number in range(first, min(first + CHUNK, many))]
        await db.write(batches.add, product, batch, pasted.read(made).codes)
    await db.write(batches.finish_import, batch)
    return product


async def drop(db: Database, statements: tuple[str, ...]) -> None:
    """Take guards out of the schema."""
    for statement in statements:
        await db.write(lambda tx, sql: tx.changed(text(sql)), statement)


async def ask(db: Database, sql: str, **params: Any) -> list[Any]:
    """The rows that raw SQL finds."""
    return await db.read(lambda tx: tx.all(text(sql), **params))


async def count(db: Database, sql: str, **params: Any) -> int:
    """The one number that raw SQL finds."""
    return (await ask(db, sql, **params))[0][0]


async def holds(db: Database, but: tuple[str, ...] = (), **figures: Any) -> None:
    """Every invariant, the long ones too, but for those named. Raises Broken with the figures."""
    found = [finding for finding in await db.read(reconcile.check) if finding.check.id not in but]
    if found:
        raise Broken("; ".join(str(finding) for finding in found), **figures)


@contextmanager
def hushed() -> Iterator[None]:
    """Nothing is logged: a proof has the shop meet more trouble than anyone wants to read."""
    before, level = structlog.get_config(), logging.root.manager.disable
    quiet = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=quiet, logger_factory=structlog.ReturnLoggerFactory())
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        structlog.configure(**before)
        logging.disable(level)
