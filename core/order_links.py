"""Links in mails that open an order again on the shop's site: worked out by the vault, stored nowhere.

A link is for one order, ends by itself, and with the address it was mailed to. Whoever opens it has the order in that
browser for a day; where the order's messages go does not change.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Column, ForeignKey, Index, String, Table, and_, bindparam, delete, exists, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_new  # its ON CONFLICT compiles for SQLite just as well

from core import order_events, orders
from core.customers import Person
from core.ground import once
from core.ground.columns import UTC, BigId, metadata
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.tx import AnyRow
from core.ground.vault import Secret
from core.orders import Order, UnknownOrder, pickups

VALID = timedelta(days=14)
VISIT = timedelta(days=1)
KEPT = timedelta(days=90)  # after its time
WHAT = "o"


class LinkOver(ShopError):
    """There is no such link, or not any more: which of both, nobody is told."""


order_links = Table(
    "order_links",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", String(200), nullable=False, unique=True),  # the mail it stands in
    Column("order_id", BigId, ForeignKey("orders.id"), nullable=False),
    Column("contact_id", BigId, ForeignKey("contacts.id"), nullable=False),
    Column("at", UTC, nullable=False),
    Column("expires_at", UTC, nullable=False),
    Column("ended_at", UTC),
    Index("ix_order_links_contact_id", "contact_id"),
)
visits = Table(  # browsers that have an order by a link, and only as long
    "visits",
    metadata,
    Column("order_id", BigId, ForeignKey("orders.id"), primary_key=True),
    Column("person_id", String(160), ForeignKey("people.id"), primary_key=True),
    Column("link_id", BigId, ForeignKey("order_links.id"), nullable=False),
    Column("until", UTC, nullable=False),
    Index("ix_visits_until", "until"),
    Index("ix_visits_link_id", "link_id"),
)
MAKE = insert_new(order_links).on_conflict_do_nothing(index_elements=["key"])
BY_KEY = select(order_links).where(order_links.c.key == bindparam("of_key"))
ONE = select(order_links).where(order_links.c.id == bindparam("link"))
END = (
    update(order_links)
    .where(order_links.c.contact_id == bindparam("contact"), order_links.c.ended_at.is_(None))
    .values(ended_at=bindparam("now"))
)
VISITING = and_(visits.c.order_id == bindparam("order"), visits.c.person_id == bindparam("person"))
BEGIN = insert(visits)
LONGER = update(visits).where(VISITING).values(until=bindparam("ends"), link_id=bindparam("by_link"))
BY_LINKS_TO = (
    select(visits)
    .join(order_links, order_links.c.id == visits.c.link_id)
    .where(order_links.c.contact_id == bindparam("contact"))
)
OVER = select(visits).where(visits.c.until <= bindparam("now")).limit(bindparam("most"))
OLD = (  # which nobody has an order by any more
    select(order_links.c.id)
    .where(order_links.c.expires_at < bindparam("before"), ~exists().where(visits.c.link_id == order_links.c.id))
    .limit(bindparam("most"))
)
FORGET = delete(order_links).where(order_links.c.id.in_(OLD))
LEAVE = delete(visits).where(VISITING)
CLOSE = delete(pickups).where(pickups.c.order_id == bindparam("order"), pickups.c.person_id == bindparam("person"))


def make(tx: Tx, order: int, contact: int, key: str) -> Secret:
    """The token of a link, for the mail of that key: a repeat is the same link, good as long as it was."""
    tx.changed(MAKE, key=key, order_id=order, contact_id=contact, at=tx.now, expires_at=tx.now + VALID)
    row = tx.one(BY_KEY, of_key=key)
    return Secret(once.token(tx, WHAT, row.id, row.at))


def open_for(tx: Tx, token: str, person: Person) -> Order:
    """The link is opened in that person's browser, which has the order for a day.

    Raises LinkOver for a link that is wrong, over or taken back, all alike. A repeat makes the day longer.
    """
    row = _good(tx, token)
    order = orders.get(tx, row.order_id)
    ends = {"ends": tx.now + VISIT, "by_link": row.id, "order": order.id, "person": person.id}
    if not tx.changed(LONGER, **ends) and not _has(tx, order, person):
        tx.changed(orders.PICKED_UP, order_id=order.id, person_id=person.id, at=tx.now)
        tx.changed(BEGIN, order_id=order.id, person_id=person.id, link_id=row.id, until=tx.now + VISIT)
    order_events.record(tx, order.id, "opened_by_link", person.id)
    return orders.get(tx, order.id)


def _good(tx: Tx, token: str) -> AnyRow:
    what, number = once.named(token) or ("", 0)
    row = tx.first(ONE, link=number) if what == WHAT else None
    right = row is not None and hmac.compare_digest(token, once.token(tx, WHAT, row.id, row.at))
    if row is None or not right or row.ended_at is not None or row.expires_at <= tx.now:
        raise LinkOver()
    return row


def _has(tx: Tx, order: Order, person: Person) -> bool:
    """Whether it is theirs anyway: they placed it, or know its phrase. Then it stays."""
    try:
        orders.own_by_id(tx, order.id, person.customer, person.id)
    except UnknownOrder:
        return False
    return True


def end(tx: Tx, contact: int) -> None:
    """The address was taken back: no link that went there opens anything, and what they opened is closed."""
    tx.changed(END, contact=contact, now=tx.now)
    _close(tx, tx.all(BY_LINKS_TO, contact=contact))


def forget(tx: Tx, most: int) -> int:
    """Visits that are over end, and links that long open nothing are kept no longer. Returns how many those were."""
    closed = _close(tx, tx.all(OVER, now=tx.now, most=most))
    return closed + tx.changed(FORGET, before=tx.now - KEPT, most=most)


def _close(tx: Tx, over: Sequence[AnyRow]) -> int:
    for row in over:
        tx.changed(CLOSE, order=row.order_id, person=row.person_id)
        tx.changed(LEAVE, order=row.order_id, person=row.person_id)
    return len(over)
