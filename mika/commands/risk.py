"""`mika risk`: the rules by which paid orders are weighed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from mika.commands.here import say, shop_here

risk = typer.Typer(no_args_is_help=True, help="The rules by which paid orders are weighed.")


@risk.command("show")
def risk_show() -> None:
    """Print the rules that run: the thresholds, and each rule's weight, mode and figures."""
    from mika import risk

    asyncio.run(risk.show(shop_here(), say))


@risk.command("apply")
def risk_apply(what: Annotated[str, typer.Argument(help="lax, standard or strict, or a file like risk.toml.")]) -> None:
    """Let these rules run from now on; the shop may be open. What is wrong is told with its line, and nothing changes.

    Status: 0 all is well, 65 the rules are not taken, 66 the file can't be read.
    """
    from mika import risk

    raise typer.Exit(asyncio.run(risk.apply(shop_here(), what, say)))


@risk.command("explain")
def risk_explain(number: Annotated[str, typer.Argument(help="The order's number.")]) -> None:
    """Print what every rule found when an order was weighed, and what followed. Status 1 if there is no such order."""
    from mika import risk

    raise typer.Exit(asyncio.run(risk.explain(shop_here(), number, say)))


@risk.command("backtest")
def risk_backtest(
    rules: Annotated[Path | None, typer.Option(help="A file like risk.toml; by default the rules that run.")] = None,
    preset: Annotated[str | None, typer.Option(help="lax, standard or strict, in place of a file.")] = None,
    settled_days: Annotated[int, typer.Option(min=1, help="Delivered so long ago and quiet: known to be good.")] = 60,
    picture: Annotated[Path, typer.Option(help="Where the picture goes.")] = Path("risk-backtest.svg"),
    generated: Annotated[
        bool, typer.Option("--generated", help="On a history that is made up, not the shop's.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Of the history that is made up.")] = 1,
    orders: Annotated[int, typer.Option(min=100, max=1_000_000, help="In it, about so many.")] = 100_000,
    abuse: Annotated[Path | None, typer.Option(help="Who buys in it and who abuses it: like mika/abuse.toml.")] = None,
) -> None:
    """Try rules on orders of before: what would have passed, what not, who would have been caught and who bothered.

    Each order is weighed by what was known when it was. The last line is JSON. Changes nothing.
    Status: 0 all is well, 1 of made-up abuse less than 93 % of the value is held or more than 1.2 % of honest orders
    are bothered, 2 there is no such preset, 65 a file is wrong, 66 it can't be read.
    """
    from mika import risk_backtest as backtest

    if rules and preset:
        raise typer.BadParameter("--rules and --preset exclude each other")
    told = backtest.Told(rules, preset, settled_days, picture, seed, orders, abuse)
    raise typer.Exit(backtest.generated(told) if generated else asyncio.run(backtest.of_shop(shop_here(), told)))
