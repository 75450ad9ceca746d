"""Paid for, and not there as it was ordered: what may be chosen, what becomes of it, and where the money is."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from core import aftersales, catalog, catalog_changes, checkout, customers, inventory, ledger, orders, review, shortage
from core.catalog import Product
from core.customers import Person
from core.ground.db import Tx
from core.ground.money import Money
from core.ground.rules import Rules
from core.orders import NothingToChoose, Order, State
from core.units import Obligation, UnitState
from tests.core import counter
from tests.core.counter import ask
from tests.world import World

BOTH = ["wait", "substitute"]


async def scarce(world: World, policy: list[str], **columns: Any) -> Product:
    return await world.make("scarce", shortage=policy, **columns)


async def paid_late(world: World, person: Person, product: Product, many: int = 1, left: int = 0) -> Order:
    """Placed, expired, bought away but for `left`, and then paid."""
    await world.stock(product, many)
    order = await counter.place(world, person, product, many)
    world.clock.forward(world.shop.rules.hold)
    await world.db.write(checkout.expire, order.id)
    if many > left:
        other = await counter.meet(world, f"other-{order.id}")
        await counter.sold(world, other, product, many - left)
    return await counter.pay(world, order)


async def refunds(world: World, order: Order) -> list[tuple[int, str]]:
    return [(made.total.amount, made.why) for made in await world.db.read(ledger.refunds_of, order.id)]


async def credit(world: World, person: Person) -> int:
    return (await world.db.read(ledger.credit, person.customer, "CNY")).amount


async def asked(world: World, order: Order) -> int:
    """How often the buyer was asked to choose."""
    return len(await ask(world, "SELECT id FROM outbox WHERE effect_key LIKE :key", key=f"say choose {order.number}%"))


# Sold out


async def test_sold_out_without_a_choice_goes_back(world, lin):
    product = await scarce(world, [])
    order = await paid_late(world, lin, product)
    assert (order.state, order.late) == (State.REFUND_PENDING, True)
    assert await refunds(world, order) == [(10000, "sold-out")]
    assert await asked(world, order) == 0
    assert (await counter.refunds_end(world, order)).state is State.REFUNDED
    await counter.holds(world)


@pytest.mark.parametrize("policy", [["wait"], BOTH, ["substitute"]], ids="-".join)
async def test_sold_out_with_a_choice_is_asked(world, lin, policy):
    other = await world.make("other", prices={"CNY": {1: 9000}})
    await world.stock(other, 1)
    order = await paid_late(world, lin, await scarce(world, policy, substitute_id=other.id))
    [unit] = order.units
    assert (order.state, unit.state, unit.obligation) == (State.PAID_NO_STOCK, UnitState.BACKORDER, Obligation.CHOICE)
    assert await asked(world, order) == 1
    card = await counter.read(world, lin, await world.db.read(shortage.card, order))
    verbs = [choice.says for choice in card.choices if choice.says]
    said = {"wait": f"wait {order.number}", "substitute": f"swap {order.number}"}
    assert verbs == [*(said[one] for one in policy), f"refundme {order.number}", f"credit {order.number}"]
    await counter.holds(world)


async def test_a_substitute_that_is_gone_too_leaves_nothing_to_choose(world, lin):
    other = await world.make("other", prices={"CNY": {1: 9000}})
    order = await paid_late(world, lin, await scarce(world, ["substitute"], substitute_id=other.id))
    assert order.state is State.REFUND_PENDING
    await counter.holds(world)


async def test_what_is_left_is_delivered_and_the_rest_goes_back(world, lin):
    order = await paid_late(world, lin, await scarce(world, []), 3, left=2)
    assert (order.state, await refunds(world, order)) == (State.PAID_NO_STOCK, [(10000, "sold-out")])
    order = await counter.weigh(world, order)
    sent = await counter.send(world, order)
    assert sent is not None
    assert len(sent.codes) == 2
    assert (await counter.now(world, order)).state is State.FULFILLING
    order = await counter.refunds_end(world, order)
    assert order.state is State.DELIVERED
    assert sorted(unit.state for unit in order.units) == [UnitState.REFUNDED, UnitState.SENT, UnitState.SENT]
    await counter.holds(world)


# Waiting


async def test_who_waits_gets_the_new_stock(world, lin):
    product = await scarce(world, ["wait"])
    order = await paid_late(world, lin, product)
    order = await world.db.write(shortage.wait, order.id, lin.id)
    assert [unit.obligation for unit in order.units] == [Obligation.WAIT_STOCK]
    await world.db.write(shortage.restocked, order.id)  # nothing there, nothing happens
    assert await counter.now(world, order) == order
    [code] = await world.stock(product, 1)
    assert await world.db.read(shortage.waiting) == [order.id]
    for _ in range(2):
        await world.db.write(shortage.restocked, order.id)
    order = await counter.weigh(world, order)
    sent = await counter.send(world, order)
    assert sent is not None
    assert [one.reveal() for one in sent.codes] == [code]
    assert (await counter.now(world, order)).state is State.DELIVERED
    assert await world.db.read(shortage.waiting) == []
    await counter.holds(world)


async def test_who_waits_in_vain_gets_the_money(world, lin):
    order = await paid_late(world, lin, await scarce(world, ["wait"]))
    await world.db.write(shortage.wait, order.id, lin.id)
    world.clock.forward(world.shop.rules.wait_within)
    assert await world.db.read(shortage.undecided) == [order.id]
    for _ in range(2):
        await world.db.write(shortage.run_out, order.id)
    assert await refunds(world, order) == [(10000, "waited")]
    assert (await counter.refunds_end(world, order)).state is State.REFUNDED
    await counter.holds(world)


async def test_who_does_not_choose_gets_the_money(world, lin):
    order = await paid_late(world, lin, await scarce(world, BOTH))
    await world.db.write(shortage.run_out, order.id)  # not yet
    assert await refunds(world, order) == []
    world.clock.forward(world.shop.rules.choose_within)
    for choose in (shortage.wait, shortage.swap):
        with pytest.raises(NothingToChoose):
            await world.db.write(choose, order.id, lin.id)
    await world.db.write(shortage.run_out, order.id)
    assert await refunds(world, order) == [(10000, "waited")]
    await counter.refunds_end(world, order)
    await counter.holds(world)


async def test_one_chooses_once(world, lin):
    order = await paid_late(world, lin, await scarce(world, ["wait"]))
    with pytest.raises(NothingToChoose):
        await world.db.write(shortage.deliver, order.id, lin.id)
    await world.db.write(shortage.wait, order.id, lin.id)
    for choose in (shortage.wait, shortage.swap, shortage.deliver):
        with pytest.raises(NothingToChoose):
            await world.db.write(choose, order.id, lin.id)
    await world.db.write(shortage.take_money, order.id, lin.id)  # waiting binds nobody
    for choose in (shortage.wait, shortage.take_money, shortage.take_credit):
        with pytest.raises(NothingToChoose):
            await world.db.write(choose, order.id, lin.id)
    assert await refunds(world, order) == [(10000, "buyer")]
    await counter.holds(world)


async def test_asked_again_for_the_same_unit_one_is_told_again(world, lin):
    """A code that came in for who waited, and was taken out of stock before it was handed over."""
    product = await scarce(world, ["wait"])
    order = await counter.weigh(world, await paid_late(world, lin, product, 2, left=1))
    for many in (1, 2):
        assert await asked(world, order) == many
        await world.db.write(shortage.wait, order.id, lin.id)
        await world.stock(product, 1)
        with_gone = _restocked_but_gone if many == 1 else shortage.restocked
        await world.db.write(with_gone, order.id)
    assert len((await counter.now(world, order)).owing(Obligation.DELIVER)) == 2
    await counter.holds(world)


def _restocked_but_gone(tx: Tx, order_id: int) -> None:
    order = orders.locked(tx, order_id)
    [unit] = order.owing(Obligation.WAIT_STOCK)
    inventory.reserve(tx, catalog.by_id(tx, order.line_of(unit).product), [unit.id])
    inventory.quarantine(tx, tx.one(inventory.SET_ASIDE_FOR, unit=unit.id).code_id)
    shortage.serve(tx, order_id, [unit.id])


# Taking something else


async def test_a_cheaper_substitute_gives_the_difference_back_to_the_cent(world, lin):
    other = await world.make("other", prices={"CNY": {1: 6667}}, region="hk")
    codes = await world.stock(other, 2)
    order = await paid_late(world, lin, await scarce(world, BOTH, substitute_id=other.id), 2)
    order = await world.db.write(shortage.swap, order.id, lin.id)
    assert await refunds(world, order) == [(6666, "difference")]
    assert {unit.price for unit in order.units} == {6667}
    await counter.holds(world)
    order = await counter.weigh(world, order)
    sent = await counter.send(world, order)
    assert sent is not None
    assert [one.reveal() for one in sent.codes] == codes
    assert "Other" in sent.plain()  # what it is, not what it was to be
    assert "Scarce" not in sent.plain()
    order = await counter.refunds_end(world, order)
    assert order.state is State.DELIVERED
    await counter.holds(world)


async def test_a_substitute_gone_meanwhile_is_not_taken_and_the_choice_stays(world, lin, bao):
    other = await world.make("other", prices={"CNY": {1: 9000}})
    await world.stock(other, 1)
    order = await paid_late(world, lin, await scarce(world, BOTH, substitute_id=other.id))
    await counter.place(world, bao, other)
    with pytest.raises(inventory.OutOfStock):
        await world.db.write(shortage.swap, order.id, lin.id)
    assert await counter.now(world, order) == order
    await world.db.write(shortage.wait, order.id, lin.id)
    await counter.holds(world)


async def test_what_costs_more_is_no_substitute(world, lin):
    other = await world.make("other", prices={"CNY": {1: 10001}})
    await world.stock(other, 1)
    order = await paid_late(world, lin, await scarce(world, BOTH, substitute_id=other.id))
    assert await world.db.read(shortage.substitute, order) is None
    with pytest.raises(inventory.OutOfStock):
        await world.db.write(shortage.swap, order.id, lin.id)


async def test_a_bundle_is_no_substitute_for_one_code(world, lin, steam):
    bundle = await world.make("bundle", kind="bundle", prices={"CNY": {1: 9000}})
    await world.db.write(catalog_changes.add_parts, bundle.id, {steam.id: 1})
    await world.stock(steam, 3)
    order = await paid_late(world, lin, await scarce(world, ["substitute"], substitute_id=bundle.id))
    assert order.state is State.REFUND_PENDING


# Store credit


@pytest.fixture
async def credited(world: World, lin: Person) -> Order:
    """Lin's order of 100.00, sold out, kept as store credit."""
    order = await paid_late(world, lin, await scarce(world, ["wait"]))
    return await world.db.write(shortage.take_credit, order.id, lin.id)


