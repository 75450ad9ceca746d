"""Finding orders, and money without one, by what somebody has in hand: a number, a buyer, a product, a day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, or_, select, union

from core import catalog, customers, disputes, ledger, orders
from core.ground.db import Tx
from core.ground.words import heard
from core.ledger import Receipt
from core.orders import Order
from core.rooms import READ

LONGEST = 150  # characters of what is looked for: a provider's number may be long
BUYERS = 200  # of one name
FOREVER = (datetime(2000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC))
DAYS = (
    re.compile(r"(?P<year>\d{4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?"),
    re.compile(r"(?P<month>\d{1,2})[-/月](?P<day>\d{1,2})日?"),
    re.compile(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})(\.(?P<year>\d{4}))?"),
)


@dataclass(frozen=True)
class Found:
    """A page of what was found, the newest first; whether there are more; and money that belongs to no order."""

    orders: tuple[Order, ...]
    more: bool = False
    money: tuple[Receipt, ...] = ()


AT_A_PROVIDER = union(
    select(ledger.payments.c.order_id).where(ledger.payments.c.key == bindparam("number")),
    select(ledger.payments.c.order_id).where(ledger.payments.c.reference == bindparam("number")),
    select(ledger.receipts.c.order_id).where(ledger.receipts.c.transaction == bindparam("number")),
    select(ledger.refunds.c.order_id).where(ledger.refunds.c.reference == bindparam("number")),
    select(ledger.refunds.c.order_id).where(ledger.refunds.c.key == bindparam("number")),
    select(ledger.receipts.c.order_id)
    .join(disputes.disputes, disputes.disputes.c.receipt_id == ledger.receipts.c.id)
    .where(disputes.disputes.c.reference == bindparam("number")),
    select(ledger.receipts.c.order_id).where(ledger.receipts.c.of_number == bindparam("ours")),
)
WITHOUT_ORDER = (
    select(ledger.receipts.c.id)
    .where(
        ledger.receipts.c.order_id.is_(None),
        ledger.receipts.c.id.in_(
            union(
                select(ledger.receipts.c.id).where(ledger.receipts.c.transaction == bindparam("number")),
                select(ledger.refunds.c.receipt_id).where(ledger.refunds.c.reference == bindparam("number")),
                select(ledger.refunds.c.receipt_id).where(ledger.refunds.c.key == bindparam("number")),
                select(disputes.disputes.c.receipt_id).where(disputes.disputes.c.reference == bindparam("number")),
                select(ledger.receipts.c.id).where(ledger.receipts.c.of_number == bindparam("ours")),
            )
        ),
    )
    .order_by(ledger.receipts.c.id)
)
CALLED = (
    select(customers.people.c.customer_id)
    .where(
        or_(
            customers.people.c.id == bindparam("account"),
            customers.people.c.address == bindparam("account"),
            customers.people.c.handle == bindparam("handle"),
            *(customers.people.c.name.like(bindparam(f"name{n}"), escape="\\") for n in range(4)),
        )
    )
    .distinct()
    .limit(BUYERS)
)
BETWEEN = (
    select(orders.orders.c.id)
    .where(orders.orders.c.placed_at >= bindparam("since"), orders.orders.c.placed_at < bindparam("until"))
    .order_by(orders.orders.c.id.desc())
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)
OF_THESE = BETWEEN.where(
    or_(
        orders.orders.c.customer_id.in_(bindparam("buyers", expanding=True)),
        orders.orders.c.id.in_(
            select(orders.lines.c.order_id).where(orders.lines.c.product_id.in_(bindparam("products", expanding=True)))
        ),
    )
)


def find(tx: Tx, said: str, zone: ZoneInfo, most: int, skip: int = 0) -> Found:
    """What these words mean, in that order: an order's number, a provider's; else a day, and a buyer or a product.

    A day is one in `zone`; without a word besides it means all its orders.
    """
    said = " ".join(said.split())[:LONGEST]
    found, money = by_number(tx, said), without_order(tx, said)
    if found or money:
        return Found(tuple(found[skip : skip + most]), len(found) > skip + most, money)
    since, until, rest = _when(said, tx.now, zone)
    page = {"since": since, "until": until, "most": most + 1, "skip": skip}
    if not rest and (since, until) == FOREVER:
        return Found(())
    rows = tx.all(OF_THESE, **page, buyers=_buyers(tx, rest), products=_products(tx, rest)) if rest else []
    rows = rows if rest else tx.all(BETWEEN, **page)
    return Found(tuple(orders.get(tx, row.id) for row in rows[:most]), len(rows) > most)


def by_number(tx: Tx, said: str) -> list[Order]:
    """The order with that number of ours, else those with that number of a provider's, or with a lost order's money."""
    said = " ".join(said.split())[:LONGEST]
    return _numbered(tx, said) or _at_a_provider(tx, said)


def without_order(tx: Tx, said: str) -> tuple[Receipt, ...]:
    """The money with that number of a provider's, or of a lost order: it fits none here, was kept, or has gone back."""
    said = " ".join(said.split())[:LONGEST]
    rows = tx.all(WITHOUT_ORDER, number=said, ours=_our_number(said))
    return tuple(ledger.receipt(tx, row.id) for row in rows)


