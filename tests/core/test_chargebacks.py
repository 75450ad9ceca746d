"""Money taken back without us: disputes at every state of an order, refunds made at the provider, and goodwill."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from core import (
    aftersales,
    batches,
    catalog,
    catalog_changes,
    chargebacks,
    checkout,
    delivery,
    disputes,
    inventory,
    ledger,
    orders,
    pasted,
    purchases,
    review,
    shortage,
)
from core.chargebacks import RefundNotice, SuspicionNotice, TooMuch
from core.customers import Person
from core.disputes import DisputeNotice
from core.ground.db import Tx
from core.ground.messages import words
from core.ground.money import Money
from core.ground.rules import Rules
from core.ground.vault import Secret
from core.orders import NothingToChoose, Order, State
from core.risk import Finding, Outcome, Verdict
from core.units import Obligation, UnitState
from tests.core import counter
from tests.core.counter import ask
from tests.world import World

UNDELIVERED = ["paid", "in review", "by hand", "supplier", "pickup"]


def yuan(amount: int) -> Money:
    return Money(amount, "CNY")


async def at(world: World, lin: Person, where: str) -> Order:
    """Lin's paid order of 100.00, as far as that."""
    kinds: dict[str, dict[str, Any]] = {
        "by hand": {"kind": "by_hand"},
        "supplier": {"kind": "on_demand", "supplier": "acme", "sku": "x"},
    }
    product = await world.make("goods", **kinds.get(where, {}))
    if where not in kinds:
        await world.stock(product, 1)
    order = await counter.pay(world, await counter.place(world, lin, product))
    if where == "paid":
        return order
    if where == "in review":
        await world.db.write(review.hold, order, HELD)
        return await counter.now(world, order)
    order = await counter.weigh(world, order)
    if where == "pickup":
        await world.db.write(delivery.unreachable, order.id, [order.units[0].id], "blocked")
    if where == "delivered":
        await counter.send(world, order)
    return await counter.now(world, order)


HOLDS = Rules(review_above=Money(1, "CNY"))
HELD = Verdict(Outcome.REVIEW, (Finding("new", words("risk-new-buyer-high-value", limit=yuan(1)), 50),), 50)


async def tell(
    world: World, order: Order, state: Any, reference: str = "d1", number: int = 0, amount: int = 0
) -> Order:
    receipt = (await world.db.read(ledger.receipts_of, order.id))[number]
    total = yuan(amount) if amount else receipt.total
    due = (await world.db.read(lambda tx: tx.now)) + timedelta(days=7)
    notice = DisputeNotice(receipt.rail, receipt.account, receipt.transaction, reference, state, total, due)
    await world.db.write(chargebacks.told, notice)
    return await counter.now(world, order)


async def outside(world: World, order: Order, amount: int, reference: str = "out 1") -> bool:
    [receipt, *_] = await world.db.read(ledger.receipts_of, order.id)
    return await world.db.write(
        chargebacks.refunded_outside, receipt.rail, receipt.account, receipt.transaction, reference, yuan(amount)
    )


async def books(world: World) -> dict[str, int]:
    rows = await world.db.read(lambda tx: tx.all(select(ledger.entries.c.account, ledger.entries.c.amount)))
    found: dict[str, int] = {}
    for account, amount in rows:
        found[account.partition(":")[0]] = found.get(account.partition(":")[0], 0) + amount
    return {account: amount for account, amount in found.items() if amount}


# Disputes


@pytest.mark.parametrize("where", [*UNDELIVERED, "delivered"])
async def test_while_it_is_open_nothing_goes_out(world, lin, chen, where):
    before = await at(world, lin, where)
    order = await tell(world, before, "open")
    for _ in range(2):
        assert await tell(world, order, "open") == order
    assert order.state is State.DISPUTED
    owed = None if where == "delivered" else Obligation.DISPUTE
    assert [unit.obligation for unit in order.units] == [owed]
    assert (await books(world))["disputed"] == 10000
    await counter.weigh(world, order)
    await world.db.write(shortage.restocked, order.id)
    assert await counter.send(world, order) is None
    if where == "pickup":
        assert await counter.codes_of(world, lin, await world.db.write(delivery.shown, order, lin)) == []
    assert (await counter.now(world, order)).state is State.DISPUTED
    alarms = await ask(world, "SELECT id FROM outbox WHERE effect_key LIKE 'say alarm dispute %'")
    assert len(alarms) == 1
    await world.holds()


