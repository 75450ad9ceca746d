"""Money that was lost on its way: found in the rail's books, by staff, or sent back; and products that don't add up."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text

from bot.handlers.staff_money import match, recover
from bot.handlers.staff_orders import refunded_by_hand
from core import aftersales, catalog_changes, checkout, ledger, orders, restores, settling
from core.aftersales import RefundOutcome
from core.catalog import NotOnSale
from core.ground.db import Tx
from core.ground.money import Money
from core.orders import State
from core.settling import NotMatched
from doubles.sandbox import press
from jobs.alarms import alarms as overdue
from jobs.alarms import lost_money
from jobs.choices import choices, restocked
from jobs.expire import expire
from jobs.invariants import invariants
from jobs.reconcile import reconcile
from tests.core import counter
from tests.core.counter import ask
from tests.jobs.test_work import bought, meet, now
from tests.world import World

DAY = timedelta(days=1)


async def alarms(world: World, about: str) -> int:
    """How often Chen, the only one who works here, is told."""
    return len(await ask(world, "SELECT id FROM outbox WHERE effect_key LIKE :key", key=f"say alarm {about}%"))


async def holds(world: World) -> None:
    """Every invariant, once the clock's other work is done."""
    await expire(world.shop)
    await overdue(world.shop)
    await counter.holds(world)


async def unrestored(world: World) -> None:
    moment = await world.db.read(lambda tx: tx.now)
    await world.db.write(restores.restored, "0" * 64, moment - DAY, moment)


# Dropped notices


async def test_a_dropped_notice_is_found_in_the_rails_books(world, chen, steam):
    await world.stock(steam, 1)
    order, link = await bought(world)
    await press(link, "pay")
    await reconcile(world.shop)
    assert (await now(world, order)).state is State.PAID
    for _ in range(2):
        await reconcile(world.shop)
    assert await world.count(ledger.receipts) == 1
    assert len(await ask(world, "SELECT id FROM order_events WHERE what = 'recovered'")) == 1
    assert await alarms(world, "") == 0
    await holds(world)


async def test_staff_find_a_dropped_notice(world, chen, steam):
    await world.stock(steam, 1)
    order, link = await bought(world)
    person = await meet(world, "chen")
    await recover(world.shop, person, order.number)
    assert (await now(world, order)).state is State.AWAITING_PAYMENT
    await press(link, "pay")
    for _ in range(2):
        await recover(world.shop, person, order.number)
    assert (await now(world, order)).state is State.PAID
    assert await ask(world, "SELECT actor FROM order_events WHERE what = 'recovered'") == ["test:chen"]
    await holds(world)


async def test_a_payment_the_rail_denies_is_said_once(world, chen, steam):
    await world.stock(steam, 1)
    order, _ = await bought(world)
    made_up = await counter.notice(world, order)
    await world.db.write(settling.settle, made_up)
    await reconcile(world.shop)
    assert await alarms(world, "denied") == 0  # the rail's list may lag behind
    world.clock.forward(timedelta(minutes=20))
    for _ in range(2):
        await reconcile(world.shop)
    assert await alarms(world, "denied") == 1
    assert (await now(world, order)).state is State.PAID
    await holds(world)


# Money that fits no order


async def unmatched(world: World, **wrong: Any) -> tuple[orders.Order, int]:
    order, _ = await bought(world)
    await world.db.write(settling.settle, await counter.notice(world, order, **{"key": "no such", **wrong}))
    [receipt] = await world.db.read(ledger.unmatched)
    return order, receipt.id


async def test_staff_match_money_to_its_order(world, chen, steam):
    await world.stock(steam, 1)
    order, receipt = await unmatched(world)
    await world.db.write(settling.match, receipt, order.id, chen.id)
    assert (await now(world, order)).state is State.PAID
    with pytest.raises(NotMatched):
        await world.db.write(settling.match, receipt, order.id, chen.id)
    world.clock.forward(DAY)
    await lost_money(world.shop)
    assert await world.count(ledger.refunds) == 0
    await holds(world)


@pytest.mark.parametrize("wrong", [{"total": Money(10000, "USD")}, {"mode": "live"}], ids=["currency", "mode"])
async def test_money_of_another_kind_is_not_matched(world, chen, steam, wrong):
    """M4: also a person can't pay an order with play money, or a live one's with another currency."""
    await world.stock(steam, 1)
    order, receipt = await unmatched(world, **wrong)
    with pytest.raises(NotMatched):
        await world.db.write(settling.match, receipt, order.id, chen.id)
    assert (await now(world, order)).state is State.AWAITING_PAYMENT


@pytest.mark.parametrize("end", ["done", "failed"])
async def test_nobodys_money_goes_back_after_a_day(world, chen, steam, end):
    await world.stock(steam, 1)
    order, receipt = await unmatched(world)
    await lost_money(world.shop)
    assert await world.count(ledger.refunds) == 0
    world.clock.forward(DAY)
    for _ in range(2):
        await lost_money(world.shop)
    [refund] = await ask(world, "SELECT id FROM refunds")
    [key] = await ask(world, "SELECT key FROM refunds")
    assert key.startswith("refund-")
    assert key.endswith("-1")
    with pytest.raises(NotMatched):
        await world.db.write(settling.match, receipt, order.id, chen.id)
    await world.db.write(aftersales.refund_begins, refund)
    await world.db.write(aftersales.refund_ended, refund, RefundOutcome(end, "r1"))
    assert (await world.db.read(ledger.unmatched) == []) is (end == "done")
    assert await world.db.read(ledger.balance, "unmatched") == (0 if end == "done" else -10000)
    assert await alarms(world, "refund") == (1 if end == "failed" else 0)
    await holds(world)
    for back in (10000 if end == "failed" else 0, 0):  # what the rail refused, staff send themselves, once
        assert (await world.db.write(aftersales.returned_by_hand, receipt, "bank 1", chen.id)).amount == back
    assert await world.db.read(ledger.unmatched) == []
    assert await world.db.read(ledger.balance, "unmatched") == 0
    await holds(world)


