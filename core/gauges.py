"""How the shop stands, as figures for whoever watches it: counts and ages, never a person, an order or a code.

`standing` reads only what is open, by its indexes. `counted` goes through what there is, and is asked seldom.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Executable, Table, and_, bindparam, case, func, select

from core import catalog, claims, findings, inventory, reports, restores, stock_levels, switches
from core.catalog import products
from core.ground import inbox, outbox
from core.ground.columns import whole
from core.ground.db import Tx
from core.inventory import codes
from core.ledger import receipts
from core.orders import State, orders
from core.reports import Flow
from core.stock_levels import levels
from core.units import Obligation, units

AGES = {"under_15m": timedelta(minutes=15), "under_1h": timedelta(hours=1), "under_1d": timedelta(days=1)}
OLDER = "over_1d"
LATELY = timedelta(days=1)
MOST = 10_000  # codes of a product are counted no further
VERDICTS = {"new": "waiting", "done": "done", "dead": "dead"}
OUTCOMES = {"new": "waiting", "done": "done", "dead": "failed"}

Labelled = Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class Queue:
    """What of one kind is due and not done yet."""

    name: str  # inbox, outbox
    kind: str
    due: int
    late: float  # seconds, of the most overdue


@dataclass(frozen=True)
class Standing:
    """What is open now."""

    owed: Labelled  # units, by obligation and by how long ago they were paid for
    overdue: Mapping[str, int]  # units, by obligation
    oldest: float  # seconds since the oldest of them was paid for
    queues: Sequence[Queue]
    claims: int
    findings: Mapping[str, int]  # by how bad they are
    switches: Sequence[str]  # that are on
    unchecked: bool  # restored, and not yet reconciled


@dataclass(frozen=True)
class Stock:
    """Codes of one product."""

    product: str
    available: int
    reserved: int
    low: bool  # as staff are told: on sale, and at its threshold or below


@dataclass(frozen=True)
class Counted:
    """What there is, and what came of a day."""

    orders: Mapping[str, int]
    notices: Labelled  # of the last day, by source and verdict
    deliveries: Labelled  # likewise, by chat and outcome
    retried: Mapping[str, int]  # likewise, by chat: those that took more than one try
    dead: Labelled  # rows that were given up, by queue and kind
    stock: Sequence[Stock]
    money: Sequence[Flow]  # of today, by the shop's clock
    unmatched: int  # receipts that somebody has to decide on


born = func.coalesce(orders.c.paid_at, orders.c.placed_at)
aged = case(*((born > bindparam(name), name) for name in AGES), else_=OLDER)
OWED = (
    select(
        units.c.obligation,
        aged.label("age"),
        func.count().label("many"),
        whole(func.sum(case((units.c.due_at <= bindparam("now"), 1), else_=0))).label("overdue"),
        func.min(born).label("oldest"),
    )
    .select_from(units.join(orders, orders.c.id == units.c.order_id))
    .where(units.c.obligation.is_not(None))
    .group_by(units.c.obligation, aged)
)


def _due(table: Table, kind: Any) -> Executable:
    """Grouped by what no index is sorted by: else SQLite goes through all that ever came."""
    return (
        select(kind.label("kind"), func.count(), func.min(table.c.due_at))
        .where(table.c.state == "new", table.c.due_at <= bindparam("now"))
        .group_by(kind)
    )


QUEUES = {
    "inbox": _due(inbox.inbox, inbox.inbox.c.source + ""),
    "outbox": _due(outbox.outbox, outbox.outbox.c.kind),
}
CLAIMS = select(func.count()).where(claims.claims.c.state.in_(claims.GOING_ON))

ORDERS = select(orders.c.state, func.count()).group_by(orders.c.state)
SEEN = and_(inbox.inbox.c.id >= bindparam("from_id"), inbox.inbox.c.received_at >= bindparam("since"))
NOTICES = (
    select(inbox.inbox.c.source, inbox.inbox.c.state, func.count())
    .where(SEEN)
    .group_by(inbox.inbox.c.source + "", inbox.inbox.c.source, inbox.inbox.c.state)
)
REFUSED = select(inbox.refused.c.rail, func.count()).where(inbox.refused.c.at >= bindparam("since"))
REFUSED = REFUSED.group_by(inbox.refused.c.rail)
DELIVERIES = (
    select(
        outbox.outbox.c.via,
        outbox.outbox.c.state,
        func.count().label("many"),
        whole(func.sum(case((outbox.outbox.c.tries > 1, 1), else_=0))).label("retried"),
    )
    .where(
        outbox.outbox.c.id >= bindparam("from_id"),
        outbox.outbox.c.made_at >= bindparam("since"),
        outbox.outbox.c.kind == "deliver",
    )
    .group_by(outbox.outbox.c.via, outbox.outbox.c.state)
)
DEAD = {  # again by what no index is sorted by
    "inbox": select(inbox.inbox.c.source + "", func.count())
    .where(inbox.inbox.c.state == "dead")
    .group_by(inbox.inbox.c.source + ""),
    "outbox": select(outbox.outbox.c.kind, func.count())
    .where(outbox.outbox.c.state == "dead")
    .group_by(outbox.outbox.c.kind),
}
few = (  # counted no further than it matters
    select((codes.c.max_uses - codes.c.uses - codes.c.held).label("left"))
    .where(*inventory.sellable(products.c.id))
    .limit(MOST)
    .correlate(products)
    .subquery()
)
set_aside = (
    select(codes.c.id)
    .where(codes.c.product_id == products.c.id, codes.c.state == "reserved")
    .limit(MOST)
    .correlate(products)
    .subquery()
)
STOCK = (
    select(
        products.c.slug,
        whole(func.coalesce(select(func.sum(few.c.left)).scalar_subquery(), 0)).label("available"),
        select(func.count()).select_from(set_aside).scalar_subquery().label("reserved"),
        stock_levels.least.label("least"),
        case((catalog.SELLING, 1), else_=0).label("sells"),
    )
    .select_from(products.outerjoin(levels, levels.c.product_id == products.c.id))
    .where(products.c.kind.in_((catalog.StockKind.UNIQUE, catalog.StockKind.SHARED)))
    .order_by(products.c.id)
)


def _halving(at: Column[Any], number: Column[Any]) -> tuple[Executable, Executable]:
    ends = select(func.min(number), func.max(number))
    return ends, select(at).where(number >= bindparam("from_id")).order_by(number).limit(1)


HALVING = {
    "inbox": _halving(inbox.inbox.c.received_at, inbox.inbox.c.id),
    "outbox": _halving(outbox.outbox.c.made_at, outbox.outbox.c.id),
}

UNMATCHED = select(func.count()).where(receipts.c.obligation.is_not(None))


def standing(tx: Tx) -> Standing:
    """What is open now. Cheap: it reads no more than that."""
    owed: Counter[tuple[str, str]] = Counter({(what, age): 0 for what in Obligation for age in (*AGES, OLDER)})
    overdue: Counter[str] = Counter(dict.fromkeys(Obligation, 0))
    oldest = tx.now
    for row in tx.all(OWED, now=tx.now, **{name: tx.now - age for name, age in AGES.items()}):
        owed[row.obligation, row.age] += row.many
        overdue[row.obligation] += row.overdue
        oldest = min(oldest, row.oldest)
    return Standing(
        owed,
        overdue,
        (tx.now - oldest).total_seconds(),
        _queues(tx),
        tx.value(CLAIMS),
        _found(tx),
        [switch.name for switch in switches.on(tx)],
        restores.unchecked(tx) is not None,
    )


def _queues(tx: Tx) -> list[Queue]:
    return [
        Queue(name, kind, many, (tx.now - first).total_seconds())
        for name, due in QUEUES.items()
        for kind, many, first in tx.all(due, now=tx.now)
    ]


def _found(tx: Tx) -> Mapping[str, int]:
    known = Counter(dict.fromkeys(findings.Level, 0))
    known.update(one.finding.level for one in findings.still_open(tx))
    return {level.value: many for level, many in known.items()}


def counted(tx: Tx) -> Counted:
    """What there is, and what came of a day. It may take a while where there is much."""
    since = tx.now - LATELY
    sent = tx.all(DELIVERIES, from_id=_first(tx, "outbox", since), since=since)
    retried: Counter[str] = Counter()
    for row in sent:
        retried[row.via or ""] += row.retried
    return Counted(
        {**dict.fromkeys(State, 0), **{state: many for state, many in tx.all(ORDERS)}},
        _notices(tx, since),
        {(row.via or "", OUTCOMES[row.state]): row.many for row in sent},
        retried,
        {(queue, kind): many for queue, dead in DEAD.items() for kind, many in tx.all(dead)},
        [Stock(slug, left, held, bool(sells) and left <= least) for slug, left, held, least, sells in _stock(tx)],
        tuple(reports.flows(tx, *reports.borders(reports.today(tx), tx.rules.zone))),
        tx.value(UNMATCHED),
    )


def _notices(tx: Tx, since: datetime) -> Labelled:
    came = tx.all(NOTICES, from_id=_first(tx, "inbox", since), since=since)
    found = {(source, VERDICTS[state]): many for source, state, many in came}
    return found | {(rail, "refused"): many for rail, many in tx.all(REFUSED, since=since)}


def _stock(tx: Tx) -> list[Any]:
    return tx.all(STOCK, today=tx.now.date())


def _first(tx: Tx, queue: str, since: datetime) -> int:
    return reports.first_since(tx, since - reports.OVERLAP, *HALVING[queue])
