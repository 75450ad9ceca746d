"""Sales by hand: what staff sell elsewhere comes out of the same stock, by an order like any other.

Its buyer is no person of our chats: their codes wait for staff to fetch them, and nothing is ever said to them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace

from core import (
    by_hand,
    catalog,
    checkout,
    customers,
    delivery,
    inventory,
    ledger,
    order_events,
    orders,
    quoted,
    restores,
    settling,
    shortage,
    staff,
    units,
)
from core.authority import Right
from core.catalog import Product, StockKind
from core.customers import Person
from core.ground import audit
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.money import Money
from core.orders import Order
from core.settling import PaymentNotice
from core.units import Obligation, Unit

MOST = 1000  # codes of one sale
LONGEST = 40  # characters of a name, and of a channel
SOLD = (StockKind.UNIQUE, StockKind.SHARED)


class NotSoldByHand(ShopError):
    """Only what lies in stock is sold like that. Facts: product."""


@dataclass(frozen=True)
class Sale:
    """What was sold, to whom, where, and what came in for it."""

    slug: str
    quantity: int
    buyer: str
    channel: str
    paid: Money
    reference: str  # of the payment: one is written down once


def sell(tx: Tx, sale: Sale, person: str, key: str) -> Order:
    """The order of a sale that staff made themselves: paid, its codes granted, and to be fetched by staff.

    Once per key; a repeat returns the order. No risk is weighed and no limit of a buyer counts: staff have decided.
    Raises NotStaff, NotAllowed, BooksBeingChecked, UnknownProduct, NotOnSale for a frozen product, NotSoldByHand,
    QuantityOutOfRange, OutOfStock, and KnownAlready for a payment that is written down; nothing is sold then.
    """
    staff.may(tx, person, Right.SELL)
    sale = without_codes(tx, sale)
    buyer = _buyer(tx, sale)
    customers.lock(tx, buyer.customer)
    known = tx.value(orders.BY_KEY, key=key, customer=buyer.customer)
    if known is not None:
        return orders.get(tx, known)
    restores.must_be_checked(tx)
    product = may_be_sold(tx, sale.slug)
    if not 1 <= sale.quantity <= MOST:
        raise checkout.QuantityOutOfRange(most=MOST)
    by_hand.must_be_new(tx, sale.reference)
    order = _placed(tx, sale, product, buyer, person, key)
    _paid(tx, sale, order, person)
    by_hand.must_be_new(tx, sale.reference, but=order.id)  # said of another sale at this very moment
    shortage.fulfil(tx, orders.get(tx, order.id), person)
    return orders.get(tx, order.id)


def without_codes(tx: Tx, sale: Sale) -> Sale:
    """As it is kept: people paste the wrong line."""
    names = {each: quoted.covered(tx, getattr(sale, each)) for each in ("buyer", "channel", "reference")}
    return replace(sale, **names)


def may_be_sold(tx: Tx, slug: str) -> Product:
    """Also what is not on our own shelf. Raises UnknownProduct, NotOnSale, NotSoldByHand."""
    product = catalog.product(tx, slug)
    if product.frozen:
        raise catalog.NotOnSale(product=product.name)
    if product.kind not in SOLD:
        raise NotSoldByHand(product=product.name)
    return product


def _buyer(tx: Tx, sale: Sale) -> Person:
    """The same name in the same channel is the same buyer."""
    who = f"{sale.channel.casefold()}\n{sale.buyer.casefold()}"
    address = hashlib.sha256(who.encode()).hexdigest()[:24]
    return customers.meet(tx, customers.ELSEWHERE_CHAT, address, sale.buyer[:LONGEST], None, None)


def _placed(tx: Tx, sale: Sale, product: Product, buyer: Person, person: str, key: str) -> Order:
    checkout.lapse(tx, product.id, sale.quantity)
    sold = (product.id, sale.quantity)
    order = orders.place(tx, buyer, sale.paid, tx.ids.number(), key, *sold, channel=sale.channel[:LONGEST])
    each, over = divmod(sale.paid.amount, sale.quantity)
    line = orders.add_line(tx, order.id, product, sale.quantity, each)
    prices = [each + (position <= over) for position in range(1, sale.quantity + 1)]  # they add up to the cent
    owed = [units.add_unit(tx, order.id, line.id, n, price) for n, price in enumerate(prices, 1)]
    inventory.reserve(tx, product, [unit.id for unit in owed])
    order_events.record(tx, order.id, "sold_by_hand", person, channel=sale.channel[:LONGEST])
    what = {"product": product.slug, "count": sale.quantity, "amount": sale.paid.plain()}
    audit.write(tx, person, "sell", f"order {order.number}", **what, channel=sale.channel[:LONGEST])
    return order


def _paid(tx: Tx, sale: Sale, order: Order, person: str) -> None:
    mode = "test" if tx.rules.rehearsal else "live"
    payment = ledger.ask(tx, order.id, order.number, by_hand.RAIL, by_hand.ACCOUNT, mode, sale.paid)
    about = (by_hand.RAIL, sale.reference, sale.reference, payment, by_hand.ACCOUNT, mode)
    settling.settle(tx, PaymentNotice(*about, "paid", sale.paid))


# Fetching what was sold: whoever shows the codes to staff says so here


def to_fetch(order: Order) -> list[Unit]:
    """The units whose codes staff have not fetched yet."""
    waiting = order.owing(Obligation.PICKUP) if customers.is_elsewhere(order.person) else []
    return [unit for unit in waiting if unit.may_be_shown]


def fetched(tx: Tx, order_id: int, units: Collection[int], person: str) -> Order:
    """Staff are shown these codes of a sale by hand: sent, as far as the shop can know. A repeat changes nothing.

    Raises NotStaff, NotAllowed: it takes the right to see codes.
    """
    staff.may(tx, person, Right.REVEAL)
    order = orders.locked(tx, order_id)
    waiting = [unit.id for unit in to_fetch(order) if unit.id in units]
    if waiting:
        delivery.sent(tx, order.id, waiting, f"by hand {person}"[:120])
    return orders.get(tx, order.id)
