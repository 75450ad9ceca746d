"""`mika init`: a shop of one's own, question by question. Each answer is explained, checked at once, and kept.

Interrupted at any moment and run again it goes on where it was: what is done shows in what is there. It ends with the
owner's own product bought in each chat, on a copy of the shop.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from core import catalog, inventory
from core.catalog import Product
from core.ground import points
from core.ground.db import Tx
from mika.init_asking import Asking, AtTerminal, FromFile
from mika.init_people import bots, group, owner
from mika.init_rails import chats, rails
from mika.init_selling import codes, email, product
from mika.init_site import Site
from mika.init_steps import Setup, address, clock, languages, name, place
from mika.init_vault import database, key
from mika.rehearse import rehearse
from mika.settings import Settings
from mika.wiring import opened

STEPS: Mapping[str, Callable[[Setup], Awaitable[None]]] = {
    "Where the shop is kept": place,
    "Its name": name,
    "Its clock and currency": clock,
    "Its address": address,
    "The vault's key": key,
    "The database": database,
    "The two bots on Telegram": bots,
    "The first owner": owner,
    "The staff's group": group,
    "The ways to pay": rails,
    "E-mail": email,
    "The first product": product,
    "The first codes": codes,
}


def run(folder: Path, answers: Path | None, *, again: bool = False) -> int:
    """Asks what is open; `again`: what was left out before, too. Returns how the command should end: 1 if a rehearsal
    did not arrive. Raises Refusal.
    """
    asking: Asking = FromFile(answers) if answers else AtTerminal()
    site = Site(folder)
    signal.signal(signal.SIGINT, _interrupted)
    with site.held():
        if again:
            site.ask_again()
        return asyncio.run(set_up(Setup(site, asking)))


def _interrupted(*_: object) -> None:
    """At once: asyncio's own answer to Ctrl-C waits for the loop, and the loop waits for what is typed."""
    raise KeyboardInterrupt


async def set_up(setup: Setup) -> int:
    """Everything that is not done yet, the rehearsal, and what comes next."""
    await steps(setup)
    arrived = await _rehearsed(setup)
    _what_next(setup)
    return 0 if arrived else 1


async def steps(setup: Setup) -> None:
    say = setup.asking.say
    say(f"Setting up a shop in {setup.site.folder}. Ctrl-C ends it; run again, it goes on from there.")
    for number, (title, step) in enumerate(STEPS.items(), 1):
        say(f"\n{number:>2} of {len(STEPS)}  {title}", "bold")
        await step(setup)
        with points.around(f"init step {number}"):
            pass


# The rehearsal


async def _rehearsed(setup: Setup) -> bool:
    """The owner's own product, bought in each connected chat on a copy of the shop, and the conversation printed."""
    say, settings = setup.asking.say, setup.site.settings()
    say("\nRehearsal", "bold")
    async with opened(settings, with_site=False) as house:
        mine = await house.shop.db.read(_first)
        free = await house.shop.db.read(inventory.available, mine) if mine else 0
    if mine is None:
        setup.warn("there is no product to buy. `mika rehearse` plays a purchase once there is one.")
        return True
    if not free:
        setup.warn(f"there is no code of {mine.slug} to buy. `mika rehearse` plays a purchase once there is one.")
        return True
    went = [await _played(setup, settings, chat, mine.slug) for chat in chats(settings)]
    return all(went)


async def _played(setup: Setup, settings: Settings, chat: str, slug: str) -> bool:
    report = await rehearse(settings, chat, languages(setup.site)[0], slug, setup.asking.say)
    if report.ok:
        setup.right(f"{slug} arrives in the {chat} chat, {report.figures['paid_to_code_seconds']} s after it is paid")
    else:
        setup.asking.say(f"  It did not work in the {chat} chat: {report.why}.", "red")
    return report.ok


def _first(tx: Tx) -> Product | None:
    return next(iter(catalog.everything(tx)), None)


# What comes next


def _what_next(setup: Setup) -> None:
    settings = setup.site.settings()
    say, mika = setup.asking.say, _ourselves()
    say("\nWhat comes next", "bold")
    say(f"  Open the shop:      cd {setup.site.folder} && {mika} run")
    say(f"  Buyers find it at   {settings.address}")
    say(f"  Copy and keep:      {settings.key_path}, the vault's key, and {setup.site.file.name}: no backup holds them")
    say("  Back up each night: [backups] in mika.toml, docs/how-to/backups.md")
    if not settings.rails.model_fields_set:
        say("  Before it sells:    a way to pay, docs/how-to/payments.md")
    say(f"  Once it is open:    {mika} doctor   (what is right, and what is still to do)")
    say(f"  More:               {mika} payments check, {mika} telegram check, docs/settings.md")


def _ourselves() -> str:
    """How this program is called from where somebody sits: by its name where that leads to it."""
    ours = Path(sys.argv[0]).absolute()  # from wherever that is
    return "mika" if shutil.which("mika") == str(ours) else str(ours)
