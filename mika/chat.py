"""`mika chat`: the shop in this terminal, for a buyer or for staff; lines come from a person or from a pipe."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import getpass
import io
import os
import re
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Literal, TextIO
from urllib.parse import urlsplit

from bot.buyers import buyers
from bot.chats.terminal import TerminalChat
from bot.staff import staff as desk
from core import customers, hiring, staff
from core.ground.db import Tx
from doubles.sandbox import press
from mika import serving
from mika.demo import open_page, provider
from mika.refusals import Refusal
from mika.settings import Settings
from mika.stillness import receipts_behind, until_answered, until_still
from mika.wiring import House, opened

HERE = ("127.0.0.1", "localhost", "::1")
NOTICE = 15.0  # seconds a payment may take to be heard of
Button = Literal["pay", "fail", "close"]
BUTTONS: dict[str, Button] = {"1": "pay", "2": "fail", "3": "close", "pay": "pay", "fail": "fail", "close": "close"}
PAY_PAGE = "The test provider's pay page\n  1. Pay\n  2. Let it fail\n  3. Close it"


class Lines:
    """What is typed or piped, line by line, read in a thread so that messages can come meanwhile."""

    def __init__(self, source: TextIO, stopping: asyncio.Event) -> None:
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._stopping = stopping
        loop = asyncio.get_running_loop()

        def read() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is gone: nobody listens any more
                try:
                    for line in source:
                        loop.call_soon_threadsafe(self._lines.put_nowait, line.rstrip("\r\n"))
                finally:
                    loop.call_soon_threadsafe(self._lines.put_nowait, None)

        threading.Thread(target=read, daemon=True).start()

    async def next(self) -> str | None:
        """The next line; None at the end, or when told to stop."""
        line, told = asyncio.create_task(self._lines.get()), asyncio.create_task(self._stopping.wait())
        await asyncio.wait([line, told], return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        if line.done():
            return line.result()
        line.cancel()
        return None


class Screen:
    """What is printed. With a person at it there is a prompt below whatever was said last."""

    def __init__(self, out: TextIO, *, prompts: bool) -> None:
        self._out = out
        self.prompts = prompts

    def show(self, text: str) -> None:
        self._out.write(f"\r{text}\n\n> " if self.prompts else f"{text}\n\n")
        self._out.flush()

    def echo(self, line: str) -> None:
        if not self.prompts:
            self.show(f"> {line}")


async def chat(settings: Settings, *, as_staff: bool, locale: str | None) -> None:
    """Until the last line is answered and nothing is under way any more, or Ctrl-C. Raises Refusal."""
    stopping = serving.until_told()
    name = "terminal-desk" if as_staff else "terminal"
    with _alone(settings, name):
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # a pipe may hold anything
        lines = Lines(sys.stdin, stopping)
        screen = Screen(sys.stdout, prompts=sys.stdin.isatty())
        async with _with_provider(settings) as told:
            listening = serving.listen("127.0.0.1", 0)
            port = serving.port_of(listening)
            page = settings.public_url or open_page(settings)  # where people find the shop when this is closed
            notices = f"http://127.0.0.1:{port}" if told is not settings or page is None else ""
            told = told.changed(public_url=page) if page else told.changed(host="127.0.0.1", port=port)
            opener = Opener(lines, screen, told)
            router = desk if as_staff else buyers
            terminal = TerminalChat(
                name, router, screen.show, opener.open, address=_user(), locale=locale, zone=_zone()
            )
            async with opened(told, terminal, with_site=False, notices=notices) as house:
                opener.house = house
                await house.shop.db.write(_meet, terminal, locale, as_staff)
                async with serving.at_work(house, listening):
                    await _talk(house, terminal, lines, screen)


async def _talk(house: House, terminal: TerminalChat, lines: Lines, screen: Screen) -> None:
    if screen.prompts:
        await terminal.press(house.shop, "start")
    while (line := await lines.next()) is not None:
        screen.echo(line)
        await terminal.typed(house.shop, line)
        if screen.prompts:
            await until_answered(terminal)
        else:
            await until_still(house.shop, terminal)


def _meet(tx: Tx, terminal: TerminalChat, locale: str | None, as_staff: bool) -> None:
    """Whoever may read the shop's key may sit at its desk."""
    person = customers.meet(tx, terminal.name, terminal.address, terminal.address, locale or _locale(), _zone())
    if locale is not None:
        customers.speak(tx, person.id, locale)
    if as_staff and not staff.is_staff(tx, person.id):
        hiring.enter(tx, hiring.invite(tx, terminal.address), person.id)


def _user() -> str:
    try:
        return re.sub(r"[^\w.-]", "", getpass.getuser())[:40] or "me"
    except (OSError, KeyError):  # a container's user may have no name
        return "me"


def _zone() -> str | None:
    """The name of this machine's time zone, if it says so."""
    return os.environ.get("TZ") or os.path.realpath("/etc/localtime").partition("zoneinfo/")[2] or None


def _locale() -> str:
    return (os.environ.get("LC_ALL") or os.environ.get("LANG") or "en").partition(".")[0]


@contextmanager
def _alone(settings: Settings, name: str) -> Iterator[None]:
    """One terminal a shop: two would take each other's messages off the queue."""
    try:
        file = os.open(settings.data / f"{name}.lock", os.O_WRONLY | os.O_CREAT, 0o600)
    except OSError as error:
        raise Refusal("S008", folder=settings.data, what=error.strerror) from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Refusal("S010", what="mika chat --staff" if name == "terminal-desk" else "mika chat") from None
    finally:
        os.close(file)


@asynccontextmanager
async def _with_provider(settings: Settings) -> AsyncIterator[Settings]:
    """The test rail's provider runs along where it is one of this machine; others are somebody else's."""
    sandbox = settings.rails.sandbox
    if sandbox is None or urlsplit(sandbox.url or "").hostname not in HERE:
        yield settings
        return
    told, served = await provider(settings)
    try:
        yield told
    finally:
        await served.stop()


class Opener:
    """What picking a link does here: the test rail's pay page is shown as text, any other address is printed."""

    def __init__(self, lines: Lines, screen: Screen, settings: Settings) -> None:
        self.house: House | None = None
        self._lines = lines
        self._screen = screen
        sandbox = settings.rails.sandbox
        self._pages = f"{sandbox.url}/pay/" if sandbox else "none"

    async def open(self, link: str) -> None:
        if not link.startswith(self._pages):
            self._screen.show(f"Open this in your browser: {link}")
            return
        self._screen.show(PAY_PAGE)
        button = None
        while button is None:
            line = await self._lines.next()
            if line is None:
                return
            self._screen.echo(line)
            button = BUTTONS.get(line.strip().lower())
            if button is None:
                self._screen.show("1, 2 or 3?")
        await self._press(link, button)

    async def _press(self, link: str, button: Button) -> None:
        assert self.house is not None  # noqa: S101
        shop = self.house.shop
        before = await shop.db.read(receipts_behind, link)
        try:
            await press(link, button)
        except ValueError:
            self._screen.show("That can't be done on this page any more.")
            return
        if button != "pay":
            self._screen.show("Nothing was paid.")
            return
        async with asyncio.timeout(NOTICE):
            while await shop.db.read(receipts_behind, link) <= before:
                await shop.db.wait_for("inbox", "outbox", timeout=0.05)
