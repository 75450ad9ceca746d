"""Money that comes in, in any order and more than once: what it does to the order it is for."""

from __future__ import annotations

import itertools
import random
from datetime import timedelta
from typing import Any

import pytest

from core import checkout, inventory, ledger, notices, reconcile, settling
from core.catalog import Product
from core.customers import Person
from core.ground.money import Money
from core.orders import Order, State
from core.settling import PaymentNotice
from tests.core import counter
from tests.core.counter import RAIL, ask
from tests.world import World

MINUTE = timedelta(minutes=1)


async def available(world: World, product: Product) -> int:
    return await world.db.read(inventory.available, product)


async def calm(world: World) -> list[str]:
    """Invariants that don't hold, but for what has waited because nobody works here."""
    return [str(finding) for finding in await world.db.read(reconcile.check) if finding.check.id != "L3"]


async def test_paid_in_full_is_paid(world, clock, lin, steam):
    await world.stock(steam, 1)
    order = await counter.pay(world, await counter.place(world, lin, steam))
    assert (order.state, order.late, order.paid_at is not None) == (State.PAID, False, True)
    clock.forward(timedelta(days=30))
    await world.db.write(checkout.expire, order.id)
    assert (await counter.now(world, order)).state is State.PAID  # its reservation does not lapse any more


async def test_a_notice_told_again_changes_nothing(world, lin, steam):
    await world.stock(steam, 1)
    order = await counter.place(world, lin, steam)
    told = await counter.notice(world, order)
    await world.db.write(settling.settle, told)
    first = await counter.now(world, order)
    for _ in range(3):
        await world.db.write(settling.settle, told)
    assert await counter.now(world, order) == first
    assert await world.count(ledger.receipts) == 1
    assert await world.count(ledger.refunds) == 0


async def test_what_is_not_paid_changes_nothing(world, lin, steam):
    await world.stock(steam, 1)
    order = await counter.place(world, lin, steam)
    for state in ("failed", "closed"):
        assert await counter.pay(world, order, state=state) == order
    assert await world.count(ledger.receipts) == 0


async def test_money_that_does_not_fit_is_kept_for_staff_and_moves_no_order(world, lin, chen, steam):
    """M4."""
    await world.stock(steam, 1)
    order = await counter.place(world, lin, steam)
    wrong: list[dict[str, Any]] = [
        {"key": "nothing"},
        {"rail": "stripe"},
        {"account": "somebody else's"},
        {"mode": "live"},
        {"total": Money(10000, "USD")},
    ]
    for number, facts in enumerate(wrong, 1):
        assert await counter.pay(world, order, **facts) == order
        kept = await ask(world, "SELECT obligation FROM receipts WHERE order_id IS NULL")
        assert kept == ["admin_match_or_refund"] * number
        alarms = await ask(world, "SELECT effect_key FROM outbox WHERE effect_key LIKE 'say alarm unmatched%'")
        assert len(alarms) == number
    await world.holds()


async def test_without_the_frozen_account_any_money_would_do(world, lin, steam):
    """The control: the same money to the account of the frozen terms."""
    await world.stock(steam, 1)
    order = await counter.place(world, lin, steam)
    assert (await counter.pay(world, order, account="our-account")).state is State.PAID


async def test_a_hundredth_too_little_is_too_little(world, lin, steam):
    """M4."""
    await world.stock(steam, 1)
    order = await counter.place(world, lin, steam)
    assert (await counter.pay(world, order, 9999)).state is State.UNDERPAID
    assert (await counter.pay(world, order, 1)).state is State.PAID


async def test_too_little_waits_and_is_extended_once(world, clock, lin, steam):
    await world.stock(steam, 1)
    order = await counter.place(world, lin, steam)
    clock.forward(MINUTE * 10)
    short = await counter.pay(world, order, 4000)
    assert short.state is State.UNDERPAID
    assert short.expires_at > order.expires_at
    clock.forward(MINUTE)
    still = await counter.pay(world, order, 1000)
    assert (still.state, still.expires_at) == (State.UNDERPAID, short.expires_at)
    rest = await world.db.write(checkout.pay_with, still, RAIL)
    assert (rest.total, rest.key) == (Money(5000, "CNY"), f"{order.number}-sandbox-5000")
    assert (await counter.pay(world, order, 5000, key=rest.key)).state is State.PAID
    assert await calm(world) == []


async def test_too_little_at_the_end_goes_back(world, clock, lin, steam):
    await world.stock(steam, 1)
    order = await counter.place(world, lin, steam)
    await counter.pay(world, order, 4000)
    clock.forward(world.shop.rules.hold)
    for _ in range(2):
        await world.db.write(checkout.expire, order.id)
    assert (await counter.now(world, order)).state is State.REFUND_PENDING
    assert [refund.total for refund in await world.db.read(ledger.refunds_of, order.id)] == [Money(4000, "CNY")]
    assert (await counter.refunds_end(world, order)).state is State.REFUNDED
    assert await available(world, steam) == 1


async def test_more_for_an_order_whose_money_is_going_back_goes_back_too(world, clock, lin, steam):
    await world.stock(steam, 1)
    order = await counter.place(world, lin, steam)
    await counter.pay(world, order, 4000)
    clock.forward(world.shop.rules.hold)
    await world.db.write(checkout.expire, order.id)
    assert (await counter.pay(world, order, 6000)).state is State.REFUND_PENDING
    assert (await counter.refunds_end(world, order)).state is State.REFUNDED
    assert await world.db.read(ledger.balance, "rail:sandbox") == 0
    assert await world.db.read(ledger.balance, f"owed:{order.number}") == 0


