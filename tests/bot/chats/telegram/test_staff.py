"""Chen and Wu work from a private group: codes open it, presses decide there, and no code is ever shown in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.chats.telegram import staff as telegram_staff
from core import customers, hiring, inventory, rooms, staff
from core.catalog import Product
from core.ground import inbox
from core.ground.messages import Message
from core.ground.money import Money
from core.ground.rules import Rules
from core.orders import State
from core.quiet import Kind
from doubles.telegram_chats import Chat, Shown
from doubles.telegram_groups import Group
from doubles.telegram_people import Person
from tests.bot.chats.telegram.house import Somebody, Telegraph, lin, telegraph
from tests.world import World

__all__ = ["lin", "telegraph"]


@pytest.fixture
def rules() -> Rules:
    return Rules(rehearsal=True, review_above=Money(1, "CNY"))


@dataclass
class Desk:
    """The group, and who works in it."""

    telegraph: Telegraph
    group: Group
    chen: Person
    wu: Person

    @property
    def chat(self) -> Chat:
        return self.group.chat

    async def says(self, sentence: str) -> Shown:
        """The newest message of ours in the group that has these words."""
        return await self.chat.until(
            lambda chat: next((one for one in reversed(chat.said()) if sentence in one.text), None)
        )


async def hire(telegraph: Telegraph, id: int, name: str) -> Person:
    """Somebody comes in by their one-time link."""
    token = await telegraph.world.db.write(hiring.invite, name)
    person = telegraph.api.person(id, name, language="en")
    person.starts(token, telegraph.staff_bot)
    await person.chat(telegraph.staff_bot).until(lambda chat: chat.said())
    return person


@pytest.fixture
async def desk(telegraph: Telegraph, world: World) -> AsyncIterator[Desk]:
    chen, wu = await hire(telegraph, 11, "Chen"), await hire(telegraph, 12, "Wu")
    code = await world.db.write(staff.room_code)
    group = telegraph.api.group("Our shop", chen)
    group.adds(telegraph.staff_bot, admin=True)
    group.adds(wu)
    chen.writes(f"/here {code}", group)
    made = Desk(telegraph, group, chen, wu)
    await made.says("staff room")
    yield made


async def held(desk: Desk, lin: Somebody, world: World, steam: Product) -> Shown:
    """An order that a person must look at; its card in the group."""
    await world.stock(steam, 2)
    await lin.writes("/start")
    await lin.writes(f"/product {steam.slug}")
    await lin.presses("Buy 1")
    await lin.pays()
    return await desk.says("To check")


async def test_one_tap_in_the_group_decides_and_the_card_says_so(
    desk: Desk, lin: Somebody, world: World, steam: Product
) -> None:
    card = await held(desk, lin, world, steam)
    desk.chen.presses("Approve and deliver", card)
    await desk.chat.until(lambda chat: card.before)
    assert card.buttons == []
    assert "Chen" in card.text
    await world.becomes(lin.as_somebody(), State.DELIVERED)
    assert len([one for one in desk.chat.said() if "To check" in one.text or "Chen" in one.text]) == 1


async def test_the_second_presser_is_told_alone_and_changes_nothing(
    desk: Desk, lin: Somebody, world: World, steam: Product
) -> None:
    card = await held(desk, lin, world, steam)
    said = len(desk.chat.said())
    presses = [desk.chen.presses("Approve and deliver", card)]
    presses.append(desk.wu.presses(1, card))
    texts = [await one.answer() for one in presses]
    assert sorted(map(bool, texts)) == [False, True]
    assert any("changed nothing" in text for text in texts)
    await desk.chat.until(lambda chat: card.before)
    assert len(desk.chat.said()) == said


async def test_strangers_in_the_group_decide_nothing(desk: Desk, lin: Somebody, world: World, steam: Product) -> None:
    card = await held(desk, lin, world, steam)
    bao = telegraph_person(desk, 13, "Bao")
    desk.group.adds(bao)
    pressed = bao.presses("Approve and deliver", card)
    assert "staff only" in await pressed.answer()
    assert card.before == []
    assert (await world.order(lin.as_somebody())).state is State.IN_REVIEW
    bao.writes("/reviews", desk.group)
    await desk.telegraph.settled()
    assert "Bao" not in str(desk.chat.said())


def telegraph_person(desk: Desk, id: int, name: str) -> Person:
    return desk.telegraph.api.person(id, name, language="en")


async def test_another_group_is_no_room_though_staff_are_in_it(
    desk: Desk, lin: Somebody, world: World, steam: Product
) -> None:
    card = await held(desk, lin, world, steam)
    elsewhere = desk.telegraph.api.group("Elsewhere", desk.chen)
    elsewhere.adds(desk.telegraph.staff_bot, admin=True)
    token = card.buttons[0]["callback_data"]
    copy = elsewhere.api.show(elsewhere.chat, {"text": "x"}, desk.telegraph.staff_bot)
    copy.body["reply_markup"] = {"inline_keyboard": [[{"text": "forged", "callback_data": token}]]}
    pressed = desk.chen.presses("forged", copy)
    assert await pressed.answer()
    assert (await world.order(lin.as_somebody())).state is State.IN_REVIEW
    desk.chen.writes("/reviews", elsewhere)
    await desk.telegraph.settled()
    assert [one for one in elsewhere.chat.said() if one is not copy] == []


async def test_a_stranger_s_group_is_left(desk: Desk) -> None:
    bao = telegraph_person(desk, 13, "Bao")
    theirs = desk.telegraph.api.group("Theirs", bao)
    theirs.adds(desk.telegraph.staff_bot)
    async with asyncio.timeout(30):
        while theirs.chat.status(desk.telegraph.staff_bot.id) != "left":  # noqa: ASYNC110  a group tells nobody of it
            await asyncio.sleep(0.02)


async def test_our_own_room_is_never_left_whoever_makes_us_an_admin(desk: Desk, world: World) -> None:
    bao = telegraph_person(desk, 13, "Bao")
    desk.group.adds(bao, admin=True)
    for change in (desk.group.demotes, desk.group.promotes):
        change(desk.telegraph.staff_bot, by=bao)
    await desk.telegraph.settled()
    assert desk.group.chat.status(desk.telegraph.staff_bot.id) == "administrator"


async def test_a_room_that_takes_us_back_is_told_things_again(desk: Desk, world: World) -> None:
    desk.group.removes(desk.telegraph.staff_bot)
    await world.db.write(staff.alarm, "test 1", "room-in-group")
    await desk.telegraph.settled()
    told = len(desk.chat.said())
    desk.group.adds(desk.telegraph.staff_bot, admin=True)
    await desk.telegraph.settled()
    await world.db.write(staff.alarm, "test 2", "room-in-group")
    await desk.chat.until(lambda chat: len(chat.said()) == told + 1)


async def test_what_a_room_does_not_let_us_say_is_said_to_staff_one_by_one(desk: Desk, world: World) -> None:
    desk.group.mutes(desk.telegraph.staff_bot)
    await world.db.write(staff.alarm, "test 1", "room-in-group")
    await desk.chen.chat(desk.telegraph.staff_bot).until(lambda chat: "staff room" in chat.said()[-1].text)


@pytest.mark.parametrize("name", ["telegram", "telegram_staff"])
async def test_a_group_that_puts_the_bot_out_at_once_is_left_in_silence(desk: Desk, world: World, name: str) -> None:
    bao, bot = telegraph_person(desk, 13, "Bao"), desk.telegraph.accounts[name]
    theirs = desk.telegraph.api.group("Theirs", bao)
    theirs.adds(bot)
    theirs.removes(bot)
    async with asyncio.timeout(30):
        while not [call for call in desk.telegraph.api.calls if call.method == "leavechat"]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await desk.telegraph.settled()
    assert [call.status for call in desk.telegraph.api.calls if call.method == "leavechat"] == [403]
    assert await world.db.read(lambda tx: tx.all(inbox.DEAD)) == []


async def test_a_wrong_code_opens_nothing_and_the_group_is_left(desk: Desk, world: World) -> None:
    other = desk.telegraph.api.group("Other", desk.chen)
    other.adds(desk.telegraph.staff_bot, admin=True)
    desk.chen.writes("/here AAAA-BBBB", other)
    async with asyncio.timeout(30):
        while other.chat.status(desk.telegraph.staff_bot.id) != "left":  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert not await world.db.read(rooms.is_open, f"telegram_staff:{other.id}")
    assert await world.db.read(rooms.is_open, f"telegram_staff:{desk.group.id}")


async def test_chatter_in_the_group_is_none_of_our_business(desk: Desk) -> None:
    said = len(desk.chat.said())
    for text in ("good morning", "K7M2-94QF", "/reviews@some_other_bot", "12"):
        desk.chen.writes(text, desk.group)
    desk.chen.sends_sticker(desk.group)
    await desk.telegraph.settled()
    assert len(desk.chat.said()) == said
    desk.chen.writes("/reviews@mika_staff_bot", desk.group)
    await desk.chat.until(lambda chat: len(chat.said()) == said + 1)


async def test_who_is_asked_something_in_private_may_chat_in_the_group(desk: Desk, steam: Product) -> None:
    private = desk.chen.chat(desk.telegraph.staff_bot)
    desk.chen.writes(f"/restock {steam.slug}", desk.telegraph.staff_bot)
    await private.until(lambda chat: "aste" in chat.said()[-1].text)
    said = len(desk.chat.said())
    desk.chen.writes("lunch, anyone?", desk.group)
    desk.chen.writes("/reviews", desk.group)
    await desk.chat.until(lambda chat: len(chat.said()) > said)
    await desk.telegraph.settled()
    assert len(desk.chat.said()) == said + 1


async def test_an_anonymous_admin_is_asked_to_speak_as_themselves(desk: Desk) -> None:
    desk.group.speaks_anonymously("/reviews")
    assert await desk.says("as yourself")


@pytest.mark.parametrize("id", [1087968824, 136817688, 777000])
async def test_who_stands_for_anybody_is_nobody_even_were_they_let_in(desk: Desk, world: World, id: int) -> None:
    """As an update without sender_chat would have it: the id is one that whoever is anonymous has."""
    token = await world.db.write(hiring.invite, "Nobody")
    await world.db.write(_let_in, f"telegram_staff:{id}", token)
    somebody = desk.telegraph.api.person(id, "Group")
    desk.group.adds(somebody)
    somebody.writes("/reviews", desk.group)
    assert await desk.says("as yourself")


def _let_in(tx, person: str, token: str) -> None:
    chat, _, address = person.partition(":")
    customers.meet(tx, chat, address, "Group", "en", None)
    hiring.enter(tx, token, person)


async def test_stock_is_pasted_in_private_only(desk: Desk, world: World, steam: Product) -> None:
    desk.chen.writes(f"/restock {steam.slug}", desk.group)
    assert await desk.says("private chat")
    private = desk.chen.chat(desk.telegraph.staff_bot)
    desk.chen.writes(f"/restock {steam.slug}", desk.telegraph.staff_bot)
    await private.until(lambda chat: "aste" in chat.said()[-1].text)
    desk.chen.writes("\n".join(f"CODE-{number:04}" for number in range(12)), desk.telegraph.staff_bot)
    preview = await private.until(lambda chat: next((one for one in chat.said() if len(one.buttons) == 2), None))
    desk.chen.presses(0, preview)
    await private.until(lambda chat: preview.before)
    assert "12" in preview.text
    assert "CODE-0" not in str(private.said())


async def test_a_file_of_stock_is_fetched_from_telegram(desk: Desk, world: World, steam: Product) -> None:
    bot = desk.telegraph.staff_bot
    private = desk.chen.chat(bot)
    desk.chen.writes(f"/restock {steam.slug}", bot)
    await private.until(lambda chat: "file" in chat.said()[-1].text)
    desk.chen.sends_document("".join(f"CODE-{n:04}\n" for n in range(300)).encode(), "stock.txt", bot)
    preview = await private.until(lambda chat: next((one for one in chat.said() if "300 new" in one.text), None))
    desk.chen.presses("Put on sale", preview)
    await private.until(lambda chat: "300 codes put on sale" in preview.text)  # where it told how far it was
    assert any("of 300 are in" in str(each) for each in preview.before)
    assert not [one for one in private.said() if "are in" in one.text]
    assert await world.db.read(inventory.available, steam) == 300
    assert "CODE-0" not in str(private.said())


async def test_a_file_nobody_asked_for_is_not_fetched(desk: Desk, steam: Product) -> None:
    bot = desk.telegraph.staff_bot
    private = desk.chen.chat(bot)
    desk.chen.sends_document(b"CODE-1", "stock.txt", bot)
    await private.until(lambda chat: "what this file is for" in chat.said()[-1].text)
    assert not [call for call in desk.telegraph.api.calls if call.method == "getfile"]


async def test_stock_that_begins_like_a_name_is_stock(desk: Desk, world: World, steam: Product) -> None:
    private = desk.chen.chat(desk.telegraph.staff_bot)
    desk.chen.writes(f"/restock {steam.slug}", desk.telegraph.staff_bot)
    await private.until(lambda chat: "aste" in chat.said()[-1].text)
    pasted = "\n".join(f"lin{number}@mail.example----PASS{number}" for number in range(7))
    desk.chen.writes(pasted, desk.telegraph.staff_bot)
    preview = await private.until(lambda chat: next((one for one in chat.said() if len(one.buttons) == 2), None))
    assert "7 new" in preview.text


async def test_a_group_with_a_new_id_waits_until_staff_confirm_it(desk: Desk, world: World) -> None:
    old = desk.telegraph.api.group("Small", desk.chen, supergroup=False)
    old.adds(desk.telegraph.staff_bot, admin=True)
    desk.chen.writes(f"/here {await world.db.write(staff.room_code)}", old)
    await old.chat.until(lambda chat: chat.said())
    new = desk.telegraph.api.chats[old.upgrades()]
    await world.db.write(staff.alarm, "test 1", "room-in-group")
    private = desk.chen.chat(desk.telegraph.staff_bot)
    asked = await private.until(lambda chat: next((one for one in chat.said() if "new id" in one.text), None))
    assert new.said() == []
    desk.chen.presses(0, asked)
    await private.until(lambda chat: asked.before)
    world.clock.forward(timedelta(minutes=1))  # what was refused before that is tried again
    await new.until(lambda chat: chat.said())


async def test_who_left_may_press_no_more(desk: Desk, lin: Somebody, world: World, steam: Product) -> None:
    card = await held(desk, lin, world, steam)
    await world.db.write(_revoke, "telegram_staff:11")
    assert "staff only" in await desk.chen.presses("Approve and deliver", card).answer()
    assert (await world.order(lin.as_somebody())).state is State.IN_REVIEW


def _revoke(tx, person: str) -> None:
    of_theirs = staff.colleagues.c.id == staff.colleague(tx, person).id
    tx.changed(staff.colleagues.update().where(of_theirs).values(left_at=tx.now))


# Topics


async def forum(telegraph: Telegraph, world: World, *, admin: bool = True) -> Desk:
    chen = await hire(telegraph, 11, "Chen")
    code = await world.db.write(staff.room_code)
    group = telegraph.api.group("Our shop", chen, forum=True)
    group.adds(telegraph.staff_bot, admin=admin)
    chen.writes(f"/here {code}", group)
    made = Desk(telegraph, group, chen, chen)
    await made.says("staff room")
    return made


async def tell(desk: Desk, world: World, said: str, kind: Kind) -> str:
    """Where it is said: the name of the topic."""
    await world.db.write(staff.tell, said, Message(said), kind)
    return desk.chat.threads.get((await desk.says(said)).body.get("message_thread_id", 0), "General")


async def test_a_forum_is_told_each_thing_in_its_topic_which_is_made_once(telegraph: Telegraph, world: World) -> None:
    desk = await forum(telegraph, world)
    told = [
        await tell(desk, world, f"{kind.value} {number}", kind)
        for number in range(2)
        for kind in (Kind.HANDS, Kind.STOCK, Kind.FAULTS, Kind.DAILY)
    ]
    assert told == ["Orders", "Stock", "Alerts", "General"] * 2
    assert sorted(desk.chat.threads.values()) == ["Alerts", "Orders", "Stock"]


async def test_many_at_once_make_one_topic(telegraph: Telegraph, world: World) -> None:
    desk = await forum(telegraph, world)
    await asyncio.gather(*(tell(desk, world, f"fault {number} of the day", Kind.FAULTS) for number in range(5)))
    assert list(desk.chat.threads.values()) == ["Alerts"]


async def test_a_deleted_topic_is_made_anew_and_nothing_is_lost(telegraph: Telegraph, world: World) -> None:
    desk = await forum(telegraph, world)
    assert await tell(desk, world, "little is left", Kind.STOCK) == "Stock"
    [thread] = desk.chat.threads
    desk.group.deletes_topic(thread)
    assert await tell(desk, world, "nothing is left", Kind.STOCK) == "Stock"
    assert list(desk.chat.threads) != [thread]
    room = await world.db.read(rooms.of_chat, "telegram_staff")
    assert room is not None
    assert await world.db.read(rooms.topics, room.id) == {"stock": next(iter(desk.chat.threads))}


async def test_where_we_may_make_no_topics_all_is_said_in_general(telegraph: Telegraph, world: World) -> None:
    desk = await forum(telegraph, world, admin=False)
    assert [await tell(desk, world, f"fault {number}", Kind.FAULTS) for number in range(2)] == ["General"] * 2
    assert desk.chat.threads == {}


async def asked(desk: Desk, said: str, thread: int) -> str:
    """In which topic the answer to what Chen types there stands."""
    before = len(desk.chat.said())
    desk.chen.writes(said, desk.group, thread=thread)
    answer = await desk.chat.until(lambda chat: next((one for one in chat.said()[before:] if one.bot), None))
    return desk.chat.threads.get(answer.body.get("message_thread_id", 0), "General")


async def test_what_is_typed_in_a_topic_is_answered_there(
    telegraph: Telegraph, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = await forum(telegraph, world)
    thread = desk.group.opens_topic("Talk")
    for said in ("/stock", "/catalogue-export", "/stock"):
        assert await asked(desk, said, thread) == "Talk", said
    assert any("document" in one.body for one in desk.chat.said())
    assert await asked(desk, "/stock", 0) == "General"
    monkeypatch.setattr(telegram_staff, "_topic_of", lambda message: None)
    assert await asked(desk, "/catalogue-export", thread) == "General", "the control"


async def test_what_is_pressed_in_a_topic_is_answered_there(telegraph: Telegraph, world: World) -> None:
    desk = await forum(telegraph, world)
    thread = desk.group.opens_topic("Talk")
    assert await asked(desk, "/help", thread) == "Talk"
    card = desk.chat.said()[-1]
    desk.chen.presses(0, card)
    answer = await desk.chat.until(lambda chat: chat.said()[-1] if chat.said()[-1] is not card or card.before else None)
    assert desk.chat.threads.get(answer.body.get("message_thread_id", 0)) == "Talk"


async def test_the_answer_to_what_was_typed_in_a_topic_that_is_gone_is_in_general(
    telegraph: Telegraph, world: World
) -> None:
    desk = await forum(telegraph, world)
    room = await world.db.read(rooms.of_chat, "telegram_staff")
    assert room is not None
    await world.db.write(staff.say, "gone", room.id, Message("where was it"), None, "999")
    assert "message_thread_id" not in (await desk.says("where was it")).body
