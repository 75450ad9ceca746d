"""The order's page: who sees it, what is on it, and that codes are shown on a press alone."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from core import switches
from core.ground.audit import audit
from core.orders import State
from core.units import UnitState
from tests.bot.chats.wechat.site import (
    ANDROID,
    BAO,
    CHROME,
    DESKTOP,
    IPHONE,
    LIN,
    Site,
    Visitor,
    bao,
    lin,
    open_site,
    order,
    quiet_site,
    sign,
    site,
)

__all__ = ["bao", "lin", "order", "quiet_site", "site"]


def words_of(page: httpx.Response) -> str:
    """What a page says, without its markup."""
    return re.sub(r"<[^>]+>", " ", page.text)


def codes_on(page: httpx.Response) -> list[str]:
    return re.findall(r'<code data-bare="([^"]+)">', page.text)


async def reveals(site: Site) -> int:
    count = select(func.count()).select_from(audit).where(audit.c.action == "reveal")
    return await site.world.db.read(lambda tx: tx.value(count))


async def stands(site: Site, order: Any) -> tuple[Any, ...]:
    """All that a look could change."""
    now = await site.now(order)
    return now.state, now.version, [(unit.state, unit.obligation) for unit in now.units], await reveals(site)


async def test_an_order_is_seen_by_whom_wechat_says_it_is(site, order, lin):
    page = await lin.opens(f"{site.url}/wechat/orders/{order.number}")
    assert page.status_code == 200 and page.history, "asked WeChat on the way"
    assert "Steam 20 美元 × 1" in words_of(page) and order.number in words_of(page)
    assert "待付款" in words_of(page) and "去付款" in words_of(page)

    again = await lin.opens(f"{site.url}/wechat/orders")
    assert not again.history, "known for some hours"
    assert "Steam 20 美元" in words_of(again) and f"/wechat/orders/{order.number}" in again.text


async def test_another_buyer_sees_nothing_of_it_and_no_difference_to_no_order(site, order, steam, bao):
    theirs = await site.order(steam, BAO)
    assert (await bao.opens(f"{site.url}/wechat/orders/{theirs.number}")).status_code == 200
    await hidden(site, order, bao)
    page = await bao.opens(f"{site.url}/wechat/orders")
    assert theirs.number in page.text and order.number not in page.text
    form = sign(f"wechat form {BAO} {order.number}")  # as if a page of ours had given it
    for what in ("/codes", "/pay", "/paid"):
        assert (await bao.posts(f"/wechat/orders/{order.number}{what}", form=form)).status_code == 404
    assert (await bao.opens(f"{site.url}/wechat/orders/{order.number}/state")).status_code == 404
    assert site.provider.orders == {}


async def test_somebody_we_have_not_met_sees_nothing_of_it_either(site, order, bao):
    await hidden(site, order, bao)
    assert "还没有订单" in words_of(await bao.opens(f"{site.url}/wechat/orders"))


async def hidden(site: Site, order: Any, bao: Visitor) -> None:
    theirs = await bao.opens(f"{site.url}/wechat/orders/{order.number}")
    none = await bao.opens(f"{site.url}/wechat/orders/AAAA-AAAA")
    assert theirs.status_code == none.status_code == 404
    assert theirs.text == none.text
    assert order.number not in theirs.text


async def test_a_forwarded_link_shows_nothing_inside_wechat(site, order, lin, bao):
    link = site.link(order)
    assert order.number in words_of(await lin.opens(link))
    forwarded = await bao.opens(link)
    assert forwarded.status_code == 404 and "Steam" not in forwarded.text


async def test_a_link_alone_opens_it_elsewhere(site, order):
    page = await Visitor(site).opens(site.link(order))
    assert page.status_code == 200 and order.number in words_of(page)


async def test_where_wechat_cannot_be_asked_the_link_is_enough(quiet_site, steam):
    await quiet_site.world.stock(steam, 1)
    placed = await quiet_site.order(steam)
    inside = Visitor(quiet_site, ANDROID, quiet_site.person())
    page = await inside.opens(quiet_site.link(placed))
    assert page.status_code == 200 and not page.history
    assert (await inside.opens(f"{quiet_site.url}/wechat/orders/{placed.number}")).status_code == 404
    assert "公众号" in words_of(await inside.opens(f"{quiet_site.url}/wechat/orders"))
    assert (await inside.opens(f"{quiet_site.url}/wechat/enter")).status_code == 404


async def test_an_old_link_shows_nothing(site, order):
    link, visitor = site.link(order), Visitor(site)
    site.world.clock.forward(timedelta(hours=23))
    assert (await visitor.opens(link)).status_code == 200
    site.world.clock.forward(timedelta(hours=2))
    old = await visitor.opens(link)
    assert old.status_code == 404
    assert old.text == (await visitor.opens(f"{site.url}/wechat/orders/{order.number}")).text


@pytest.mark.parametrize("change", ["by", "until", "sign", "number"])
async def test_a_link_that_was_changed_shows_nothing(site, order, steam, change):
    link = site.link(order)
    other = await site.order(steam)
    changed = {
        "by": link.replace(f"by={LIN}", f"by={BAO}"),
        "until": re.sub(r"until=(\d+)", lambda found: f"until={int(found[1]) + 1}", link),
        "sign": link[:-1] + ("0" if link[-1] != "0" else "1"),
        "number": link.replace(order.number, other.number),
    }[change]
    assert changed != link
    assert (await Visitor(site).opens(changed)).status_code == 404


# Signing in


async def test_nobody_is_led_out_of_the_shop(site, order, lin):
    for to in (
        "https://evil.example/",
        "//evil.example",
        "/wechat/orders/../../desk",
        "/desk",
        "\\\\evil",
        "/wechat/orders\n",
    ):
        page = await lin.opens(str(httpx.URL(f"{site.url}/wechat/enter", params={"to": to})))
        assert str(page.request.url) == f"{site.url}/wechat/orders"
    page = await lin.opens(str(httpx.URL(f"{site.url}/wechat/enter", params={"to": f"/wechat/orders/{order.number}"})))
    assert str(page.request.url) == f"{site.url}/wechat/orders/{order.number}"


async def code_for(site: Site, openid: str, state: str) -> str:
    """A code of WeChat's for that person, as an attacker has one for themselves."""
    asked = {
        "appid": site.account.appid,
        "redirect_uri": f"{site.url}/wechat/back",
        "response_type": "code",
        "scope": "snsapi_base",
        "state": state,
    }
    async with httpx.AsyncClient() as http:
        at = f"{site.api.url}/connect/oauth2/authorize"
        answer = await http.get(at, params=asked, headers={"x-openid": openid})
    return httpx.URL(answer.headers["location"]).params["code"]