@pytest.mark.parametrize("where", [*UNDELIVERED, "delivered"])
async def test_won_the_order_goes_on_from_where_it_was(world, lin, chen, where):
    order = before = await at(world, lin, where)
    for reference in ("d1", "d2"):  # and once more
        await tell(world, before, "open", reference)
        for _ in range(2):
            order = await tell(world, before, "won", reference)
        assert order.state is {
            "paid": State.PAID,
            "in review": State.PAID,  # and weighed anew
            "delivered": State.DISPUTE_WON,
        }.get(where, State.FULFILLING)
        await world.holds()
    if where == "by hand":
        await world.db.write(shortage.made_by_hand, order, Secret("done"), chen.id, "event")
    order = await counter.weigh(world, order)
    if where == "supplier":
        assert [unit.obligation for unit in order.units] == [Obligation.SUPPLIER]
    elif where != "delivered":
        assert await counter.send(world, order) is not None
        assert (await counter.now(world, order)).state is State.DELIVERED
    await world.holds()


@pytest.mark.parametrize("where", [*UNDELIVERED, "delivered"])
async def test_lost_what_was_not_handed_over_is_paid_back_by_it(world, lin, chen, where):
    order = await at(world, lin, where)
    await tell(world, order, "open")
    for _ in range(2):
        order = await tell(world, order, "lost")
    assert order.state is State.DISPUTE_LOST
    assert await world.count(ledger.refunds) == 0
    lost = {"sales": -10000, "losses": 10000} if where == "delivered" else {}
    assert await books(world) == lost
    await world.holds()


async def test_won_it_may_be_opened_again_and_lost(world, lin, chen):
    order = await at(world, lin, "delivered")
    for state in ("open", "won", "open", "lost"):
        order = await tell(world, order, state)
    assert (order.state, await books(world)) == (State.DISPUTE_LOST, {"sales": -10000, "losses": 10000})
    assert (await tell(world, order, "open")).state is State.DISPUTE_LOST  # an old notice
    await world.holds()


async def test_lost_after_it_was_won_is_heard_though_the_opening_was_not(world, lin, chen):
    order = await at(world, lin, "delivered")
    for state in ("won", "lost"):
        order = await tell(world, order, state)
    assert (order.state, await books(world)) == (State.DISPUTE_LOST, {"sales": -10000, "losses": 10000})
    await world.holds()


async def test_of_two_disputes_the_last_one_decides(world, lin, steam):
    await world.stock(steam, 1)
    order = await counter.place(world, lin, steam)
    await counter.pay(world, order, 4000)
    await counter.pay(world, order, 6000)
    await tell(world, order, "open", "d1", 0)
    await tell(world, order, "open", "d2", 1)
    assert (await tell(world, order, "won", "d1", 0)).state is State.DISPUTED
    await counter.holds(world)
    assert (await tell(world, order, "won", "d2", 1)).state is State.PAID
    await counter.send(world, await counter.weigh(world, order))
    assert (await counter.now(world, order)).state is State.DELIVERED
    await counter.holds(world)


async def test_a_code_under_replacement_is_not_given_up_twice(world, lin, chen):
    """Its price was earned with the first code: losing the dispute costs all of it."""
    order = await at(world, lin, "delivered")
    await world.stock(await world.db.read(catalog.by_id, order.lines[0].product), 1)
    await world.db.write(delivery.replace, order.id, 1, "used", chen.id, "event")
    await tell(world, order, "open")
    order = await tell(world, order, "lost")
    assert (order.state, await books(world)) == (State.DISPUTE_LOST, {"sales": -10000, "losses": 10000})
    await world.holds()


