"""Bundles: all parts or none, the price shared to the cent, and nothing shown before all of it is there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core import aftersales, catalog, catalog_changes, checkout, inventory, ledger, orders, shortage
from core.catalog import Product
from core.checkout import LimitReached, TooManyUnpaid
from core.ground.db import Tx
from core.ground.money import Money
from core.ground.rules import Rules
from core.ground.vault import Secret
from core.orders import Order, State
from core.units import Obligation, UnitState
from tests.core import counter
from tests.core.counter import ask
from tests.world import World


async def bundle(world: World, parts: dict[str, int], price: int = 10000, **columns: Any) -> Product:
    made = await world.make("bundle", kind="bundle", prices={"CNY": {1: price}}, **columns)
    await world.db.write(_add, made.id, parts)
    return made


def _add(tx: Tx, made: int, parts: dict[str, int]) -> None:
    catalog_changes.add_parts(tx, made, {catalog.product(tx, slug).id: many for slug, many in parts.items()})


async def part(world: World, slug: str, price: int = 10000, stock: int = 0, **columns: Any) -> Product:
    made = await world.make(slug, prices={"CNY": {1: price}}, **columns)
    if stock:
        await world.stock(made, stock)
    return made


async def refunded(world: World, order: Order) -> list[int]:
    return [made.total.amount for made in await world.db.read(ledger.refunds_of, order.id)]


async def test_all_parts_are_set_aside_or_none(world, lin):
    _one, other = await part(world, "one", stock=2), await part(world, "other", stock=1)
    pair = await bundle(world, {"one": 1, "other": 2})
    with pytest.raises(inventory.OutOfStock):
        await counter.place(world, lin, pair)
    assert await world.count(orders.orders) == 0
    assert await world.count(inventory.reservations) == 0
    await world.stock(other, 1)
    assert await world.db.read(inventory.available, pair) == 1
    order = await counter.place(world, lin, pair)
    assert order == await counter.now(world, order)
    assert len(order.units) == await world.count(inventory.reservations) == 3
    assert await world.db.read(inventory.available, pair) == 0
    await world.holds()


@pytest.mark.parametrize("price", [10000, 10001, 9999, 100, 2, 1, 0])
async def test_the_price_is_shared_to_the_cent(world, lin, price):
    _one, _other = await part(world, "one", 700, stock=2), await part(world, "other", 300, stock=4)
    pair = await bundle(world, {"one": 1, "other": 2}, price)
    order = await counter.place(world, lin, pair, 2)
    assert sum(unit.price for unit in order.units) == order.total.amount == 2 * price
    assert all(unit.price >= 0 for unit in order.units)
    by_bundle = sorted(order.units, key=lambda unit: (unit.line, unit.position))
    if price == 10000:
        assert sorted(unit.price for unit in by_bundle) == [2307, 2307, 2309, 2309, 5384, 5384]
    if price:
        order = await counter.pay(world, order)
    order = await counter.weigh(world, order)
    await counter.send(world, order)
    assert (await counter.now(world, order)).state is State.DELIVERED
    await world.holds()


async def test_nothing_is_shown_before_every_part_is_ready(world, lin, chen):
    _one, _hand = await part(world, "one", stock=1), await part(world, "hand", kind="by_hand")
    order = await counter.place(world, lin, await bundle(world, {"one": 1, "hand": 1}))
    order = await counter.weigh(world, await counter.pay(world, order))
    assert {unit.obligation for unit in order.units} == {Obligation.DELIVER, Obligation.BY_HAND}
    assert await counter.send(world, order) is None
    assert await world.count(inventory.grants) == 0
    await world.holds()
    await world.db.write(shortage.made_by_hand, order, Secret("done"), chen.id, "event")
    sent = await counter.send(world, order)
    assert sent is not None
    assert len(sent.codes) == 2
    assert (await counter.now(world, order)).state is State.DELIVERED
    await world.holds()


async def test_apart_what_is_there_goes_out_at_once(world, lin, chen):
    _one, _hand = await part(world, "one", stock=1), await part(world, "hand", kind="by_hand")
    order = await counter.place(world, lin, await bundle(world, {"one": 1, "hand": 1}, together=False))
    order = await counter.weigh(world, await counter.pay(world, order))
    sent = await counter.send(world, order)
    assert sent is not None
    assert len(sent.codes) == 1
    world.clock.forward(timedelta(days=3))
    await world.db.write(aftersales.give_up, order.id)  # not made: the part that is there stays the buyer's
    assert await refunded(world, order) == [5000]
    assert (await counter.refunds_end(world, order)).state is State.DELIVERED
    await counter.holds(world)


async def test_together_what_is_not_made_in_time_gives_all_of_it_back(world, lin):
    one, _hand = await part(world, "one", stock=1), await part(world, "hand", kind="by_hand")
    order = await counter.place(world, lin, await bundle(world, {"one": 1, "hand": 1}))
    order = await counter.weigh(world, await counter.pay(world, order))
    world.clock.forward(timedelta(days=3))
    await world.db.write(aftersales.give_up, order.id)
    assert (await counter.refunds_end(world, order)).state is State.REFUNDED
    assert (await refunded(world, order), await world.db.read(inventory.available, one)) == ([10000], 1)
    await counter.holds(world)


@pytest.mark.parametrize("last", ["staff", "weighing"])
async def test_together_a_part_that_lost_its_code_keeps_the_others_unseen(world, lin, chen, last):
    """Whether that is found when the order is weighed, or when the last part comes."""
    one, _other = await part(world, "one", stock=1), await part(world, "other", stock=1)
    parts = {"one": 1, "other": 1}
    if last == "staff":
        await part(world, "hand", kind="by_hand")
        parts["hand"] = 1
    order = await counter.pay(world, await counter.place(world, lin, await bundle(world, parts, shortage=["wait"])))
    if last == "staff":
        order = await counter.weigh(world, order)
    _, gone = await ask(world, "SELECT code_id FROM reservations ORDER BY code_id")
    await world.db.write(inventory.quarantine, gone)
    if last == "staff":
        await world.db.write(shortage.made_by_hand, order, Secret("done"), chen.id, "event")
    else:
        await counter.weigh(world, order)
    order = await counter.now(world, order)
    assert {unit.obligation for unit in order.units} == {Obligation.CHOICE}
    assert await world.count(inventory.grants) == 0
    assert await world.db.read(inventory.available, one) == 1
    await world.holds()
    order = await world.db.write(shortage.take_money, order.id, lin.id)
    assert (await counter.refunds_end(world, order)).state is State.REFUNDED
    await world.holds()


@pytest.mark.parametrize("together", [True, False])
async def test_paid_late_with_a_part_gone(world, lin, bao, together):
    one, other = await part(world, "one", stock=1), await part(world, "other", 3000, stock=1)
    order = await counter.place(world, lin, await bundle(world, {"one": 1, "other": 1}, 9100, together=together))
    world.clock.forward(world.shop.rules.hold)
    await world.db.write(checkout.expire, order.id)
    await counter.place(world, bao, other)
    order = await counter.pay(world, order)
    if together:
        assert (order.state, await refunded(world, order)) == (State.REFUND_PENDING, [9100])
        assert await world.db.read(inventory.available, one) == 1
    else:
        assert (order.state, await refunded(world, order)) == (State.PAID_NO_STOCK, [2100])
        await counter.send(world, await counter.weigh(world, order))
    order = await counter.refunds_end(world, order)
    assert order.state is (State.REFUNDED if together else State.DELIVERED)
    await counter.holds(world)


async def test_together_who_waits_gets_all_of_it_at_once(world, lin, bao):
    one, other = await part(world, "one", stock=1), await part(world, "other", stock=1)
    order = await counter.place(world, lin, await bundle(world, {"one": 1, "other": 1}, shortage=["wait"]))
    world.clock.forward(world.shop.rules.hold)
    await world.db.write(checkout.expire, order.id)
    await counter.place(world, bao, other)
    order = await world.db.write(shortage.wait, (await counter.pay(world, order)).id, lin.id)
    await world.db.write(shortage.restocked, order.id)
    assert await world.db.read(inventory.available, one) == 1  # nothing is kept from others meanwhile
    await world.stock(other, 1)
    await world.db.write(shortage.restocked, order.id)
    sent = await counter.send(world, await counter.weigh(world, order))
    assert sent is not None
    assert len(sent.codes) == 2
    await counter.holds(world)


async def test_a_part_that_costs_nothing_and_is_gone_holds_nothing_up(world, lin, bao):
    _one, free = await part(world, "one", 10000, stock=1), await part(world, "free", 1, stock=1)
    order = await counter.place(world, lin, await bundle(world, {"free": 1, "one": 1}, 100, together=False))
    assert [unit.price for unit in order.units] == [0, 100]
    world.clock.forward(world.shop.rules.hold)
    await world.db.write(checkout.expire, order.id)
    await counter.place(world, bao, free)
    order = await counter.weigh(world, await counter.pay(world, order))
    await counter.send(world, order)
    order = await counter.now(world, order)
    assert (order.state, order.units[0].state) == (State.DELIVERED, UnitState.REFUNDED)
    await counter.holds(world)


async def test_one_buyer_gets_so_many_bundles_and_so_many_of_a_part(world, lin, bao):
    one = await part(world, "one", stock=9, most_per_buyer=2)
    pair = await bundle(world, {"one": 1}, most_per_buyer=1)
    await counter.sold(world, lin, pair)
    with pytest.raises(LimitReached):
        await counter.place(world, lin, pair)
    await counter.place(world, lin, one)
    with pytest.raises(LimitReached):
        await counter.place(world, lin, one)
    await counter.place(world, bao, one, 2)
    with pytest.raises(LimitReached):  # which would be one too many of the part
        await counter.place(world, bao, pair)


@pytest.mark.parametrize("rules", [Rules(unpaid_units=3, unpaid_orders=9)], ids=[""])
async def test_a_bundle_counts_as_what_is_set_aside_for_it(world, lin):
    one = await part(world, "one", stock=9)
    pair = await bundle(world, {"one": 2})
    await counter.place(world, lin, one, 2)
    with pytest.raises(TooManyUnpaid):
        await counter.place(world, lin, pair)


async def test_a_frozen_part_is_not_sold_in_a_bundle_either(world, lin):
    one = await part(world, "one", stock=1)
    pair = await bundle(world, {"one": 1})
    await world.db.write(catalog_changes.freeze, one.id, "does not add up")
    with pytest.raises(catalog.NotOnSale):
        await counter.place(world, lin, pair)
    await world.db.write(catalog_changes.thaw, "one")
    await world.db.write(catalog_changes.switch, "one", False)  # one may be sold in bundles only
    assert (await counter.place(world, lin, pair)).total == Money(10000, "CNY")
