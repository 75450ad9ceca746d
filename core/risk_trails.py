"""An order's trails: the orders of before that it is connected with, each with what became of it, in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, or_, select, union_all
from sqlalchemy import literal_column as plain

from core.ground.db import Tx
from core.ground.money import Money
from core.ground.tx import AnyRow
from core.marks import Kind, marks
from core.order_events import events
from core.orders import orders
from core.risk import Past, Trail

LONGEST = 64  # orders of a trail that are looked at: who has more is known well enough by them
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


def _told() -> tuple[ColumnElement[Any], ...]:
    """What an order was by then. What a word can say the store says: to make a moment of it here takes longer."""
    paid, back, asked_back = o.paid_at <= AT, o.refunded_at <= AT, o.asked_back_at <= AT
    disputed = and_(o.disputed_at <= AT, or_(o.won_at.is_(None), o.won_at > AT))
    replaced = select(func.count()).where(events.c.order_id == o.id, events.c.what == "replaced", events.c.at <= AT)
    return (
        o.id,
        o.customer_id,
        o.placed_at,
        o.total,
        o.currency,
        o.worth,
        o.units,
        o.product_id,
        case((paid, o.paid_at)).label("paid_at"),
        case((paid, False), (o.expires_at <= AT, True), (o.called_off_at <= AT, True), else_=False).label("lapsed"),
        case((o.called_off_at <= AT, True), else_=False).label("called_off"),
        case((o.delivered_at <= AT, o.delivered_at)).label("delivered_at"),
        case((asked_back, o.asked_back_at), (back, o.refunded_at)).label("refunded_at"),
        case((asked_back, False), (back, True), else_=False).label("our_fault"),
        case((disputed, o.disputed_at)).label("disputed_at"),
        case((o.replaced_at <= AT, replaced.correlate(orders).scalar_subquery()), else_=0).label("replaced"),
        case((o.rejected_at <= AT, True), else_=False).label("rejected"),
        case((o.suspected_at <= AT, o.suspected_at)).label("suspected_at"),
    )


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


def _trails() -> Select[*tuple[Any, ...]]:
    own = of_customer(o.id != THIS).subquery()
    by_marks = (_marked(trail, named, 2**place) for place, (trail, named) in enumerate(BY_MARK, 1))
    of_own = select(own.c.id.label("order_id"), plain(str(OF_CUSTOMER)).label("bit"))
    found = union_all(of_own, *by_marks).subquery()
    trails = select(found.c.order_id, func.sum(found.c.bit).label("bits")).group_by(found.c.order_id).subquery()
    return (
        select(trails.c.bits, *_told())
        .select_from(trails.join(orders, o.id == trails.c.order_id))
        .order_by(o.id.desc())
    )


TRAILS = _trails()
BECAME = select(plain("0").label("bits"), *_told()).where(o.id == THIS)


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
    """What an order is to those after it, as far as it was known at that moment. Raises NoRow."""
    return _past(tx, tx.one(BECAME, order=order, at=at))


def _past(tx: Tx, row: AnyRow) -> Past:
    """In the order in which it is asked: by their names it would take half as long again."""
    _, order, customer, at, total, currency, frozen, units, product, paid, lapsed, called_off, *fate = row
    own = total if currency == tx.rules.currency else _in_own(tx, Money(total, currency), frozen)
    known = (order, customer, at, own, units, product or 0)
    if paid is None:  # what was sent back of a part is no fate of an order
        return Past(*known, lapsed=lapsed, called_off=called_off)
    delivered, back, our_fault, disputed, replaced, rejected, suspected = fate
    return Past(
        *known,
        paid,
        lapsed,
        delivered,
        refunded_at=back,
        our_fault=our_fault,
        disputed_at=disputed,
        replaced=replaced,
        rejected=rejected,
        suspected_at=suspected,
    )


def _in_own(tx: Tx, total: Money, frozen: int | None) -> int:
    """Nothing where nobody knows: another currency's minor units can't be added to ours."""
    found = worth(tx, total, frozen)
    return found.amount if found.currency == tx.rules.currency else 0


def worth(tx: Tx, total: Money, frozen: int | None) -> Money:
    """In the shop's own currency, as it was frozen with the order; as it is, where nobody knows what it is worth."""
    if total.currency != tx.rules.currency and frozen is not None:
        return Money(frozen, tx.rules.currency)
    return tx.rules.in_own(total) or total
