"""Files that people take out: codes need two people, or time in which owners can stop it; each is fetched once."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from core import delivery, exports, hiring, leaving, staff, withdrawals
from core.authority import Right, Role
from core.exports import EnoughExported, ExportDecided, Kind, SecondPersonNeeded, State
from core.reveals import LinkUsed, NothingToReveal, ReasonNeeded
from core.staff import NotAllowed, NotStaff
from tests.core import counter
from tests.core.counter import ask, run

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
    made = await world.db.write(exports.ask, chen.id, Kind.ORDERS, "csv", {}, WHY, "e1")
    assert await world.db.write(exports.ask, chen.id, Kind.ORDERS, "csv", {}, WHY, "e1") == made
    token = await world.db.read(exports.link, made, chen.id)
    assert token is not None
    assert (await take(world, made, chen)).kind is Kind.ORDERS
    with pytest.raises(LinkUsed):
        await world.db.write(exports.take, token.reveal())
    later = await world.db.write(exports.ask, chen.id, Kind.ORDERS, "csv", {}, WHY, "e2")
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
    taken = (await take(world, made, chen)).about
    assert (taken["slug"], taken["n"]) == ("steam", 3)
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
            await world.db.write(exports.ask, person.id, Kind.ORDERS, "csv", {}, WHY, "e9")
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
    made = await world.db.write(exports.ask, chen.id, Kind.ORDERS, "csv", {}, WHY, "e1")
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


# Who is the second person


async def colleague_of(world, person) -> int:
    return (await world.db.read(staff.colleague, person.id)).id


async def test_who_was_made_more_a_minute_ago_is_no_second_person(world, clock, stocked, chen, dan):
    """What counts is since when they have the right, not since when they are here."""
    helper = await worker(world, "helper", Role.SUPPORT)
    clock.forward(DAY)
    await world.db.write(hiring.give, await colleague_of(world, helper), frozenset({Role.MANAGER}), chen.id)
    made = await ask_codes(world, chen)
    with pytest.raises(SecondPersonNeeded):
        await world.db.write(exports.agree, made, helper.id)
    await run(world, "UPDATE colleagues SET codes_since = since")  # the control: by when they came, they could
    await world.db.write(exports.agree, made, helper.id)


async def test_another_role_with_the_same_right_begins_nothing_anew(world, clock, stocked, chen, dan):
    clock.forward(DAY)
    await world.db.write(hiring.give, await colleague_of(world, dan), hiring.OWNER, chen.id)
    made = await ask_codes(world, chen)
    await world.db.write(exports.agree, made, dan.id)
    assert await state(world, made) is State.READY


@pytest.fixture
async def other_account(world, chen) -> Any:
    """Chen's, from before there were roles: the migration made an owner of each account."""
    person = await worker(world, "chen at the desk", Role.OWNER)
    await run(world, "UPDATE colleagues SET codes_since = NULL")
    return person


async def test_two_accounts_from_before_there_were_roles_are_not_two_people(world, clock, stocked, chen, other_account):
    clock.forward(DAY)
    made = await ask_codes(world, chen)
    with pytest.raises(SecondPersonNeeded):
        await world.db.write(exports.agree, made, other_account.id)
    assert (await world.db.read(exports.get, made)).due_at  # as for somebody who is alone
    await world.db.write(hiring.give, await colleague_of(world, other_account), hiring.OWNER, other_account.id)
    assert await ask(world, "SELECT COUNT(*) FROM colleagues WHERE codes_since IS NOT NULL") == [0]


async def test_without_the_doubt_one_person_would_agree_with_themselves(world, clock, stocked, chen, other_account):
    """The control."""
    await run(world, "UPDATE colleagues SET codes_since = since")
    clock.forward(DAY)
    made = await ask_codes(world, chen)
    await world.db.write(exports.agree, made, other_account.id)
    assert await state(world, made) is State.READY


async def test_an_owner_says_that_another_is_a_person_of_their_own(world, clock, stocked, chen, other_account):
    await world.db.write(hiring.give, await colleague_of(world, other_account), hiring.OWNER, chen.id)
    made = await ask_codes(world, chen, "e1")
    with pytest.raises(SecondPersonNeeded):  # not at once: a day's time to notice
        await world.db.write(exports.agree, made, other_account.id)
    clock.forward(DAY)
    await world.db.write(exports.agree, await ask_codes(world, chen, "e2"), other_account.id)