async def test_store_credit_is_there_at_once(world, lin, credited):
    assert (credited.state, [unit.state for unit in credited.units]) == (State.REFUNDED, [UnitState.CREDITED])
    assert await credit(world, lin) == 10000
    assert await refunds(world, credited) == []
    with pytest.raises(NothingToChoose):
        await world.db.write(shortage.take_credit, credited.id, lin.id)
    await counter.holds(world)


async def test_two_parts_of_an_order_become_credit_one_after_the_other(world, lin):
    product = await scarce(world, ["wait"])
    order = await paid_late(world, lin, product, 3, left=2)
    await world.db.write(shortage.take_credit, order.id, lin.id)
    gone, _ = await ask(world, "SELECT code_id FROM reservations ORDER BY code_id")
    await world.db.write(inventory.quarantine, gone)
    await counter.weigh(world, order)
    order = await world.db.write(shortage.take_credit, order.id, lin.id)
    assert await credit(world, lin) == 20000
    await counter.send(world, order)
    assert (await counter.now(world, order)).state is State.DELIVERED
    await counter.holds(world)


async def test_credit_pays_what_it_can_of_the_next_order(world, lin, credited):
    dear = await world.make("dear", prices={"CNY": {1: 15000}})
    await world.stock(dear, 1)
    order = await counter.place(world, lin, dear)
    [payment] = await world.db.read(ledger.payments_of, order.id)
    assert (payment.total, await credit(world, lin)) == (Money(5000, "CNY"), 0)
    order = await counter.weigh(world, await counter.pay(world, order))
    await counter.send(world, order)
    assert (await counter.now(world, order)).state is State.DELIVERED
    await counter.holds(world)


