"""A gift's link in the browser: one button. Looking at it opens nothing and leaves no trace."""

from __future__ import annotations

import re

from tests.bot.chats.browsing import Browser, House, house, lin

__all__ = ["house", "lin"]

LINK = "g-" + "A" * 27


async def test_the_link_shows_a_button_that_says_what_it_carries(house: House, lin: Browser) -> None:
    before = await house.events()
    page = await lin.http.get(f"/gift?t={LINK}")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert await house.events() == before
    fields = dict(re.findall(r'name="(csrf|key)" value="([^"]+)"', page.text))
    [press] = re.findall(r'name="press" value="([^"]+)"', page.text)
    assert press == f"arrive {LINK}"
    said = await lin.http.post("/say", data={**fields, "press": press}, headers={"origin": "http://shop.test"})
    assert said.status_code in (204, 303)
    await house.work()
    assert house.rote.heard[-1].press == f"arrive {LINK}"


async def test_what_is_no_gift_is_not_found(house: House, lin: Browser) -> None:
    for carried in ("", "g-", "p-steam", "o-K7M2-94QF", "%3Cscript%3E", "g-" + "A" * 100):
        page = await lin.http.get(f"/gift?t={carried}")
        assert page.status_code == 404
        assert "<script>" not in page.text.replace("<script src", "")
