"""Paid, and not there: Lin chooses in her own words. And what Chen sets right with a word."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import catalog_changes, inventory, ledger, settling
from core.catalog import Product
from core.orders import State
from tests.stories.test_money import notice_for
from tests.world import Answer, Somebody, World


@pytest.fixture
async def instead(world: World) -> Product:
    other = await world.make(
        "other", names={"en": "Other", "zh-CN": "别的卡", "ru": "Other"}, prices={"CNY": {1: 9000}}
    )
    await world.stock(other, 3)
    return other


@pytest.fixture
async def scarce(world: World, instead: Product) -> Product:
    return await world.make("scarce", shortage=["wait", "substitute"], substitute_id=instead.id)


async def sold_out(world: World, lin: Somebody, scarce: Product) -> Answer:
    """Lin pays after her hold, when Bao has bought the last one; what she is told then."""
    await world.stock(scarce, 1)
    world.provider.faults.takes_late = True
    await lin.buys(scarce)
    paying = lin.choices
    await world.later(world.shop.rules.hold)
    await world.runner.tick()
    await world.becomes(lin, State.EXPIRED)
    await lin.gets()
    await world.meet("bao").buys(scarce)
    lin.choices = paying
    await lin.pays()
    return await lin.gets()


async def test_sold_out_says_where_the_money_is_and_what_can_be_chosen(world: World, lin: Somebody, scarce: Product):
    told = await sold_out(world, lin, scarce)
    assert "已收到 ¥100.00" in told.text
    assert "退款" in told.text  # what happens if she says nothing
    assert len(told.choices) == 4
    assert "别的卡" in told.choices[1]
    assert "¥10.00" in told.choices[1]
    await world.holds()


async def test_lin_waits_by_number_and_gets_the_new_stock(world: World, lin: Somebody, scarce: Product):
    await sold_out(world, lin, scarce)
    assert "补货" in (await lin.says("1")).text
    [code] = await world.stock(scarce, 1)
    await world.later(timedelta(seconds=10))
    await world.runner.tick()
    assert (await lin.gets()).codes == [code]
    await world.becomes(lin, State.DELIVERED)


async def test_lin_taps_the_other_card(world: World, lin: Somebody, scarce: Product):
    await sold_out(world, lin, scarce)
    await lin.presses("别的卡")
    got = [await lin.gets(), await lin.gets()]
    [delivered] = [answer for answer in got if answer.codes]
    assert "别的卡" in delivered.text
    assert delivered.codes[0].startswith("OTHER-")
    assert any("已退款 ¥10.00" in answer.text for answer in got)
    await world.becomes(lin, State.DELIVERED)


async def test_lin_wants_her_money(world: World, lin: Somebody, scarce: Product):
    await sold_out(world, lin, scarce)
    taps = lin.choices
    await lin.says("3")
    assert "已退款 ¥100.00" in (await lin.gets()).text
    await world.becomes(lin, State.REFUNDED)
    lin.choices = taps  # every old button: nothing happens any more, and she is told how it stands
    for number in range(len(taps)):
        assert (await lin.says(press=taps[number].says)).text
    await world.becomes(lin, State.REFUNDED)
    assert len(await world.db.read(ledger.refunds_of, (await world.order(lin)).id)) == 1


async def test_lin_keeps_it_as_credit_and_spends_it(world: World, lin: Somebody, scarce: Product, instead: Product):
    await sold_out(world, lin, scarce)
    await lin.says("4")
    assert "余额" in (await lin.gets()).text
    await world.becomes(lin, State.REFUNDED)
    await lin.says(press=f"buy {instead.slug} 1")
    assert (await lin.gets()).codes
    await world.becomes(lin, State.DELIVERED)
    assert (await world.db.read(ledger.credit, (await world.order(lin)).customer, "CNY")).amount == 1000


# Chen


async def test_chen_recovers_a_lost_payment(world: World, lin: Somebody, chen: Somebody, steam: Product):
    await world.stock(steam, 1)
    await lin.buys(steam)
    order = await world.order(lin)
    assert order.number in (await chen.says(f"补单 {order.number}")).text
    assert (await world.order(lin)).state is State.AWAITING_PAYMENT
    world.provider.faults.copies = 0
    await lin.pays()
    await chen.says(f"补单 {order.number}")
    assert (await lin.gets()).codes
    await world.becomes(lin, State.DELIVERED)


async def test_chen_matches_money(world: World, lin: Somebody, chen: Somebody, steam: Product):
    [code] = await world.stock(steam, 1)
    await lin.buys(steam)
    order = await world.order(lin)
    await world.db.write(settling.settle, await notice_for(world, lin, key="nobody's"))
    told = (await chen.gets()).text
    [receipt] = await world.db.read(ledger.unmatched)
    assert f"认领 {receipt.id}" in told
    assert "没有改动" in (await chen.says(f"认领 99 {order.number}")).text
    assert order.number in (await chen.says(f"认领 {receipt.id} {order.number}")).text
    assert (await lin.gets()).codes == [code]
    await world.becomes(lin, State.DELIVERED)


async def delivered(world: World, lin: Somebody, steam: Product) -> str:
    await world.stock(steam, 2)
    await lin.buys(steam)
    await lin.pays()
    await lin.gets()
    await world.becomes(lin, State.DELIVERED)
    return (await world.order(lin)).number


async def test_chen_gives_something_back(world: World, lin: Somebody, chen: Somebody, steam: Product):
    number = await delivered(world, lin, steam)
    assert "¥30.00" in (await chen.says(f"补偿 {number} 30")).text
    how = chen.choices
    await chen.says(press=how[1].says)
    assert "¥30.00" in (await lin.gets()).text
    await chen.says(press=how[0].says)  # a second press gives nothing more
    await world.runner.drain()
    order = await world.order(lin)
    assert (await world.db.read(ledger.credit, order.customer, "CNY")).amount == 3000
    assert await world.db.read(ledger.refunds_of, order.id) == []
    await world.holds()


async def test_chen_replaces_a_code(world: World, lin: Somebody, chen: Somebody, steam: Product):
    number = await delivered(world, lin, steam)
    assert number in (await chen.says(f"补发 {number} 1 用过了")).text
    assert number in (await chen.presses("补发")).text
    replaced = await lin.gets()
    assert "补发" in replaced.text
    assert len(replaced.codes) == 1
    assert await world.db.read(inventory.available, steam) == 0
    await world.becomes(lin, State.DELIVERED)


async def test_chen_thaws_a_frozen_product(world: World, lin: Somebody, chen: Somebody, steam: Product):
    await world.stock(steam, 1)
    assert (await chen.says(f"解冻 {steam.slug}")).text
    await world.db.write(catalog_changes.freeze, steam.id, "S8")
    await lin.says(press=f"buy {steam.slug} 1")
    assert await world.count(ledger.payments) == 0
    await chen.says(f"解冻 {steam.slug}")
    await lin.says(press=f"buy {steam.slug} 1")
    assert await world.count(ledger.payments) == 1


async def test_a_buyer_says_none_of_chens_words(world: World, lin: Somebody, steam: Product):
    number = await delivered(world, lin, steam)
    for said in (f"补单 {number}", f"补偿 {number} 30", f"补发 {number} 1", f"认领 1 {number}", f"解冻 {steam.slug}"):
        await lin.says(said)
        await lin.says("1")
    order = await world.order(lin)
    assert (order.state, await world.db.read(ledger.refunds_of, order.id)) == (State.DELIVERED, [])
    assert await world.count(inventory.grants) == 1
