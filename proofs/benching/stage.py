"""The stage: a shop's database with so many buyers and so many codes, made once and copied for each measurement."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from core import batches, catalog, catalog_changes, customers, pasted
from core.customers import Person
from core.ground.db import Database, Tx
from core.ground.rules import Rules
from core.ground.vault import KeyRing, Vault
from doubles.postgres import Postgres
from migrations import upgrade

CHAT = "bench"
SLUG = "card"
CHUNK = 500
LATE = 4  # buyers more than codes


class Stage:
    """Every measurement of a store begins on a fresh copy of the same rows, by the same keys."""

    def __init__(self, folder: Path, store: str, codes: int, server: Postgres | None) -> None:
        self.store = store
        self.server = server
        self.codes = codes
        self.folder = folder
        self._vault = Vault(KeyRing.fresh())
        self._copies = 0
        self._template = self._url("template")
        if server:
            server.create("template")
        upgrade(self._template)
        self.people: Sequence[Person] = asyncio.run(self._fill())
        if server:
            server.sql("template", "VACUUM (FREEZE, ANALYZE)")

    def copy(self) -> str:
        """A fresh database; returns its name."""
        self._copies += 1
        name = f"copy{self._copies}"
        if self.server:
            self.server.create(name, template="template")
        else:
            shutil.copy(self.file("template"), self.file(name))
        return name

    def drop(self, name: str) -> None:
        if self.server:
            self.server.drop(name)
        else:
            for file in self.folder.glob(f"{name}.db*"):
                file.unlink()

    def file(self, name: str) -> Path:
        """Where SQLite keeps it."""
        return self.folder / f"{name}.db"

    @asynccontextmanager
    async def opened(self, name: str) -> AsyncIterator[Database]:
        db = await Database.open(self._url(name), vault=self._vault, rules=Rules())
        try:
            yield db
        finally:
            await db.close()

    def _url(self, name: str) -> str:
        return self.server.url(name) if self.server else f"sqlite+aiosqlite:///{self.file(name)}"

    async def _fill(self) -> Sequence[Person]:
        async with self.opened("template") as db:
            await db.write(_put_on_sale)
            batch = await db.write(_open_batch)
            for start in range(0, self.codes, CHUNK):
                await db.write(_stock, batch, range(start, min(start + CHUNK, self.codes)))
            await db.write(batches.finish_import, batch)
            people = []
            for start in range(0, self.codes + LATE, CHUNK):
                people += await db.write(_meet, range(start, min(start + CHUNK, self.codes + LATE)))
            return people


def _put_on_sale(tx: Tx) -> None:
    category = catalog_changes.add_category(tx, "cards", {"en": "Cards"}, 1)
    brand = catalog_changes.add_brand(tx, "brand", category, {"en": "Brand"}, 1)
    name = {"en": "Card $20", "zh-CN": "卡 20 美元", "ru": "Карта 20 $"}
    words = {"region": "us", "face_value": "$20", "noun": "code", "measure": "zhang"}
    catalog_changes.add_product(tx, brand, {"CNY": {1: 10000}}, slug=SLUG, names=name, kind="unique", **words)


def _open_batch(tx: Tx) -> int:
    return batches.open_batch(tx, catalog.product(tx, SLUG), "made up", "bench")


def _stock(tx: Tx, batch: int, numbers: range) -> None:
    made = [f"BENCH-{number:07}-CODE" for number in numbers]
    batches.add(tx, catalog.product(tx, SLUG), batch, pasted.read(made).codes)


def _meet(tx: Tx, numbers: range) -> list[Person]:
    return [customers.meet(tx, CHAT, f"b{number:07}", "Lin", "zh-CN", None) for number in numbers]
