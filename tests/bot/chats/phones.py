"""Phones for the stories: the chat page in a real Chromium. Screenshots go to MIKA_SHOTS, if that names a folder."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import BrowserContext, Page, async_playwright, expect

from core.ground import chatlog
from core.ground.messages import Choice, Local, Message
from tests.bot.chats.browsing import House, house, served

__all__ = ["house"]

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "/usr/bin/chromium")
expect.set_options(timeout=30_000)  # a context's own patience is not theirs
SHOTS = os.environ.get("MIKA_SHOTS")
LONG = "Xbox Game Pass Ultimate 12 个月（含 EA Play，仅限美国区账号）XboxGamePassUltimateTwelveMonthsSubscription"


def local(chinese: str, english: str, russian: str) -> Local:
    return Local({"zh-CN": chinese, "en": english, "ru": russian})


WELCOME = Message(
    (local("你好，想买什么？", "Hi. What would you like?", "Здравствуйте. Что вам нужно?"),),
    (
        Choice(local("看货架", "Browse", "Витрина"), "shelf", main=True),
        Choice(local("我的订单", "My orders", "Заказы"), "orders"),
    ),
)
SHELF = Message(
    (local("在售的品牌：", "On sale:", "В продаже:"),),
    (*(Choice(f"Brand {number}", f"brand {number}") for number in range(24)), Choice(LONG, "long")),
)
PRODUCT = Message((f"{LONG}\n¥1,128.00",), (Choice("Buy 1", "buy", main=True), Choice("Back", "shelf")), card="product")
ORDER = Message((f"Order K7M2-94QF: {LONG}",), (Choice("Pay", link="https://pay.example/1"),), card="product")


@dataclass
class Phone:
    """A page on somebody's phone, and what went wrong on it."""

    page: Page
    context: BrowserContext
    house: House
    url: str
    troubles: list[str]

    async def opens(self, path: str = "/") -> Page:
        await self.page.goto(self.url + path)
        return self.page

    @property
    def newest(self):
        return self.page.locator(".line.newest")

    async def person(self) -> str:
        (cookie,) = [cookie for cookie in await self.context.cookies() if cookie.get("name") == "mika_browser"]
        return f"browser:{cookie.get('value', '').partition('.')[0]}"

    async def shot(self, name: str) -> None:
        if SHOTS:
            await self.page.wait_for_timeout(350)  # the bubble has arrived
            await self.page.screenshot(path=Path(SHOTS) / f"{name}.png")

    async def fits(self) -> None:
        wide = "Math.max(...[document.documentElement, document.querySelector('main')].map((e) => e.scrollWidth))"
        assert await self.page.evaluate(wide) <= await self.page.evaluate("innerWidth")
        assert await self.page.evaluate("scrollY + document.documentElement.scrollTop") == 0


Hands = Callable[..., Awaitable[Phone]]


@pytest.fixture
async def chromium() -> AsyncIterator[Chromium]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest.fixture
async def hand(house: House, chromium: Chromium) -> AsyncIterator[Hands]:
    """Hands somebody a phone; in the end nothing may have gone wrong on it."""
    house.rote.answers |= {
        "start": WELCOME,
        "shelf": SHELF,
        "long": PRODUCT,
        "buy": ORDER,
        "brand 3": PRODUCT,
    }
    worker = asyncio.create_task(house.keep_working())
    phones: list[Phone] = []

    def close() -> None:
        house.buyers.close()
        house.desk.close()

    async with served(house.app, close) as url:

        async def hand_out(**settings: object) -> Phone:
            phone = {"viewport": {"width": 360, "height": 740}, "locale": "en", "has_touch": True}
            context = await chromium.new_context(**{**phone, **settings})
            context.set_default_timeout(30_000)
            page = await context.new_page()
            troubles: list[str] = []
            page.on("pageerror", lambda error: troubles.append(str(error)))
            page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
            phones.append(Phone(page, context, house, url, troubles))
            return phones[-1]

        yield hand_out
        for phone in phones:
            await phone.context.close()
    worker.cancel()
    assert [phone.troubles for phone in phones] == [[] for _ in phones]


def say_to(tx, person: str, text: str) -> None:
    chatlog.append_ours(tx, person, Message((text,)))