async def test_credit_pays_the_whole_of_the_next_order(world, lin, credited):
    cheap = await world.make("cheap", prices={"CNY": {1: 3000}})
    await world.stock(cheap, 1)
    order = await counter.place(world, lin, cheap, key="again")
    assert order.state is State.PAID
    assert (await counter.place(world, lin, cheap, key="again")).id == order.id
    assert await world.db.read(ledger.payments_of, order.id) == []
    assert await credit(world, lin) == 7000
    await counter.send(world, await counter.weigh(world, order))
    assert (await counter.now(world, order)).state is State.DELIVERED
    await counter.holds(world)


@pytest.mark.parametrize("end", ["cancelled", "expired"])
async def test_credit_comes_back_from_an_order_that_ends_unpaid(world, lin, credited, end):
    dear = await world.make("dear", prices={"CNY": {1: 15000}})
    await world.stock(dear, 1)
    order = await counter.place(world, lin, dear)
    world.clock.forward(world.shop.rules.hold if end == "expired" else timedelta(0))
    for _ in range(2):
        if end == "expired":
            await world.db.write(checkout.expire, order.id)
        elif (await counter.now(world, order)).state is State.AWAITING_PAYMENT:
            await world.db.write(checkout.cancel, order, lin)
    assert await credit(world, lin) == 10000
    assert await refunds(world, order) == [(10000, "unused")]
    await counter.holds(world)


