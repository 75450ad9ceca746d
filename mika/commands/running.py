"""Running the shop, trying it and looking at it: what has no group of its own."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Annotated, Literal

import typer

from mika.commands.here import DEMO, App, Locale, say, set_up_here, shop_here
from mika.parts import Only

commands = typer.Typer()
OurChats = Literal["browser", "terminal", "telegram", "wechat"]
Odd = Literal[
    "paid-after-sold-out", "late-payment", "held", "wrong-amount", "buyer-blocked-bot", "supplier-down", "all"
]


@commands.command()
def demo(
    data: Annotated[Path, typer.Option(help="Where the demo shop is kept.")] = DEMO,
    port: Annotated[int | None, typer.Option(help="Where it listens; if taken, at the next free one.")] = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="Open no browser.")] = False,
) -> None:
    """Open a demo shop on this machine: goods on the shelves, test money, a desk for staff."""
    from mika import demo

    App.log = data / "mika.log"
    asyncio.run(demo.run(data, port, browse=not no_open))


@commands.command()
def init(
    answers: Annotated[Path | None, typer.Option(help="A TOML file of answers; docs/how-to/init.md has one.")] = None,
    folder: Annotated[Path, typer.Option(help="Where mika.toml goes.")] = Path(),
    again: Annotated[bool, typer.Option("--again", help="Ask also what was left out before.")] = False,
) -> None:
    """Set up a shop of your own, question by question. Run again, it goes on where it was.

    Status: 0 all is well, 1 the rehearsal at the end did not arrive at the code.
    """
    from mika import init, logs

    logs.set_up("error" if os.environ.get("MIKA_DEBUG") else "critical")  # what goes wrong is said, or a refusal
    raise typer.Exit(init.run(folder, answers, again=again))


@commands.command()
def run(
    only: Annotated[Only | None, typer.Option(help="Just this part, in a process of its own.")] = None,
) -> None:
    """Run the shop: its pages and hooks, its jobs, its bots, or one of these.

    What is not run here is done by another process on the same database. `bots` are both, or one at a time.
    """
    from mika import running

    asyncio.run(running.run(set_up_here(), only))


@commands.command()
def chat(
    staff: Annotated[bool, typer.Option("--staff", help="Sit at the desk instead of before it.")] = False,
    locale: Annotated[Locale | None, typer.Option(help="The language to speak from now on.")] = None,
) -> None:
    """Talk to the shop in this terminal; lines may come from a pipe. Without a shop it is the demo's."""
    from mika import chat

    asyncio.run(chat.chat(shop_here(make_demo=True), as_staff=staff, locale=locale))


@commands.command()
def rehearse(
    chat: Annotated[OurChats | None, typer.Option(help="The chat to buy in; by default the browser.")] = None,
    locale: Annotated[Locale, typer.Option(help="The buyer's language.")] = "zh-CN",
    product: Annotated[str | None, typer.Option(help="What to buy; by default the first simple thing.")] = None,
    scenario: Annotated[
        Odd | None, typer.Option(help="An odd end instead of a plain purchase, or all of them.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object with the conversation in it.")] = False,
) -> None:
    """Play a purchase on a copy of the shop, from hello to the code, or one with an odd end. The last line is JSON.

    Nothing of the shop itself is touched: not its stock, its ways to pay, its bots. Time passes by a clock of the
    copy's. Status 0 only if what had to come out came out: the right code, or the money back.
    """
    from mika import logs, rehearsing, settings_read

    logs.set_up("error")
    source = settings_read.load() if settings_read.is_set_up() else None
    wanted = rehearsing.Wanted(source, chat, locale, product, scenario)
    try:
        ok = asyncio.run(rehearsing.run(wanted, say, as_json=as_json))
    except asyncio.CancelledError:
        raise typer.Exit(128 + signal.SIGTERM) from None
    raise typer.Exit(0 if ok else 1)


@commands.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> None:
    """Look everything over: settings, machine, database, key, queues, ways to pay, chats, certificate, mail.

    What is wrong has a code and says what to do; docs/reference/findings.md lists all. Works also where the shop does
    not open. Status 1 if something is to be mended, 0 if there is only advice.
    """
    from mika import doctor

    raise typer.Exit(asyncio.run(doctor.run(shop_here, say, as_json=as_json)))


@commands.command()
def invariants() -> None:
    """Check what must always hold, one sentence each. Status 1 if anything does not."""
    from mika import running

    raise typer.Exit(asyncio.run(running.invariants(shop_here(), say)))


@commands.command()
def evidence(number: Annotated[str, typer.Argument(help="The order's number.")]) -> None:
    """Print what a payment provider wants to see of a disputed order; never a code. Send it to a file by `>`."""
    from mika import running

    raise typer.Exit(asyncio.run(running.evidence(shop_here(), number, say)))