async def test_money_is_matched_or_sent_back_but_not_both(world, chen, steam):
    await world.stock(steam, 1)
    order, receipt = await unmatched(world)
    world.clock.forward(DAY - timedelta(seconds=1))  # the order's hold is over: it comes late
    world.clock.forward(timedelta(seconds=2))
    both = [
        world.db.write(settling.match, receipt, order.id, chen.id),
        world.db.write(aftersales.send_lost_money_back, receipt),
    ]
    matched, _ = await asyncio.gather(*both, return_exceptions=True)
    assert isinstance(matched, NotMatched) is (await world.count(ledger.refunds) == 1)
    await holds(world)


async def test_staff_reach_what_fits_no_order_behind_however_much_of_it(world, chen, steam):
    await world.stock(steam, 1)
    await world.db.write(_plant_unmatched, 600)
    order, _ = await bought(world)
    wrong = await counter.notice(world, order, key="no such")
    await world.db.write(settling.settle, wrong)
    person, found = await meet(world, "chen"), await world.db.read(ledger.received_before, *_known(wrong))
    planted, *_ = await world.db.read(ledger.unmatched)
    await refunded_by_hand(world.shop, person, str(found.id))  # nothing of it is to be sent by hand, and it is found
    await match(world.shop, person, str(found.id), order.number)
    assert (await now(world, order)).state is State.PAID
    with pytest.raises(NotMatched):
        await match(world.shop, person, str(found.id), order.number)
    for none in (str(found.id), str(planted.id + 10**6)):
        with pytest.raises(orders.UnknownOrder):
            await refunded_by_hand(world.shop, person, none)


def _plant_unmatched(tx: Tx, many: int) -> None:
    facts = {"rail": "sandbox", "account": "our-account", "mode": "test", "amount": 100, "currency": "CNY"}
    facts |= {"received_at": tx.now, "obligation": "admin_seen_before", "owner": "staff", "due_at": tx.now}
    tx.changed(insert(ledger.receipts).values([facts | {"transaction": f"planted {n}"} for n in range(many)]))


def _known(notice: settling.PaymentNotice) -> tuple[str, str, str]:
    return notice.rail, notice.account, notice.transaction


async def test_the_same_transaction_is_refunded_under_the_same_key_after_a_restore(world, steam):
    """Receipts' numbers repeat then, and the rail answers as it did before."""
    await world.stock(steam, 1)
    order, _ = await bought(world)
    told = await counter.notice(world, order)
    await world.db.write(settling.settle, told)
    [receipt] = await world.db.read(ledger.receipts_of, order.id)
    other = ledger.Receipt(receipt.id + 7, None, told.rail, told.account, told.transaction, told.total)
    another = ledger.Receipt(receipt.id, order.id, told.rail, told.account, "another", told.total)
    assert aftersales._key(receipt, 1) == aftersales._key(other, 1)
    assert len({aftersales._key(receipt, 1), aftersales._key(receipt, 2), aftersales._key(another, 1)}) == 3


# While a restored shop's books are unchecked


async def test_nothing_is_decided_while_the_books_are_unchecked(world, chen, steam):
    await world.stock(steam, 1)
    order, link = await bought(world)
    await press(link, "pay")
    await world.db.write(settling.settle, await counter.notice(world, order, key="no such"))
    dear = await world.make("dear", shortage=["wait"])
    await world.stock(dear, 1)
    asked, _ = await bought(world, "bao", "dear")
    person = await meet(world, "bao")
    await world.db.write(checkout.cancel, asked, person)
    await world.db.write(settling.settle, await counter.notice(world, asked))
    world.clock.forward(DAY)
    await unrestored(world)
    for job in (choices, restocked, lost_money, reconcile):
        await job(world.shop)
    assert await world.count(ledger.refunds) == 0
    assert (await now(world, order)).state is State.AWAITING_PAYMENT
    await world.db.write(restores.checked, {})
    for job in (choices, restocked, lost_money):  # the control
        await job(world.shop)
    assert await world.count(ledger.refunds) == 2
    await holds(world)


# Freezing


async def test_a_product_that_does_not_add_up_is_sold_no_more(world, chen, steam):
    await world.stock(steam, 3)
    fine = await world.make("fine")
    await world.stock(fine, 1)
    person = await meet(world)
    order = await counter.place(world, person, steam)
    await invariants(world.shop)
    await counter.place(world, await meet(world, "bao"), steam)
    await world.db.write(_plant, order.id)
    for _ in range(2):
        await invariants(world.shop)
    assert await alarms(world, "frozen") == 1
    with pytest.raises(NotOnSale):
        await counter.place(world, person, steam)
    await counter.place(world, person, fine)
    await world.db.write(catalog_changes.thaw, steam.slug)
    await counter.place(world, await meet(world, "dai"), steam)
    await invariants(world.shop)  # it still does not add up
    with pytest.raises(NotOnSale):
        await counter.place(world, person, steam)


def _plant(tx: Any, order: int) -> None:
    """Behind the core's back: a unit loses what is set aside for it."""
    tx.changed(text("DELETE FROM reservations WHERE unit_id IN (SELECT id FROM units WHERE order_id = :o)"), o=order)
