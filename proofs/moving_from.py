"""The old shops that the proof of moving in plays with: real databases, or where there is no MariaDB a folder of CSV."""

from __future__ import annotations

import hashlib
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
    """An old shop, and what stands in it: codes, orders, orders_total, products, categories, members, credit."""

    def __init__(self, shop: str, kind: str, source: str, holds: dict[str, int]) -> None:
        self.shop, self.kind, self.source, self.holds = shop, kind, source, holds

    def opened(self) -> OldShop:
        return opened(self.kind, self.source)

    def sells(self, many: int) -> list[str]:
        """So many codes are sold there, an order each: these."""
        sold = self._sells(many)
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
def grown(run: Run, name: str) -> Iterator[list[Old]]:
    """Old shops of the run's size, each called after `name` for whoever plays several times."""
    size = {"codes": run.size["codes"], "orders": run.size["orders"], "seed": run.seed}
    if not mariadb.is_here():
        run.progress(mariadb.MISSING)
        folder = run.folder.with_name(f"{run.folder.name}-{name}")  # not among the files of the new shop
        folder.mkdir()
        yield [InFiles("csv", "csv", str(folder), old_files.grow(folder, **size))]
        return
    with MariaDB() as server:
        yield [_in_database(run, server, shop, kind, size) for shop, kind in SHOPS.items()]


def _in_database(run: Run, server: MariaDB, shop: str, kind: str, size: dict[str, int]) -> Old:
    run.progress(f"{shop}: growing")
    database = kind.replace("-", "_")
    source = server.create(database)
    connection = server.connect(database)
    try:
        made = InDatabase(shop, kind, source, old_shops.grow(connection, shop, **size))
    finally:
        connection.close()
    made.server = server
    return made
