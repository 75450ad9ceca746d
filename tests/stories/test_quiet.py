"""Bad days and holidays: Chen holds deliveries, closes the shop, sleeps, looks at the day, tells the news."""

from __future__ import annotations

from datetime import timedelta

from bot.staff import staff as staff_router
from core import customers, hiring
from core.authority import roles_named
from core.catalog import Product
from core.orders import State
from tests.world import Somebody, World


async def test_holding_deliveries_and_going_on(world: World, chen: Somebody, lin: Somebody, steam: Product):
    codes = await world.stock(steam, 2)
    assert "都正常" in (await chen.says("开关")).text
    asked = await chen.presses("暂停发货")
    assert "照样收款" in asked.text
    assert "发货暂停" in (await chen.presses("确定")).text
    assert "打开了" in (await chen.gets()).text  # what all who work here hear
    assert "发货暂停" in (await chen.says("开始")).text
    await lin.buys(steam)
    await lin.pays()
    told = await lin.gets()
    assert "会比平时久" in told.text
    assert told.codes == []
    await lin.gets_nothing()
    assert "会比平时久" in (await lin.says("订单 " + (await world.order(lin)).number)).text
    await chen.says("开关")
    await chen.presses("恢复发货")
    assert "都正常" in (await chen.presses("确定")).text
    assert (await lin.gets()).codes == codes[:1]
    await world.becomes(lin, State.DELIVERED)


async def test_closed_for_the_holidays_in_two_languages(world: World, chen: Somebody, lin: Somebody, steam: Product):
    await world.stock(steam, 1)
    await chen.says("开关")
    await chen.presses("关店")
    await chen.says("春节放假，祝大家过年好")
    await chen.says("We are away for Spring Festival")
    await chen.presses("就用这些语言")
    assert "看不懂这个时间" in (await chen.says("过完年")).text
    local = world.clock.now().astimezone(world.shop.rules.zone) + timedelta(days=3)
    seen = await chen.says(local.strftime("%Y-%m-%d 09:00"))
    assert "春节放假" in seen.text  # as buyers will read it
    await chen.presses("确定")
    assert "货架" not in (await lin.says("货架")).text
    assert "Steam" in (await lin.says(press=f"product {steam.slug}")).text
    refused = await lin.presses("买 1")
    assert "春节放假，祝大家过年好" in refused.text
    assert "09:00" in refused.text
    anna = world.meet("anna", "ru")
    await anna.says(press=f"product {steam.slug}")
    assert "We are away" in (await anna.says(press=f"buy {steam.slug} 1")).text  # nobody wrote it in Russian
    world.clock.forward(timedelta(days=4))
    await lin.buys(steam)
    assert (await world.order(lin)).state is State.AWAITING_PAYMENT


async def test_closed_until_the_next_time_it_is_that_late(world: World, chen: Somebody, lin: Somebody, steam: Product):
    await world.stock(steam, 1)
    await chen.says("开关")
    await chen.presses("关店")
    await chen.says("盘点，晚点回来")
    await chen.presses("就用这些语言")
    local = world.clock.now().astimezone(world.shop.rules.zone) + timedelta(hours=2)
    seen = await chen.says(local.strftime("%H:%M"))
    assert local.strftime("%H:%M") in seen.text
    await chen.presses("确定")
    assert "盘点" in (await lin.buys(steam)).text
    world.clock.forward(timedelta(hours=2))
    await lin.buys(steam)
    assert (await world.order(lin)).state is State.AWAITING_PAYMENT


async def test_a_helper_looks_but_does_not_press(world: World, chen: Somebody):
    fang = Somebody(world, "fang", staff_router)
    await world.db.write(customers.meet, "test", "fang", "fang", "zh-CN", None)
    token = await world.db.write(hiring.invite, "fang", roles_named("helper") or frozenset())
    await world.db.write(hiring.enter, token, fang.id)
    assert "都正常" in (await fang.says("开关")).text
    assert fang.choices == ()  # what they may not press they are not shown
    assert "你在这里不能暂停和恢复" in (await fang.says("/switch deliveries")).text
    assert "你在这里不能群发消息" in (await fang.says("群发")).text
    assert "你在这里不能" in (await fang.says("提醒设置")).text
    assert "付款 0 单" in (await fang.says("今天")).text


async def test_notices_to_us_and_quiet_hours(world: World, chen: Somebody):
    card = await chen.says("提醒设置")
    assert "待办理：马上" in card.choices
    assert "待办理：汇总" in (await chen.presses("待办理")).choices
    await chen.presses("安静时段")
    assert "没看懂" in (await chen.says("晚上")).text
    assert "安静时段 23:00 到 08:00" in (await chen.says("23点到8点")).text
    await chen.presses("安静时段")
    assert "没有安静时段" in (await chen.presses("不要安静时段")).text


async def test_the_day(world: World, chen: Somebody, lin: Somebody, steam: Product):
    await world.stock(steam, 1)
    await lin.buys(steam)
    await lin.pays()
    await world.becomes(lin, State.DELIVERED)
    today = await chen.says("今天")
    assert "付款 1 单，1 件" in today.text
    assert "收款 测试支付 ¥100.00" in today.text
    assert "付款 0 单" in (await chen.presses("昨天")).text


async def test_the_news_goes_to_who_said_yes(world: World, chen: Somebody, lin: Somebody):
    bao, anna = world.meet("bao"), world.meet("anna", "ru")
    await lin.says("帮助")
    assert "不会给你发" in (await lin.presses("店铺消息")).text
    assert "发到这里" in (await lin.presses("接收店铺消息")).text
    await bao.says("你好")
    await anna.says("подписаться")
    await chen.says("群发")
    others = await chen.says("Steam 20 美元上新")
    assert "别的语言" in others.text
    chen = Somebody(world, "chen", staff_router, choices=chen.choices)  # nothing of it is kept but in the tables
    await chen.presses("Русский")
    await chen.says("Новые карты Steam")
    preview = await chen.presses("也发这个")
    assert "会发给 2 位买家" in preview.text
    assert "Steam 20 美元上新" in preview.text
    assert "退订" in preview.text
    card = await chen.presses("发送")
    assert "发送中" in card.text
    assert "Steam 20 美元上新" in (await lin.gets()).text
    assert "Новые карты Steam" in (await anna.gets()).text
    assert "已发 2" in (await chen.gets()).text
    assert "больше не будет" in (await anna.says("отписаться")).text
    await bao.gets_nothing()


async def test_a_day_in_russian(world: World, lin: Somebody, steam: Product):
    olga = await world.hire("olga")
    olga.locale = "ru"
    await olga.says("language ru")
    await world.stock(steam, 1)
    await olga.says("выключатели")
    asked = await olga.presses("Придержать выдачу")
    assert "Деньги принимаем" in asked.text
    assert "выдача приостановлена" in (await olga.presses("Да")).text
    assert "Нажал(а): olga" in (await olga.gets()).text
    await lin.buys(steam)
    await lin.pays()
    await lin.gets()
    assert "Придержано: 1" in (await olga.says("сегодня")).text
    await olga.says("выключатели")
    await olga.presses("Возобновить")
    assert "Всё как обычно" in (await olga.presses("Да")).text
    assert len((await lin.gets()).codes) == 1
