"""The whole shop in a browser: real routers, core, runner and provider; Lin buys, Chen looks on from the desk."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from playwright.async_api import Locator, Page, async_playwright, expect

from bot.buyers import buyers
from bot.chats.browser import BrowserChat
from bot.staff import staff as staff_router
from core import hiring
from core.catalog import Product
from jobs.runner import Runner
from tests.bot.chats.browsing import served, sign
from tests.bot.chats.phones import CHROMIUM, SHOTS
from tests.world import (
    World,
    clock,
    db,
    rules,
    steam,
    world,
)
from web.app import create_app

__all__ = ["clock", "db", "rules", "steam", "world"]
pytestmark = [pytest.mark.chromium, pytest.mark.parametrize("store", ["sqlite"])]


@dataclass
class Site:
    """The shop's site, open, and a browser to go there with."""

    url: str
    world: World
    browser: object

    async def page(self, **settings: object) -> Page:
        phone = {"viewport": {"width": 360, "height": 740}, "locale": "zh-CN", **settings}
        context = await self.browser.new_context(**phone)  # type: ignore[attr-defined]
        context.set_default_timeout(30_000)
        return await context.new_page()


@pytest.fixture
async def site(world: World) -> AsyncIterator[Site]:
    chats = [
        BrowserChat("browser", buyers, "/", sign, secure=False),
        BrowserChat("desk", staff_router, "/desk", sign, secure=False),
    ]
    app = create_app(world.shop, [route for chat in chats for route in chat.routes(world.shop)])
    world.shop.senders |= {chat.name: chat.send for chat in chats}
    runner = Runner(world.shop, {chat.name: chat.hear for chat in chats})
    working = asyncio.create_task(runner.run())

    def close() -> None:
        for chat in chats:
            chat.close()

    async with served(app, close) as url, async_playwright() as playwright:
        world.shop.public_url = url
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield Site(url, world, browser)
        await browser.close()
    runner.stop()
    await asyncio.wait([working], timeout=5)
    working.cancel()


def choice(page: Page, label: str) -> Locator:
    return page.locator(".newest .choice", has_text=re.compile(label))


async def test_from_the_welcome_to_the_code(site: Site, world: World, steam: Product) -> None:
    (code,) = await world.stock(steam, 1)
    lin = await site.page()
    await lin.goto(site.url)
    await choice(lin, "看货架").click()
    await choice(lin, "Steam").click()
    await choice(lin, "Steam 20 美元").click()
    await shot(lin, "whole-1-product")
    await choice(lin, "买 1").click()
    await expect(lin.locator(".newest")).to_contain_text("前付款")
    await shot(lin, "whole-2-pay")
    async with lin.expect_popup() as opened:
        await choice(lin, "去付款").click()
    pay = await opened.value
    await pay.locator('[value="pay"]').click()
    await expect(lin.locator(".newest code")).to_have_text(code)
    await expect(lin.locator(".superseded .choice")).to_have_count(0)
    await shot(lin, "whole-3-code")
    assert await lin.title() in ("密卡小店", "● 密卡小店")

    await lin.get_by_role("button", name="我的订单").first.click()
    await expect(lin.locator(".newest .choice").first).to_be_visible()
    await shot(lin, "whole-4-orders")
    await lin.get_by_label("你的消息").fill("帮助")
    await lin.get_by_label("你的消息").press("Enter")
    await expect(lin.locator(".newest")).to_contain_text("没动静")
    await shot(lin, "whole-5-help")
    assert await lin.evaluate("document.querySelector('main').scrollWidth") <= 360


async def test_stock_comes_in_by_the_desk(site: Site, world: World, steam: Product) -> None:
    token = await world.db.write(hiring.invite, "Chen")
    chen = await site.page()
    await chen.goto(f"{site.url}/desk/enter?t={token}")
    await chen.get_by_role("button", name="进入").click()
    await expect(chen.locator(".newest")).to_contain_text("店员")
    await shot(chen, "whole-desk-1")
    await chen.get_by_label("你的消息").fill(f"restock {steam.slug}")
    await chen.get_by_label("你的消息").press("Enter")
    await expect(chen.locator(".line.ours")).to_have_count(2)
    await chen.get_by_label("你的消息").fill("\n".join(f"AAAAA-{number:05}-BBBBB" for number in range(12)))
    await chen.get_by_label("你的消息").press("Enter")
    await expect(chen.locator(".theirs:not(.pending)").last).to_contain_text("[12 行]")
    await expect(chen.locator(".line.ours")).to_have_count(3)
    await shot(chen, "whole-desk-2")
    assert "AAAAA" not in await chen.content()


async def shot(page: Page, name: str) -> None:
    if SHOTS:
        await page.wait_for_timeout(350)
        await page.screenshot(path=f"{SHOTS}/{name}.png")
