"""The shop on WeChat: a real shop at work, its account at a platform that is a server of its own."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from bot.buyers import buyers
from bot.chats.wechat.callback import PATH
from bot.chats.wechat.calls import Calls
from bot.chats.wechat.chat import Template, WeChatChat
from bot.chats.wechat.links import Links
from bot.chats.wechat.sealing import Seal
from core.catalog import Product
from doubles.sandbox import press
from doubles.serving import Served, listener
from doubles.wechat import WeChat, served_wechat
from doubles.wechat_accounts import Account
from doubles.wechat_chats import Chat, Shown
from doubles.wechat_delivery import Exchange
from doubles.wechat_people import Person
from jobs.runner import Runner
from tests.world import World
from web.app import create_app

TEMPLATE = Template("ready", {"character_string1": "{number}", "thing2": "{product}"})


class NoPages:
    """Links lead somewhere; what is there is tested by itself."""

    def __init__(self, links: Links) -> None:
        self.of = links.of

    def routes(self, shop: Any) -> list[Any]:
        return []


@dataclass
class Office:
    """WeChat's platform, the shop's account there, and the shop."""

    api: WeChat
    world: World
    account: Account
    chat: WeChatChat
    calls: Calls
    url: str
    runner: Runner  # hears it

    def meet(self, name: str) -> Follower:
        person = self.api.person(f"o-{name}-0123456789", name)
        person.follows(self.account, quietly=True)
        return Follower(self, person)

    async def settled(self) -> None:
        for runner in (self.runner, self.world.runner):
            await runner.drain()


@dataclass
class Follower:
    """Somebody who follows the account."""

    office: Office
    person: Person

    @property
    def id(self) -> str:
        return f"wechat:{self.person.openid}"

    @property
    def chat(self) -> Chat:
        return self.person.chat(self.office.account)

    @property
    def texts(self) -> list[str]:
        return self.chat.texts

    async def says(self, text: str) -> Exchange:
        return await self.person.says(self.office.account, text)

    async def taps(self, button: str) -> Exchange:
        return await self.person.taps(self.office.account, button)

    async def gets(self) -> Shown:
        """The next that comes by itself."""
        while (shown := await self.chat.next()).via == "reply":
            pass
        return shown

    def number_of(self, label: str) -> str:
        """The number before a line of the newest message that has a number."""
        for shown in reversed(self.chat.messages):
            for line in shown.text.splitlines():
                if label in line and (found := re.match(r"(\d+)\. ", line)):
                    return found[1]
        raise AssertionError(f"no line {label!r} in {self.texts[-1:]}")

    async def picks(self, label: str) -> Exchange:
        return await self.says(self.number_of(label))

    def link(self, label: str = "") -> str:
        """Where the newest link with these words leads."""
        for shown in reversed(self.chat.messages):
            for address, words in re.findall(r'<a href="([^"]+)">([^<]*)</a>', shown.text):
                if label in words:
                    return address
        raise AssertionError(f"no link {label!r} in {self.texts[-1:]}")

    async def orders(self, product: Product) -> Exchange:
        """From a word to the pay page."""
        await self.says(f"product {product.slug}")
        return await self.picks("买 1")

    async def pays(self) -> None:
        await press(self.link("付"), "pay")

    def as_somebody(self) -> Any:
        """As the world's own functions name a person."""
        return SimpleNamespace(id=self.id)


@pytest.fixture
async def office(world: World) -> AsyncIterator[Office]:
    async with at_wechat(world) as made:
        yield made


@pytest.fixture
async def lin(office: Office) -> Follower:
    return office.meet("lin")


@asynccontextmanager
async def at_wechat(
    world: World, *, template: Template | None = TEMPLATE, hears: bool = True, **account: Any
) -> AsyncIterator[Office]:
    """The shop of that world at work, with an account at WeChat. `hears` off: nobody answers what is kept."""
    listening = listener()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    async with served_wechat(clock=world.clock.now) as api:
        shop = api.add_account(**account)
        shop.add_template("ready", ("character_string1", "thing2"))
        shop.callback_url = f"{url}{PATH}"
        calls = Calls(shop.appid, shop.secret, api.url)
        seal = Seal(shop.appid, shop.token, shop.aes_key, lambda: world.clock.now().timestamp())
        links = Links(url, sign, lambda: world.clock.now().timestamp())
        chat = WeChatChat(buyers, seal, calls, NoPages(links), template)
        app = create_app(world.shop, chat.routes(world.shop))
        world.shop.senders["wechat"] = chat.send
        world.shop.may_refuse.add("wechat")
        if chat.rings:
            world.shop.bells["wechat"] = chat.ring
        runner = Runner(world.shop, {"wechat": chat.hear} if hears else {}, timetable=())
        async with Served(app, listening=listening):
            working = asyncio.create_task(runner.run())
            yield Office(api, world, shop, chat, calls, url, runner)
            runner.stop()
            await asyncio.wait([working], timeout=5)
            working.cancel()
        del world.shop.senders["wechat"]
        await chat.aclose()
    listening.close()


def sign(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
