"""A lease is one process's at a time, until it is given up or over by the database's clock."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from core.ground import leases
from core.ground.leases import LENGTH, Held, Lease
from tests.world import World

BOT = "telegram 1"
AT_ONCE = Lease(None, timedelta(0))


async def take(world: World, me: str, dead: str = "") -> Lease | Held:
    return await world.db.write(leases.take, BOT, me, dead)


async def test_the_first_has_it_and_the_others_hear_who(world):
    assert await take(world, "one") == AT_ONCE
    assert await take(world, "two") == Held("one")
    assert await world.db.write(leases.take, "telegram 2", "two") == AT_ONCE


async def test_of_many_who_ask_at_once_one_has_it(world):
    found = await asyncio.gather(*(take(world, f"process {number}") for number in range(10)))
    assert sum(isinstance(one, Lease) for one in found) == 1


async def test_asking_again_renews_it(world):
    await take(world, "one")
    for _ in range(4):
        world.clock.forward(LENGTH / 2)
        assert await take(world, "one") == AT_ONCE
    assert await take(world, "two") == Held("one")


async def test_it_is_anybody_s_when_it_is_over(world):
    await take(world, "one")
    world.clock.forward(LENGTH - timedelta(seconds=1))
    assert await take(world, "two") == Held("one")
    world.clock.forward(timedelta(seconds=1))
    assert await take(world, "two") == AT_ONCE
    assert await take(world, "one") == Held("two")


async def test_given_up_it_is_the_next_one_s_at_once_with_what_was_left(world):
    await take(world, "one")
    waiting = asyncio.create_task(world.db.wait_for(leases.topic(BOT), timeout=20))
    await asyncio.sleep(0)
    assert await world.db.write(leases.give_up, BOT, "one", {"said": 3})
    assert await waiting
    world.clock.forward(timedelta(seconds=2))
    found = await take(world, "two")
    assert isinstance(found, Lease)
    assert found.left == {"said": 3}
    assert timedelta(seconds=2) <= found.since < timedelta(seconds=20)
    assert await take(world, "two") == AT_ONCE  # it is told once


async def test_only_who_has_it_can_give_it_up(world):
    await take(world, "one")
    assert not await world.db.write(leases.give_up, BOT, "two", {})
    assert await take(world, "two") == Held("one")
    world.clock.forward(LENGTH)
    await take(world, "two")
    assert not await world.db.write(leases.give_up, BOT, "one", {})
    assert await take(world, "one") == Held("two")


async def test_the_lease_of_one_known_to_be_dead_is_not_waited_for(world):
    await take(world, "one")
    assert await take(world, "two", dead="another") == Held("one")
    assert await take(world, "two", dead="one") == AT_ONCE
