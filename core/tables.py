"""What stands in the files that people take out: columns and rows, in the reader's words, never a code.

A table is read in pages, each in a transaction of its own, so that no sale waits for a file however long it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Select, bindparam, case, exists, func, select

from core import cards, customers, inventory, ledger, orders
from core.catalog import products
from core.exports import Kind
from core.ground.columns import whole
from core.ground.db import Tx
from core.ground.messages import Local, words
from core.ground.money import Money
from core.ground.tx import AnyRow
from core.ground.words import Hearer, render, tame

PAGE = 500  # rows read in one transaction

Cell = str | int | Decimal | None
Row = tuple[Cell, ...]
Pager = Callable[[Tx, Hearer, int], tuple[list[Row], int | None]]


@dataclass(frozen=True)
class Table:
    """A file's columns, each a sentence column-…, and how its rows are read: a page, and after which row the next."""

    columns: tuple[str, ...]
    page: Pager


def headed(columns: Sequence[str], to: Hearer) -> Row:
    return tuple(render(words(f"column-{name}"), to) for name in columns)


def moment(at: datetime | None, to: Hearer) -> str | None:
    """ "2026-03-14 14:35", by the shop's clock: what a sheet sorts by."""
    return None if at is None else f"{at.astimezone(to.zone):%Y-%m-%d %H:%M}"


def amount(minor: int, currency: str) -> Decimal:
    return Decimal(Money(minor, currency).plain())


def called(name: str, to: Hearer) -> str:
    """A way to pay, as people call it."""
    return render(cards.rail_called(name), to)


def _after(rows: Sequence[AnyRow]) -> int | None:
    return rows[-1].id if len(rows) == PAGE else None


# Orders

ORDERS = (
    select(
        orders.orders.c.id,
        orders.orders.c.number,
        orders.orders.c.placed_at,
        orders.orders.c.paid_at,
        orders.orders.c.person_id,
        orders.orders.c.channel,
        orders.orders.c.total,
        orders.orders.c.currency,
        orders.orders.c.state,
    )
    .where(orders.orders.c.id > bindparam("after"))
    .order_by(orders.orders.c.id)
    .limit(PAGE)
)
LINES = (
    select(orders.lines.c.order_id, orders.lines.c.quantity, orders.lines.c.terms)
    .where(orders.lines.c.order_id.in_(bindparam("among", expanding=True)))
    .order_by(orders.lines.c.id)
)
RAILS = select(ledger.receipts.c.order_id, ledger.receipts.c.rail).where(
    ledger.receipts.c.order_id.in_(bindparam("among", expanding=True))
)


def _orders(tx: Tx, to: Hearer, after: int) -> tuple[list[Row], int | None]:
    found = tx.all(ORDERS, after=after)
    among = [row.id for row in found]
    bought: dict[int, list[tuple[int, str]]] = {}
    for line in tx.all(LINES, among=among):
        name = Local(line.terms["name"]).in_(to.locale)
        bought.setdefault(line.order_id, []).append((line.quantity, name))
    paid_by: dict[int, set[str]] = {}
    for receipt in tx.all(RAILS, among=among):
        paid_by.setdefault(receipt.order_id, set()).add(called(receipt.rail, to))
    rows: list[Row] = [
        (
            row.number,
            moment(row.placed_at, to),
            moment(row.paid_at, to),
            row.person_id,
            row.channel,
            "; ".join(tame(name) for _, name in bought.get(row.id, ())),
            sum(many for many, _ in bought.get(row.id, ())),
            amount(row.total, row.currency),
            row.currency,
            render(words(f"state-{row.state.replace('_', '-')}"), to),
            "; ".join(sorted(paid_by.get(row.id, ()))),
        )
        for row in found
    ]
    return rows, _after(found)


# Money

RECEIPTS = (
    select(ledger.receipts, orders.orders.c.number)
    .outerjoin(orders.orders, orders.orders.c.id == ledger.receipts.c.order_id)
    .where(ledger.receipts.c.id > bindparam("after"))
    .order_by(ledger.receipts.c.id)
    .limit(PAGE)
)
REFUNDS = (
    select(ledger.refunds, orders.orders.c.number, ledger.receipts.c.rail, ledger.receipts.c.transaction)
    .join(ledger.receipts, ledger.receipts.c.id == ledger.refunds.c.receipt_id)
    .outerjoin(orders.orders, orders.orders.c.id == ledger.refunds.c.order_id)
    .where(ledger.refunds.c.id > bindparam("after"))
    .order_by(ledger.refunds.c.id)
    .limit(PAGE)
)


def _receipts(tx: Tx, to: Hearer, after: int) -> tuple[list[Row], int | None]:
    found = tx.all(RECEIPTS, after=after)
    rows: list[Row] = [
        (
            moment(row.received_at, to),
            row.number,
            called(row.rail, to),
            row.transaction,
            row.payer,
            amount(row.amount, row.currency),
            row.currency,
        )
        for row in found
    ]
    return rows, _after(found)


