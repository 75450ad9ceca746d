"""`mika payments`: the ways to pay."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from mika.commands.here import say, shop_here

payments = typer.Typer(no_args_is_help=True, help="The ways to pay.")
RailName = Annotated[str, typer.Argument(help="The rail's name, as in mika.toml.")]
InChat = Annotated[str, typer.Option(help="The chat: telegram, wechat or browser.")]
Goods = Annotated[str, typer.Option(help="What is sold: digital or physical goods.")]


@payments.command("check")
def payments_check() -> None:
    """Look whether each way to pay is set up, its provider answers, and a notice gets in.

    The shop must be running: its door is tried from outside. Status 1 if something is to do.
    """
    from mika import payments

    raise typer.Exit(asyncio.run(payments.check(shop_here(), say)))


@payments.command("permit")
def payments_permit(rail: RailName, chat: InChat = "telegram", goods: Goods = "digital") -> None:
    """Offer a way to pay where the platform's terms don't allow it. You read what may happen first; that is kept.

    Status 1 if you don't agree.
    """
    from mika import payments

    def agrees() -> bool:
        return typer.prompt('Type "I have read this" to go on', default="", show_default=False) == "I have read this"

    done = asyncio.run(payments.permit(shop_here(), rail, chat, goods, say, agrees))
    raise typer.Exit(0 if done else 1)


@payments.command("forbid")
def payments_forbid(rail: RailName, chat: InChat = "telegram", goods: Goods = "digital") -> None:
    """Take such a permit back."""
    from mika import payments

    asyncio.run(payments.forbid(shop_here(), rail, chat, goods, say))


@payments.command("margins")
def payments_margins() -> None:
    """What one of each product leaves on each way to pay. Status 1 if something is sold below what it cost."""
    from mika import payments

    raise typer.Exit(asyncio.run(payments.show_margins(shop_here(), say)))
