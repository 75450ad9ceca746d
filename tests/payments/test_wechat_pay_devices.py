"""WeChat Pay by device: a code to scan, a page inside WeChat, a phone's browser; and from one to another meanwhile."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from core.ground.errors import PartyError
from core.parties import Abilities, Device, Payment, PaymentRequest
from doubles.alipay_keys import private_text
from doubles.wechat_keys import APPID, public_text
from doubles.wechat_pay import WechatPay as Provider
from doubles.wechat_pay_orders import Order
from payments import wechat_pay
from payments.wechat_pay import ATTEMPTS, WechatPay
from payments.wire import Misunderstood
from tests.oracles import ask
from tests.payments.wechats import KEY, KEYS, answered, lower, offline, online, provider, request

__all__ = ["provider"]

LIN = "oLin-_0123456789012345678901"
ALL: dict[str, Any] = {"products": ("native", "jsapi", "h5")}
DEVICES: tuple[Device, ...] = ("scan", "inside", "phone")
PRODUCT = {"scan": "native", "inside": "jsapi", "phone": "h5"}
FROM_A_PAGE = {"Referer": "https://shop.example/orders/1"}


@pytest.fixture
async def rail(provider: Provider) -> AsyncIterator[WechatPay]:
    made = online(provider, **ALL)
    yield made
    await made.aclose()


def on(device: Device, known: PaymentRequest | None = None, **other: Any) -> PaymentRequest:
    """The payment, to be paid there."""
    told = {"payer": LIN if device == "inside" else "", "address": "203.0.113.7" if device == "phone" else ""}
    return replace(known or request(), device=device, **{**told, **other})


def unclosed(provider: Provider) -> list[Order]:
    return [one for one in provider.orders.values() if one.state == "NOTPAY"]


def paid_so_far(provider: Provider) -> list[Order]:
    return [one for one in provider.orders.values() if one.transaction]


async def pays(provider: Provider, opened: Payment) -> None:
    """As its buyer does. Raises ValueError where WeChat takes no money."""
    if opened.call:
        await provider.paid_inside(opened.call, LIN)
    elif opened.link:
        async with httpx.AsyncClient(trust_env=False) as phone:
            if (await phone.post(opened.link)).status_code != 303:
                raise ValueError("the page takes no money")
    else:
        [order] = [one for one in provider.orders.values() if one.code == opened.qr]
        await provider.pay(order.number) if order.state == "NOTPAY" else refuse()


def refuse() -> None:
    raise ValueError("the code takes no money")


# Each of them


async def test_inside_wechat_a_payment_is_a_call_of_its_page(rail, provider):
    opened = await rail.start(on("inside"))
    assert (opened.reference, opened.link, opened.qr) == (KEY, None, None)
    assert list(opened.call) == ["appId", "timeStamp", "nonceStr", "package", "signType", "paySign"]
    assert (opened.call["appId"], opened.call["signType"]) == (APPID, "RSA")
    assert opened.call["package"] == f"prepay_id={provider.find(KEY).code}"
    assert provider.find(KEY).terms["payer"] == {"openid": LIN}
    await pays(provider, opened)
    truth, [told] = await rail.truth(KEY, opened.reference), provider.told_so_far
    assert (truth.payer, truth.key, truth.state) == (LIN, KEY, "paid")
    assert rail.read(lower(told.headers), told.body, {}).transaction == truth.transaction


async def test_in_a_browser_a_payment_is_a_page_that_leads_back(rail, provider):
    opened = await rail.start(on("phone", return_url="https://shop.example/orders/1?a=1&b=卡#密"))
    assert (opened.reference, opened.call, opened.qr) == (KEY, None, None)
    assert opened.link.startswith(f"{provider.find(KEY).answer(provider.url)['h5_url']}&redirect_url=")
    assert parse_qs(urlsplit(opened.link).query)["redirect_url"] == ["https://shop.example/orders/1?a=1&b=卡#密"]
    assert provider.find(KEY).terms["scene_info"] == {"payer_client_ip": "203.0.113.7", "h5_info": {"type": "Wap"}}
    async with httpx.AsyncClient(trust_env=False) as phone:
        assert "¥12.50" in (await phone.get(opened.link, headers=FROM_A_PAGE)).text
        there = await phone.post(opened.link)
    assert (there.status_code, there.headers["location"][:30]) == (303, "https://shop.example/orders/1?")
    assert (await rail.truth(KEY, opened.reference)).state == "paid"


async def test_a_page_without_a_way_back_is_as_wechat_gives_it(rail, provider):
    opened = await rail.start(on("phone", return_url=""))
    assert opened.link == provider.find(KEY).answer(provider.url)["h5_url"]


@pytest.mark.parametrize("device", DEVICES)
async def test_asked_for_again_it_is_the_same_order(rail, provider, device):
    once = on(device)
    first, again = await rail.start(once), await rail.start(once)
    assert (first.reference, first.link, first.qr) == (again.reference, again.link, again.qr)
    assert [one.product for one in provider.orders.values()] == [PRODUCT[device]]
    if first.call:  # signed anew
        assert first.call["package"] == again.call["package"]
        assert first.call["nonceStr"] != again.call["nonceStr"]


@pytest.mark.parametrize("device", DEVICES)
async def test_what_is_known_of_a_payment_does_not_depend_on_where_it_was_paid(rail, provider, device):
    opened = await rail.start(on(device))
    await pays(provider, opened)
    truth = await rail.truth(KEY, "")
    assert (truth.total.amount, truth.state) == (1250, "paid")
    assert json.loads(provider.heard[0][3])["out_trade_no"] == KEY
    assert (
        provider._said(provider.find(KEY))["trade_type"]
        == {"scan": "NATIVE", "inside": "JSAPI", "phone": "MWEB"}[device]
    )
    assert (await rail.refund(truth.transaction, "R1", truth.total, "-")).state == "done"


# What is refused


def test_it_can_do_what_the_merchant_has_switched_on():
    assert Abilities(frozenset({"CNY"})).devices == {"scan"}
    assert offline().abilities.devices == {"scan"}
    assert offline(**ALL).abilities.devices == {"scan", "inside", "phone"}
    assert offline(products=("jsapi",)).abilities.devices == {"inside"}
    assert WechatPay.abilities.devices == {"scan"}


@pytest.mark.parametrize("device", DEVICES)
async def test_what_is_not_switched_on_is_refused_without_a_call(provider, device):
    rail = online(provider, products=[product for at, product in PRODUCT.items() if at != device])
    with pytest.raises(PartyError, match="products") as refused:
        await rail.start(on(device))
    assert (refused.value.permanent, provider.heard) == (True, [])
    await rail.aclose()


@pytest.mark.parametrize(("device", "why"), [("inside", "nobody known"), ("phone", "without its address")])
async def test_what_can_not_be_asked_for_is_refused_without_a_call(rail, provider, device, why):
    with pytest.raises(PartyError, match=why) as refused:
        await rail.start(on(device, payer="", address=""))
    assert (refused.value.permanent, provider.heard) == (True, [])


@pytest.mark.parametrize("device", ["inside", "phone"])
async def test_a_product_that_wechat_has_not_opened_is_refused_for_good_and_costs_nothing(rail, provider, device):
    await rail.start(on("scan"))
    provider.faults.unopened = frozenset({PRODUCT[device]})
    with pytest.raises(PartyError, match="NO_AUTH") as refused:
        await rail.start(on(device))
    assert refused.value.permanent
    assert [(one.product, one.state) for one in provider.orders.values()] == [("native", "NOTPAY")]


async def test_a_refund_that_we_may_not_make_yet_is_worth_another_try():
    """The same word about another matter: the right can be had."""
    assert not wechat_pay.Refused("refund", 403, "NO_AUTH").permanent
    assert wechat_pay.Refused("jsapi", 403, "NO_AUTH").permanent


async def test_a_payer_that_wechat_does_not_know_costs_nothing(rail, provider):
    await rail.start(on("scan"))
    with pytest.raises(PartyError, match="PARAM_ERROR") as refused:
        await rail.start(on("inside", payer="not-an-openid"))
    assert refused.value.permanent
    assert [one.product for one in unclosed(provider)] == ["native"]


async def test_with_the_guard_off_it_costs_the_open_code(rail, provider, monkeypatch):
    monkeypatch.setattr(wechat_pay, "NOT_THE_NUMBER", ())
    await rail.start(on("scan"))
    with pytest.raises(PartyError):
        await rail.start(on("inside", payer="not-an-openid"))
    assert not unclosed(provider)


PAGES = (
    "http://evil.example/cgi-bin/checkmweb?prepay_id=wx1",
    "https://wx.tenpay.com.evil.example/x?prepay_id=wx1",
    "https://wx.tenpay.com@evil.example/x?prepay_id=wx1",
    "http://wx.tenpay.com/x?prepay_id=wx1",
    "https://wx.tenpay.com/x",
    "https://wx.tenpay.com/x?prepay_id=wx1#there",
    'https://wx.tenpay.com/x?prepay_id=wx1"onclick=',
    "https://wx.tenpay.com/x?prepay_id=wx1\n",
    "https://wx.tenpay.com/x?prepay_id=微",
    "javascript:alert(1)//https://wx.tenpay.com/x?a",
    "weixin://wxpay/bizpayurl?pr=1",
    "https://wx.tenpay.com/x?" + "a" * 500,
    "",
)


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_that_is_not_wechats_is_shown_to_nobody(page):
    with pytest.raises(Misunderstood):
        await answered(json.dumps({"h5_url": page}).encode(), **ALL).start(on("phone"))


async def test_wechats_own_page_is_shown_whatever_the_gateway():
    page = (
        "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx2016121516420242444321ca0631331346&package=1"
    )
    for gateway in (wechat_pay.GATEWAY, "https://api2.mch.weixin.qq.com", "http://127.0.0.1:9"):
        rail = answered(json.dumps({"h5_url": page}).encode(), gateway=gateway, **ALL)
        assert (await rail.start(on("phone", return_url=""))).link == page


@pytest.mark.parametrize("order", ["", "wx1\nwx2", "wx1&a=b", "微", "x" * 65, 1, None])
async def test_an_order_that_is_no_word_is_not_signed(order):
    with pytest.raises(Misunderstood):
        await answered(json.dumps({"prepay_id": order}).encode(), **ALL).start(on("inside"))


# From one to another


async def test_only_one_is_open_while_it_is_changed(rail, provider):
    known, reference = request(), None
    for number, device in enumerate(("scan", "inside", "phone", "scan"), 1):
        opened = await rail.start(on(device, known, reference=reference))
        reference = opened.reference
        assert opened.reference == (KEY if number == 1 else f"{KEY}*{number}")
        assert [(one.number, one.product) for one in unclosed(provider)] == [(reference, PRODUCT[device])]
    assert [one.state for one in provider.orders.values()] == ["CLOSED", "CLOSED", "CLOSED", "NOTPAY"]


async def test_what_was_changed_away_from_takes_no_money(rail, provider):
    known, opened = request(), []
    for device in ("scan", "inside", "phone", "scan"):
        opened.append(await rail.start(on(device, known)))
    for old in opened[:-1]:
        with pytest.raises(ValueError, match="money"):
            await pays(provider, old)
    await pays(provider, opened[-1])
    for reference in ("", *(one.reference for one in opened)):
        assert (await rail.truth(KEY, reference)).transaction == provider.find(KEY).transaction


@pytest.mark.parametrize("paid", DEVICES)
async def test_what_was_paid_meanwhile_is_found_and_nothing_else_is_opened(rail, provider, paid):
    known = request()
    first = await rail.start(on(paid, known))
    await pays(provider, first)
    for device in DEVICES:
        with pytest.raises(PartyError):
            await rail.start(on(device, known, title="with other terms"))
    assert (len(provider.orders), len(paid_so_far(provider))) == (1, 1)
    assert (await rail.truth(KEY, "")).transaction == provider.find(KEY).transaction


class Hasty(Provider):
    """Its buyer pays in the very moment in which the order is to be closed."""

    def _close(self, request: Any, _: Any) -> None:
        order = self._order(request)
        if order.state == "NOTPAY":
            order.state, order.transaction = "SUCCESS", "4200000000202601010000000002"
        super()._close(request, _)


class Believing(WechatPay):
    """Takes it for over because it was open a moment ago."""

    async def _is_over(self, number: str) -> bool:
        await self._close(number)
        return True


async def test_what_is_paid_in_the_moment_of_the_change_is_the_only_one():
    provider = Hasty()
    async with provider.served():
        rail = online(provider, **ALL)
        await rail.start(on("scan"))
        with pytest.raises(PartyError):
            await rail.start(on("inside"))
        assert len(provider.orders) == 1
        assert await rail.truth(KEY, "") is not None
        await rail.aclose()


async def test_with_the_guard_off_money_is_asked_for_twice():
    provider = Hasty()
    async with provider.served():
        rail = online(provider, kind=Believing, **ALL)
        await rail.start(on("scan"))
        await rail.start(on("inside"))
        assert (len(paid_so_far(provider)), len(unclosed(provider))) == (1, 1)
        await rail.aclose()


class Forgetful(WechatPay):
    """Goes on to the next number, and leaves the one before as it is."""

    async def _is_over(self, number: str) -> bool:
        return True


async def at_once(provider: Provider, kind: type[WechatPay], rounds: int) -> list[int]:
    """Everything is opened everywhere at once, again and again; how many were open after each."""
    dice, left = Random(7), []
    rails = [online(provider, kind=kind, **ALL) for _ in range(2)]
    for number in range(rounds):
        known, reference = request(f"{number:06}-wechat_pay"), None
        for _ in range(2):
            starts = [
                rail.start(on(device, known, reference=reference))
                for rail in rails
                for device in dice.sample(DEVICES, 2)
            ]
            opened = [one for one in await asyncio.gather(*starts, return_exceptions=True) if isinstance(one, Payment)]
            reference = dice.choice(opened).reference  # whichever was written down last
            left.append(sum(one.number.startswith(known.key) for one in unclosed(provider)))
    for rail in rails:
        await rail.aclose()
    return left


async def test_started_at_once_on_several_devices_one_is_left_open(provider):
    assert set(await at_once(provider, WechatPay, 12)) == {1}


async def test_with_the_guard_off_several_are_left_open(provider):
    assert max(await at_once(provider, Forgetful, 2)) > 1


@pytest.mark.parametrize("before", [(), ("scan",)], ids=["opened", "changed"])
@pytest.mark.parametrize("trouble", ["lost", "broken", "busy"])
async def test_an_answer_that_is_lost_on_the_way_leaves_one_open(rail, provider, before, trouble):
    known = request()
    for device in before:
        await rail.start(on(device, known))
    provider.faults.give("jsapi", trouble, 1)
    with pytest.raises(PartyError) as failed:
        await rail.start(on("inside", known))
    assert not failed.value.permanent
    for device in ("phone", "scan"):
        await rail.start(on(device, known))
        assert [one.product for one in unclosed(provider)] == [PRODUCT[device]]


@pytest.mark.parametrize("reference", ["", KEY, f"{KEY}*2"])
async def test_what_was_opened_later_is_closed_with_it(rail, provider, reference):
    """Of two that started at once, the one that is written down need not be the one that is open."""
    known = request()
    for device in DEVICES:
        await rail.start(on(device, known))
    await rail.close(KEY, reference)
    assert not unclosed(provider)


async def test_changed_too_often_it_stays_as_it_is_and_is_found(rail, provider):
    known, reference = request(), None
    for number in range(ATTEMPTS):
        reference = (await rail.start(on(DEVICES[number % 2], known, reference=reference))).reference
    for again in (reference, None):
        with pytest.raises(PartyError, match="are closed"):
            await rail.start(on("phone", known, reference=again))
    assert len(provider.orders) == ATTEMPTS


async def test_the_last_one_that_could_be_opened_is_found_when_it_is_paid(rail, provider):
    known = request()
    opened = await rail.start(on("scan", known))
    for number in range(1, ATTEMPTS):
        opened = await rail.start(on(DEVICES[number % 2], known, reference=opened.reference))
    await pays(provider, opened)
    for reference in ("", KEY, opened.reference):
        assert await rail.truth(KEY, reference) is not None


# What others say


async def test_other_software_verifies_what_the_page_inside_wechat_calls(rail):
    call = (await rail.start(on("inside"))).call
    parts = [call[name] for name in ("appId", "timeStamp", "nonceStr", "package")]
    public, sign = public_text(KEYS.merchant), call["paySign"]
    asked = [[public, parts, sign], [public, [*parts[:3], "prepay_id=another"], sign]]
    asked.append([public_text(KEYS.stranger), parts, sign])
    assert ask("wechat_pay", {"verify": asked})["verify"] == [True, False, False]


async def test_other_software_signs_a_call_that_wechat_takes(rail, provider):
    call = dict((await rail.start(on("inside"))).call)
    parts = [call[name] for name in ("appId", "timeStamp", "nonceStr", "package")]
    asked = [[private_text(key), parts] for key in (KEYS.merchant, KEYS.stranger)]
    [ours, strange] = ask("wechat_pay", {"call": asked})["call"]
    assert ours == call["paySign"]
    with pytest.raises(ValueError, match="not signed it"):
        await provider.paid_inside({**call, "paySign": strange}, LIN)
    await provider.paid_inside({**call, "paySign": ours}, LIN)


async def test_other_software_verifies_what_we_ask_of_each_product(rail, provider):
    known, verify = request(), []
    for device in DEVICES:
        await rail.start(on(device, known))
    for method, target, authorization, body in provider.heard:
        said = dict(re.findall(r'([a-z_]+)="([^"]*)"', authorization))
        parts = [method, target, said["timestamp"], said["nonce_str"], body.decode()]
        verify.append([public_text(KEYS.merchant), parts, said["signature"]])
    asked = {target for _, target, *_ in provider.heard}
    assert {f"/v3/pay/transactions/{product}" for product in PRODUCT.values()} <= asked
    assert set(ask("wechat_pay", {"verify": verify})["verify"]) == {True}
