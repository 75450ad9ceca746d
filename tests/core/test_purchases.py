"""Purchases: what the schema refuses, how each becomes what, and when one is looked up again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from core import purchases
from core.customers import Person
from core.ground.db import Tx
from core.ground.money import Money
from core.orders import Order
from core.purchases import AFTERWARDS, HOURLY, LONGEST, LOOKS, Bought, Purchase
from core.units import Unit
from tests.core import counter
from tests.core.counter import run
from tests.world import World


@pytest.fixture
async def unit(world: World, lin: Person) -> Unit:
    """A unit that nobody has bought yet."""
    order: Order = await counter.unserved(world, lin, await world.make("bought", kind="on_demand", supplier="sandbox"))
    return order.units[0]


def intend(tx: Tx, unit: Unit, attempt: int = 1, reference: str | None = None) -> Purchase:
    due = tx.now + timedelta(hours=12)
    return purchases.intend(tx, unit.id, 1, "sandbox", "sku", reference or f"ref-{attempt}", attempt, due)


async def test_a_purchase_goes_one_way(world, unit):
    made = await world.db.write(intend, unit)
    assert (made.state, made.reference, made.order, made.called_at) == (Bought.INTENT, "ref-1", 1, None)
    assert await world.db.write(purchases.call, made.id)
    assert not await world.db.write(purchases.call, made.id)  # it may have been done
    assert await world.db.write(purchases.lose, made.id, "no answer")
    assert await world.db.write(purchases.lose, made.id, "never heard of", unheard_of=True)
    found = await world.db.read(purchases.get, made.id)
    assert (found.state, found.looks, found.not_found, found.seen) == (Bought.UNKNOWN, 2, 1, False)
    assert not await world.db.write(purchases.uncall, made.id, "not reached")
    assert await world.db.write(purchases.end, made.id, Bought.CONFIRMED, cost=Money(9000, "CNY"))
    assert not await world.db.write(purchases.end, made.id, Bought.FAILED, "too late")
    assert not await world.db.write(purchases.lose, made.id, "too late")
    assert (await world.db.read(purchases.get, made.id)).state is Bought.CONFIRMED


async def test_a_supplier_that_was_never_reached_was_not_told(world, unit):
    made = await world.db.write(intend, unit)
    await world.db.write(purchases.call, made.id)
    assert await world.db.write(purchases.uncall, made.id, "not reached")
    found = await world.db.read(purchases.get, made.id)
    assert (found.state, found.looks, found.called_at) == (Bought.INTENT, 1, None)
    assert await world.db.write(purchases.call, made.id)


@pytest.mark.parametrize("state", [state for state in Bought if state is not Bought.FAILED])
async def test_a_unit_is_bought_again_only_after_a_definite_failure(world, unit, state):
    """E3, kept by the schema; the second half is its control."""
    first = await world.db.write(intend, unit)
    await run(world, "UPDATE purchases SET called_at = made_at")
    ended = "made_at" if state is Bought.CONFIRMED else "NULL"
    await run(world, f"UPDATE purchases SET state = '{state}', ended_at = {ended}")
    with pytest.raises(IntegrityError):
        await world.db.write(intend, unit, 2)
    assert [one.id for one in await world.db.read(purchases.of_unit, unit.id)] == [first.id]

    await run(world, "UPDATE purchases SET state = 'failed', ended_at = made_at")
    await world.db.write(intend, unit, 2)
    assert [one.attempt for one in await world.db.read(purchases.of_unit, unit.id)] == [1, 2]


async def test_a_reference_and_an_attempt_are_used_once(world, unit):
    await world.db.write(intend, unit)
    await run(world, "UPDATE purchases SET state = 'failed', ended_at = made_at")
    with pytest.raises(IntegrityError):
        await world.db.write(intend, unit, 1, "another")
    with pytest.raises(IntegrityError):
        await world.db.write(intend, unit, 2, "ref-1")


@pytest.mark.parametrize(
    "change",
    [
        "state = 'gone'",
        "state = 'called'",
        "state = 'failed'",
        "ended_at = made_at",
        "cost = 1",
        "currency = 'CNY'",
    ],
)
async def test_the_schema_refuses_half_a_purchase(world, unit, change):
    await world.db.write(intend, unit)
    with pytest.raises(IntegrityError):
        await run(world, f"UPDATE purchases SET {change}")


async def test_it_is_looked_up_often_at_first_then_hourly_then_now_and_then(world, unit):
    made = await world.db.write(intend, unit)
    at = made.made_at
    waits = []
    while (due := purchases.next_look(replace(made, looks=len(waits) + 1), at)) is not None:
        waits.append(due - at)
        at = due
    assert waits[: len(LOOKS)] == list(LOOKS)
    hours = [wait for wait in waits[len(LOOKS) :] if wait == HOURLY]
    assert len(hours) == 12  # until its due time, twelve hours from the start
    assert set(waits[len(LOOKS) + len(hours) :]) == {AFTERWARDS}
    assert at - made.made_at >= LONGEST
    assert purchases.waited(made) == timedelta(0)
    assert purchases.waited(replace(made, looks=3)) == timedelta(seconds=80)
    assert purchases.waited(replace(made, looks=len(LOOKS) + 2)) == sum(LOOKS, timedelta(0)) + 2 * HOURLY
