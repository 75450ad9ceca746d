"""The shop's counter: what happens between a buyer and the core, step by step, without any door."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from core import aftersales, checkout, composing, customers, delivery, ledger, orders, reconcile, review, settling
from core.aftersales import RefundOutcome
from core.catalog import Product
from core.checkout import Merchant
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Message, Spoken
from core.ground.money import Money
from core.orders import Order
from core.settling import PaymentNotice
from doubles.postgres import Postgres
from tests.world import World

RAIL = Merchant("sandbox", "our-account", "test")
numbers = itertools.count(1)


async def meet(world: World, name: str, locale: str = "zh-CN") -> Person:
    return await world.db.write(customers.meet, "test", name, name, locale, None)


async def place(
    world: World, person: Person, product: Product, many: int = 1, key: str = "", answers: Mapping[str, str] = {}
) -> Order:
    """An order that awaits payment."""
    key = key or f"request {next(numbers)}"
    return await world.db.write(checkout.place, person, product.slug, many, RAIL, answers, key)


async def unserved(world: World, person: Person, product: Product, many: int = 1) -> Order:
    """An order as it is written down, before anything is set aside for it."""
    price = Money(10000, "CNY")
    return await world.db.write(checkout._write_down, person, product, many, price, {}, f"request {next(numbers)}", [])


async def notice(world: World, order: Order, **changed: Any) -> PaymentNotice:
    """What the rail says about money for the order: all of it, in a transaction of its own, unless told otherwise."""
    payment, *_ = await world.db.read(ledger.payments_of, order.id)
    number = next(numbers)
    facts: dict[str, Any] = {
        "rail": payment.rail,
        "event": f"event {number}",
        "transaction": f"transaction {number}",
        "key": payment.key,
        "account": payment.account,
        "mode": payment.mode,
        "state": "paid",
        "total": payment.total,
    }
    return PaymentNotice(**{**facts, **changed})


async def pay(world: World, order: Order, amount: int | None = None, **changed: Any) -> Order:
    """So much comes in for the order (all of it by default); returns the order as that leaves it."""
    if amount is not None:
        changed["total"] = Money(amount, order.total.currency)
    await world.db.write(settling.settle, await notice(world, order, **changed))
    return await now(world, order)


async def weigh(world: World, order: Order) -> Order:
    await world.db.write(review.weigh, order.id)
    return await now(world, order)


async def send(world: World, order: Order) -> Spoken | None:
    """The waiting codes go out, as the job sends them; None when nothing waits."""
    parcel = await world.db.read(delivery.parcel, order.id)
    if parcel is None:
        return None
    spoken = await world.db.write(composing.address, parcel.person, parcel.message)
    await world.db.write(delivery.sent, order.id, parcel.units, "message 1")
    return spoken


async def sold(world: World, person: Person, product: Product, many: int = 1) -> Order:
    """An order placed, paid, passed and delivered."""
    order = await weigh(world, await pay(world, await place(world, person, product, many)))
    await send(world, order)
    return await now(world, order)


async def refunds_end(world: World, order: Order, state: Any = "done") -> Order:
    """The rail answers every refund of the order that is under way."""
    for refund in await world.db.read(ledger.refunds_of, order.id):
        await world.db.write(aftersales.refund_begins, refund.id)
        await world.db.write(aftersales.refund_ended, refund.id, RefundOutcome(state, "r1"))
    return await now(world, order)


async def now(world: World, order: Order) -> Order:
    return await world.db.read(orders.get, order.id)


async def read(world: World, person: Person, message: Message) -> Spoken:
    """A message as that person gets it."""
    return await world.db.read(composing.compose, person.id, message)


async def codes_of(world: World, person: Person, message: Message) -> list[str]:
    return [code.reveal() for code in (await read(world, person, message)).codes]


async def said(world: World) -> list[tuple[str, str]]:
    """Whom the outbox says what to: person and sentence, in the order it was decided."""
    rows = await world.db.read(lambda tx: tx.all(text("SELECT effect_key FROM outbox WHERE kind = 'say' ORDER BY id")))
    return [(row.effect_key.partition(" ")[2], row.effect_key) for row in rows]


async def run(world: World, *statements: str, **params: Any) -> int:
    """Raw SQL behind the core's back, all in one transaction; returns how many rows the last one changed."""
    return await world.db.write(_run, statements, params)


def _run(tx: Tx, statements: tuple[str, ...], params: Mapping[str, Any]) -> int:
    changed = 0
    for statement in statements:
        changed = tx.changed(text(statement), **(params if ":" in statement else {}))
    return changed


async def ask(world: World, statement: str, **params: Any) -> list[Any]:
    """The first column of what raw SQL finds."""
    return [row[0] for row in await world.db.read(lambda tx: tx.all(text(statement), **params))]


async def holds(world: World) -> None:
    """Every invariant, but for what has waited because nobody works here."""
    assert [str(finding) for finding in await world.db.read(reconcile.check) if finding.check.id != "L3"] == []


async def address(world: World, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Where the world's database is, for a migration."""
    if await world.db.read(lambda tx: tx.dialect) == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'shop.db'}"
    server: Postgres = request.getfixturevalue("postgres_server")
    return server.url(*await ask(world, "SELECT current_database()"))


def slowly(read: Any) -> Any:
    """The same on PostgreSQL, with time for others to read it too."""

    def reads(tx: Tx, *about: Any) -> Any:
        found = read(tx, *about)
        tx.all(text("SELECT pg_sleep(0.2)"))
        return found

    return reads
