"""What is known about an order when it is weighed: from the database alone, by a few statements that look at indexes.

All is asked for as of a moment. What came later (a refund tomorrow, the mark of a later payment) is not seen, so that
rules can be tried on orders of before; but what the shop has set of a product is as it is now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, bindparam, exists, func, or_, select

from core import listings, risk_trails
from core.catalog import products
from core.customers import people
from core.ground.db import Tx
from core.ledger import CREDIT, payments, receipts
from core.marks import THROWN_AWAY, Kind, by_kind, marks
from core.orders import Order, orders
from core.risk import Facts, Resale
from core.risk_trails import AT, CUSTOMER, LONGEST, THIS

__all__ = ["LONGEST", "gather"]

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LISTED = (Kind.IP, Kind.DEVICE, Kind.PAYER, Kind.EMAIL, Kind.DOMAIN, Kind.DESTINATION, Kind.COUNTRY)

m, o = marks.c, orders.c


def _standing() -> Select[*tuple[Any, ...]]:
    """One value each of the order, its buyer and its product; and the order's marks, a row each."""
    day, hour = (bindparam(name, type_=m.at.type) for name in ("a_day_ago", "an_hour_ago"))
    newest = risk_trails.of_customer().add_columns(o.placed_at, o.expires_at, o.called_off_at).subquery()
    own = select(newest).where(newest.c.placed_at > day).cte("own")  # before it is looked what hangs on each
    their = people.c.customer_id == CUSTOMER, people.c.since <= AT
    sent_to = (
        select(func.count(func.distinct(m.value)))
        .select_from(own.join(marks, m.order_id == own.c.id))
        .where(m.kind == Kind.DESTINATION.value, m.at > day, m.at <= AT)
    )
    came = exists().where(
        receipts.c.order_id == payments.c.order_id, receipts.c.rail == payments.c.rail, receipts.c.received_at <= AT
    )
    broke = exists().where(m.order_id == own.c.id, m.kind == Kind.FAILED.value, m.at <= AT).correlate(own)
    failed = (
        select(func.count(func.distinct(payments.c.rail)))
        .select_from(own.join(payments, payments.c.order_id == own.c.id))
        .where(
            payments.c.made_at > hour,
            payments.c.made_at <= AT,
            ~came.correlate(payments),
            or_(own.c.id == THIS, own.c.expires_at <= AT, broke, own.c.called_off_at <= AT),
        )
    )
    paid_by = (
        select(receipts.c.rail)
        .where(receipts.c.order_id == THIS, receipts.c.rail != CREDIT, receipts.c.received_at <= AT)
        .order_by(receipts.c.id)
        .limit(1)
    )
    return (
        select(
            select(func.min(people.c.since)).where(*their).scalar_subquery().label("since"),
            select(func.count()).select_from(people).where(*their).scalar_subquery().label("accounts"),
            products.c.resale,
            sent_to.scalar_subquery().label("destinations"),
            failed.scalar_subquery().label("rails_failed"),
            paid_by.scalar_subquery().label("rail"),
            m.kind,
            m.value,
        )
        .select_from(products.outerjoin(marks, and_(m.order_id == THIS, m.at <= AT)))
        .where(products.c.id == bindparam("product"))
        .order_by(m.at)
    )


STANDING = _standing()


def gather(tx: Tx, order: Order, as_of: datetime | None = None) -> Facts:
    """The facts of an order as it stands, or as far as they were known at that moment.

    But which accounts are one customer's is as it is now, whoever was linked or parted when: what an account did that
    was linked since is told as the customer's own, also as of a moment before.
    """
    at = as_of or tx.now
    product = order.lines[0].product
    ago = {"a_day_ago": at - DAY, "an_hour_ago": at - HOUR}
    rows = tx.all(STANDING, order=order.id, customer=order.customer, product=product, at=at, **ago)
    stands, found = rows[0], by_kind(rows)
    return Facts(
        total=risk_trails.worth(tx, order.total, order.worth),
        at=at,
        product=product,
        units=len(order.units),
        chat=order.person.partition(":")[0],
        rail=stands.rail,
        resale=Resale(stands.resale),
        hour=at.astimezone(tx.rules.zone).hour,
        late=order.late and order.paid_at is not None and order.paid_at <= at,
        account_since=stands.since,
        accounts=max(stands.accounts, 1),
        country=_word(found, Kind.COUNTRY),
        payer_country=_word(found, Kind.PAYER_COUNTRY),
        marks=frozenset(value.decode() for value in found[Kind.RAIL_SAYS]) if Kind.RAIL_SAYS in found else None,
        throw_away=any(value == THROWN_AWAY.encode() for value in found[Kind.MAIL_KIND])
        if Kind.MAIL_KIND in found
        else None,
        trails=risk_trails.trails(tx, order.id, order.customer, found, at),
        destinations=max(stands.destinations, 1),
        rails_failed=stands.rails_failed,
        pressed_within=_pressed(found),
        listings=listings.among(tx, _listable(order, found), at),
    )


def _listable(order: Order, found: Mapping[Kind, Sequence[bytes]]) -> dict[str, Sequence[bytes | int]]:
    """The customer, and whatever of the order's marks may stand in a list."""
    return {listings.CUSTOMER: [order.customer], **{kind.value: found[kind] for kind in LISTED if kind in found}}


def _word(found: Mapping[Kind, Sequence[bytes]], kind: Kind) -> str | None:
    """The newest of that kind."""
    return found[kind][-1].decode() if kind in found else None


def _pressed(found: Mapping[Kind, Sequence[bytes]]) -> timedelta | None:
    told = _word(found, Kind.PRESSED)
    return timedelta(milliseconds=int(told)) if told else None
