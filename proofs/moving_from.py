"""The old shops of the proof of moving in: real databases, or where there is no MariaDB a folder of CSV files."""

from __future__ import annotations

import hashlib
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import oldshops
from core.ground.vault import Secret
from core.old_shops import OldShop
from doubles import mariadb, old_files, old_sales, old_shops
from doubles.mariadb import READER, MariaDB
from proofs.proof import Run

SHOPS = {"dujiaoka 2.0.6": "dujiaoka", "acg-faka 3.6.0": "acg-faka"}


class Old(ABC):
    """An old shop. `holds`: codes it may still sell, orders, orders_total, products, categories, members, credit."""

    def __init__(self, shop: str, kind: str, source: str, holds: dict[str, int]) -> None:
        self.shop, self.kind, self.source, self.holds = shop, kind, source, holds

    def opened(self) -> OldShop:
        return opened(self.kind, self.source)

    def sells(self, many: int) -> list[str]:
        """So many codes are sold there, an order each: these."""
        sold = self._sells(many)
        self.holds["codes"] -= len(sold)
        self.holds["orders"] += len(sold)
        self.holds["orders_total"] += sum(old_shops.price(product) for product, _ in sold)
        return [text for _, text in sold]

    @abstractmethod
    def _sells(self, many: int) -> list[tuple[int, str]]: ...

    @abstractmethod
    def checksum(self) -> str:
        """Of everything in it."""


class InDatabase(Old):
    server: MariaDB

    @property
    def database(self) -> str:
        return self.kind.replace("-", "_")

    def _sells(self, many: int) -> list[tuple[int, str]]:
        connection = self.server.connect(self.database)
        try:
            return old_sales.sell(connection, self.shop, many)
        finally:
            connection.close()

    def checksum(self) -> str:
        connection = self.server.connect(self.database)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SHOW TABLES")
                tables = ", ".join(f"`{name}`" for (name,) in cursor.fetchall())
                cursor.execute(f"CHECKSUM TABLE {tables}")
                return repr(cursor.fetchall())
        finally:
            connection.close()


class InFiles(Old):
    def _sells(self, many: int) -> list[tuple[int, str]]:
        return old_sales.sell_from_files(Path(self.source), many)

    def checksum(self) -> str:
        files = sorted(Path(self.source).iterdir())
        return " ".join(f"{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()}" for file in files)


def opened(kind: str, source: str) -> OldShop:
    return oldshops.open(kind, source, password=Secret(READER), acknowledged=True)


@contextmanager
def grown(run: Run) -> Iterator[list[Old]]:
    """Old shops of the run's size."""
    size = {"codes": run.size["codes"], "orders": run.size["orders"]}
    if not mariadb.is_here():
        run.progress(mariadb.MISSING)
        with tempfile.TemporaryDirectory(prefix="mika-old-shop-") as folder:  # not among the files of the new one
            yield [InFiles("csv", "csv", folder, old_files.grow(Path(folder), seed=run.seed, **size))]
        return
    with MariaDB() as server:
        yield [_in_database(run, server, nth, shop, size) for nth, shop in enumerate(SHOPS)]


def _in_database(run: Run, server: MariaDB, nth: int, shop: str, size: dict[str, int]) -> Old:
    """Each with codes of its own."""
    run.progress(f"{shop}: growing")
    kind = SHOPS[shop]
    database = kind.replace("-", "_")
    source = server.create(database)
    connection = server.connect(database)
    try:
        made = InDatabase(shop, kind, source, old_shops.grow(connection, shop, seed=run.seed + nth, **size))
    finally:
        connection.close()
    made.server = server
    return made
