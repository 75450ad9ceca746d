"""Canaries that come over from an old shop: codes of its stock, and what it delivered, read by a buyer and by staff.

By the command, from files that are gone afterwards; what the command says and its report stay, to be searched.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

import oldshops
from core import reveals
from doubles import old_files
from mika import import_command
from mika.import_command import Told
from mika.wiring import House
from proofs import shop
from proofs.canary_buyers import Buyers
from proofs.canary_desk import CHEN, Desk
from proofs.proof import Broken
from web import once

NUMBER, PASSWORD = "OLDCANARY0000001", "look it up"
BUYER = "old-lin"


async def moved_in(house: House, folder: Path, made: Sequence[str], buyers: Buyers, desk: Desk) -> None:
    """The first are codes of its stock, the last stand in what it delivered. Raises Broken if it didn't come about."""
    *stock, one, other = made
    delivered = "\n".join([one, *(f"{one} {n}" for n in range(60)), other])
    said: list[str] = []
    with tempfile.TemporaryDirectory(prefix="mika-old-shop-") as there:
        _written(Path(there), stock, delivered)
        old = await asyncio.to_thread(oldshops.open, "csv", there, acknowledged=True)
        told = Told("csv", there, yes=True, open=True)
        if await import_command.moved_in(house.shop, old, told, folder / "moving-in.md", said.append):
            raise Broken("the old shop did not come over")
    (folder / "moving-in.said").write_text("\n".join(said))
    await buyers.says(BUYER, "old order", NUMBER, PASSWORD, "oldone 1 2")
    await desk.says(f"find {NUMBER}", f"reveal old {NUMBER}", f"is it {other}?", "Show it here")
    await desk.says(f"reveal old {NUMBER}", f"or {one}?", "One-time page")
    await _came_about(house, len(stock))
    page = await shop.count(house.shop.db, "SELECT MAX(id) FROM reveals WHERE on_page")
    token = await house.shop.db.read(reveals.link, page, CHEN)
    looked, _ = await house.shop.db.write(once._look, token.reveal() if token else "")
    if looked.codes[0].fields[0][1].reveal() != delivered:
        raise Broken("the page did not show what was delivered")


def _written(there: Path, stock: Sequence[str], delivered: str) -> None:
    old_files.write(there, "products.csv", [("1", "Canaries", "Old canary", "1.00")])
    old_files.write(there, "codes.csv", [(f"c{n}", "1", code, "unsold") for n, code in enumerate(stock)])
    order = (NUMBER, "Old canary x 2", "2", "2.00", "2024-05-01 20:30", "1", delivered, PASSWORD, "old@example.com")
    old_files.write(there, "orders.csv", [order])
    old_files.write(there, "members.csv", [])


async def _came_about(house: House, stock: int) -> None:
    db = house.shop.db
    for what, sql, least in (
        ("codes that came over", "SELECT COUNT(*) FROM moved WHERE kind = 'code'", stock),
        ("readers of old orders", "SELECT COUNT(*) FROM old_order_readers", 1),
        ("looks of staff", "SELECT COUNT(*) FROM reveals WHERE old_order_id IS NOT NULL", 2),
    ):
        if (many := await shop.count(db, sql)) < least:
            raise Broken(f"{what}: {many}, and not {least}")
