"""Who works here: let in once by a link, asked for at every press, gone at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from core import staff
from core.ground.messages import Message, words
from core.staff import Colleague, InviteUsed, NotStaff
from tests.core.counter import ask, run


async def works_here(world, person: str) -> bool:
    return await world.db.read(staff.is_staff, person)


async def test_an_invitation_lets_one_person_in_once(world, lin, bao):
    token = await world.db.write(staff.invite, "Chen")
    assert await world.db.write(staff.enter, token, lin.id) == Colleague(lin.id, "Chen")
    for again in (lin, bao):
        with pytest.raises(InviteUsed):
            await world.db.write(staff.enter, token, again.id)
    assert [await works_here(world, person.id) for person in (lin, bao)] == [True, False]
    assert await ask(world, "SELECT action FROM audit ORDER BY id") == ["invite", "enter"]


async def test_of_two_who_use_it_at_once_one_gets_in(world, lin, bao):
    token = await world.db.write(staff.invite, "Chen")
    entering = [world.db.write(staff.enter, token, person.id) for person in (lin, bao)]
    outcomes = await asyncio.gather(*entering, return_exceptions=True)
    assert sum(isinstance(outcome, Colleague) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, InviteUsed) for outcome in outcomes) == 1


async def test_an_old_an_unknown_and_a_wrong_invitation_are_the_same(world, clock, lin):
    old = await world.db.write(staff.invite, "Chen")
    clock.forward(timedelta(hours=24, minutes=1))
    fresh = await world.db.write(staff.invite, "Chen")
    for token in (old, fresh[:-1], fresh + "A", fresh.swapcase(), "", "%"):
        with pytest.raises(InviteUsed) as refusal:
            await world.db.write(staff.enter, token, lin.id)
        assert refusal.value.facts == {}
    assert not await works_here(world, lin.id)


async def test_an_invitation_is_kept_by_its_fingerprint_only(world):
    token = await world.db.write(staff.invite, "Chen")
    rows = await world.db.read(lambda tx: tx.all(text("SELECT * FROM invites")))
    assert token not in str(rows)
    assert token.encode() not in rows[0].fingerprint


async def test_who_left_is_out_at_once_and_may_be_invited_again(world, lin):
    """A1: asked at the press, not when the button was shown."""
    await world.db.write(staff.enter, await world.db.write(staff.invite, "Chen"), lin.id)
    await run(world, "UPDATE staff SET revoked_at = since")
    assert not await works_here(world, lin.id)
    with pytest.raises(NotStaff):
        await world.db.read(staff.colleague, lin.id)
    await world.db.write(staff.tell, "news", Message(words("welcome")))
    assert await ask(world, "SELECT COUNT(*) FROM outbox") == [0]
    await world.db.write(staff.enter, await world.db.write(staff.invite, "Chen again"), lin.id)
    assert await world.db.read(staff.colleague, lin.id) == Colleague(lin.id, "Chen again")


async def test_everybody_who_works_here_is_told_once(world, lin, bao, chen):
    await world.db.write(staff.enter, await world.db.write(staff.invite, "Bao"), bao.id)
    for _ in range(2):
        await world.db.write(staff.tell, "news", Message(words("welcome")))
    told = await ask(world, "SELECT effect_key FROM outbox ORDER BY effect_key")
    assert told == [f"say news to {bao.id}", f"say news to {chen.id}"]