async def test_credit_comes_back_with_the_refund_of_what_it_paid(world, lin, credited):
    hand = await world.make("hand", kind="by_hand", prices={"CNY": {1: 15000}})
    order = await counter.weigh(world, await counter.pay(world, await counter.place(world, lin, hand)))
    world.clock.forward(timedelta(days=3))
    await world.db.write(aftersales.give_up, order.id)
    assert sorted(await refunds(world, order)) == [(5000, "overdue"), (10000, "overdue")]
    assert await credit(world, lin) == 10000
    assert (await counter.refunds_end(world, order)).state is State.REFUNDED
    await counter.holds(world)


async def test_credit_is_asked_back_as_money(world, lin, credited):
    order = await world.db.write(shortage.take_money_after_all, credited.id, lin.id)
    assert (await credit(world, lin), await refunds(world, order)) == (0, [(10000, "buyer")])
    with pytest.raises(NothingToChoose):
        await world.db.write(shortage.take_money_after_all, credited.id, lin.id)
    assert (await counter.refunds_end(world, order)).state is State.REFUNDED
    await counter.holds(world)


async def test_credit_that_is_spent_is_not_asked_back(world, lin, credited):
    cheap = await world.make("cheap", prices={"CNY": {1: 1}})
    await world.stock(cheap, 1)
    await counter.place(world, lin, cheap)
    with pytest.raises(NothingToChoose):
        await world.db.write(shortage.take_money_after_all, credited.id, lin.id)
    assert await refunds(world, credited) == []
    await counter.holds(world)


async def spend_at_once(world: World, lin: Person) -> int:
    cheap = await world.make("cheap", prices={"CNY": {1: 10000}})
    await world.stock(cheap, 6)
    placing = [counter.place(world, lin, cheap) for _ in range(6)]
    await asyncio.gather(*placing, return_exceptions=True)
    return await credit(world, lin)


@pytest.mark.parametrize("rules", [Rules(unpaid_orders=99, unpaid_units=99)], ids=[""])
async def test_two_orders_at_once_do_not_spend_the_same_credit(world, lin, credited):
    assert await spend_at_once(world, lin) == 0
    await counter.holds(world)


@pytest.mark.parametrize("rules", [Rules(unpaid_orders=99, unpaid_units=99)], ids=[""])
@pytest.mark.parametrize("store", ["postgresql"])
async def test_without_the_customers_lock_they_do(world, lin, credited, monkeypatch):
    """The control. SQLite writes one at a time anyway."""
    monkeypatch.setattr(customers, "lock", lambda tx, customer: None)
    monkeypatch.setattr(checkout, "standing", counter.slowly(checkout.standing))
    assert await spend_at_once(world, lin) < 0


# Not wanted any more, perhaps


async def unwanted(world: World, lin: Person, product: Product, why: str) -> Order:
    await world.stock(product, 2)
    order = await counter.place(world, lin, product)
    if why == "cancelled":
        await world.db.write(checkout.cancel, order, lin)
    else:
        world.clock.forward(world.shop.rules.hold)
        await world.db.write(checkout.expire, order.id)
        await counter.sold(world, lin, product)
    return await counter.pay(world, order)


