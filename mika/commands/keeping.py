"""Keeping what the shop has: its schema, copies of it, and moving it in, over or out."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from mika.commands.here import say, set_up_here, shop_here

commands = typer.Typer()
ImportKind = Literal["dujiaoka", "acg-faka", "csv", "claims", "release"]


@commands.command()
def migrate() -> None:
    """Bring the database to this program's schema. One that is there already is left as it is."""
    from mika import running

    say(running.migrate(set_up_here()))


@commands.command()
def backup(
    file: Annotated[
        Path | None, typer.Argument(help="The file to make. Never overwritten. Without one: the place in the settings.")
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="Name those that lie at the place in the settings.")] = False,
) -> None:
    """Copy the whole shop, while it sells: into one file, or sealed to the place in the settings and tried there."""
    from mika import backup_command

    if list_:
        asyncio.run(backup_command.name_them(shop_here()))
    elif file is None:
        asyncio.run(backup_command.back_up_there(shop_here()))
    else:
        asyncio.run(backup_command.back_up(shop_here(), file))


@commands.command()
def restore(
    file: Annotated[Path | None, typer.Argument(help="A backup.")] = None,
    from_: Annotated[
        str | None,
        typer.Option("--from", help="Fetch it, and the journal, from the place in the settings: latest, or a name."),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Though there is a shop in the database.")] = False,
    drill: Annotated[
        bool, typer.Option("--drill", help="Restore and reconcile it where it does no harm, and say how that went.")
    ] = False,
) -> None:
    """Make a backup the shop again. It sells nothing until `mika reconcile` has found out what was sold since."""
    from mika import backup_command

    if drill:
        if file or replace:
            raise typer.BadParameter("--drill takes --from alone, and changes no shop")
        raise typer.Exit(asyncio.run(backup_command.practise(shop_here(), from_ or "latest")))
    if (file is None) == (from_ is None):
        raise typer.BadParameter("name a file, or --from latest")
    if file is None:
        asyncio.run(backup_command.put_back_from(shop_here(), from_ or "latest", replace=replace))
    else:
        asyncio.run(backup_command.put_back(shop_here(), file, replace=replace))


@commands.command()
def reconcile(
    journal: Annotated[list[Path], typer.Option(help="What was handed over; by default the data folder's.")] = [],  # noqa: B006
    set_aside_stock: Annotated[
        bool, typer.Option("--set-aside-stock", help="Without a journal: sell nothing that was in stock then.")
    ] = False,
    trust_stock: Annotated[
        bool, typer.Option("--trust-stock", help="Without a journal: sell it all, some perhaps again.")
    ] = False,
) -> None:
    """Find out what a restored shop sold and was paid since its backup, and open it again."""
    from mika import backup_command

    if set_aside_stock and trust_stock:
        raise typer.BadParameter("--set-aside-stock and --trust-stock exclude each other")
    stock = "set aside" if set_aside_stock else "trust" if trust_stock else "journal"
    asyncio.run(backup_command.look_into(shop_here(), journal, stock))


@commands.command()
def move(
    to: Annotated[str, typer.Option(help="An empty database: postgresql://USER@HOST/NAME.")],
) -> None:
    """Move the shop from SQLite into PostgreSQL, and check it row by row. Stop the shop first.

    Ended early, it goes on where it was the next time. The old file is only read, and stays as it is. A password is
    best left to PGPASSWORD or ~/.pgpass.
    """
    from mika import move_command

    asyncio.run(move_command.carry(shop_here(), to))


@commands.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Where to: not there yet, or empty.")],
    with_codes: Annotated[bool, typer.Option("--with-codes", help="Also what the codes say, sold and unsold.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask before codes are opened.")] = False,
) -> None:
    """Write everything the shop has into a folder, in open formats, while it sells: all of it as of one moment.

    The README.md in the folder says what each file and column is. Status 1 if something sealed does not open.
    """
    from mika import export_command

    raise typer.Exit(asyncio.run(export_command.run(shop_here(), folder, with_codes=with_codes, yes=yes)))


@commands.command("import")
def import_(
    kind: Annotated[ImportKind, typer.Argument(help="The old shop; or claims, or release.")],
    source: Annotated[
        str, typer.Argument(help="mysql://USER@HOST/DATABASE, an export, a folder of CSV; the file; the batch.")
    ],
    only: Annotated[str | None, typer.Option(help="One category, by its name or number there.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only look: change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask before it comes over.")] = False,
    open_: Annotated[bool, typer.Option("--open", help="Put it on sale: you have seen the report.")] = False,
    report: Annotated[Path | None, typer.Option(help="Where the report goes; else into the data folder.")] = None,
    uses: Annotated[list[str], typer.Option(help="PRODUCT=N: so often a shared code may be used.")] = [],  # noqa: B006
    separator: Annotated[list[str], typer.Option(help="PRODUCT=---- stands between the fields of a code.")] = [],  # noqa: B006
    acknowledged: Annotated[
        bool, typer.Option("--acknowledged", help="You have seen what is owed there, and balances that differ.")
    ] = False,
    old_zone: Annotated[str | None, typer.Option(help="The zone of the old database's server, as +08:00.")] = None,
    source_name: Annotated[
        str | None, typer.Option(help="What its first report calls it, if read otherwise now.")
    ] = None,
    another_shop: Annotated[bool, typer.Option("--another-shop", help="It is not the one that came before.")] = False,
    although_it_differs: Annotated[
        bool, typer.Option("--although-it-differs", help="Open it even where the counts differ.")
    ] = False,
) -> None:
    """Move in from another shop: goods, codes, finished orders, balances. It may be run again; it comes once.

    Nothing is on sale before you say --open. The password of the old database is asked for, or read from
    MIKA_OLD_PASSWORD. `mika import claims FILE` writes the links by which members claim their balances, `mika import
    release BATCH` puts codes on sale that were held. Status: 0 all is well, 1 something doesn't add up.
    """
    from mika import import_command

    told = import_command.Told(
        *(kind, source, only, dry_run, yes, open_, report, tuple(uses), tuple(separator), acknowledged, old_zone),
        *(source_name, another_shop, although_it_differs),
    )
    raise typer.Exit(asyncio.run(import_command.run(shop_here(), told, say)))


@commands.command()
def key(
    paper: Annotated[bool, typer.Option("--paper", help="Print the key that there is, to be copied by hand.")] = False,
    from_paper: Annotated[bool, typer.Option("--from-paper", help="Make the key file of such a copy.")] = False,
) -> None:
    """Make the vault's key file for a new shop. Never overwrites one. Back it up: nothing else opens the stock.

    --from-paper asks for the copy line by line, or reads it from a pipe; a slip is told with its line.
    """
    from mika import paper as copies
    from mika import running, settings_read, wiring

    if paper and from_paper:
        raise typer.BadParameter("--paper and --from-paper exclude each other")
    if paper:
        return say("\n".join(copies.lines(wiring.key_ring(set_up_here()))))
    say(running.make_key(settings_read.load(), copies.typed(sys.stdin, say) if from_paper else None))
