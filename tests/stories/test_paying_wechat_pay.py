"""Paying with WeChat Pay, from the first message to the code: the gateway is outside, the rest is the shop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from core import ledger
from core.catalog import Product
from core.orders import State
from doubles.wechat_keys import APPID, MCHID, PUBLIC_KEY_ID
from doubles.wechat_pay import WechatPay
from payments.wechat_pay import WechatPay as Rail
from tests.world import Somebody, World, taken_by

WORDS = {"zh-CN": ("货架", "买 1", "¥100.00"), "en": ("shop", "Buy 1", "¥100.00")}


@pytest.fixture
async def wechat(world: World) -> AsyncIterator[WechatPay]:
    """The shop takes WeChat Pay and nothing else."""
    provider = WechatPay()
    async with provider.served():
        rail = Rail(
            mchid=MCHID,
            appid=APPID,
            serial=provider.keys.serial,
            private_key=provider.keys.merchant_private,
            api_v3_key=provider.keys.api_v3_key,
            public_key=provider.keys.platform_public,
            public_key_id=PUBLIC_KEY_ID,
            certificates=provider.keys.platform_certificate,
            gateway=provider.url,
            notify_url=f"{world.url}/hooks/wechat_pay",
        )
        async with taken_by(world, rail):
            yield provider


async def comes_to_pay(buyer: Somebody) -> None:
    """From the first word to the code."""
    shelf, buy, total = WORDS[buyer.locale]
    await buyer.says(shelf)
    await buyer.says("1")
    await buyer.says("1")
    paying = await buyer.presses(buy)
    assert total in paying.text


async def key(world: World, buyer: Somebody) -> str:
    return f"{(await world.order(buyer)).number}-wechat_pay"


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
async def test_from_the_first_message_to_the_code(world: World, steam: Product, wechat: WechatPay, locale: str):
    [code] = await world.stock(steam, 1)
    wechat.faults.copies = 3  # it tells as often as it likes
    buyer = world.meet(f"buyer-{locale}", locale)
    await comes_to_pay(buyer)
    assert await wechat.pay(await key(world, buyer)) == 204
    assert (await buyer.gets()).codes == [code]
    await world.becomes(buyer, State.DELIVERED)
    assert await world.count(ledger.receipts) == 1


async def test_a_lost_notice_is_made_good_by_asking(world: World, lin: Somebody, steam: Product, wechat: WechatPay):
    [code] = await world.stock(steam, 1)
    wechat.faults.copies = 0
    await comes_to_pay(lin)
    choices = lin.choices
    assert "请不要再付一次" in (await lin.presses("我已付款")).text
    await wechat.pay(await key(world, lin))
    lin.choices = choices
    assert "¥100.00" in (await lin.presses("我已付款")).text
    assert (await lin.gets()).codes == [code]
    await world.becomes(lin, State.DELIVERED)


async def test_too_little_is_known_as_too_little(world: World, lin: Somebody, steam: Product, wechat: WechatPay):
    await world.stock(steam, 1)
    await comes_to_pay(lin)
    assert await wechat.pay(await key(world, lin), total=1) == 204
    assert "¥99.99" in (await lin.gets()).text
    await world.becomes(lin, State.UNDERPAID)


async def test_a_forged_notice_changes_nothing(world: World, lin: Somebody, steam: Product, wechat: WechatPay):
    await world.stock(steam, 1)
    await comes_to_pay(lin)
    wechat.keys = replace(wechat.keys, platform=wechat.keys.stranger)
    assert await wechat.pay(await key(world, lin)) == 400
    await world.becomes(lin, State.AWAITING_PAYMENT)


async def test_paid_twice_the_surplus_goes_back_and_its_notice_is_no_second_refund(
    world: World, lin: Somebody, steam: Product, wechat: WechatPay
):
    """More is paid than was asked for. The answer to the refund is lost; the rail is asked, and it was made once."""
    await world.stock(steam, 1)
    await comes_to_pay(lin)
    wechat.faults.give("refund", "lost", 1)
    assert await wechat.pay(await key(world, lin), total=15000) == 204
    await world.becomes(lin, State.DELIVERED)
    [refund] = await world.db.read(ledger.refunds_of, (await world.order(lin)).id)

    async def made() -> bool:
        world.clock.forward(timedelta(minutes=1))
        return (await world.db.read(ledger.refund, refund.id)).state == "done"

    await world.until(made)
    [sent] = wechat.find(await key(world, lin)).refunds.values()
    assert (sent.number, sent.amount) == (refund.key, 5000)
    await world.runner.drain()
    assert len(await world.db.read(ledger.refunds_of, (await world.order(lin)).id)) == 1

    await wechat.refund_at_the_counter(await key(world, lin), 3000)  # on WeChat's site, by the merchant's own staff
    await world.runner.drain()
    refunds = await world.db.read(ledger.refunds_of, (await world.order(lin)).id)
    assert [(one.why == "outside", one.total.amount) for one in refunds] == [(False, 5000), (True, 3000)]
    await world.holds()
