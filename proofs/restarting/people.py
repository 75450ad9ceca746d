"""Those who buy while the shop's processes come and go: on its page, and on Telegram. Each sees what a buyer sees."""

from __future__ import annotations

import asyncio
import html
import itertools
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from doubles.sandbox import press
from doubles.telegram_bots import Bot
from doubles.telegram_chats import Shown
from doubles.telegram_people import Person
from proofs.restarting.wire import Gone, Wire

PATIENCE = 90.0  # seconds for the answer to a press: slow is the machine, and no answer at all is the shop
DELIVERED = 120.0  # seconds from paying until the code is there
GAP = 1.2  # seconds a person on Telegram waits between two presses: a chat takes one message a second
BUY = "Buy 1"
CSRF = re.compile(r'name="csrf" value="([^"]+)"')
LAST = re.compile(r'data-last="(\d+)"')
CHOICE = re.compile(r'value="([^"]+)" class="choice[^"]*">([^<]+)<')
PAYS = re.compile(r'href="(http://127\.0\.0\.1:\d+/pay/[^"]+)"')
CODE = re.compile(r"CARD-\d{6}-CODE")
MARKUP = re.compile(r"<[^>]+>")
LINE = re.compile(r'id="l(\d+)" class="line ours')


class Failed(Exception):
    """A press that was not answered as a buyer may expect."""


@dataclass
class Tally:
    """What everybody met with."""

    presses: int = 0
    failed: Counter[str] = field(default_factory=Counter)  # by what went wrong
    orders: int = 0  # to the code
    paid: int = 0
    undelivered: int = 0
    broken: int = 0  # requests whose connection broke, and which were sent again
    waits: list[float] = field(default_factory=list)  # seconds from a press to its answer
    delivered: list[float] = field(default_factory=list)  # and from paying to the code
    codes: Counter[str] = field(default_factory=Counter)


@dataclass
class Visitor:
    """A browser with the shop's page open, that buys one after the other."""

    wire: Wire
    tally: Tally
    csrf: str = ""
    _keys: itertools.count[int] = field(default_factory=itertools.count)
    _lines: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    _passed_over: str = ""  # what was said last that was not waited for
    _listening: asyncio.Task[None] | None = None

    async def arrives(self) -> None:
        """Opens the page, which is tried as often as somebody would press reload. Raises Failed."""
        for _ in range(3):
            try:
                page = await self.wire.ask("GET", "/", accept="text/html")
            except Gone:
                continue
            csrf, last = CSRF.search(page.body), LAST.search(page.body)
            if page.status == 200 and csrf and last:
                self.csrf = csrf[1]
                self.wire.headers["Cookie"] = page.cookie
                self._listening = asyncio.create_task(self._listen(int(last[1])))
                return
        raise Failed("the page did not open")

    async def buys(self) -> None:
        """One order, to its code. Raises Failed."""
        shown = await self._presses("product card", lambda line: BUY in line)
        token = next((html.unescape(says) for says, label in CHOICE.findall(shown) if BUY in label), "")
        asks = await self._presses(token, lambda line: bool(PAYS.search(line)))
        found = PAYS.search(asks)
        await paid(found[1] if found else "", self.tally)
        began = time.monotonic()
        line = await self._hears(lambda line: bool(CODE.search(line)), DELIVERED)
        if line is None:
            self.tally.undelivered += 1
            raise Failed("it was paid, and no code came")
        self.tally.delivered.append(time.monotonic() - began)
        self.tally.codes.update(set(CODE.findall(line)))
        self.tally.orders += 1

    def leaves(self) -> None:
        self.tally.broken += self.wire.broken
        if self._listening:
            self._listening.cancel()
        self.wire.close()

    async def _presses(self, says: str, wanted: Callable[[str], bool]) -> str:
        self.tally.presses += 1
        began = time.monotonic()
        fields = {"press": says, "key": f"k{next(self._keys)}", "csrf": self.csrf}
        status = await self.wire.says("/say", fields)
        if status != 204:
            raise Failed(f"a press was answered with {status}")
        line = await self._hears(wanted, PATIENCE)
        if line is None:
            raise Failed(f"no answer within {PATIENCE:g} s to {says[:20]!r}, but {self._passed_over!r}")
        self.tally.waits.append(time.monotonic() - began)
        return line

    async def _hears(self, wanted: Callable[[str], bool], seconds: float) -> str | None:
        """The first line of ours like that; what else is said meanwhile is passed over, the last of it remembered."""
        try:
            async with asyncio.timeout(seconds):
                self._passed_over = ""
                while not wanted(line := await self._lines.get()):
                    self._passed_over = " ".join(MARKUP.sub(" ", line).split())[:80]
                return line
        except TimeoutError:
            return None

    async def _listen(self, after: int) -> None:
        async for _, line in self.wire.lines("/stream", after):
            if LINE.search(line):
                self._lines.put_nowait(line)


