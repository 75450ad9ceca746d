"""When the line is bad: nothing said is lost or said twice, and the page tells how it stands."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import expect

from tests.bot.chats.browsing import House, house
from tests.bot.chats.phones import Hands, chromium, hand, say_to

__all__ = ["chromium", "hand", "house"]
pytestmark = pytest.mark.chromium


async def test_a_lost_connection_is_told_and_comes_back(hand: Hands, house: House) -> None:
    lin = await hand()
    page = await lin.opens()
    await lin.newest.wait_for()
    house.buyers._ending = True  # as when the shop is restarted: streams end, and are refused for a while
    await page.route("**/stream*", lambda route: route.abort())
    await expect(page.locator("#offline")).to_be_visible()
    await lin.shot("offline")
    await house.shop.db.write(say_to, await lin.person(), "said meanwhile")
    house.buyers._ending = False
    await page.unroute("**/stream*")
    await expect(lin.newest).to_contain_text("said meanwhile")
    await expect(page.locator("#offline")).to_be_hidden()
    lin.troubles.clear()  # the browser reports the lost connection, as it should


async def test_an_answer_that_is_lost_is_asked_for_again_under_the_same_key(hand: Hands, house: House) -> None:
    lin = await hand()
    page = await lin.opens()
    await lin.newest.wait_for()
    tries: list[str] = []

    async def fail(route) -> None:
        tries.append(route.request.post_data)
        if len(tries) == 2:
            await route.fetch()  # this time the shop hears it, but the browser doesn't hear the shop
        await route.abort()

    await page.route("**/say*", fail)
    await page.get_by_label("Your message").fill("my only words")
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(lin.newest).to_contain_text("You said: my only words")
    await expect(page.locator(".line.theirs")).to_have_count(1)
    await page.wait_for_timeout(3500)  # all tries are over: the stream has shown that it arrived
    await expect(page.locator("#notice")).to_be_hidden()
    await expect(page.get_by_label("Your message")).to_have_value("")
    assert len(tries) == 2
    assert len(set(tries)) == 1
    lin.troubles.clear()


async def test_what_could_not_be_sent_is_not_lost(hand: Hands, house: House) -> None:
    lin = await hand()
    page = await lin.opens()
    await lin.newest.wait_for()
    await page.route("**/say*", lambda route: route.abort())
    await page.get_by_label("Your message").fill("my only words")
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.locator(".pending")).to_have_count(1)
    await expect(page.locator("#notice")).to_contain_text("Your text is still here")
    await expect(page.get_by_label("Your message")).to_have_value("my only words")
    await expect(page.locator(".pending")).to_have_count(0)
    await page.unroute("**/say*")
    await page.get_by_label("Your message").press("Enter")
    await expect(lin.newest).to_contain_text("You said: my only words")
    await expect(page.locator("#notice")).to_be_hidden()
    assert [said.text for said in house.rote.heard if said.text] == ["my only words"]
    lin.troubles.clear()


async def test_a_refusal_is_shown_and_the_words_stay(hand: Hands) -> None:
    lin = await hand()
    page = await lin.opens()
    await lin.newest.wait_for()
    await page.evaluate("document.getElementById('text').removeAttribute('maxlength')")
    await page.get_by_label("Your message").fill("x" * 4001)
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("4,000 characters at most")
    assert len(await page.get_by_label("Your message").input_value()) == 4001
    await lin.shot("refused")
    lin.troubles.clear()


async def test_waiting_for_the_answer_is_shown(hand: Hands, house: House) -> None:
    lin = await hand()
    page = await lin.opens()
    await lin.newest.wait_for()
    go_on = asyncio.Event()
    answer = house.rote.answer

    async def slowly(shop, said, keep, /):
        await go_on.wait()
        return await answer(shop, said, keep)

    house.rote.answer = slowly
    await page.get_by_label("Your message").fill("hello")
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.locator(".theirs:not(.pending)")).to_have_text(re.compile("hello"))
    await expect(page.locator("#typing")).to_contain_text("Writing")
    await lin.shot("typing")
    go_on.set()
    await expect(lin.newest).to_contain_text("You said: hello")
    await expect(page.locator("#typing")).to_be_hidden()
