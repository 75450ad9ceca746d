"""Takes the pictures of docs/images from a demo shop of its own: `make screenshots`. Needs Debian's chromium."""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Page, StorageState, async_playwright, expect

from core import findings
from core.findings import Finding, Look
from mika.settings_read import load
from mika.wiring import opened

IMAGES = Path(__file__).resolve().parent / "images"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--lang=zh-CN"]
SIZES = {"phone": (390, 844, 2.0), "desktop": (1280, 860, 1.0)}  # width, height, pixels a point
PATIENCE = 20_000  # milliseconds


@dataclass(frozen=True)
class Demo:
    shop: str
    desk: str
    folder: Path


@asynccontextmanager
async def demo() -> AsyncIterator[Demo]:
    """A fresh demo shop, for as long as the block lasts."""
    with tempfile.TemporaryDirectory() as folder:
        mika = Path(sys.executable).with_name("mika")
        process = await asyncio.create_subprocess_exec(
            mika, "demo", "--data", folder, "--no-open", stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        said = ""
        while "/desk/enter" not in said:
            line = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
            if not line:
                raise SystemExit("mika demo ended before it was open")
            said += line
        shop, desk = re.findall(r"http://\S+", said)[:2]
        try:
            yield Demo(shop, desk, Path(folder))
        finally:
            process.terminate()
            await process.wait()


@asynccontextmanager
async def page(
    browser: Browser, size: str, scheme: str, locale: str, state: StorageState | None = None
) -> AsyncIterator[Page]:
    width, height, scale = SIZES[size]
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=scale,
        color_scheme="dark" if scheme == "dark" else "light",
        locale=locale,
        timezone_id="Asia/Shanghai",
        storage_state=state,
    )
    context.set_default_timeout(PATIENCE)
    yield await context.new_page()
    await context.close()


async def press(on: Page, label: str) -> None:
    """Press the newest choice with these words, and wait for the answer."""
    lines = on.locator(".line.ours")
    before = await lines.count()
    await on.locator(".line.newest .choice", has_text=label).first.click()
    await expect(on.locator(".line.ours")).not_to_have_count(before, timeout=PATIENCE)


async def settle(on: Page, name: str) -> None:
    await on.wait_for_timeout(400)  # animations
    await on.screenshot(path=IMAGES / f"{name}.png")


async def purchase(browser: Browser, shop: Demo, size: str, scheme: str, brand: str, product: str, name: str) -> None:
    """From hello to the code, and a picture of the end; or, held, of the waiting."""
    async with page(browser, size, scheme, "zh-CN") as chat:
        await chat.goto(shop.shop)
        await press(chat, "看货架")
        await press(chat, brand)
        await chat.locator(".line.newest .choice", has_text=re.compile(f"{product}|美区")).first.wait_for()
        if await chat.locator(".line.newest .choice", has_text=product).count() == 0:
            await press(chat, "美区")
        await press(chat, product)
        await asyncio.sleep(3)  # who orders faster than people do is looked at
        await press(chat, "买 1")
        link = await chat.locator(".line.newest a.choice", has_text="去付款").first.get_attribute("href")
        async with page(browser, size, scheme, "zh-CN") as bank:
            await bank.goto(str(link))
            if name == "purchase":
                await settle(bank, f"pay-page-{size}-{scheme}")
            await bank.locator("button, input[type=submit]").first.click()
        done = "已发货" if name == "purchase" else "人工核对"
        await expect(chat.locator(".line.newest")).to_contain_text(done, timeout=PATIENCE)
        await settle(chat, f"{name}-{size}-{scheme}")
        if (name, size, scheme) == ("purchase", "phone", "light"):
            await after_the_sale(chat)


async def after_the_sale(chat: Page) -> None:
    """A question in one's own words, and what becomes of a code that isn't taken."""
    await say(chat, "兑换的时候说这个码无效，怎么办")
    await settle(chat, "question-phone-light")
    await press(chat, "有问题")
    await press(chat, "提示无效")
    await say(chat, "输进去就说“无效的兑换码”，账号是美区的")
    await settle(chat, "claim-phone-light")


async def say(on: Page, text: str) -> None:
    """Type something, and wait for the answer."""
    lines = on.locator(".line.ours")
    before = await lines.count()
    await on.locator("#text").fill(text)
    await on.locator("#text").press("Enter")
    await expect(on.locator(".line.ours")).not_to_have_count(before, timeout=PATIENCE)


async def guide(browser: Browser, shop: Demo) -> None:
    """How a card is redeemed, as a small phone shows the page."""
    context = await browser.new_context(viewport={"width": 360, "height": 720}, device_scale_factor=2.0)
    context.set_default_timeout(PATIENCE)
    on = await context.new_page()
    await on.goto(f"{shop.shop}guides/steam-us-20?lang=zh-CN")
    await on.screenshot(path=IMAGES / "guide.png", full_page=True)
    await context.close()


async def alert(browser: Browser, shop: Demo, state: StorageState) -> None:
    """What staff read when the disk fills up and a certificate isn't renewed. Two looks of the doctor's are made up."""
    found = (
        Finding("D011", facts={"folder": "/srv/mika/data", "free": 412, "percent": 2}),
        Finding("D070", "shop.example", {"host": "shop.example", "days": 6}),
    )
    async with opened(load(shop.folder / "mika.toml", {}), with_site=False) as house:
        for _ in range(2):
            await house.shop.db.write(findings.looked, Look(found, frozenset({"D011", "D070"})))
    for scheme in ("light", "dark"):
        async with page(browser, "phone", scheme, "zh-CN", state) as desk:
            await desk.goto(f"{shop.shop}desk")
            await expect(desk.locator(".line.ours", has_text="D070")).to_be_visible()
            await settle(desk, f"alert-phone-{scheme}")


async def main(only: Sequence[str]) -> None:
    """`only`: "alert" takes the pictures of an alert and no others."""
    IMAGES.mkdir(exist_ok=True)
    async with demo() as shop, async_playwright() as players:
        browser = await players.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        async with page(browser, "desktop", "light", "zh-CN") as desk:
            await desk.goto(shop.desk)
            await desk.locator("button").first.click()
            await desk.locator("#text").wait_for()  # let in
            state = await desk.context.storage_state()
        await alert(browser, shop, state)
        if "alert" in only:
            return await browser.close()
        await guide(browser, shop)
        for size in SIZES:
            for scheme in ("light", "dark"):
                await purchase(browser, shop, size, scheme, "Steam", "20 USD", "purchase")
                await purchase(browser, shop, size, scheme, "Apple", "100 USD", "held")
                width, height, scale = SIZES[size]
                context = await browser.new_context(
                    viewport={"width": width, "height": height},
                    device_scale_factor=scale,
                    color_scheme="dark" if scheme == "dark" else "light",
                    locale="zh-CN",
                    timezone_id="Asia/Shanghai",
                    storage_state=state,
                )
                staff = await context.new_page()
                await staff.goto(f"{shop.shop}desk")
                await settle(staff, f"staff-review-{size}-{scheme}")
                await context.close()
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
