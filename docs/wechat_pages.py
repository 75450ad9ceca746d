"""Takes the pictures of the pages inside WeChat for docs/images: `make screenshots`. Needs Debian's chromium.

The shop is the demo's; WeChat and WeChat Pay are our doubles of them.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import structlog
from playwright.async_api import Browser, Page, async_playwright
from tales import demo_world

from core import catalog, risk_policy
from doubles.wechat_people import PHONES
from proofs import few_rules
from tests.bot.chats.wechat.site import LIN, Site, open_site

risk_policy.UNSET = few_rules.FEW  # Lin buys faster than people do

IMAGES = Path(__file__).resolve().parent / "images"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--lang=zh-CN"]
PATIENCE = 20_000  # milliseconds


@asynccontextmanager
async def inside(browser: Browser, site: Site, scheme: str, phone: str = "android") -> AsyncIterator[Page]:
    """WeChat's own browser on Lin's phone."""
    context = await browser.new_context(
        viewport={"width": 360, "height": 720},
        device_scale_factor=2.0,
        color_scheme="dark" if scheme == "dark" else "light",
        locale="zh-CN",
        user_agent=PHONES["iphone" if phone == "iphone" else "android"],
    )
    context.set_default_timeout(PATIENCE)
    await context.add_cookies([{"name": "openid", "value": LIN, "url": site.api.url}])  # WeChat knows who it is
    yield await context.new_page()
    await context.close()


async def keep(page: Page, name: str) -> None:
    await page.wait_for_timeout(300)
    await page.screenshot(path=IMAGES / f"wechat-{name}.png", full_page=True)


async def take(browser: Browser, site: Site, scheme: str) -> None:
    """An order from its pay page to its codes; what an iPhone shows; how it is redeemed."""
    steam = await site.world.db.read(catalog.product, "steam-us-20")
    bought = await site.order(steam, many=3)
    await site.paid(bought)
    site.world.clock.forward(timedelta(minutes=5))
    waits = await site.order(steam)
    async with inside(browser, site, scheme) as page:
        await page.goto(site.link(waits, "pay"))
        await keep(page, f"pay-phone-{scheme}")
        await page.goto(site.link(bought))
        await page.locator("form button.main").click()
        await page.locator("code").first.wait_for()
        await keep(page, f"codes-phone-{scheme}")
        await page.goto(f"{site.url}/wechat/orders")
        await keep(page, f"orders-phone-{scheme}")
        await page.goto(f"{site.url}/wechat/guides/{steam.slug}")
        await keep(page, f"guide-phone-{scheme}")
    async with inside(browser, site, scheme, "iphone") as page:
        await page.goto(site.link(waits, "pay"))
        await keep(page, f"iphone-phone-{scheme}")


async def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    for scheme in ("light", "dark"):
        with tempfile.TemporaryDirectory() as folder:
            async with demo_world(Path(folder)) as world, open_site(world) as site, async_playwright() as players:
                site.person()
                browser = await players.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
                await take(browser, site, scheme)
                await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
