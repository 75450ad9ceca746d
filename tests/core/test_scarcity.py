"""What unpaid orders may hold while little is left, and how long one waits who lets them lapse."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core import checkout, scarcity
from core.customers import Person
from core.ground.rules import Rules
from core.inventory import OutOfStock
from core.orders import Order, State
from core.scarcity import CoolDown, TakenForNow
from tests.core import counter
from tests.world import World

LIMITED = Rules(scarce_below=10, unpaid_orders=99, unpaid_units=99)
limited = pytest.mark.parametrize("rules", [LIMITED], ids=[""])


async def newcomers(world: World, many: int) -> list[Person]:
    return [await counter.meet(world, f"newcomer-{number}") for number in range(many)]


async def known(world: World, person: Person) -> Person:
    """They have bought here before."""
    once = await world.make(f"once-{person.address}")
    await world.stock(once, 1)
    assert (await counter.sold(world, person, once)).state is State.DELIVERED
    return person


async def tries(world: World, person: Person, product: Any, many: int = 1) -> Order | Exception:
    try:
        return await counter.place(world, person, product, many)
    except (TakenForNow, OutOfStock) as refusal:
        return refusal


@limited
async def test_with_plenty_nobody_notices(world, lin, steam):
    await world.stock(steam, 40)
    order = await counter.place(world, lin, steam, 10)
    assert order.expires_at - order.placed_at == LIMITED.hold
    again = await counter.place(world, lin, steam, 9)  # of 40 her half is not reached
    assert again.expires_at - again.placed_at == LIMITED.hold


@limited
async def test_what_is_scarce_is_held_less_long(world, lin, steam):
    await world.stock(steam, 10)
    order = await counter.place(world, lin, steam, 2)
    assert order.expires_at - order.placed_at == LIMITED.scarce_hold


@pytest.mark.parametrize("rules", [replace(LIMITED, hold=timedelta(minutes=2))], ids=["two minutes"])
async def test_a_short_hold_is_not_made_longer(world, lin, steam):
    await world.stock(steam, 10)
    order = await counter.place(world, lin, steam)
    assert order.expires_at - order.placed_at == timedelta(minutes=2)


@limited
async def test_newcomers_together_hold_half_of_it(world, steam):
    await world.stock(steam, 10)
    told = [await tries(world, one, steam) for one in await newcomers(world, 9)]
    assert sum(isinstance(each, Order) for each in told) == 5
    refused = [each for each in told if isinstance(each, TakenForNow)]
    assert {each.facts["most"] for each in refused} == {0}
    first = next(each for each in told if isinstance(each, Order))
    assert {each.facts["time"] for each in refused} == {first.expires_at}


@limited
async def test_who_bought_before_finds_the_other_half(world, lin, steam):
    await known(world, lin)
    await world.stock(steam, 10)
    for one in await newcomers(world, 9):
        await tries(world, one, steam)
    held = await tries(world, lin, steam, 3)
    assert isinstance(held, Order)
    more = await tries(world, lin, steam)
    assert isinstance(more, TakenForNow)  # nobody holds more than three of ten
    await counter.pay(world, held)
    assert isinstance(await tries(world, lin, steam), Order)  # but may buy more


@limited
@pytest.mark.parametrize(
    ("there", "wanted", "ordered"), [(1, 1, True), (2, 1, True), (3, 2, True), (4, 2, True), (4, 3, False)]
)
async def test_of_very_little_one_may_still_buy(world, lin, steam, there, wanted, ordered):
    await world.stock(steam, there)
    assert isinstance(await tries(world, lin, steam, wanted), Order) is ordered


@limited
async def test_what_is_past_its_hold_is_nobodys_share(world, lin, steam):
    await world.stock(steam, 4)
    for one in await newcomers(world, 3):
        await tries(world, one, steam)
    assert isinstance(await tries(world, lin, steam), TakenForNow)
    world.clock.forward(LIMITED.scarce_hold)
    assert isinstance(await tries(world, lin, steam, 2), Order)


@limited
async def test_what_holds_are_is_no_way_to_make_it_scarce(world, steam):
    """Of a large stock, too, accounts that never pay hold half."""
    await world.stock(steam, 40)
    told = [await tries(world, one, steam, 10) for one in await newcomers(world, 5)]
    assert sum(isinstance(each, Order) for each in told) == 2


@limited
async def test_what_is_made_by_hand_is_never_scarce(world, steam):
    made = await world.make("made", kind="by_hand")
    told = [await tries(world, one, made, 5) for one in await newcomers(world, 5)]
    assert all(isinstance(each, Order) for each in told)


async def race(world: World, steam: Any) -> int:
    await world.stock(steam, 10)
    people = await newcomers(world, 24)
    told = await asyncio.gather(*(tries(world, one, steam) for one in people))
    return sum(isinstance(each, Order) for each in told)


@limited
async def test_of_newcomers_at_once_half_get_one(world, steam):
    assert await race(world, steam) == 5


@limited
@pytest.mark.postgres
async def test_without_taking_turns_they_count_past_each_other(world, steam, monkeypatch):
    """The control. On SQLite they take turns anyway."""
    if await world.db.read(lambda tx: tx.dialect) != "postgresql":
        pytest.skip("one writer")
    monkeypatch.setattr(scarcity, "wait_turn", lambda tx, buyer, parts: None)
    monkeypatch.setattr(scarcity, "_must_fit", counter.slowly(scarcity._must_fit))
    assert await race(world, steam) > 5


# Lapses


async def lapse(world: World, person: Person, product: Any, key: str = "") -> Order:
    order = await counter.place(world, person, product, key=key)
    world.clock.forward(order.expires_at - order.placed_at)
    await world.db.write(checkout.expire, order.id)
    assert (await counter.now(world, order)).state is State.EXPIRED
    return order


async def test_with_each_lapse_the_next_order_waits_longer(world, lin, steam):
    await world.stock(steam, 9)
    await lapse(world, lin, steam)
    for minutes in (10, 30, 120, 360, 360):
        last = await lapse(world, lin, steam)
        with pytest.raises(CoolDown) as refused:
            await counter.place(world, lin, steam)
        assert refused.value.facts["time"] == last.expires_at + timedelta(minutes=minutes)
        world.clock.forward(timedelta(minutes=minutes))
    world.clock.forward(timedelta(days=1))
    await lapse(world, lin, steam)  # a day later all is as before
    await counter.place(world, lin, steam)


async def test_what_was_paid_since_makes_good(world, lin, steam):
    await world.stock(steam, 9)
    for _ in range(2):
        await lapse(world, lin, steam)
    with pytest.raises(CoolDown):
        await counter.place(world, lin, steam)
    world.clock.forward(timedelta(minutes=10))
    await counter.pay(world, await counter.place(world, lin, steam))
    await counter.place(world, lin, steam)


async def test_others_don_t_wait(world, lin, bao, steam):
    await world.stock(steam, 9)
    for _ in range(2):
        await lapse(world, lin, steam)
    await counter.place(world, bao, steam)


async def test_a_cancelled_order_is_no_lapse(world, lin, steam):
    await world.stock(steam, 9)
    for _ in range(4):
        await world.db.write(checkout.cancel, await counter.place(world, lin, steam), lin)
    await counter.place(world, lin, steam)


async def test_a_repeat_of_the_request_finds_its_order_all_the_same(world, lin, steam):
    await world.stock(steam, 9)
    first, _ = [await lapse(world, lin, steam, f"request {number} of lin") for number in range(2)]
    again = await counter.place(world, lin, steam, key="request 0 of lin")
    assert again.id == first.id
