"""A day's numbers: they add up with the ledger, days have no gaps, and the report is said once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from core import aftersales, chargebacks, digests, keeping, ledger, quiet, reports, settling
from core.customers import Person
from core.disputes import DisputeNotice
from core.ground.db import Tx
from core.ground.money import Money
from core.quiet import Kind, Mode
from tests.core import counter
from tests.core.counter import ask, now, pay, place, refunds_end, run, sold
from tests.world import World

DAY = timedelta(days=1)


async def today(world: World) -> reports.Day:
    return await world.db.read(lambda tx: reports.day(tx, reports.today(tx)))


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo", "Asia/Beirut", "Pacific/Apia"])
def test_days_follow_one_another_without_a_gap(zone):
    """Also where the clock is changed at midnight, and where a whole day was left out (Apia, 2011-12-30)."""
    for first in (date(2011, 12, 27), date(2018, 11, 1), date(2026, 3, 26), date(2026, 10, 22)):
        for number in range(8):
            since, until = reports.borders(first + number * DAY, ZoneInfo(zone))
            assert until == reports.borders(first + (number + 1) * DAY, ZoneInfo(zone))[0]
            assert timedelta(0) <= until - since <= timedelta(hours=25)
    berlin = ZoneInfo("Europe/Berlin")
    hours = [reports.borders(day, berlin) for day in (date(2026, 3, 29), date(2026, 10, 25))]
    assert [(until - since) / timedelta(hours=1) for since, until in hours] == [23, 25]


async def test_a_day_with_everything_adds_up_with_the_ledger(world, lin, bao, chen, steam):
    await world.stock(steam, 6)
    await run(world, "UPDATE batches SET unit_cost = 6000, currency = 'CNY'")
    await sold(world, lin, steam, 2)
    await sold(world, bao, steam)
    refunded = await pay(world, await place(world, bao, steam))
    await world.db.write(aftersales.refund, refunded.id, "buyer", chen.id)
    await refunds_end(world, refunded)
    over = await pay(world, await place(world, lin, steam), 10300)  # 3 too much: it goes back
    await refunds_end(world, over)
    await pay(world, await place(world, lin, steam), 4000)  # not enough yet
    found = await today(world)
    assert (found.orders, found.units) == (4, 5)
    [flow] = found.flows
    assert (flow.came, flow.back, flow.disputed) == (Money(54300, "CNY"), Money(10300, "CNY"), Money(0, "CNY"))
    came = sum(await ask(world, "SELECT amount FROM receipts"))
    back = sum(await ask(world, "SELECT amount FROM refunds WHERE state = 'done'"))
    books = await world.db.read(ledger.balance, "rail:sandbox")
    assert (flow.came.amount, flow.back.amount, flow.came.amount - flow.back.amount) == (came, back, books)
    assert (found.handed, found.known, found.margin) == (3, 3, Money(12000, "CNY"))
    assert found.new_buyers == 2
    await counter.holds(world)


async def test_each_day_has_its_own_and_all_days_together_have_everything(world, lin, steam):
    await world.stock(steam, 8)
    for _ in range(4):
        await sold(world, lin, steam, 2)
        world.clock.forward(timedelta(hours=17))
    last = await world.db.read(lambda tx: reports.today(tx))
    days = [await world.db.read(reports.day, last - number * DAY) for number in range(5)]
    assert sum(day.orders for day in days) == 4
    assert sum(day.new_buyers for day in days) == 1
    assert max(day.orders for day in days) <= 2
    total = sum(day.came("CNY").amount for day in days)
    assert total == await world.db.read(ledger.balance, "rail:sandbox") == 80000


async def test_what_is_not_known_is_not_nothing(world, lin, steam):
    await world.stock(steam, 1)
    await sold(world, lin, steam)
    found = await today(world)
    assert (found.handed, found.known, found.margin) == (1, 0, None)


async def test_the_first_entry_of_a_moment_is_found_among_many(world, lin, steam):
    await world.stock(steam, 6)
    for _ in range(6):
        await sold(world, lin, steam)
        world.clock.forward(timedelta(hours=1))
    rows = await world.db.read(lambda tx: tx.all(text("SELECT id, at FROM entries ORDER BY id")))
    assert len(rows) >= 12
    moment = await world.db.read(lambda tx: tx.now - timedelta(hours=3, minutes=30))
    first = await world.db.read(reports.first_since, moment)
    at = dict(await world.db.read(lambda tx: [(row.id, row.at) for row in tx.all(ledger.select(ledger.entries))]))
    assert first == min(number for number in at if at[number] >= moment)


# The report


async def at_nine(world: World) -> None:
    """Forward to the next nine o'clock in the shop's zone."""
    local = await world.db.read(lambda tx: tx.now.astimezone(tx.rules.zone))
    nine = local.replace(hour=9, minute=0, second=0, microsecond=0)
    world.clock.forward((nine if nine > local else nine + DAY) - local)


async def tell_daily(world: World) -> bool:
    """As the clock does it: added up by a reader, said by a writer."""
    due = await world.db.read(digests.due_daily)
    return due is not None and await world.db.write(digests.tell_daily, *due)


async def test_the_day_before_is_told_at_nine_once_by_however_many_processes(world, lin, chen, steam):
    await world.stock(steam, 1)
    await world.db.write(quiet.set_mode, chen.id, Kind.DAILY, Mode.NOW)
    await at_nine(world)
    assert not await tell_daily(world)  # nothing was ever sold
    await sold(world, lin, steam)
    assert not await tell_daily(world)
    world.clock.forward(timedelta(hours=23, minutes=59))
    assert not await tell_daily(world)  # not nine yet
    world.clock.forward(timedelta(minutes=2))
    told = await asyncio.gather(*(tell_daily(world) for _ in range(6)))
    assert sum(told) == 1
    world.clock.forward(timedelta(hours=3))
    assert not await tell_daily(world)  # begun again at noon
    assert len(await ask(world, "SELECT id FROM outbox WHERE effect_key LIKE 'say daily %'")) == 1
    world.clock.forward(DAY)
    assert await tell_daily(world)


async def test_without_its_guard_each_process_would_report(world, lin, chen, steam, monkeypatch):
    await world.stock(steam, 1)
    await sold(world, lin, steam)
    world.clock.forward(DAY)
    await at_nine(world)
    assert await tell_daily(world)
    monkeypatch.setattr(reports, "due", lambda tx: reports.today(tx) - DAY)
    assert not await tell_daily(world)
    monkeypatch.setattr(reports, "report", lambda tx, which: True)
    assert await tell_daily(world)


async def test_it_reads_like_this(world, lin, chen, steam):
    await world.stock(steam, 2)
    await sold(world, lin, steam)
    message = await world.db.read(lambda tx: digests.daily(tx, reports.today(tx)))
    spoken = await counter.read(world, lin, message)
    print(spoken.plain())
    assert "付款 1 单，1 件" in spoken.plain()
    assert "快没了：Steam 20 美元，剩 1 个" in spoken.plain()
    assert (await now(world, await place(world, lin, steam))).state == "awaiting_payment"


async def test_money_that_staff_must_decide_about_is_told_each_day_until_they_have(world, lin, chen, steam):
    await world.stock(steam, 2)
    await sold(world, lin, steam)
    told = await counter.notice(world, await place(world, lin, steam))
    await world.db.write(settling.settle, replace(told, key="nobody's"))
    assert "等你决定" not in await daily(world, lin)  # it goes back by itself
    came = [await world.db.write(_after_a_restore, f"of gone {number}") for number in range(4)]
    for _ in range(2):
        assert f"有 4 笔款项等你决定：第 {', '.join(map(str, came))} 号" in await daily(world, lin)
        world.clock.forward(3 * DAY)
    await world.db.write(keeping.keep, came[0], chen.id)
    await world.db.write(keeping.send_back, came[1], chen.id)  # on its way
    known, due = ("sandbox", "our-account", "of gone 2"), await world.db.read(lambda tx: tx.now + DAY)
    await world.db.write(chargebacks.told, DisputeNotice(*known, "d1", "open", Money(700, "CNY"), due))
    assert f"有 1 笔款项等你决定：第 {came[3]} 号" in await daily(world, lin)
    await world.db.write(keeping.keep, came[3], chen.id)
    assert "等你决定" not in await daily(world, lin)


async def daily(world: World, person: Person) -> str:
    message = await world.db.read(lambda tx: digests.daily(tx, reports.today(tx)))
    return (await counter.read(world, person, message)).plain()


def _after_a_restore(tx: Tx, transaction: str) -> int:
    facts = ("sandbox", "our-account", transaction, "test", Money(700, "CNY"), None, None)
    receipt = ledger.receive(tx, *facts, of_number="ABCD-1234")
    assert receipt
    return receipt.id
