"""Paying with Alipay, from the first message to the code: the gateway is outside, the rest is the shop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from core import ledger
from core.catalog import Product
from core.orders import State
from doubles.alipay import APP_ID, SELLER_ID, Alipay
from payments.alipay import Alipay as Rail
from tests.world import Somebody, World, taken_by

WORDS = {"zh-CN": ("货架", "买 1", "¥100.00"), "en": ("shop", "Buy 1", "¥100.00")}


@pytest.fixture
async def alipay(world: World) -> AsyncIterator[Alipay]:
    """The shop takes Alipay and nothing else."""
    provider = Alipay()
    async with provider.served():
        rail = Rail(
            app_id=APP_ID,
            seller_id=SELLER_ID,
            private_key=provider.keys.app_private,
            public_key=provider.keys.alipay_public,
            gateway=provider.gateway,
            notify_url=f"{world.url}/hooks/alipay",
        )
        async with taken_by(world, rail):
            yield provider


async def comes_to_pay(buyer: Somebody) -> str:
    """From the first word to the code's address."""
    shelf, buy, total = WORDS[buyer.locale]
    await buyer.says(shelf)
    await buyer.says("1")
    await buyer.says("1")
    paying = await buyer.presses(buy)
    assert total in paying.text
    return next(choice.link for choice in buyer.choices if choice.link)


async def key(world: World, buyer: Somebody) -> str:
    return f"{(await world.order(buyer)).number}-alipay"


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
async def test_from_the_first_message_to_the_code(world: World, steam: Product, alipay: Alipay, locale: str):
    [code] = await world.stock(steam, 1)
    alipay.faults.copies = 3  # it tells as often as it likes
    buyer = world.meet(f"buyer-{locale}", locale)
    link = await comes_to_pay(buyer)
    assert link == alipay.find(await key(world, buyer)).code

    assert await alipay.pay(await key(world, buyer)) == 200  # and the word it wants
    assert (await buyer.gets()).codes == [code]
    await world.becomes(buyer, State.DELIVERED)
    assert await world.count(ledger.receipts) == 1


async def test_a_lost_notice_is_made_good_by_asking(world: World, lin: Somebody, steam: Product, alipay: Alipay):
    [code] = await world.stock(steam, 1)
    alipay.faults.copies = 0
    await comes_to_pay(lin)
    choices = lin.choices
    assert "请不要再付一次" in (await lin.presses("我已付款")).text  # nobody has even scanned it
    await alipay.pay(await key(world, lin))
    lin.choices = choices
    assert "¥100.00" in (await lin.presses("我已付款")).text
    assert (await lin.gets()).codes == [code]
    await world.becomes(lin, State.DELIVERED)


async def test_too_little_is_known_as_too_little(world: World, lin: Somebody, steam: Product, alipay: Alipay):
    await world.stock(steam, 1)
    await comes_to_pay(lin)
    assert await alipay.pay(await key(world, lin), total="0.01") == 200
    assert "¥99.99" in (await lin.gets()).text
    await world.becomes(lin, State.UNDERPAID)


async def test_a_forged_notice_changes_nothing(world: World, lin: Somebody, steam: Product, alipay: Alipay):
    await world.stock(steam, 1)
    await comes_to_pay(lin)
    alipay.keys = replace(alipay.keys, alipay=alipay.keys.stranger)
    assert await alipay.pay(await key(world, lin)) == 400
    await world.becomes(lin, State.AWAITING_PAYMENT)


async def test_paid_twice_the_surplus_goes_back_and_its_notice_is_no_second_refund(
    world: World, lin: Somebody, steam: Product, alipay: Alipay
):
    """More is paid than was asked for. The answer to the refund is lost; the rail is asked, and it was made once."""
    await world.stock(steam, 1)
    await comes_to_pay(lin)
    alipay.faults.give("refund", "lost", 1)
    assert await alipay.pay(await key(world, lin), total="150.00") == 200
    await world.becomes(lin, State.DELIVERED)
    [refund] = await world.db.read(ledger.refunds_of, (await world.order(lin)).id)

    async def made() -> bool:
        world.clock.forward(timedelta(minutes=1))
        return (await world.db.read(ledger.refund, refund.id)).state == "done"

    await world.until(made)
    assert alipay.find(await key(world, lin)).refunds == {refund.key: Decimal("50.00")}
    await world.runner.drain()
    assert len(await world.db.read(ledger.refunds_of, (await world.order(lin)).id)) == 1

    await alipay.refund_at_the_counter(await key(world, lin), "30.00")  # on Alipay's site, by the merchant's own staff
    await world.runner.drain()
    refunds = await world.db.read(ledger.refunds_of, (await world.order(lin)).id)
    assert [(one.why == "outside", one.total.amount) for one in refunds] == [(False, 5000), (True, 3000)]
    await world.holds()
