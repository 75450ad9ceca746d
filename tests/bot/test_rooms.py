"""What is pressed and typed in a group: the room's buttons are its staff's, and a talk stays where it is held."""

from __future__ import annotations

import itertools
from typing import Any, cast

import pytest
from sqlalchemy import text

from bot.buyers import buyers
from bot.router import Router
from bot.said import Said
from bot.staff import staff
from core import composing, customers, hiring, orders, rooms
from core import staff as people
from core.ground import presses
from core.ground.clock import TestClock
from core.ground.db import Database
from core.ground.messages import Choice, Codes, Message, Words, pack, unpack, words
from core.ground.presses import LONGEST, VALID
from core.ground.rules import Rules
from core.orders import Order, State
from core.shop import Shop
from jobs.runner import Runner
from tests.core import counter
from tests.core.counter import ask
from tests.world import Chat, Somebody, World

ROOM, ELSEWHERE = "-100", "-900"
numbers = itertools.count()


@pytest.fixture
def world(db: Database, clock: TestClock, rules: Rules) -> World:
    """The shop with its doors closed."""
    chat, nobody = Chat(), cast(Any, None)
    shop = Shop(db, rules, "https://shop.example", {}, {"test": chat.send})
    return World(db, shop, Runner(shop, {}), nobody, chat, clock, "")


async def say(
    world: World, who: str, typed: str = "", *, place: str | None = ROOM, router: Router = staff, **said: Any
) -> Message:
    return await router.answer(
        world.shop, Said("test", who, f"event {next(numbers)}", typed, name=who, place=place, **said)
    )


@pytest.fixture
async def room(world: World, chen: Somebody) -> str:
    code = await world.db.write(people.room_code)
    opened = await say(world, "chen", f"/here {code}")
    assert opened.paragraphs == (words("room-opened"),)
    return f"test:{ROOM}"


async def held(world: World) -> Order:
    """An order that a person must look at."""
    dear = await world.make(f"dear{next(numbers)}", prices={"CNY": {1: 90000}})
    await world.stock(dear, 1)
    lin = await counter.meet(world, "lin")
    return await counter.weigh(world, await counter.pay(world, await counter.place(world, lin, dear)))


def button(message: Message, key: str) -> str:
    return next(choice.says for choice in message.choices if getattr(choice.label, "key", "") == key)


async def approve_in_the_room(world: World, order: Order) -> str:
    """The approving button as it is shown there."""
    return button(await say(world, "chen", f"review {order.number}"), "choose-approve")


def first(message: Message) -> str:
    """Which sentence a message begins with."""
    said = message.paragraphs[0]
    assert isinstance(said, Words)
    return said.key


async def state(world: World, order: Order) -> State:
    return (await counter.now(world, order)).state


# Buttons that act


async def test_a_rooms_button_is_pressed_by_any_of_its_staff(world, room):
    await world.hire("wang")
    order = await held(world)
    token = await approve_in_the_room(world, order)
    await say(world, "wang", press=token)
    assert await state(world, order) is State.FULFILLING
    again = await say(world, "chen", press=token)
    assert first(again) == "already-decided"


async def test_what_comes_by_itself_into_the_room_can_be_pressed_there(world, room):
    order = await held(world)
    approve = Choice(words("choose-approve"), f"approve {order.number}", acts=True)
    _, spoken = await world.db.write(composing.addressed, room, Message(words("not-staff"), (approve,)))
    await say(world, "chen", press=spoken.choices[0].says)
    assert await state(world, order) is State.FULFILLING


async def elsewhere(world: World, who: str) -> list[tuple[str, str | None]]:
    """Everybody and everywhere a room's button must be worth nothing."""
    await world.hire("wang")
    return [(who, None), (who, ELSEWHERE), ("wang", None), ("stranger", ROOM), ("stranger", None), ("lin", ROOM)]