async def test_a_sign_in_that_began_elsewhere_signs_nobody_in(site, order):
    bao = Visitor(site, CHROME)
    site.person(LIN)
    code = await code_for(site, LIN, "chosen")
    page = await bao.opens(f"{site.url}/wechat/back?code={code}&state=chosen")
    assert page.status_code == 403 and "再试一次" in words_of(page)
    assert (await bao.opens(f"{site.url}/wechat/orders/{order.number}")).status_code == 404

    began = await asked_here(site, bao)
    other = await bao.opens(f"{site.url}/wechat/back?code={code}&state={began[::-1]}")
    assert other.status_code == 403
    assert (await bao.opens(f"{site.url}/wechat/back?code={code}&state={began}")).status_code == 403, "used up"


async def asked_here(site: Site, visitor: Visitor) -> str:
    """Begin to sign in, and go nowhere: the state that was given along."""
    transport = httpx.ASGITransport(app=site.app)
    async with httpx.AsyncClient(transport=transport, base_url=site.url) as http:
        answer = await http.get("/wechat/enter")
    visitor.cookies.extract_cookies(answer)
    return httpx.URL(answer.headers["location"]).params["state"]


async def test_a_code_is_good_once(site, order):
    lin, bao = Visitor(site, CHROME), Visitor(site, CHROME)
    site.person(LIN)
    state = await asked_here(site, lin)
    code = await code_for(site, LIN, state)
    await asked(site, lin, f"/wechat/back?code={code}&state={state}")
    assert (await lin.opens(f"/wechat/orders/{order.number}")).status_code == 200

    site.person(BAO)
    code_of_bao = await code_for(site, BAO, state)
    await asked(site, lin, f"/wechat/back?code={code_of_bao}&state={state}")
    assert (await lin.opens(f"/wechat/orders/{order.number}")).status_code == 200, "what was asked has been answered"

    stolen = await asked_here(site, bao)
    page = await bao.opens(f"{site.url}/wechat/back?code={code}&state={stolen}")
    assert page.status_code == 403


async def asked(site: Site, visitor: Visitor, path: str) -> None:
    transport = httpx.ASGITransport(app=site.app)
    async with httpx.AsyncClient(transport=transport, base_url=site.url, cookies=visitor.cookies) as http:
        visitor.cookies.extract_cookies(await http.get(path))