async def test_too_much_goes_back_and_the_order_goes_on(world, lin, steam):
    await world.stock(steam, 1)
    order = await counter.pay(world, await counter.place(world, lin, steam), 12500)
    assert order.state is State.PAID
    [refund] = await world.db.read(ledger.refunds_of, order.id)
    assert (refund.total, refund.why) == (Money(2500, "CNY"), "surplus")
    await world.holds()


@pytest.mark.parametrize("stage", ["paid", "fulfilling", "delivered"])
async def test_paid_twice_the_second_goes_back(world, lin, steam, stage):
    await world.stock(steam, 1)
    order = await counter.pay(world, await counter.place(world, lin, steam))
    if stage != "paid":
        order = await counter.weigh(world, order)
    if stage == "delivered":
        await counter.send(world, order)
        order = await counter.now(world, order)
    again = await counter.pay(world, order)
    assert again.state is order.state
    assert [refund.total for refund in await world.db.read(ledger.refunds_of, order.id)] == [order.total]
    await world.holds()
    await counter.refunds_end(world, order)
    await world.holds()


async def expired(world: World, person: Person, product: Product) -> Order:
    order = await counter.place(world, person, product)
    world.clock.forward(world.shop.rules.hold)
    await world.db.write(checkout.expire, order.id)
    return await counter.now(world, order)


async def test_money_after_the_end_takes_what_is_still_there(world, lin, steam):
    await world.stock(steam, 1)
    order = await counter.pay(world, await expired(world, lin, steam))
    assert (order.state, order.late) == (State.PAID, True)
    assert await available(world, steam) == 0
    assert await calm(world) == []


@pytest.mark.parametrize("why", ["sold out", "cancelled and sold out"])
async def test_money_after_the_end_goes_back_where_nothing_is_left(world, lin, bao, why):
    """As the product's policy has it: this one allows nothing else."""
    steam = await world.make("steam", shortage=[])
    await world.stock(steam, 1)
    if why == "sold out":
        order = await expired(world, lin, steam)
    else:
        order = await counter.place(world, lin, steam)
        await world.db.write(checkout.cancel, order, lin)
    await counter.place(world, bao, steam)
    paid = await counter.pay(world, order)
    assert paid.state is State.REFUND_PENDING
    assert await calm(world) == []
    assert (await counter.refunds_end(world, order)).state is State.REFUNDED
    assert await calm(world) == []


async def test_too_little_after_the_end_goes_back_however_often_it_comes(world, lin, steam):
    """Parts that were given back are not a whole."""
    await world.stock(steam, 1)
    order = await expired(world, lin, steam)
    for amount in (4000, 6000):
        assert (await counter.pay(world, order, amount)).state is State.EXPIRED
    assert await available(world, steam) == 1
    refunds = await world.db.read(ledger.refunds_of, order.id)
    assert [refund.total.amount for refund in refunds] == [4000, 6000]
    assert await calm(world) == []


async def test_the_whole_after_a_part_that_was_given_back(world, lin, steam):
    await world.stock(steam, 1)
    order = await expired(world, lin, steam)
    await counter.pay(world, order, 4000)
    assert (await counter.pay(world, order, 10000)).state is State.PAID
    refunds = await world.db.read(ledger.refunds_of, order.id)
    assert [refund.total.amount for refund in refunds] == [4000]
    assert await calm(world) == []


async def test_the_whole_after_a_part_that_was_given_back_when_it_is_sold_out(world, lin, bao):
    steam = await world.make("steam", shortage=[])
    await world.stock(steam, 1)
    order = await expired(world, lin, steam)
    await counter.place(world, bao, steam)
    await counter.pay(world, order, 4000)
    assert (await counter.pay(world, order, 10000)).state is State.REFUND_PENDING
    await counter.refunds_end(world, order)
    assert await world.db.read(ledger.balance, "rail:sandbox") == 0
    assert await calm(world) == []


async def test_a_notice_comes_back_as_it_was_stored():
    notice = PaymentNotice("sandbox", "e", "t", "k", "a", "test", "paid", Money(1250, "CNY"))
    assert notices.unpack(notices.pack(notice)) == notice


@pytest.mark.parametrize("store", ["sqlite"])
async def test_the_end_does_not_depend_on_how_often_and_in_which_order_money_is_told(world, lin, steam):
    """E4: every order of three facts, each told twice, ends the same."""
    await world.stock(steam, 10)
    ends = set()
    for turn in itertools.permutations(range(3)):
        order = await counter.place(world, lin, steam)
        facts = [await counter.notice(world, order, total=Money(amount, "CNY")) for amount in (3000, 3000, 4000)]
        told = [facts[at] for at in turn for _ in range(2)] + random.Random(7).sample(facts, 2)
        for notice in told:
            await world.db.write(settling.settle, notice)
        now = await counter.now(world, order)
        owed = await world.db.read(ledger.balance, f"owed:{order.number}")
        ends.add((now.state, now.late, owed, len(await world.db.read(ledger.refunds_of, order.id))))
    assert ends == {(State.PAID, False, -10000, 0)}
    assert await calm(world) == []
