"""A month's books: per day and way to pay what came in, went back and was earned; and every account, in balance.

All of it is added up from the ledger's entries, so that it can't say anything else than they do. No tax is worked out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import Self

from sqlalchemy import bindparam, select

from core import disputes, inventory, ledger, orders, units
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.money import Money, exponent
from core.ground.rules import Rules
from core.ground.tx import AnyRow
from core.ground.words import Hearer
from core.tables import PAGE, Cell, Row, amount, called

NOWHERE = "-"  # the way to pay of what nothing was paid for
TOGETHER = ("owed", "credit")  # an account each for orders and for customers: in the books they are one
DAILY = (
    "day",
    "rail",
    "currency",
    "came-in",
    "went-back",
    "net",
    "fee",
    "earned",
    "cost",
    "cost-unknown",
)
BALANCES = ("account", "currency", "before", "added", "taken", "after")


class NoSuchMonth(ShopError):
    """It is no month, or has not begun."""


@dataclass(frozen=True)
class Month:
    """From its first moment to the next month's, by the shop's clock."""

    name: str  # "2026-03"
    since: datetime
    until: datetime


def month(tx: Tx, said: str) -> Month:
    """ "2026-03"; nothing said means the month before this one. Raises NoSuchMonth."""
    zone = tx.rules.zone
    today = tx.now.astimezone(zone).date()
    try:
        first = date.fromisoformat(f"{said}-01") if said else (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    except ValueError:
        raise NoSuchMonth() from None
    if first > today or first.year < 2000:
        raise NoSuchMonth()
    following = (first + timedelta(days=32)).replace(day=1)
    return Month(f"{first:%Y-%m}", _begins(first, zone), _begins(following, zone))


def _begins(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


@dataclass
class Day:
    """One day's sums by one way to pay in one currency, in minor units."""

    came_in: int = 0
    went_back: int = 0
    fee: int = 0
    earned: int = 0
    cost: int = 0
    cost_unknown: int = 0  # codes of which nobody told what they cost


@dataclass
class Balance:
    before: int = 0
    added: int = 0
    taken: int = 0


@dataclass
class Books:
    """What was added up: of all there is, or of one page, which is added to the others."""

    month: Month
    rules: Rules
    days: dict[tuple[date, str, str], Day] = field(default_factory=lambda: defaultdict(Day))
    balances: dict[tuple[str, str], Balance] = field(default_factory=lambda: defaultdict(Balance))

    def __iadd__(self, other: Books) -> Self:
        for day, sums in other.days.items():
            _add(self.days[day], sums)
        for account, balance in other.balances.items():
            _add(self.balances[account], balance)
        return self

    def day(self, at: datetime, rail: str, currency: str) -> Day:
        return self.days[at.astimezone(self.rules.zone).date(), rail, currency]

    def daily(self, to: Hearer) -> list[Row]:
        """A row per day and way to pay, and what the month comes to."""
        rows = [_row(day.isoformat(), rail, currency, sums, to) for (day, rail, currency), sums in self._in_order()]
        totals: dict[tuple[str, str], Day] = defaultdict(Day)
        for (_, rail, currency), sums in self.days.items():
            _add(totals[rail, currency], sums)
        return rows + [
            _row(self.month.name, rail, currency, sums, to) for (rail, currency), sums in sorted(totals.items())
        ]

    def _in_order(self) -> list[tuple[tuple[date, str, str], Day]]:
        return sorted(self.days.items())

    def accounts(self) -> list[Row]:
        """A row per account: what it had before the month, what came and went, what it has after."""
        return [
            (
                account,
                currency,
                amount(sums.before, currency),
                amount(sums.added, currency),
                amount(sums.taken, currency),
                amount(sums.before + sums.added - sums.taken, currency),
            )
            for (account, currency), sums in sorted(self.balances.items())
        ]


def _add(to: Day | Balance, sums: Day | Balance) -> None:
    for name, value in vars(sums).items():
        setattr(to, name, getattr(to, name) + value)


def _row(day: str, rail: str, currency: str, sums: Day, to: Hearer) -> Row:
    money = (sums.came_in, sums.went_back, sums.came_in - sums.went_back, sums.fee, sums.earned, sums.cost)
    made: list[Cell] = [amount(minor, currency) for minor in money]
    return (day, NOWHERE if rail == NOWHERE else called(rail, to), currency, *made, sums.cost_unknown)


# Adding up, page by page

