"""A file of stock is fetched from the chat it was sent in and read into a draft, sealed as it is read."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterator
from io import BytesIO
from itertools import islice

from core import batches, drafts, inventory, restock, stock_files, uploads
from core.batches import BatchGone
from core.drafts import Report
from core.ground import points
from core.ground.db import Tx
from core.ground.errors import PartyError
from core.ground.outbox import OutboxRow
from core.pasted import PastedCode
from core.shop import Shop
from core.stock_files import BadFile
from jobs import pieces
from jobs.ending import carried_out, nothing, put_off

AT_ONCE = 5 * drafts.PIECE  # codes looked up and sealed in one go, some 20 ms
STRETCH = 30.0  # seconds of reading, below a lease; then the row is taken up again, by whoever has a hand free


async def intake(shop: Shop, row: OutboxRow) -> None:
    """A repeat goes on behind what is in the draft already. Told is whoever sent it."""
    batch, by = row.payload["batch"], row.payload["by"]
    if (await shop.db.read(batches.batch, batch)).state != "draft":
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
    if found is None:
        return await shop.db.write(put_off, row, "it goes on", pieces.AT_ONCE, nothing)
    await shop.db.write(carried_out, row, _read, batch, found, by, row.payload["reference"])


def _read(tx: Tx, batch: int, found: Report, by: str, reference: str) -> None:
    restock.read(tx, batch, found, by)
    if upload := uploads.of(reference):
        uploads.erase(tx, upload)


async def read(shop: Shop, batch: int, content: bytes, name: str) -> Report | None:
    """The file's codes go into the draft, as many as fit in memory at once being a thousand. Raises BadFile.

    None where it takes longer than a stretch. What is in the draft is only counted again: that takes no look into the
    shop, and no sealing.
    """
    began, told = time.monotonic(), Report()
    codes = _codes(content, name, told)
    place, told.known = await shop.db.read(drafts.kept, batch)
    await asyncio.to_thread(_skip, codes, place)
    while chunk := await asyncio.to_thread(list, islice(codes, AT_ONCE)):
        known = await shop.db.read(inventory.known, chunk)
        await shop.db.write(drafts.keep, batch, place, chunk, known)
        told.known += known
        place += len(chunk)
        if time.monotonic() - began > STRETCH:
            return None
    return told


def _skip(codes: Iterator[PastedCode], many: int) -> None:
    deque(islice(codes, many), maxlen=0)


def _codes(content: bytes, name: str, told: Report) -> Iterator[PastedCode]:
    for line in stock_files.read(BytesIO(content), name):
        code = told.take(line)
        if told.codes > drafts.MOST:
            raise BadFile("codes", most=drafts.MOST)
        if code:
            yield code
