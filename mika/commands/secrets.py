"""`mika secret` and `mika vault`: what only the shop may know, and the keys that stock is sealed by."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from mika.commands.here import say, shop_here

secret = typer.Typer(no_args_is_help=True, help="What only the shop may know, and a new one where it leaked.")
vault = typer.Typer(no_args_is_help=True, help="The keys that stock and messages are sealed by.")


@secret.command("list")
def secret_list() -> None:
    """Every secret the shop has: its name, how old it is, where it comes from. Never a value."""
    from mika import secret_list

    asyncio.run(secret_list.show(shop_here(), say))


@secret.command("replace")
def secret_replace(
    name: Annotated[str, typer.Argument(help="Its name, as in `mika secret list`.")],
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Since when others may know it; else as old as it is.")
    ] = None,
) -> None:
    """Put a new secret in the place of one that leaked, and say what was exposed meanwhile.

    Asks for the new one, or reads it from a pipe; it is not shown. It is tried where it is used before it is written
    where the old one stands. Status 1 if you don't go on.
    """
    import getpass

    from mika import secret_replace
    from mika.secret_list import Kept

    typed = sys.stdin.isatty()

    def new(one: Kept) -> str:
        if one.file:
            if typed:
                raise typer.BadParameter(f"bring the new file by a pipe: mika secret replace {name} < FILE")
            return sys.stdin.read()
        return (getpass.getpass(f"The new {name}: ") if typed else sys.stdin.readline()).strip()

    def agrees() -> bool:
        return not typed or typer.confirm("Go on?")

    wanted = secret_replace.Wanted(name, since.replace(tzinfo=UTC) if since else None, new, agrees)
    raise typer.Exit(asyncio.run(secret_replace.replace(shop_here(), wanted, say)))


@vault.command("rotate")
def vault_rotate() -> None:
    """Put a new key into the key file and seal everything by it. The shop may go on selling meanwhile.

    Ended early, it goes on where it was the next time. Back the key file up again afterwards. Status 1 if something
    opens by no key.
    """
    from mika import vault_command

    raise typer.Exit(asyncio.run(vault_command.rotate(shop_here())))


@vault.command("keys")
def vault_keys() -> None:
    """Every key by its number, and how much is sealed by it."""
    from mika import vault_command

    asyncio.run(vault_command.keys(shop_here()))


@vault.command("retire")
def vault_retire(key: Annotated[int, typer.Argument(help="Its number, as in `mika vault keys`.")]) -> None:
    """Take an old key off the ring. Backups made while it was in use open only with an older copy of the key file."""
    from mika import vault_command

    raise typer.Exit(asyncio.run(vault_command.retire(shop_here(), key)))
