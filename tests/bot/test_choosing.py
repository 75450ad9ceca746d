"""The buttons of a choice, pressed late, twice, or by somebody else: nothing happens a second time."""

from __future__ import annotations

import pytest

from core import checkout, ledger, shortage
from core.catalog import Product
from core.orders import Order, State
from tests.bot.test_router import world
from tests.core import counter
from tests.world import Somebody, World

__all__ = ["world"]

VERBS = ["wait", "swap", "deliver", "credit", "creditback", "refundme"]


async def cancelled_and_paid(world: World, lin: Somebody, steam: Product) -> Order:
    person = await counter.meet(world, "lin")
    await world.stock(steam, 1)
    order = await counter.place(world, person, steam)
    await world.db.write(checkout.cancel, order, person)
    return await counter.pay(world, order)


@pytest.mark.parametrize("verb", VERBS)
async def test_nobody_chooses_for_another(world, lin, steam, verb):
    order = await cancelled_and_paid(world, lin, steam)
    bao = world.meet("bao")
    assert "没有找到这个订单" in (await bao.says(f"{verb} {order.number}")).text
    assert await counter.now(world, order) == order


@pytest.mark.parametrize("verb", VERBS)
async def test_once_it_has_gone_back_every_button_only_says_so(world, lin, steam, verb):
    order = await cancelled_and_paid(world, lin, steam)
    order = await world.db.write(shortage.take_money, order.id, lin.id)
    assert (await lin.says(f"{verb} {order.number}")).text
    assert await counter.now(world, order) == order
    assert len(await world.db.read(ledger.refunds_of, order.id)) == 1


@pytest.mark.parametrize("verb", ["wait", "swap"])
async def test_what_was_not_offered_is_not_done(world, lin, steam, verb):
    order = await cancelled_and_paid(world, lin, steam)
    assert (await lin.says(f"{verb} {order.number}")).text
    assert await counter.now(world, order) == order
    await lin.says(f"deliver {order.number}")
    assert (await counter.weigh(world, order)).state is State.FULFILLING