async def test_a_suppliers_code_that_came_during_the_dispute_is_handed_over_after_it(world, lin, chen):
    order = await at(world, lin, "supplier")
    [unit] = order.units
    await tell(world, order, "open")
    [bought] = await world.db.read(purchases.of_unit, unit.id)
    product = await world.db.read(catalog.by_id, order.lines[0].product)
    code = pasted.read(["BOUGHT-0001-CODE"]).codes[0]

    def came(tx: Tx) -> None:
        purchases.call(tx, bought.id)
        batches.bought(tx, product, code, "acme", unit_cost=None)
        purchases.end(tx, bought.id, purchases.Bought.CONFIRMED)

    await world.db.write(came)
    order = await tell(world, order, "won")
    sent = await counter.send(world, order)
    assert sent is not None
    assert [one.reveal() for one in sent.codes] == ["BOUGHT-0001-CODE"]
    await world.holds()


async def test_a_suppliers_code_that_went_to_another_is_not_bought_twice(world, lin, chen):
    order = await at(world, lin, "supplier")
    [unit] = order.units
    await tell(world, order, "open")
    [bought] = await world.db.read(purchases.of_unit, unit.id)
    await world.db.write(purchases.call, bought.id)
    await world.db.write(purchases.end, bought.id, purchases.Bought.CONFIRMED)
    order = await tell(world, order, "won")
    assert order.state is State.REFUND_PENDING  # the product's policy leaves no choice
    await world.holds()


async def test_a_dispute_of_money_nobody_knows_waits_for_it(world, lin, steam):
    notice = DisputeNotice("sandbox", "a", "t", "d", "open", yuan(1), await world.db.read(lambda tx: tx.now))
    with pytest.raises(LookupError):
        await world.db.write(chargebacks.told, notice)
    assert await world.count(disputes.disputes) == 0


# Refunded at the provider


async def test_refunded_outside_before_delivery_ends_it(world, lin, chen):
    order = await at(world, lin, "by hand")
    assert await outside(world, order, 10000)
    assert not await outside(world, order, 10000)
    assert not await outside(world, order, 10000, "another")  # nothing is left to go back
    assert ((await counter.now(world, order)).state, await books(world)) == (State.REFUNDED, {})
    await world.holds()


async def test_refunded_outside_after_delivery_is_the_shops_loss(world, lin, chen):
    order = await at(world, lin, "delivered")
    assert await outside(world, order, 4000)
    assert await outside(world, order, 9000, "more than is left")
    order = await counter.now(world, order)
    assert (order.state, await books(world)) == (State.DELIVERED, {"sales": -10000, "losses": 10000})
    assert order.units[0].state is UnitState.SENT
    await world.holds()


@pytest.mark.parametrize(("so_far", "lost"), [(True, 3000), (False, 7000)])
async def test_a_rail_that_says_how_much_went_back_so_far_is_not_counted_twice(world, lin, chen, so_far, lost):
    """40.00 went back before, and now 30.00: 70.00 so far."""
    order = await at(world, lin, "delivered")
    await outside(world, order, 4000)
    [receipt] = await world.db.read(ledger.receipts_of, order.id)
    notice = chargebacks.RefundNotice(
        receipt.rail, "e2", receipt.account, receipt.transaction, "out 2", yuan(7000), so_far=so_far
    )
    assert await world.db.write(chargebacks.refunded_at_the_rail, notice)
    assert not await world.db.write(chargebacks.refunded_at_the_rail, notice)
    assert (await books(world))["losses"] == min(4000 + lost, 10000)
    await world.holds()


async def test_a_part_refunded_outside_is_not_given_back_once_more(world, lin, chen):
    """150.00 of 200.00 went back: one unit, and half of the other, which is then not made in time."""
    hand = await world.make("hand", kind="by_hand")
    order = await counter.weigh(world, await counter.pay(world, await counter.place(world, lin, hand, 2)))
    await outside(world, order, 15000)
    await world.holds()
    world.clock.forward(timedelta(days=3))
    await world.db.write(aftersales.give_up, order.id)
    order = await counter.refunds_end(world, order)
    made = await world.db.read(ledger.refunds_of, order.id)
    assert (order.state, [one.total.amount for one in made], await books(world)) == (State.REFUNDED, [15000, 5000], {})
    await counter.holds(world)