ENTRIES = (
    select(ledger.entries)
    .where(ledger.entries.c.id > bindparam("after"), ledger.entries.c.at < bindparam("until"))
    .order_by(ledger.entries.c.id)
    .limit(PAGE)
)
GRANTS = (
    select(
        inventory.grants.c.id,
        inventory.grants.c.granted_at,
        units.units.c.order_id,
        orders.orders.c.currency,
        inventory.batches.c.unit_cost,
        inventory.batches.c.currency.label("cost_in"),
        inventory.codes.c.max_uses,
    )
    .join(inventory.codes, inventory.codes.c.id == inventory.grants.c.code_id)
    .join(inventory.batches, inventory.batches.c.id == inventory.codes.c.batch_id)
    .join(units.units, units.units.c.id == inventory.grants.c.unit_id)
    .join(orders.orders, orders.orders.c.id == units.units.c.order_id)
    .where(
        inventory.grants.c.id > bindparam("after"),
        inventory.grants.c.granted_at >= bindparam("since"),
        inventory.grants.c.granted_at < bindparam("until"),
    )
    .order_by(inventory.grants.c.id)
    .limit(PAGE)
)
UNITS = select(units.units.c.id, units.units.c.order_id).where(units.units.c.id.in_(bindparam("among", expanding=True)))
KEPT_BY = {  # by the first word of a posting
    "keep": select(ledger.receipts.c.id, ledger.receipts.c.rail).where(
        ledger.receipts.c.id.in_(bindparam("among", expanding=True))
    ),
    "refund": select(ledger.refunds.c.id, ledger.receipts.c.rail)
    .join(ledger.receipts, ledger.receipts.c.id == ledger.refunds.c.receipt_id)
    .where(ledger.refunds.c.id.in_(bindparam("among", expanding=True))),
    "dispute": select(disputes.disputes.c.id, disputes.disputes.c.rail).where(
        disputes.disputes.c.id.in_(bindparam("among", expanding=True))
    ),
}
PAID_BY = (
    select(ledger.receipts.c.order_id, ledger.receipts.c.rail, ledger.receipts.c.amount)
    .where(ledger.receipts.c.order_id.in_(bindparam("among", expanding=True)))
    .order_by(ledger.receipts.c.order_id, ledger.receipts.c.amount)
)


def of_entries(tx: Tx, month: Month, after: int) -> tuple[Books, int | None]:
    """The next of the ledger's entries, added up; and after which to go on."""
    books = Books(month, tx.rules)
    found = tx.all(ENTRIES, after=after, until=month.until)
    inside = [row for row in found if row.at >= month.since]
    sold = {row.id: unit for row in inside if row.account == "sales" and (unit := _unit(row.posting))}
    units = {row.id: row.order_id for row in tx.all(UNITS, among=list(sold.values()))}
    rails = _paid_by(tx, list(units.values()))
    kept = _kept_by(tx, [row.posting for row in inside if row.account == "sales"])
    for row in found:
        _balance(books, row)
    for row in inside:
        rail = rail_of(row.account)
        if rail is not None:
            _through_a_rail(books, row, rail)
        if row.account == "sales":
            order = units.get(sold.get(row.id, 0), 0)
            by = rails.get(order) or kept.get(row.posting, NOWHERE)
            books.day(row.at, by, row.currency).earned -= row.amount
    return books, found[-1].id if len(found) == PAGE else None


def _unit(posting: str) -> int:
    """The unit that was earned by its delivery; 0 for what was earned otherwise."""
    kind, _, number = posting.partition(" ")
    return int(number) if kind == "unit" and number.isdigit() else 0


def _kept_by(tx: Tx, postings: Sequence[str]) -> dict[str, str]:
    """By which way came what was kept without an order, or went back of that, or was disputed."""
    found: dict[str, str] = {}
    for kind, statement in KEPT_BY.items():
        numbers = {posting: int(posting.split()[1]) for posting in postings if posting.startswith(f"{kind} ")}
        rails = dict(map(tuple, tx.all(statement, among=list(numbers.values())))) if numbers else {}
        found.update({posting: rails[number] for posting, number in numbers.items()})
    return found


def rail_of(account: str) -> str | None:
    """The way to pay whose account of the ledger it is; None for all others."""
    kind, _, rest = account.partition(":")
    return rest if kind == "rail" else ledger.CREDIT if kind == "credit" else None


def _through_a_rail(books: Books, row: AnyRow, rail: str) -> None:
    day = books.day(row.at, rail, row.currency)
    if not row.posting.startswith("receipt "):
        day.went_back -= row.amount  # one that a rail refused came back again
        return
    day.came_in += row.amount
    day.fee += fee(Money(row.amount, row.currency), rail, books.rules)


def fee(paid: Money, rail: str, rules: Rules) -> int:
    """What the rail keeps of a payment, as far as the settings say: the percent, and the fixed part in our currency."""
    percent, fixed = rules.fees.get(rail, (Decimal(0), Decimal(0)))
    kept = paid.decimal * percent / 100 + (fixed if paid.currency == rules.currency else 0)
    return int(kept.scaleb(exponent(paid.currency)).to_integral_value(ROUND_HALF_UP))


def _balance(books: Books, row: AnyRow) -> None:
    kind = row.account.partition(":")[0]
    balance = books.balances[kind if kind in TOGETHER else row.account, row.currency]
    if row.at < books.month.since:
        balance.before += row.amount
    elif row.amount > 0:
        balance.added += row.amount
    else:
        balance.taken -= row.amount


def of_costs(tx: Tx, month: Month, after: int) -> tuple[Books, int | None]:
    """What the next of the codes that were handed over have cost; and after which to go on.

    A code that was sent in place of a bad one has cost as well. A shared code's cost is its uses' together.
    """
    books = Books(month, tx.rules)
    found = tx.all(GRANTS, after=after, since=month.since, until=month.until)
    rails = _paid_by(tx, [row.order_id for row in found])
    for row in found:
        rail = rails.get(row.order_id, NOWHERE)
        if row.unit_cost is None:
            books.day(row.granted_at, rail, row.currency).cost_unknown += 1
        else:
            books.day(row.granted_at, rail, row.cost_in).cost += -(-row.unit_cost // row.max_uses)
    return books, found[-1].id if len(found) == PAGE else None


def _paid_by(tx: Tx, among: Sequence[int]) -> dict[int, str]:
    """By which way most of each order was paid."""
    return {row.order_id: row.rail for row in tx.all(PAID_BY, among=list(among))}
