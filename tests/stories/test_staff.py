"""Staff restock by pasting, look at orders, and make by hand what can't be taken from stock."""

from __future__ import annotations

from core import drafts, inventory
from core.catalog import Product
from core.orders import State
from tests.world import Somebody, World


async def test_restocking_by_pasting(world: World, chen: Somebody, lin: Somebody, steam: Product):
    await world.stock(steam, 1)
    known = (await world.db.read(lambda tx: inventory.counts(tx)))[steam.id]["available"]
    stock = await chen.says("库存")
    assert "Steam 20 美元" in stock.text
    await chen.presses("Steam")
    await chen.presses("补货")
    preview = await chen.says("AAAA-1\n\nAAAA-2\nAAAA-1\n\x00bad\nBBBB----pin9----2030-01-31")
    assert [word in preview.text for word in ("3", "1")] == [True, True]
    assert (await world.db.read(lambda tx: inventory.available(tx, steam))) == known
    await chen.presses("上架")
    assert "3" in (await chen.gets()).text
    assert (await world.db.read(lambda tx: inventory.available(tx, steam))) == known + 3


async def test_pasting_what_is_there_already_adds_nothing(world: World, chen: Somebody, steam: Product):
    [code] = await world.stock(steam, 1)
    await chen.says(f"restock {steam.slug}")
    await chen.says(code)
    assert await world.db.read(lambda tx: inventory.available(tx, steam)) == 1
    await chen.presses("先不办")
    await world.runner.drain()
    assert await world.count(drafts.drafts) == 0


async def test_a_discarded_draft_is_gone(world: World, chen: Somebody, steam: Product):
    await chen.says(f"restock {steam.slug}")
    await chen.says("CCCC-1")
    await chen.presses("丢掉")
    assert await world.db.read(lambda tx: inventory.available(tx, steam)) == 0
    assert await world.count(inventory.codes) == 0


async def test_a_unit_made_by_hand(world: World, lin: Somebody, chen: Somebody):
    form = [{"name": "account", "label": {"zh-CN": "游戏账号", "en": "Account"}, "pattern": r"\S{3,40}"}]
    topup = await world.make("topup", kind="by_hand", form=form, noun="topup", measure="fen")
    await lin.says(f"product {topup.slug}")
    asked = await lin.presses("买 1")
    assert "游戏账号" in asked.text
    assert "游戏账号" in (await lin.says("x")).text  # too short: asked again
    await lin.says("lin@game")
    await lin.pays()
    assert "备货" in (await lin.gets()).text
    card = await chen.gets()
    assert "lin@game" in card.text
    await chen.says("1")  # as the card offers it
    await chen.says("已充值 100 点\n流水号 42")
    arrived = await lin.gets()
    assert "流水号 42" in arrived.text
    await world.becomes(lin, State.DELIVERED)


async def test_what_is_not_made_in_time_is_refunded(world: World, lin: Somebody, chen: Somebody):
    topup = await world.make("topup", kind="by_hand")
    await lin.buys(topup)
    await lin.pays()
    await lin.gets()
    await world.later(world.shop.rules.hand_within)
    await world.runner.tick()
    assert "已退款" in (await lin.gets()).text
    await world.becomes(lin, State.REFUNDED)


async def test_the_same_words_may_answer_two_orders(world: World, lin: Somebody, chen: Somebody):
    topup = await world.make("topup", kind="by_hand")
    for _ in range(2):
        await lin.buys(topup)
        await lin.pays()
        await lin.gets()
        order = await world.order(lin)
        await chen.says(f"fulfil {order.number}")
        await chen.says("充值成功")
        assert "充值成功" in (await lin.gets()).text
        await world.becomes(lin, State.DELIVERED)


async def test_orders_are_shown_with_their_story_and_without_codes(
    world: World, lin: Somebody, chen: Somebody, steam: Product
):
    [code] = await world.stock(steam, 1)
    await lin.buys(steam)
    await lin.pays()
    await lin.gets()
    await world.becomes(lin, State.DELIVERED)
    listed = await chen.says("订单")
    order = await world.order(lin)
    assert order.number in listed.choices[0]
    shown = await chen.says("1")
    assert order.number in shown.text
    assert code not in shown.text


async def test_a_bad_code_is_replaced_by_pressing(world: World, chen: Somebody, lin: Somebody, steam: Product):
    first, second = await world.stock(steam, 2)
    await lin.buys(steam)
    await lin.pays()
    assert first in (await lin.gets()).text
    order = await world.order(lin)
    await chen.says(f"replace {order.number} 1 used before")
    await chen.presses("补发")
    assert second in (await lin.gets()).text