async def test_together_what_waited_for_the_refunded_part_goes_out(world, lin, chen):
    await world.stock(await world.make("one"), 1)
    await world.make("hand", kind="by_hand")
    pair = await world.make("pair", kind="bundle", prices={"CNY": {1: 10000}})

    def fill(tx: Tx) -> None:
        catalog_changes.add_parts(tx, pair.id, {catalog.product(tx, slug).id: 1 for slug in ("hand", "one")})

    await world.db.write(fill)
    order = await counter.weigh(world, await counter.pay(world, await counter.place(world, lin, pair)))
    assert await outside(world, order, order.units[0].price)  # of the part that staff were to make
    order = await counter.now(world, order)
    assert await counter.send(world, order) is not None
    assert (await counter.now(world, order)).state is State.DELIVERED
    await counter.holds(world)


async def test_an_underpaid_order_whose_money_went_back_outside_ends(world, lin, chen, steam):
    await world.stock(steam, 1)
    order = await counter.pay(world, await counter.place(world, lin, steam), 4000)
    assert await outside(world, order, 4000)
    world.clock.forward(world.shop.rules.hold * 2)
    await world.db.write(checkout.expire, order.id)
    assert ((await counter.now(world, order)).state, await books(world)) == (State.REFUNDED, {})
    assert await world.db.read(checkout.lapsed) == []
    await counter.holds(world)


# Goodwill


async def goodwill(
    world: World, order: Order, amount: int, by: Any, key: str = "key", as_credit: bool = False
) -> Order:
    return await world.db.write(chargebacks.goodwill, order.id, yuan(amount), by.id, as_credit=as_credit, key=key)


async def test_goodwill_as_money(world, lin, chen):
    order = await at(world, lin, "delivered")
    for _ in range(2):  # once per key
        assert (await goodwill(world, order, 3000, chen)).state is State.DELIVERED
    await goodwill(world, order, 3000, chen, "once more")
    with pytest.raises(TooMuch) as raised:
        await goodwill(world, order, 4001, chen, "too much")
    assert raised.value.facts == {"most": yuan(4000)}
    await counter.refunds_end(world, order)
    assert await books(world) == {"rail": 4000, "sales": -10000, "goodwill": 6000}
    await world.holds()


async def test_goodwill_as_credit(world, lin, chen):
    order = await at(world, lin, "delivered")
    for key in ("x" * 150 + "1", "x" * 150 + "2", "x" * 150 + "1"):
        await goodwill(world, order, 5000, chen, key, as_credit=True)
    assert await world.db.read(ledger.credit, lin.customer, "CNY") == yuan(10000)
    for as_credit in (True, False):
        with pytest.raises(TooMuch):
            await goodwill(world, order, 1, chen, f"too much {as_credit}", as_credit=as_credit)
    await world.holds()


@pytest.mark.parametrize("where", ["paid", "by hand"])
async def test_goodwill_is_for_what_was_delivered(world, lin, chen, where):
    order = await at(world, lin, where)
    with pytest.raises(TooMuch):
        await goodwill(world, order, 1, chen)
    for amount in (0, -1):
        with pytest.raises(TooMuch):
            await goodwill(world, await counter.now(world, order), amount, chen)


async def test_goodwill_and_credit_asked_back_are_not_paid_from_the_same_money(world, lin, chen):
    product = await world.make("goods", shortage=["wait"])
    await world.stock(product, 2)
    order = await counter.pay(world, await counter.place(world, lin, product, 2))
    gone, _ = await ask(world, "SELECT code_id FROM reservations ORDER BY code_id")
    await world.db.write(inventory.quarantine, gone)
    await counter.send(world, await counter.weigh(world, order))
    await world.db.write(shortage.take_credit, order.id, lin.id)
    with pytest.raises(TooMuch):
        await goodwill(world, order, 10001, chen)
    await goodwill(world, order, 10000, chen)
    await world.db.write(shortage.take_money_after_all, order.id, lin.id)
    await counter.refunds_end(world, order)
    assert (await books(world))["goodwill"] == 10000
    await world.holds()


async def test_credit_of_a_disputed_order_is_not_asked_back(world, lin, chen):
    product = await world.make("goods", shortage=["wait"])
    await world.stock(product, 2)
    order = await counter.pay(world, await counter.place(world, lin, product, 2))
    gone, _ = await ask(world, "SELECT code_id FROM reservations ORDER BY code_id")
    await world.db.write(inventory.quarantine, gone)
    await counter.send(world, await counter.weigh(world, order))
    await world.db.write(shortage.take_credit, order.id, lin.id)
    await tell(world, order, "open")
    with pytest.raises(NothingToChoose):
        await world.db.write(shortage.take_money_after_all, order.id, lin.id)
    assert await world.count(ledger.refunds) == 0
    await world.holds()


