"""Who works here: let in once by a link, asked for at every press, gone at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from core import hiring, leaving, staff
from core.authority import Right, Role, rights, roles_named
from core.ground import presses
from core.ground.messages import Choice, Message, words
from core.hiring import InviteUsed, LastOwner, LeftAlready, MoreThanYours
from core.staff import Colleague, NotAllowed, NotStaff
from tests.core.counter import ask, run


async def works_here(world, person: str) -> bool:
    return await world.db.read(staff.is_staff, person)


async def test_an_invitation_lets_one_person_in_once(world, lin, bao):
    token = await world.db.write(hiring.invite, "Chen")
    assert await world.db.write(hiring.enter, token, lin.id) == Colleague(lin.id, "Chen", 1, hiring.OWNER)
    for again in (lin, bao):
        with pytest.raises(InviteUsed):
            await world.db.write(hiring.enter, token, again.id)
    assert [await works_here(world, person.id) for person in (lin, bao)] == [True, False]
    assert await ask(world, "SELECT action FROM audit ORDER BY id") == ["invite", "enter"]


async def test_of_two_who_use_it_at_once_one_gets_in(world, lin, bao):
    token = await world.db.write(hiring.invite, "Chen")
    entering = [world.db.write(hiring.enter, token, person.id) for person in (lin, bao)]
    outcomes = await asyncio.gather(*entering, return_exceptions=True)
    assert sum(isinstance(outcome, Colleague) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, InviteUsed) for outcome in outcomes) == 1


async def test_an_old_an_unknown_and_a_wrong_invitation_are_the_same(world, clock, lin):
    old = await world.db.write(hiring.invite, "Chen")
    clock.forward(timedelta(hours=24, minutes=1))
    fresh = await world.db.write(hiring.invite, "Chen")
    for token in (old, fresh[:-1], fresh + "A", fresh.swapcase(), "", "%"):
        with pytest.raises(InviteUsed) as refusal:
            await world.db.write(hiring.enter, token, lin.id)
        assert refusal.value.facts == {}
    assert not await works_here(world, lin.id)


async def test_an_invitation_is_kept_by_its_fingerprint_only(world):
    token = await world.db.write(hiring.invite, "Chen")
    rows = await world.db.read(lambda tx: tx.all(text("SELECT * FROM invites")))
    assert token not in str(rows)
    assert token.encode() not in rows[0].fingerprint


async def test_who_left_is_out_at_once_and_may_be_invited_again(world, lin):
    """A1: asked at the press, not when the button was shown."""
    await world.db.write(hiring.enter, await world.db.write(hiring.invite, "Chen"), lin.id)
    await run(world, "UPDATE colleagues SET left_at = since")
    assert not await works_here(world, lin.id)
    with pytest.raises(NotStaff):
        await world.db.read(staff.colleague, lin.id)
    await world.db.write(staff.tell, "news", Message(words("welcome")))
    assert await ask(world, "SELECT COUNT(*) FROM outbox") == [0]
    await world.db.write(hiring.enter, await world.db.write(hiring.invite, "Chen again"), lin.id)
    assert await world.db.read(staff.colleague, lin.id) == Colleague(lin.id, "Chen again", 2, hiring.OWNER)


async def test_everybody_who_works_here_is_told_once(world, lin, bao, chen):
    await world.db.write(hiring.enter, await world.db.write(hiring.invite, "Bao"), bao.id)
    for _ in range(2):
        await world.db.write(staff.tell, "news", Message(words("welcome")))
    told = await ask(world, "SELECT effect_key FROM outbox ORDER BY effect_key")
    assert told == [f"say news to {bao.id}", f"say news to {chen.id}"]


# Roles: nobody gives or takes more than they have

HELPER = roles_named("helper") or frozenset()


async def hired(world, person, roles: Iterable[Role] = hiring.OWNER) -> int:
    """The colleague they are now."""
    token = await world.db.write(hiring.invite, person.name, roles)
    return (await world.db.write(hiring.enter, token, person.id)).id


async def test_roles_are_what_their_rights_are_made_of():
    assert rights(hiring.OWNER) == frozenset(Right)
    assert rights(HELPER) == {Right.LOOK, Right.ANSWER, Right.DECIDE, Right.STOCK}
    for role in Role:
        assert Right.LOOK in rights([role])
        assert rights([role]) <= rights([Role.MANAGER]) or role is Role.OWNER


@pytest.mark.parametrize("said", ["", "+", "boss", "helper+", "owner+boss", "Right.OWN"])
async def test_what_is_no_role_is_none(said):
    assert roles_named(said) is None


async def test_a_manager_lets_helpers_in_and_no_owner(world, lin, bao):
    await hired(world, lin, {Role.MANAGER})
    with pytest.raises(MoreThanYours):
        await world.db.write(hiring.invite_by, lin.id, "Bao", hiring.OWNER, "e1")
    made = await world.db.write(hiring.invite_by, lin.id, "Bao", HELPER, "e2")
    assert await world.db.write(hiring.invite_by, lin.id, "Bao", HELPER, "e2") == made  # a repeat
    token = (await world.db.read(hiring.token, made, lin.id)).reveal()
    with pytest.raises(LookupError):
        await world.db.read(hiring.token, made, bao.id)
    assert (await world.db.write(hiring.enter, token, bao.id)).roles == HELPER
    assert await world.db.read(hiring.token, made, lin.id) is None  # nobody can look at it any more


async def test_an_invitation_is_worth_no_more_than_who_made_it_has_now(world, lin, bao, chen):
    colleague = await hired(world, lin, {Role.MANAGER})
    made = await world.db.write(hiring.invite_by, lin.id, "Bao", frozenset({Role.MANAGER}), "e1")
    token = (await world.db.read(hiring.token, made, lin.id)).reveal()
    await world.db.write(hiring.give, colleague, HELPER, chen.id)
    with pytest.raises(InviteUsed):
        await world.db.write(hiring.enter, token, bao.id)
    assert not await works_here(world, bao.id)


async def test_a_helper_hires_nobody(world, lin):
    await hired(world, lin, HELPER)
    with pytest.raises(NotAllowed):
        await world.db.write(hiring.invite_by, lin.id, "Bao", HELPER, "e1")
    with pytest.raises(NotAllowed):
        await world.db.write(hiring.give, 1, HELPER, lin.id)


async def test_a_manager_takes_nothing_from_an_owner(world, lin, chen):
    await hired(world, lin, {Role.MANAGER})
    owner = (await world.db.read(staff.colleague, chen.id)).id
    with pytest.raises(MoreThanYours):
        await world.db.write(hiring.give, owner, HELPER, lin.id)
    with pytest.raises(MoreThanYours):
        await world.db.write(leaving.leave, owner, lin.id, "e1")


async def test_the_only_owner_stays(world, chen):
    owner = (await world.db.read(staff.colleague, chen.id)).id
    with pytest.raises(LastOwner):
        await world.db.write(hiring.give, owner, HELPER, chen.id)
    with pytest.raises(LastOwner):
        await world.db.write(leaving.leave, owner, chen.id, "e1")


async def dismiss_one_another(world, lin, chen) -> list[Any]:
    first, second = [(await world.db.read(staff.colleague, one.id)).id for one in (chen, lin)]
    acts = [(second, chen.id, "e1"), (first, lin.id, "e2")]
    return await asyncio.gather(*(world.db.write(leaving.leave, *one) for one in acts), return_exceptions=True)


@pytest.mark.parametrize("round_", range(5))
async def test_two_owners_who_dismiss_each_other_at_once_leave_one(world, lin, chen, round_):
    await hired(world, lin)
    outcomes = await dismiss_one_another(world, lin, chen)
    assert [type(outcome) for outcome in outcomes if isinstance(outcome, Exception)] == [NotStaff]
    assert len(await world.db.read(hiring.members)) == 1


async def test_a_door_asked_for_again_is_the_same_one_while_it_is_good_for_a_while(world, clock, chen, bao):
    first = await world.db.write(hiring.another_door, chen.id)
    assert await world.db.write(hiring.another_door, chen.id) == first  # the same event, after a crash
    clock.forward(timedelta(minutes=40))
    second = await world.db.write(hiring.another_door, chen.id)
    assert second != first
    token = (await world.db.read(hiring.token, second, chen.id)).reveal()
    await world.db.write(hiring.enter, token, bao.id)
    assert await world.db.write(hiring.another_door, chen.id) not in (first, second)  # used is not good


async def test_who_leaves_has_no_account_button_talk_or_invitation_left(world, lin, bao, chen):
    colleague = await hired(world, lin, {Role.MANAGER})
    door = await world.db.write(hiring.another_door, lin.id)
    token = (await world.db.read(hiring.token, door, lin.id)).reveal()
    assert (await world.db.write(hiring.enter, token, bao.id)).id == colleague
    invitation = await world.db.write(hiring.invite_by, bao.id, "Lee", HELPER, "e1")
    out = (await world.db.read(hiring.token, invitation, bao.id)).reveal()
    offer = Message(words("welcome"), (Choice(words("choose-leave"), "approve 1", acts=True),))
    button = (await world.db.write(presses.offer, offer, bao.id)).choices[0].says
    for _ in range(2):  # the second time is a repeat of the same event
        await world.db.write(leaving.leave, colleague, chen.id, "e2")
    assert [await works_here(world, one.id) for one in (lin, bao)] == [False, False]
    with pytest.raises(InviteUsed):
        await world.db.write(hiring.enter, out, lin.id)
    assert (await world.db.read(presses.pressed, bao.id, button)).old
    with pytest.raises(LeftAlready):
        await world.db.write(leaving.leave, colleague, chen.id, "e3")


async def test_an_owner_comes_back_by_the_command_line_and_nobody_is_made_less_by_a_link(world, lin):
    await hired(world, lin, HELPER)
    token = await world.db.write(hiring.invite, "Lin")
    assert (await world.db.write(hiring.enter, token, lin.id)).roles == HELPER | hiring.OWNER
