"""The staff room: opened by a code, told everything, never shown a code, and not followed where it goes."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from core import composing, customers, enquiries, hiring, rooms, staff
from core.authority import Role
from core.ground import outbox
from core.ground.errors import SendError
from core.ground.messages import Answer, Choice, Codes, Message, Note, Phrase, words
from core.rooms import NotInARoom, Room, RoomNotMoved
from core.staff import NotAllowed, NotStaff
from tests.core import counter
from tests.core.counter import ask, run
from tests.world import Somebody, World

GROUP, SUPER, OTHER = "test:-100", "test:-100200", "test:-900"
NEWS = Message(words("welcome", shop="x"))


async def open_room(world: World, chen: Somebody, place: str = GROUP) -> Room:
    code = await world.db.write(staff.room_code)
    room = await world.db.write(staff.open_room, code, place, chen.id)
    assert room is not None
    return room


async def told(world: World) -> list[str]:
    """To whom something waits to be said."""
    return sorted(
        row["person"]
        for row in await world.db.read(lambda tx: [row.payload for row in tx.all(select(outbox.outbox.c.payload))])
    )


async def compose(world: World, person: str, *facts: Any) -> str:
    message = Message(tuple(words("human-says", text=fact) for fact in facts))
    return (await world.db.read(composing.compose, person, message)).revealed()


# Opening one


async def test_a_code_opens_one_room_once(world, chen):
    code = await world.db.write(staff.room_code)
    assert await world.db.write(staff.open_room, code, GROUP, chen.id) == Room(GROUP, "test", None)
    assert await world.db.write(staff.open_room, code, GROUP, chen.id) == Room(GROUP, "test", None)  # the same event
    assert await world.db.write(staff.open_room, code, OTHER, chen.id) is None
    assert [room.id for room in await world.db.read(rooms.reached)] == [GROUP]
    assert await ask(world, "SELECT subject FROM audit WHERE action = 'open room'") == [GROUP]


@pytest.mark.parametrize("how", ["small", "bare", "misread"])
async def test_a_code_may_be_copied_by_hand(world, chen, how):
    code = await world.db.write(staff.room_code)
    copied = {
        "small": code.lower(),
        "bare": code.replace("-", " "),
        "misread": code.replace("0", "o").replace("1", "l"),
    }
    assert await world.db.write(staff.open_room, copied[how], GROUP, chen.id)


async def test_a_code_is_kept_by_its_fingerprint_only_and_is_long_enough(world):
    code = await world.db.write(staff.room_code)
    rows = await world.db.read(lambda tx: tx.all(text("SELECT * FROM room_codes")))
    assert code not in str(rows)
    assert code.replace("-", "") not in str(rows)
    assert len(code.replace("-", "")) == 8  # of 32 letters: 40 bits


async def test_an_old_an_earlier_and_a_wrong_code_open_nothing(world, clock, chen):
    earlier = await world.db.write(staff.room_code)
    old = await world.db.write(staff.room_code)
    clock.forward(rooms.VALID)
    for code in (earlier, old, "", "0000-0000", "ключ", "%"):
        assert await world.db.write(staff.open_room, code, GROUP, chen.id) is None
    assert not await world.db.read(rooms.is_open, GROUP)


async def test_only_staff_open_one_and_their_code_is_still_good_then(world, chen, lin):
    code = await world.db.write(staff.room_code)
    with pytest.raises(NotStaff):
        await world.db.write(staff.open_room, code, OTHER, lin.id)
    assert await world.db.write(staff.open_room, code, GROUP, chen.id)


@pytest.mark.parametrize("guesses", [rooms.GUESSES - 1, rooms.GUESSES])
async def test_guesses_are_counted(world, chen, guesses):
    code = await world.db.write(staff.room_code)
    for _ in range(guesses):
        assert await world.db.write(staff.open_room, "0000-0000", GROUP, chen.id) is None
    opened = await world.db.write(staff.open_room, code, GROUP, chen.id)
    assert (opened is None) == (guesses == rooms.GUESSES)


async def test_a_second_room_takes_the_place_of_the_first(world, chen):
    await open_room(world, chen)
    await open_room(world, chen, OTHER)
    assert [room.id for room in await world.db.read(rooms.reached)] == [OTHER]
    await open_room(world, chen)  # and back
    assert [room.id for room in await world.db.read(rooms.reached)] == [GROUP]


async def test_the_schema_refuses_a_second_open_room_of_a_chat(world, chen):
    await open_room(world, chen)
    await open_room(world, chen, OTHER)
    with pytest.raises(Exception, match=r"(?i)unique"):
        await run(world, "UPDATE rooms SET revoked_at = NULL")


async def test_two_codes_used_at_once_leave_one_room(world, chen):
    await world.db.write(staff.room_code)
    code = await world.db.write(staff.room_code)
    opening = [world.db.write(staff.open_room, code, place, chen.id) for place in (GROUP, OTHER)]
    outcomes = await asyncio.gather(*opening)
    assert sum(outcome is not None for outcome in outcomes) == 1
    assert len(await world.db.read(rooms.reached)) == 1


@pytest.mark.parametrize("place", ["-100", "test:", ":-100", ""])
async def test_a_room_is_named_with_its_chat(world, chen, place):
    code = await world.db.write(staff.room_code)
    with pytest.raises(ValueError, match="id of a room"):
        await world.db.write(staff.open_room, code, place, chen.id)


# What is said there


async def test_a_room_is_told_and_its_chats_staff_are_not_told_twice(world, chen, bao):
    await world.db.write(customers.meet, "desk", "wang", "wang", "en", None)
    for person in (bao.id, "desk:wang"):
        await world.db.write(hiring.enter, await world.db.write(hiring.invite, "x"), person)
    await world.db.write(staff.tell, "before", NEWS)
    assert await told(world) == sorted(["desk:wang", chen.id, bao.id])
    await run(world, "DELETE FROM outbox")
    await open_room(world, chen)
    for _ in range(2):
        await world.db.write(staff.tell, "news", NEWS)
    assert await told(world) == ["desk:wang", GROUP]


async def test_a_room_is_spoken_to_in_the_language_of_who_opened_it(world, chen):
    await world.db.write(customers.speak, chen.id, "ru")
    await open_room(world, chen)
    person, spoken = await world.db.write(composing.addressed, GROUP, Message(words("not-staff")))
    assert (person.chat, person.address, spoken.locale) == ("test", "-100", "ru")


async def test_what_a_room_refuses_is_said_to_each_of_its_staff(world, chen):
    await open_room(world, chen)
    world.chat.closed.add("-100")
    await world.db.write(staff.tell, "news", NEWS)
    await world.runner.drain()
    assert world.chat.of("chen").qsize() == 1
    await world.db.write(staff.tell, "more", NEWS)  # and so is what follows
    await world.runner.drain()
    assert world.chat.of("chen").qsize() == 2
    world.chat.closed.clear()
    await world.db.write(customers.reachable, GROUP)
    await world.db.write(staff.tell, "and more", NEWS)
    await world.runner.drain()
    assert (world.chat.of("chen").qsize(), world.chat.of("-100").qsize()) == (2, 1)


# What is never said there


async def bought(world: World, lin: Any, steam: Any) -> Any:
    [code] = await world.stock(steam, 1)
    order = await counter.weigh(world, await counter.pay(world, await counter.place(world, lin, steam)))
    await counter.send(world, order)
    return code, order


@pytest.mark.parametrize("fact", [Codes, Phrase])
async def test_no_code_and_no_phrase_is_composed_for_a_room(world, lin, chen, steam, fact):
    _, order = await bought(world, lin, steam)
    await open_room(world, chen)
    await run(world, f"UPDATE people SET customer_id = {lin.customer} WHERE id = '{GROUP}'")  # even if it were theirs
    for tried in (
        world.db.read(composing.compose, GROUP, Message(words("human-says", text=fact(order.id)))),
        world.db.write(composing.addressed, GROUP, Message(words("human-says", text=fact(order.id)))),
    ):
        with pytest.raises(NotInARoom):
            await tried
    await run(world, "UPDATE rooms SET revoked_at = since")  # nor for one that is closed
    with pytest.raises(NotInARoom):
        await compose(world, GROUP, fact(order.id))


@pytest.mark.parametrize("fact", [Codes, Phrase])
async def test_without_the_guard_it_would_be(world, lin, chen, steam, fact, monkeypatch):
    code, order = await bought(world, lin, steam)
    await open_room(world, chen)
    await run(world, f"UPDATE orders SET person_id = '{GROUP}'")
    await run(world, f"UPDATE people SET customer_id = {lin.customer} WHERE id = '{GROUP}'")
    monkeypatch.setattr(rooms, "is_room", lambda tx, person: False)
    shown = await compose(world, GROUP, fact(order.id))
    assert code in shown if fact is Codes else len(shown) > 10


async def test_what_a_buyer_answered_is_read_in_private(world, lin, chen):
    form = [{"name": "account", "label": {"en": "Account", "zh-CN": "账号"}}]
    topup = await world.make("topup", kind="by_hand", form=form)
    order = await counter.place(world, lin, topup, answers={"account": "lin@game hunter2"})
    await open_room(world, chen)
    card = Message(words("staff-answer", label="Account", answer=Answer(order.id, "account")))
    assert "hunter2" not in (await world.db.read(composing.compose, GROUP, card)).revealed()
    assert "hunter2" in (await world.db.read(composing.compose, chen.id, card)).revealed()


@pytest.mark.parametrize(
    "code", ["STEAM-0001-CODE", "abcd1234efgh", "ABCDEFGHIJ", "ABCD EFGH 1234", "1234 5678 9012 3456", "6F9X-22AA"]
)
async def test_what_a_buyer_wrote_is_read_there_but_for_what_could_be_a_code(world, lin, chen, code):
    await open_room(world, chen)
    note = await world.db.write(enquiries.keep, "e1", lin.id, lin.id, f"我的码 {code}不能用, is it broken? {code}")
    shown = await compose(world, GROUP, Note(note))
    assert code not in shown
    assert "不能用" in shown
    assert "broken" in shown
    assert code in await compose(world, chen.id, Note(note))


# A group that has a new id


async def test_a_new_id_is_not_followed_until_staff_confirm_it(world, chen):
    await open_room(world, chen)
    await world.db.write(staff.tell, "before", NEWS)  # waiting when it moves
    for _ in range(2):
        await world.db.write(staff.move_room, GROUP, SUPER)
    await world.db.write(staff.tell, "after", NEWS)
    await world.runner.drain()
    assert (world.chat.of("-100").qsize(), world.chat.of("-100200").qsize()) == (0, 0)
    asked = world.chat.of("chen").get_nowait()
    assert "-100200" in asked.revealed()
    assert world.chat.of("chen").empty()
    await chen.says(press=asked.choices[0].says)
    await world.runner.drain()
    assert (world.chat.of("-100").qsize(), world.chat.of("-100200").qsize()) == (0, 2)
    assert [room.id for room in await world.db.read(rooms.reached)] == [SUPER]
    assert await ask(world, "SELECT action FROM audit WHERE action LIKE 'room mov%' ORDER BY id") == [
        "room moves",
        "room moved",
    ]


async def test_what_waits_for_a_confirmation_waits_for_as_long_as_it_takes(world, clock, chen):
    await open_room(world, chen)
    await world.db.write(staff.move_room, GROUP, SUPER)
    await world.db.write(staff.tell, "news", NEWS)
    for _ in range(30):
        await world.runner.drain()
        clock.forward(timedelta(hours=1))
    await world.holds()
    await world.db.write(staff.confirm_move, GROUP, SUPER, chen.id)
    await world.runner.drain()
    assert world.chat.of("-100200").qsize() == 1


async def test_another_room_instead_gets_what_waited(world, chen):
    await open_room(world, chen)
    await world.db.write(staff.move_room, GROUP, SUPER)
    await world.db.write(staff.tell, "news", NEWS)
    await world.runner.drain()
    await open_room(world, chen, OTHER)
    await world.runner.drain()
    assert (world.chat.of("-900").qsize(), world.chat.of("-100200").qsize()) == (1, 0)


async def test_only_what_the_chat_said_is_confirmed_and_only_by_staff(world, chen, lin):
    await open_room(world, chen)
    with pytest.raises(RoomNotMoved):
        await world.db.write(staff.confirm_move, GROUP, SUPER, chen.id)
    await world.db.write(staff.move_room, GROUP, SUPER)
    with pytest.raises(RoomNotMoved):
        await world.db.write(staff.confirm_move, GROUP, OTHER, chen.id)
    with pytest.raises(NotStaff):
        await world.db.write(staff.confirm_move, GROUP, SUPER, lin.id)
    for _ in range(2):  # a repeat changes nothing
        assert (await world.db.write(staff.confirm_move, GROUP, SUPER, chen.id)).id == SUPER
    assert await ask(world, "SELECT COUNT(*) FROM audit WHERE action = 'room moved'") == [1]


async def test_only_owners_are_asked_where_the_room_is_and_only_they_say(world, chen, bao):
    """Whoever hires helpers could otherwise lead the room's notices into a group of their own."""
    token = await world.db.write(hiring.invite, "Bao", {Role.MANAGER})
    await world.db.write(hiring.enter, token, bao.id)
    await open_room(world, chen)
    await world.db.write(staff.move_room, GROUP, SUPER)
    assert await told(world) == [chen.id]
    with pytest.raises(NotAllowed):
        await world.db.write(staff.confirm_move, GROUP, SUPER, bao.id)
    await run(world, """UPDATE colleagues SET roles = '["owner"]'""")  # the control: as an owner it is theirs to say
    assert (await world.db.write(staff.confirm_move, GROUP, SUPER, bao.id)).id == SUPER


async def test_a_group_that_is_no_room_does_not_move(world, chen):
    await world.db.write(staff.move_room, OTHER, SUPER)
    assert await told(world) == []
    assert await ask(world, "SELECT COUNT(*) FROM rooms") == [0]


async def test_a_closed_chats_room_says_so_for_good(world, chen):
    await open_room(world, chen)
    await run(world, "UPDATE rooms SET revoked_at = since")
    with pytest.raises(SendError) as refused:
        await world.db.write(composing.addressed, GROUP, NEWS)
    assert refused.value.permanent


async def test_a_rooms_buttons_are_the_rooms(world, chen):
    await open_room(world, chen)
    acting = Message(words("not-staff"), (Choice(words("choose-approve"), "approve X", acts=True),))
    await world.db.write(composing.addressed, GROUP, acting)
    assert await ask(world, "SELECT person_id FROM presses") == [GROUP]
