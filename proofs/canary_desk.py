"""Canaries at the desk: what staff do with codes all day, and every file that people take out."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text

from bot.conversations.staff_export import OFFERED
from bot.said import File, Said
from core import catalogue, digests, documents, evidence, exports, reveals
from core.exports import FORMATS, Export
from core.ground import chatlog, inbox
from mika.wiring import House
from proofs import shop
from proofs.proof import Broken
from web import making, once

CHEN = "test:chen"


@dataclass
class Desk:
    """Chen, who works there, and the folder in which Chen keeps the files that are taken out."""

    house: House
    folder: Path
    sent: dict[str, bytes] = field(default_factory=dict)
    said: int = 0

    async def fetch(self, reference: str) -> bytes:
        """What Chen sent."""
        return self.sent[reference]

    async def says(self, *words: str, file: File | None = None) -> None:
        """One after the other, as if typed: a choice by its label."""
        db = self.house.shop.db
        for word in words:
            self.said += 1
            heard = Said("test", "chen", f"desk-{self.said}", word, None, "chen", "en", file=file)
            await db.write(inbox.store, "test", heard.key, heard.packed(), person=CHEN)
            await db.write(chatlog.append_theirs, CHEN, heard.key, heard.text)
            await self.house.runner.drain()

    async def keeps(self, export: int) -> None:
        """The file is fetched as by its link; what a spreadsheet packs is unpacked, or a search would see nothing."""
        db = self.house.shop.db
        token = await db.read(exports.link, export, CHEN)
        if token is None:
            raise Broken(f"export {export} could not be fetched")
        taken: Export = await db.write(exports.take, token.reveal())
        content = b"".join([piece async for piece in making.made(self.house.shop, taken)])
        self.keeps_as(f"{export}-{making.name_of(taken)}", content)

    def keeps_as(self, name: str, content: bytes) -> None:
        file = self.folder / name
        file.write_bytes(content)
        if name.endswith(".xlsx"):
            zipfile.ZipFile(file).extractall(self.folder / f"{name} unpacked")


async def at_the_desk(house: House, folder: Path, unsold: list[str], fresh: list[str]) -> None:
    """`unsold` are in stock, `fresh` come in by a file. Whatever Chen writes quotes a code, as people do."""
    desk, db, code = Desk(house, folder), house.shop.db, unsold[0]
    house.shop.files["test"] = desk
    (row,) = await shop.ask(db, "SELECT number FROM orders WHERE state = 'delivered' ORDER BY id LIMIT 1")
    await desk.says(f"note {row.number}", f"they say {code} was used before")
    await desk.says(f"ask {row.number}", f"Is it {code} that fails?")
    await desk.says("reply test:lin-1", f"try {code} again")
    await desk.says(f"reveal {row.number} 1", f"is it {code}?", "Show it here")
    await desk.says(f"reveal {row.number} 2", f"or {code}?", "One-time page")
    await desk.says(f"replace {row.number} 3 {code} is bad", "Replace it")
    await desk.says(f"find {code}", code)
    await desk.says("withdraw quarantine", "\n".join(unsold[1:4]), f"{code} was no good", "Take them out")
    await desk.says("withdraw void", code, f"{code} neither", "Void them")
    desk.sent["file 1"] = "\n".join(fresh).encode()
    await desk.says("restock canary")
    await desk.says("", file=File("stock.txt", len(desk.sent["file 1"]), "file 1"))
    await desk.says("Put on sale")
    await desk.says("export codes canary", f"to see where {code} is")
    await _comes_about(desk)
    await _fetches(desk, row.number)


async def _comes_about(desk: Desk) -> None:
    """Raises Broken where something was not done that is to be looked for."""
    db = desk.house.shop.db
    for what, sql, least in (
        ("notes", "SELECT COUNT(*) FROM notes", 3),
        ("reveals", "SELECT COUNT(*) FROM reveals", 2),
        ("withdrawals", "SELECT COUNT(*) FROM withdrawals WHERE ended_at IS NOT NULL", 2),
        ("batches of a file", "SELECT COUNT(*) FROM batches WHERE state = 'live' AND source LIKE '%stock.txt%'", 1),
        ("exports of codes", "SELECT COUNT(*) FROM exports WHERE kind = 'codes'", 1),
    ):
        if (many := await shop.count(db, sql)) < least:
            raise Broken(f"{what}: {many}, and not {least}")


async def _fetches(desk: Desk, number: str) -> None:
    """Every kind of file, the one-time page, the evidence, the catalogue, and the report of the day."""
    db = desk.house.shop.db
    await db.write(lambda tx: tx.changed(text("UPDATE exports SET due_at = asked_at")))  # its day has passed
    await db.write(exports.ripen, await shop.count(db, "SELECT id FROM exports WHERE kind = 'codes'"))
    await desk.keeps(await shop.count(db, "SELECT id FROM exports WHERE kind = 'codes'"))
    for kind in OFFERED:
        for format in FORMATS:
            about = {"month": f"{await db.read(lambda tx: tx.now):%Y-%m}"}
            await desk.keeps(
                await db.write(exports.ask, CHEN, kind, format, about, "for the books", f"{kind} {format}")
            )
    page = await shop.count(db, "SELECT id FROM reveals WHERE on_page ORDER BY id LIMIT 1")
    token = await db.read(reveals.link, page, CHEN)
    if token is None:
        raise Broken("there was no one-time page")
    looked, _ = await db.write(once._look, token.reveal())
    await desk.house.shop.handing_over(looked.message)
    proof = await db.write(evidence.ask, number, CHEN)
    desk.keeps_as(proof, await db.read(documents.made, proof))
    desk.keeps_as(catalogue.FILE, await db.read(documents.made, catalogue.FILE))
    today = await db.read(lambda tx: tx.now.date())
    await db.write(digests.tell_daily, today, await db.read(digests.daily, today))
    await desk.house.runner.drain()
