"""What happened to an order is written into its story, with the request it came from."""

from __future__ import annotations

import pytest

from core import order_events
from core.orders import Order
from tests.core import counter


@pytest.fixture
async def order(world, lin, steam) -> Order:
    await world.stock(steam, 2)
    return await counter.place(world, lin, steam, 2)


async def test_a_request_is_recorded_with_its_key(world, order):
    await world.db.write(order_events.record, order.id, "made_by_hand", "test:chen", key="event 1")
    assert await world.db.read(order_events.recorded, order.id, "made_by_hand", "event 1")
    for what, key in (("made_by_hand", "event 2"), ("placed", "event 1")):
        assert not await world.db.read(order_events.recorded, order.id, what, key)
