"""Waiting for what is sold out: told in order, one set aside for each, and sold to nobody else."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest

from core import customers, inventory, joining, linking, speaking, waiting
from core.catalog import Product
from core.customers import Person
from core.ground.rules import Rules
from core.inventory import OutOfStock
from core.waiting import LineFull, NothingToWaitFor, Place
from tests.core import counter
from tests.core.counter import ask
from tests.world import World

TOLD = "SELECT recipient FROM outbox WHERE effect_key LIKE 'say back %' ORDER BY id"


@pytest.fixture
async def line(world: World, steam: Product) -> list[Person]:
    """Three who wait, in that order."""
    found = [await counter.meet(world, name) for name in ("one", "two", "three")]
    for person in found:
        await joins(world, person)
    return found


async def joins(world: World, person: Person) -> Place:
    return await world.db.write(waiting.join, "steam", person.id)


async def beat(world: World) -> None:
    """What the clock's job does."""
    for row in await world.db.read(waiting.over, 50):
        await world.db.write(waiting.lapse, row)
    for product in await world.db.read(waiting.waited_for, 50):
        await world.db.write(waiting.tell, product)


async def states(world: World) -> list[str]:
    return await ask(world, "SELECT state FROM waiting ORDER BY id")


async def test_a_place_is_told_and_kept_whoever_asks_again(world, steam, line):
    assert [(await joins(world, person)).place for person in line] == [1, 2, 3]
    assert len(await states(world)) == 3


async def test_there_is_no_line_for_what_can_be_bought(world, lin, steam):
    await world.stock(steam, 1)
    with pytest.raises(NothingToWaitFor):
        await joins(world, lin)
    made = await world.make("made", kind="by_hand")
    with pytest.raises(NothingToWaitFor):
        await world.db.write(waiting.join, made.slug, lin.id)


async def test_they_are_told_in_order_as_many_as_there_is_stock_for_and_each_can_buy(world, steam, line):
    await world.stock(steam, 2)
    await beat(world)
    await beat(world)  # once per wait
    assert await ask(world, TOLD) == [line[0].id, line[1].id]
    assert await states(world) == ["told", "told", "waits"]
    assert await ask(world, "SELECT state FROM codes") == ["reserved", "reserved"]
    await counter.holds(world)
    for person in line[:2]:
        assert (await counter.sold(world, person, steam)).quantity == 1
    assert await states(world) == ["bought", "bought", "waits"]
    await counter.holds(world)


async def test_what_is_set_aside_is_sold_to_nobody_else(world, lin, steam, line):
    await world.stock(steam, 1)
    await beat(world)
    for other in (lin, line[1]):
        with pytest.raises(OutOfStock):
            await counter.place(world, other, steam)
    assert await world.db.read(waiting.left, steam, lin.customer, 0) == 0
    assert await world.db.read(waiting.left, steam, line[0].customer, 0) == 1


async def test_without_its_being_set_aside_another_would_have_it(world, lin, steam, line):
    """The control: told, and nothing held."""

    def names_one(tx: Any, product: Product) -> int | None:
        return next(iter(inventory._pick_first(tx, product, 1)), None)

    await world.stock(steam, 1)
    with mock.patch.object(inventory, "hold_one", names_one), mock.patch.object(waiting, "come", lambda *_: False):
        await beat(world)
        await counter.place(world, lin, steam)


async def test_of_all_who_press_at_once_the_one_it_is_held_for_gets_it(world, lin, bao, steam, line):
    await world.stock(steam, 1)
    await beat(world)
    ends = await asyncio.gather(
        *(counter.place(world, person, steam) for person in (lin, bao, line[2], line[0])), return_exceptions=True
    )
    assert [isinstance(end, OutOfStock) for end in ends] == [True, True, True, False]
    await counter.holds(world)


async def test_new_stock_goes_to_the_line_before_it_is_told(world, lin, steam, line):
    """Nobody is faster than the clock's job."""
    await world.stock(steam, 4)
    with pytest.raises(OutOfStock) as refused:
        await counter.place(world, lin, steam, 2)
    assert refused.value.facts == {"left": 1}
    await counter.place(world, lin, steam)  # the fourth is for anybody
    await beat(world)
    assert await states(world) == ["told"] * 3


