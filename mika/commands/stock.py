"""`mika stock`: what there is to sell."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from mika.commands.here import shop_here

stock = typer.Typer(no_args_is_help=True, help="What there is to sell.")
catalogue = typer.Typer(no_args_is_help=True, help="Every product and its prices as a table.")
stock.add_typer(catalogue, name="catalogue")


@stock.command("import")
def stock_import(
    product: Annotated[str, typer.Argument(help="The product's name, as in `mika stock list`.")],
    file: Annotated[Path, typer.Argument(help="One code a line or row: .txt, .csv or .xlsx.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only look: change nothing.")] = False,
    source: Annotated[str, typer.Option(help="Where it came from, for the books.")] = "",
    unit_cost: Annotated[str | None, typer.Option(help="What one cost, like 12.50, in the shop's currency.")] = None,
    uses: Annotated[int, typer.Option(min=1, max=100_000, help="Buyers to each code of a shared product.")] = 1,
) -> None:
    """Put codes on sale, all of a file at once or none.

    Fields of a code stand apart by ----, |, a tab or a comma; a date at the end is until when it can be redeemed.
    Status: 0 all is well, 1 lines were rejected or nothing was found, 65 no such kind of file, 66 it can't be read.
    """
    from mika import stock_command

    told = stock_command.Told(product, file, dry_run, source, unit_cost, uses)
    raise typer.Exit(asyncio.run(stock_command.bring_in(shop_here(), told)))


@stock.command("list")
def stock_list() -> None:
    """Every product with its price, what is there, what is set aside, and what was sold."""
    from mika import stock_command

    asyncio.run(stock_command.show(shop_here()))


@stock.command("picture")
def stock_picture(
    product: Annotated[str, typer.Argument(help="The product's name, as in `mika stock list`.")],
    file: Annotated[Path | None, typer.Argument(help="A PNG, JPEG or WebP of 5 MB at most.")] = None,
    remove: Annotated[bool, typer.Option("--remove", help="It has no picture any more.")] = False,
) -> None:
    """Give a product a picture; it is copied into the data folder, below pictures/.

    Status: 0 all is well, 65 it is no picture for every chat, 66 it can't be read.
    """
    from mika import stock_command

    if (file is None) is not remove:
        raise typer.BadParameter("name a FILE, or say --remove")
    raise typer.Exit(asyncio.run(stock_command.picture(shop_here(), product, file)))


@catalogue.command("export")
def catalogue_export(file: Annotated[Path, typer.Argument(help="Where to: .xlsx or .csv.")]) -> None:
    """Write all products into a table, to look at and to change. Bundles are left out."""
    from mika import stock_catalogue

    raise typer.Exit(asyncio.run(stock_catalogue.export(shop_here(), file)))


@catalogue.command("import")
def catalogue_import(
    file: Annotated[Path, typer.Argument(help="A table as `export` writes it: .xlsx or .csv.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only look: change nothing.")] = False,
) -> None:
    """Make and change products as the table says, all of it or nothing. What is not in it stays as it is.

    Status: 0 all is well, 65 rows are wrong or it is no such table, 66 it can't be read.
    """
    from mika import stock_catalogue

    raise typer.Exit(asyncio.run(stock_catalogue.bring_in(shop_here(), file, dry_run=dry_run)))
