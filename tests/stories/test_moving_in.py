"""A buyer of the old shop: looks an order up, claims a balance, in words; and staff who find the order."""

from __future__ import annotations

import pytest

from core import ledger, old_credit, old_orders
from core.authority import Role
from core.moved import Source
from core.old_shops import OldMember
from tests import oldshop
from tests.world import World

FAKA = Source.of("acg-faka", "db.example/faka")


@pytest.fixture
async def moved_in(world: World) -> str:
    """What lin's link to a balance carries."""
    await world.db.write(old_orders.keep, FAKA, [oldshop.order(n) for n in range(1, 4)])
    await world.db.write(old_credit.bring, FAKA, OldMember("7", "林", 1234), "CNY")
    await world.db.write(old_credit.open_up, FAKA)
    [(_, link)] = await world.db.read(old_credit.waiting, 0, 5)
    return link.reveal()


@pytest.mark.parametrize(("locale", "word"), [("zh-CN", "旧订单"), ("en", "old order"), ("ru", "старый заказ")])
async def test_an_old_order_by_number_and_password(world, moved_in, locale, word):
    lin = world.meet("lin", locale)
    await lin.says(word)
    await lin.says("oldorder00000002")
    shown = await lin.says("a&b 2")
    assert "SOLD-00002-OLDTEXT" in shown.text
    assert "SOLD-00002-OLDTEXT" not in shown.spoken.plain()
    listed = await lin.says(word)
    assert any("Steam 点卡 x 1" in label for label in listed.choices)
    again = await lin.presses("Steam 点卡 x 1")
    assert "SOLD-00002-OLDTEXT" in again.text


async def test_a_password_that_means_something_elsewhere_is_a_password(world):
    await world.db.write(old_orders.keep, FAKA, [oldshop.order(1, password=oldshop.Secret("help"))])
    lin = world.meet("lin")
    await lin.says("旧订单")
    await lin.says("OLDORDER00000001")
    assert "OLDTEXT" in (await lin.says("help")).text


async def test_wrong_ones_are_answered_alike_and_not_for_ever(world, moved_in):
    lin = world.meet("lin")
    await lin.says("旧订单")
    answers = set()
    for number in ("OLDORDER00000001", "OLDORDER55555555", "OLDORDER00000001", "x", "OLDORDER00000003"):
        await lin.says(number)
        answers.add((await lin.says("not this")).text)
    assert len(answers) == 1
    await lin.says("OLDORDER00000003")
    assert "5 次" in (await lin.says("a&b 3")).text


async def test_somebody_else_presses_nothing_open(world, moved_in):
    lin, bao = world.meet("lin"), world.meet("bao")
    await lin.says("旧订单 OLDORDER00000001")
    await lin.says("a&b 1")
    await bao.says("你好")
    assert "OLDTEXT" not in (await bao.says(press="oldone 1")).text


async def test_a_balance_is_claimed_by_its_link_and_then_it_is_credit(world, moved_in):
    lin, bao = world.meet("lin"), world.meet("bao")
    await lin.says(f"start {moved_in}")
    assert "¥12.34" in (await lin.presses("领取")).text
    customer = await world.db.read(lambda tx: ledger.credit(tx, 1, "CNY"))
    assert customer.amount == 1234
    assert "打不开" in (await bao.says(f"oldcredit {moved_in}")).text


async def test_staff_find_the_order_and_not_what_was_delivered(world, moved_in):
    chen = await world.hire("chen")
    found = await chen.says("OLDORDER00000002")
    assert "Steam 点卡 x 1" in found.text
    assert "OLDTEXT" not in found.text


async def test_staff_read_what_was_delivered_with_a_reason(world, moved_in):
    chen = await world.hire("chen")
    found = await chen.says("OLDORDER00000002")
    assert any("OLDORDER00000002" in label for label in found.choices)
    asked = await chen.presses("OLDORDER00000002 发过的内容")
    assert "24 小时内你还能看" in asked.text
    await chen.says("买家说兑换不了")
    shown = await chen.presses("在这里显示")
    assert "SOLD-00002-OLDTEXT" in shown.text
    assert "OLDTEXT" not in shown.spoken.plain()


async def test_who_may_not_look_at_codes_is_not_offered_it(world, moved_in):
    helper = await world.hire("helper", Role.SUPPORT)
    found = await helper.says("OLDORDER00000002")
    assert "Steam 点卡 x 1" in found.text
    assert not any("OLDORDER" in label for label in found.choices)
    assert "你在这里不能" in (await helper.says("reveal old OLDORDER00000002")).text


async def test_a_long_delivery_is_read_page_by_page(world):
    text = oldshop.Secret("\n".join(f"LONG-{n:05}-OLDTEXT" for n in range(100)))
    await world.db.write(old_orders.keep, FAKA, [oldshop.order(1, text=text)])
    lin = world.meet("lin")
    await lin.says("旧订单 OLDORDER00000001")
    first = await lin.says("a&b 1")
    assert "LONG-00000-OLDTEXT" in first.text and "LONG-00099-OLDTEXT" not in first.text
    second = await lin.says(press="oldone 1 2")
    assert "LONG-00099-OLDTEXT" in second.text
