"""A day at the desk: an order is found, looked at, given back, sold by hand; a buyer asks for a person."""

from __future__ import annotations

import asyncio
import re
from datetime import time, timedelta

import pytest

from bot.said import Said
from core import aftersales, customers, ledger, orders, resending, review, selling, threads
from core.authority import Role
from core.catalog import Product
from core.ground import shown
from core.ground.money import Money
from core.ground.rules import Rules
from core.orders import Order, State
from core.units import Obligation
from tests.world import RULES, Somebody, World


async def bought(world: World, lin: Somebody, steam: Product, many: int = 1) -> Order:
    """Delivered to Lin."""
    await world.stock(steam, many)
    await lin.buys(steam, many)
    await lin.pays()
    await lin.gets()
    await world.becomes(lin, State.DELIVERED)
    return await world.order(lin)


# Finding


async def test_an_order_is_found_by_whatever_somebody_has_in_hand(
    world: World, lin: Somebody, chen: Somebody, steam: Product
):
    order = await bought(world, lin, steam)
    receipt = (await world.db.read(ledger.receipts_of, order.id))[0]
    payment = (await world.db.read(ledger.payments_of, order.id))[0]
    bare = order.number.replace("-", "").lower()
    for wanted in (
        order.number,
        bare,
        receipt.transaction,
        payment.reference,
        payment.key,
        "lin",
        "LIN",
        "美元",
        "今天",
    ):
        assert order.number in (await chen.says(f"find {wanted}")).text, wanted
    assert order.number in (await chen.says(f"found 1 steam {order.placed_at.astimezone(RULES.zone):%Y-%m-%d}")).text
    assert order.number in (await chen.says(receipt.transaction)).text  # pasted by itself
    for nothing in ("昨天", "nobody", "0000-0000", "美元 昨天", "%", "_"):
        assert "没找到" in (await chen.says(f"find {nothing}")).text, nothing


async def test_many_are_found_a_page_at_a_time(world: World, chen: Somebody, steam: Product):
    await world.stock(steam, 10)
    for number in range(10):
        await world.meet(f"wang-{number}").buys(steam)
    first = await chen.says("find wang")
    assert len(first.choices) == 9
    rest = await chen.presses("下一页")
    assert len(rest.choices) == 3


async def test_the_card_tells_the_whole_story(world: World, lin: Somebody, chen: Somebody, steam: Product):
    order = await bought(world, lin, steam)
    card = await chen.says(f"order {order.number}")
    for part in (order.number, "lin", "收到 ¥100.00", "测试支付"):
        assert part in card.text
    assert {"退款", "再发一次", "换一个码", "备注", "问买家"} <= set(card.choices)
    assert "付款" in (await chen.says(f"story {order.number}")).text
    assert (await chen.says("order 0000-0000")).text.startswith("没有找到这个订单")


async def test_money_without_an_order_is_found_by_the_number_its_payer_holds(
    world: World, chen: Somebody, steam: Product
):
    lost = ("sandbox", "our-account", "TRADE-2026-99", "test", Money(5000, "CNY"), None, None)
    receipt = await world.db.write(ledger.receive, *lost)
    assert receipt is not None
    for said in ("find TRADE-2026-99", "TRADE-2026-99"):
        told = (await chen.says(said)).text
        assert "¥50.00" in told
        assert f"认领 {receipt.id}" in told
    assert "没找到" in (await chen.says("find TRADE-2026-98")).text
    await world.db.write(aftersales.give_back, receipt, receipt.total, "unmatched")
    told = (await chen.says("find TRADE-2026-99")).text
    assert "退" in told
    assert "认领" not in told  # it is on its way back
    [refund] = await world.db.read(ledger.refunds_against, receipt)
    assert "¥50.00" in (await chen.says(f"find {refund.key}")).text


@pytest.mark.parametrize("guard", ["on", "off"])
async def test_nobody_is_shown_a_button_that_would_only_be_refused(
    world: World, lin: Somebody, chen: Somebody, guard: str
):
    """In their own chat; the control shows everybody all of them, as in a room where many read."""
    if guard == "off":
        world.shop.whose = {}
    dear = await world.make("dear", prices={"CNY": {1: 60000}})
    await world.stock(dear, 1)
    fang = await world.hire("fang", Role.VIEWER)
    await lin.buys(dear)
    await lin.pays()
    theirs, chens = await fang.gets(), await chen.gets()
    assert "通过并发货" in chens.choices
    assert ("通过并发货" in theirs.choices) is (guard == "off")
    order = await world.order(lin)
    for asked in (f"review {order.number}", f"order {order.number}", "help"):
        seen, all_of_it = (await fang.says(asked)).choices, (await chen.says(asked)).choices
        assert set(seen) <= set(all_of_it)
        assert not {"通过并发货", "商品", "备注"} & set(seen)


