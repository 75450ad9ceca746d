"""A file of stock is fetched from the chat it was sent in and read into a draft, sealed as it is read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from io import BytesIO
from itertools import islice

from core import drafts, inventory, restock, stock_files, uploads
from core.drafts import Report
from core.ground import points
from core.ground.db import Tx
from core.ground.errors import PartyError
from core.ground.outbox import OutboxRow
from core.inventory import BatchGone
from core.pasted import PastedCode
from core.shop import Shop
from core.stock_files import BadFile
from jobs.ending import carried_out, nothing

AT_ONCE = 5 * drafts.PIECE  # codes looked up and sealed in one go, some 20 ms


async def intake(shop: Shop, row: OutboxRow) -> None:
    """A repeat reads the file again: what is in the draft already stays. Told is whoever sent it."""
    batch, by = row.payload["batch"], row.payload["by"]
    if (await shop.db.read(inventory.batch, batch)).state != "draft":
        return await shop.db.write(carried_out, row, nothing)
    try:
        with points.around("fetch"):
            content = await shop.files[row.via or ""].fetch(row.payload["reference"])
        found = await read(shop, batch, content, row.payload["name"])
    except PartyError as error:
        if not error.permanent:
            raise
        return await shop.db.write(carried_out, row, restock.refuse, batch, by, "gone")
    except BadFile as bad:
        return await shop.db.write(carried_out, row, restock.refuse, batch, by, bad.why, **bad.facts)
    except BatchGone:  # thrown away while it was read
        return await shop.db.write(carried_out, row, nothing)
    await shop.db.write(carried_out, row, _read, batch, found, by, row.payload["reference"])


def _read(tx: Tx, batch: int, found: Report, by: str, reference: str) -> None:
    restock.read(tx, batch, found, by)
    if upload := uploads.of(reference):
        uploads.erase(tx, upload)


async def read(shop: Shop, batch: int, content: bytes, name: str) -> Report:
    """The file's codes go into the draft, as many as fit in memory at once being a thousand. Raises BadFile."""
    told = Report()
    codes = _codes(content, name, told)
    place = 0
    while chunk := await asyncio.to_thread(list, islice(codes, AT_ONCE)):
        told.known += await shop.db.read(inventory.known, chunk)
        await shop.db.write(drafts.keep, batch, place, chunk)
        place += len(chunk)
    return told


def _codes(content: bytes, name: str, told: Report) -> Iterator[PastedCode]:
    for line in stock_files.read(BytesIO(content), name):
        code = told.take(line)
        if told.codes > drafts.MOST:
            raise BadFile("codes", most=drafts.MOST)
        if code:
            yield code
