"""A button from an old message is never taken as the answer to what is asked now."""

from __future__ import annotations

from core import orders
from core.catalog import Product
from core.inventory import codes
from tests.world import Somebody, World


def button(person: Somebody, label: str) -> str:
    return next(choice.says for choice in person.choices if label in choice.label)


async def test_an_old_quantity_orders_nothing_of_another_product(world: World, lin: Somebody, steam: Product):
    dear = await world.make("dear", prices={"CNY": {1: 30000}})
    await world.stock(steam, 5)
    await world.stock(dear, 5)
    await lin.says(f"buy {steam.slug}")
    five = button(lin, "5")
    await lin.says(f"buy {dear.slug}")
    asked = lin.choices
    assert "过期" in (await lin.says(press=five)).text
    assert await world.count(orders.orders) == 0
    lin.choices = asked
    assert "¥600.00" in (await lin.presses("2")).text  # the question asked now still stands


async def test_an_old_never_mind_is_no_account(world: World, lin: Somebody, chen: Somebody):
    form = [{"name": "account", "label": {"zh-CN": "游戏账号", "en": "Account"}}]
    topup = await world.make("topup", kind="by_hand", form=form)
    await lin.says("找人工")
    never_mind = button(lin, "不问了")
    await lin.says(press=f"buy {topup.slug} 1")
    assert "过期" in (await lin.says(press=never_mind)).text
    assert await world.count(orders.orders) == 0
    assert "前付款" in (await lin.says("lin@game")).text


async def test_an_older_put_on_sale_goes_on_sale_and_not_to_a_buyer(
    world: World, lin: Somebody, chen: Somebody, steam: Product
):
    topup = await world.make("topup", kind="by_hand")
    await lin.buys(topup)
    await lin.pays()
    await lin.gets()
    await chen.gets()
    await chen.says(f"restock {steam.slug}")
    await chen.says("AAAA-1")
    put_on_sale = button(chen, "上架")
    await chen.says(f"fulfil {(await world.order(lin)).number}")
    await chen.says(press=put_on_sale)
    await lin.gets_nothing()
    assert await world.count(codes) == 1


async def test_stock_pasted_into_a_reply_is_held_back_once(world: World, lin: Somebody, chen: Somebody):
    await lin.says("找人工")
    await lin.says("你好")
    await chen.gets()
    await chen.presses("回复")
    assert "看起来像卡密" in (await chen.says("AAAA-1\nAAAA-2\nAAAA-3")).text
    await lin.gets_nothing()


async def test_a_question_that_is_too_long_can_be_asked_shorter(world: World, lin: Somebody, chen: Somebody):
    await lin.says("找人工")
    assert "改短" in (await lin.says("长" * 2000)).text
    assert "转给店员" in (await lin.says("短")).text
    assert "短" in (await chen.gets()).text


async def test_a_sentence_that_begins_with_a_word_we_know_is_understood(world: World, lin: Somebody):
    asked = await lin.says("problem with my code")
    assert asked.choices
