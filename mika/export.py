"""`mika export`: everything the shop has, in a folder, in formats that need no program of ours."""

from __future__ import annotations

import asyncio
import csv
import json
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO
from uuid import uuid4

from sqlalchemy import func, make_url, select

from core import catalog, catalogue, exports, guides, inventory, pictures, risk_policy, sheets
from core.ground import audit
from core.ground.db import Database, Tx
from core.ground.tx import AnyRow
from core.ground.vault import Vault
from mika import export_files as files
from mika.export_moment import Moment, moment
from mika.export_readme import readme
from mika.export_tables import Sheet, tables
from mika.gently import gently
from mika.progress import Step
from mika.redaction import clean
from mika.refusals import Refusal
from mika.settings import Settings
from mika.wiring import key_ring, opened

MANY = select(func.count()).select_from(inventory.codes)


@dataclass
class Exported:
    """What was written: how many rows each file has, and how many sealed values of a table do not open."""

    at: datetime
    with_codes: bool
    rows: Counter[str] = field(default_factory=Counter)
    unopened: Counter[str] = field(default_factory=Counter)


async def export(settings: Settings, folder: Path, agreed: Callable[[int], bool] | None, step: Step) -> Exported:
    """Write it all. With codes where `agreed` is given and says yes, told how many there are.

    Raises Refusal S043 for a folder that can't be used, S044 where nobody agrees.
    """
    await asyncio.to_thread(files.look_at, folder)
    async with opened(settings, with_site=False) as house:
        db = house.shop.db
        codes = await _agreed(db, agreed) if agreed else 0
        with files.made(folder) as part:
            await db.write(exports.everything, str(uuid4()), codes)  # before the first of them is opened
            vault = Vault(key_ring(settings), settings.key_path)
            async with moment(settings, vault, part / ".moment") as now:
                done = await _written(settings, part, now, step, with_codes=agreed is not None)
            files.write(part / "README.md", readme(done.at, done.rows, done.unopened, with_codes=done.with_codes))
        await db.write(_noted, done.rows.total())
    return done


async def _agreed(db: Database, agreed: Callable[[int], bool]) -> int:
    many: int = await db.read(lambda tx: tx.value(MANY))
    if not await asyncio.to_thread(agreed, many):
        raise Refusal("S044", what="nobody confirmed it")
    return many


def _noted(tx: Tx, rows: int) -> None:
    audit.write(tx, "command line", "exported everything", "", count=rows)


async def _written(settings: Settings, part: Path, now: Moment, step: Step, *, with_codes: bool) -> Exported:
    done = Exported(now.at, with_codes)
    every = tables()
    for number, table in enumerate(every, 1):
        sheet = Sheet(table, now.vault, now.rules.currency, with_codes=with_codes)
        done.rows.update(await write_table(part, now, sheet))
        done.unopened += Counter({table.name: sheet.unopened})
        step("Writing", number, len(every))
    heading, rows = await now.read(catalogue.export)
    done.rows["catalogue.csv"] = len(rows)
    with files.file(part / "catalogue.csv", "utf-8-sig") as there:
        csv.writer(there).writerows([heading, *(map(sheets.harmless, row) for row in rows)])
    files.write(part / "risk.toml", (await now.read(risk_policy.version)).text)
    files.write(part / "settings.json", json.dumps(told(settings), ensure_ascii=False, indent=2) + "\n")
    for name, body in await now.read(_guides):
        files.write(part / "guides" / name, body)
    await gently(_pictures, settings.data / "pictures", part / "pictures")
    return done


async def write_table(part: Path, now: Moment, sheet: Sheet) -> Counter[str]:
    """Writes a table into its file, or its two. Returns how many rows each has."""
    name = sheet.table.name
    rows = Counter({f"{name}.csv": 0, **({f"{name}.jsonl": 0} if sheet.nested else {})})
    nests = files.file(part / f"{name}.jsonl") if sheet.nested else nullcontext()
    with files.file(part / f"{name}.csv", "utf-8-sig") as flat, nests as nested:
        csv.writer(flat).writerow([column.name for column in sheet.flat])
        async for page in now.pages(sheet.select):
            rows[f"{name}.csv"] += len(page)
            rows[f"{name}.jsonl"] += await gently(_page, sheet, page, flat, nested)
    return rows if sheet.nested else Counter({f"{name}.csv": rows[f"{name}.csv"]})


def _page(sheet: Sheet, page: Sequence[AnyRow], flat: TextIO, nested: TextIO | None) -> int:
    """Returns how many of the rows have something that nests."""
    csv.writer(flat).writerows(map(sheet.line, page))
    if nested is None:
        return 0
    found = [line for row in page if (line := sheet.nest(row)) is not None]
    nested.writelines(f"{line}\n" for line in found)
    return len(found)


def _guides(tx: Tx) -> list[tuple[str, str]]:
    """The newest guide of each product and each brand in each language, with the name of its file."""
    products = {product.id: product.slug for product in catalog.everything(tx)}
    brands = {brand.id: brand.slug for brand in catalog.all_brands(tx)}
    found = []
    for row in tx.all(guides.NEWEST.where(guides.guides.c.body != "")):
        what = f"product-{products[row.product_id]}" if row.product_id else f"brand-{brands[row.brand_id]}"
        found.append((".".join(filter(None, (what, row.region, row.locale, "md"))), row.body))
    return found


def _pictures(source: Path, to: Path) -> None:
    for picture in sorted(source.glob("*")) if source.is_dir() else ():
        if pictures.is_name(picture.name):
            files.copy(picture, to / picture.name)


def told(settings: Settings) -> dict[str, Any]:
    """The settings as they stand, without what is secret."""
    plain = {**settings.model_dump(), "database": make_url(settings.database_url).render_as_string(hide_password=True)}
    return clean(plain)