def _numbered(tx: Tx, said: str) -> list[Order]:
    number = _our_number(said)
    found = tx.value(orders.BY_NUMBER, number=number) if number else None
    return [] if found is None else [orders.get(tx, found)]


def _our_number(said: str) -> str:
    """An order's number as people copy it: with or without the line in it, a letter O for a nought. "" for no such."""
    bare = said.upper().translate(READ)
    return f"{bare[:4]}-{bare[4:]}" if len(bare) == 8 else ""


def _at_a_provider(tx: Tx, said: str) -> list[Order]:
    """The orders of a payment, a refund or a dispute with this number of the provider's, or our own key for it."""
    rows = tx.all(AT_A_PROVIDER, number=said, ours=_our_number(said))
    return [orders.get(tx, number) for number in sorted({row[0] for row in rows if row[0]}, reverse=True)]


def _buyers(tx: Tx, said: str) -> list[int]:
    """By their account in a chat, their handle, or a part of their name, in capitals or not."""
    plain = said.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    # SQLite knows the capitals of ASCII only, and names are in every script: each way to write it is tried.
    ways = (plain, plain.lower(), plain.upper(), plain.title())
    names = {f"name{n}": f"%{way}%" for n, way in enumerate(ways)}
    handle = said.removeprefix("@").lower()
    return [row.customer_id for row in tx.all(CALLED, account=said, handle=handle, **names)]


def _products(tx: Tx, said: str) -> list[int]:
    wanted = said.casefold()
    return [
        product.id
        for product in catalog.everything(tx)
        if wanted == product.slug.casefold() or any(wanted in name.casefold() for name in product.name.texts.values())
    ]


def _when(said: str, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime, str]:
    """The day that is named, and the words besides it."""
    today = now.astimezone(zone).date()
    words = said.split()
    for place, word in enumerate(words):
        if day := _day(word, today):
            rest = " ".join((*words[:place], *words[place + 1 :]))
            return _midnight(day, zone), _midnight(day + timedelta(days=1), zone), rest
    return *FOREVER, said


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _day(word: str, today: date) -> date | None:
    """What "yesterday", "2026-11-26", "11-26" or "26.11" means; without a year the last such day."""
    named = heard("day-").get(word.casefold())
    if named:
        return today - timedelta(days=1 if named == "yesterday" else 0)
    for known in DAYS:
        if found := known.fullmatch(word):
            return _last(found.groupdict(), today)
    return None


def _last(parts: dict[str, str | None], today: date) -> date | None:
    month, day, said = int(parts["month"] or 0), int(parts["day"] or 0), parts.get("year")
    years: Sequence[int] = (int(said),) if said else (today.year, today.year - 1)
    for year in years:
        try:
            meant = date(year, month, day)
        except ValueError:  # there is no such day, in that year at least
            continue
        if said or meant <= today:
            return meant
    return None
