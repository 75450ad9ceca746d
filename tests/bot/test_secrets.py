"""Staff look at codes and take files out, in their own chat; the room hears who did, and never reads a code."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import pytest

from bot.said import Said
from bot.staff import staff
from core import composing, hiring, leaving, rooms
from core.authority import Role
from core.ground.clock import TestClock
from core.ground.db import Database
from core.ground.messages import Message, words
from core.ground.rules import Rules
from core.shop import Shop
from jobs.runner import Runner
from tests.core import counter
from tests.core.counter import ask
from tests.world import Chat, Somebody, World

DAY = timedelta(hours=24)


@pytest.fixture
def world(db: Database, clock: TestClock, rules: Rules) -> World:
    """The shop with its doors closed."""
    chat, nobody = Chat(), cast(Any, None)
    shop = Shop(db, rules, "https://shop.example", {}, {"test": chat.send})
    return World(db, shop, Runner(shop, {}), nobody, chat, clock, "")


@pytest.fixture
async def sold(world, steam) -> tuple[Any, list[str]]:
    made = await world.stock(steam, 4)
    lin = await counter.meet(world, "lin")
    return await counter.sold(world, lin, steam, 2), made


async def hire(world, name: str, *roles: Role) -> Somebody:
    person = await counter.meet(world, name)
    await world.db.write(hiring.enter, await world.db.write(hiring.invite, name, roles), person.id)
    return Somebody(world, name, staff)


async def in_room(world, who: str, typed: str = "", press: str | None = None) -> Message:
    number = len(await ask(world, "SELECT 1 FROM audit")) * 1000 + len(typed) + len(press or "")
    said = Said("test", who, f"room {who} {number}", typed, press, who, place="-100")
    return await staff.answer(world.shop, said)


@pytest.fixture
async def room(world, chen) -> str:
    code = await world.db.write(rooms.code)
    assert await world.db.write(rooms.use, code, "test:-100")
    await world.db.write(rooms.enter, "test:-100", "en")
    return "test:-100"


async def test_a_code_is_looked_at_with_a_reason(world, sold, chen):
    order, made = sold
    assert "24 小时内你还能看 20 个" in (await chen.says(f"/reveal {order.number} 2")).text
    assert "写明原因" in (await chen.says("?")).text
    assert "在哪里看" in (await chen.says("买家说兑换不了")).text
    shown = await chen.presses("在这里显示")
    assert shown.codes == [made[1]]
    assert made[1] in shown.text
    assert made[1] not in shown.spoken.plain()
    world.clock.forward(timedelta(minutes=10))
    again = await world.db.read(composing.compose, chen.id, shown.spoken.source)
    assert made[1] not in again.revealed()


async def test_the_shop_may_be_started_anew_in_the_middle(world, sold, chen):
    """Where the talk stands is in the database: another process goes on with it."""
    order, made = sold
    await chen.says(f"/reveal {order.number}")
    world.shop = Shop(world.db, world.shop.rules, "https://shop.example", {}, {"test": world.chat.send})
    await chen.says("买家说兑换不了")
    world.shop = Shop(world.db, world.shop.rules, "https://shop.example", {}, {"test": world.chat.send})
    assert (await chen.presses("在这里显示")).codes == made[:2]


async def test_on_a_page_the_chat_holds_a_link_and_no_code(world, sold, chen):
    order, made = sold
    await chen.says(f"/reveal {order.number} 1")
    await chen.says("买家说兑换不了")
    link = await chen.presses("一次性网页")
    assert "https://shop.example/once?t=reveal." in link.text
    assert made[0] not in link.text


async def test_a_code_in_stock_is_found_by_its_end(world, sold, chen):
    _, made = sold
    (batch,) = await ask(world, "SELECT id FROM batches")
    assert "几个卡密都是这个结尾" in (await chen.says(f"/reveal {batch} …CODE")).text
    assert "没有这个卡密" in (await chen.says(f"/reveal {batch} …ZZZZZ")).text
    assert "没有这个卡密" in (await chen.says(f"/reveal {batch} …9")).text
    await chen.says(f"/reveal {batch} …{made[3][-9:]}")
    await chen.says("对一下上游的账")
    assert (await chen.presses("在这里显示")).codes == [made[3]]


async def test_in_the_room_nothing_is_looked_at_or_taken_out(world, sold, chen, room):
    order, _ = sold
    for typed in (f"/reveal {order.number}", "/export orders", "/export codes steam"):
        assert (await in_room(world, "chen", typed)).paragraphs == (words("only-in-private"),)
    assert await ask(world, "SELECT COUNT(*) FROM reveals") == [0]
    assert await ask(world, "SELECT COUNT(*) FROM exports") == [0]


async def test_the_room_hears_of_it_once(world, sold, chen, room):
    order, made = sold
    await chen.says(f"/reveal {order.number}")
    await chen.says("买家说兑换不了")
    await chen.presses("在这里显示")
    await world.runner.drain()
    spoken = world.chat.of("-100").get_nowait()
    assert f"chen looked at codes of {order.number}: 2. Why: 买家说兑换不了" in spoken.revealed()
    assert not any(code in spoken.revealed() for code in made)
    assert world.chat.of("-100").empty()


@pytest.mark.parametrize("said", ["/reveal {number}", "/export orders", "/agree-export 1", "/stop-export 1", "/audit"])
async def test_a_helper_may_do_none_of_it(world, sold, chen, said):
    helper = await hire(world, "helper", Role.SUPPORT, Role.STOCK_KEEPER)
    answer = await helper.says(said.format(number=sold[0].number))
    assert answer.text.startswith("你在这里不能")


async def test_a_file_is_asked_for_by_pressing(world, sold, chen):
    await chen.says("/export")
    await chen.presses("月账")
    assert "为什么" in (await chen.presses("CSV")).text
    assert "写明原因" in (await chen.says("?")).text
    ready = await chen.says("给会计")
    assert "https://shop.example/once?t=export." in ready.text or "/once?t=export." in ready.text
    assert "没有这个月份" in (await chen.says("/export books 2026-13")).text


async def test_codes_are_agreed_to_by_another_in_the_room(world, sold, chen, room, clock):
    """Whoever asked presses too, and is refused; then the other, and the link comes to who asked, in private."""
    dan = await hire(world, "dan", Role.MANAGER)
    clock.forward(DAY)
    await dan.says("/export codes steam")
    assert "另一位有权限的同事同意后" in (await dan.says("搬到另一个店")).text
    await world.runner.drain()
    card = world.chat.of("-100").get_nowait()
    agree = next(choice.says for choice in card.choices if "Agree" in choice.label)
    refused = await in_room(world, "dan", press=agree)
    assert refused.paragraphs == (words("second-person-needed"),)
    assert await ask(world, "SELECT state FROM exports") == ["asked"]
    await world.runner.drain()
    agreed = await in_room(world, "chen", press=agree)
    assert agreed.paragraphs == (words("export-agreed", n=2),)
    await world.runner.drain()
    link = await dan.gets()
    assert "/once?t=export." in link.text
    phrase = await dan.presses("显示口令")
    assert len(phrase.text.splitlines()[-1]) == 29
    await dan.says(press=f"stop-export {(await ask(world, 'SELECT id FROM exports'))[0]}")
    assert await ask(world, "SELECT state FROM exports") == ["stopped"]
    assert not any("once" in spoken.revealed() for spoken in _all(world.chat.of("-100")))


def _all(queue: Any) -> list[Any]:
    return [queue.get_nowait() for _ in range(queue.qsize())]


async def test_one_person_alone_waits(world, sold, chen, clock):
    await chen.says("/export codes steam")
    assert "店里没有别人能同意" in (await chen.says("搬到另一个店")).text
    clock.forward(DAY)
    await world.runner.tick()
    await world.runner.drain()
    texts = [spoken.revealed() for spoken in _all(world.chat.of("chen"))]
    assert len([text for text in texts if "/once?t=export." in text]) == 1


async def test_what_was_done_last_is_told_in_words(world, sold, chen):
    helper = await hire(world, "helper", Role.SUPPORT)
    (colleague,) = [one.id for one in await world.db.read(hiring.members) if one.name == "helper"]
    await chen.says(press=f"role {colleague} manager")
    await helper.says("/reveal " + sold[0].number)
    await helper.says("看看对不对")
    await helper.presses("在这里显示")
    shown = await chen.says("/audit")
    assert f"helper：查看卡密 order {sold[0].number}" in shown.text
    assert "chen：改角色 helper" in shown.text
    assert "Traceback" not in shown.text and len(shown.text) < 2000


async def test_the_room_hears_of_roles_and_of_who_leaves(world, chen, room):
    await hire(world, "helper", Role.SUPPORT)
    (colleague,) = [one.id for one in await world.db.read(hiring.members) if one.name == "helper"]
    await world.db.write(hiring.give, colleague, frozenset({Role.VIEWER}), chen.id)
    await world.db.write(leaving.leave, colleague, chen.id, "e1")
    await world.runner.drain()
    texts = [spoken.revealed() for spoken in _all(world.chat.of("-100"))]
    assert texts == ["chen made helper: viewer", "helper doesn't work here any more."]


async def test_a_files_reason_is_told_and_the_talk_outlives_a_restart(world, chen, room):
    await chen.says("/export orders")
    await chen.presses("CSV")
    world.shop = Shop(world.db, world.shop.rules, "https://shop.example", {}, {"test": world.chat.send})
    assert "/once?t=export." in (await chen.says("给会计")).text
    await world.runner.drain()
    assert [spoken.revealed() for spoken in _all(world.chat.of("-100"))] == [
        "chen took a file out: Orders. Why: 给会计"
    ]


async def test_who_leaves_is_listed_in_one_message(world, chen):
    await hire(world, "dan", Role.MANAGER)
    (dan,) = [one.id for one in await world.db.read(hiring.members) if one.name == "dan"]
    await chen.says(press=f"leaver {dan}")
    listed = await chen.presses("确定离职")
    for part in ("dan已离职", "1 个账号：test:dan", "把人移出群", "银行"):
        assert part in listed.text


async def test_an_owner_confirms_somebody_from_before_there_were_roles(world, chen):
    await hire(world, "dan", Role.OWNER)
    (dan,) = [one.id for one in await world.db.read(hiring.members) if one.name == "dan"]
    assert "是另一个人" not in (await chen.says(press=f"member {dan}")).choices
    await counter.run(world, "UPDATE colleagues SET codes_since = NULL")
    assert "不能由dan同意" in (await chen.says(press=f"member {dan}")).text
    confirmed = await chen.presses("是另一个人")
    assert "是另一个人" not in confirmed.choices
    assert await ask(world, "SELECT name FROM colleagues WHERE codes_since IS NOT NULL") == ["dan"]
