"""The shop's figures as metrics. Labels are the shop's own words and products' slugs, and their number is bounded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from prometheus_client.metrics_core import GaugeMetricFamily as Gauge

from core.gauges import Counted, Queue, Standing, Stock
from core.ground.money import Money, exponent
from core.reports import Flow

PRODUCTS = 200  # shown one by one; the rest is one sum
OTHER = "other"

Rows = Iterable[tuple[tuple[str, ...], float]]


def shop(standing: Standing | None, counted: Counted | None) -> Iterator[Gauge]:
    """What could be read. What couldn't is missing, and not 0."""
    yield Gauge("mika_readable", "1 if the database answered.", value=float(None not in (standing, counted)))
    if standing is not None:
        yield from _standing(standing)
    if counted is not None:
        yield from _counted(counted)


def _standing(now: Standing) -> Iterator[Gauge]:
    yield _by("mika_owed_units", "Units owed, by how long ago they were paid for.", ("obligation", "age"), now.owed)
    yield _by("mika_overdue_units", "Units owed whose time is over.", ("obligation",), now.overdue)
    yield Gauge("mika_owed_oldest_seconds", "Since the oldest unit still owed was paid for.", value=now.oldest)
    yield from _queues(now.queues)
    yield Gauge("mika_open_claims", "Claims nobody has decided.", value=now.claims)
    yield _by("mika_open_findings", "What the doctor finds wrong.", ("level",), now.findings)
    yield _by("mika_switch_on", "1 for each switch that is on.", ("switch",), dict.fromkeys(now.switches, 1))
    yield Gauge("mika_restored_unchecked", "1 while a restored shop is not reconciled.", value=float(now.unchecked))


def _queues(queues: Sequence[Queue]) -> Iterator[Gauge]:
    names = ("queue", "kind")
    due = [((one.name, one.kind), one.due) for one in queues]
    late = [((one.name, one.kind), one.late) for one in queues]
    yield _of("mika_queue_due", "Rows that are due and not done.", names, due)
    yield _of("mika_queue_late_seconds", "How overdue the oldest of them is.", names, late)


def _counted(now: Counted) -> Iterator[Gauge]:
    yield _by("mika_orders", "Orders, by state.", ("state",), now.orders)
    yield _by("mika_notices", "What came in within a day, by verdict.", ("source", "verdict"), now.notices)
    yield _by("mika_deliveries", "Deliveries of a day.", ("chat", "outcome"), now.deliveries)
    yield _by("mika_deliveries_retried", "Those that took more than one try.", ("chat",), now.retried)
    yield _by("mika_queue_dead", "Rows given up, for a person to look at.", ("queue", "kind"), now.dead)
    yield from _stock(now.stock)
    yield _of(
        "mika_money_today", "Moved today, in units of its currency.", ("rail", "currency", "way"), _money(now.money)
    )
    yield Gauge("mika_unmatched_receipts", "Payments somebody has to decide on.", value=now.unmatched)


def _stock(stock: Sequence[Stock]) -> Iterator[Gauge]:
    """The oldest products one by one, so that who is shown does not change with every sale."""
    shown, rest = stock[:PRODUCTS], stock[PRODUCTS:]
    rows = [((one.product, "available"), one.available) for one in shown]
    rows += [((one.product, "reserved"), one.reserved) for one in shown]
    if rest:
        rows.append(((OTHER, "available"), sum(one.available for one in rest)))
        rows.append(((OTHER, "reserved"), sum(one.reserved for one in rest)))
    yield _of("mika_stock", "Codes in stock, counted up to 10,000 a product.", ("product", "state"), rows)
    yield Gauge("mika_low_products", "Products on sale that run low.", value=sum(one.low for one in stock))


def _money(flows: Sequence[Flow]) -> Iterator[tuple[tuple[str, ...], float]]:
    for flow in flows:
        for way, money in (("in", flow.came), ("back", flow.back), ("disputed", flow.disputed)):
            yield (flow.rail, money.currency, way), _units(money)


def _units(money: Money) -> float:
    """For a graph: books are kept in whole minor units."""
    return money.amount / 10 ** exponent(money.currency)


def _by(name: str, says: str, labels: Sequence[str], values: Mapping[Any, float]) -> Gauge:
    return _of(name, says, labels, (((key,) if isinstance(key, str) else key, value) for key, value in values.items()))


def _of(name: str, says: str, labels: Sequence[str], rows: Rows) -> Gauge:
    made = Gauge(name, says, labels=labels)
    for values, value in rows:
        made.add_metric(values, value)
    return made
