"""The steps of `mika init` about people: the two bots, the first owner, and the staff's group.

While somebody is waited for, the staff bot runs here, so that it hears who comes in and what is posted.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sqlalchemy import bindparam, select, update

from core import hiring, rooms, staff
from core.ground.db import Tx
from mika import running, serving, telegram
from mika.init_asking import LEFT_OUT, Wrong, yes
from mika.init_site import Site
from mika.init_steps import Setup
from mika.parts import ONLY, STAFF_BOT
from mika.refusals import Refusal
from mika.settings import Settings
from mika.telegram import Which
from mika.wiring import House, opened

EVERY = 0.3  # seconds between two looks
SHOWN_EVERY = 15  # seconds between two lines of progress
WAITS = (hiring.invites.c.by_whom.is_(None), hiring.invites.c.used_by.is_(None))
INVITED = select(hiring.invites.c.name).where(*WAITS).order_by(hiring.invites.c.id.desc()).limit(1)
END_LINKS = update(hiring.invites).where(*WAITS).values(expires_at=bindparam("now"))


# The bots


async def bots(setup: Setup) -> None:
    """Both tokens, each asked of Telegram before it is kept."""
    for which in telegram.CHATS:
        if setup.site.told(f"telegram.{which}.token"):
            setup.done(f"the {which}' bot has its token" if which == "buyers" else "the staff's bot has its token")
        elif await setup.is_set(f"telegram.{which}", lambda which=which: _said(setup, which)):
            continue
        elif setup.site.is_left_out(f"telegram.{which}"):
            setup.done(f"telegram.{which} was left out; `mika init --again` asks for it")
            setup.stays(f"telegram.{which}")
        else:
            await _bot(setup, which)


def _api(setup: Setup) -> dict[str, dict[str, str]]:
    """Another server, where a file of answers names one, for as long as mika.toml has no word on Telegram."""
    api = setup.asking.besides("telegram.api")
    return {"telegram": {"api": api}} if api and setup.site.told("telegram") is None else {}


async def _said(setup: Setup, which: Which) -> None:
    """A bot that something other than mika.toml names. Raises Wrong."""
    more = _api(setup)
    await _known(setup, setup.site.tried(None, **more), which)
    if more:
        setup.site.put(None, **more)


async def _bot(setup: Setup, which: Which) -> None:
    site, more = setup.site, _api(setup)

    async def known(token: str) -> str:
        if token in ("", LEFT_OUT):
            return ""
        await _known(setup, site.tried(None, **more, **{f"telegram__{which}": {"token": token}}), which)
        return token

    if token := await setup.asking.ask(f"telegram.{which}", known):
        site.put(None, **more, **{f"telegram__{which}": {"token": token}})
    else:
        site.leave_out(f"telegram.{which}")


async def _known(setup: Setup, settings: Settings, which: Which) -> None:
    """Whether Telegram knows the bot. Raises Wrong."""
    bot = telegram.bot_of(settings, which)
    try:
        me = await telegram.ask(settings, bot.token.get_secret_value() if bot else "", "getMe")
    except telegram.Denied as no:
        raise Wrong(f"Telegram does not know this token ({no}).") from None
    except Refusal as refusal:
        raise Wrong(refusal.happened) from None
    setup.right(f"@{me.get('username')}")


# The first owner


async def owner(setup: Setup) -> None:
    """A link by which the first owner comes in. Links of before that nobody has used end."""
    settings = setup.site.settings()
    async with opened(settings, with_site=False) as house:
        if there := await house.shop.db.read(hiring.members):
            return setup.done(f"{', '.join(member.name for member in there)} works here")
        invited = await house.shop.db.read(_invited)

    async def called(said: str) -> str:
        if not 1 <= len(said) <= hiring.LONGEST:
            raise Wrong(f"A name of {hiring.LONGEST} characters at most.")
        return said

    name = await setup.asking.ask("owner", called, usual=invited)
    async with opened(settings, with_site=False) as house:
        await house.shop.db.write(_end_links)
    links = (await running.invite(settings, name)).splitlines()
    for link in links:
        setup.asking.say(f"    {link}")
    if invited is not None:
        setup.asking.say("  This is a new link; the one before no longer works.")
    if settings.telegram.staff is None:
        return setup.warn("the link opens the desk once the shop runs. It is for one person, once, within a day.")
    setup.asking.say("  Open the second link in Telegram and press Start; the shop listens now.")
    if not await _waited(setup, "the owner to come in", _somebody_works_here):
        setup.warn("nobody has come in. The link is good for a day, whenever the shop runs.")


def _invited(tx: Tx) -> str | None:
    """Who was given a link and has not come in yet."""
    return tx.value(INVITED)


def _end_links(tx: Tx) -> None:
    tx.changed(END_LINKS, now=tx.now)


def _somebody_works_here(tx: Tx) -> bool:
    return bool(staff.everyone(tx))


# Their group


async def group(setup: Setup) -> None:
    """The private group in which staff are told things, found by a code that is posted there."""
    site, settings = setup.site, setup.site.settings()
    if settings.telegram.staff is None or site.is_left_out("group"):
        return setup.done("no group" if settings.telegram.staff else "no group, for want of a staff bot")
    async with opened(settings, with_site=False) as house:
        room, there = await house.shop.db.read(_room_and_people)
    if room:
        return setup.done(f"staff have a room, {rooms.parts(room.id)[1]}")

    if not await setup.asking.ask("group", yes):
        return site.leave_out("group")
    if not there:
        return setup.warn("only somebody who works here can open it: run `mika init` again once the owner is in.")
    await telegram.group(settings, lambda line: setup.asking.say(f"  {line}"))
    if not await _waited(setup, "the code to be posted", _has_room):
        setup.warn("the code was not posted. `mika telegram group` makes another.")


def _room_and_people(tx: Tx) -> tuple[rooms.Room | None, bool]:
    return rooms.of_chat(tx, STAFF_BOT), _somebody_works_here(tx)


def _has_room(tx: Tx) -> bool:
    return rooms.of_chat(tx, STAFF_BOT) is not None


# Waiting


async def _waited(setup: Setup, what: str, happened: Callable[[Tx], bool]) -> bool:
    """Whether it happened while the staff bot ran here: within the time that is told, or until Enter is pressed."""
    if setup.asking.wait == 0:
        return False
    until = "press Enter to go on without" if setup.asking.wait is None else f"for {setup.asking.wait:.0f} s at most"
    setup.asking.say(f"  Waiting for {what} ({until}) ...")
    async with _listening(setup.site) as house, _enter(typed=setup.asking.typed) as pressed:
        for look in range(int((setup.asking.wait or float(10**6)) / EVERY)):
            if await house.shop.db.read(happened):
                await asyncio.sleep(EVERY * 3)  # so that the bot's answer goes out
                setup.right(f"{what.removesuffix(' to come in').removesuffix(' to be posted')} is here")
                return True
            if look and not look % int(SHOWN_EVERY / EVERY):
                setup.asking.say(f"  still waiting, after {look * EVERY:.0f} s")
            try:
                await asyncio.wait_for(pressed.wait(), EVERY)
                return False
            except TimeoutError:
                continue
    return False


@asynccontextmanager
async def _listening(site: Site) -> AsyncIterator[House]:
    """The staff bot at work. Updates are asked for: no page is open yet that Telegram could bring them to."""
    settings: Settings = site.settings()
    settings = settings.changed(telegram=settings.telegram.model_copy(update={"receive": "polling"}))
    async with opened(settings, parts=ONLY["staff-bot"]) as house, serving.at_work(house, None):
        yield house


@asynccontextmanager
async def _enter(*, typed: bool) -> AsyncIterator[asyncio.Event]:
    """Set once Enter is pressed, if somebody sits there."""
    pressed, loop = asyncio.Event(), asyncio.get_running_loop()

    def read() -> None:
        sys.stdin.readline()
        pressed.set()

    if typed:
        loop.add_reader(sys.stdin.fileno(), read)
    try:
        yield pressed
    finally:
        if typed:
            loop.remove_reader(sys.stdin.fileno())