async def test_coming_back_once_more_leads_to_the_orders(site, lin):
    page = await lin.opens(f"{site.url}/wechat/orders")
    back = next(hop for hop in page.history if "/wechat/back" in str(hop.request.url))
    again = await lin.opens(str(back.request.url))
    assert again.status_code == 200 and str(again.request.url) == f"{site.url}/wechat/orders"


async def test_a_cookie_is_for_some_hours_and_ours_alone(site, order, lin):
    address = f"{site.url}/wechat/orders/{order.number}"
    set_by = next(hop for hop in (await lin.opens(address)).history if "mika_wechat=" in str(hop.headers))
    given = next(v for v in set_by.headers.get_list("set-cookie") if v.startswith("mika_wechat="))
    assert "HttpOnly" in given and "SameSite=Lax" in given

    elsewhere = Visitor(site, CHROME)
    value = given.partition(";")[0].partition("=")[2]
    elsewhere.cookies.set("mika_wechat", value, domain="127.0.0.1")
    assert (await elsewhere.opens(address)).status_code == 200
    told, until, signed = value.split(".")
    for forged in (f"{told}.{int(until) + 1}.{signed}", f"{told[:-2]}.{until}.{signed}", f"{told}..{signed}", "a.b"):
        thief = Visitor(site, CHROME)
        thief.cookies.set("mika_wechat", forged, domain="127.0.0.1")
        assert (await thief.opens(address)).status_code == 404
    site.world.clock.forward(timedelta(hours=13))
    assert (await elsewhere.opens(address)).status_code == 404


# Codes


async def test_looking_shows_no_code_and_changes_nothing(site, order, lin):
    paid = await site.paid(order)
    before = await stands(site, paid)
    for page in (await lin.opens(site.link(order)), await Visitor(site).opens(site.link(order))):
        assert "兑换码共 1 个" in words_of(page) and codes_on(page) == [] and "STEAM-" not in page.text
    for what in ("/codes", "/pay", "/paid", "/state"):
        page = await lin.opens(f"{site.url}/wechat/orders/{order.number}{what}")
        assert "STEAM-" not in page.text
    assert await stands(site, paid) == before


async def test_a_press_shows_the_codes_and_is_written_down(site, steam, lin):
    stocked = await site.world.stock(steam, 3)
    paid = await site.paid(await site.order(steam, many=3))
    page = await lin.opens(site.link(paid))
    told = await reveals(site)
    shown = await lin.presses(page, "/codes")
    assert codes_on(shown) == stocked
    assert "copy-all" in shown.text and "https://redeem.example/now" in shown.text
    now = await site.becomes(paid, State.DELIVERED)
    assert [unit.state for unit in now.units] == [UnitState.SENT] * 3
    once = await reveals(site)
    assert once > told

    again = await lin.presses(page, "/codes")
    assert codes_on(again) == stocked
    assert (await site.now(paid)).version == now.version, "sent once"
    assert await reveals(site) == once + 1, "and every reveal is written down"
    await site.world.holds()


async def test_the_codes_come_as_a_file_of_nothing_but_codes(site, steam, lin):
    stocked = await site.world.stock(steam, 2)
    paid = await site.paid(await site.order(steam, many=2))
    file = await lin.presses(await lin.opens(site.link(paid)), "/codes", **{"as": "txt"})
    assert file.content == "".join(f"{code}\n" for code in stocked).encode()
    assert file.headers["content-type"] == "text/plain; charset=utf-8"
    assert file.headers["content-disposition"] == f'attachment; filename="{paid.number}.txt"'
    assert file.headers["cache-control"] == "no-store"


async def test_a_press_of_somebody_elses_page_is_none(site, order, lin, bao):
    paid = await site.paid(order)
    before = await stands(site, paid)
    page = await lin.opens(site.link(order))
    form = re.findall(r'name="form" value="(\w+)"', page.text)[0]
    address = f"{site.url}/wechat/orders/{order.number}/codes"
    for fields in ({}, {"form": ""}, {"form": "0" * 64}, {"form": form[:-1]}):
        assert (await lin.posts(address, **fields)).status_code == 403
    assert (await bao.posts(address, form=form)).status_code == 404, "not signed in"
    await bao.opens(f"{site.url}/wechat/orders")
    assert (await bao.posts(address, form=form)).status_code == 403
    foreign = Visitor(site, ANDROID, lin.person)
    foreign.__class__ = type("Foreign", (Visitor,), {"headers": {**lin.headers, "sec-fetch-site": "cross-site"}})
    assert (await foreign.posts(address, form=form)).status_code == 403
    assert await stands(site, paid) == before
    assert codes_on(await lin.posts(address, form=form)) != []