def _refunds(tx: Tx, to: Hearer, after: int) -> tuple[list[Row], int | None]:
    found = tx.all(REFUNDS, after=after)
    rows: list[Row] = [
        (
            moment(row.made_at, to),
            moment(row.ended_at, to),
            row.number,
            called(row.rail, to),
            row.transaction,
            row.reference,
            amount(row.amount, row.currency),
            row.currency,
            render(words(f"refund-is-{row.state}"), to),
        )
        for row in found
    ]
    return rows, _after(found)


# Stock, by batch

STATES = ("available", "reserved", "granted", "quarantined", "voided")
OF_STATE = [whole(func.sum(case((inventory.codes.c.state == state, 1), else_=0))).label(state) for state in STATES]
STOCK = (
    select(inventory.batches, products.c.slug, products.c.names)
    .join(products, products.c.id == inventory.batches.c.product_id)
    .where(inventory.batches.c.id > bindparam("after"), inventory.batches.c.state == "live")
    .order_by(inventory.batches.c.id)
    .limit(PAGE)
)
COUNTS: Select[*tuple[object, ...]] = (
    select(inventory.codes.c.batch_id, *OF_STATE)
    .where(inventory.codes.c.batch_id.in_(bindparam("among", expanding=True)))
    .group_by(inventory.codes.c.batch_id)
)


def _stock(tx: Tx, to: Hearer, after: int) -> tuple[list[Row], int | None]:
    found = tx.all(STOCK, after=after)
    counts = {row.batch_id: row for row in tx.all(COUNTS, among=[row.id for row in found])}
    rows: list[Row] = [
        (
            row.id,
            moment(row.made_at, to),
            tame(Local(row.names).in_(to.locale)),
            row.slug,
            tame(row.source),
            *(getattr(counts[row.id], state) if row.id in counts else 0 for state in STATES),
            None if row.unit_cost is None else amount(row.unit_cost, row.currency),
            row.currency,
        )
        for row in found
    ]
    return rows, _after(found)


# Customers

CUSTOMERS = (
    select(customers.customers)
    .where(
        customers.customers.c.id > bindparam("after"),
        exists().where(customers.people.c.customer_id == customers.customers.c.id),  # others are one with somebody
    )
    .order_by(customers.customers.c.id)
    .limit(PAGE)
)
PEOPLE = (
    select(customers.people.c.customer_id, customers.people.c.id, customers.people.c.name)
    .where(customers.people.c.customer_id.in_(bindparam("among", expanding=True)))
    .order_by(customers.people.c.id)
)
BOUGHT = (
    select(
        orders.orders.c.customer_id,
        func.count().label("placed"),
        func.count(orders.orders.c.paid_at).label("paid"),
        func.max(orders.orders.c.placed_at).label("last"),
    )
    .where(orders.orders.c.customer_id.in_(bindparam("among", expanding=True)))
    .group_by(orders.orders.c.customer_id)
)


def _customers(tx: Tx, to: Hearer, after: int) -> tuple[list[Row], int | None]:
    found = tx.all(CUSTOMERS, after=after)
    among = [row.id for row in found]
    known: dict[int, list[AnyRow]] = {}
    for person in tx.all(PEOPLE, among=among):
        known.setdefault(person.customer_id, []).append(person)
    bought = {row.customer_id: row for row in tx.all(BOUGHT, among=among)}
    rows: list[Row] = [
        (
            row.id,
            moment(row.since, to),
            "; ".join(dict.fromkeys(tame(one.name) for one in known.get(row.id, ()) if one.name)),
            "; ".join(one.id for one in known.get(row.id, ())),
            bought[row.id].placed if row.id in bought else 0,
            bought[row.id].paid if row.id in bought else 0,
            moment(bought[row.id].last, to) if row.id in bought else None,
        )
        for row in found
    ]
    return rows, _after(found)


TABLES = {
    Kind.ORDERS: Table(
        (
            "number",
            "placed",
            "paid",
            "buyer",
            "chat",
            "product",
            "many",
            "total",
            "currency",
            "state",
            "rail",
        ),
        _orders,
    ),
    Kind.RECEIPTS: Table(("received", "number", "rail", "transaction", "payer", "amount", "currency"), _receipts),
    Kind.REFUNDS: Table(
        ("made", "ended", "number", "rail", "transaction", "reference", "amount", "currency", "state"), _refunds
    ),
    Kind.STOCK: Table(("batch", "made", "product", "slug", "source", *STATES, "unit-cost", "currency"), _stock),
    Kind.CUSTOMERS: Table(("customer", "since", "name", "accounts", "orders", "orders-paid", "last-order"), _customers),
}
