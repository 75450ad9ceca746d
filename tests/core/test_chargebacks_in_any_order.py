"""Disputes and refunds made outside, in the orders in which they really come."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

import pytest

from core import aftersales, chargebacks, checkout, delivery, ledger, reconcile, settling
from core.disputes import DisputeNotice
from core.ground.money import Money
from core.orders import State
from core.settling import PaymentNotice
from core.units import Obligation
from tests.core import counter
from tests.core.counter import RAIL
from tests.world import World


@pytest.fixture
async def lin(world):
    return await counter.meet(world, "lin")


async def dispute(world: World, of: PaymentNotice, state: Literal["open", "won", "lost"]) -> None:
    until = world.clock.now() + timedelta(days=7)
    told = DisputeNotice(of.rail, of.account, of.transaction, "dispute 1", state, of.total, until)
    await world.db.write(chargebacks.told, told)


async def outside(world: World, of: PaymentNotice, amount: int) -> None:
    back = Money(amount, of.total.currency)
    await world.db.write(chargebacks.refunded_outside, of.rail, of.account, of.transaction, "outside 1", back)


async def paid(world: World, lin: Any, product: Any, many: int = 1, **changed: Any) -> Any:
    order = await counter.place(world, lin, product, many)
    notice = await counter.notice(world, order, **changed)
    await world.db.write(settling.settle, notice)
    return await counter.now(world, order), notice


async def holds(world: World) -> None:
    """Every invariant but that nothing waits: nobody works here."""
    found = await world.db.read(reconcile.check)
    assert [str(finding) for finding in found if finding.check.id not in ("L2", "L3")] == []


async def test_a_dispute_first_heard_of_when_it_is_lost_ends_the_order(world, lin, steam):
    await world.stock(steam, 1)
    order, notice = await paid(world, lin, steam)
    await dispute(world, notice, "lost")
    order = await counter.now(world, order)
    assert (order.state, [unit.obligation for unit in order.units]) == (State.DISPUTE_LOST, [None])
    await holds(world)


async def test_a_dispute_first_heard_of_when_it_is_won_changes_nothing_for_good(world, lin, steam):
    await world.stock(steam, 1)
    order, notice = await paid(world, lin, steam)
    await dispute(world, notice, "won")
    order = await counter.now(world, order)
    assert (order.state, [unit.obligation for unit in order.units]) == (State.PAID, [Obligation.RISK])
    await holds(world)


async def test_a_code_being_replaced_was_earned_before_the_dispute(world, lin, steam):
    await world.stock(steam, 2)
    chen = await world.hire("chen")
    order, notice = await paid(world, lin, steam)
    await counter.send(world, await counter.weigh(world, order))
    await world.db.write(delivery.replace, order.id, 1, "bad", chen.id, "event 1")
    await dispute(world, notice, "open")
    await dispute(world, notice, "lost")
    assert (await counter.now(world, order)).state is State.DISPUTE_LOST
    assert await world.db.read(ledger.balance, "losses") == order.total.amount
    await holds(world)


async def test_what_went_back_outside_is_not_owed_again(world, lin, steam):
    """A part that fits no unit counts as lost, until the rest goes back too."""
    await world.stock(steam, 3)
    order, notice = await paid(world, lin, steam, 3)
    await outside(world, notice, 14000)
    assert await world.db.read(ledger.balance, "losses") == 4000
    await world.db.write(aftersales.refund, order.id, "buyer", "chen")
    order = await counter.refunds_end(world, order)
    assert order.state is State.REFUNDED
    assert await world.db.read(ledger.balance, "losses") == 0
    assert await world.db.read(ledger.balance, ledger.owed(order.number)) == 0
    await holds(world)


async def test_an_order_paid_in_part_that_goes_back_outside_ends_at_its_time(world, clock, lin, steam):
    await world.stock(steam, 1)
    order, notice = await paid(world, lin, steam, total=Money(4000, "CNY"))
    await outside(world, notice, 4000)
    assert await world.db.read(ledger.balance, "losses") == 0
    await holds(world)
    clock.forward(timedelta(hours=1))
    await world.db.write(checkout.expire, order.id)
    assert (await counter.now(world, order)).state is State.REFUNDED
    await holds(world)


async def test_the_rest_of_lost_money_goes_back_though_a_part_went_outside(world, clock, lin, steam):
    await world.stock(steam, 1)
    _, notice = await paid(world, lin, steam, account="another-account")
    await outside(world, notice, 4000)
    clock.forward(timedelta(days=2))
    (receipt,) = await world.db.read(aftersales.lost_money)
    await world.db.write(aftersales.send_lost_money_back, receipt)
    assert (await world.db.read(ledger.refundable, await world.db.read(ledger.receipt, receipt))).amount == 0


async def test_lost_money_on_its_way_back_and_lost_to_a_dispute_is_the_shops_loss(world, clock, lin, steam):
    await world.stock(steam, 1)
    _, notice = await paid(world, lin, steam, account=f"not {RAIL.account}")
    await dispute(world, notice, "open")
    clock.forward(timedelta(days=2))
    (receipt,) = await world.db.read(aftersales.lost_money)
    await world.db.write(aftersales.send_lost_money_back, receipt)
    await dispute(world, notice, "lost")
    assert await world.db.read(ledger.balance, "losses") == 10000