async def test_while_deliveries_are_held_no_code_is_shown(site, order, lin, chen):
    await site.world.db.write(switches.throw, switches.DELIVERIES, chen.id, 0)
    await site.settle(order)
    await site.becomes(order, State.FULFILLING)
    page = await lin.opens(site.link(order))
    assert codes_on(page) == [] and "/codes" not in page.text


async def test_what_the_journal_cannot_keep_is_not_shown(site, order, lin):
    paid = await site.paid(order)
    before = await stands(site, paid)

    class Full:
        async def keep(self, handed: object) -> None:
            raise OSError("no space")

        async def keep_mark(self, mark: object) -> None: ...

    site.world.shop.journal = Full()
    page = await lin.presses(await lin.opens(site.link(order)), "/codes")
    assert page.status_code == 500 and "STEAM-" not in page.text
    assert await stands(site, paid) == before


# On Apple's phones


async def test_on_an_iphone_inside_wechat_there_is_no_price_and_nothing_to_buy(site, order):
    lin = Visitor(site, IPHONE, site.person())
    for what in ("", "pay"):
        page = await lin.opens(site.link(order, what))
        assert "这里暂时不能购买，已经买的可以照常查看。" in words_of(page)
        for forbidden in ("¥", "￥", "100", "去付款", "支付", "/pay", "再买"):
            assert forbidden not in words_of(page).replace(order.number, ""), (what, forbidden)
            assert forbidden not in re.sub(r"by=\S+", "", page.text) or forbidden == "100"
    refused = await lin.posts(site.link(order, "pay"), form="x")
    assert "暂时不能购买" in refused.text and site.provider.orders == {}


async def test_on_an_iphone_what_was_bought_is_there(site, order):
    lin = Visitor(site, IPHONE, site.person())
    await site.paid(order)
    page = await lin.opens(site.link(order))
    shown = await lin.presses(page, "/codes")
    assert len(codes_on(shown)) == 1
    for one in (page, shown, await lin.opens(f"{site.url}/wechat/orders")):
        assert "¥" not in one.text and "CNY" not in one.text


async def test_an_owner_may_decide_otherwise(world, steam):
    async with open_site(world, sells_on_apple=True) as site:
        await world.stock(steam, 1)
        placed = await site.order(steam)
        page = await Visitor(site, IPHONE, site.person()).opens(site.link(placed))
        assert "去付款" in page.text and "¥" in page.text


# Others


async def test_a_guide_is_for_everybody(site, world):
    await world.make("apple", guide={"zh-CN": "1. 打开 App Store\n2. 点头像", "en": "1. Open the App Store"})
    page = await Visitor(site).opens("/wechat/guides/apple")
    assert page.status_code == 200
    assert page.url.path == "/guides/apple"
    for told in ("打开 App Store", "美区账号", "https://redeem.example/now"):
        assert told in page.text
    english = await Visitor(site, language="en").opens("/wechat/guides/apple")
    assert "Open the App Store" in english.text and 'lang="en"' in english.text
    assert (await Visitor(site).opens("/wechat/guides/none")).status_code == 404


async def test_pages_speak_the_persons_language_before_the_browsers(site, steam):
    await site.world.stock(steam, 1)
    russian = await site.order(steam, locale="ru")
    page = await Visitor(site, DESKTOP, language="en").opens(site.link(russian))
    assert 'lang="ru"' in page.text and "ждёт оплаты" in words_of(page)
    assert 'lang="en"' in (await Visitor(site, language="en").opens("/wechat/orders/X")).text


async def test_nobody_keeps_frames_finds_or_is_told_of_a_page(site, order, lin):
    await site.paid(order)
    page = await lin.opens(site.link(order))
    for one in (page, await lin.presses(page, "/codes"), await Visitor(site).opens("/wechat/orders/X")):
        assert one.headers["cache-control"] == "no-store"
        assert one.headers["referrer-policy"] == "no-referrer"
        assert "noindex" in one.headers["x-robots-tag"]
        policy = one.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
        assert "<script>" not in one.text and " style=" not in one.text and " onclick" not in one.text
        assert re.findall(r"<title>(.*?)</title>", one.text) == [site.world.shop.rules.shop_name.in_("zh-CN")]


async def test_who_asks_too_fast_waits(site, order):
    visitor = Visitor(site)
    statuses = [(await visitor.opens(site.link(order))).status_code for _ in range(70)]
    assert statuses[0] == 200 and 429 in statuses
