"""Paying on the shop's own page: inside WeChat, on a phone, by a picture; opened on a press alone."""

from __future__ import annotations

import html
import json
import re
from datetime import timedelta
from typing import Any

import httpx
import pytest

from core import ledger, switches
from core.ground.money import Money
from core.orders import State
from tests.bot.chats.wechat.site import (
    ANDROID,
    BAO,
    CHROME,
    DESKTOP,
    LIN,
    Site,
    Visitor,
    bao,
    lin,
    open_site,
    order,
    quiet_site,
    site,
)

__all__ = ["bao", "lin", "order", "quiet_site", "site"]


def call_on(page: httpx.Response) -> dict[str, str]:
    """What WeChat's own programme is called with."""
    return json.loads(html.unescape(re.findall(r'data-call="([^"]+)"', page.text)[0]))


def has_picture(page: httpx.Response) -> bool:
    return 'class="scan" src="data:image/png;base64,' in page.text


async def payments(site: Site, order: Any) -> list[ledger.PaymentRow]:
    return await site.world.db.read(ledger.payments_of, order.id)


def products(site: Site) -> list[str]:
    return [one.product for one in site.provider.orders.values()]


async def test_looking_opens_no_payment(site, order, lin):
    for visitor in (lin, Visitor(site, CHROME), Visitor(site)):
        page = await visitor.opens(site.link(order, "pay"))
        assert page.status_code == 200 and "去付款" in page.text and order.number in page.text
        assert "不支持无理由退换" in page.text, "what one agrees to by paying"
        await visitor.opens(site.link(order))
    assert site.provider.orders == {}
    assert [one.state for one in await payments(site, order)] == ["asked"]


async def test_inside_wechat_its_own_programme_is_called_and_the_order_is_paid(site, order, lin):
    opened = await lin.presses(await lin.opens(site.link(order, "pay")), "/pay")
    assert products(site) == ["jsapi"] and not has_picture(opened)
    with pytest.raises(ValueError, match="another's"):
        await site.provider.paid_inside(call_on(opened), BAO)
    assert await lin_waits(site, order, lin)
    assert await site.provider.paid_inside(call_on(opened), LIN) == 204
    await site.becomes(order, State.FULFILLING)
    assert not await lin_waits(site, order, lin)
    (payment,) = await payments(site, order)
    assert payment.rail == "wechat_pay"

    done = await lin.opens(site.link(order, "pay"))
    assert str(done.request.url.path) == f"/wechat/orders/{order.number}", "nothing to pay: the order itself"
    assert "兑换码共 1 个" in done.text
    await site.world.holds()


async def lin_waits(site: Site, order: Any, lin: Visitor) -> bool:
    told = await lin.opens(f"{site.url}/wechat/orders/{order.number}/state")
    assert told.headers["cache-control"] == "no-store"
    return told.json()["waits"]


async def test_pressing_again_is_the_same_payment(site, order, lin):
    page = await lin.opens(site.link(order, "pay"))
    first, second = [call_on(await lin.presses(page, "/pay")) for _ in range(2)]
    assert first["package"] == second["package"] and len(site.provider.orders) == 1
    assert len(await payments(site, order)) == 1


async def test_a_phone_is_sent_to_wechats_page_and_comes_back(site, order):
    lin = Visitor(site, CHROME)
    page = await lin.opens(site.link(order, "pay"))
    assert page.headers["referrer-policy"] == "strict-origin"
    opened = await lin.presses(page, "/pay")
    assert opened.headers["referrer-policy"] == "strict-origin", "WeChat's page wants to see where one came from"
    assert products(site) == ["h5"]
    (asked,) = [json.loads(body) for _, target, _, body in site.provider.heard if target.endswith("/h5")]
    assert asked["scene_info"]["payer_client_ip"] == "8.8.8.8"
    link = html.unescape(re.findall(r'<a class="button main" href="([^"]+)"', opened.text)[0])
    async with httpx.AsyncClient(headers={"referer": f"{site.url}/", "user-agent": CHROME}) as http:
        assert "立即支付" in (await http.get(link)).text
        back = await http.post(link)
    await site.becomes(order, State.FULFILLING)
    end = await lin.opens(back.headers["location"])
    assert end.status_code == 200 and end.request.url.path == f"/wechat/orders/{order.number}"


async def test_at_a_desk_it_is_scanned(site, order):
    lin = Visitor(site, DESKTOP)
    opened = await lin.presses(await lin.opens(site.link(order, "pay")), "/pay")
    assert has_picture(opened) and products(site) == ["native"] and "用手机微信扫一扫" in opened.text
    (payment,) = await payments(site, order)
    assert await site.provider.pay(payment.key) == 204
    await site.becomes(order, State.FULFILLING)
    assert (await lin.opens(site.link(order, "pay"))).request.url.path == f"/wechat/orders/{order.number}"


async def test_where_wechat_cannot_be_asked_who_pays_it_is_scanned(quiet_site, steam):
    await quiet_site.world.stock(steam, 1)
    placed = await quiet_site.order(steam)
    inside = Visitor(quiet_site, ANDROID, quiet_site.person())
    opened = await inside.presses(await inside.opens(quiet_site.link(placed, "pay")), "/pay")
    assert has_picture(opened) and products(quiet_site) == ["native"] and "另一台手机" in opened.text


