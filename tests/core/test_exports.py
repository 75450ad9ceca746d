"""Files that people take out: codes need two people, or time in which owners can stop it; each is fetched once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from core import exports, hiring, staff
from core.authority import Right, Role
from core.exports import ExportDecided, Kind, SecondPersonNeeded, State
from core.reveals import LinkUsed, NothingToReveal, ReasonNeeded
from core.staff import NotAllowed, NotStaff
from tests.core import counter
from tests.core.counter import ask

WHY = "moving to another till"
DAY = timedelta(hours=24)


@pytest.fixture
async def dan(world) -> Any:
    """Dan manages the shop, and has for a while."""
    return await worker(world, "dan", Role.MANAGER)


async def worker(world, name: str, *roles: Role) -> Any:
    person = await counter.meet(world, name)
    await world.db.write(hiring.enter, await world.db.write(hiring.invite, name, roles), person.id)
    return person


async def ask_codes(world, person, key: str = "e1", why: str = WHY) -> int:
    about = await world.db.read(exports.of_stock, "steam")
    return await world.db.write(exports.ask_codes, person.id, about, why, key)


async def state(world, export: int) -> State:
    return (await world.db.read(exports.get, export)).state


async def take(world, export: int, person) -> exports.Export:
    token = await world.db.read(exports.link, export, person.id)
    assert token is not None
    return await world.db.write(exports.take, token.reveal())


async def told(world) -> list[str]:
    return [key for key in await ask(world, "SELECT effect_key FROM outbox ORDER BY id") if "export" in key]


@pytest.fixture
async def stocked(world, steam) -> list[str]:
    return await world.stock(steam, 3)


async def test_a_file_without_codes_is_fetched_once_within_the_hour(world, clock, chen):
    made = await world.db.write(exports.ask, chen.id, Kind.ORDERS, "csv", {}, "e1")
    assert await world.db.write(exports.ask, chen.id, Kind.ORDERS, "csv", {}, "e1") == made
    token = await world.db.read(exports.link, made, chen.id)
    assert token is not None
    assert (await take(world, made, chen)).kind is Kind.ORDERS
    with pytest.raises(LinkUsed):
        await world.db.write(exports.take, token.reveal())
    later = await world.db.write(exports.ask, chen.id, Kind.ORDERS, "csv", {}, "e2")
    clock.forward(timedelta(hours=1))
    assert await world.db.read(exports.link, later, chen.id) is None
    assert await ask(world, "SELECT action FROM audit WHERE subject LIKE 'export%'") == [
        "ask export",
        "export",
        "ask export",
    ]


async def test_codes_need_a_second_person(world, clock, stocked, chen, dan):
    clock.forward(DAY)
    made = await ask_codes(world, chen)
    assert await world.db.read(exports.link, made, chen.id) is None
    with pytest.raises(SecondPersonNeeded):
        await world.db.write(exports.agree, made, chen.id)
    assert await state(world, made) is State.ASKED
    await world.db.write(exports.agree, made, dan.id)
    assert await state(world, made) is State.READY
    assert (await take(world, made, chen)).about == {"slug": "steam", "n": 3}
    with pytest.raises(ExportDecided):
        await world.db.write(exports.agree, made, dan.id)


async def test_another_account_of_the_same_person_is_no_second_person(world, clock, stocked, chen, dan, lin):
    door = await world.db.write(hiring.another_door, chen.id)
    token = await world.db.read(hiring.token, door, chen.id)
    assert token is not None
    await world.db.write(hiring.enter, token.reveal(), lin.id)
    clock.forward(DAY)
    made = await ask_codes(world, chen)
    with pytest.raises(SecondPersonNeeded):
        await world.db.write(exports.agree, made, lin.id)


async def test_who_was_let_in_to_agree_is_no_second_person(world, clock, stocked, chen, dan):
    clock.forward(DAY)
    friend = await worker(world, "friend", Role.MANAGER)
    made = await ask_codes(world, chen)
    with pytest.raises(SecondPersonNeeded):
        await world.db.write(exports.agree, made, friend.id)
    clock.forward(DAY - timedelta(minutes=1))
    with pytest.raises(SecondPersonNeeded):
        await world.db.write(exports.agree, made, friend.id)


async def test_without_the_rule_one_person_would_agree_alone(world, clock, stocked, chen, dan, monkeypatch):
    """The control: it is the rule that refuses; and behind it the schema does."""
    clock.forward(DAY)
    made = await ask_codes(world, chen)
    monkeypatch.setattr(exports, "_could_agree", lambda tx, asker, at: hiring.members(tx))
    with pytest.raises(IntegrityError, match=r"two_people|CHECK"):
        await world.db.write(exports.agree, made, chen.id)
    friend = await worker(world, "friend", Role.MANAGER)
    await world.db.write(exports.agree, made, friend.id)
    assert await state(world, made) is State.READY


async def test_one_person_alone_waits_and_owners_can_stop_it(world, clock, stocked, chen):
    made = await ask_codes(world, chen)
    assert await world.db.read(exports.due, 9) == []
    clock.forward(DAY - timedelta(seconds=1))
    await world.db.write(exports.ripen, made)
    assert await state(world, made) is State.ASKED
    clock.forward(timedelta(seconds=1))
    assert await world.db.read(exports.due, 9) == [made]
    for _ in range(2):
        await world.db.write(exports.ripen, made)
    assert await state(world, made) is State.READY
    assert (await told(world)).count(f"say export {made} ready") == 1
    await take(world, made, chen)
    with pytest.raises(ExportDecided):
        await world.db.write(exports.stop, made, chen.id)


async def test_what_is_stopped_stays_stopped(world, clock, stocked, chen):
    made = await ask_codes(world, chen)
    for _ in range(2):
        await world.db.write(exports.stop, made, chen.id)
    clock.forward(DAY)
    assert await world.db.read(exports.due, 9) == []
    await world.db.write(exports.ripen, made)
    assert await state(world, made) is State.STOPPED
    assert await world.db.read(exports.link, made, chen.id) is None


async def test_owners_hear_of_a_manager_who_takes_codes_out(world, clock, stocked, chen, dan):
    """Dan could not agree with himself; Chen owns the shop and may agree or stop it."""
    clock.forward(DAY)
    made = await ask_codes(world, dan)
    assert f"say export {made} to {chen.id}" in await told(world)
    await world.db.write(exports.stop, made, chen.id)
    assert await state(world, made) is State.STOPPED


async def test_where_no_room_is_each_hears_of_it_once(world, clock, stocked, chen, dan):
    clock.forward(DAY)
    made = await ask_codes(world, chen)
    assert await told(world) == [f"say export {made} to {who.id}" for who in (chen, dan)]


async def test_an_agreement_that_comes_too_late_is_none(world, clock, stocked, chen, dan):
    clock.forward(DAY)
    made = await ask_codes(world, chen)
    clock.forward(DAY)
    with pytest.raises(ExportDecided):
        await world.db.write(exports.agree, made, dan.id)


@pytest.mark.parametrize("roles", [(Role.SUPPORT, Role.STOCK_KEEPER), (Role.VIEWER,)])
async def test_the_rights_are_asked_for(world, clock, stocked, chen, dan, lin, roles):
    clock.forward(DAY)
    helper = await worker(world, "helper", *roles)
    made = await ask_codes(world, chen)
    for person, refusal in ((helper, NotAllowed), (lin, NotStaff)):
        for decide in (exports.agree, exports.stop):
            with pytest.raises(refusal):
                await world.db.write(decide, made, person.id)
        with pytest.raises(refusal):
            await world.db.write(exports.ask, person.id, Kind.ORDERS, "csv", {}, "e9")
        with pytest.raises(refusal):
            await ask_codes(world, person, "e8")
    assert await state(world, made) is State.ASKED


async def test_who_lost_the_right_fetches_nothing(world, clock, stocked, chen, dan):
    clock.forward(DAY)
    made = await ask_codes(world, dan)
    await world.db.write(exports.agree, made, chen.id)
    token = await world.db.read(exports.link, made, dan.id)
    assert token is not None
    colleague = (await world.db.read(staff.colleague, dan.id)).id
    await world.db.write(hiring.give, colleague, frozenset({Role.SUPPORT}), chen.id)
    with pytest.raises(LinkUsed):
        await world.db.write(exports.take, token.reveal())
    assert Right.EXPORT not in (await world.db.read(staff.colleague, dan.id)).rights


async def test_of_two_who_fetch_at_once_one_gets_it(world, chen):
    made = await world.db.write(exports.ask, chen.id, Kind.ORDERS, "csv", {}, "e1")
    token = await world.db.read(exports.link, made, chen.id)
    assert token is not None
    fetching = [world.db.write(exports.take, token.reveal()) for _ in range(5)]
    outcomes = await asyncio.gather(*fetching, return_exceptions=True)
    assert sum(isinstance(outcome, exports.Export) for outcome in outcomes) == 1


async def test_the_passphrase_is_shown_once_to_who_asked(world, clock, stocked, chen, dan):
    clock.forward(DAY)
    made = await ask_codes(world, chen)
    await world.db.write(exports.agree, made, dan.id)
    assert await world.db.read(exports.phrase, made, chen.id) is None
    with pytest.raises(LinkUsed):
        await world.db.write(exports.show_phrase, made, dan.id)
    assert await world.db.write(exports.show_phrase, made, chen.id)
    assert not await world.db.write(exports.show_phrase, made, chen.id)
    shown = await world.db.read(exports.phrase, made, chen.id)
    assert shown is not None and len(shown.reveal()) == 29
    assert await world.db.read(exports.phrase, made, dan.id) is None
    clock.forward(exports.SHOWN)
    assert await world.db.read(exports.phrase, made, chen.id) is None


async def test_what_codes_there_are_is_known_before(world, steam, chen):
    with pytest.raises(NothingToReveal):
        await world.db.read(exports.of_codes, "steam")
    await world.stock(steam, 2)
    with pytest.raises(ReasonNeeded):
        await ask_codes(world, chen, why="?")
