"""Buying, in the buyer's words."""

from __future__ import annotations

import time

from core import pickup
from core.catalog import Product
from core.orders import State
from tests.world import Somebody, World


async def test_buying_two_codes(world: World, lin: Somebody, steam: Product):
    codes = await world.stock(steam, 3)

    shelf = await lin.says("货架")
    assert shelf.choices == ["Steam"]

    assert "Steam 20 美元" in (await lin.says("1")).choices[0]  # picked by number, as on WeChat
    assert "现货 3 张" in (await lin.says("1")).text
    assert "要几张" in (await lin.says("多买几张")).text
    assert "没看懂" in (await lin.says("几张")).text
    assert "现在最多 3 张" in (await lin.says("4张")).text
    paying = await lin.says("两张")
    assert "前付款" in paying.text
    assert "¥200.00" in paying.text

    await lin.pays()
    began = time.monotonic()
    delivered = await lin.gets()
    assert time.monotonic() - began < 5
    assert delivered.codes == codes[:2]
    await world.becomes(lin, State.DELIVERED)


async def test_the_codes_can_be_seen_again_and_the_same_bought_again(world: World, lin: Somebody, steam: Product):
    [first, second] = await world.stock(steam, 2)
    await lin.buys(steam)
    await lin.pays()
    assert (await lin.gets()).codes == [first]

    assert "Steam 20 美元" in (await lin.says("我的订单")).choices[0]
    assert (await lin.says("1")).codes == [first]
    await lin.presses("再买")
    await lin.pays()
    assert (await lin.gets()).codes == [second]
    await world.becomes(lin, State.DELIVERED)


async def test_buying_in_english_and_russian(world: World, steam: Product):
    codes = await world.stock(steam, 2)
    for locale, words in (("en", ("shop", "Buy 1", "delivered")), ("ru", ("витрина", "Купить 1", "выдан"))):
        buyer = world.meet(f"buyer-{locale}", locale)
        shelf, buy, delivered = words
        assert (await buyer.says(shelf)).choices == ["Steam"]
        await buyer.says("1")
        await buyer.says("1")
        await buyer.presses(buy)
        await buyer.pays()
        arrived = await buyer.gets()
        assert arrived.codes == [codes.pop(0)]
        assert delivered in arrived.text


async def test_who_bought_the_last_one_is_not_told_it_is_sold_out(world: World, lin: Somebody, steam: Product):
    """The event is heard again when the shop dies between the order and its answer."""
    await world.stock(steam, 1)
    first = await lin.says(press=f"buy {steam.slug} 1", key="heard twice")
    again = await lin.says(press=f"buy {steam.slug} 1", key="heard twice")
    assert again.text == first.text
    assert "前付款" in again.text


async def test_a_typed_name_finds_the_product(world: World, lin: Somebody, steam: Product):
    await world.stock(steam, 1)
    assert "现货 1 张" in (await lin.says("steam 20")).text
    unknown = await lin.says("qwertz")
    assert unknown.choices[:2] == ["看货架", "我的订单"]


async def test_several_regions_are_asked_for_first(world: World, lin: Somebody, steam: Product):
    await world.make("steam-hk", brand="steam", region="hk")
    await lin.says("货架")
    regions = await lin.says("1")
    assert regions.choices[:2] == ["美区", "港区"]
    assert "Steam-Hk" in (await lin.says("2")).choices[0]


async def test_the_price_falls_with_the_quantity(world: World, lin: Somebody):
    product = await world.make("bulk", prices={"CNY": {1: 1000, 5: 900}})
    await world.stock(product, 5)
    assert "¥45.00" in (await lin.buys(product, 5)).text


async def test_a_buyer_gives_the_order_up(world: World, lin: Somebody, steam: Product):
    await world.stock(steam, 1)
    await lin.buys(steam)
    assert "取消" in (await lin.presses("取消")).text
    await world.becomes(lin, State.CANCELLED)
    assert "现货 1 张" in (await lin.says(f"product {steam.slug}")).text


async def test_ive_paid_asks_the_rail_at_once(world: World, lin: Somebody, steam: Product):
    [code] = await world.stock(steam, 1)
    world.provider.faults.copies = 0  # the notice is lost
    await lin.buys(steam)
    paying = lin.choices
    waiting = await lin.presses("我已付款")
    assert "请不要再付一次" in waiting.text
    lin.choices = paying
    await lin.pays()
    lin.choices = paying
    seen = await lin.presses("我已付款")
    assert "¥100.00" in seen.text
    assert (await lin.gets()).codes == [code]


async def test_asking_a_person_and_being_answered(world: World, lin: Somebody, chen: Somebody):
    assert "店员会看到" in (await lin.says("找人工")).text
    assert "回复会发到这里" in (await lin.says("码不能用，怎么办？")).text
    asked = await chen.gets()
    assert "lin" in asked.text
    assert "码不能用，怎么办？" in asked.text
    assert "回复写在下一条" in (await chen.presses("回复")).text
    assert "已发给买家" in (await chen.says("换一张给你")).text
    assert "换一张给你" in (await lin.gets()).text


async def test_another_language_from_here_on(world: World, lin: Somebody, steam: Product):
    await lin.says("语言")
    assert "English" in (await lin.presses("English")).text
    assert (await lin.says("help")).choices[0] == "Browse"


async def test_an_order_is_opened_again_by_its_pick_up_phrase(world: World, lin: Somebody, steam: Product):

    [code] = await world.stock(steam, 1)
    await lin.buys(steam)
    await lin.pays()
    await lin.gets()
    order = await world.order(lin)
    phrase = await world.db.read(lambda tx: pickup.phrase(tx, order, order.locale))

    elsewhere = world.meet("elsewhere")
    assert (await elsewhere.says(f"取货 {order.number} {phrase}")).codes == [code]
    stranger = world.meet("stranger")
    refused = await stranger.says(f"取货 {order.number} 猫猫 狗狗 鱼鱼 鸟鸟")
    assert refused.codes == []
    assert (await stranger.says(f"order {order.number}")).codes == []
    assert refused.text == (await stranger.says(f"取货 ZZZZ-ZZZZ {phrase}")).text
    await world.becomes(lin, State.DELIVERED)
