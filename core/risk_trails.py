"""An order's trails: the orders of before that it is connected with, each with what became of it, in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy import literal_column as plain

from core.disputes import disputes
from core.ground.db import Tx
from core.ground.money import Money
from core.ground.tx import AnyRow
from core.ledger import CREDIT, payments, receipts, refunds
from core.marks import FRAUD_WARNING, Kind, marks
from core.orders import State, events, lines, orders, units
from core.risk import Past, Trail

LONGEST = 64  # orders of a trail that are looked at: who has more is known well enough by them
ASIDE = ("surplus", "difference", "late", "unused", "underpaid", "same")  # what went back beside the order's own money
# Nothing to hand over, nobody had the time, the buyer wouldn't wait; and what our own rules refused: each refusal would
# else be a reason for the next.
OURS = ("sold-out", "overdue", "undecided", "unserved", "cancelled", "buyer", "refused")
OF_CUSTOMER = 1
# How else an order can be found, each told by a bit. A payment can bear two marks: who paid, and with which card.
BY_MARK = (
    (Trail.DEVICE, "device"),
    (Trail.IP, "ip"),
    (Trail.EMAIL, "email"),
    (Trail.DESTINATION, "destination"),
    (Trail.PAYER, "payer"),
    (Trail.PAYER, "payer_too"),
)
BITS = {Trail.CUSTOMER: OF_CUSTOMER} | {
    trail: sum(2**place for place, (of, _) in enumerate(BY_MARK, 1) if of is trail) for trail, _ in BY_MARK
}

o, m = orders.c, marks.c
AT = bindparam("at", type_=o.placed_at.type)  # what came later is not seen
THIS = bindparam("order", type_=o.id.type)
CUSTOMER = bindparam("customer", type_=o.customer_id.type)
NEWEST = plain(str(LONGEST))  # written out: the store plans for it
HAPPENED = and_(events.c.order_id == o.id, events.c.at <= AT)
CALLED_OFF = exists().where(HAPPENED, events.c.what.in_(("cancelled", "called_off"))).correlate(orders)
WON = exists().where(HAPPENED, events.c.what == "dispute_won").correlate(orders)


def of_customer(*but: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """The newest of a customer's orders."""
    return select(o.id).where(o.customer_id == CUSTOMER, o.placed_at <= AT, *but).order_by(o.id.desc()).limit(NEWEST)


def _marked(trail: Trail, named: str, bit: int) -> Select[*tuple[Any, ...]]:
    value = bindparam(named, type_=m.value.type)
    newest = (
        select(m.order_id)
        .where(m.kind == trail.value, m.value == value, m.at <= AT, m.order_id != THIS)
        .order_by(m.at.desc(), m.order_id.desc())
        .limit(NEWEST)
        .subquery()
    )
    return select(newest.c.order_id, plain(str(bit)).label("bit"))


def _first(table: Table, column: ColumnElement[Any], *so: ColumnElement[bool]) -> Any:
    first = select(column).where(table.c.order_id == o.id, *so).order_by(table.c.id).limit(plain("1"))
    return first.correlate(orders).scalar_subquery()


def _since(table: Table, column: ColumnElement[Any], *so: ColumnElement[bool]) -> Any:
    """When such a thing was first so of a paid order, if it was by then."""
    first = select(func.min(column)).where(table.c.order_id == o.id, column <= AT, *so).correlate(orders)
    return case((o.paid_at <= AT, first.scalar_subquery()))


def _replaced() -> Any:
    counted = select(func.count()).select_from(events).where(HAPPENED, events.c.what == "replaced").correlate(orders)
    return case((o.paid_at <= AT, counted.scalar_subquery()), else_=0)