@pytest.mark.parametrize("why", ["cancelled", "bought again"])
async def test_money_for_what_was_given_up_asks_whether_it_is_wanted(world, lin, why):
    product = await scarce(world, [])
    order = await unwanted(world, lin, product, why)
    [unit] = order.units
    assert (order.state, unit.state, unit.obligation) == (State.PAID, UnitState.RESERVED, Obligation.CHOICE)
    assert await asked(world, order) == 1
    await counter.weigh(world, order)  # nothing is weighed before it is wanted
    assert (await counter.now(world, order)).state is State.PAID
    await counter.holds(world)
    await world.db.write(shortage.deliver, order.id, lin.id)
    await counter.send(world, await counter.weigh(world, order))
    assert (await counter.now(world, order)).state is State.DELIVERED
    await counter.holds(world)


@pytest.mark.parametrize("why", ["cancelled", "bought again"])
async def test_not_said_in_time_it_goes_back(world, lin, why):
    product = await scarce(world, [])
    order = await unwanted(world, lin, product, why)
    world.clock.forward(world.shop.rules.choose_within)
    with pytest.raises(NothingToChoose):
        await world.db.write(shortage.deliver, order.id, lin.id)
    await world.db.write(shortage.run_out, order.id)
    order = await counter.refunds_end(world, order)
    assert order.state is State.REFUNDED
    assert await world.db.read(inventory.available, product) == (2 if why == "cancelled" else 1)
    await counter.holds(world)


async def test_cancelled_and_sold_out_goes_back_unasked(world, lin, bao):
    product = await scarce(world, BOTH)
    await world.stock(product, 1)
    order = await counter.place(world, lin, product)
    await world.db.write(checkout.cancel, order, lin)
    await counter.place(world, bao, product)
    order = await counter.pay(world, order)
    assert (order.state, await refunds(world, order)) == (State.REFUND_PENDING, [(10000, "cancelled")])
    await counter.holds(world)


# Taken out of stock between the money and the handing over


async def test_a_code_taken_out_of_stock_leaves_a_choice_and_the_others_go_out(world, lin):
    product = await scarce(world, ["wait"])
    await world.stock(product, 3)
    order = await counter.pay(world, await counter.place(world, lin, product, 3))
    gone, *_ = await ask(world, "SELECT code_id FROM reservations ORDER BY code_id")
    lost = await world.db.write(inventory.quarantine, gone)
    order = await counter.weigh(world, order)
    assert [unit.id for unit in order.owing(Obligation.CHOICE)] == lost
    assert await asked(world, order) == 1
    sent = await counter.send(world, order)
    assert sent is not None
    assert len(sent.codes) == 2
    order = await world.db.write(shortage.take_money, order.id, lin.id)
    assert (await counter.refunds_end(world, order)).state is State.DELIVERED
    await counter.holds(world)


# While a person looks


@pytest.mark.parametrize("rules", [Rules(review_above=Money(10000, "CNY"))], ids=[""])
async def test_a_choice_about_the_rest_leaves_what_is_in_review(world, lin, chen):
    order = await counter.weigh(world, await paid_late(world, lin, await scarce(world, ["wait"]), 3, left=2))
    assert order.state is State.IN_REVIEW
    order = await world.db.write(shortage.take_money, order.id, lin.id)
    assert (order.state, await refunds(world, order)) == (State.IN_REVIEW, [(10000, "buyer")])
    await world.db.write(review.approve, order, chen.id)
    await counter.send(world, order)
    order = await counter.refunds_end(world, order)
    assert order.state is State.DELIVERED
    await counter.holds(world)


@pytest.mark.parametrize("rules", [Rules(review_above=Money(10000, "CNY"))], ids=[""])
async def test_rejected_in_review_what_was_still_to_choose_goes_back_too(world, lin, chen):
    order = await counter.weigh(world, await paid_late(world, lin, await scarce(world, ["wait"]), 3, left=2))
    await world.db.write(review.reject, order, chen.id)
    order = await counter.refunds_end(world, order)
    assert (order.state, sum(amount for amount, _ in await refunds(world, order))) == (State.REFUNDED, 30000)
    await counter.holds(world)