async def test_who_does_not_buy_in_time_makes_room_for_the_next_and_is_told_once(world, steam, line):
    await world.stock(steam, 1)
    await beat(world)
    world.clock.forward(timedelta(seconds=1))
    await counter.run(world, "UPDATE outbox SET state = 'done'")  # it was said
    world.clock.forward(world.shop.rules.told_hold)
    await beat(world)
    assert await states(world) == ["lapsed", "told", "waits"]
    assert await ask(world, TOLD) == [line[0].id, line[1].id]
    with pytest.raises(OutOfStock):
        await counter.place(world, line[0], steam)
    await counter.holds(world)


async def test_whom_it_could_not_be_told_keeps_the_place(world, steam, line):
    await world.stock(steam, 1)
    await beat(world)
    world.clock.forward(world.shop.rules.told_hold)
    await beat(world)  # what was to be said never went out
    assert await states(world) == ["told", "waits", "waits"]
    await counter.holds(world)


async def test_whom_it_could_not_be_told_is_told_anew_in_the_next_turn(world, steam):
    one = await counter.meet(world, "one")
    await joins(world, one)
    await world.stock(steam, 1)
    for _ in range(2):
        await beat(world)
        world.clock.forward(world.shop.rules.told_hold)
    assert await states(world) == ["told"]
    assert await ask(world, "SELECT recipient FROM outbox WHERE state = 'new'") == [one.id]
    await counter.run(world, "UPDATE outbox SET state = 'done'")  # now it was said
    await beat(world)
    assert await states(world) == ["lapsed"]
    await counter.holds(world)


async def test_a_place_has_so_many_turns_and_the_last_is_told_late(world, steam):
    await joins(world, await counter.meet(world, "one"))
    await world.stock(steam, 1)
    for _ in range(waiting.TURNS + 2):
        await beat(world)
        world.clock.forward(world.shop.rules.told_hold)
    assert await states(world) == ["lapsed"]
    assert await ask(world, "SELECT state FROM outbox ORDER BY id") == ["done"] * (waiting.TURNS - 1) + ["new"]
    assert await ask(world, "SELECT state FROM codes") == ["available"]


async def test_who_leaves_makes_room_for_the_next(world, steam, line):
    await world.stock(steam, 1)
    await beat(world)
    await world.db.write(waiting.leave, "steam", line[0].id)
    await world.db.write(waiting.leave, "steam", line[0].id)  # a repeat
    await beat(world)
    assert await states(world) == ["left", "told", "waits"]
    await counter.holds(world)


async def test_linked_accounts_are_one_place(world, steam, line):
    code = await world.db.write(linking.ask, line[0], "ask")
    shown = await world.db.read(linking.shown, code.id, line[0].id)
    await world.db.write(linking.say, line[2], shown.reveal(), "say")
    await world.db.write(linking.confirm, code.id, line[2].id)
    await world.db.write(joining.link, code.id, line[0].id)
    await world.stock(steam, 3)
    await beat(world)
    assert await states(world) == ["told", "told", "left"]
    now = await world.db.read(customers.person, line[2].id)
    assert (await joins(world, now)).until is not None


async def test_where_we_may_not_speak_the_next_is_told_and_the_place_is_kept(world, steam, line):
    """As on WeChat: a right to speak that is used up comes back with their next word."""
    end = await world.db.read(lambda tx: tx.now + timedelta(hours=47))
    await world.db.write(speaking.lend, line[0].id, "word", 0, end)
    await world.stock(steam, 1)
    await beat(world)
    assert await states(world) == ["waits", "told", "waits"]
    await world.db.write(speaking.lend, line[0].id, "word", 5, end)
    await world.stock(steam, 1)
    await beat(world)
    assert await states(world) == ["told", "told", "waits"]


async def test_what_is_paid_for_comes_first(world, lin, steam, line):
    await world.stock(steam, 1)
    await counter.run(world, "UPDATE waiting SET state = 'left', ended_at = since")
    order = await counter.place(world, lin, steam)
    await joins_all(world, line)
    owed = "UPDATE units SET state = 'backorder', obligation = 'wait_stock', owner = 'shop', due_at = :due"
    await counter.run(world, owed, due=order.expires_at)
    await world.stock(steam, 1)
    await beat(world)
    assert await ask(world, TOLD) == []