async def test_a_link_of_ones_own_says_nothing_of_who_one_is(world, clock, stocked, chen, other_account):
    made = await world.db.write(hiring.invite_by, chen.id, "x", frozenset({Role.MANAGER}), "i1")
    token = await world.db.read(hiring.token, made, chen.id)
    assert token is not None
    await world.db.write(hiring.enter, token.reveal(), other_account.id)
    assert await ask(world, "SELECT COUNT(*) FROM colleagues WHERE codes_since IS NOT NULL") == [0]
    await world.db.write(hiring.enter, await world.db.write(hiring.invite, "x"), other_account.id)  # the command line's
    assert await ask(world, "SELECT COUNT(*) FROM colleagues WHERE codes_since IS NOT NULL") == [1]


# What is in a file of codes


async def in_file(world, export: int) -> list[str]:
    found = await world.db.read(exports.get, export)
    after: int | None = 0
    codes: list[str] = []
    while after is not None:
        more, _, after = await world.db.read(exports.codes, found, after, len(codes))
        codes += [secret.reveal() for code in more for _, secret in code.fields]
    return codes


async def test_a_file_holds_what_there_was_when_it_was_asked_for(world, steam, stocked, chen):
    made = await ask_codes(world, chen)
    await world.stock(steam, 2)
    assert await in_file(world, made) == stocked
    at_fetching = {**(await world.db.read(exports.of_stock, "steam"))}  # the control: by now there is more
    await run(world, "UPDATE exports SET about = :about", about=json.dumps(at_fetching))
    assert len(await in_file(world, made)) == 5


async def test_what_moves_there_meanwhile_is_not_in_the_file(world, steam, stocked, chen):
    other = await world.make("steam-hk")
    await world.stock(other, 2)
    made = await ask_codes(world, chen)
    (batch,) = await ask(world, "SELECT MAX(id) FROM batches")
    moving = await world.db.write(
        withdrawals.order, "move", chen.id, "wrong", batch=batch, to=steam.id, request_key="m1"
    )
    while await world.db.write(withdrawals.go_on, moving):
        pass
    assert (await world.db.read(exports.of_stock, "steam"))["n"] == 5
    assert await in_file(world, made) == stocked


async def test_what_is_sold_meanwhile_is_not_in_the_file(world, steam, stocked, chen, lin):
    made = await ask_codes(world, chen)
    await counter.sold(world, lin, steam)
    assert await in_file(world, made) == stocked[1:]


async def test_of_an_order_it_holds_what_had_been_handed_over(world, steam, stocked, chen, lin):
    order = await counter.sold(world, lin, steam)
    about = await world.db.read(exports.of_codes, order.number)
    made = await world.db.write(exports.ask_codes, chen.id, about, WHY, "e1")
    await world.db.write(delivery.replace, order.id, 1, "used", chen.id, "r1")
    assert await in_file(world, made) == stocked[:1]


# So many a day


async def test_so_many_files_a_day_and_each_with_a_reason(world, clock, stocked, chen):
    with pytest.raises(ReasonNeeded):
        await world.db.write(exports.ask, chen.id, Kind.ORDERS, "csv", {}, " ", "e0")
    most = 20
    for number in range(most - 1):
        await world.db.write(exports.ask, chen.id, Kind.ORDERS, "csv", {}, WHY, f"e{number}")
    stopped = await ask_codes(world, chen, "codes")
    with pytest.raises(EnoughExported):
        await world.db.write(exports.ask, chen.id, Kind.ORDERS, "csv", {}, WHY, "more")
    await world.db.write(exports.stop, stopped, chen.id)  # what nobody gets doesn't count
    await world.db.write(exports.ask, chen.id, Kind.ORDERS, "csv", {}, WHY, "more")
    with pytest.raises(EnoughExported):
        await ask_codes(world, chen, "codes again")
    clock.forward(DAY)
    await ask_codes(world, chen, "codes again")


async def test_what_a_leaver_asked_for_is_stopped(world, clock, stocked, chen, dan):
    clock.forward(DAY)
    asked, agreed = await ask_codes(world, dan, "e1"), await ask_codes(world, dan, "e2")
    await world.db.write(exports.agree, agreed, chen.id)
    await world.db.write(leaving.leave, await colleague_of(world, dan), chen.id, "e3")
    assert [await state(world, export) for export in (asked, agreed)] == [State.STOPPED, State.STOPPED]
    with pytest.raises(ExportDecided):
        await world.db.write(exports.agree, asked, chen.id)
