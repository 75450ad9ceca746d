"""My orders in pages, and the way back from one; what came last, by asking to redeem it."""

from __future__ import annotations

import pytest

from bot.handlers.buyer_orders import PAGE
from core.catalog import Product
from tests.bot.test_router import world
from tests.core import counter
from tests.world import Somebody, World

__all__ = ["world"]


@pytest.fixture
async def topup(world: World, lin: Somebody) -> Product:
    """Lin has ordered one thing fourteen times, and cancelled all."""
    product = await world.make("topup", kind="by_hand")
    person = await counter.meet(world, "lin")
    for _ in range(14):
        order = await counter.place(world, person, product)
        await lin.says(press=f"cancel {order.number}")
    return product


async def test_from_page_to_page_and_back(world: World, lin: Somebody, topup: Product):
    first = await lin.says("我的订单")
    assert (len(first.choices), first.choices[PAGE:]) == (PAGE + 2, ["更早的订单", "看货架"])
    second = await lin.presses("更早的订单")
    assert second.choices[PAGE:] == ["更早的订单", "更近的订单", "看货架"]
    third = await lin.presses("更早的订单")
    assert third.choices[2:] == ["更近的订单", "看货架"]
    listed = {choice.says for page in (first, second, third) for choice in page.spoken.choices}
    assert len([says for says in listed if says.startswith("order ")]) == 14
    assert (await lin.presses("更近的订单")).choices == second.choices


@pytest.mark.parametrize("page", ["0", "x", "99", "999999", "３"])
async def test_a_page_that_is_not_there_is_the_first(world: World, lin: Somebody, topup: Product, page: str):
    assert (await lin.says(press=f"orders {page}")).choices == (await lin.says("我的订单")).choices


async def test_an_order_leads_back_to_the_page_it_was_opened_from(world: World, lin: Somebody, topup: Product):
    second = await lin.says(press="orders 2")
    card = await lin.says("1")
    assert card.choices.count("我的订单") == 1
    assert (await lin.presses("我的订单")).choices == second.choices


async def test_opened_from_elsewhere_it_leads_to_the_first(world: World, lin: Somebody, topup: Product):
    number = (await world.order(lin)).number
    await lin.says(press=f"order {number}")
    assert (await lin.presses("我的订单")).choices == (await lin.says("我的订单")).choices


async def test_codes_are_shown_with_a_way_back(world: World, lin: Somebody, steam: Product):
    [code] = await world.stock(steam, 1)
    await counter.sold(world, await counter.meet(world, "lin"), steam)
    await lin.says("我的订单")
    opened = await lin.says("1")
    assert opened.codes == [code]
    assert opened.choices[-1] == "我的订单"


@pytest.mark.parametrize("typed", ["兑换", "怎么兑换", "redeem", "/redeem", "How to redeem", "активировать"])
async def test_asking_to_redeem_shows_what_came_last(world: World, lin: Somebody, steam: Product, typed: str):
    codes = await world.stock(steam, 2)
    person = await counter.meet(world, "lin")
    for _ in codes:
        await counter.sold(world, person, steam)
    await counter.place(world, person, await world.make("topup", kind="by_hand"))
    await lin.says("你好")  # below the codes the same words are the label of their guide
    shown = await lin.says(typed)
    assert shown.codes == codes[1:]
    assert {"去兑换", "怎么兑换"} <= set(shown.choices)


async def test_there_is_nothing_to_redeem_yet(world: World, lin: Somebody, topup: Product):
    answer = await lin.says("兑换")
    assert "没有可兑换的" in answer.text
    assert answer.choices == ["我的订单", "看货架", "找人工"]


async def test_redeeming_one_order_by_its_number(world: World, lin: Somebody, steam: Product):
    codes = await world.stock(steam, 2)
    person = await counter.meet(world, "lin")
    first = await counter.sold(world, person, steam)
    await counter.sold(world, person, steam)
    assert (await lin.says(f"兑换 {first.number}")).codes == codes[:1]
    assert (await world.meet("bao").says(f"兑换 {first.number}")).codes == []
