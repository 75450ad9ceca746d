"""A stand-in until the facts are gathered: what a buyer's orders were."""

from __future__ import annotations

from datetime import datetime

from core import catalog, orders
from core.ground.db import Tx
from core.ground.money import Money
from core.orders import Order, State
from core.risk import Facts, Past, Trail


def gather(tx: Tx, order: Order, as_of: datetime | None = None) -> Facts:
    history: dict[str, int] = {state: many for state, many in tx.all(orders.HISTORY, customer=order.customer)}
    past = Past(0, order.customer, tx.now, 0, 1, order.lines[0].product, delivered_at=tx.now)
    return Facts(
        total=_worth(tx, order),
        at=tx.now,
        placed_at=order.placed_at,
        product=order.lines[0].product,
        units=len(order.units),
        chat=order.channel,
        locale=order.locale,
        rail=None,
        trails={Trail.CUSTOMER: [past] * min(history.get(State.DELIVERED, 0), 1)},
    )


def _worth(tx: Tx, order: Order) -> Money:
    if order.total.currency == tx.rules.currency:
        return order.total
    line = order.lines[0]
    price = catalog.by_id(tx, line.product).price(line.quantity, tx.rules.currency)
    return price * line.quantity if price else order.total