def _became() -> tuple[Any, ...]:
    """The columns that tell what became of an order until then."""
    counted = select(func.count()).select_from(units).where(units.c.order_id == o.id).correlate(orders)
    warned = literal(FRAUD_WARNING.encode(), m.value.type)
    return (
        o.id,
        o.customer_id,
        o.placed_at,
        o.total,
        o.currency,
        o.worth,
        case((o.paid_at <= AT, o.paid_at)).label("paid_at"),
        case(
            (o.paid_at <= AT, False),
            (o.expires_at <= AT, True),
            (o.state == State.CANCELLED, CALLED_OFF),
            else_=False,
        ).label("lapsed"),
        _first(lines, lines.c.product_id).label("product"),
        counted.scalar_subquery().label("units"),
        func.coalesce(
            _first(receipts, receipts.c.rail, receipts.c.rail != CREDIT), _first(payments, payments.c.rail), ""
        ).label("rail"),
        _since(units, units.c.sent_at).label("delivered_at"),
        _since(refunds, refunds.c.made_at, refunds.c.why.not_in(ASIDE)).label("refunded_at"),
        _since(refunds, refunds.c.made_at, refunds.c.why.not_in((*ASIDE, *OURS))).label("asked_back_at"),
        _since(refunds, refunds.c.made_at, refunds.c.why == "rejected").label("rejected_at"),
        _since(disputes, disputes.c.opened_at, or_(disputes.c.state != "won", ~WON)).label("disputed_at"),
        _since(marks, m.at, m.kind == Kind.RAIL_SAYS.value, m.value == warned).label("suspected_at"),
        _replaced().label("replaced"),
    )


def _trails() -> Select[*tuple[Any, ...]]:
    own = of_customer(o.id != THIS).subquery()
    by_marks = (_marked(trail, named, 2**place) for place, (trail, named) in enumerate(BY_MARK, 1))
    of_own = select(own.c.id.label("order_id"), plain(str(OF_CUSTOMER)).label("bit"))
    found = union_all(of_own, *by_marks).subquery()
    trails = select(found.c.order_id, func.sum(found.c.bit).label("bits")).group_by(found.c.order_id).subquery()
    return (
        select(trails.c.bits, *_became())
        .select_from(trails.join(orders, o.id == trails.c.order_id))
        .order_by(o.id.desc())
    )


TRAILS = _trails()
BECAME = select(*_became()).where(o.id == THIS)


def trails(
    tx: Tx, order: int, customer: int, found: Mapping[Kind, Sequence[bytes]], at: datetime
) -> dict[Trail, Sequence[Past] | None]:
    """By each trail the orders of before, the newest first. None where the order bears no mark of that kind.

    `found` are the order's marks.
    """
    by = {named: b"" for _, named in BY_MARK}
    for trail, _ in BY_MARK:
        names = [named for of, named in BY_MARK if of is trail]
        by |= dict(zip(names, found.get(Kind(trail.value), ()), strict=False))
    rows = tx.all(TRAILS, order=order, customer=customer, at=at, **by)
    pasts = [(row[0], _past(tx, row)) for row in rows]
    known = {trail for trail, _ in BY_MARK if found.get(Kind(trail.value))} | {Trail.CUSTOMER}
    return {
        trail: [past for bits, past in pasts if bits & mask] if trail in known else None for trail, mask in BITS.items()
    }


def became(tx: Tx, order: int, at: datetime) -> Past:
    """What an order is to those after it, as far as it was known at that moment."""
    return _past(tx, tx.one(BECAME, order=order, at=at))


def _past(tx: Tx, row: AnyRow) -> Past:
    """In the order in which TRAILS asks: by their names it would take half as long again."""
    _, order, customer, at, total, currency, frozen, paid, lapsed, product, units, rail, *ends = row
    delivered, back, asked_back, rejected, disputed, suspected, replaced = ends
    own = total if currency == tx.rules.currency else worth(tx, Money(total, currency), frozen).amount
    return Past(
        order,
        customer,
        at,
        own,
        units,
        product or 0,
        rail,
        paid,
        bool(lapsed),
        delivered,
        refunded_at=asked_back or back,
        our_fault=back is not None and asked_back is None,
        disputed_at=disputed,
        replaced=replaced,
        rejected=rejected is not None,
        suspected_at=suspected,
    )


def worth(tx: Tx, total: Money, frozen: int | None) -> Money:
    """In the shop's own currency, as it was frozen with the order; as it is, where nobody knows what it is worth."""
    if total.currency != tx.rules.currency and frozen is not None:
        return Money(frozen, tx.rules.currency)
    return tx.rules.in_own(total) or total