# Told by the rail


async def told_back(world: World, order: Order, **changes: Any) -> bool:
    """The rail tells of a refund, in its way."""
    [receipt, *_] = await world.db.read(ledger.receipts_of, order.id)
    of = (receipt.rail, "event", receipt.account, receipt.transaction)
    notice = replace(RefundNotice(*of, "their-number", receipt.total), **changes)
    return await world.db.write(chargebacks.refunded_at_the_rail, notice)


async def refunded(world: World, lin: Person, chen: Person) -> tuple[Order, ledger.Refund]:
    """An order that was refunded by us, and the refund."""
    order = await at(world, lin, "in review")
    await world.db.write(review.reject, order, chen.id)
    await counter.refunds_end(world, order)
    [made] = await world.db.read(ledger.refunds_of, order.id)
    return await counter.now(world, order), made


@pytest.mark.parametrize("rules", [HOLDS], indirect=True)
async def test_a_refund_of_ours_that_the_rail_tells_of_is_no_second_one(world, lin, chen):
    order, made = await refunded(world, lin, chen)
    for known in ({"key": made.key}, {"reference": made.reference}, {"total": made.total, "keyless": True}):
        assert not await told_back(world, order, **known)
    assert len(await world.db.read(ledger.refunds_of, order.id)) == 1
    await world.holds()


@pytest.mark.parametrize("rules", [HOLDS], indirect=True)
async def test_a_refund_that_bounced_is_owed_by_staff_and_may_be_sent_again(world, lin, chen):
    order, made = await refunded(world, lin, chen)
    assert await told_back(world, order, key=made.key, bounced=True)
    assert not await told_back(world, order, key=made.key, bounced=True)
    await world.holds()
    assert (await books(world))["owed"] == -order.total.amount
    assert await world.db.write(aftersales.refunded_by_hand, order.id, "BACK-1", chen.id) == order.total
    await world.holds()
    assert "owed" not in await books(world)
    assert (await counter.now(world, order)).state is State.REFUNDED


async def test_one_of_money_that_fitted_no_order_is_told_to_staff_and_changes_nothing(world, chen):
    lost = ("sandbox", "our-account", "t of nobody", "test", yuan(5000), None, None)
    assert await world.db.write(ledger.receive, *lost)
    notice = RefundNotice("sandbox", "e", "our-account", "t of nobody", "r", yuan(5000), "a key", bounced=True)
    before = await books(world)
    assert await world.db.write(chargebacks.refunded_at_the_rail, notice)
    assert await books(world) == before
    assert len(await ask(world, "SELECT id FROM outbox WHERE effect_key LIKE 'say alarm bounced %'")) == 1


@pytest.mark.parametrize("rules", [HOLDS], indirect=True)
async def test_a_refund_that_never_came_through_does_not_bounce(world, lin, chen):
    order = await at(world, lin, "in review")
    await world.db.write(review.reject, order, chen.id)
    [made] = await world.db.read(ledger.refunds_of, order.id)
    assert not await told_back(world, order, key=made.key, bounced=True)
    await world.holds()


async def under_way(world: World, lin: Person, chen: Person, state: Any = "unknown") -> tuple[Order, ledger.Refund]:
    """An order whose refund the rail was told of; what it said of it last."""
    order = await at(world, lin, "in review")
    await world.db.write(review.reject, order, chen.id)
    await counter.refunds_end(world, order, state)
    [made] = await world.db.read(ledger.refunds_of, order.id)
    return await counter.now(world, order), made


@pytest.mark.parametrize("rules", [HOLDS], indirect=True)
@pytest.mark.parametrize("state", ["pending", "unknown"])
async def test_a_refund_that_was_under_way_ends_when_the_rail_tells_of_it(world, lin, chen, state):
    order, made = await under_way(world, lin, chen, state)
    assert await told_back(world, order, key=made.key)
    assert not await told_back(world, order, key=made.key)
    [made] = await world.db.read(ledger.refunds_of, order.id)
    assert (made.state, made.reference) == ("done", "their-number")
    assert ((await counter.now(world, order)).state, await books(world)) == (State.REFUNDED, {})
    await world.holds()


