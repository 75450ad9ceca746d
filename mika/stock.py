"""`mika stock`: a file of codes comes on sale, all of it at once; and what there is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from sqlalchemy import bindparam, select

from core import batches, catalog, inventory
from core.catalog import Product, StockKind
from core.ground import audit
from core.ground.db import Tx
from core.pasted import PastedCode
from core.shop import Shop
from mika import stock_files

CHUNK = 250  # codes a transaction, some 25 ms: no sale waits longer than that
BY_FILE = select(inventory.batches.c.id, inventory.batches.c.state).where(
    inventory.batches.c.product_id == bindparam("product"),
    inventory.batches.c.source.like(bindparam("ends_with")),
    inventory.batches.c.state.in_(("importing", "live")),
)
UNFINISHED = (
    select(catalog.products.c.slug, inventory.batches.c.id, inventory.batches.c.source)
    .join(catalog.products)
    .where(inventory.batches.c.state == "importing")
)
Step = Callable[[int, int], None]  # lines done, lines in all


class NoStock(Exception):
    """The product is not sold from stock."""


@dataclass
class Looked:
    """What is in a file, line by line, without a single code."""

    lines: int = 0
    codes: int = 0
    blank: int = 0  # headings too
    repeated: int = 0
    rejected: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class Imported:
    """What became of a file. `batch` is None for a dry run, and where there was nothing to import."""

    file: Looked
    new: int = 0
    known: int = 0
    batch: int | None = None
    before: bool = False  # this very file was imported to the end before


def look(path: Path) -> Looked:
    """Reads the whole file once. Raises BadFile."""
    found = Looked()
    for _ in _codes(path, found):
        found.codes += 1
    return found


def _codes(path: Path, told: Looked) -> Iterator[PastedCode]:
    """Every code of the file once, in its order."""
    seen: set[bytes] = set()
    for line in stock_files.read(path):
        told.lines = max(told.lines, line.number)
        if line.why:
            told.rejected.append((line.number, line.why))
        elif line.code is None:
            told.blank += 1
        else:
            digest = line.code.mark()
            if digest in seen:
                told.repeated += 1
                continue
            seen.add(digest)
            yield line.code


async def bring_in(
    shop: Shop,
    slug: str,
    path: Path,
    *,
    dry_run: bool = False,
    source: str = "",
    unit_cost: int | None = None,
    uses: int = 1,
    step: Step = lambda done, of: None,
) -> Imported:
    """Import a file, in small transactions; nothing of it is on sale before all of it is.

    Interrupted, the same file goes on where it stopped; imported to the end, it changes nothing.
    Raises BadFile, NoStock, UnknownProduct.
    """
    product = await shop.db.read(catalog.product, slug)
    if product.kind not in (StockKind.UNIQUE, StockKind.SHARED):
        raise NoStock(slug)
    made = Imported(look(path))
    if not made.file.codes:
        return made
    if dry_run:
        return await _tried(shop, path, made, step)
    mark = f"sha256:{_digest(path)}"
    begun = await shop.db.read(lambda tx: tx.first(BY_FILE, product=product.id, ends_with=f"%{mark}"))
    if begun and begun.state == "live":
        made.before, made.known, made.batch = True, made.file.codes, begun.id
        return made
    label = f"{(source or path.name)[:100]} {mark}"
    batch = begun.id if begun else await shop.db.write(_open, product, label, unit_cost)
    done = 0
    codes = _codes(path, Looked())
    while chunk := list(islice(codes, CHUNK)):
        await shop.db.write(batches.add, product, batch, chunk, max_uses=uses)
        done += len(chunk)
        step(done, made.file.codes)
    made.new = await shop.db.write(_finish, batch)
    made.known, made.batch = made.file.codes - made.new, batch
    return made


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:24]


async def _tried(shop: Shop, path: Path, made: Imported, step: Step) -> Imported:
    done = 0
    codes = _codes(path, Looked())
    while chunk := list(islice(codes, CHUNK)):
        made.known += await shop.db.read(inventory.known, chunk)
        done += len(chunk)
        step(done, made.file.codes)
    made.new = made.file.codes - made.known
    return made


def _open(tx: Tx, product: Product, source: str, unit_cost: int | None) -> int:
    return batches.open_batch(tx, product, source, "command line", unit_cost=unit_cost)


def _finish(tx: Tx, batch: int) -> int:
    added = batches.finish_import(tx, batch)
    audit.write(tx, "command line", "import", f"batch {batch}", count=added)
    return added


@dataclass(frozen=True)
class Shelf:
    """One product as `mika stock list` shows it."""

    product: Product
    price: str
    available: int
    counts: dict[str, int]


def on_shelves(tx: Tx) -> tuple[list[Shelf], list[tuple[str, int, str]]]:
    """Every product with what there is of it, and imports that were not finished (product, batch, source)."""
    counted = inventory.counts(tx)
    shelves = []
    for product in catalog.everything(tx):
        price = product.price(1, tx.rules.currency)
        free = inventory.available(tx, product)
        shelves.append(Shelf(product, price.plain() if price else "-", free, counted.get(product.id, {})))
    return shelves, [tuple(row) for row in tx.all(UNFINISHED)]
