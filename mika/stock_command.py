"""What `mika stock` prints: a bar while it works, then a report that holds no code."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from core.catalog import UnknownProduct
from core.ground.money import parse
from core.ground.words import sentence
from mika import stock, stock_pictures
from mika.settings import Settings
from mika.stock_files import BadFile
from mika.wiring import opened

USAGE, NOT_ALL = 2, 1


@dataclass(frozen=True)
class Told:
    """What was said on the command line."""

    product: str
    file: Path
    dry_run: bool
    source: str
    unit_cost: str | None
    uses: int


async def bring_in(settings: Settings, told: Told) -> int:
    """Import a file and report. Returns the status to end with."""
    try:
        unit_cost = None if told.unit_cost is None else parse(told.unit_cost, settings.currency).amount
    except ValueError:
        return _trouble(USAGE, f"--unit-cost is an amount of {settings.currency} like 12.50")
    try:
        made = await _with_bar(settings, told, unit_cost)
    except BadFile as error:
        return _trouble(error.status, str(error))
    except UnknownProduct:
        return _trouble(USAGE, f"there is no product {told.product}; `mika stock list` shows what there is")
    except stock.NoStock:
        return _trouble(USAGE, f"{told.product} is not sold from stock, so there is nothing to import")
    _report(told, made)
    return NOT_ALL if made.file.rejected or not made.file.codes else 0


async def _with_bar(settings: Settings, told: Told, unit_cost: int | None) -> stock.Imported:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    async with opened(settings) as house:
        with Progress(
            *columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()
        ) as progress:
            task = progress.add_task("Reading", total=None)
            doing = "Looking" if told.dry_run else "Importing"
            return await stock.bring_in(
                house.shop,
                told.product,
                told.file,
                dry_run=told.dry_run,
                source=told.source,
                unit_cost=unit_cost,
                uses=told.uses,
                step=lambda done, of: progress.update(task, completed=done, total=of, description=doing),
            )


def _report(told: Told, made: stock.Imported) -> None:
    file = made.file
    if made.before:
        print(f"This very file was imported before, as batch {made.batch}. Nothing was changed.")
    elif not file.codes:
        print(f"There is no code in {told.file}. Nothing was changed.")
    elif told.dry_run:
        print(f"{_codes(made.new)} would be new for {told.product}. Nothing was changed.")
    else:
        print(f"{_codes(made.new)} on sale for {told.product}, as batch {made.batch}.")
    print(
        f"{file.lines} lines read: {made.new} new, {made.known} in the shop before, "
        f"{file.repeated} repeated in the file, {file.blank} blank or headings, {len(file.rejected)} rejected."
    )
    for number, why in file.rejected:
        print(f"  line {number}: {why}")


def _codes(many: int) -> str:
    return "1 code" if many == 1 else f"{many:,} codes"


def _trouble(status: int, what: str) -> int:
    print(f"mika: {what}", file=sys.stderr)
    return status


async def picture(settings: Settings, slug: str, file: Path | None) -> int:
    """Give a product a picture; without a file, take it away. Returns the status to end with."""
    async with opened(settings) as house:
        try:
            name = await stock_pictures.put(house.shop, slug, file)
        except BadFile as error:
            return _trouble(error.status, str(error))
        except UnknownProduct:
            return _trouble(USAGE, f"there is no product {slug}; `mika stock list` shows what there is")
    print(f"{slug} has no picture now." if name is None else f"{slug} shows {settings.address}/pictures/{name}")
    return 0


async def show(settings: Settings) -> None:
    """The shelves as a table."""
    async with opened(settings) as house:
        shelves, unfinished = await house.shop.db.read(stock.on_shelves)
    table = Table("product", "name", "region", "kind", f"price {settings.currency}", "there", "set aside", "sold")
    for shelf in shelves:
        product = shelf.product
        table.add_row(
            product.slug if product.on_sale else f"{product.slug} (off)",
            product.name.in_("en"),
            sentence("en", f"region-{product.region.lower()}"),
            product.kind.replace("_", " "),
            shelf.price,
            "by hand" if product.kind == "by_hand" else str(shelf.available),
            str(shelf.counts.get("reserved", 0)),
            str(shelf.counts.get("granted", 0)),
        )
    Console(width=None if sys.stdout.isatty() else 140).print(table)
    for slug, batch, source in unfinished:
        print(f"Batch {batch} of {slug} was not finished: import that file again ({source}).")
