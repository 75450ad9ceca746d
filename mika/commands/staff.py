"""`mika staff` and `mika audit`: who works here, and who did what."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from mika.commands.here import say, shop_here

staff = typer.Typer(no_args_is_help=True, help="Who works here.")
audit = typer.Typer(no_args_is_help=True, help="Who did what.")


@staff.command("invite")
def staff_invite(
    name: Annotated[str, typer.Argument(help="Who it is for; the shop calls them so.")],
    role: Annotated[
        str, typer.Option("--as", help="owner, manager, helper, support, stock-keeper or viewer; two: a+b.")
    ] = "owner",
) -> None:
    """Print a link that lets one person in, once, within a day: at the desk, or at the staff bot if there is one.

    An owner whose account is lost comes in again by it. Owners let others in themselves: "people" at the desk.
    """
    from core.authority import roles_named
    from mika import running

    roles = roles_named(role)
    if roles is None:
        raise typer.BadParameter(
            "there are owner, manager, helper, support, stock-keeper and viewer", param_hint="--as"
        )
    say(asyncio.run(running.invite(shop_here(), name, roles)))


@audit.command("verify")
def audit_verify(
    journal: Annotated[list[Path], typer.Option(help="Where its marks are kept; by default the data folder's.")] = [],  # noqa: B006
    mark: Annotated[list[str], typer.Option(help="One that staff were told, like 1234:ab12cd34ef56ab78.")] = [],  # noqa: B006
) -> None:
    """Look whether the record of who did what is whole: changed, missing and moved rows show, and an end cut off.

    The shop may run meanwhile. Status 1 if anything is wrong.
    """
    from mika import audit

    raise typer.Exit(asyncio.run(audit.verify(shop_here(), journal, mark, say)))
