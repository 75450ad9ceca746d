"""The first steps of `mika init`: where the shop is, what it is called, its address.

Each step finds out by what is there whether it is done, says so, and else asks. It ends with one change: before it
nothing of the step is there, after it all.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from core import product_fields
from core.ground.money import exponent
from core.ground.words import LOCALES
from mika import running
from mika.init_asking import LEFT_OUT, Asking, Wrong, as_text
from mika.init_site import Site
from mika.refusals import Refusal

ANSWERS_WITHIN = 10.0  # seconds


@dataclass(frozen=True)
class Setup:
    """A shop that is being set up, and who is asked about it."""

    site: Site
    asking: Asking

    def done(self, what: str) -> None:
        self.asking.say(f"  done: {what}", "green")

    def warn(self, what: str) -> None:
        self.asking.say(f"  not yet: {what}", "yellow")

    def stays(self, name: str, kept: Any = None, alike: Callable[[str], object] = str) -> None:
        """A word where a file of answers says something else than is kept; `alike` answers come to the same.

        Not for what is secret, unless it was left out.
        """
        told, is_kept = as_text(self.asking.besides(name)), as_text(kept or self.site.told(name))
        if told not in ("", LEFT_OUT) and alike(told) != alike(is_kept):
            todo = f"change it in {self.site.file.name}" if is_kept else "`mika init --again` asks for it"
            self.asking.say(f"  {name} stays {is_kept or 'left out'}: {todo}.", "yellow")

    def is_said(self, name: str) -> bool:
        """Whether something other than mika.toml says it: it is told, and nobody need be asked. Raises Refusal S004."""
        if not (where := self.site.said_elsewhere(name)):
            return False
        try:
            self.done(f"{name}: {where} says {getattr(self.site.tried(), name)}")
        except Wrong as wrong:
            raise Refusal("S004", what=f"`{name}`: {str(wrong).rstrip('.')}", where=where) from None
        return True

    async def is_set(self, block: str, works: Callable[[], Awaitable[None]]) -> bool:
        """Likewise a whole block, with a secret in it: that it works is tried once. Raises Refusal S004."""
        if not (where := self.site.said_elsewhere(block)):
            return False
        worked = f"{block} of the environment"  # not `block`: if the environment is silent one day, it is asked for
        if not self.site.is_left_out(worked):
            try:
                await works()
            except Wrong as wrong:
                raise Refusal("S004", what=f"`{block}`: {str(wrong).rstrip('.')}", where=where) from None
            self.site.leave_out(worked)
        self.done(f"{block}: {where} says it")
        return True

    def right(self, what: str) -> None:
        self.asking.say(f"  ok: {what}", "green")


async def as_it_is(said: str) -> str:
    return said


# Where


async def place(setup: Setup) -> None:
    """The data folder. Raises Refusal S008 for one that can't be written to."""
    site = setup.site
    if site.told("data") is not None:
        running.make_folder(site.settings())
        setup.stays("data")
        return setup.done(f"the data folder is {site.settings().data}")
    if setup.is_said("data"):
        return running.make_folder(site.tried())

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
    if setup.is_said("shop_name"):
        return
    if (told := site.told("shop_name")) is not None:
        if isinstance(told, str):  # by hand, for all languages
            setup.stays("shop_name", told)
        else:
            setup.stays("languages", languages(site), lambda said: {part.strip() for part in said.split(",")})
            for locale in told:
                setup.stays(f"shop_name.{locale}")
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
        if setup.is_said(setting):
            continue
        if (told := site.told(setting)) is not None:
            setup.done(f"{setting} {told}")
            setup.stays(setting, alike=str.upper)
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
    if not setup.is_said("port"):
        await _port(setup)
    if setup.is_said("public_url"):
        return
    if site.told("public_url") is not None or site.is_left_out("public_url"):
        setup.stays("public_url", alike=lambda said: said.rstrip("/"))
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


async def _port(setup: Setup) -> None:
    if setup.site.told("port") is not None:
        return setup.stays("port")

    async def is_port(said: str) -> int:
        if not (said.isdecimal() and 1 <= int(said) <= 65535):
            raise Wrong("A port is a number from 1 to 65535.")
        return int(said)

    setup.site.put({"port": await setup.asking.ask("port", is_port)})


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
