"""Who buys in the storm on WeChat: some talk, some only follow, some never say a word, some leave and come back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress
from random import Random
from typing import Any

from doubles.sandbox import press
from doubles.wechat_chats import Chat
from doubles.wechat_delivery import Exchange
from doubles.wechat_people import Person
from proofs.storming.wechat_town import LINK, WeChatTown

CHATTED = 5  # products that are only asked about
MANNERS = {"silent": 25, "follows": 25, "talks": 40, "leaves": 10}
BY_TALK = 0.25  # of what talkers buy, the whole way through the chat
ENDS = 0.3  # of the purchases: from then on WeChat lets us say nothing more
TRIES = 3  # to come by a pay page
SOON = 6.0  # seconds for what didn't come in the call
BUY_ONE = re.compile(r"买 1\s?\S+")


class Buyer:
    """One person, with as many purchases as they are dealt."""

    def __init__(self, here: WeChatTown, person: Person, product: str, prefix: str, buys: int, dice: Random) -> None:
        self.here, self.person, self.dice = here, person, dice
        self.product, self.prefix, self.buys = product, prefix, buys
        self.chat: Chat = person.chat(here.account)
        self.manner = dice.choices(list(MANNERS), list(MANNERS.values()))[0]
        self.exchanges: list[Exchange] = []
        self.asked: list[tuple[str, int, Exchange]] = []  # about what, after which message, and what came of the call
        self.endings = 0  # how often WeChat's leave to speak to them ended before its time
        self.looked_up = 0  # how many messages stood there before they looked something up
        self._newest = -1

    @property
    def texts_before(self) -> list[str]:
        """What they were shown until they looked something up."""
        return [one.text for one in self.chat.messages[: self.looked_up or None]]

    @property
    def all_taken(self) -> bool:
        """Whether an answer to each of their words was taken: else what was in it is lost with it."""
        return all(each.taken for each in self.exchanges)

    async def lives(self) -> None:
        if self.manner == "follows":
            await self._told(self.person.follows(self.here.account))
        elif self.manner in ("talks", "leaves"):
            await self.hello()
        for turn in range(self.buys):
            if self.dice.random() < 0.5:
                await self._something()
            await self._buys(turn)
            if self.dice.random() < ENDS:
                self._ends()
            if self.dice.random() < 0.6:  # while it is delivered
                await asyncio.sleep(self.dice.random() * 0.3)
                await self._something()
        if self.manner == "leaves":
            await self._told(self.person.leaves(self.here.account))
            await asyncio.sleep(self.dice.random())
            await self._told(self.person.follows(self.here.account))

    async def hello(self) -> None:
        await self._says("你好")

    async def looks_up(self, numbers: Sequence[Any]) -> None:
        """What they miss, order by order."""
        self.looked_up = len(self.chat.messages)
        for row in numbers:
            await self._says(f"order {row.number}")

    async def asks(self) -> None:
        """About something they didn't ask about just before."""
        self._newest = (self._newest + 1 + self.dice.randrange(CHATTED - 1)) % CHATTED
        slug = f"{self.prefix}-chat-{self._newest}"
        before = len(self.chat.all)
        self.asked.append((slug.title(), before, await self._says(f"product {slug}")))

    def unanswered(self) -> int:
        """How often they asked, and were never shown what they asked for."""
        if self.manner == "leaves":
            return 0  # who leaves while it is on its way to them has missed it
        return sum(
            each.taken and not any(name in one.text for one in self.chat.all[at:] if one.via != "person")
            for name, at, each in self.asked
        )

    # How

    async def _says(self, text: str) -> Exchange:
        return await self._told(self.person.says(self.here.account, text))

    async def _told(self, telling: asyncio.Task[Exchange]) -> Exchange:
        exchange = await telling
        self.exchanges.append(exchange)
        return exchange

    def _ends(self) -> None:
        """WeChat lets us say nothing more, whatever we have counted."""
        rights = self.here.account.follower(self.person.openid).rights
        self.endings += bool(rights.left(self.here.api.now()))
        rights.end()

    async def _something(self) -> None:
        if self.manner == "silent":
            return
        match self.dice.randrange(8):
            case 0:
                await self._says("订单")
            case 1:
                await self._told(self.person.sends(self.here.account, self.dice.choice(("image", "voice", "sticker"))))
            case 2:
                await self._says(self.dice.choice(("\U0001f9ff", "嗯嗯", "https://evil.example/<a>", "字" * 600)))
            case _:
                await self.asks()

    async def _buys(self, turn: int) -> None:
        if self.manner == "talks" and self.dice.random() < BY_TALK and await self._by_talk():
            return
        await self.here.sells((self.person.openid, self.product, f"buy {self.person.openid} {turn}"))

    async def _by_talk(self) -> bool:
        """From the product to the pay page. False where they gave up; the order, if there is one, is never paid."""
        for _ in range(TRIES):
            exchange = await self._says(f"product {self.product}")
            label = BUY_ONE.search(exchange.text)
            if label is None:
                continue
            at = len(self.chat.all)
            await self._says(label[0])
            if link := await self._pay_link(at):
                with suppress(ValueError):  # it is of another order of theirs, which is paid
                    await press(link, "pay")
                    return True
        return False

    async def _pay_link(self, at: int) -> str | None:
        def found(chat: Chat) -> str | None:
            links = (link for one in chat.all[at:] for link in LINK.findall(one.text))
            return next((link for link in links if link.startswith(self.here.provider.url)), None)

        try:
            return await self.chat.until(found, SOON)
        except TimeoutError:
            return None
