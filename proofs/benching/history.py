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


def statements(tongue: Tongue, product: Product, many: int) -> Iterator[str]:
    """One INSERT a table; of everything that must be told, the columns beside what their defaults say."""
    people = max(many // 6, 1)
    began = int(datetime.now(UTC).timestamp()) - YEAR
    frozen = json.dumps(terms.terms_of(product).packed()).replace("'", "''")

    def put(table: str, columns: str, values: str, among: str = "true", of: int = many) -> str:
        series = tongue.series.format(many=of)
        return f"INSERT INTO {table} ({columns}) {series} SELECT {values} FROM n WHERE {among}"

    at = f"({began} + n * {YEAR - 3600} / {many})"  # evenly over the year, up to an hour ago
    who = f"(CASE WHEN n % 10 = 0 THEN 1 + n / 10 % {BUSY} ELSE 1 + (n * 7919) % {people} END)"
    where = f"(CASE WHEN n % 20 = 1 THEN n / 20 % {CROWDED} ELSE 1000 + (n * 7919) % {people} END)"
    paid, refunded, disputed = "n % 8 <> 3", "n % 12 = 5 AND n % 8 <> 3", "n % 100 = 7 AND n % 8 <> 3"

    def later(seconds: int) -> str:
        return tongue.moment(f"{at} + {seconds}")

    def if_so(among: str, seconds: int) -> str:
        return f"CASE WHEN {among} THEN {later(seconds)} END"

    yield put("customers", "id, since", f"n, {tongue.moment(str(began))}", of=people)
    since = tongue.moment(str(began))
    yield put(
        "people",
        "id, customer_id, chat, address, name, locale, since",
        f"'bench:' || n, n, 'bench', '' || n, 'Lin', 'zh-CN', {since}",
        of=people,
    )
    yield put(
        "orders",
        "id, number, request_key, customer_id, person_id, channel, locale, state, version, total, currency, worth,"
        " placed_at, expires_at, extended, paid_at, late, product_id, units, delivered_at, refunded_at,"
        " asked_back_at, disputed_at",
        f"n, 'P' || n, 'past ' || n, {who}, 'bench:' || {who}, 'bench', 'zh-CN',"
        f" CASE WHEN {paid} THEN 'delivered' ELSE 'expired' END, 4, 10000, 'CNY', 10000, {later(0)}, {later(900)},"
        f" false, {if_so(paid, 60)}, false, {product.id}, 1,"
        f" {if_so(paid, SENT_AFTER)}, {if_so(refunded, 7200)}, {if_so(refunded, 7200)}, {if_so(disputed, 86400)}",
    )
    yield put(
        "lines",
        "id, order_id, product_id, quantity, unit_price, terms",
        f"n, n, {product.id}, 1, 10000, '{frozen}'",
    )
    yield put(
        "units",
        "id, order_id, line_id, position, price, state, sent_at",
        f"n, n, n, 1, 10000, CASE WHEN {paid} THEN 'sent' ELSE 'released' END, {if_so(paid, SENT_AFTER)}",
    )
    yield put(
        "payments",
        "id, order_id, key, rail, account, mode, amount, currency, state, made_at",
        f"n, n, 'pay ' || n, 'stripe', 'ours', 'test', 10000, 'CNY', 'open', {later(1)}",
    )
    yield put(
        "receipts",
        'id, order_id, rail, account, "transaction", mode, amount, currency, received_at',
        f"n, n, 'stripe', 'ours', 'pi ' || n, 'test', 10000, 'CNY', {later(60)}",
        paid,
    )
    yield put(
        "refunds",
        "id, receipt_id, order_id, key, amount, currency, why, state, made_at",
        f"n, n, n, 'back ' || n, 10000, 'CNY', 'whole', 'done', {later(7200)}",
        refunded,
    )
    yield put(
        "disputes",
        "id, rail, reference, receipt_id, order_id, amount, currency, state, times, opened_at",
        f"n, 'stripe', 'du ' || n, n, n, 10000, 'CNY', 'lost', 1, {later(86400)}",
        disputed,
    )
    for place, what in enumerate(EVENTS):
        among = "true" if what == "placed" else paid
        yield put(
            "order_events",
            "id, order_id, at, what, actor, detail",
            f"n * {len(EVENTS)} + {place}, n, {later(30 * place)}, '{what}', 'shop', '{{}}'",
            among,
        )
    for kind, number, seconds, among in (
        ("ip", where, 0, "n % 2 = 1"),
        ("device", who, 0, "n % 2 = 1"),
        ("payer", f"{who} / 2 * 3", 60, f"{paid} AND n % 3 <> 0"),
        ("email", who, 0, "n % 4 = 1"),
        ("destination", f"{who} / 3", 0, "n % 4 = 1"),
    ):
        yield put("marks", "order_id, kind, value, at", f"n, '{kind}', {tongue.bytes(number)}, {later(seconds)}", among)
    yield put(
        "marks",
        "order_id, kind, value, at",
        f"n, 'rail_says', {tongue.ascii('normal')}, {later(60)}",
        f"{paid} AND n % 3 <> 0",
    )
