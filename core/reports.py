"""The numbers of a day, in the shop's zone: what was paid, sold, refunded and left, and what waits. Reads only.

Money is counted from the ledger's entries, so a day adds up with the books by construction; refunds count on the day
they happen. What can't be known is None, never 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Column, Executable, String, Table, and_, bindparam, case, func, select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT compiles for SQLite just as well

from core import catalog, disputes, inventory, orders, switches
from core.catalog import StockKind
from core.ground.columns import UTC, metadata, whole
from core.ground.db import Tx
from core.ground.messages import Local
from core.ground.money import Money
from core.inventory import batches, codes, grants
from core.ledger import entries, receipts, refunds
from core.orders import State
from core.units import Obligation, UnitState, units

LOW = 5  # fewer than this on sale is little
SHOWN = 5  # products named as running out
NINE = time(9)
OVERLAP = timedelta(minutes=10)  # rows are numbered as they are made and not as they are committed

reported = Table(  # days whose report was said
    "reported",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("at", UTC, nullable=False),
)


@dataclass(frozen=True)
class Flow:
    """Money on one rail in one currency."""

    rail: str
    came: Money
    back: Money  # refunds, less those that came back
    disputed: Money  # taken by payers' banks, less what they gave back


@dataclass(frozen=True)
class Day:
    """From `since` to before `until`. A day that is not over is counted so far."""

    date: date
    since: datetime
    until: datetime
    orders: int
    units: int
    flows: tuple[Flow, ...]
    margin: Money | None  # of what was handed over and whose cost is known, before fees
    known: int  # units whose cost is known
    handed: int  # units handed over
    new_buyers: int

    def came(self, currency: str) -> Money:
        return Money(sum(flow.came.amount for flow in self.flows if flow.came.currency == currency), currency)


@dataclass(frozen=True)
class Waiting:
    """What waits for somebody now."""

    reviews: int
    hands: int
    kept_back: int
    overdue: int
    money: tuple[int, ...]  # receipts that never go back by themselves, and that nobody has decided about
    low: tuple[tuple[Local, int], ...]  # products, and how many are left


PAID = and_(orders.orders.c.paid_at >= bindparam("since"), orders.orders.c.paid_at < bindparam("until"))
ORDERS = select(func.count()).select_from(orders.orders).where(PAID)
UNITS = select(func.count()).select_from(units.join(orders.orders, orders.orders.c.id == units.c.order_id)).where(PAID)
EVER_PAID = select(orders.orders.c.id).where(orders.orders.c.paid_at < bindparam("until")).limit(1)
before = orders.orders.alias("before")
NEW_BUYERS = (
    select(func.count(func.distinct(orders.orders.c.customer_id)))
    .where(PAID)
    .where(
        ~select(before.c.id)
        .where(before.c.customer_id == orders.orders.c.customer_id, before.c.paid_at < bindparam("since"))
        .exists()
    )
)
HANDED = (
    select(
        func.count(),
        func.count(batches.c.unit_cost),
        whole(func.sum(case((batches.c.unit_cost.is_not(None), units.c.price - batches.c.unit_cost), else_=0))),
    )
    .select_from(
        units.join(orders.orders, orders.orders.c.id == units.c.order_id)
        .join(grants, and_(grants.c.unit_id == units.c.id, grants.c.superseded_by.is_(None)))
        .join(codes, codes.c.id == grants.c.code_id)
        .outerjoin(
            batches,
            and_(
                batches.c.id == codes.c.batch_id,
                batches.c.currency == bindparam("own"),
                orders.orders.c.currency == bindparam("own"),
            ),
        )
    )
    .where(PAID, units.c.state.in_((UnitState.GRANTED, UnitState.SENT, UnitState.REPLACING)))
)
MOVED = (
    select(
        entries.c.account,
        entries.c.currency,
        whole(func.sum(case((entries.c.posting.startswith("receipt "), entries.c.amount), else_=0))).label("came"),
        whole(func.sum(case((entries.c.posting.startswith("refund "), -entries.c.amount), else_=0))).label("back"),
        whole(func.sum(-entries.c.amount)).label("all_out"),
    )
    .where(
        entries.c.id >= bindparam("from_id"),
        entries.c.at >= bindparam("since"),
        entries.c.at < bindparam("until"),
        entries.c.account.startswith("rail:"),
    )
    .group_by(entries.c.account, entries.c.currency)
    .order_by(entries.c.account, entries.c.currency)
)
ENDS = select(func.min(entries.c.id), func.max(entries.c.id))
FIRST_FROM = select(entries.c.at).where(entries.c.id >= bindparam("from_id")).order_by(entries.c.id).limit(1)
KEPT_BACK = select(func.count(func.distinct(switches.kept_back.c.order_id))).where(
    switches.kept_back.c.released_at.is_(None)
)
OVERDUE = select(func.count(func.distinct(units.c.order_id))).where(
    units.c.obligation.is_not(None), units.c.owner != "buyer", units.c.due_at <= bindparam("now")
)
MONEY = (
    select(receipts.c.id)
    .where(
        receipts.c.order_id.is_(None),
        receipts.c.obligation.in_(("admin_after_restore", "admin_seen_before")),
        receipts.c.amount
        > select(whole(func.sum(refunds.c.amount))).where(refunds.c.receipt_id == receipts.c.id).scalar_subquery(),
        ~select(disputes.disputes.c.id)
        .where(disputes.disputes.c.receipt_id == receipts.c.id, disputes.disputes.c.state == "open")
        .exists(),
    )
    .order_by(receipts.c.id)
)
REPORT = insert(reported).on_conflict_do_nothing(index_elements=["day"])
REPORTED = select(reported.c.day).where(reported.c.day == bindparam("of_day"))
LATEST_PAID = (
    select(orders.orders.c.id)
    .where(PAID)
    .order_by(orders.orders.c.paid_at.desc(), orders.orders.c.id.desc())
    .limit(bindparam("most"))
)
PAID_BY = (
    select(orders.orders.c.currency, whole(func.sum(orders.orders.c.total)))
    .where(PAID)
    .group_by(orders.orders.c.currency)
    .order_by(orders.orders.c.currency)
)


def borders(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When a day begins in that zone, and when the next one does: 23 to 25 hours later, with no gap between days."""
    utc = ZoneInfo("UTC")
    begin = datetime.combine(day, time(), zone).astimezone(utc)
    return begin, datetime.combine(day + timedelta(days=1), time(), zone).astimezone(utc)