@pytest.mark.parametrize("rules", [HOLDS], indirect=True)
async def test_a_refund_nobody_knows_the_end_of_is_not_sent_by_hand(world, lin, chen):
    """It may have gone back: then it would twice."""
    order, made = await under_way(world, lin, chen)
    assert not (await world.db.write(aftersales.refunded_by_hand, order.id, "BACK-1", chen.id)).amount
    assert await told_back(world, order, key=made.key)
    assert ((await counter.now(world, order)).state, await books(world)) == (State.REFUNDED, {})
    await world.holds()


@pytest.mark.parametrize("rules", [HOLDS], indirect=True)
@pytest.mark.parametrize("keyless", [False, True])
async def test_one_made_there_is_not_taken_for_ours_of_the_same_amount(world, lin, chen, keyless):
    """Of two units one was refunded by us, and somebody refunds the other at the rail. Without keys one can't tell."""
    hand = await world.make("hand", kind="by_hand")
    order = await counter.weigh(world, await counter.pay(world, await counter.place(world, lin, hand, 2)))
    await world.db.write(aftersales.refund, order.id, "overdue", "clock", [order.units[0].id])
    await counter.refunds_end(world, order)
    assert await told_back(world, order, total=yuan(10000), keyless=keyless) is not keyless
    order = await counter.now(world, order)
    assert [unit.state is UnitState.REFUNDED for unit in order.units] == [True, not keyless]
    assert (await books(world)).get("owed", 0) == (-10000 if keyless else 0)
    await counter.holds(world)


async def test_what_the_rail_refused_and_staff_sent_there_takes_no_other_unit(world, lin, chen):
    """Of two units one couldn't be made. The other is wanted, and is not given up for it; nor is it booked twice."""
    hand = await world.make("hand", kind="by_hand")
    order = await counter.weigh(world, await counter.pay(world, await counter.place(world, lin, hand, 2)))
    await world.db.write(aftersales.refund, order.id, "overdue", "clock", [order.units[0].id])
    await counter.refunds_end(world, order, "failed")
    assert await told_back(world, order, total=yuan(10000))
    assert not await told_back(world, order, total=yuan(10000))
    assert not (await world.db.write(aftersales.refunded_by_hand, order.id, "BACK-1", chen.id)).amount
    assert [one.reference for one in await world.db.read(ledger.refunds_of, order.id)] == ["their-number"]
    order = await counter.now(world, order)
    assert [unit.obligation for unit in order.units] == [None, Obligation.BY_HAND]
    assert (await books(world))["owed"] == -10000
    await counter.holds(world)


async def test_of_another_amount_it_is_not_what_the_rail_refused(world, lin, chen):
    """The negative control: it is the amount that tells."""
    hand = await world.make("hand", kind="by_hand")
    order = await counter.weigh(world, await counter.pay(world, await counter.place(world, lin, hand, 2)))
    await world.db.write(aftersales.refund, order.id, "overdue", "clock", [order.units[0].id])
    await counter.refunds_end(world, order, "failed")
    assert await told_back(world, order, total=yuan(4000))
    assert [one.state for one in await world.db.read(ledger.refunds_of, order.id)] == ["failed", "done"]
    await counter.holds(world)


async def test_two_who_tell_at_once_how_much_went_back_so_far_are_not_added_up(world, lin, chen):
    """30.00 went back at the rail, then 40.00 more: both are told of in one moment, while somebody has the order."""
    order = await at(world, lin, "delivered")
    [receipt] = await world.db.read(ledger.receipts_of, order.id)
    told = [
        RefundNotice(receipt.rail, each, receipt.account, receipt.transaction, each, yuan(total), so_far=True)
        for each, total in (("e1", 3000), ("e2", 7000))
    ]
    busy = asyncio.create_task(world.db.write(held, order.id))
    await asyncio.sleep(0.1)
    await asyncio.gather(busy, *(world.db.write(chargebacks.refunded_at_the_rail, each) for each in told))
    assert (await books(world))["losses"] == 7000
    await world.holds()