# What can be done


async def test_a_note_is_for_staff_alone(world: World, lin: Somebody, chen: Somebody, steam: Product):
    order = await bought(world, lin, steam)
    await chen.says(f"note {order.number}")
    await chen.says("买家很客气")
    assert "买家很客气" in (await chen.says(f"order {order.number}")).text
    assert "买家很客气" not in (await lin.says(f"order {order.number}")).text


async def test_codes_are_sent_once_more_and_by_one_of_two(world: World, lin: Somebody, chen: Somebody, steam: Product):
    order = await bought(world, lin, steam)
    wei = await world.hire("wei")
    await chen.says(f"resend {order.number}")
    assert (await lin.gets()).codes != []
    assert "chen" in (await wei.says(f"resend {order.number}")).text
    await lin.gets_nothing()
    await world.later(resending.PAUSE)
    await wei.says(f"resend {order.number}")
    assert (await lin.gets()).codes != []


async def test_one_of_three_goes_back_and_not_twice(world: World, lin: Somebody, chen: Somebody, steam: Product):
    order = await bought(world, lin, steam, 3)
    await chen.says(f"giveback {order.number}")
    assert "第 2 个" in (await chen.presses("第 2 个")).text
    await chen.presses("退 ¥100.00")
    told = (await lin.gets()).text
    assert "已退款 ¥100.00" in told
    assert "部分退款" in told  # it is no present for the trouble
    again = await chen.says(f"giveback {order.number}")
    assert [label for label in again.choices if label.startswith("第")] == ["第 1 个 · ¥100.00", "第 3 个 · ¥100.00"]
    assert "现在还没有退" not in (await chen.says("200.01")).text  # more than is left: asked again
    await chen.says("200")
    await chen.presses("退 ¥200.00")
    assert "已退款 ¥200.00" in (await lin.gets()).text
    assert "最多能退 ¥0.00" in (await chen.says(f"giveback {order.number}")).text
    await world.holds()


async def test_what_changed_since_it_was_looked_at_is_said(world: World, lin: Somebody, chen: Somebody, steam: Product):
    order, wei = await bought(world, lin, steam), await world.hire("wei")
    for one in (chen, wei):
        await one.says(f"giveback {order.number}")
        await one.presses("全额")
    await chen.presses("退 ¥100.00")
    late = await wei.presses("退 ¥100.00")
    assert "chen" in late.text
    assert "没有生效" in late.text
    await lin.gets()
    await world.becomes(lin, State.REFUNDED)
    assert (await world.db.read(ledger.received, order.id, "CNY")).amount == 0


async def test_an_unpaid_order_is_cancelled_with_a_second_look(
    world: World, lin: Somebody, chen: Somebody, steam: Product
):
    await world.stock(steam, 1)
    await lin.buys(steam)
    order = await world.order(lin)
    await chen.says(f"cancel {order.number}")
    await chen.presses("取消订单")
    assert "取消" in (await lin.gets()).text
    await world.becomes(lin, State.CANCELLED)
    assert "chen" in (await chen.says(f"cancel {order.number}")).text


async def test_what_cannot_be_made_by_hand_goes_back(world: World, lin: Somebody, chen: Somebody):
    topup = await world.make("topup", kind="by_hand")
    await lin.buys(topup)
    await lin.pays()
    await lin.gets()
    card = await chen.gets()
    assert "办不了" in card.choices
    await chen.presses("办不了")
    await chen.presses("确定办不了")
    assert "办不了" in (await lin.gets()).text
    await world.becomes(lin, State.REFUNDED)


# A sale by hand


async def sells(chen: Somebody, steam: Product, many: int = 20, reference: str = "XY-1") -> str:
    await chen.says(f"sell {steam.slug} {many}")
    for said in ("Wang", "闲鱼", "500.00", reference):
        await chen.says(said)
    return (await chen.presses("开单")).text