async def test_a_rooms_button_does_nothing_anywhere_else_nor_for_a_stranger(world, room):
    order = await held(world)
    token = await approve_in_the_room(world, order)
    for who, place in await elsewhere(world, "chen"):
        answer = await say(world, who, press=token, place=place)
        assert first(answer) in ("button-old", "not-staff", "not-here"), (who, place)
    answer = await say(world, "chen", press=token, anonymous=True)
    assert answer.paragraphs == (words("not-staff"),)
    assert await state(world, order) is State.IN_REVIEW


async def test_a_persons_button_does_nothing_in_the_room(world, room):
    order = await held(world)
    token = button(await say(world, "chen", f"review {order.number}", place=None), "choose-approve")
    assert first(await say(world, "chen", press=token)) == "button-old"
    assert await state(world, order) is State.IN_REVIEW
    await say(world, "chen", press=token, place=None)  # the control
    assert await state(world, order) is State.FULFILLING


async def test_without_the_owner_a_forwarded_button_would_decide(world, room, monkeypatch):
    order = await held(world)
    token = await approve_in_the_room(world, order)
    pressed = presses.pressed
    monkeypatch.setattr(presses, "pressed", lambda tx, owner, token: pressed(tx, room, token))
    await say(world, "chen", press=token, place=None)
    assert await state(world, order) is State.FULFILLING


async def test_without_the_guard_a_stranger_in_the_room_would_press(world, room, monkeypatch):
    order = await held(world)
    token = await approve_in_the_room(world, order)
    monkeypatch.setattr(people, "is_staff", lambda tx, person: True)
    monkeypatch.setattr(people, "colleague", lambda tx, person: people.Colleague(person, "stranger", 0, hiring.OWNER))
    await say(world, "stranger", press=token)
    assert await state(world, order) is State.FULFILLING


async def test_a_closed_rooms_buttons_are_worth_nothing(world, room):
    order = await held(world)
    token = await approve_in_the_room(world, order)
    code = await world.db.write(people.room_code)
    await say(world, "chen", f"here {code}", place=ELSEWHERE)
    for place in (ROOM, ELSEWHERE):
        assert first(await say(world, "chen", press=token, place=place)) in ("not-here", "button-old")
    assert await state(world, order) is State.IN_REVIEW


# Groups that are none of ours


async def test_in_another_group_staff_are_told_to_go_elsewhere(world, room):
    order = await held(world)
    wrong: list[dict[str, Any]] = [
        {"typed": f"approve {order.number}"},
        {"press": f"approve {order.number}"},
        {"press": "here 0000-0000"},
    ]
    for said in wrong:
        answer = await say(world, "chen", place=ELSEWHERE, **said)
        assert answer == Message(words("not-here"), aside=True)
    assert await state(world, order) is State.IN_REVIEW


async def test_without_the_guard_another_group_would_decide(world, room, monkeypatch):
    order = await held(world)
    monkeypatch.setattr(rooms, "is_open", lambda tx, room: True)
    await world.db.write(customers.meet, "test", ELSEWHERE, "", "en", None)
    await say(world, "chen", f"approve {order.number}", place=ELSEWHERE)
    assert await state(world, order) is State.FULFILLING


async def test_a_stranger_opens_no_room_and_a_wrong_code_none_either(world, chen):
    code = await world.db.write(people.room_code)
    assert (await say(world, "stranger", f"here {code}")).paragraphs == (words("not-staff"),)
    assert (await say(world, "chen", "here 0000-0000")).paragraphs == (words("room-code-wrong"),)
    assert (await say(world, "chen", f"here {code}", anonymous=True)).paragraphs == (words("not-staff"),)
    assert (await say(world, "chen", f"here {code}", place=None)).paragraphs == (words("room-in-group"),)
    assert (await say(world, "chen", f"HERE {code.lower()}")).paragraphs == (words("room-opened"),)