@dataclass
class Caller:
    """Somebody on Telegram."""

    person: Person
    bot: Bot
    tally: Tally

    async def buys(self) -> None:
        """One order, to its code; a little slower than a chat's budget. Raises Failed."""
        await self._does(lambda: self.person.writes("/start p-card", self.bot), lambda shown: _has(shown, "Buy 1"))
        await asyncio.sleep(GAP)
        asks = await self._does(
            lambda: self.person.presses(_label(self, "Buy 1"), at=self.bot), lambda s: bool(_link(s))
        )
        await paid(_link(asks), self.tally)
        began = time.monotonic()
        shown = await self._sees(lambda shown: bool(new(self.tally, shown)), DELIVERED)
        if shown is None:
            self.tally.undelivered += 1
            raise Failed("it was paid, and no code came")
        self.tally.delivered.append(time.monotonic() - began)
        self.tally.codes.update(new(self.tally, shown))
        self.tally.orders += 1
        await asyncio.sleep(GAP)

    async def asks_help(self) -> None:
        """One question and its answer. Raises Failed."""
        before = len(self.person.chat(self.bot).said())
        await self._does(
            lambda: self.person.writes("/help", self.bot),
            lambda _: len(self.person.chat(self.bot).said()) > before,
        )

    async def _does(self, act: Callable[[], object], wanted: Callable[[Shown], bool]) -> Shown:
        self.tally.presses += 1
        began = time.monotonic()
        act()
        shown = await self._sees(wanted, PATIENCE)
        if shown is None:
            said = self.person.chat(self.bot).said()
            raise Failed(f"no answer on Telegram within {PATIENCE:g} s, but {said[-1].text[:80] if said else ''!r}")
        self.tally.waits.append(time.monotonic() - began)
        return shown

    async def _sees(self, wanted: Callable[[Shown], bool], seconds: float) -> Shown | None:
        """The newest message of the bot's, once it is like that."""
        chat = self.person.chat(self.bot)

        def there(_: object) -> Shown | None:
            said = chat.said()
            return said[-1] if said and wanted(said[-1]) else None

        try:
            return await chat.until(there, seconds)
        except (TimeoutError, AssertionError):
            return None


async def paid(link: str, tally: Tally) -> None:
    await press(link, "pay")
    tally.paid += 1


def new(tally: Tally, shown: Shown) -> set[str]:
    return {code for code in CODE.findall(shown.text) if code not in tally.codes}


def _has(shown: Shown, label: str) -> bool:
    return any(label in button["text"] for button in shown.buttons)


def _label(caller: Caller, label: str) -> str:
    said = caller.person.chat(caller.bot).said()[-1]
    return next(button["text"] for button in said.buttons if label in button["text"])


def _link(shown: Shown) -> str:
    return next((button["url"] for button in shown.buttons if "/pay/" in button.get("url", "")), "")
