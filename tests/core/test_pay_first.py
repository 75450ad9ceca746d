"""Whoever has something unpaid, and would be looked at if they paid, pays for that before more is set aside."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from core import checkout, inventory, ledger, orders, risk, risk_policy
from core.checkout import PayFirst
from core.customers import Person
from core.ground.money import Money
from core.ground.rules import Rules
from core.marks import NOWHERE, Origin
from core.orders import Order
from tests.core import counter
from tests.world import World

pytestmark = pytest.mark.standard_rules

WAITS = "[thresholds]\ndelay = 20\nreview = 20\nrefuse = 900\n[rules.unpaid-orders]\n"
NEVER_AGAIN = f'{WAITS}above = "0"\n'
HELD_ANYWAY = f'{WAITS}mode = "off"\n[rules.young-account]\nweight = 900\n'
HERE = Origin(device="a browser")
numbers = count()


@pytest.fixture
async def shop(world: World, steam: Any) -> World:
    await world.stock(steam, 9)
    await world.db.write(risk_policy.apply, NEVER_AGAIN, "test")
    return world


async def places(world: World, person: Person, product: Any, origin: Origin = NOWHERE) -> Order:
    key = f"pays first {next(numbers)}"
    return await world.db.write(checkout.place, person, product.slug, 1, counter.RAIL, {}, key, origin)


async def free(world: World, product: Any) -> int:
    return await world.db.read(inventory.few, product, 99)


async def test_one_unpaid_order_is_paid_before_the_next(shop, lin, steam):
    first = await places(shop, lin, steam)
    with pytest.raises(PayFirst) as refused:
        await places(shop, lin, steam)
    assert refused.value.facts["time"] == first.placed_at + risk.AWAY
    assert await free(shop, steam) == 8
    assert len(await shop.db.read(orders.newest, lin.customer, lin.id, 9)) == 1
    await counter.pay(shop, first)
    await places(shop, lin, steam)


async def test_it_ends_by_itself(shop, lin, steam):
    await places(shop, lin, steam)
    shop.clock.forward(risk.AWAY - timedelta(seconds=1))
    await shop.db.write(checkout.lapse, steam.id, 9)
    with pytest.raises(PayFirst):
        await places(shop, lin, steam)
    shop.clock.forward(timedelta(seconds=1))
    await places(shop, lin, steam)


async def test_another_account_on_the_same_device_waits_too(shop, lin, bao, steam):
    await places(shop, lin, steam, HERE)
    with pytest.raises(PayFirst):
        await places(shop, bao, steam, HERE)
    await places(shop, bao, steam, Origin(device="another"))


async def test_who_would_be_held_but_owes_nothing_may_order(shop, lin, steam):
    """The control: it is the unpaid order that counts, not how new a buyer is."""
    await shop.db.write(risk_policy.apply, HELD_ANYWAY, "test")
    await places(shop, lin, steam)
    await places(shop, lin, steam)


async def test_by_rules_that_can_t_be_asked_nobody_is_turned_away(shop, lin, steam, monkeypatch):
    await places(shop, lin, steam)
    monkeypatch.setattr(risk, "assess", lambda facts, policy: 1 / 0)
    await places(shop, lin, steam)


@pytest.fixture
async def usual(world: World, steam: Any) -> World:
    """The standard rules, and an account of today."""
    await world.stock(steam, 9)
    return world


async def left(world: World, how: str, order: Order, person: Person) -> None:
    if how == "called off":
        await world.db.write(checkout.cancel, order, person)
    elif how == "lapsed":
        world.clock.forward(timedelta(minutes=20))
        await world.db.write(checkout.expire, order.id)


AS_SET = pytest.mark.parametrize("rules", [Rules()], ids=[""])


@AS_SET
@pytest.mark.parametrize("how", ["still open", "called off", "lapsed"])
async def test_by_the_standard_an_honest_second_try_is_no_matter(usual, lin, steam, how):
    await left(usual, how, await places(usual, lin, steam), lin)
    await places(usual, lin, steam)


@AS_SET
async def test_by_the_standard_a_dear_one_is_paid_first(usual, lin):
    dear = await usual.make("dear", prices={"CNY": {1: 15000}})
    await usual.stock(dear, 9)
    await left(usual, "lapsed", await places(usual, lin, dear), lin)
    with pytest.raises(PayFirst):
        await places(usual, lin, dear)


async def test_what_was_called_off_is_no_matter(shop, lin, steam):
    for _ in range(3):
        await left(shop, "called off", await places(shop, lin, steam), lin)
    await places(shop, lin, steam)


async def test_what_store_credit_pays_whole_waits_for_nobody(shop, lin, steam):
    await places(shop, lin, steam)
    with pytest.raises(PayFirst):
        await places(shop, lin, steam)
    given = Money(10000, "CNY"), ledger.credit_of(lin.customer, "CNY"), "goodwill"
    await shop.db.write(lambda tx: ledger.post(tx, "goodwill 1", given[0], came_from=given[1], went_to=given[2]))
    assert (await places(shop, lin, steam)).paid_at
