"""A held order: the reason, the decision, and the buyer's way out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import ledger
from core.catalog import Product
from core.ground.money import Money
from core.orders import State
from tests.world import Somebody, World


@pytest.fixture
async def dear(world: World) -> Product:
    return await world.make("dear", prices={"CNY": {1: 90000}})


async def hold(world: World, lin: Somebody, dear: Product) -> list[str]:
    codes = await world.stock(dear, 1)
    await lin.buys(dear)
    await lin.pays()
    held = await lin.gets()
    assert "人工核对" in held.text
    assert "¥900.00" in held.text
    return codes


async def test_a_new_buyers_dear_order_is_held_and_approved(world: World, lin: Somebody, chen: Somebody, dear: Product):
    codes = await hold(world, lin, dear)
    card = await chen.gets()
    assert "待核对 ¥900.00" in card.text
    assert "新买家" in card.text
    assert card.codes == []
    assert "chen" in (await chen.presses("通过")).text
    assert (await lin.gets()).codes == codes
    await world.becomes(lin, State.DELIVERED)


async def test_a_rejected_order_is_refunded_and_its_code_back_on_sale(
    world: World, lin: Somebody, chen: Somebody, dear: Product
):
    await hold(world, lin, dear)
    await chen.gets()
    await chen.presses("拒绝")
    refunded = await lin.gets()
    assert "已退款 ¥900.00" in refunded.text
    assert refunded.codes == []
    await world.becomes(lin, State.REFUNDED)
    assert "现货 1 张" in (await lin.says(f"product {dear.slug}")).text


async def test_nobody_decides_in_time(world: World, lin: Somebody, chen: Somebody, dear: Product):
    await hold(world, lin, dear)
    await world.later(world.shop.rules.review_within)
    await world.runner.tick()
    assert "已退款" in (await lin.gets()).text
    await world.becomes(lin, State.REFUNDED)


async def test_the_buyer_would_rather_have_the_money(world: World, lin: Somebody, chen: Somebody, dear: Product):
    await hold(world, lin, dear)
    await lin.presses("退款")
    assert "已退款" in (await lin.gets()).text
    await chen.gets()
    late = await chen.presses("通过")
    assert "没有生效" in late.text
    await world.becomes(lin, State.REFUNDED)


async def test_a_buyer_with_history_is_not_held(world: World, lin: Somebody, dear: Product, steam: Product):
    await world.stock(steam, 1)
    codes = await world.stock(dear, 1)
    await lin.buys(steam)
    await lin.pays()
    await lin.gets()
    await world.becomes(lin, State.DELIVERED)
    await lin.buys(dear)
    await lin.pays()
    assert (await lin.gets()).codes == codes


async def test_a_refund_whose_answer_is_lost_is_made_once(world: World, lin: Somebody, chen: Somebody, dear: Product):
    await hold(world, lin, dear)
    await chen.gets()
    world.provider.faults.give("refund", "lost", 1)
    await chen.presses("拒绝")
    order = await world.order(lin)

    async def unknown() -> bool:
        return [refund.state for refund in await world.db.read(ledger.refunds_of, order.id)] == ["unknown"]

    await world.until(unknown)
    await world.later(timedelta(minutes=1))
    assert "已退款 ¥900.00" in (await lin.gets()).text
    await world.becomes(lin, State.REFUNDED)
    await lin.gets_nothing()


async def test_strangers_decide_nothing(world: World, lin: Somebody, chen: Somebody, dear: Product):
    from bot.staff import staff

    await hold(world, lin, dear)
    await chen.gets()
    stranger = Somebody(world, "stranger", staff)
    order = await world.order(lin)
    await stranger.says(f"approve {order.number}")
    await stranger.says(press=chen.choices[0].says)
    await lin.says(press=chen.choices[0].says)
    assert (await world.order(lin)).state is State.IN_REVIEW


async def test_a_refund_the_rail_refuses_is_made_by_hand(world: World, lin: Somebody, chen: Somebody, dear: Product):
    await hold(world, lin, dear)
    await chen.gets()
    world.provider.faults.refunds = "failed"
    await chen.presses("拒绝")
    order = await world.order(lin)
    told = [await chen.gets(), await chen.gets()]
    assert any("人工退款" in answer.text for answer in told)
    assert "店员在人工处理" in (await lin.says(f"order {order.number}")).text
    assert "现货 1 张" in (await lin.says(f"product {dear.slug}")).text  # what was set aside is on sale again
    await world.holds()

    assert "¥900.00" in (await chen.says(f"已退款 {order.number} 银行 4711")).text
    refunded = await lin.gets()
    assert "已人工退款 ¥900.00" in refunded.text
    assert "银行 4711" in refunded.text
    await world.becomes(lin, State.REFUNDED)
    assert "没有要人工退的钱" in (await chen.says(f"已退款 {order.number} 银行 4711")).text
    await lin.gets_nothing()


async def test_a_refused_surplus_does_not_keep_the_rest_from_going_back(
    world: World, lin: Somebody, chen: Somebody, dear: Product
):
    await hold(world, lin, dear)
    await chen.gets()
    cards = chen.choices
    order = await world.order(lin)
    came = ("sandbox", "our-account", "once more", "test", Money(1, "CNY"), order.id, order.number)
    surplus = await world.db.write(ledger.receive, *came)
    assert surplus is not None
    refused = await world.db.write(ledger.make_refund, surplus, Money(1, "CNY"), "refund-first", "surplus")
    await world.db.write(ledger.move_refund, refused, "failed", "created")
    chen.choices = cards
    await chen.presses("拒绝")
    assert "已退款 ¥900.00" in (await lin.gets()).text
    await world.until(lambda: _is(world, lin, State.REFUNDED))


async def _is(world: World, lin: Somebody, state: State) -> bool:
    return (await world.order(lin)).state is state
