"""A code that was bad: another one for it, once at a time, at no price; the old one is never sold again."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from core import delivery, inventory, ledger, selling, units
from core.catalog import Product
from core.customers import Person
from core.delivery import NotReplaced
from core.ground.messages import Codes, Message, words
from core.ground.money import Money
from core.ground.rules import Rules
from core.orders import Order, State
from core.staff import NotStaff
from core.units import UnitState
from tests.core import counter
from tests.core.counter import ask
from tests.world import Somebody, World


@pytest.fixture
async def sold(world: World, lin: Person, steam: Product) -> Order:
    await world.stock(steam, 2)
    return await counter.sold(world, lin, steam, 2)


async def replace(world: World, order: Order, by: Somebody, position: int = 1, key: str = "event") -> Order:
    return await world.db.write(delivery.replace, order.id, position, "used", by.id, key)


async def codes(world: World, lin: Person, order: Order) -> list[str]:
    return await counter.codes_of(world, lin, Message(words("pickup-phrase", phrase=Codes(order.id))))


async def test_a_bad_code_is_replaced_by_the_next_and_never_sold_again(world, lin, chen, steam, sold):
    [spare] = await world.stock(steam, 1)
    bad, kept = await codes(world, lin, sold)
    order = await replace(world, sold, chen)
    assert (order.state, order.units[0].state) == (State.FULFILLING, UnitState.REPLACING)
    sent = await counter.send(world, order)
    assert sent is not None
    assert [one.reveal() for one in sent.codes] == [spare]
    order = await counter.now(world, order)
    assert (order.state, order.units[0].state) == (State.DELIVERED, UnitState.SENT)
    assert await codes(world, lin, order) == [spare, kept]
    assert bad not in await codes(world, lin, order)
    assert await ask(world, "SELECT state FROM codes ORDER BY id") == ["quarantined", "granted", "granted"]
    assert await world.db.read(inventory.available, steam) == 0
    assert await world.db.read(ledger.balance, "sales") == -20000  # it is earned once
    await world.holds()


async def test_a_replaced_code_is_replaced_again_while_the_order_is_under_way(world, lin, chen, steam):
    """Each has its own message: the second was swallowed once, as long as another unit kept the order fulfilling."""
    await world.stock(steam, 4)
    order = await counter.weigh(world, await counter.pay(world, await counter.place(world, lin, steam, 2)))
    first, _ = order.units
    await world.db.write(delivery.sent, order.id, [first.id], "m1")
    for number in range(2):
        await replace(world, order, chen, key=f"event {number}")
        await world.db.write(delivery.sent, order.id, [first.id], f"again {number}")
    keys = await ask(world, "SELECT effect_key FROM outbox WHERE kind = 'deliver'")
    assert len(keys) == 3
    await world.holds()


async def test_what_was_sold_by_hand_is_replaced_and_fetched_and_earned_once(world, chen, steam):
    """It was in the books twice by the state it lost on its way to staff: the second was refused, and never fetched."""
    await world.stock(steam, 3)
    sale = selling.Sale("steam", 2, "Wang", "闲鱼", Money(20000, "CNY"), "XY-1")
    order = await world.db.write(selling.sell, sale, chen.id, "sold")
    units = [unit.id for unit in order.units]
    await world.db.write(selling.fetched, order.id, units, chen.id)
    order = await replace(world, order, chen)
    assert [(u.state, u.obligation) for u in order.units] == [(UnitState.REPLACING, "pickup"), (UnitState.SENT, None)]
    order = await world.db.write(selling.fetched, order.id, units[:1], chen.id)
    assert (order.state, order.units[0].state) == (State.DELIVERED, UnitState.SENT)
    assert await world.db.read(ledger.balance, "sales") == -20000
    await world.holds()


async def test_one_at_a_time(world, chen, steam, sold):
    await world.stock(steam, 2)
    await replace(world, sold, chen)
    with pytest.raises(NotReplaced):
        await replace(world, sold, chen, key="another")
    assert len(await ask(world, "SELECT id FROM grants")) == 3
    await world.holds()


async def test_two_staff_at_once_replace_it_once(world, chen, steam, sold):
    await world.stock(steam, 5)
    dai = await world.hire("dai")
    replacing = [replace(world, sold, who, key=f"{who.id} {n}") for n in range(3) for who in (chen, dai)]
    outcomes = await asyncio.gather(*replacing, return_exceptions=True)
    assert sum(isinstance(outcome, Order) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, NotReplaced) for outcome in outcomes) == 5
    assert await world.db.read(inventory.available, steam) == 4
    await world.holds()


async def test_without_another_code_nothing_changes(world, lin, chen, steam, sold):
    before = await codes(world, lin, sold)
    with pytest.raises(inventory.OutOfStock):
        await replace(world, sold, chen)
    assert await counter.now(world, sold) == sold
    assert await codes(world, lin, sold) == before
    assert set(await ask(world, "SELECT state FROM codes")) == {"granted"}
    await world.holds()


async def test_only_within_the_after_sale_days(world, clock, chen, steam, sold):
    await world.stock(steam, 1)
    clock.forward(timedelta(days=sold.terms.after_sale_days))
    with pytest.raises(NotReplaced):
        await replace(world, sold, chen)


async def test_only_what_was_sent(world, lin, chen, steam):
    await world.stock(steam, 3)
    order = await counter.weigh(world, await counter.pay(world, await counter.place(world, lin, steam)))
    for position in (0, 1, 2):
        with pytest.raises(NotReplaced):
            await replace(world, order, chen, position)


@pytest.mark.parametrize("rules", [Rules(replacements=2)], ids=[""])
async def test_one_buyer_gets_so_many(world, clock, lin, bao, chen, steam, sold):
    await world.stock(steam, 9)
    others = await counter.sold(world, bao, steam)
    for number in range(2):
        await counter.send(world, await replace(world, sold, chen, number + 1, f"event {number}"))
    with pytest.raises(NotReplaced):
        await replace(world, sold, chen, key="event 3")
    await replace(world, others, chen)  # the limit is each buyer's own
    await counter.holds(world)


async def test_only_staff(world, lin, steam, sold):
    await world.stock(steam, 1)
    with pytest.raises(NotStaff):
        await world.db.write(delivery.replace, sold.id, 1, "used", lin.id, "event")


async def test_a_bad_shared_code_is_out_of_stock_for_everybody(world, lin, bao, chen):
    shared = await world.make("shared", kind="shared", shortage=["wait"])
    await world.stock(shared, 1, uses=5)
    order = await counter.sold(world, lin, shared)
    waits = await counter.pay(world, await counter.place(world, bao, shared))
    [fresh] = await world.stock(shared, 1, uses=5)
    await counter.send(world, await replace(world, order, chen))
    assert await codes(world, lin, order) == [fresh]
    assert await world.db.read(inventory.available, shared) == 4
    waits = await counter.weigh(world, waits)  # whose use of the bad one is worth nothing
    assert [unit.obligation for unit in waits.units] == [units.Obligation.CHOICE]
    await world.holds()


async def test_what_was_bought_and_has_no_spare_is_not_replaced(world, lin, chen):
    bought = await world.make("bought", kind="on_demand", supplier="acme", sku="x")
    await world.stock(bought, 1)
    order = await counter.sold(world, lin, bought)
    with pytest.raises(inventory.OutOfStock):
        await replace(world, order, chen)
    assert await counter.now(world, order) == order
