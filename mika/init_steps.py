"""The first steps of `mika init`: where the shop is, what it is called, its address, its key, its database.

Each step finds out by what is there whether it is done, says so, and else asks. It ends with one change: before it
nothing of the step is there, after it all.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from core import catalog, orders, product_fields, staff
from core.ground import points
from core.ground.db import Tx
from core.ground.money import exponent
from core.ground.vault import KeyRing
from core.ground.words import LOCALES
from migrations import current_is_head, version
from mika import paper, running
from mika.init_asking import LEFT_OUT, Asking, Wrong, typed_in
from mika.init_site import Site
from mika.refusals import Refusal
from mika.settings import Settings
from mika.wiring import key_ring, opened, unreachable

ANSWERS_WITHIN = 10.0  # seconds
TABLES = (catalog.products, orders.orders, staff.colleagues)


@dataclass(frozen=True)
class Setup:
    """A shop that is being set up, and who is asked about it."""

    site: Site
    asking: Asking

    def done(self, what: str) -> None:
        self.asking.say(f"  done: {what}", "green")

    def warn(self, what: str) -> None:
        self.asking.say(f"  not yet: {what}", "yellow")

    def right(self, what: str) -> None:
        self.asking.say(f"  ok: {what}", "green")


# Where


async def place(setup: Setup) -> None:
    """The data folder. Raises Refusal S008 for one that can't be written to."""
    site = setup.site
    if site.told("data") is not None:
        running.make_folder(site.settings())
        return setup.done(f"the data folder is {site.settings().data}")

    async def is_ours(said: str) -> str:
        data = site.tried({"data": said}).data
        if any((data / name).exists() for name in ("key", "shop.db")):
            raise Wrong(f"There is a shop in {data} already, and it is left alone. Name another folder.")
        return said

    data = await setup.asking.ask("data", is_ours)
    running.make_folder(site.tried({"data": data}))
    site.put({"data": data})


async def name(setup: Setup) -> None:
    """What the shop is called, in the languages that its owner writes in."""
    site = setup.site
    if (told := site.told("shop_name")) is not None:
        return setup.done(f"the shop is called {told if isinstance(told, str) else ' / '.join(told.values())}")

    async def called(said: str) -> str:
        site.tried({"shop_name": {"en": said}})
        return said

    wanted = await setup.asking.ask("languages", _languages)
    names = {locale: await setup.asking.ask(f"shop_name.{locale}", called) for locale in wanted}
    site.put({"shop_name": names})


async def _languages(said: str) -> list[str]:
    found = list(dict.fromkeys(part.strip() for part in said.split(",") if part.strip()))
    if not found or set(found) - set(LOCALES):
        raise Wrong(f"Name some of {', '.join(LOCALES)}, and no others.")
    return found


def languages(site: Site) -> list[str]:
    """Those that names are written in, the owner's own first."""
    told = site.told("shop_name")
    return list(told) if isinstance(told, dict) else list(LOCALES)


async def clock(setup: Setup) -> None:
    """The time zone, and the currency that amounts are in."""
    site = setup.site
    for setting, fits in (("zone", _zone), ("currency", _currency)):
        if (told := site.told(setting)) is not None:
            setup.done(f"{setting} {told}")
        else:

            async def kept(said: str, fits: Callable[[str], dict[str, str]] = fits) -> None:
                site.put(fits(said))

            await setup.asking.ask(setting, kept)


def _zone(said: str) -> dict[str, str]:
    return {"zone": said}


def _currency(said: str) -> dict[str, str]:
    """Raises Wrong. What a dear order is, is told anew where the usual amount has a fraction that there is not."""
    try:
        code = product_fields.currency(said)
    except product_fields.NotTaken:
        raise Wrong("There is no such currency; one is like CNY, USD, EUR or RUB.") from None
    return {"currency": code} if exponent(code) >= 2 else {"currency": code, "review_above": "1000"}


# Its address


async def address(setup: Setup) -> None:
    """The public address, and the port behind it. One that doesn't answer yet is taken, with a word on what to do."""
    site = setup.site
    if site.told("port") is None:

        async def is_port(said: str) -> int:
            if not (said.isdecimal() and 1 <= int(said) <= 65535):
                raise Wrong("A port is a number from 1 to 65535.")
            return int(said)

        site.put({"port": await setup.asking.ask("port", is_port)})
    if site.told("public_url") is not None or site.is_left_out("public_url"):
        return setup.done(f"people reach the shop at {site.settings().address}")

    async def looked_at(said: str) -> str:
        if said in ("", LEFT_OUT):
            return ""
        url = site.tried({"public_url": said}).public_url or ""
        if trouble := await reached(url):
            if setup.asking.besides("check_domain"):
                raise Wrong(f"{url} {trouble}.")
            setup.warn(
                f"{url} {trouble}. The shop can be set up all the same: let its name lead to this machine, and a web "
                f"server with a certificate pass it on to 127.0.0.1:{site.settings().port}."
            )
        return url

    if url := await setup.asking.ask("public_url", looked_at):
        site.put({"public_url": url})
    else:
        site.leave_out("public_url")


