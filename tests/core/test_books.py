"""A month's books say what the ledger's entries say: per way to pay, what was earned, and every account, in balance."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core import aftersales, books, tables
from core.books import Books, NoSuchMonth
from core.ground.words import Hearer
from tests.core import counter


@pytest.fixture
def rules(rules):
    return replace(rules, fees={"sandbox": (Decimal("2.5"), Decimal("0.30"))})


async def booked(world, said: str) -> Books:
    month = await world.db.read(books.month, said)
    whole = Books(month, world.shop.rules)
    for add in (books.of_entries, books.of_costs):
        after: int | None = 0
        while after is not None:
            part, after = await world.db.read(add, month, after)
            whole += part
    return whole


@pytest.fixture
async def trade(world, clock, lin, bao, steam) -> Any:
    """Three months ending now: sales, refunds of a whole order and of units, store credit, money nobody knows."""
    await world.stock(steam, 40)
    await counter.run(world, "UPDATE batches SET unit_cost = 6000, currency = 'CNY'")
    for month in range(3):
        await to_the_second(world, clock)
        for number in range(3):
            await counter.sold(world, lin if number else bao, steam, number + 1)
            clock.forward(timedelta(hours=31))
        paid = await counter.pay(world, await counter.place(world, lin, steam, 2))
        await world.db.write(aftersales.refund, paid.id, "buyer", lin.id)
        await counter.refunds_end(world, paid, "failed" if month == 1 else "done")
        stray = await counter.notice(world, paid, total=paid.total, key="nobody's")
        await world.db.write(counter.settling.settle, stray)
    return await world.db.read(lambda tx: tx.all(counter.text("SELECT * FROM entries ORDER BY id")))


async def to_the_second(world, clock) -> None:
    """The second day of the next month, so that whenever this runs a month's trade is in one month."""
    now = (await world.db.read(lambda tx: tx.now)).astimezone(world.shop.rules.zone)
    following = (now.replace(day=1) + timedelta(days=32)).replace(day=2)
    clock.forward(following - now)


def months_of(world, entries) -> list[str]:
    return sorted({f"{_at(row).astimezone(world.shop.rules.zone):%Y-%m}" for row in entries})


def _at(row) -> datetime:
    return row.at if isinstance(row.at, datetime) else datetime.fromisoformat(row.at).replace(tzinfo=UTC)


async def test_the_books_are_what_the_entries_add_up_to(world, trade):
    zone = world.shop.rules.zone
    assert len(months_of(world, trade)) >= 3
    running: Counter[tuple[str, str]] = Counter()
    for said in months_of(world, trade):
        found = await booked(world, said)
        inside = [row for row in trade if f"{_at(row).astimezone(zone):%Y-%m}" == said]
        net, earned = Counter[tuple[str, str]](), Counter[str]()
        for (day, rail, currency), sums in found.days.items():
            assert f"{day:%Y-%m}" == said
            net[rail, currency] += sums.came_in - sums.went_back
            earned[currency] += sums.earned
        by_entries, sales, account = Counter[tuple[str, str]](), Counter[str](), Counter[tuple[str, str]]()
        for row in inside:
            if (rail := books.rail_of(row.account)) is not None:
                by_entries[rail, row.currency] += row.amount
            if row.account == "sales":
                sales[row.currency] -= row.amount
            kind = row.account.partition(":")[0]
            account[kind if kind in books.TOGETHER else row.account, row.currency] += row.amount
        assert +net == +by_entries
        assert earned == sales
        assert earned["CNY"] > 0
        for key, balance in found.balances.items():
            assert balance.before == running[key], key
            assert balance.added - balance.taken == account[key], key
        running.update(account)
        sums = Counter[str]()
        for (_, currency), balance in found.balances.items():
            sums[currency] += balance.before + balance.added - balance.taken
        assert set(sums.values()) == {0}


async def test_an_entry_that_is_missing_shows(world, trade):
    """The control: books that overlooked an entry would not balance."""
    found = await booked(world, months_of(world, trade)[0])
    key = next(key for key in found.balances if key[0] == "rail:sandbox")
    found.balances[key].added += 1
    assert sum(one.before + one.added - one.taken for one in found.balances.values()) == 1


async def test_what_was_sold_has_its_cost_and_what_the_rail_keeps(world, trade):
    found = await booked(world, months_of(world, trade)[0])
    days = found.days.values()
    assert {rail for _, rail, _ in found.days} == {"sandbox"}
    assert sum(day.cost for day in days) == 6 * 6000
    assert sum(day.earned for day in days) == 6 * 10000
    assert sum(day.went_back for day in days) == 20000
    one, three = 10000 * 25 // 1000 + 30, 30000 * 25 // 1000 + 30
    assert sum(day.fee for day in days) == one + 3 * (20000 * 25 // 1000 + 30) + three
    assert sum(day.cost_unknown for day in days) == 0


async def test_codes_of_unknown_cost_are_counted(world, trade):
    await counter.run(world, "UPDATE batches SET unit_cost = NULL, currency = NULL")
    found = await booked(world, months_of(world, trade)[0])
    assert sum(day.cost_unknown for day in found.days.values()) == 6
    assert sum(day.cost for day in found.days.values()) == 0


async def test_pages_add_up_to_the_same(world, trade, monkeypatch):
    said = months_of(world, trade)[1]
    whole = await booked(world, said)
    for name in ("ENTRIES", "GRANTS"):
        monkeypatch.setattr(books, name, getattr(books, name).limit(3))
    monkeypatch.setattr(books, "PAGE", 3)
    pieces = await booked(world, said)
    assert (pieces.days, pieces.balances) == (whole.days, whole.balances)


async def test_the_rows_are_in_the_reader_s_words(world, trade):
    found = await booked(world, months_of(world, trade)[0])
    to = Hearer("en", datetime.now(UTC))
    rows = found.daily(to)
    assert {len(row) for row in rows} == {len(books.DAILY)} == {len(tables.headed(books.DAILY, to))}
    assert rows[-1][0] == found.month.name
    assert rows[-1][6:8] == (sum(Decimal(str(row[6])) for row in rows[:-1]), Decimal("600.00"))
    assert {len(row) for row in found.accounts()} == {len(books.BALANCES)}


@pytest.mark.parametrize("said", ["2026", "2026-13", "2026-1", "1999-12", "9999-01", "x", "-", "2026-02-01"])
async def test_what_is_no_month_is_refused(world, said):
    with pytest.raises(NoSuchMonth):
        await world.db.read(books.month, said)


async def test_nothing_said_is_the_month_before(world):
    found = await world.db.read(books.month, "")
    today = await world.db.read(lambda tx: tx.now.astimezone(world.shop.rules.zone).date())
    assert found.name == f"{date(today.year, today.month, 1) - timedelta(days=1):%Y-%m}"
    assert found.since.utcoffset() == timedelta(hours=8)