def today(tx: Tx) -> date:
    """The day it is in the shop's zone."""
    return tx.now.astimezone(tx.rules.zone).date()


def day(tx: Tx, which: date) -> Day:
    """The numbers of one day."""
    since, until = borders(which, tx.rules.zone)
    window = {"since": since, "until": until}
    own = tx.rules.currency
    handed, known, margin = tx.one(HANDED, **window, own=own)
    return Day(
        which,
        since,
        until,
        tx.value(ORDERS, **window),
        tx.value(UNITS, **window),
        tuple(flows(tx, since, until)),
        Money(margin, own) if known else None,
        known,
        handed,
        tx.value(NEW_BUYERS, **window),
    )


def flows(tx: Tx, since: datetime, until: datetime) -> Iterator[Flow]:
    """What moved on each rail from `since` to before `until`."""
    for row in tx.all(MOVED, from_id=first_since(tx, since - OVERLAP), since=since, until=until):
        rail, money = row.account.removeprefix("rail:"), row.currency
        disputed = row.all_out + row.came - row.back
        yield Flow(rail, Money(row.came, money), Money(row.back, money), Money(disputed, money))


def first_since(tx: Tx, moment: datetime, ends: Executable = ENDS, first_from: Executable = FIRST_FROM) -> int:
    """About the first entry from then on: found by halving, because an index of all moments would cost each sale.

    Of another table likewise, by its first and last number and the moment from a number (`from_id`) on.
    """
    low, high = tx.one(ends)
    if low is None:
        return 0
    while low < high:
        middle = (low + high) // 2
        if tx.value(first_from, from_id=middle) < moment:
            low = middle + 1
        else:
            high = middle
    return low


def waiting(tx: Tx) -> Waiting:
    """What waits now."""
    return Waiting(
        orders.how_many(tx, State.IN_REVIEW),
        orders.how_many_owing(tx, Obligation.BY_HAND),
        tx.value(KEPT_BACK),
        tx.value(OVERDUE, now=tx.now),
        tuple(row.id for row in tx.all(MONEY)),
        tuple(_low(tx)),
    )


def _low(tx: Tx) -> Iterator[tuple[Local, int]]:
    found = []
    for product in catalog.everything(tx):
        if product.on_sale and product.kind in (StockKind.UNIQUE, StockKind.SHARED):
            left = inventory.available(tx, product)
            found += [(left, product)] if left < LOW else []
    for left, product in sorted(found, key=lambda each: each[0])[:SHOWN]:
        yield product.name, left


# The report of the day before


def due(tx: Tx) -> date | None:
    """The day to be reported now: yesterday, from nine on, once; None in a shop that had sold nothing by then."""
    local = tx.now.astimezone(tx.rules.zone)
    yesterday = local.date() - timedelta(days=1)
    if local.time() < NINE or tx.first(REPORTED, of_day=yesterday.isoformat()):
        return None
    ever = tx.first(EVER_PAID, until=borders(yesterday, tx.rules.zone)[1])
    return yesterday if ever else None


def report(tx: Tx, which: date) -> bool:
    """Whether the report of that day is ours to say: True once, over all processes."""
    return bool(tx.changed(REPORT, day=which.isoformat(), at=tx.now))


# Lists of paid orders


@dataclass(frozen=True)
class Paid:
    """Orders paid in a stretch of time."""

    orders: int
    totals: tuple[Money, ...]  # by currency
    latest: tuple[orders.Order, ...]  # the newest first


def paid(tx: Tx, since: datetime, until: datetime, most: int) -> Paid:
    window = {"since": since, "until": until}
    totals = tuple(Money(total, currency) for currency, total in tx.all(PAID_BY, **window))
    latest = tuple(orders.get(tx, row.id) for row in tx.all(LATEST_PAID, **window, most=most))
    return Paid(tx.value(ORDERS, **window), totals, latest)
