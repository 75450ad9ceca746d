"""From a wish to an order: frozen terms, and limits that hold at once and later."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from core import catalog_changes, checkout, customers, inventory, ledger, orders
from core.catalog import NotOnSale, Product, UnknownProduct
from core.checkout import AnswerMissing, LimitReached, Merchant, NoPrice, QuantityOutOfRange, TooLate, TooManyUnpaid
from core.ground.errors import ShopError
from core.ground.messages import Local
from core.ground.money import Money
from core.ground.rules import Rules
from core.inventory import OutOfStock
from core.orders import Order, State
from core.units import UnitState
from tests.core import counter
from tests.core.counter import RAIL, ask, run
from tests.world import World

MINUTE = timedelta(minutes=1)


async def available(world: World, product: Product) -> int:
    return await world.db.read(inventory.available, product)


async def refused(world: World, refusal: type[ShopError], *placing: Any, **asked: Any) -> dict[str, Any]:
    """The facts it is refused with; nothing stays of the attempt."""
    before = [await world.count(table) for table in (orders.orders, inventory.reservations, ledger.payments)]
    with pytest.raises(refusal) as raised:
        await counter.place(world, *placing, **asked)
    assert [await world.count(table) for table in (orders.orders, inventory.reservations, ledger.payments)] == before
    return raised.value.facts


# Placing


async def test_an_order_sets_aside_what_it_is_for(world, clock, lin, steam):
    await world.stock(steam, 3)
    order = await counter.place(world, lin, steam, 2)
    assert order == await counter.now(world, order)  # it is not read back, but told as it was written
    assert (order.state, order.total, order.quantity) == (State.AWAITING_PAYMENT, Money(20000, "CNY"), 2)
    assert order.expires_at - order.placed_at == world.shop.rules.hold
    assert (order.person, order.channel, order.locale) == (lin.id, "test", "zh-CN")
    assert await available(world, steam) == 1
    assert sorted(await ask(world, "SELECT unit_id FROM reservations")) == [unit.id for unit in order.units]
    [payment] = await world.db.read(ledger.payments_of, order.id)
    assert (payment.rail, payment.account, payment.mode) == (RAIL.rail, RAIL.account, RAIL.mode)
    assert (payment.total, payment.state) == (order.total, "asked")
    assert await ask(world, "SELECT what FROM order_events") == ["placed"]


@pytest.mark.parametrize("rules", [Rules(unpaid_orders=99, unpaid_units=999)], ids=[""])
async def test_the_price_of_each_falls_with_their_number(world, lin):
    bulk = await world.make("bulk", prices={"CNY": {10: 850, 1: 1000, 5: 900}, "USD": {1: 1}}, most_per_order=20)
    await world.stock(bulk, 40)
    for many, each in ((1, 1000), (4, 1000), (5, 900), (9, 900), (10, 850), (11, 850)):
        order = await counter.place(world, lin, bulk, many)
        assert order.total == Money(each * many, "CNY")
        assert {unit.price for unit in order.units} == {each}
        assert [line.unit_price for line in order.lines] == [each]


async def test_a_request_made_again_is_the_order_it_made(world, lin, steam):
    await world.stock(steam, 5)
    first = await counter.place(world, lin, steam, 1, "request")
    for many in (1, 3):
        assert await counter.place(world, lin, steam, many, "request") == first
    assert await available(world, steam) == 4
    assert await world.count(orders.orders) == 1


async def test_a_request_made_many_times_at_once_is_one_order(world, lin, steam):
    await world.stock(steam, 20)
    made = await asyncio.gather(*(counter.place(world, lin, steam, 2, "request") for _ in range(8)))
    assert len({order.id for order in made}) == 1
    assert await available(world, steam) == 18


async def test_a_request_made_again_finds_its_order_whatever_became_of_it(world, clock, lin, steam):
    await world.stock(steam, 1)
    first = await counter.place(world, lin, steam, 1, "request")
    await counter.pay(world, first)
    await world.db.write(catalog_changes.switch, steam.slug, False)
    assert (await counter.place(world, lin, steam, 1, "request")).state is State.PAID


async def test_somebody_elses_request_is_not_theirs(world, lin, bao, steam):
    """A2. Chats keep their people's keys apart; should they ever meet, nobody is shown another's order."""
    await world.stock(steam, 2)
    await counter.place(world, lin, steam, 1, "request")
    with pytest.raises(IntegrityError):
        await counter.place(world, bao, steam, 1, "request")
    assert await world.count(orders.orders) == 1


# The terms


async def test_only_the_frozen_terms_count(world, lin, steam):
    """A3: whatever becomes of the product, the order stays what it was."""
    [code] = await world.stock(steam, 1)
    order = await counter.place(world, lin, steam)
    await run(world, "UPDATE prices SET unit_price = 1")
    changed = "UPDATE products SET names = :names, region = 'hk', after_sale_days = 0, redeem_url = '', noun = 'card'"
    await run(world, changed, names='{"en": "Cheap"}')
    await world.db.write(catalog_changes.switch, steam.slug, False)
    now = await counter.now(world, order)
    assert now == order
    assert (now.total, now.terms.name, now.terms.region) == (Money(10000, "CNY"), steam.name, "us")
    assert (await counter.pay(world, order, 1)).state is State.UNDERPAID
    assert (await counter.pay(world, order, 9999)).state is State.PAID
    await counter.weigh(world, order)
    sent = await counter.send(world, order)
    assert sent is not None
    assert [one.reveal() for one in sent.codes] == [code]
    assert "Steam 20 美元" in sent.plain()
    assert "Cheap" not in sent.plain()


async def test_the_next_order_is_at_the_new_price(world, lin, steam):
    """The control: it does change, for the next."""
    await world.stock(steam, 2)
    await counter.place(world, lin, steam)
    await run(world, "UPDATE prices SET unit_price = 1")
    assert (await counter.place(world, lin, steam)).total == Money(1, "CNY")


async def test_the_time_staff_have_is_frozen_too(world, lin):
    topup = await world.make("topup", kind="by_hand", hand_minutes=30)
    order = await counter.place(world, lin, topup)
    await run(world, "UPDATE products SET hand_minutes = 10000, kind = 'unique'")
    weighed = await counter.weigh(world, await counter.pay(world, order))
    [unit] = weighed.units
    assert unit.due_at is not None
    assert unit.due_at - (weighed.paid_at or unit.due_at) < timedelta(minutes=31)


# What is refused


async def test_how_many_one_may_order(world, lin, steam):
    await world.stock(steam, 12)
    for many in (0, -1, 11, 10**9):
        assert await refused(world, QuantityOutOfRange, lin, steam, many) == {"most": 10}
    assert (await counter.place(world, lin, steam, 10)).quantity == 10


async def test_what_is_not_on_sale_is_not_sold(world, lin, steam):
    await world.stock(steam, 1)
    await world.db.write(catalog_changes.switch, steam.slug, False)
    assert await refused(world, NotOnSale, lin, steam) == {"product": steam.name}


async def test_what_nobody_knows_is_not_sold(world, lin, steam):
    unknown = Product(**{**vars(steam), "slug": "nothing"})
    assert await refused(world, UnknownProduct, lin, unknown) == {}


async def test_what_has_no_price_here_is_not_sold(world, lin):
    for number, prices in enumerate(({}, {"USD": {1: 100}}, {"CNY": {2: 100}})):
        unpriced = await world.make(f"unpriced-{number}", prices=prices)
        await world.stock(unpriced, 2)
        await refused(world, NoPrice, lin, unpriced)


async def test_more_than_there_is_is_not_sold(world, lin, steam):
    await world.stock(steam, 2)
    assert await refused(world, OutOfStock, lin, steam, 3) == {"left": 2}
    assert await available(world, steam) == 2


async def test_what_a_product_asks_must_be_answered_well(world, lin):
    form = [{"name": "account", "label": {"en": "Account"}, "pattern": r"\S{3,40}"}]
    topup = await world.make("topup", kind="by_hand", form=form)
    for account in (None, "", "x", "a b c", "x" * 41, "lin@game\n", "lin@game\nrm", " lin@game"):
        answers = {} if account is None else {"account": account}
        assert await refused(world, AnswerMissing, lin, topup, answers=answers) == {"label": Local({"en": "Account"})}
    await counter.place(world, lin, topup, answers={"account": "lin@game"})


# Limits


async def test_a_buyer_holds_so_many_unpaid_orders(world, clock, lin, bao, steam):
    await world.stock(steam, 9)
    placed = [await counter.place(world, lin, steam) for _ in range(world.shop.rules.unpaid_orders)]
    assert await refused(world, TooManyUnpaid, lin, steam) == {"orders": 3}
    await counter.place(world, bao, steam)  # the limit is each buyer's own
    await counter.pay(world, placed[0])
    await counter.place(world, lin, steam)
    assert await refused(world, TooManyUnpaid, lin, steam) == {"orders": 3}
    clock.forward(world.shop.rules.hold)
    await counter.place(world, lin, steam)  # though no job has swept


@pytest.mark.parametrize("rules", [Rules(unpaid_units=5, unpaid_orders=9)])
async def test_a_buyer_holds_so_many_unpaid_units(world, lin, steam):
    await world.stock(steam, 9)
    await counter.place(world, lin, steam, 3)
    assert await refused(world, TooManyUnpaid, lin, steam, 3) == {"orders": 1}
    await counter.place(world, lin, steam, 2)
    assert await refused(world, TooManyUnpaid, lin, steam) == {"orders": 2}


async def test_a_buyer_gets_so_many_of_a_product_ever(world, clock, lin, bao):
    rare = await world.make("rare", most_per_buyer=2)
    await world.stock(rare, 9)
    await counter.sold(world, lin, rare)
    assert await refused(world, LimitReached, lin, rare, 2) == {"limit": 2}
    cancelled = await counter.place(world, lin, rare)
    assert await refused(world, LimitReached, lin, rare) == {"limit": 2}
    await world.db.write(checkout.cancel, cancelled, lin)
    await counter.place(world, lin, rare)
    await counter.place(world, bao, rare, 2)


async def test_what_was_never_paid_for_does_not_count_once_its_hold_is_over(world, clock, lin):
    """Whether or not the clock's job has come by."""
    rare = await world.make("rare", most_per_buyer=1)
    await world.stock(rare, 1)
    await counter.place(world, lin, rare)
    clock.forward(world.shop.rules.hold)
    assert (await counter.place(world, lin, rare)).quantity == 1


