"""Money in and out: every transaction once, never more back than came in, every posting in balance."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from core import aftersales, ledger, reconcile
from core.ground.money import Money
from core.ledger import Receipt
from core.orders import Order
from tests.core import counter
from tests.core.counter import ask, run
from tests.world import World


def yuan(amount: int) -> Money:
    return Money(amount, "CNY")


@pytest.fixture
async def order(world, lin, steam) -> Order:
    await world.stock(steam, 1)
    return await counter.place(world, lin, steam)


async def receive(world: World, order: Order | None, amount: int = 10000, **changed: Any) -> Receipt | None:
    facts = {"rail": "sandbox", "account": "our-account", "transaction": "t1", "mode": "test", "total": yuan(amount)}
    owner = {"order": order.id, "number": order.number} if order else {"order": None, "number": None}
    return await world.db.write(lambda tx: ledger.receive(tx, **{**facts, **changed, **owner}))


async def receipt(world: World, order: Order | None, amount: int = 10000, **changed: Any) -> Receipt:
    found = await receive(world, order, amount, **changed)
    assert found is not None
    return found


async def balance(world: World, account: str) -> int:
    return await world.db.read(ledger.balance, account)


# Asking


async def test_a_rail_is_asked_once_for_the_same_sum(world, order):
    [first] = await world.db.read(ledger.payments_of, order.id)

    async def again(total: Money, rest: bool) -> str:
        asked = (order.id, order.number, "sandbox", "our-account", "test", total)
        return await world.db.write(lambda tx: ledger.ask(tx, *asked, rest=rest))

    assert await again(order.total, rest=False) == first.key
    assert await world.db.read(ledger.payments_of, order.id) == [first]
    assert await again(yuan(6000), rest=True) == await again(yuan(6000), rest=True) != first.key
    assert [row.total for row in await world.db.read(ledger.payments_of, order.id)] == [order.total, yuan(6000)]


async def test_a_payment_that_is_opened_anew_has_its_newest_page_until_it_is_closed(world, order):
    [asked] = await world.db.read(ledger.payments_of, order.id)
    for reference in ("r1", "r2"):
        await world.db.write(ledger.opened, asked.key, reference, f"https://pay/{reference}")
    row = await world.db.read(ledger.payment, asked.key)
    assert (row.state, row.reference, row.link) == ("open", "r2", "https://pay/r2")
    await world.db.write(ledger.closed, asked.key)
    await world.db.write(ledger.opened, asked.key, "r3", None)
    row = await world.db.read(ledger.payment, asked.key)
    assert (row.state, row.reference) == ("closed", "r2")
    assert await world.db.read(ledger.payment, "another key") is None


# Money in


async def test_a_transaction_is_one_receipt(world, order):
    """M2."""
    first = await receive(world, order)
    assert first is not None
    for amount in (10000, 1):
        assert await receive(world, order, amount) is None
        assert await receive(world, None, amount) is None
    assert await world.db.read(ledger.receipts_of, order.id) == [first]
    assert await world.db.read(ledger.received, order.id, "CNY") == yuan(10000)
    assert await balance(world, "rail:sandbox") == 10000


@pytest.mark.parametrize("other", [{"transaction": "t2"}, {"account": "another"}, {"rail": "stripe"}])
async def test_another_transaction_account_or_rail_is_another_receipt(world, order, other):
    await receive(world, order)
    assert await receive(world, order, **other) is not None
    assert await world.db.read(ledger.received, order.id, "CNY") == yuan(20000)


async def test_of_the_same_money_told_many_times_at_once_one_receipt_is_made(world, order):
    made = await asyncio.gather(*(receive(world, order) for _ in range(12)))
    assert sum(one is not None for one in made) == 1
    assert await balance(world, f"owed:{order.number}") == -10000


async def test_it_is_the_schema_that_keeps_a_transaction_single(world, order):
    await receive(world, order)
    copy = (
        'INSERT INTO receipts (order_id, rail, account, "transaction", mode, amount, currency, received_at) '
        "SELECT order_id, rail, account, {}, mode, amount, currency, received_at FROM receipts"
    )
    with pytest.raises(IntegrityError):
        await run(world, copy.format('"transaction"'))
    await run(world, copy.format("'another'"))


async def test_money_for_no_order_is_owed_by_staff_within_a_day(world, clock):
    """M7."""
    await receipt(world, None)
    due = "SELECT due_at FROM receipts WHERE obligation = 'admin_match_or_refund' AND owner = 'staff'"
    [at] = await ask(world, due)
    assert str(at)[:10] == str(clock.now() + timedelta(hours=24))[:10]
    assert await balance(world, "unmatched") == -10000


@pytest.mark.parametrize(
    "change", ["obligation = NULL, owner = NULL, due_at = NULL", "owner = NULL", "due_at = NULL", "amount = 0"]
)
async def test_the_schema_loses_no_receipt(world, change):
    await receipt(world, None)
    with pytest.raises(IntegrityError):
        await run(world, f"UPDATE receipts SET {change}")


async def test_only_money_of_the_orders_currency_counts_for_it(world, order):
    await receive(world, order, 4000)
    await receive(world, order, total=Money(9000, "USD"), transaction="t2")
    assert await world.db.read(ledger.received, order.id, "CNY") == yuan(4000)
    assert await world.db.read(ledger.received, order.id, "JPY") == Money(0, "JPY")


# Money back


async def refund(world: World, of: Receipt, amount: int, key: str) -> int:
    return await world.db.write(ledger.make_refund, of, yuan(amount), key, "surplus")


async def test_never_more_goes_back_than_came_in(world, order):
    """M3."""
    paid = await receipt(world, order)
    await refund(world, paid, 6000, "r1")
    for amount in (4001, 10000, 0, -1):
        with pytest.raises(ValueError, match="refund r2"):
            await refund(world, paid, amount, "r2")
    await refund(world, paid, 4000, "r2")
    assert await world.db.read(ledger.refundable, paid) == yuan(0)


async def test_without_that_guard_more_would_and_be_found(world, order, monkeypatch):
    paid = await receipt(world, order)
    monkeypatch.setattr(ledger, "refundable", lambda tx, receipt: yuan(10**9))
    for number in range(2):
        await refund(world, paid, 10000, f"r{number}")
    assert "M3" in {finding.check.id for finding in await world.db.read(reconcile.check)}


async def test_a_refund_that_failed_is_owed_by_staff_and_made_by_nobody_else(world, order):
    paid = await receipt(world, order)
    failed = await refund(world, paid, 10000, "r1")
    await world.db.write(ledger.move_refund, failed, "failed", "created")
    assert await world.db.read(ledger.refundable, paid) == yuan(0)
    assert await world.db.read(ledger.received, order.id, "CNY") == yuan(0)
    with pytest.raises(ValueError, match="refund r2"):
        await refund(world, paid, 10000, "r2")


async def test_an_unknown_refund_counts_as_gone(world, order):
    paid = await receipt(world, order)
    unknown = await refund(world, paid, 10000, "r1")
    await world.db.write(ledger.move_refund, unknown, "unknown", "created")
    assert await world.db.read(ledger.refundable, paid) == yuan(0)


async def test_two_refunds_at_once_never_give_back_more_than_came_in(world, order):
    paid = await receipt(world, order)
    giving = [world.db.write(aftersales.give_back, paid, yuan(7000), "surplus") for _ in range(6)]
    outcomes = await asyncio.gather(*giving, return_exceptions=True)
    assert sum(outcome is None for outcome in outcomes) == 1
    assert all(outcome is None or isinstance(outcome, ValueError | IntegrityError) for outcome in outcomes)
    assert await world.db.read(ledger.refundable, paid) == yuan(3000)


async def test_a_refund_goes_on_from_where_it_stands(world, order):
    made = await refund(world, await receipt(world, order), 10000, "r1")

    async def move(to: str, *of: str) -> bool:
        return await world.db.write(ledger.move_refund, made, to, *of, reference="ref")

    assert not await move("done", "sent")
    assert await move("sent", "created")
    assert not await move("sent", "created")
    assert await move("unknown", "sent")
    assert await move("done", "sent", "unknown")
    assert not await move("failed", "created", "sent", "unknown")
    ended = await world.db.read(ledger.refund, made)
    assert (ended.state, ended.reference) == ("done", "ref")
    assert await ask(world, "SELECT COUNT(*) FROM refunds WHERE ended_at IS NOT NULL") == [1]


async def test_sums_are_whole_numbers_on_either_store(world, order):
    """PostgreSQL makes a decimal of a sum of whole numbers; what is worked out from it must not be one."""
    paid = await receipt(world, order)
    await refund(world, paid, 6000, "r1")
    for made in (
        (await world.db.read(ledger.refundable, paid)).amount,
        (await world.db.read(ledger.received, order.id, "CNY")).amount,
        await balance(world, "rail:sandbox"),
        await balance(world, "nothing"),
    ):
        assert type(made) is int


async def test_what_came_in_two_parts_goes_back_in_two(world, order):
    """An underpaid order at its end: each receipt is given back whole, to where it came from."""
    await counter.pay(world, order, 4000)
    await counter.pay(world, order, 3000)
    assert await world.db.write(aftersales.refund, order.id, "underpaid", "clock") == yuan(7000)
    refunds = await world.db.read(ledger.refunds_of, order.id)
    assert [(one.total, one.state) for one in refunds] == [(yuan(4000), "created"), (yuan(3000), "created")]
    assert len({one.receipt for one in refunds}) == 2
    await counter.refunds_end(world, order)
    assert await balance(world, f"owed:{order.number}") == 0
    assert await balance(world, "rail:sandbox") == 0
    await world.holds()


# Postings


async def test_a_posting_balances_and_is_made_once(world):
    move = lambda tx: ledger.post(tx, "p1", yuan(5), came_from="a", went_to="b")  # noqa: E731
    await world.db.write(move)
    with pytest.raises(IntegrityError):
        await world.db.write(move)
    assert [await balance(world, account) for account in ("a", "b")] == [-5, 5]
    assert await ask(world, "SELECT SUM(amount) FROM entries") == [0]


async def test_a_sale_is_in_balance_at_every_step(world, lin, steam):
    await world.stock(steam, 1)
    order = await counter.place(world, lin, steam)
    owed = f"owed:{order.number}"
    assert await balance(world, owed) == 0
    await counter.pay(world, order, 12000)
    assert [await balance(world, account) for account in ("rail:sandbox", owed, "sales")] == [12000, -12000, 0]
    await world.holds()
    await counter.weigh(world, order)
    await counter.send(world, order)
    assert [await balance(world, account) for account in (owed, "sales")] == [-2000, -10000]
    await world.holds()
    await counter.refunds_end(world, order)
    assert [await balance(world, account) for account in ("rail:sandbox", owed, "sales")] == [10000, 0, -10000]
    await world.holds()