async def reached(url: str) -> str:
    """Why an address does not lead anywhere; empty if something answers there, whatever it is."""
    host = urlsplit(url).hostname or ""
    try:
        await asyncio.wait_for(asyncio.to_thread(socket.getaddrinfo, host, None), ANSWERS_WITHIN)
    except (OSError, UnicodeError):  # of which a time that is over is one
        return "is no name that this machine can resolve"
    try:
        async with httpx.AsyncClient(timeout=ANSWERS_WITHIN) as http:
            await http.get(url)
    except httpx.HTTPError as error:
        return f"does not answer ({type(error).__name__})"
    return ""


# Its key


async def key(setup: Setup) -> None:
    """The vault's key. It is kept only once its owner has a copy: a key that is lost is stock that is lost."""
    settings = setup.site.settings()
    if settings.key_path.exists():
        key_ring(settings)
        return setup.done(f"the vault's key is {settings.key_path}")
    ring = await _copied(setup)
    with points.around("init key"):
        _saved(ring, settings.key_path)
    setup.right(f"{settings.key_path} is the vault's key. Nothing else opens the stock, and no backup holds it.")


def _saved(ring: KeyRing, path: Path) -> None:
    try:
        ring.save(path)
    except OSError as error:
        if not isinstance(error, FileExistsError):
            path.unlink(missing_ok=True)  # half a key
        raise Refusal("S001", what=f"{path}: {error.strerror}") from None


async def _copied(setup: Setup) -> KeyRing:
    if setup.asking.typed:
        return _copied_by_hand(setup)
    asking, ring = setup.asking, KeyRing.fresh()
    if told := asking.besides("key_copy"):
        return _copied_to(setup, Path(str(told)), ring)
    if asking.besides("key_copy_written") is not True:
        asking.refuses("key_copy", Wrong("name a file for the paper copy of the key, or say key_copy_written = true"))
    return ring


def _copied_to(setup: Setup, path: Path, ring: KeyRing) -> KeyRing:
    """Written there, or read there where an interrupted run has left it."""
    try:
        if path.exists():
            return paper.read(path.read_text(encoding="utf-8"))
        text = "# The vault's key of a shop. `mika key --from-paper` makes the key file of it.\n"
        beside = path.with_name(f"{path.name}.new")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text + "\n".join(paper.lines(ring)) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with points.around("init key copy"):
            os.replace(beside, path)
    except (Refusal, ValueError):
        setup.asking.refuses("key_copy", Wrong(f"{path} is there, and is no copy of a key: it is left alone"))
    except OSError as error:
        raise Refusal("S011", file=path, what=error.strerror or type(error).__name__) from None
    setup.right(f"the key's paper copy is {path}: print it or copy it by hand, keep it elsewhere, delete the file.")
    return ring


def _copied_by_hand(setup: Setup) -> KeyRing:
    ring, say = KeyRing.fresh(), setup.asking.say
    say("\n  This is the vault's key. Without it nobody opens your stock, not even from a backup.")
    say("  Write it down and keep it away from this machine. `mika key --from-paper` reads it back.\n")
    for row in paper.lines(ring):
        say(f"      {row}", "bold")
    say("\n  Two of its groups, to see that you have it:")
    for group in paper.asked_back(ring):
        while not paper.same(typed_in(f"  Line {group.line}, group {group.place}: "), group):
            say("  That is not what stands there. Look again.", "yellow")
    return ring


# Its database


async def database(setup: Setup) -> None:
    """The database, of this program's schema. One that has a shop in it is left alone."""
    site = setup.site
    if site.told("database") is not None or site.is_left_out("database"):
        said = await asyncio.to_thread(running.migrate, site.settings())
        return setup.done(said)

    async def made(said: str) -> str:
        url = "" if said in ("", LEFT_OUT) else said
        settings = site.tried({"database": url} if url else {})
        try:
            if await asyncio.to_thread(_is_new, settings):
                await asyncio.to_thread(running.migrate, settings)
            async with opened(settings, with_site=False) as house:
                if await house.shop.db.read(_holds_a_shop):
                    raise Wrong("There is a shop in that database already, and it is left alone. Name another.")
        except Refusal as refusal:
            raise Wrong(refusal.happened) from None
        return url

    if url := await setup.asking.ask("database", made):
        site.put({"database": url})
    else:
        site.leave_out("database")


def _is_new(settings: Settings) -> bool:
    """Blocking. What another version has made is not ours to bring up to date. Raises Wrong, Refusal S002."""
    try:
        found, fits = version(settings.database_url), current_is_head(settings.database_url)
    except (SQLAlchemyError, OSError, ValueError) as error:
        raise unreachable(settings, error) from None
    if found is not None and not fits:
        raise Wrong("There is a database of another version there, and it is left alone. Name another.")
    return found is None


def _holds_a_shop(tx: Tx) -> bool:
    return any(tx.value(select(func.count()).select_from(table)) for table in TABLES)
