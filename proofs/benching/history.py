"""A shop with a long past: so many orders of before, made up by the store itself, with all that a verdict looks at.

Nine of ten orders are of people with a handful each; the others are of few who have bought hundreds, and one of twenty
orders comes from an address on the net that hundreds share. Every order has what a real one leaves: line, unit,
payment, receipt, events, marks; one of twelve was refunded, one of a hundred disputed, one of eight never paid.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from core import terms
from core.catalog import Product
from doubles.postgres import Postgres

YEAR = 365 * 86400
BUSY, CROWDED = 40, 20  # people with hundreds of orders, addresses with hundreds
EVENTS = ("placed", "paid", "sent", "delivered")  # half a minute apart
SENT_AFTER = 30 * EVENTS.index("sent")
PAID, REFUNDED, DISPUTED = "n % 8 <> 3", "n % 12 = 5 AND n % 8 <> 3", "n % 100 = 7 AND n % 8 <> 3"


@dataclass(frozen=True)
class Tongue:
    """How a store says what the two say differently."""

    series: str  # n from 1 to so many
    moment: Callable[[str], str]  # seconds since 1970 as a time
    bytes: Callable[[str], str]  # a number as a mark's value
    ascii: Callable[[str], str]


SQLITE = Tongue(
    "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {many})",
    lambda seconds: f"strftime('%Y-%m-%d %H:%M:%S', {seconds}, 'unixepoch') || '.000000'",
    lambda number: f"CAST(printf('%016d', {number}) AS BLOB)",
    lambda text: f"CAST('{text}' AS BLOB)",
)
POSTGRESQL = Tongue(
    "WITH n AS (SELECT n::bigint FROM generate_series(1, {many}) AS n)",
    lambda seconds: f"to_timestamp({seconds})",
    lambda number: f"convert_to(lpad(({number})::text, 16, '0'), 'UTF8')",
    lambda text: f"convert_to('{text}', 'UTF8')",
)


def seed(url: str, server: Postgres | None, product: Product, many: int) -> None:
    """Put the past into an empty shop that sells this product. About a minute for 10^6 orders."""
    made = statements(POSTGRESQL if server else SQLITE, product, many)
    if server:
        name = url.rpartition("/")[2]
        # Its foreign keys hold by the way it is made; to have each looked up takes longer than all the rest.
        server.sql(name, "; ".join(("SET session_replication_role = replica", *made)))
        server.sql(name, "VACUUM (ANALYZE)")
        server.sql(name, "CHECKPOINT")  # else what was written is brought to the disk while something is measured
        return
    with sqlite3.connect(url.partition("///")[2]) as db:
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA cache_size = -400000")
        for statement in made:
            db.execute(statement)
    db.close()


@dataclass(frozen=True)
class Past:
    """What the statements say of order `n`: whose it is, from where, and when."""

    tongue: Tongue
    product: int
    many: int
    began: int

    @property
    def people(self) -> int:
        return max(self.many // 6, 1)

    @property
    def who(self) -> str:
        return f"(CASE WHEN n % 10 = 0 THEN 1 + n / 10 % {BUSY} ELSE 1 + (n * 7919) % {self.people} END)"

    @property
    def where(self) -> str:
        return f"(CASE WHEN n % 20 = 1 THEN n / 20 % {CROWDED} ELSE 1000 + (n * 7919) % {self.people} END)"

    def later(self, seconds: int) -> str:
        """So long after it was placed: evenly over the year, up to an hour ago."""
        return self.tongue.moment(f"({self.began} + n * {YEAR - 3600} / {self.many}) + {seconds}")

    def if_so(self, among: str, seconds: int) -> str:
        return f"CASE WHEN {among} THEN {self.later(seconds)} END"

    def put(self, table: str, columns: str, values: str, among: str = "true", of: int | None = None) -> str:
        series = self.tongue.series.format(many=self.many if of is None else of)
        return f"INSERT INTO {table} ({columns}) {series} SELECT {values} FROM n WHERE {among}"


def statements(tongue: Tongue, product: Product, many: int) -> Iterator[str]:
    """One INSERT a table; of everything that must be told, the columns beside what their defaults say."""
    past = Past(tongue, product.id, many, int(datetime.now(UTC).timestamp()) - YEAR)
    yield from _people(past)
    yield from _orders(past, json.dumps(terms.terms_of(product).packed()).replace("'", "''"))
    yield from _money(past)
    yield from _events(past)
    yield from _marks(past)


def _people(past: Past) -> Iterator[str]:
    since = past.tongue.moment(str(past.began))
    yield past.put("customers", "id, since", f"n, {since}", of=past.people)
    yield past.put(
        "people",
        "id, customer_id, chat, address, name, locale, since",
        f"'bench:' || n, n, 'bench', '' || n, 'Lin', 'zh-CN', {since}",
        of=past.people,
    )


def _orders(past: Past, frozen: str) -> Iterator[str]:
    yield past.put(
        "orders",
        "id, number, request_key, customer_id, person_id, channel, locale, state, version, total, currency, worth,"
        " placed_at, expires_at, extended, paid_at, late, product_id, units, delivered_at, refunded_at,"
        " asked_back_at, disputed_at",
        f"n, 'P' || n, 'past ' || n, {past.who}, 'bench:' || {past.who}, 'bench', 'zh-CN',"
        f" CASE WHEN {PAID} THEN 'delivered' ELSE 'expired' END, 4, 10000, 'CNY', 10000,"
        f" {past.later(0)}, {past.later(900)},"
        f" false, {past.if_so(PAID, 60)}, false, {past.product}, 1,"
        f" {past.if_so(PAID, SENT_AFTER)}, {past.if_so(REFUNDED, 7200)}, {past.if_so(REFUNDED, 7200)},"
        f" {past.if_so(DISPUTED, 86400)}",
    )
    yield past.put(
        "lines",
        "id, order_id, product_id, quantity, unit_price, terms",
        f"n, n, {past.product}, 1, 10000, '{frozen}'",
    )
    yield past.put(
        "units",
        "id, order_id, line_id, position, price, state, sent_at",
        f"n, n, n, 1, 10000, CASE WHEN {PAID} THEN 'sent' ELSE 'released' END, {past.if_so(PAID, SENT_AFTER)}",
    )


def _money(past: Past) -> Iterator[str]:
    yield past.put(
        "payments",
        "id, order_id, key, rail, account, mode, amount, currency, state, made_at",
        f"n, n, 'pay ' || n, 'stripe', 'ours', 'test', 10000, 'CNY', 'open', {past.later(1)}",
    )
    yield past.put(
        "receipts",
        'id, order_id, rail, account, "transaction", mode, amount, currency, received_at',
        f"n, n, 'stripe', 'ours', 'pi ' || n, 'test', 10000, 'CNY', {past.later(60)}",
        PAID,
    )
    yield past.put(
        "refunds",
        "id, receipt_id, order_id, key, amount, currency, why, state, made_at",
        f"n, n, n, 'back ' || n, 10000, 'CNY', 'whole', 'done', {past.later(7200)}",
        REFUNDED,
    )
    yield past.put(
        "disputes",
        "id, rail, reference, receipt_id, order_id, amount, currency, state, times, opened_at",
        f"n, 'stripe', 'du ' || n, n, n, 10000, 'CNY', 'lost', 1, {past.later(86400)}",
        DISPUTED,
    )


def _events(past: Past) -> Iterator[str]:
    for place, what in enumerate(EVENTS):
        among = "true" if what == "placed" else PAID
        yield past.put(
            "order_events",
            "id, order_id, at, what, actor, detail",
            f"n * {len(EVENTS)} + {place}, n, {past.later(30 * place)}, '{what}', 'shop', '{{}}'",
            among,
        )


def _marks(past: Past) -> Iterator[str]:
    for kind, number, seconds, among in (
        ("ip", past.where, 0, "n % 2 = 1"),
        ("device", past.who, 0, "n % 2 = 1"),
        ("payer", f"{past.who} / 2 * 3", 60, f"{PAID} AND n % 3 <> 0"),
        ("email", past.who, 0, "n % 4 = 1"),
        ("destination", f"{past.who} / 3", 0, "n % 4 = 1"),
    ):
        yield past.put(
            "marks",
            "order_id, kind, value, at",
            f"n, '{kind}', {past.tongue.bytes(number)}, {past.later(seconds)}",
            among,
        )
    yield past.put(
        "marks",
        "order_id, kind, value, at",
        f"n, 'rail_says', {past.tongue.ascii('normal')}, {past.later(60)}",
        f"{PAID} AND n % 3 <> 0",
    )
