"""Leaving: nothing is told to who is gone, nothing comes in their name, and what ended is listed in one message."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from core import catalog, hiring, leaving, quiet, repricing, restock, staff
from core.authority import Role, roles_named
from core.ground import outbox, presses
from core.ground.messages import Choice, Message, words
from core.leaving import Gone
from core.orders import State
from core.quiet import Kind, Mode
from tests.core import counter
from tests.core.counter import ask, run

NEWS = Message(words("welcome", shop="x"))
HOUR = timedelta(hours=1)


@pytest.fixture
async def dan(world, chen) -> Any:
    person = await counter.meet(world, "dan")
    await world.db.write(hiring.enter, await world.db.write(hiring.invite, "Dan", {Role.MANAGER}), person.id)
    return person


async def leaves(world, person, by, key: str = "e1") -> Gone:
    return await world.db.write(leaving.leave, await number_of(world, person), by.id, key)


async def number_of(world, person) -> int:
    return (await ask(world, "SELECT colleague_id FROM staff WHERE person_id = :person", person=person.id))[0]


async def plan(world, person, key: str = "p1") -> int:
    at = await world.db.read(lambda tx: tx.now + HOUR)
    return (await world.db.write(repricing.plan, person.id, "all", Decimal(-90), {}, at, key)).id


async def waiting(world, person) -> list[str]:
    """What is still to be said to them."""
    rows = outbox.outbox.c
    to = select(rows.effect_key).where(rows.recipient == person.id, rows.state == "new").order_by(rows.id)
    return [row.effect_key for row in await world.db.read(lambda tx: tx.all(to))]


async def told(world, person) -> list[str]:
    await world.runner.drain()
    queue = world.chat.of(person.name)
    return [queue.get_nowait().revealed() for _ in range(queue.qsize())]


# What waited for them


async def test_what_waits_for_a_leaver_is_not_told_to_them(world, chen, dan):
    await world.db.write(quiet.set_mode, dan.id, Kind.STOCK, Mode.LISTS)
    await world.db.write(staff.tell, "faults", NEWS)
    await world.db.write(staff.tell, "stock", NEWS, Kind.STOCK)
    assert await waiting(world, dan) == [f"say faults to {dan.id}"]
    gone = await leaves(world, dan, chen)
    assert gone.notices == 2
    assert await waiting(world, dan) == []
    world.clock.forward(HOUR)
    await world.runner.tick()
    assert await told(world, dan) == []
    assert any("x" in text for text in await told(world, chen))  # who stays hears it


async def test_without_dropping_it_a_leaver_would_read_it(world, chen, dan, monkeypatch):
    """The control."""
    monkeypatch.setattr(leaving, "_unheard", lambda tx, person: 0)
    await world.db.write(staff.tell, "faults", NEWS)
    await leaves(world, dan, chen)
    assert len(await told(world, dan)) == 1


async def test_codes_they_bought_for_themselves_still_come(world, steam, chen, dan):
    await world.stock(steam, 1)
    order = await counter.weigh(world, await counter.pay(world, await counter.place(world, dan, steam)))
    await leaves(world, dan, chen)
    assert order.state is State.FULFILLING
    kinds = await ask(world, "SELECT kind FROM outbox WHERE recipient = :person AND state = 'new'", person=dan.id)
    assert kinds == ["deliver"]


async def test_what_they_began_says_nothing_to_them_at_its_end(world, steam, chen, dan):
    batch = await world.db.write(restock.opened, steam, "paste", dan.id)
    await leaves(world, dan, chen)
    await world.db.write(restock.progress, batch, dan.id)
    assert await waiting(world, dan) == []
    await world.db.write(restock.progress, batch, chen.id)  # the control: to who works here it does
    assert any(key.startswith(f"say batch {batch}") for key in await waiting(world, chen))


# What they had planned


async def test_prices_a_leaver_planned_do_not_come_and_the_others_are_told_which(world, clock, steam, chen, dan):
    change = await plan(world, dan)
    gone = await leaves(world, dan, chen)
    assert gone.prices == [change]
    clock.forward(2 * HOUR)
    assert await world.db.read(repricing.due, 10) == []
    assert (await world.db.read(repricing.one, change)).state == "cancelled"
    (text,) = [text for text in await told(world, chen) if "离职" in text]
    assert "-90 %" in text


@pytest.mark.parametrize("how", ["left meanwhile", "less than before"])
async def test_what_is_planned_by_who_may_no_more_is_called_off_at_its_time(world, clock, steam, chen, dan, how):
    """Also where it was decided while they left, so that it was not called off then."""
    change = await plan(world, dan)
    if how == "left meanwhile":
        await run(world, "UPDATE colleagues SET left_at = since WHERE name = 'Dan'")
    else:
        helper = roles_named("helper") or frozenset()
        await world.db.write(hiring.give, await number_of(world, dan), helper, chen.id)
    clock.forward(2 * HOUR)
    for _ in range(2):
        await world.db.write(repricing.apply, change)
    assert (await world.db.read(repricing.one, change)).state == "cancelled"
    assert (await world.db.read(catalog.product, steam.slug)).steps == steam.steps
    assert sum("Dan" in text and "已取消" in text for text in await told(world, chen)) == 1


async def test_without_asking_again_it_would_come(world, clock, steam, chen, dan, monkeypatch):
    """The control."""
    monkeypatch.setattr(staff, "still_may", lambda tx, person, right: True)
    change = await plan(world, dan)
    await run(world, "UPDATE colleagues SET left_at = since WHERE name = 'Dan'")
    await world.db.write(repricing.apply, change)
    assert (await world.db.read(repricing.one, change)).state == "done"


async def test_what_another_planned_comes(world, clock, steam, chen, dan):
    change = await plan(world, chen)
    assert (await leaves(world, dan, chen)).prices == []
    await world.db.write(repricing.apply, change)
    assert (await world.db.read(repricing.one, change)).state == "done"


# The list


async def test_all_that_ended_is_in_one_list_and_a_repeat_finds_it(world, steam, chen, dan):
    await world.db.write(hiring.invite_by, dan.id, "Lee", roles_named("helper") or frozenset(), "i1")
    offer = Message(words("welcome"), (Choice(words("choose-leave"), "approve 1", acts=True),))
    await world.db.write(presses.offer, offer, dan.id)
    await world.db.write(staff.tell, "faults", NEWS)
    change = await plan(world, dan)
    gone = await leaves(world, dan, chen)
    expected = {"accounts": [dan.id], "invites": 1, "buttons": 1, "talks": 0, "notices": 1, "exports": 0}
    assert asdict(gone) == {"name": "Dan", **expected, "prices": [change]}
    assert await leaves(world, dan, chen) == gone  # the same event again
    listed = (await counter.read(world, chen, await world.db.read(leaving.checklist, gone))).revealed()
    for part in (dan.id, "邀请：1", "按钮：1", "消息：1", "-90 %", "银行"):
        assert part in listed
    assert "导出" not in listed


async def test_two_accounts_that_are_one_persons_become_one(world, chen, dan):
    """By a link of one of them; the other colleague is no more, and the only owner doesn't vanish so."""
    door = await world.db.write(hiring.another_door, dan.id)
    token = await world.db.read(hiring.token, door, dan.id)
    assert token is not None
    with pytest.raises(hiring.LastOwner):
        await world.db.write(hiring.enter, token.reveal(), chen.id)
    door = await world.db.write(hiring.another_door, chen.id)
    token = await world.db.read(hiring.token, door, chen.id)
    assert token is not None
    await world.db.write(hiring.enter, token.reveal(), dan.id)
    assert [one.name for one in await world.db.read(hiring.members)] == ["chen"]
    assert (await world.db.read(staff.colleague, dan.id)).roles == hiring.OWNER