async def test_without_a_public_address_a_phone_scans(site, order):
    lin = Visitor(site, CHROME, ip="10.0.0.7")
    opened = await lin.presses(await lin.opens(site.link(order, "pay")), "/pay")
    assert has_picture(opened) and "另一台手机" in opened.text


@pytest.mark.parametrize("agent", [ANDROID, CHROME, DESKTOP])
async def test_a_merchant_with_one_product_has_all_scan(world, steam, agent):
    async with open_site(world, products=("native",)) as site:
        await world.stock(steam, 1)
        placed = await site.order(steam)
        somebody = Visitor(site, agent, site.person() if agent == ANDROID else None)
        opened = await somebody.presses(await somebody.opens(site.link(placed, "pay")), "/pay")
        assert has_picture(opened) and products(site) == ["native"]


async def test_a_merchant_without_a_picture_has_it_paid_inside(world, steam):
    async with open_site(world, products=("jsapi",)) as site:
        await world.stock(steam, 1)
        placed = await site.order(steam)
        desk = Visitor(site, DESKTOP)
        page = await desk.presses(await desk.opens(site.link(placed, "pay")), "/pay")
        assert "只能在微信里付款" in page.text and site.provider.orders == {}


async def test_on_another_device_the_same_order_is_opened_anew_and_the_first_is_closed(site, order, lin):
    await lin.presses(await lin.opens(site.link(order, "pay")), "/pay")
    desk = Visitor(site, DESKTOP)
    opened = await desk.presses(await desk.opens(site.link(order, "pay")), "/pay")
    assert has_picture(opened)
    assert [(one.product, one.state) for one in site.provider.orders.values()] == [
        ("jsapi", "CLOSED"),
        ("native", "NOTPAY"),
    ]
    assert len(await payments(site, order)) == 1


async def test_only_its_buyer_opens_a_payment_and_by_a_form_of_ours(site, order, lin, bao):
    address = site.link(order, "pay")
    await lin.opens(address)
    await bao.opens(f"{site.url}/wechat/orders")
    form = re.findall(r'name="form" value="(\w+)"', (await lin.opens(address)).text)[0]
    assert (await lin.posts(address)).status_code == 403
    assert (await lin.posts(address, form="0" * 64)).status_code == 403
    assert (await bao.posts(address, form=form)).status_code == 404
    assert (await bao.posts(f"/wechat/orders/{order.number}/pay", form=form)).status_code == 404
    assert site.provider.orders == {}
    for what in ("/state", "/pay"):
        assert (await bao.opens(f"{site.url}/wechat/orders/{order.number}{what}")).status_code == 404
    assert (await Visitor(site, ANDROID).opens(f"/wechat/orders/{order.number}/state")).status_code == 404


async def test_a_rail_that_is_down_says_so_and_charges_nothing(site, order, lin):
    site.provider.faults.unopened = frozenset({"jsapi"})
    page = await lin.presses(await lin.opens(site.link(order, "pay")), "/pay")
    assert "付款页现在打不开" in page.text and "没有扣款" in page.text and "data-call" not in page.text
    site.provider.faults.unopened = frozenset()
    assert call_on(await lin.presses(page, "/pay"))


async def test_what_is_not_held_any_more_is_not_paid(site, order, lin):
    page = await lin.opens(site.link(order, "pay"))
    await site.world.later(timedelta(hours=1))
    late = await lin.presses(page, "/pay")
    assert site.provider.orders == {} and "data-call" not in late.text
    assert "没付款" in late.text or "超时" in late.text or "不能这样改" in late.text


async def test_a_rail_that_was_stopped_opens_nothing(site, order, lin, chen):
    page = await lin.opens(site.link(order, "pay"))
    for rail in ("rail:wechat_pay", "rail:sandbox"):
        await site.world.db.write(switches.throw, rail, chen.id, 0)
    refused = await lin.presses(page, "/pay")
    assert "现在没法付款" in refused.text and site.provider.orders == {}


async def test_ive_paid_asks_wechat_at_once(site, order, lin):
    site.provider.faults.copies = 0
    opened = await lin.presses(await lin.opens(site.link(order, "pay")), "/pay")
    not_yet = await lin.presses(opened, "/paid")
    assert "还没看到" in not_yet.text and "请不要再付一次" in not_yet.text
    await site.provider.paid_inside(call_on(opened), LIN)
    seen = await lin.presses(not_yet, "/paid")
    assert seen.request.url.path == f"/wechat/orders/{order.number}"
    await site.becomes(order, State.FULFILLING)


async def test_of_what_is_partly_paid_the_rest_is_paid(site, order, lin):
    opened = await lin.presses(await lin.opens(site.link(order, "pay")), "/pay")
    await site.provider.paid_inside(call_on(opened), LIN, total=4000)
    await site.becomes(order, State.UNDERPAID)
    page = await lin.opens(site.link(order, "pay"))
    assert "¥60.00" in page.text and "还差" in page.text
    rest = await lin.presses(page, "/pay")
    await site.provider.paid_inside(call_on(rest), LIN)
    await site.becomes(order, State.FULFILLING)
    assert await site.world.db.read(ledger.received, order.id, "CNY") == Money(10000, "CNY")
