"""What an order says of itself to those after it is what all the other tables tell, whatever became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core import (
    aftersales,
    chargebacks,
    checkout,
    customers,
    delivery,
    kin,
    ledger,
    pasts,
    reconcile,
    refunding,
    review,
    risk_trails,
)
from core.catalog import Product
from core.chargebacks import SuspicionNotice
from core.customers import Person
from core.disputes import DisputeNotice
from core.ground.money import Money
from core.orders import Order, orders
from core.pasts import Fate
from core.risk import Outcome, Past, Verdict
from migrations import downgrade, upgrade
from tests.core import counter
from tests.world import Somebody, World

MINUTE = timedelta(minutes=1)
BEFORE_PASTS = "0019"


class Scene:
    """Orders of one product, each of another buyer."""

    def __init__(self, world: World, product: Product, chen: Somebody) -> None:
        self.world = world
        self.product = product
        self.chen = chen

    async def buyer(self) -> Person:
        return await counter.meet(self.world, f"buyer {next(counter.numbers)}")

    async def placed(self, many: int = 1) -> Order:
        return await counter.place(self.world, await self.buyer(), self.product, many)

    async def paid(self) -> Order:
        return await counter.pay(self.world, await self.placed(2))

    async def delivered(self, many: int = 1) -> Order:
        return await counter.sold(self.world, await self.buyer(), self.product, many)

    async def unpaid(self) -> Order:
        return await self.placed()

    async def cancelled(self) -> Order:
        order = await self.placed()
        await self.world.db.write(checkout.cancel, order, await self._who(order))
        return order

    async def called_off(self) -> Order:
        order = await self.placed()
        await self.world.db.write(checkout.call_off, order.number, self.chen.id, "k1")
        return order

    async def called_off_in_part(self) -> Order:
        order = await counter.pay(self.world, await self.placed(), 700)
        await self.world.db.write(checkout.call_off, order.number, self.chen.id, "k2")
        return order

    async def paid_after_all(self) -> Order:
        order = await self.cancelled()
        self.world.clock.forward(MINUTE)
        return await counter.pay(self.world, order)

    async def paid_twice(self) -> Order:
        return await counter.pay(self.world, await self.delivered())

    async def held(self) -> Order:
        order = await self.paid()
        await self.world.db.write(review.hold, order, Verdict(Outcome.REVIEW))
        return await counter.now(self.world, order)

    async def rejected(self) -> Order:
        order = await self.held()
        await self.world.db.write(review.reject, order, self.chen.id)
        return order

    async def rejected_with_nothing_to_give_back(self) -> Order:
        """It cost nothing."""
        await counter.run(self.world, f"UPDATE prices SET unit_price = 0 WHERE product_id = {self.product.id}")
        order = await self.placed()
        await counter.run(self.world, f"UPDATE prices SET unit_price = 10000 WHERE product_id = {self.product.id}")
        await self.world.db.write(review.hold, order, Verdict(Outcome.REVIEW))
        await self.world.db.write(review.reject, order, self.chen.id)
        return order

    async def rather_the_money(self) -> Order:
        order = await self.held()
        await self.world.db.write(review.give_up, order, order.person)
        return order

    async def undecided(self) -> Order:
        order = await self.held()
        self.world.clock.forward(timedelta(days=9))
        await self.world.db.write(review.run_out, order.id)
        return order

    async def our_fault(self) -> Order:
        order = await self.paid()
        await self.world.db.write(aftersales.refund, order.id, "sold-out", "shop")
        return order

    async def asked_back(self) -> Order:
        """After a part went back by the shop's fault."""
        order = await self.paid()
        await self.world.db.write(aftersales.refund, order.id, "sold-out", "shop", [order.units[0].id])
        self.world.clock.forward(MINUTE)
        await counter.send(self.world, await counter.weigh(self.world, order))
        await counter.refunds_end(self.world, order)
        await self._given(order, order.units[1].price, "part")
        return order

    async def given_a_present(self) -> Order:
        """In whole; the order is what it was."""
        order = await self.delivered()
        await self._given(order, order.total.amount, None)
        return order

    async def given_back_by_staff(self) -> Order:
        """Before anything was handed over."""
        order = await self.paid()
        seen = (await self.world.db.read(refunding.refundable, order.number)).seen
        await self.world.db.write(refunding.refund, order.number, order.total, [], seen, self.chen.id, "k1")
        return order

    async def _given(self, order: Order, amount: int, why: str | None) -> None:
        given = partial(chargebacks.goodwill, as_credit=False, key="k1")
        await self.world.db.write(given, order.id, Money(amount, order.total.currency), self.chen.id, why)

    async def replaced(self) -> Order:
        order = await self.delivered()
        self.world.clock.forward(MINUTE)
        await self.world.db.write(delivery.replace, order.id, 1, "used", self.chen.id, "k1")
        await counter.send(self.world, order)
        return order

    async def suspected(self) -> Order:
        order = await self.delivered()
        (receipt,) = await self.world.db.read(ledger.receipts_of, order.id)
        told = SuspicionNotice(receipt.rail, "e1", receipt.account, receipt.transaction, "stolen")
        await self.world.db.write(chargebacks.suspected, told)
        return order

    async def disputed(self) -> Order:
        order = await self.delivered()
        await self._told(order, "open")
        return order

    async def won(self) -> Order:
        order = await self.disputed()
        self.world.clock.forward(MINUTE)
        await self._told(order, "won")
        return order

    async def disputed_again(self) -> Order:
        order = await self.won()
        await self._told(order, "open")
        return order

    async def lost(self) -> Order:
        order = await self.disputed()
        await self._told(order, "lost")
        return order

    async def won_one_of_two(self) -> Order:
        order = await self.disputed()
        await self._told(order, "open", "another")
        await self._told(order, "won")
        return order

    async def _told(self, order: Order, state: Any, reference: str = "one") -> None:
        (receipt,) = await self.world.db.read(ledger.receipts_of, order.id)
        about = (receipt.rail, receipt.account, receipt.transaction, f"{reference} {order.id}", state)
        part = replace(receipt.total, amount=receipt.total.amount // 2)
        await self.world.db.write(chargebacks.told, DisputeNotice(*about, part, await moment(self.world) + MINUTE))

    async def _who(self, order: Order) -> Person:
        return await self.world.db.read(lambda tx: counter.customers.person(tx, order.person))


async def moment(world: World) -> datetime:
    return await world.db.read(lambda tx: tx.now)


@pytest.fixture
async def scene(world: World, steam: Product, chen: Somebody) -> Scene:
    await world.stock(steam, 50)
    return Scene(world, steam, chen)


# What each is told to be: of the moments, whether there is one.
USUAL = {"units": 1, "lapsed": False, "our_fault": False, "rejected": False, "replaced": 0} | dict.fromkeys(
    ("paid_at", "delivered_at", "refunded_at", "disputed_at", "suspected_at"), False
)
PAID = {"paid_at": True}
DELIVERED = {"paid_at": True, "delivered_at": True}
BECOMES: Mapping[str, Mapping[str, Any]] = {
    "unpaid": {},
    "cancelled": {"lapsed": True},
    "called_off": {"lapsed": True},
    "called_off_in_part": {"lapsed": True},
    "paid": PAID | {"units": 2},
    "paid_after_all": PAID,
    "paid_twice": DELIVERED,
    "held": PAID | {"units": 2},
    "rejected": PAID | {"units": 2, "refunded_at": True, "rejected": True},
    "rejected_with_nothing_to_give_back": PAID | {"rejected": True},
    "rather_the_money": PAID | {"units": 2, "refunded_at": True, "our_fault": True},
    "undecided": PAID | {"units": 2, "refunded_at": True, "our_fault": True},
    "our_fault": PAID | {"units": 2, "refunded_at": True, "our_fault": True},
    "asked_back": DELIVERED | {"units": 2, "refunded_at": True},
    "given_a_present": DELIVERED,
    "given_back_by_staff": PAID | {"units": 2, "refunded_at": True, "our_fault": True},
    "delivered": DELIVERED,
    "replaced": DELIVERED | {"replaced": 1},
    "suspected": DELIVERED | {"suspected_at": True},
    "disputed": DELIVERED | {"disputed_at": True},
    "won": DELIVERED,
    "disputed_again": DELIVERED | {"disputed_at": True},
    "lost": DELIVERED | {"disputed_at": True},
    "won_one_of_two": DELIVERED | {"disputed_at": True},
}


async def became(world: World, order: Order) -> Past:
    return await world.db.read(lambda tx: risk_trails.became(tx, order.id, tx.now))


async def broken(world: World) -> list[str]:
    """Orders that say something else of themselves than the other tables do."""
    found = await world.db.read(reconcile.check)
    return [row for finding in found if finding.check.id == "R1" for row in finding.rows]


@pytest.mark.parametrize("fate", BECOMES)
async def test_an_order_tells_what_became_of_it(scene: Scene, fate: str):
    make: Callable[[], Awaitable[Order]] = getattr(scene, fate)
    order = await make()
    past = await became(scene.world, order)
    told = {name: getattr(past, name) for name in USUAL}
    said = {name: value is not None if name.endswith("_at") else value for name, value in told.items()}
    assert said == {**USUAL, **BECOMES[fate]}
    assert (past.order, past.customer, past.product) == (order.id, order.customer, scene.product.id)
    assert await broken(scene.world) == []
    assert not any(await scene.world.db.read(lambda tx: _as_of(tx, order.id, order.placed_at - MINUTE)))


def _as_of(tx: Any, order: int, at: datetime) -> tuple[Any, ...]:
    past = risk_trails.became(tx, order, at)
    return (past.paid_at, past.lapsed, past.delivered_at, past.refunded_at, past.disputed_at, past.suspected_at)


async def test_a_moment_stays_the_first(scene: Scene):
    """Of codes that went out again, too."""
    order = await scene.replaced()
    placed = (await became(scene.world, order)).delivered_at
    assert placed is not None and placed < order.placed_at + MINUTE
    assert order.units[0].sent_at == placed
    assert (await counter.now(scene.world, order)).units[0].sent_at != placed  # the unit's own goes on


async def test_what_nobody_writes_is_found(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    """The control: without the writing the order says too little, and the invariant tells which."""
    monkeypatch.setattr(pasts, "came", lambda tx, order, *fates: None)
    monkeypatch.setattr(pasts, "contested", lambda tx, order: None)
    orders_of = [
        await getattr(scene, fate)()
        for fate in ("cancelled", "rejected", "our_fault", "delivered", "replaced", "suspected", "lost")
    ]
    assert sorted(await broken(scene.world)) == sorted(order.number for order in orders_of)


async def test_what_was_touched_lately_is_looked_at(scene: Scene):
    order = await scene.delivered()
    await counter.run(scene.world, "UPDATE orders SET delivered_at = NULL")
    now = await moment(scene.world)
    for since, found in ((now - MINUTE, [order.number]), (now + MINUTE, [])):
        findings = await scene.world.db.read(lambda tx, since: reconcile.check(tx, since=since), since)
        assert [row for finding in findings if finding.check.id == "R1" for row in finding.rows] == found


async def test_orders_follow_their_customer(scene: Scene, lin: Person):
    """There is nothing to carry along."""
    order = await scene.delivered()
    one, other = await scene.world.db.write(lambda tx: kin.locked(tx, lin.id, order.person))
    to = await scene.world.db.write(kin.join, one, other)
    assert (await became(scene.world, order)).customer == to
    assert (await scene.world.db.read(customers.person, lin.id)).customer == to


async def test_orders_from_before_are_told_of(scene: Scene, tmp_path: Path, request: pytest.FixtureRequest):
    """The migration finds of each what was written down of it since."""
    for fate in BECOMES:
        await getattr(scene, fate)()
    written = await _written(scene.world)
    url = await counter.address(scene.world, tmp_path, request)
    await asyncio.to_thread(downgrade, url, BEFORE_PASTS)
    await asyncio.to_thread(upgrade, url)
    assert await _written(scene.world) == written
    assert len(written) == len(BECOMES)
    assert {fate for fate in Fate for row in written if row[fate]} == set(Fate)


async def _written(world: World) -> list[Mapping[str, Any]]:
    columns = [orders.c.number, *(orders.c[name] for name in sorted(pasts.NAMES))]
    rows = await world.db.read(lambda tx: tx.all(select(*columns).order_by(orders.c.id)))
    return [dict(row._mapping) for row in rows]
