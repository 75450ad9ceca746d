"""A transfer to the shop's account, in the buyer's and the staff's words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from core import by_hand, ledger, staff
from core.catalog import Product
from core.ground.money import Money
from core.orders import State
from payments.manual import Manual
from tests.world import Somebody, World, taken_by

PAY_TO = {"zh-CN": "招商银行 6225 0000 陈", "en": "First Bank, Chen, GB00 0000", "ru": "Первый банк, Чэнь, 40817"}


@pytest.fixture(autouse=True)
async def by_transfer(world: World) -> AsyncIterator[None]:
    """The shop takes money to its account, and in no other way."""
    async with taken_by(world, Manual(PAY_TO, currencies=frozenset({"CNY"}), mode="test")):
        yield


async def seen(chen: Somebody, number: str, amount: str | None, reference: str) -> str:
    """Chen looks into the account and says what came; what the shop answers in the end."""
    asked = await chen.says(press=f"received {number}")
    await (chen.presses(asked.choices[0]) if amount is None else chen.says(amount))
    told = await chen.says(reference)
    assert reference in told.text
    return (await chen.presses(told.choices[0])).text


@pytest.mark.parametrize(
    ("locale", "account", "paid", "checks", "delivered"),
    [
        ("zh-CN", "招商银行 6225 0000 陈", "我已付款", "查账", "已发货"),
        ("en", "First Bank, Chen, GB00 0000", "I've paid", "A person checks", "delivered"),
    ],
)
async def test_from_the_first_word_to_the_code(
    world: World, chen: Somebody, steam: Product, locale: str, account: str, paid: str, checks: str, delivered: str
):
    [code] = await world.stock(steam, 1)
    lin = world.meet("lin", locale)
    page = await lin.buys(steam)
    order = await world.order(lin)
    assert account in page.text
    assert order.number in page.text
    assert not any(choice.link for choice in lin.choices)

    assert checks in (await lin.presses(paid)).text
    told = await chen.gets()
    assert order.number in told.text
    asked = await chen.presses(told.choices[0])
    await chen.presses(asked.choices[0])
    await chen.says("TX 1")
    await chen.presses("确认入账")
    arrived = await lin.gets()
    assert arrived.codes == [code]
    assert delivered in arrived.text
    await world.becomes(lin, State.DELIVERED)


async def test_who_writes_down_what_came_is_told_when_it_had_come_already(world: World, chen: Somebody, steam: Product):
    await world.stock(steam, 1)
    lin = world.meet("lin", "zh-CN")
    await lin.buys(steam)
    order = await world.order(lin)
    await seen(chen, order.number, None, "TX 1")

    asked = await chen.says(press=f"received {order.number}")

    assert f"之前已到账 {order.total.shown('zh-CN')}" in asked.text
    assert "退给买家" in asked.text


async def test_too_little_is_what_it_is_on_any_rail(world: World, lin: Somebody, chen: Somebody, steam: Product):
    await world.stock(steam, 1)
    await lin.buys(steam)
    number = (await world.order(lin)).number
    await seen(chen, number, "60", "TX 1")
    assert "还差" in (await lin.gets()).text
    await seen(chen, number, None, "TX 2")
    assert (await lin.gets()).codes


async def test_one_transfer_counts_once_whoever_says_so(world: World, lin: Somebody, chen: Somebody, steam: Product):
    await world.stock(steam, 2)
    await lin.buys(steam)
    first = await world.order(lin)
    bao = world.meet("bao")
    await bao.buys(steam)
    second = await world.order(bao)
    calls = [
        world.db.write(by_hand.received, order.number, order.total, "TX 1", chen.id, f"key {number}")
        for number, order in enumerate((first, second, first, second))
    ]
    ended = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(isinstance(each, by_hand.KnownAlready) for each in ended) == 3
    came = await world.db.read(lambda tx: tx.all(select(ledger.receipts)))
    assert [row.transaction for row in came] == ["TX 1"]


async def test_without_its_reference_one_transfer_would_count_for_two(
    world: World, lin: Somebody, chen: Somebody, steam: Product
):
    """The negative control: the guard is the reference, and nothing else."""
    await world.stock(steam, 1)
    await lin.buys(steam)
    order = await world.order(lin)
    for number in range(2):
        await world.db.write(by_hand.received, order.number, order.total, f"TX {number}", chen.id, f"key {number}")
    came = await world.db.read(lambda tx: tx.all(select(ledger.receipts)))
    assert len(came) == 2


async def test_only_staff_may_say_so(world: World, lin: Somebody, steam: Product):
    await world.stock(steam, 1)
    await lin.buys(steam)
    order = await world.order(lin)
    with pytest.raises(staff.NotStaff):
        await world.db.write(by_hand.received, order.number, order.total, "TX 1", lin.id, "key")
    assert (await world.order(lin)).state is State.AWAITING_PAYMENT


async def test_what_goes_back_is_sent_by_staff(world: World, lin: Somebody, chen: Somebody, steam: Product):
    """The buyer hears that a person sends it, by when, and that they must say where to; and when it was sent."""
    await world.stock(steam, 1)
    await lin.buys(steam)
    number = (await world.order(lin)).number
    await seen(chen, number, "200", "TX 1")
    assert (await lin.gets()).codes
    told = await chen.gets()
    assert "人工退款" in told.text
    assert number in told.text
    assert "问买家退到哪里" in told.text
    where = await lin.gets()
    assert "人工退款" in where.text
    assert "最晚" in where.text
    assert "“人工”" in where.text
    back = await chen.says(f"已退款 {number} BACK-1")
    assert "100.00" in back.text
    there = (await lin.gets()).text
    assert "BACK-1" in there
    assert "已人工退款" in there
    await world.holds()
    order = await world.order(lin)
    assert await world.db.read(ledger.received, order.id, "CNY") == Money(10000, "CNY")


async def test_it_comes_late_and_is_delivered_all_the_same(world: World, lin: Somebody, chen: Somebody, steam: Product):
    [code] = await world.stock(steam, 1)
    await lin.buys(steam)
    order = await world.order(lin)
    world.clock.forward(world.shop.rules.hold * 2)
    await world.becomes(lin, State.EXPIRED)
    await lin.gets()
    await seen(chen, order.number, None, "TX 1")
    texts = [await lin.gets(), await lin.gets()]
    assert [code] in [text.codes for text in texts]


async def test_who_says_so_is_waited_for_once(world: World, lin: Somebody, chen: Somebody, steam: Product):
    """Staff need their time to look; a buyer who only says so does not keep the code for ever."""
    await world.stock(steam, 1)
    await lin.buys(steam)
    await lin.presses("我已付款")
    await chen.gets()
    order = await world.order(lin)
    assert order.expires_at - order.placed_at >= world.shop.rules.review_within
    world.clock.forward(world.shop.rules.review_within / 2)
    await lin.says(press=f"paid {order.number}")
    assert (await world.order(lin)).expires_at == order.expires_at


async def test_who_says_so_too_late_is_looked_into_all_the_same(
    world: World, lin: Somebody, chen: Somebody, steam: Product
):
    await world.stock(steam, 1)
    await lin.buys(steam)
    order = await world.order(lin)
    world.clock.forward(world.shop.rules.hold * 2)
    await world.becomes(lin, State.EXPIRED)
    await lin.gets()
    told = await lin.says(press=f"paid {order.number}")
    assert "查到钱以后" in told.text
    assert order.number in (await chen.gets()).text


async def test_the_rest_is_paid_to_the_same_account(world: World, lin: Somebody, chen: Somebody, steam: Product):
    await world.stock(steam, 1)
    await lin.buys(steam)
    number = (await world.order(lin)).number
    await seen(chen, number, "60", "TX 1")
    await lin.gets()
    page = await lin.presses("去付款")
    assert "招商银行 6225" in page.text
    assert "40.00" in page.text
    await lin.presses("我已付款")
    assert "40.00" in (await chen.gets()).text
