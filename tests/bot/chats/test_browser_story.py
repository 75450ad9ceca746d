"""Lin buys on her phone, copies, types, comes back: the chat page in a real Chromium."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import expect
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from core import composing
from core.ground.messages import Choice, Codes, Message, words
from tests.bot.chats.browsing import House, house, invited, open_house, served
from tests.bot.chats.phones import SHOTS, WELCOME, Hands, chromium, hand, say_to

__all__ = ["chromium", "hand", "house"]
pytestmark = pytest.mark.chromium


@pytest.mark.parametrize("language", ["zh-CN", "en", "ru"])
async def test_buying_on_a_phone(hand: Hands, house: House, language: str) -> None:
    lin = await hand(locale=language)
    page = await lin.opens()
    await expect(lin.newest.locator(".choice")).to_have_count(2)  # the welcome came by itself, live
    assert await page.evaluate("document.documentElement.lang") == language
    await lin.fits()
    await lin.shot(f"{language}-1-welcome")

    await lin.newest.locator(".choice").first.click()
    await expect(lin.newest.locator(".choice")).to_have_count(25)
    await lin.fits()
    await lin.shot(f"{language}-2-shelf")

    await lin.newest.locator(".choice").last.click()
    await expect(lin.newest).to_contain_text("¥1,128.00")
    await lin.fits()
    await lin.shot(f"{language}-3-product")

    await lin.newest.locator(".choice").first.click()
    await expect(lin.newest).to_contain_text("K7M2-94QF")
    await expect(page.locator(".superseded .choice")).to_have_count(0)
    await expect(page.locator(".superseded")).to_have_count(1)
    assert "K7M2" not in await page.title()

    order = await house.order_of(await lin.person(), 20)
    handed = (f"Order {order.number}: Steam × 20", words("browser-codes", codes=Codes(order.id)))
    spoken = await house.shop.db.read(composing.compose, await lin.person(), Message(handed))
    await house.buyers.send((await lin.person()).partition(":")[2], spoken)
    await expect(lin.newest.locator(".code")).to_have_count(20)
    await lin.fits()
    await lin.shot(f"{language}-4-codes")
    await page.locator("main").evaluate("(main) => { main.scrollTop = 1e6; }")
    await lin.shot(f"{language}-5-codes-end")

    async with page.expect_download() as waiting:
        await lin.newest.locator("a[href$='.txt']").click()
    file = await (await waiting.value).path()
    assert (await waiting.value).suggested_filename == f"{order.number}.txt"
    assert file.read_text().split() == [code.reveal() for code in spoken.codes]


async def test_copying_codes(hand: Hands, house: House) -> None:
    lin = await hand(permissions=["clipboard-read", "clipboard-write"])
    page = await lin.opens()
    await lin.newest.wait_for()
    order = await house.order_of(await lin.person(), 3)
    message = Message((words("browser-codes", codes=Codes(order.id)),), (Choice("Copy them", copies=True),))
    spoken = await house.shop.db.read(composing.compose, await lin.person(), message)
    await house.buyers.send((await lin.person()).partition(":")[2], spoken)
    codes = [code.reveal() for code in spoken.codes]

    second = lin.newest.locator(".code").nth(1).get_by_role("button")
    await second.click()
    await expect(second).to_have_text("Copied")
    assert await page.evaluate("navigator.clipboard.readText()") == codes[1]
    await lin.newest.get_by_role("button", name="Copy them").click()
    await expect(lin.newest.get_by_role("button", name="Copied", exact=True).last).to_be_visible()
    assert await page.evaluate("navigator.clipboard.readText()") == "\n".join(codes)
    await expect(second).to_have_text("Copy")


async def test_with_the_keyboard_alone(hand: Hands, house: House) -> None:
    lin = await hand(viewport={"width": 1000, "height": 700}, has_touch=False)
    page = await lin.opens()
    await lin.newest.wait_for()
    field = page.get_by_label("Your message")
    await expect(field).to_be_focused()
    await page.keyboard.type("two")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("lines")
    await page.keyboard.press("Enter")
    await expect(lin.newest).to_contain_text("You said: two")
    await expect(field).to_be_focused()
    await expect(field).to_have_value("")
    assert house.rote.heard[-1].text == "two\nlines"

    await page.keyboard.press("Shift+Tab")
    browse = lin.newest.get_by_role("button", name="Browse")
    await expect(browse).to_be_focused()
    outline = await browse.evaluate("(button) => getComputedStyle(button).outlineStyle")
    assert outline == "solid"
    await lin.shot("keyboard-focus")
    await page.keyboard.press("Enter")
    await expect(lin.newest.locator(".choice")).to_have_count(25)
    await expect(page.get_by_role("log")).to_have_attribute("aria-live", "polite")


async def test_a_double_click_is_one_event(hand: Hands, house: House) -> None:
    lin = await hand()
    await lin.opens()
    await lin.newest.locator(".choice").first.dblclick()
    await expect(lin.newest.locator(".choice")).to_have_count(25)
    assert [said.press for said in house.rote.heard] == ["start", "shelf"]


async def test_an_older_choice_is_quieter_but_answers(hand: Hands, house: House) -> None:
    lin = await hand()
    page = await lin.opens()
    await lin.newest.locator(".choice").first.click()
    await expect(lin.newest.locator(".choice")).to_have_count(25)
    old = page.locator(".line:not(.newest) .choice").first
    await expect(old).to_be_enabled()
    await old.click()
    await expect(page.locator(".line.ours")).to_have_count(3)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_colours_follow_the_system_and_can_be_read(hand: Hands, scheme: str) -> None:
    lin = await hand(color_scheme=scheme)
    page = await lin.opens()
    await lin.newest.locator(".choice").first.click()
    await expect(lin.newest.locator(".choice")).to_have_count(25)
    paper = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", paper)[:3])) < 200) == (scheme == "dark")
    await page.wait_for_timeout(2000)  # the pressed choice is at rest again
    assert await page.evaluate(CONTRAST) == []
    await lin.shot(f"{scheme}-contrast")


# Every visible text whose contrast with what is behind it is below WCAG's AA.
CONTRAST = r"""() => {
  const channel = (of) => of / 255 <= 0.03928 ? of / 255 / 12.92 : ((of / 255 + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
  const behind = (element) => {
    for (; element; element = element.parentElement) {
      const colour = numbers(getComputedStyle(element).backgroundColor);
      if (colour.length === 3 || colour[3] > 0.99) return colour;
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll("body *")].filter((element) =>
    [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim())
    && !element.closest(".unseen, .skip, [hidden], noscript, script") && element.offsetParent
  ).flatMap((element) => {
    const [one, two] = [numbers(getComputedStyle(element).color), behind(element)].map(light).sort().reverse();
    const ratio = (one + 0.05) / (two + 0.05);
    return ratio < 4.5 ? [`${element.tagName} ${element.textContent.slice(0, 20)} ${ratio.toFixed(2)}`] : [];
  });
}"""


async def test_another_language_turns_the_whole_page(hand: Hands) -> None:
    lin = await hand()
    page = await lin.opens()
    await lin.newest.wait_for()
    await page.get_by_label("Your message").fill("half a sentence")
    await page.get_by_role("button", name="Русский").click()
    await expect(page.get_by_role("button", name="Мои заказы")).to_be_visible()
    await expect(page.get_by_label("Ваше сообщение", exact=True)).to_have_value("half a sentence")
    assert await page.evaluate("document.documentElement.lang") == "ru"
    await lin.fits()


async def test_without_script_it_is_a_page_of_forms(hand: Hands, house: House) -> None:
    lin = await hand(java_script_enabled=False)
    page = await lin.opens()
    async with page.expect_event("load"):  # a form sent is a page loaded anew; asking for it sooner ends that load
        await page.get_by_role("button", name="Start").click()
    await page.get_by_label("Your message").fill("hello")
    async with page.expect_event("load"):
        await page.get_by_role("button", name="Send", exact=True).click()
    for _ in range(50):
        await page.reload()
        if await page.locator(".line.ours").count() == 2:
            break
        await asyncio.sleep(0.05)
    await lin.newest.get_by_role("button", name="Browse").click()
    assert [said.press or said.text for said in house.rote.heard][:2] == ["start", "hello"]
    await expect(page.locator(".line.theirs").last).to_contain_text("Browse")


async def test_earlier_messages_and_back(hand: Hands, house: House) -> None:
    lin = await hand()
    page = await lin.opens()
    await lin.newest.wait_for()
    for number in range(45):
        await house.shop.db.write(say_to, await lin.person(), f"line {number}")
    await page.reload()
    await page.get_by_role("link", name="Earlier messages").click()
    await expect(page.get_by_text("line 2", exact=True)).to_be_visible()
    await expect(page.get_by_text("line 44", exact=True)).to_have_count(0)
    await page.get_by_role("link", name="Back to the latest").click()
    await expect(page.get_by_text("line 44", exact=True)).to_be_visible()


async def test_staff_come_in_by_their_link(hand: Hands, house: House) -> None:
    chen = await hand()
    page = await chen.opens(f"/desk/enter?t={await invited(house)}")
    await chen.shot("desk-1-link")
    await page.get_by_role("button", name="Enter").click()
    await chen.newest.wait_for()
    assert page.url.endswith("/desk")
    await page.get_by_label("Your message").fill("\n".join(f"CODE-{number}" for number in range(10)))
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.locator(".theirs:not(.pending)")).to_have_text(re.compile(r"\[10 lines\]"))
    await chen.fits()
    await chen.shot("desk-2-pasted")


async def test_the_chat_on_another_site(chromium: Chromium, house: House) -> None:
    house.rote.answers["start"] = WELCOME
    framed = open_house(house.shop, house.file, house.rote, embed_origins=["http://127.0.0.1:*"])
    worker = asyncio.create_task(framed.keep_working())
    pages: dict[str, str] = {}

    async def other(request) -> HTMLResponse:
        return HTMLResponse(f"<h1>Another site</h1><script src='{pages['shop']}/embed.js' async></script>")

    async with (
        served(framed.app, framed.buyers.close) as shop,
        served(Starlette(routes=[Route("/", other)])) as site,
    ):
        pages["shop"] = shop
        page = await (await chromium.new_context(locale="en")).new_page()
        await page.goto(site)
        launcher = page.get_by_role("button", name="密卡 Mika")
        await launcher.focus()
        await page.keyboard.press("Enter")
        frame = page.frame_locator("iframe")
        await expect(frame.locator(".newest .choice")).to_have_count(2)
        await expect(launcher).to_have_attribute("aria-expanded", "true")
        if SHOTS:
            await page.wait_for_timeout(350)
            await page.screenshot(path=Path(SHOTS) / "embedded.png")
        await launcher.click()
        await expect(page.locator("iframe")).to_be_hidden()
        await page.context.close()
    worker.cancel()
