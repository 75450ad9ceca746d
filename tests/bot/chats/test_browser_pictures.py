"""A product's picture in the browser chat: seen, said in words, and no line jumps when it comes."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect

from core import pictures
from core.ground.messages import Choice, Message
from tests.bot.chats.browsing import Browser, House, bao, house, lin
from tests.bot.chats.phones import Hands, chromium, hand, local
from tests.drawn import png

__all__ = ["bao", "chromium", "hand", "house", "lin"]

NAMED = local("Steam 充值卡", 'Steam "20" <USD>', "Steam")


def keep(house: House, tmp_path: Path, content: bytes) -> str:
    house.shop.pictures = tmp_path / "pictures"
    house.shop.pictures.mkdir(exist_ok=True)
    name = pictures.name_for(content)
    (house.shop.pictures / name).write_bytes(content)
    return name


def card(name: str) -> Message:
    return Message((NAMED,), (Choice("Buy", "buy"),), card="product", picture=name, shows=NAMED)


async def test_what_is_on_it_is_said_in_the_persons_language(house: House, lin: Browser, tmp_path: Path) -> None:
    name = keep(house, tmp_path, png())
    house.rote.answers["card"] = card(name)
    await lin.say("card")
    await house.work()
    page = await lin.look()
    assert f'src="/pictures/{name}" alt="Steam &#34;20&#34; &lt;USD&gt;" loading="lazy"' in page


async def test_a_code_to_scan_is_in_the_page_itself(house: House, lin: Browser) -> None:
    """So that it needs no address that others could ask for."""
    house.rote.answers["pay"] = Message((NAMED,), qr="weixin://wxpay/1", shows=NAMED)
    await lin.say("pay")
    await house.work()
    drawn = b64encode(pictures.to_scan("weixin://wxpay/1")).decode()
    assert f'src="data:image/png;base64,{drawn}" alt="Steam &#34;20&#34; &lt;USD&gt;"' in await lin.look()


async def test_a_message_without_a_picture_has_none(house: House, lin: Browser) -> None:
    await lin.say("card")
    await house.work()
    assert "<img" not in (await lin.look()).partition('id="log"')[2]


async def kept_back(page: Page) -> asyncio.Event:
    """No picture comes until the event is set."""
    let_go = asyncio.Event()

    async def late(route: Route) -> None:
        await let_go.wait()
        await route.continue_()

    await page.route("**/pictures/*", late)
    return let_go


@pytest.mark.chromium
@pytest.mark.parametrize("shape", [(640, 400), (400, 400), (200, 800)])
async def test_nothing_jumps_when_it_comes(hand: Hands, house: House, tmp_path: Path, shape: tuple[int, int]) -> None:
    """The picture is kept back until the line stands: its place is as large before as after."""
    name = keep(house, tmp_path, png(*shape))
    house.rote.answers["shelf"] = card(name)
    phone = await hand(locale="en")
    page = await phone.opens()
    let_go = await kept_back(page)
    await phone.newest.locator(".choice").first.click()
    picture = phone.newest.locator(".picture")
    await expect(picture).to_be_visible()
    await expect(picture).to_have_js_property("naturalWidth", 0)
    await page.wait_for_timeout(400)  # the line has arrived
    before = await picture.bounding_box(), await phone.newest.locator(".said").bounding_box()
    let_go.set()
    await expect(picture).to_have_js_property("naturalWidth", shape[0])
    after = await picture.bounding_box(), await phone.newest.locator(".said").bounding_box()
    assert before == after
    assert before[0] is not None and before[0]["height"] > 100
    await phone.fits()
    await phone.shot(f"picture-{shape[0]}x{shape[1]}")


@pytest.mark.chromium
async def test_without_a_place_kept_for_it_the_line_would_jump(hand: Hands, house: House, tmp_path: Path) -> None:
    house.rote.answers["shelf"] = card(keep(house, tmp_path, png(640, 400)))
    phone = await hand(locale="en")
    page = await phone.opens()
    let_go = await kept_back(page)
    await phone.newest.locator(".choice").first.click()
    picture = phone.newest.locator(".picture")
    await expect(picture).to_be_visible()
    await picture.evaluate("(image) => { image.style.aspectRatio = 'auto'; }")
    before = await picture.bounding_box()
    let_go.set()
    await expect(picture).to_have_js_property("naturalWidth", 640)
    assert before != await picture.bounding_box()


@pytest.mark.chromium
async def test_one_that_is_gone_is_read_instead(hand: Hands, house: House, tmp_path: Path) -> None:
    name = keep(house, tmp_path, png())
    (tmp_path / "pictures" / name).unlink()
    house.rote.answers["shelf"] = card(name)
    phone = await hand(locale="en")
    page = await phone.opens()
    async with page.expect_console_message(lambda said: "404" in said.text):
        await phone.newest.locator(".choice").first.click()
    await expect(phone.newest.get_by_role("img", name='Steam "20" <USD>')).to_be_visible()
    await phone.fits()
    phone.troubles.clear()  # the browser's own word about it
