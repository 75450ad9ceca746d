"""The pages in a real Chromium, on a small phone: they copy, call WeChat's programme, notice that it is paid."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from core.ground.words import LOCALES
from core.orders import State
from tests.bot.chats.phones import CHROMIUM, LONG, SHOTS
from tests.bot.chats.wechat.site import ANDROID, CHROME, DESKTOP, IPHONE, LIN, Site, order, site

__all__ = ["order", "site"]
pytestmark = [pytest.mark.chromium, pytest.mark.parametrize("store", ["sqlite"])]
BRIDGE = """
window.WeixinJSBridge = {
  invoke: (name, call, done) => window.wechat(name, call).then((said) => done({ err_msg: said })),
};
"""


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


@asynccontextmanager
async def phone(site: Site, chromium: Browser, agent: str = ANDROID, scheme: Any = "light") -> AsyncIterator[Page]:
    """A page 360 points wide; in the end nothing may have gone wrong on it."""
    site.person(LIN)
    size = {"width": 360, "height": 720}
    context = await chromium.new_context(viewport=size, user_agent=agent, locale="zh-CN", color_scheme=scheme)  # type: ignore[arg-type]
    context.set_default_timeout(30_000)
    await context.grant_permissions(["clipboard-read", "clipboard-write"])
    await context.add_cookies([{"name": "openid", "value": LIN, "url": site.api.url}])
    page = await context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    yield page
    await context.close()
    assert [trouble for trouble in troubles if "404" not in trouble and "403" not in trouble] == []


async def fits(page: Page, name: str) -> None:
    if SHOTS:
        await page.screenshot(path=Path(SHOTS) / f"wechat-{name}.png", full_page=True)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360, name
    cut = "[...document.querySelectorAll('main *')].filter((e) => e.scrollWidth > e.clientWidth + 1 && e.clientWidth)"
    assert await page.evaluate(f"{cut}.map((e) => e.outerHTML.slice(0, 200))") == [], name


async def test_inside_wechat_from_paying_to_copying(site, order, chromium):
    calls: list[tuple[str, dict[str, str]]] = []

    async def wechat(name: str, call: dict[str, str]) -> str:
        calls.append((name, call))
        if len(calls) == 1:
            return "get_brand_wcpay_request:fail"
        assert await site.provider.paid_inside(call, LIN) == 204
        return "get_brand_wcpay_request:ok"

    async with phone(site, chromium) as page:
        await page.expose_function("wechat", wechat)
        await page.add_init_script(BRIDGE)
        await page.goto(site.link(order, "pay"))
        await page.locator("button.main").click()
        await expect(page.locator("[data-failed]")).to_be_visible()
        await page.locator("button.call").click()
        await page.wait_for_url(f"**/wechat/orders/{order.number}?*")
        assert [name for name, _ in calls] == ["getBrandWCPayRequest"] * 2
        await site.becomes(order, State.FULFILLING)
        await page.reload()
        await page.locator("form button.main").click()
        code = await page.locator("code").inner_text()
        await page.locator(".copy").click()
        await expect(page.locator(".copy")).to_have_text("已复制")
        assert await page.evaluate("navigator.clipboard.readText()") == code
        assert (await site.now(order)).units[0].sent_at is not None


async def test_in_a_phones_browser_by_wechats_page_and_back(site, order, chromium, monkeypatch):
    """The way there begins on a page of the shop, as WeChat wants it."""
    monkeypatch.setattr("bot.chats.wechat.pay_pages._address", lambda request: "8.8.8.8")
    async with phone(site, chromium, CHROME) as page:
        await page.goto(site.link(order, "pay"))
        await page.locator("button.main").click()
        await page.locator("a.main").click()
        await expect(page.locator("button")).to_have_text("立即支付")
        assert await page.evaluate("document.referrer") == f"{site.url}/"
        await page.locator("button").click()
        await page.wait_for_url(f"**/wechat/orders/{order.number}?*")


@pytest.mark.parametrize("locale", LOCALES)
async def test_nothing_is_cut_on_a_small_phone(site, chromium, locale):
    steps = {name: "1. https://redeem.example/" + "a-long-way/" * 8 for name in LOCALES}
    made = await site.world.make("long", names=dict.fromkeys(LOCALES, LONG), guide=steps)
    await site.world.stocked(made, [f"{'ABCDE-FGHJK-' * 5}{number:05}" for number in range(4)])
    bought = await site.order(made, many=2, locale=locale)
    await site.paid(bought)
    waits = await site.order(made, locale=locale)
    for scheme in ("light", "dark"):
        async with phone(site, chromium, scheme=scheme) as page:
            for name, address in {
                "orders": "/wechat/orders",
                "waits": f"/wechat/orders/{waits.number}",
                "pay": f"/wechat/orders/{waits.number}/pay",
                "guide": "/wechat/guides/long",
                "nothing": "/wechat/orders/AAAA-AAAA",
                "not-in": "/wechat/back?state=none",
            }.items():
                await page.goto(f"{site.url}{address}")
                await fits(page, f"{name}-{locale}-{scheme}")
            await page.goto(site.link(bought))
            await fits(page, f"ready-{locale}-{scheme}")
            await page.locator("form button.main").click()
            await fits(page, f"codes-{locale}-{scheme}")
            await page.goto(site.link(waits, "pay"))
            await page.locator("button.main").click()
            await page.locator(".call").wait_for()
            await fits(page, f"inside-{locale}-{scheme}")
    for agent, name in ((CHROME, "phone"), (DESKTOP, "desk"), (IPHONE, "iphone")):
        async with phone(site, chromium, agent) as page:
            await page.goto(site.link(waits, "pay"))
            if agent is not IPHONE:
                await page.locator("button.main").click()
                await page.locator(".scan").wait_for()
            await fits(page, f"{name}-{locale}")