async def test_buyers_are_answered_in_private_only(world, lin, chen, room):
    for who, place in (("lin", ELSEWHERE), ("lin", ROOM), ("chen", ELSEWHERE)):
        answer = await say(world, who, "help", place=place, router=buyers)
        assert answer == Message(words("not-here"), aside=True)


# Talks


async def talk_of(world: World, who: str) -> Any:
    return (await ask(world, "SELECT talk FROM people WHERE id = :who", who=f"test:{who}"))[0]


async def test_a_talk_in_private_hears_nothing_that_is_said_in_the_room(world, room, lin):
    await counter.meet(world, "lin")
    await say(world, "chen", "reply test:lin", place=None)
    before = await talk_of(world, "chen")
    order = await held(world)
    await say(world, "chen", "that one is a pest again")
    await say(world, "chen", "cancel")
    await say(world, "chen", f"order {order.number}")
    await say(world, "chen", press=await approve_in_the_room(world, order))
    assert await talk_of(world, "chen") == before
    assert await state(world, order) is State.FULFILLING
    assert await ask(world, "SELECT COUNT(*) FROM notes") == [0]
    await say(world, "chen", "hello Lin", place=None)  # the control: where it is held, it is heard
    assert await ask(world, "SELECT COUNT(*) FROM notes") == [1]


async def test_a_talk_in_the_room_hears_only_its_own_person_there(world, room):
    await world.hire("wang")
    await counter.meet(world, "lin")
    asked = await say(world, "chen", "reply test:lin")
    before = await talk_of(world, "chen")
    assert await world.db.read(customers.talking, "test:chen")
    assert await world.db.read(customers.talking, "test:chen", ROOM)
    for who, place in (("wang", None), ("wang", ROOM), ("chen", None), ("chen", ELSEWHERE)):
        assert not await world.db.read(customers.talking, f"test:{who}", place or "-"), who
        await say(world, who, "something else", place=place)
    left = await say(world, "wang", press=button(asked, "choose-leave"))
    assert (left.paragraphs, left.choices, left.aside) == ((words("button-old"),), (), True)
    await say(world, "chen", "1", place=None)
    assert await talk_of(world, "chen") == before
    assert await ask(world, "SELECT COUNT(*) FROM notes") == [0]
    await say(world, "chen", press=button(asked, "choose-leave"))
    assert await talk_of(world, "chen") is None
    assert not await world.db.read(customers.talking, "test:chen")


async def test_a_talk_in_a_room_that_is_closed_since_is_over(world, room):
    await counter.meet(world, "lin")
    await say(world, "chen", "reply test:lin")
    await say(world, "chen", "orders", place=None)
    assert await talk_of(world, "chen")  # the control: as long as the room is open, it is still to be answered there
    await world.db.write(lambda tx: tx.changed(text("UPDATE rooms SET revoked_at = since")))
    await say(world, "chen", "orders", place=None)
    assert await talk_of(world, "chen") is None
    assert await ask(world, "SELECT COUNT(*) FROM notes") == [0]


async def test_who_is_no_staff_any_more_ends_nothing_by_pressing(world, room):
    await counter.meet(world, "lin")
    asked = await say(world, "chen", "reply test:lin")
    row = "SELECT talk, offered, busy_with FROM people WHERE id = 'test:chen'"
    before = await world.db.read(lambda tx: tx.one(text(row)))
    for press in (button(asked, "choose-leave"), "orders", "~forged", "start"):
        for place in (ROOM, None, ELSEWHERE):
            await say(world, "chen", press=press, place=place, anonymous=True)
            await say(world, "stranger", press=press, place=place)
    assert await world.db.read(lambda tx: tx.one(text(row))) == before
    await world.db.write(lambda tx: tx.changed(text("UPDATE colleagues SET left_at = since")))
    assert (await say(world, "chen", press="orders")).paragraphs == (words("not-staff"),)
    assert await world.db.read(lambda tx: tx.one(text(row))) == before


