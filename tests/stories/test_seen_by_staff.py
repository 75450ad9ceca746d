"""A payment whose notice was lost, which staff saw at the rail."""

from __future__ import annotations

import pytest

from core import by_hand, ledger, settling
from core.catalog import Product
from core.ground.money import Money
from core.orders import State
from tests.stories.test_money import notice_for
from tests.stories.test_paying_manual import seen
from tests.world import Somebody, World

HUNDRED = Money(10000, "CNY")


async def in_books(world: World, lin: Somebody) -> tuple[Money, list[str]]:
    """What the order holds, and whose refunds there are."""
    order = await world.order(lin)
    back = await world.db.read(ledger.refunds_of, order.id)
    return await world.db.read(ledger.received, order.id, "CNY"), [refund.why for refund in back]


async def sees_it(world: World, lin: Somebody, chen: Somebody, steam: Product) -> str:
    """Chen writes Lin's payment down, of which the rail can't say anything now; Lin has the code."""
    await world.stock(steam, 1)
    await lin.buys(steam)
    number = (await world.order(lin)).number
    await seen(chen, number, None, "TX 1")
    assert (await lin.gets()).codes
    await world.becomes(lin, State.DELIVERED)
    return number


async def test_its_notice_comes_and_is_the_same_money(world: World, lin: Somebody, chen: Somebody, steam: Product):
    number = await sees_it(world, lin, chen, steam)
    await world.db.write(settling.settle, await notice_for(world, lin))
    told = await chen.gets()
    assert number in told.text
    assert await in_books(world, lin) == (HUNDRED, [])
    await world.holds()
    assert "只记一次" in (await chen.presses("是同一笔")).text
    assert await in_books(world, lin) == (HUNDRED, ["same"])
    assert await world.db.read(ledger.balance, "rail:manual") == 0
    assert await world.db.read(ledger.balance, "rail:sandbox") == 10000
    await world.holds()


async def test_its_notice_comes_and_is_a_second_payment(world: World, lin: Somebody, chen: Somebody, steam: Product):
    await sees_it(world, lin, chen, steam)
    await world.db.write(settling.settle, await notice_for(world, lin))
    await chen.gets()
    await chen.presses("付了两次")
    assert await in_books(world, lin) == (HUNDRED, ["surplus"])
    await world.holds()


async def test_it_does_not_go_back_by_itself(world: World, lin: Somebody, chen: Somebody, steam: Product):
    await sees_it(world, lin, chen, steam)
    await world.db.write(settling.settle, await notice_for(world, lin))
    await world.later(ledger.UNMATCHED_WITHIN * 2)
    await world.runner.tick()
    assert await in_books(world, lin) == (HUNDRED, [])
    [held] = await world.db.read(ledger.unmatched)
    assert await world.db.read(ledger.refundable, held) == HUNDRED
    await world.holds()


async def test_what_was_not_seen_by_staff_goes_back(world: World, lin: Somebody, chen: Somebody, steam: Product):
    """The negative control: without staff's word it is a surplus like any other."""
    await world.stock(steam, 1)
    await lin.buys(steam)
    for number in range(2):
        await world.db.write(settling.settle, await notice_for(world, lin, transaction=f"t{number}"))
    assert await in_books(world, lin) == (HUNDRED, ["surplus"])
    await world.holds()


async def test_only_what_staff_saw_can_be_the_same(world: World, lin: Somebody, chen: Somebody, steam: Product):
    await world.stock(steam, 1)
    await lin.buys(steam)
    order = await world.order(lin)
    await world.db.write(settling.settle, await notice_for(world, lin, account="another's"))
    [lost] = await world.db.read(ledger.unmatched)
    with pytest.raises(settling.NotMatched):
        await world.db.write(by_hand.same, lost.id, order.number, chen.id)


async def test_the_rail_is_asked_before_staff_write_anything_down(
    world: World, lin: Somebody, chen: Somebody, steam: Product
):
    """The notice was lost, and the rail knows: there is nothing left to write down."""
    await world.stock(steam, 1)
    await lin.buys(steam)
    number = (await world.order(lin)).number
    asked = await chen.says(press=f"received {number}")
    assert "没查到" in asked.text
    world.provider.faults.copies = 0
    await lin.pays()
    told = await chen.says(press=f"received {number}")
    assert number in told.text
    assert (await lin.gets()).codes
    receipts = await world.db.read(ledger.receipts_of, (await world.order(lin)).id)
    assert [receipt.rail for receipt in receipts] == ["sandbox"]
    await world.holds()
