"""Units: each owes one thing at a time, to be met by somebody and by a time, until it is settled for good."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from core import units
from core.orders import Order
from core.units import Obligation, UnitState
from tests.core import counter
from tests.core.counter import run


@pytest.fixture
async def order(world, lin, steam) -> Order:
    await world.stock(steam, 2)
    return await counter.place(world, lin, steam, 2)


async def test_a_unit_has_one_obligation_with_an_owner_and_a_time(world, clock, order):
    [unit, _] = order.units
    for what, owner in ((Obligation.RISK, "shop"), (Obligation.REVIEW, "staff")):
        await world.db.write(units.owe, unit.id, UnitState.RESERVED, what, owner, clock.now())
    after = (await counter.now(world, order)).units[0]
    assert (after.obligation, after.state) == (Obligation.REVIEW, UnitState.RESERVED)
    assert [one.id for one in (await counter.now(world, order)).owing(Obligation.REVIEW)] == [unit.id]


OWED_BY_NOBODY = [
    "obligation = 'risk'",
    "obligation = 'risk', owner = 'shop'",
    "owner = 'shop'",
    "due_at = '2026-01-01 00:00:00.000000'",
    "obligation = 'nothing', owner = 'shop', due_at = '2026-01-01 00:00:00.000000'",
    "state = 'sent', obligation = 'risk', owner = 'shop', due_at = '2026-01-01 00:00:00.000000'",
    "state = 'lost'",
]


async def test_the_schema_refuses_what_nobody_owes(world, order):
    """L2, by constraint."""
    for change in OWED_BY_NOBODY:
        with pytest.raises(IntegrityError):
            await run(world, f"UPDATE units SET {change}")
    await run(world, "UPDATE units SET obligation = 'risk', owner = 'shop', due_at = '2026-01-01 00:00:00.000000'")


@pytest.mark.parametrize("end", [UnitState.SENT, UnitState.REFUNDED, UnitState.RELEASED])
async def test_what_is_settled_stays_settled(world, clock, order, end):
    unit = order.units[0].id
    await world.db.write(units.owe, unit, UnitState.GRANTED, Obligation.DELIVER, "shop", clock.now())
    assert [await world.db.write(units.settle, unit, end, "message 1") for _ in range(2)] == [True, False]
    assert not await world.db.write(units.settle, unit, UnitState.SENT, "message 2")
    after = (await counter.now(world, order)).units[0]
    assert (after.state, after.obligation, after.sent_at is not None) == (end, None, end is UnitState.SENT)
