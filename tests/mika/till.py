"""Selling by the core's own functions, without any door: for commands that do something to a shop that sells."""

from __future__ import annotations

import itertools

from core import catalog, checkout, composing, customers, delivery, orders, review, settling
from core.catalog import Product
from core.checkout import Merchant
from core.ground.db import Database
from core.orders import Order
from core.settling import PaymentNotice
from tests.world import _make, _stock

RAIL = Merchant("sandbox", "sandbox-shop", "test")
numbers = itertools.count(1)


async def put_on_sale(db: Database, slug: str, many: int, **columns: object) -> list[str]:
    """A product of its own with so many made-up codes; returns them in the order they will be sold."""
    made = [f"{slug.upper()}-{next(numbers):05}-CODE" for _ in range(many)]
    await db.write(lambda tx: _stock(tx, _make(tx, slug, {"most_per_order": 100, **columns}), made, 1))
    return made


async def product(db: Database, slug: str) -> Product:
    return await db.read(catalog.product, slug)


async def place(db: Database, buyer: str, slug: str) -> Order:
    person = await db.write(customers.meet, "test", buyer, buyer, "en", None)
    return await db.write(checkout.place, person, slug, 1, RAIL, {}, f"request {next(numbers)}")


async def pay(db: Database, order: Order) -> PaymentNotice:
    number = next(numbers)
    notice = PaymentNotice(
        RAIL.rail, f"e{number}", f"t{number}", f"{order.number}-sandbox", RAIL.account, "test", "paid", order.total
    )
    await db.write(settling.settle, notice)
    await db.write(review.weigh, order.id)
    return notice


async def hand_over(db: Database, order: Order) -> list[str]:
    """The codes that go to the buyer."""
    parcel = await db.read(delivery.parcel, order.id)
    assert parcel is not None
    spoken = await db.write(composing.address, parcel.person, parcel.message)
    await db.write(delivery.sent, order.id, parcel.units, "m")
    return [code.reveal() for code in spoken.codes]


async def sell(db: Database, buyer: str, slug: str) -> list[str]:
    """One from the wish to the code; returns what the buyer got."""
    order = await place(db, buyer, slug)
    await pay(db, order)
    got = await hand_over(db, order)
    assert (await db.read(orders.get, order.id)).state is orders.State.DELIVERED
    return got