def held(tx: Tx, order: int) -> None:
    """Somebody is deciding about the order, and takes a moment."""
    orders.locked(tx, order)
    if tx.dialect == "postgresql":
        tx.one(text("SELECT pg_sleep(0.5)"))


@pytest.mark.parametrize(("begun", "lost"), [(False, 7000), (True, 4000)])
async def test_what_the_rail_was_not_told_to_send_has_not_gone_back_there(world, lin, chen, begun, lost):
    """30.00 from goodwill are written down; 70.00 went back at the rail, without them unless it was called by then."""
    order = await at(world, lin, "delivered")
    await goodwill(world, order, 3000, chen)
    [made] = await world.db.read(ledger.refunds_of, order.id)
    if begun:
        await world.db.write(aftersales.refund_begins, made.id)
    assert await told_back(world, order, total=yuan(7000), so_far=True)
    [_, there] = await world.db.read(ledger.refunds_of, order.id)
    assert there.total == yuan(lost)
    await world.holds()


@pytest.mark.parametrize("rules", [HOLDS], indirect=True)
@pytest.mark.parametrize(
    ("where", "sentence", "after"),
    [
        ("paid", "alarm-suspected", State.IN_REVIEW),
        ("in review", "alarm-suspected", State.IN_REVIEW),
        ("by hand", "alarm-suspected-late", State.FULFILLING),
        ("delivered", "alarm-suspected-late", State.DELIVERED),
    ],
)
async def test_staff_hear_whether_what_the_rail_suspects_waits_for_them(world, lin, chen, where, sentence, after):
    order = await at(world, lin, where)
    [receipt] = await world.db.read(ledger.receipts_of, order.id)
    notice = SuspicionNotice(receipt.rail, "event", receipt.account, receipt.transaction, "high risk")
    for _ in range(2):
        await world.db.write(chargebacks.suspected, notice)
    told = await ask(world, "SELECT payload FROM outbox WHERE effect_key LIKE 'say alarm suspected %'")
    assert [re.findall("alarm-suspected(?:-late)?", str(each)) for each in told] == [[sentence]]
    assert (await counter.now(world, order)).state is after
    await counter.holds(world)


@pytest.mark.parametrize("rules", [HOLDS], indirect=True)
@pytest.mark.parametrize(
    ("state", "payer", "sentences"),
    [
        ("by-hand", "6225 0000", ["refund-by-hand"]),
        ("by-hand", "", ["refund-by-hand-where"]),
        ("failed", "6225 0000", []),
    ],
)
async def test_the_buyer_hears_that_a_person_sends_it_and_is_asked_where_to(world, lin, chen, state, payer, sentences):
    product = await world.make("goods", kind="by_hand")
    order = await counter.pay(world, await counter.place(world, lin, product), payer=payer)
    await world.db.write(aftersales.refund, order.id, "overdue", "clock")
    for _ in range(2):
        await counter.refunds_end(world, order, state)
    told = await ask(world, "SELECT payload FROM outbox WHERE effect_key LIKE 'say by hand %'")
    assert [re.findall("refund-by-hand(?:-where)?", str(each))[0] for each in told] == sentences
    await counter.holds(world)


async def test_what_a_rail_can_only_send_whole_may_become_store_credit(world, lin, chen):
    """Of two units one couldn't be made, and the rail sends no parts back."""
    hand = await world.make("hand", kind="by_hand")
    order = await counter.weigh(world, await counter.pay(world, await counter.place(world, lin, hand, 2)))
    await world.db.write(aftersales.refund, order.id, "overdue", "clock", [order.units[0].id])
    await counter.refunds_end(world, order, "whole-only")
    [told] = await ask(world, "SELECT payload FROM outbox WHERE effect_key LIKE 'say alarm refund %'")
    assert "alarm-refund-whole-only" in str(told)
    assert f"credited {order.number}" in str(told)
    assert await world.db.write(aftersales.refunded_as_credit, order.id, chen.id) == yuan(10000)
    assert not (await world.db.write(aftersales.refunded_as_credit, order.id, chen.id)).amount
    order = await counter.now(world, order)
    assert [unit.obligation for unit in order.units] == [None, Obligation.BY_HAND]
    assert await world.db.read(ledger.credit, order.customer, "CNY") == yuan(10000)
    await counter.holds(world)
