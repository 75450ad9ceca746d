"""`mika stock catalogue`: the catalogue as a file, out and in."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from core import catalogue, catalogue_drafts, product_fields, sheets
from core.catalogue import Plan
from core.ground.db import Database
from core.ground.errors import ShopError
from core.ground.messages import Words
from core.ground.words import Hearer, render
from mika.settings import Settings
from mika.wiring import opened

WRONG_FILE, NO_FILE = 65, 66


async def export(settings: Settings, file: Path) -> int:
    """Write every product into the file, as its name ends. Returns the status to end with."""
    kind = file.suffix.lower().removeprefix(".")
    if kind not in sheets.TYPES:
        return _trouble(WRONG_FILE, f"{file} is not one of .xlsx, .csv.")
    async with opened(settings) as house:
        heading, rows = await house.shop.db.read(catalogue.export)
    try:
        await asyncio.to_thread(file.write_bytes, sheets.written(kind, heading, rows))
    except OSError as error:
        return _trouble(NO_FILE, f"{file} can't be written: {error.strerror}.")
    print(f"{len(rows)} products are in {file}.")
    return 0


async def bring_in(settings: Settings, file: Path, *, dry_run: bool) -> int:
    """Do all the file says, or none of it, and report. Returns the status to end with.

    Some rows at a time, as the shop may be open; interrupted, it is gone on with by whoever has the shop open.
    """
    try:
        content = await asyncio.to_thread(file.read_bytes)
    except OSError as error:
        return _trouble(NO_FILE, f"{file} can't be read: {error.strerror}.")
    left: tuple[str, ...] = ()
    async with opened(settings) as house:
        try:
            sheet = sheets.read(content)
            plan = await house.shop.db.read(catalogue.look, sheet)
            _report(plan)
            if plan.of("wrong"):
                print("Nothing was changed.")
                return WRONG_FILE
            if not dry_run:
                left = await _bring_in(house.shop.db, sheet, plan)
        except (sheets.NoSheet, product_fields.NotTaken) as refusal:
            return _trouble(WRONG_FILE, f"{_said(refusal)} Nothing was changed.")
    if left:
        print(f"Left as they are, because they were changed meanwhile: {', '.join(left)}.")
    print("Nothing was changed: this was a look." if dry_run else "Done.")
    return 0


async def _bring_in(db: Database, sheet: sheets.Sheet, plan: Plan) -> tuple[str, ...]:
    """Returns the products that were left as they are."""
    by = catalogue_drafts.COMMAND_LINE
    number = await db.write(catalogue_drafts.draft, by, sheet, plan, f"{by} {uuid4()}")
    await db.write(catalogue_drafts.take, by, number)
    while await db.write(catalogue_drafts.go_on, number):
        pass
    return (await db.read(catalogue_drafts.one, number)).left


def _report(plan: Plan) -> None:
    counts = ", ".join(f"{len(plan.of(what))} {what}" for what in ("new", "changed", "unchanged", "wrong"))
    print(f"{len(plan.rows)} rows read: {counts}.")
    for row in plan.rows:
        if row.what != "unchanged":
            told = _in_english(row.why) if row.why else ", ".join(row.columns)
            print(f"  row {row.number}: {row.slug or '-'} {row.what}: {told}")


def _said(refusal: ShopError) -> str:
    return _in_english(Words(refusal.key, refusal.facts))


def _in_english(sentence: Words) -> str:
    return render(sentence, Hearer("en", datetime.now(UTC)))


def _trouble(status: int, what: str) -> int:
    print(f"mika: {what}", file=sys.stderr)
    return status