async def test_twenty_codes_to_wang(world: World, chen: Somebody, steam: Product):
    await world.stock(steam, 21)
    told = await sells(chen, steam)
    assert "20 个码" in told
    assert "XY-1" in (await chen.says("find XY-1")).text
    card = await chen.says("find Wang")
    assert "闲鱼" in card.text
    [order] = await world.db.read(orders.latest, 5)
    assert (order.channel, order.total, order.state) == ("闲鱼", Money(50000, "CNY"), State.FULFILLING)
    assert len(order.owing(Obligation.PICKUP)) == 20
    await world.runner.drain()
    await world.holds()
    done = await world.db.write(selling.fetched, order.id, [unit.id for unit in order.units], chen.id)
    assert done.state is State.DELIVERED
    await world.holds()


async def test_a_payment_is_one_sale_and_nothing_is_sold_beyond_the_stock(world: World, chen: Somebody, steam: Product):
    await world.stock(steam, 3)
    await sells(chen, steam, 2)
    assert "已经记过了" in await sells(chen, steam, 1)
    assert "库存够 1 个" in (await chen.says(f"sell {steam.slug} 2")).text
    assert len(await world.db.read(orders.latest, 5)) == 1


async def test_a_restart_in_the_middle_of_a_sale_goes_on(world: World, chen: Somebody, steam: Product):
    """Progress is in the person's row: whoever answers next, in whatever process, finds it there."""
    await world.stock(steam, 2)
    await chen.says(f"sell {steam.slug} 2")
    await chen.says("Wang")
    again = Somebody(world, chen.name, chen.router, keys=chen.keys)
    assert "收了多少" in (await again.says("闲鱼")).text
    await again.says("10.01")
    sure = await again.says("R-1")
    press = next(choice.says for choice in sure.spoken.choices if choice.label == "开单")
    for _ in range(2):  # the event is answered again after a crash
        await again.says(press=press, key="one press")
    [order] = await world.db.read(orders.latest, 5)
    assert [unit.price for unit in order.units] == [501, 500]


async def test_what_is_sold_by_hand_says_nothing_to_anybody(world: World, chen: Somebody, steam: Product):
    await world.stock(steam, 1)
    await sells(chen, steam, 1)
    [order] = await world.db.read(orders.latest, 5)
    assert customers.is_elsewhere(order.person)
    await world.db.write(selling.fetched, order.id, [unit.id for unit in order.units], chen.id)
    assert "没有能再发的码" in (await chen.says(f"resend {order.number}")).text
    await world.runner.drain()


# People


async def test_a_buyer_asks_and_staff_answer_on_the_card(world: World, lin: Somebody, chen: Somebody):
    await lin.says("人工")
    await lin.says("码用不了")
    card = await chen.gets()
    assert "等回复" in card.text
    thread = await world.db.read(threads.with_buyer, lin.id)
    assert thread is not None
    name = card.spoken.source.card or ""
    await world.db.write(shown.keep, chen.id, name, "77")
    said = await replies(chen, "请发个截图", "77")
    assert "已回复" in said
    assert "chen 在跟" in said
    told = await lin.gets()
    assert "请发个截图" in told.text
    await lin.presses("回复")
    await lin.says("发好了")
    again = await chen.gets()
    assert "发好了" in again.text
    assert again.spoken.source.card != name  # said anew, below
    await chen.presses("结束")
    assert (await world.db.read(threads.get, thread.id)).state == "closed"


async def replies(one: Somebody, text: str, to: str) -> str:
    said = Said("test", one.name, f"{one.name}-{next(one.keys)}", text, None, one.name, one.locale, replies_to=to)
    return (await one._read(await one.router.answer(one.world.shop, said))).text


async def test_a_reply_to_anything_else_goes_to_no_buyer(world: World, lin: Somebody, chen: Somebody):
    await lin.says("人工")
    await lin.says("在吗")
    await chen.gets()
    await world.db.write(shown.keep, chen.id, "order K7M2-94QF", "5")
    assert "没看懂" in await replies(chen, "看起来没问题", "5")
    assert "没看懂" in await replies(chen, "看起来没问题", "6")
    await lin.gets_nothing()