async def joins_all(world: World, line: list[Person]) -> None:
    for person in line:
        await joins(world, person)


@pytest.mark.parametrize("rules", [Rules(rehearsal=True, scarce_below=10)])
async def test_new_accounts_in_the_line_get_no_more_than_newcomers_may_hold(world, steam):
    """Else many of them were a way to have all that comes in."""
    for number in range(4):
        await joins(world, await counter.meet(world, f"new {number}"))
    await world.stock(steam, 4)
    await beat(world)
    assert await states(world) == ["told", "told", "waits", "waits"]


@pytest.mark.parametrize("rules", [Rules(rehearsal=True, scarce_below=0)])
async def test_without_that_share_they_have_all_of_it(world, steam):
    """The control."""
    for number in range(4):
        await joins(world, await counter.meet(world, f"new {number}"))
    await world.stock(steam, 4)
    await beat(world)
    assert await states(world) == ["told"] * 4


async def bought_before(world: World, name: str) -> Person:
    person, once = await counter.meet(world, name), await world.make(f"once-{name}")
    await world.stock(once, 1)
    await counter.sold(world, person, once)
    return person


@pytest.mark.parametrize("rules", [Rules(rehearsal=True, scarce_below=10)])
async def test_many_new_accounts_in_the_line_keep_nothing_from_known_buyers(world, steam):
    """More of them than are told in a beat, with a known buyer behind them, and another at the counter."""
    for number in range(25):
        await joins(world, await counter.meet(world, f"new {number}"))
    behind, counts = await bought_before(world, "behind"), await bought_before(world, "counts")
    await joins(world, behind)
    await world.stock(steam, 12)
    assert await world.db.read(waiting.left, steam, behind.customer, 12) == 6
    assert await world.db.read(waiting.left, steam, counts.customer, 12) == 5
    await beat(world)
    await beat(world)
    assert await states(world) == ["told"] * 6 + ["waits"] * 19 + ["told"]
    assert await world.db.read(waiting.left, steam, counts.customer, 5) == 5
    await counter.place(world, counts, steam, 2)
    await counter.holds(world)


@pytest.mark.parametrize("rules", [Rules(rehearsal=True, scarce_below=10, line_places=4)])
async def test_a_line_is_so_long_and_new_accounts_leave_places_in_it(world, steam):
    for number in range(2):
        await joins(world, await counter.meet(world, f"new {number}"))
    with pytest.raises(LineFull):
        await joins(world, await counter.meet(world, "new 3"))
    for number in range(2):
        await joins(world, await bought_before(world, f"known-{number}"))
    with pytest.raises(LineFull):
        await joins(world, await bought_before(world, "known-3"))


async def test_lines_for_what_is_not_there_hide_none_for_what_is(world):
    """However many there are: the one that can be served is found."""
    products = [await world.make(f"p-{number}") for number in range(102)]
    one = await counter.meet(world, "one")
    await world.db.write(waiting.join, products[0].slug, one.id)
    others = "INSERT INTO waiting (product_id, person_id, since, state) "
    await counter.run(
        world,
        others + "SELECT p.id, w.person_id, w.since, w.state FROM products p, waiting w WHERE p.id <> w.product_id",
    )
    await world.stock(products[0], 1)
    await world.stock(products[-1], 1)
    assert sorted(await world.db.read(waiting.waited_for, 50)) == [products[0].id, products[-1].id]
    assert len(await world.db.read(waiting.waited_for, 1)) == 1


async def test_the_schema_holds_one_place_and_one_piece(world, steam, line):
    again = "INSERT INTO waiting (product_id, person_id, since, state) "
    with pytest.raises(Exception, match=r"(?i)unique"):
        await counter.run(world, again + "SELECT product_id, person_id, since, state FROM waiting LIMIT 1")
    with pytest.raises(Exception, match=r"(?i)check"):
        await counter.run(world, "UPDATE waiting SET state = 'told'")