async def test_a_lapsed_order_paid_in_part_hides_no_lapsed_order_behind_it(world, clock, lin, bao, steam):
    """Its own unit is set aside until its money is back; the other's is to be had at once."""
    await world.stock(steam, 2)
    part = await counter.place(world, lin, steam)
    await counter.pay(world, part, 100)
    await counter.place(world, lin, steam)
    clock.forward(world.shop.rules.hold * 2)
    assert await world.db.read(inventory.available, steam) == 1
    assert (await counter.place(world, bao, steam)).quantity == 1
    assert (await counter.now(world, part)).state is State.UNDERPAID


async def test_limits_hold_for_many_at_once(world, lin, steam):
    await world.stock(steam, 20)
    placing = [counter.place(world, lin, steam) for _ in range(10)]
    outcomes = await asyncio.gather(*placing, return_exceptions=True)
    assert sum(isinstance(outcome, Order) for outcome in outcomes) == world.shop.rules.unpaid_orders
    assert sum(isinstance(outcome, TooManyUnpaid) for outcome in outcomes) == 10 - world.shop.rules.unpaid_orders


@pytest.mark.parametrize("store", ["postgresql"])
async def test_without_the_buyers_lock_many_at_once_pass_them(world, lin, steam, monkeypatch):
    """The control. SQLite writes one at a time anyway."""
    await world.stock(steam, 20)
    monkeypatch.setattr(customers, "lock", lambda tx, customer: None)
    monkeypatch.setattr(checkout, "standing", counter.slowly(checkout.standing))
    outcomes = await asyncio.gather(*(counter.place(world, lin, steam) for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(outcome, Order) for outcome in outcomes) > world.shop.rules.unpaid_orders


# The pay page


async def test_opening_the_page_late_extends_the_hold_once(world, clock, lin, steam):
    await world.stock(steam, 1)
    order = await counter.place(world, lin, steam)
    clock.forward(world.shop.rules.hold - MINUTE)
    row = await world.db.write(checkout.pay_with, order, RAIL)
    extended = await counter.now(world, order)
    assert (row.total, row.order) == (order.total, order.id)
    assert extended.expires_at - order.expires_at == pytest.approx(world.shop.rules.extension - MINUTE, abs=MINUTE / 10)
    clock.forward(world.shop.rules.extension - MINUTE)
    assert await world.db.write(checkout.pay_with, extended, RAIL) == row
    assert (await counter.now(world, order)).expires_at == extended.expires_at
    clock.forward(MINUTE * 2)
    with pytest.raises(TooLate):
        await world.db.write(checkout.pay_with, extended, RAIL)


async def test_another_rail_is_another_payment_of_the_same_sum(world, lin, steam):
    await world.stock(steam, 1)
    order = await counter.place(world, lin, steam)
    other = await world.db.write(checkout.pay_with, order, Merchant("stripe", "acct", "live"))
    assert [row.rail for row in await world.db.read(ledger.payments_of, order.id)] == ["sandbox", "stripe"]
    assert (other.total, other.account, other.mode) == (order.total, "acct", "live")


@pytest.mark.parametrize("end", ["cancelled", "expired", "paid"])
async def test_an_order_that_ended_meanwhile_is_not_to_be_paid(world, clock, lin, steam, end):
    """Whoever asks may have read the order before it ended."""
    await world.stock(steam, 1)
    before = await counter.place(world, lin, steam)
    if end == "paid":
        await counter.pay(world, before)
    elif end == "cancelled":
        await world.db.write(checkout.cancel, before, lin)
    else:
        clock.forward(world.shop.rules.hold)
        await world.db.write(checkout.expire, before.id)
    for rail in (RAIL, Merchant("stripe", "acct", "live")):
        with pytest.raises(TooLate):
            await world.db.write(checkout.pay_with, before, rail)
    assert len(await world.db.read(ledger.payments_of, before.id)) == 1


# Ending unpaid


async def test_a_cancelled_order_gives_back_what_it_had(world, lin, steam):
    await world.stock(steam, 2)
    order = await counter.place(world, lin, steam, 2)
    await world.db.write(checkout.cancel, order, lin)
    after = await counter.now(world, order)
    assert (after.state, {unit.state for unit in after.units}) == (State.CANCELLED, {UnitState.RELEASED})
    assert await available(world, steam) == 2
    assert await ask(world, "SELECT kind FROM outbox") == ["close"]
    with pytest.raises(TooLate):
        await world.db.write(checkout.cancel, order, lin)
    await world.holds()


async def test_a_paid_order_is_not_cancelled(world, lin, steam):
    await world.stock(steam, 1)
    order = await counter.place(world, lin, steam)
    await counter.pay(world, order)
    with pytest.raises(TooLate):
        await world.db.write(checkout.cancel, order, lin)


async def test_a_hold_ends_when_it_is_over_and_not_before(world, clock, lin, steam):
    await world.stock(steam, 1)
    order = await counter.place(world, lin, steam)
    clock.forward(world.shop.rules.hold - MINUTE)
    await world.db.write(checkout.expire, order.id)
    assert (await counter.now(world, order)).state is State.AWAITING_PAYMENT
    assert await world.db.read(checkout.lapsed) == []
    clock.forward(MINUTE)
    assert await world.db.read(checkout.lapsed) == [order.id]
    for _ in range(2):
        await world.db.write(checkout.expire, order.id)
    after = await counter.now(world, order)
    assert (after.state, {unit.state for unit in after.units}) == (State.EXPIRED, {UnitState.RELEASED})
    assert await available(world, steam) == 1
    assert sorted(await ask(world, "SELECT kind FROM outbox")) == ["close", "say"]
    assert await world.db.read(checkout.lapsed) == []


async def test_a_lapsed_hold_is_taken_by_the_next_buyer(world, clock, lin, bao, steam):
    await world.stock(steam, 1)
    lapsed = await counter.place(world, lin, steam)
    await refused(world, OutOfStock, bao, steam)
    clock.forward(world.shop.rules.hold)
    assert await available(world, steam) == 1
    await counter.place(world, bao, steam)
    assert (await counter.now(world, lapsed)).state is State.EXPIRED