@pytest.mark.parametrize("verb", ["restock steam", "fulfil {number}"])
async def test_what_may_hold_codes_is_not_written_in_a_group(world, room, steam, verb):
    order = await held(world)
    await say(world, "chen", "reply test:lin")
    before = await talk_of(world, "chen")
    answer = await say(world, "chen", press=verb.format(number=order.number))
    assert answer == Message(words("only-in-private"), aside=True)
    assert await talk_of(world, "chen") == before
    answer = await say(world, "chen", verb.format(number=order.number), place=None)  # the control
    assert first(answer) in ("restock-paste", "nothing-to-hand-over")


# What is shown


async def test_a_code_that_a_handler_would_show_is_not_shown_in_the_room(world, room, steam, monkeypatch):
    [code] = await world.stock(steam, 1)
    order = await counter.sold(world, await counter.meet(world, "lin"), steam)
    monkeypatch.setitem(staff.handlers, "leak", lambda shop, person: leak())

    async def leak() -> Message:
        return Message(words("human-says", text=Codes(order.id)))

    answer = await say(world, "chen", "leak")
    assert answer == Message(words("not-in-a-room"), aside=True)
    monkeypatch.setattr(rooms, "is_room", lambda tx, person: False)
    with pytest.raises(orders.UnknownOrder):  # the second guard: it is not the room's order
        await say(world, "chen", "leak")
    await world.db.write(lambda tx: tx.changed(text(f"UPDATE orders SET person_id = '{room}'")))
    theirs = f"UPDATE people SET customer_id = {order.customer} WHERE id = '{room}'"
    await world.db.write(lambda tx: tx.changed(text(theirs)))
    leaked = await say(world, "chen", "leak")
    assert code in (await world.db.read(composing.compose, room, leaked)).revealed()


async def test_a_refusal_is_a_remark_and_so_is_no_staff(world, room):
    for who, typed in (("chen", "order ZZZZ-ZZZZ"), ("stranger", "orders")):
        for place in (ROOM, None):
            assert (await say(world, who, typed, place=place)).aside
    assert not (await say(world, "chen", "orders")).aside


def test_an_aside_is_stored_only_where_it_is_one():
    for message in (Message(words("help")), Message(words("help"), aside=True)):
        assert unpack(pack(message)) == Message((words("help"),), aside=message.aside)
    assert "aside" not in pack(Message(words("help")))


# Verbs that are too long for a button


LONG = "details " + "长" * 20  # 68 bytes


async def test_a_verb_too_long_for_a_button_has_a_token_that_may_be_pressed_again(world, chen, clock, monkeypatch):
    heard: list[str] = []

    async def details(shop: Shop, person: Any, what: str) -> Message:
        heard.append(what)
        return Message(words("help"), (Choice("again", LONG), Choice("short", "details " + "x" * 56)))

    monkeypatch.setitem(staff.handlers, "details", details)
    shown = await say(world, "chen", "details 1", place=None)
    long, short = (choice.says for choice in shown.choices)
    assert long.startswith(presses.MARK)
    assert len(short.encode()) == LONGEST
    for _ in range(2):
        await say(world, "chen", press=long, place=None)
    assert heard == ["1", "长" * 20, "长" * 20]
    await world.hire("wang")
    assert first(await say(world, "wang", press=long, place=None)) == "button-old"
    clock.forward(VALID)
    assert first(await say(world, "chen", press=long, place=None)) == "button-old"
    assert len(heard) == 3


async def test_each_press_of_such_a_button_is_an_event_of_its_own(world, chen):
    """Where one that acts is the same event: what it orders is ordered once."""
    message = Message(words("help"), (Choice("long", LONG), Choice("acts", "approve X", acts=True)))
    offered = await world.db.write(presses.offer, message, chen.id)
    long, acts = [await world.db.read(presses.pressed, chen.id, choice.says) for choice in offered.choices]
    assert long and acts
    assert (long.says, long.key) == (LONG, None)
    assert acts.key == f"press {offered.choices[1].says}"
