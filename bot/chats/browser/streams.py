"""The live part: a stream of new lines (server-sent events) for as long as a page is open."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable

from bot.chats.browser.pages import Pages
from bot.chats.browser.show import Bubble, Look, bubbles, said_by_us
from core.ground import chatlog
from core.ground.db import Tx
from core.shop import Shop

PULSE = 15.0  # seconds of silence after which a sign of life goes out, so that nobody between us hangs up
NET = 5.0  # seconds after which we look even though nobody rang
STEP = 1.0  # seconds at most until a closing shop is noticed
MOST = 100  # lines at a time
RETRY = 1500  # milliseconds until a browser comes back
BACK = 100, 600  # when a closing shop sends it away: another process is there, and not all come at once


class Stream:
    """One open page of a person."""

    def __init__(
        self,
        shop: Shop,
        pages: Pages,
        person: str,
        looks: Callable[[Tx], Look | None],
        ending: Callable[[], bool],
    ) -> None:
        """`looks` says how the chat is shown now, or None when its person may not see it any more."""
        self._shop = shop
        self._db = shop.db
        self._pages = pages
        self._person = person
        self._looks = looks
        self._ending = ending

    async def events(self, after: int, locale: str) -> AsyncIterator[str]:
        """Every line after `after`, as it comes; ends when the shop closes.

        A page that has to be made anew, because its person speaks another language now, or may not see it any
        more, is told so.
        """
        topic = chatlog.topic(self._person)
        loop = asyncio.get_running_loop()
        await self._db.wait_for(topic, timeout=0)  # from here on we hear every ring
        yield f"retry: {RETRY}\n\n"
        spoke = looked = loop.time()
        look_now, more = True, False
        while not self._ending():
            if look_now:
                looked = loop.time()
                look, lines = await self._db.read(self._lines, after)
                more = len(lines) == MOST
                if look is None:
                    yield event("again", "")
                    return
                await self._shop.handing_over(*said_by_us(lines))
                for bubble in lines:
                    yield event("line", self._pages.bubble(bubble, look.to), bubble.id)
                    after, spoke = bubble.id, loop.time()
                if look.met and look.to.locale != locale:
                    yield event("again", "")
                    return
            if loop.time() - spoke >= PULSE:
                yield ": \n\n"
                spoke = loop.time()
            woken = await self._db.wait_for(topic, timeout=0 if more else STEP)
            look_now = woken or more or loop.time() - looked >= NET
        yield f"retry: {random.randint(*BACK)}\n\n"  # noqa: S311

    def _lines(self, tx: Tx, after: int) -> tuple[Look | None, list[Bubble]]:
        look = self._looks(tx)
        if look is None:
            return None, []
        return look, bubbles(tx, self._person, chatlog.since(tx, self._person, after, MOST), look)


def event(name: str, data: str, line: int | None = None) -> str:
    """One event as the wire has it."""
    head = f"event: {name}\n" if line is None else f"id: {line}\nevent: {name}\n"
    rows = data.replace("\r\n", "\n").replace("\r", "\n").split("\n")  # each of them would end a field
    return head + "".join(f"data: {row}\n" for row in rows) + "\n"
