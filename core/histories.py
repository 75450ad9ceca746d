"""Who an order's buyer is, in five lines, and what became of orders like it: for staff who decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import and_, bindparam, case, func, select

from core import cards, customers, disputes, orders, risk_facts
from core.ground.columns import whole
from core.ground.db import Tx
from core.ground.messages import Words, words
from core.ground.money import Money
from core.orders import Order, State
from core.risk import Past, Trail

SHARED, SAME = 3, 3  # orders shown that share a trail with this one, and others of its product
OTHERS = 3  # accounts named

_o = orders.orders
BEFORE = (  # what its buyer did before, this order aside
    select(
        func.count(),
        func.count(_o.c.paid_at),
        whole(func.sum(case((and_(_o.c.paid_at.is_not(None), _o.c.currency == bindparam("money")), _o.c.total)))),
        whole(func.sum(case((_o.c.state.in_(orders.GIVEN_BACK), 1)))),
        whole(func.sum(case((_o.c.state == State.EXPIRED, 1)))),
    ).where(_o.c.customer_id == bindparam("customer"), _o.c.id != bindparam("order"))
)
DISPUTED = (
    select(func.count())
    .select_from(disputes.disputes.join(_o, _o.c.id == disputes.disputes.c.order_id))
    .where(_o.c.customer_id == bindparam("customer"))
)
ACCOUNTS = (
    select(customers.people.c.id, customers.people.c.name, customers.people.c.since)
    .where(customers.people.c.customer_id == bindparam("customer"))
    .order_by(customers.people.c.since)
)
OF_PRODUCT = (  # paid ones, the newest first
    select(_o.c.id)
    .join(orders.lines, orders.lines.c.order_id == _o.c.id)
    .where(orders.lines.c.product_id == bindparam("product"), _o.c.id != bindparam("order"), _o.c.paid_at.is_not(None))
    .order_by(_o.c.id.desc())
    .limit(bindparam("most"))
)


def told(tx: Tx, order: Order) -> list[Words]:
    """Five lines about the buyer, and a line for each of a few orders like this one."""
    return [*_buyer(tx, order), *_similar(tx, order)]


def _buyer(tx: Tx, order: Order) -> list[Words]:
    placed, paid, worth, back, lapsed = tx.one(
        BEFORE, customer=order.customer, order=order.id, money=order.total.currency
    )
    accounts = tx.all(ACCOUNTS, customer=order.customer)
    since = min((row.since for row in accounts), default=order.placed_at)
    name = next((row.name for row in accounts if row.id == order.person), "")
    others = [cards.handle(row.id) for row in accounts if row.id != order.person]
    disputed = tx.value(DISPUTED, customer=order.customer)
    replaced = tx.value(orders.REPLACED_OF, customer=order.customer, after=since)
    return [
        words("held-buyer", buyer=name or cards.handle(order.person), time=since, k=placed + 1),
        words("held-orders", n=placed, paid=paid, amount=Money(worth, order.total.currency), lapsed=lapsed),
        words("held-back", refunds=back, disputes=disputed),
        words("held-replaced", replaced=replaced),
        words("held-accounts", n=len(others), accounts=_named(others)),
    ]


def _named(others: Sequence[str]) -> str:
    return ", ".join(others[:OTHERS]) + (" …" if len(others) > OTHERS else "")


def _similar(tx: Tx, order: Order) -> list[Words]:
    """Orders of others that share a trail, by which; then the newest of the same product."""
    trails = _trails(tx, order)
    found: dict[int, Words] = {}
    for trail in Trail:
        for past in trails.get(trail) or () if trail is not Trail.CUSTOMER else ():
            if len(found) < SHARED and past.customer != order.customer:
                found.setdefault(past.order, words(f"alike-{trail}"))
    for row in tx.all(OF_PRODUCT, product=order.lines[0].product, order=order.id, most=SAME):
        found.setdefault(row.id, words("alike-product"))
    lines = [_line(orders.get(tx, number), by) for number, by in found.items()]
    return [words("held-similar"), *lines] if lines else []


def _trails(tx: Tx, order: Order) -> Mapping[Trail, Sequence[Past] | None]:
    """None where they can't be gathered: for that the order is held, and its card must come about all the same."""
    try:
        return risk_facts.gather(tx, order).trails
    except Exception:
        if tx.error:
            raise
        return {}


def _line(order: Order, by: Words) -> Words:
    state = words(f"state-{order.state.value.replace('_', '-')}")
    return words("held-like", number=order.number, time=order.placed_at, amount=order.total, state=state, by=by)