async def test_who_takes_it_first_has_it(world: World, lin: Somebody, chen: Somebody):
    wei = await world.hire("wei")
    await lin.says("人工")
    await lin.says("在吗")
    await chen.gets()
    await wei.gets()
    assert "chen 在跟" in (await chen.presses("我来跟")).text
    late = await wei.presses("我来跟")
    assert "chen" in late.text
    assert "没有生效" in late.text


@pytest.mark.parametrize("rules", [Rules(rehearsal=True, hours=(time(9), time(18)))])
async def test_hours_are_said_when_nobody_is_here(world: World, lin: Somebody, chen: Somebody):
    local = world.clock.now().astimezone(RULES.zone)
    world.clock.forward(timedelta(hours=(22 - local.hour) % 24))
    closed = await lin.says("人工")
    assert "09:00 到 18:00" in closed.text
    assert "北京时间" in closed.text
    world.clock.forward(timedelta(hours=14))  # noon
    assert "09:00" not in (await lin.says("人工")).text


# Held orders


async def held(world: World, lin: Somebody) -> Order:
    dear = await world.make(f"dear-{lin.name}", prices={"CNY": {1: 90000}})
    await world.stock(dear, 20)  # so that nothing is low
    await lin.buys(dear)
    await lin.pays()
    await lin.gets()
    return await world.order(lin)


async def test_a_question_and_its_answer_stand_on_the_card(world: World, lin: Somebody, chen: Somebody):
    order = await held(world, lin)
    await chen.gets()
    await chen.presses("问买家")
    await chen.says("是您本人买的吗")
    asked = await lin.gets()
    assert "是您本人买的吗" in asked.text
    assert "是您本人买的吗" in (await chen.gets()).text
    await lin.presses("回复")
    await lin.says("是的，送给弟弟")
    texts = [(await chen.gets()).text for _ in range(2)]
    assert any("买家答" in text and "送给弟弟" in text for text in texts)
    assert (await world.db.read(orders.get, order.id)).review_due_at == order.review_due_at
    await chen.says(f"review {order.number}")
    await chen.presses("通过")
    await world.becomes(lin, State.DELIVERED)


async def test_staff_hear_once_at_half_and_once_when_nearly_over(world: World, lin: Somebody, chen: Somebody):
    order = await held(world, lin)
    await chen.gets()
    await world.runner.tick()
    await chen.gets_nothing()
    for part, left in ((0.5, "59|60"), (0.4, "11|12")):
        await world.later(world.shop.rules.review_within * part)
        await world.runner.tick()
        told = await chen.gets()
        assert order.number in told.text
        assert re.search(f"还剩 ({left}) 分钟", told.text)
        await world.runner.tick()
        await chen.gets_nothing()


async def test_many_held_orders_are_one_list(world: World, chen: Somebody):
    buyers = [world.meet(f"buyer-{number}") for number in range(review.CROWD + 3)]
    for one in buyers:
        await held(world, one)
    for _ in range(review.CROWD):
        await chen.gets()
    await world.runner.tick()
    listed = await chen.gets()
    assert f"{len(buyers)} 单" in listed.text
    await chen.gets_nothing()


# Two at once


async def test_of_two_who_press_the_opposite_one_decides_and_the_other_is_told_who(
    world: World, lin: Somebody, chen: Somebody
):
    wei = await world.hire("wei")
    order = await held(world, lin)
    both = await asyncio.gather(chen.says(f"approve {order.number}"), wei.says(f"reject {order.number}"))
    late = [answer.text for answer in both if "没有生效" in answer.text]
    assert len(late) == 1
    assert ("chen" in late[0]) != ("wei" in late[0])
    decided = await world.db.read(orders.get, order.id)
    assert decided.decided_by in ("chen", "wei")


async def test_a_large_sale_by_hand_is_shown_and_with_that_delivered(world: World, chen: Somebody, steam: Product):
    """More than one may otherwise look at in a day: whoever sold them hands them on."""
    made = await world.stock(steam, 30)
    await sells(chen, steam, 30)
    [order] = await world.db.read(orders.latest, 1)
    await chen.says(f"reveal {order.number}")
    await chen.says("sold on 闲鱼 to Wang")
    shown = await chen.presses("在这里")
    assert sorted(shown.codes or made) == sorted(made)
    done = await world.db.read(orders.get, order.id)
    assert (done.state, done.owing(Obligation.PICKUP)) == (State.DELIVERED, [])
    await world.runner.drain()
    await world.holds()
