"""Making the files people take out: read page by page, so that no sale waits, and passed on as they are read."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path

from stream_zip import ZIP_64, async_stream_zip

from core import books, customers, exports, tables
from core.books import Books
from core.exports import Export, Kind
from core.ground.db import Tx
from core.ground.messages import Codes, Message, words
from core.ground.words import Hearer
from core.pasted import PastedCode
from core.shop import Shop
from core.tables import Row
from web.cells import MARK, Book, as_csv

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}
PIECE = 64 * 1024  # bytes
Pages = AsyncIterator[list[Row]]


def name_of(export: Export) -> str:
    """ "orders-2026-11-26.csv": plain letters, whatever the language."""
    about = export.about.get("month") or f"{export.asked_at:%Y-%m-%d}"
    return f"{export.kind}-{about}.{export.format}"


async def made(shop: Shop, export: Export) -> AsyncIterator[bytes]:
    """The file, piece by piece. How many rows it had is written down at its end."""
    if export.kind is Kind.CODES:
        pieces = _encrypted(shop, export)
    elif export.format == "csv":
        pieces = _csv(shop, export)
    else:
        pieces = _xlsx(shop, export)
    async for piece in pieces:
        yield piece


async def _csv(shop: Shop, export: Export) -> AsyncIterator[bytes]:
    head, pages = await _content(shop, export)
    yield (MARK.encode()) + as_csv([head])
    many = 0
    async for rows in pages:
        many += len(rows)
        yield as_csv(rows)
    await shop.db.write(exports.counted, export.id, many)


async def _xlsx(shop: Shop, export: Export) -> AsyncIterator[bytes]:
    """Its parts can only be put together when all is there: until then it lies in a folder of ours."""
    head, pages = await _content(shop, export)
    with tempfile.TemporaryDirectory(prefix="mika-") as folder:
        path, many = Path(folder) / "made.xlsx", 0
        book = await asyncio.to_thread(Book, path, head)
        async for rows in pages:
            many += len(rows)
            await asyncio.to_thread(book.add, rows)
        await asyncio.to_thread(book.close)
        with path.open("rb") as file:
            while piece := await asyncio.to_thread(file.read, PIECE):
                yield piece
    await shop.db.write(exports.counted, export.id, many)


async def _content(shop: Shop, export: Export) -> tuple[Row, Pages]:
    to = await shop.db.read(_hearer, export.person)
    if export.kind in (Kind.BOOKS, Kind.ACCOUNTS):
        columns = books.DAILY if export.kind is Kind.BOOKS else books.BALANCES
        return tables.headed(columns, to), _booked(shop, export, to)
    table = tables.TABLES[export.kind]
    return tables.headed(table.columns, to), _read(shop, table.page, to)


def _hearer(tx: Tx, person: str) -> Hearer:
    """Times in a file are the shop's own."""
    return Hearer(customers.person(tx, person).locale, tx.now, tx.rules.zone)


async def _read(shop: Shop, page: tables.Pager, to: Hearer) -> Pages:
    after: int | None = 0
    while after is not None:
        rows, after = await shop.db.read(page, to, after)
        yield rows


async def _booked(shop: Shop, export: Export, to: Hearer) -> Pages:
    month = await shop.db.read(books.month, export.about["month"])
    whole = Books(month, shop.rules)
    adding: list[Callable[[Tx, books.Month, int], tuple[Books, int | None]]] = [books.of_entries]
    if export.kind is Kind.BOOKS:
        adding.append(books.of_costs)
    for add in adding:
        after: int | None = 0
        while after is not None:
            part, after = await shop.db.read(add, month, after)
            whole += part
    yield whole.daily(to) if export.kind is Kind.BOOKS else whole.accounts()


# Codes


async def _encrypted(shop: Shop, export: Export) -> AsyncIterator[bytes]:
    """A zip that common programs open with the passphrase (AES-256, as WinZip has it): codes as they were imported."""
    phrase = await shop.db.read(exports.passphrase, export)
    name = f"{export.about.get('number') or export.about.get('slug')}.txt"

    async def files() -> AsyncIterator[tuple[str, datetime, int, object, AsyncIterator[bytes]]]:
        yield name, export.asked_at, 0o600, ZIP_64, _lines(shop, export)

    async for piece in async_stream_zip(files(), password=phrase.reveal()):  # type: ignore[arg-type]
        yield piece


async def _lines(shop: Shop, export: Export) -> AsyncIterator[bytes]:
    """One code a line, as `mika stock import` reads it. What left for an order is in the journal before it leaves."""
    after: int | None = 0
    many = 0
    while after is not None:
        found, leaving, after = await shop.db.read(exports.codes, export, after, many)
        if leaving:
            await shop.handing_over(_naming(leaving))
        many += len(found)
        yield "".join(f"{_line(code)}\n" for code in found).encode()
    await shop.db.write(exports.counted, export.id, many)


def _naming(codes: Codes) -> Message:
    return Message(words("browser-codes", codes=codes))


def _line(code: PastedCode) -> str:
    fields = [" ".join(secret.reveal().split()) for _, secret in code.fields]
    return "----".join([*fields, code.expires_on.isoformat()] if code.expires_on else fields)
