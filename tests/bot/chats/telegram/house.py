"""The shop on Telegram: a real shop at work, both bots connected to a Bot API that is a server of its own."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Literal, cast

import httpx
import pytest

from bot.buyers import buyers
from bot.chats.telegram.buyers import TelegramBuyers
from bot.chats.telegram.chat import TelegramChat
from bot.chats.telegram.manners import Manners
from bot.chats.telegram.staff import TelegramStaff
from bot.staff import staff
from doubles.sandbox import press
from doubles.serving import Served, listener
from doubles.telegram import Telegram
from doubles.telegram_bots import Bot
from doubles.telegram_budgets import Budgets
from doubles.telegram_chats import Chat, Shown
from doubles.telegram_people import Person
from doubles.telling import Told
from jobs.runner import Runner
from payments.telegram_stars import TelegramStars
from tests.world import PATIENCE, World
from web.app import create_app

BRISK = Manners(per_second=300, per_chat=50.0, per_group=2000)  # a story need not wait for Telegram's budgets


@dataclass
class Telegraph:
    """Telegram, and the shop's two bots there."""

    api: Telegram
    world: World
    chats: dict[str, TelegramChat]
    accounts: dict[str, Bot]
    url: str
    runner: Runner  # hears both

    @property
    def hook(self) -> tuple[str, dict[str, str]]:
        """The buyers' webhook, and the header that its secret comes in."""
        webhook = self.shop_bot.updates.webhook
        return webhook.url, {"X-Telegram-Bot-Api-Secret-Token": webhook.secret}

    @property
    def shop_bot(self) -> Bot:
        return self.accounts["telegram"]

    @property
    def staff_bot(self) -> Bot:
        return self.accounts["telegram_staff"]

    def meet(self, id: int, name: str, language: str = "en") -> Somebody:
        return Somebody(self, self.api.person(id, name, language=language), self.shop_bot)

    @asynccontextmanager
    async def replaced(self, name: str, username: str) -> AsyncIterator[Bot]:
        """Another bot's token in that chat's place, at work."""
        bot = self.api.add_bot(username)
        chat = _chat(name, bot.token, self.api.url, "polling", self.url, BRISK)
        self.world.shop.senders[name] = chat.send
        runner = Runner(self.world.shop, {name: chat.hear}, timetable=())
        parts = [asyncio.create_task(runner.run()), asyncio.create_task(chat.stay(self.world.shop))]
        try:
            yield bot
        finally:
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)
            await chat.aclose()

    async def post(self, told: Told) -> int:
        """Brought to the buyers' webhook, as Telegram would; the answer's status."""
        async with httpx.AsyncClient() as client:
            answer = await client.post(self.hook[0], content=told.body, headers=dict(told.headers))
        return answer.status_code

    async def settled(self) -> None:
        """Everything that was said has been answered, and the answers are there."""
        async with asyncio.timeout(PATIENCE):
            while any(b.updates.waiting or b.updates._posting for b in self.accounts.values()):  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        for runner in (self.runner, self.world.runner):
            await runner.drain()


@dataclass
class Somebody:
    """A person in a private chat with one of the bots."""

    telegraph: Telegraph
    person: Person
    bot: Bot

    @property
    def id(self) -> str:
        return f"telegram:{self.person.id}"

    @property
    def chat(self) -> Chat:
        return self.person.chat(self.bot)

    async def writes(self, text: str) -> Shown:
        mark = max(self.chat.all, default=0)
        self.person.writes(text, self.bot)
        return await self.chat.next(mark + 1)

    def as_somebody(self) -> Any:
        """As the world's own functions name a person."""
        return SimpleNamespace(id=self.id)

    def pay_link(self) -> str:
        """Where the newest message that can be paid sends its reader."""
        links = (button["url"] for one in reversed(self.chat.messages) for button in one.buttons if "url" in button)
        return next(links)

    async def pays(self, link: str = "") -> None:
        """At the test provider's page."""
        await press(link or self.pay_link(), "pay")

    async def presses(self, label: str, on: Shown | None = None) -> Shown:
        """Press the button with these words; what the chat shows then, in the old message's place or below."""
        shown = on or next(one for one in reversed(self.chat.messages) if one.buttons)
        button = next(text for row in shown.labels for text in row if label in text)
        edits, newest = len(shown.before), max(self.chat.all)
        self.person.presses(button, shown)

        def changed(chat: Chat) -> Shown | None:
            below = next((one for one in chat.said() if one.id > newest), None)
            return below or (shown if len(shown.before) > edits and not shown.deleted else None)

        return await self.chat.until(changed)


async def buy(lin: Somebody) -> None:
    """From hello to a paid order."""
    await lin.writes("/start")
    await lin.presses("Browse")
    await lin.presses("Steam")
    if "Buy 1" not in str(lin.chat.last.labels):
        await lin.presses("Steam")
    await lin.presses("Buy 1")
    await lin.pays()


@pytest.fixture
async def telegraph(world: World) -> AsyncIterator[Telegraph]:
    async with on_telegram(world) as made:
        yield made


@pytest.fixture
def lin(telegraph: Telegraph) -> Somebody:
    return telegraph.meet(1, "Lin")


@asynccontextmanager
async def on_telegram(
    world: World,
    *,
    receive: Literal["webhook", "polling"] = "webhook",
    manners: Manners = BRISK,
    stars: type[TelegramStars] | None = None,
    **api: Any,
) -> AsyncIterator[Telegraph]:
    """The shop of that world at work, its bots connected; with `stars` that rail too."""
    telegram = Telegram(**dict(api, budgets=api.get("budgets") or Budgets.none()))
    listening = listener()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    async with telegram.served() as address:
        accounts = {"telegram": telegram.add_bot("mika_shop_bot"), "telegram_staff": telegram.add_bot("mika_staff_bot")}
        chats = {name: _chat(name, accounts[name].token, address, receive, url, manners) for name in accounts}
        world.shop.senders |= {name: chat.send for name, chat in chats.items()}
        world.shop.files["telegram_staff"] = cast(TelegramStaff, chats["telegram_staff"])
        rail = stars and stars(accounts["telegram"].token, api=address, clock=world.clock.now)
        if rail:
            world.shop.payments = {**world.shop.payments, rail.name: rail}
        runner = Runner(world.shop, {name: chat.hear for name, chat in chats.items()}, timetable=())
        app = create_app(world.shop, [route for chat in chats.values() for route in chat.routes(world.shop)])
        async with Served(app, listening=listening):
            parts = [asyncio.create_task(runner.run())]
            parts += [asyncio.create_task(chat.stay(world.shop)) for chat in chats.values()]
            yield Telegraph(telegram, world, chats, accounts, url, runner)
            runner.stop()
            await asyncio.wait(parts[:1], timeout=5)
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)
        for party in (*chats.values(), *([rail] if rail else [])):
            await party.aclose()
    listening.close()


def _chat(
    name: str, token: str, api: str, receive: Literal["webhook", "polling"], url: str, manners: Manners
) -> TelegramChat:
    kind, router = (TelegramBuyers, buyers) if name == "telegram" else (TelegramStaff, staff)
    return kind(
        name,
        router,
        token,
        api=api,
        path_secret=lambda text: hashlib.sha256(text.encode()).hexdigest(),
        receive=receive,
        public_url=url,
        manners=manners,
    )
