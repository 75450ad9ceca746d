"""A call of WeChat's is answered once, whatever becomes of it: lost, doubled, late, refused, or nothing to read.

On SQLite: what the stores do differently is tried in tests/core/test_speaking.py.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text as sql

from bot.buyers import buyers
from bot.chats.wechat import callback
from bot.chats.wechat.along import HELD
from bot.chats.wechat.chat import WeChatChat
from bot.chats.wechat.links import Links
from bot.chats.wechat.sealing import Seal
from core import orders, speaking
from core.catalog import Product
from core.ground.clock import TestClock
from core.orders import Order
from core.units import Obligation
from doubles import wechat_xml as xml
from doubles.wechat_delivery import Exchange, packed
from doubles.wechat_replies import understood
from doubles.wechat_rights import Right
from jobs.runner import Runner
from tests.bot.chats.wechat.house import Follower, NoPages, Office, at_wechat, lin, office, sign
from tests.world import World

__all__ = ["lin", "office"]

KINDLY = "这里只看得懂文字和菜单"
A_MINUTE = timedelta(minutes=1, seconds=2)


@pytest.fixture
def store() -> str:
    return "sqlite"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call waits so long for its answer."""
    monkeypatch.setattr(callback, "WAIT", 0.3)


async def posted(follower: Follower, fields: Mapping[str, Any]) -> httpx.Response:
    """What the callback answers when this is posted to it."""
    address, body = packed(follower.office.account, follower.person.openid, xml.written(fields))
    async with httpx.AsyncClient(trust_env=False, timeout=10) as http:
        return await http.post(address, content=body)


async def brought(follower: Follower, fields: Mapping[str, Any]) -> str:
    """What the same call is answered when it is brought (again)."""
    answer = await posted(follower, fields)
    assert answer.status_code == 200
    return understood(follower.office.account, follower.person.openid, answer.content).text


async def ask(world: World, asked: str) -> list[Any]:
    return [row[0] for row in await world.db.read(lambda tx: tx.all(sql(asked)))]


async def ordered(follower: Follower) -> Order:
    return await follower.office.world.order(follower.as_somebody())


async def wait_for_a_word(follower: Follower) -> None:
    """Until the codes of the newest order wait to be fetched."""

    async def waits() -> bool:
        return bool((await ordered(follower)).owing(Obligation.PICKUP))

    await follower.office.world.until(waits)
    await follower.office.settled()


def close(follower: Follower) -> None:
    """WeChat lets us say nothing more, and we don't know."""
    follower.office.account.follower(follower.person.openid).rights.end()


def lose(office: Office, times: int) -> None:
    """The next answers get lost on their way."""
    lost = iter([True] * times)
    office.api.faults.lose_answer = 1.0
    office.api.faults.draws = lambda share: share > 0 and next(lost, False)


# Brought again


async def test_what_is_brought_three_times_buys_once(
    lin: Follower, office: Office, world: World, steam: Product
) -> None:
    await world.stock(steam, 5)
    await lin.says(f"product {steam.slug}")
    lose(office, 2)
    exchange = await lin.picks("买 1")
    assert exchange.statuses == [0, 0, 200]
    assert "前付款" in exchange.text
    assert [await brought(lin, exchange.fields) for _ in range(2)] == [exchange.text] * 2
    assert await ask(world, "SELECT COUNT(*) FROM orders") == [1]
    assert await ask(world, "SELECT COUNT(*) FROM inbox WHERE source = 'wechat'") == [2]
    await office.settled()
    assert sum("前付款" in text for text in lin.texts) == 1


async def test_a_code_that_went_along_goes_along_again_and_is_sent_once(
    lin: Follower, office: Office, world: World, steam: Product
) -> None:
    (code,) = await world.stock(steam, 1)
    await lin.orders(steam)
    close(lin)
    await lin.pays()
    await wait_for_a_word(lin)
    lose(office, 2)
    exchange = await lin.says("你好")
    assert code in exchange.text
    assert await brought(lin, exchange.fields) == exchange.text
    await world.becomes(lin.as_somebody(), orders.State.DELIVERED)
    assert await ask(world, "SELECT COUNT(*) FROM order_events WHERE what = 'sent'") == [1]
    assert await ask(world, "SELECT COUNT(*) FROM audit WHERE action = 'reveal'") == [1]
    assert code not in (await lin.says("你好")).text


async def test_a_repeat_lends_no_new_right_to_speak(lin: Follower, world: World) -> None:
    exchange = await lin.says("你好")
    assert await world.db.write(speaking.spend, lin.id)
    left = await world.db.read(speaking.left, lin.id)
    await brought(lin, exchange.fields)
    assert await world.db.read(speaking.left, lin.id) == left == 4


async def test_whose_answers_all_get_lost_can_ask_for_them(
    lin: Follower, office: Office, world: World, steam: Product
) -> None:
    (code,) = await world.stock(steam, 1)
    await lin.orders(steam)
    close(lin)
    await lin.pays()
    await wait_for_a_word(lin)
    lose(office, 3)
    assert (await lin.says("你好")).noticed
    assert code in (await lin.says("领取")).text


@pytest.mark.parametrize("how", ["says", "follows"])
async def test_copies_at_the_same_time_are_one(
    lin: Follower, office: Office, world: World, steam: Product, how: str
) -> None:
    office.api.faults.copies = 3
    exchange = await (lin.says("货架") if how == "says" else lin.person.follows(office.account, f"p-{steam.slug}"))
    assert exchange.statuses == [200] * 3
    assert "Steam" in exchange.text
    await office.settled()
    assert await ask(world, "SELECT COUNT(*) FROM inbox WHERE source = 'wechat'") == [1]
    assert [shown.via for shown in lin.chat.messages] == ["reply"]


async def test_copies_of_a_purchase_are_one_order(lin: Follower, office: Office, world: World, steam: Product) -> None:
    await world.stock(steam, 5)
    await lin.says(f"product {steam.slug}")
    office.api.faults.copies = 3
    await lin.picks("买 1")
    assert await ask(world, "SELECT COUNT(*) FROM orders") == [1]


# Late


def elsewhere(office: Office) -> Runner:
    """Another process that has the chat too: it answers, and knows nothing of the calls that wait here."""
    account, clock = office.account, office.world.clock
    seal = Seal(account.appid, account.token, account.aes_key, lambda: clock.now().timestamp())
    chat = WeChatChat(buyers, seal, office.calls, NoPages(Links(office.url, sign)))
    chat.routes(office.world.shop)
    return Runner(office.world.shop, {"wechat": chat.hear}, timetable=())


async def test_another_process_answers_while_the_call_waits(world: World, steam: Product) -> None:
    async with at_wechat(world, hears=False) as office:
        lin = office.meet("lin")
        runner = elsewhere(office)
        working = asyncio.create_task(runner.run())
        exchange = await lin.says("货架")
        assert "Steam" in exchange.text
        assert exchange.ms < callback.WAIT * 1000
        assert lin.chat.last.via == "reply"
        runner.stop()
        await working
        await office.settled()
        assert len(lin.texts) == 1


@pytest.mark.usefixtures("impatient")
async def test_an_answer_that_is_too_late_comes_by_itself(world: World, clock: TestClock, steam: Product) -> None:
    async with at_wechat(world, hears=False) as office:
        lin = office.meet("lin")
        exchange = await lin.says("货架")
        assert (exchange.statuses, exchange.text, exchange.noticed) == ([200], "", False)
        await elsewhere(office).drain()
        clock.forward(HELD + timedelta(seconds=1))
        shown = await lin.gets()
        assert shown.via == "push"
        assert "Steam" in shown.text
        await office.settled()
        assert len(lin.texts) == 1


@pytest.mark.usefixtures("impatient")
async def test_a_late_answer_goes_along_with_the_next(world: World, steam: Product) -> None:
    """It is not lost where nothing may be pushed, and the newest word is answered last."""
    async with at_wechat(world, hears=False, verified=False, template=None) as office:
        lin = office.meet("lin")
        assert (await lin.says(f"product {steam.slug}")).text == ""
        runner = elsewhere(office)
        await runner.drain()
        working = asyncio.create_task(runner.run())
        answer = (await lin.says("帮助")).text
        assert 0 <= answer.index("Steam 20 美元") < answer.index("换设备取货")
        runner.stop()
        await working


async def test_an_answer_that_is_not_in_time_is_pushed_once(
    lin: Follower, office: Office, steam: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was taken for the call, and the call has no time left: it is given back."""
    monkeypatch.setattr(callback, "ANSWER_BEFORE", 0.0)
    exchange = await lin.says("货架")
    assert (exchange.statuses, exchange.text) == ([200], "")
    assert "Steam" in (await lin.gets()).text
    await office.settled()
    assert len(lin.texts) == 1


async def test_what_can_not_be_kept_is_brought_again(
    lin: Follower, office: Office, world: World, steam: Product, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callback, "STORE_WITHIN", 0.3)
    word = {"ToUserName": office.account.original_id, "FromUserName": lin.person.openid, "CreateTime": 1}
    word |= {"MsgType": "text", "Content": "货架", "MsgId": 7}
    other = sqlite3.connect(tmp_path / "shop.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert (await posted(lin, word)).status_code == 503
    other.execute("ROLLBACK")
    other.close()
    assert "Steam" in await brought(lin, word)
    assert await ask(world, "SELECT COUNT(*) FROM inbox WHERE source = 'wechat'") == [1]


# Refused


def used_up(follower: Follower) -> None:
    """45047: as much was said as a word allows."""
    rights = follower.office.account.follower(follower.person.openid).rights
    rights._given = [Right(right.until, 0) for right in rights._given]


@pytest.mark.parametrize("refusing", [close, used_up], ids=["45015", "45047"])
async def test_what_is_refused_waits_for_the_next_word(
    world: World, steam: Product, refusing: Callable[[Follower], None]
) -> None:
    (code,) = await world.stock(steam, 1)
    async with at_wechat(world, template=None) as office:
        lin = office.meet("lin")
        await lin.orders(steam)
        refusing(lin)
        await lin.pays()
        await wait_for_a_word(lin)
        assert office.api.asked("message/custom/send")[-1].errcode in (45015, 45047)
        assert await world.db.read(speaking.left, lin.id) == 0, "we know it now"
        assert not any(code in text for text in lin.texts)
        assert code in (await lin.says("你好")).text
        await world.becomes(lin.as_somebody(), orders.State.DELIVERED)


async def test_an_account_that_may_push_nothing_sells_by_answers_alone(world: World, steam: Product) -> None:
    codes = await world.stock(steam, 2)
    async with at_wechat(world, template=None, verified=False, kind="subscription") as office:
        lin = office.meet("lin")
        for code in codes:
            await lin.orders(steam)
            await lin.pays()
            await wait_for_a_word(lin)
            assert (await lin.says("领取")).text.count(code) == 1
            await world.becomes(lin.as_somebody(), orders.State.DELIVERED)
        assert len(office.api.asked("message/custom/send")) == 1, "it asks once, and knows"
        assert {shown.via for shown in lin.chat.messages} == {"reply"}


async def test_a_token_that_is_none_any_more_is_renewed_once(
    lin: Follower, office: Office, world: World, steam: Product
) -> None:
    codes = await world.stock(steam, 2)
    await lin.orders(steam)
    await lin.pays()
    assert codes[0] in (await lin.gets()).text
    before = office.account.asked["stable_token"]
    office.account.revoke()
    await lin.orders(steam)
    await lin.pays()
    assert codes[1] in (await lin.gets()).text
    assert office.account.asked["stable_token"] == before + 1
    assert [call.errcode for call in office.api.asked("message/custom/send")][-2:] == [40001, 0]


@pytest.mark.parametrize("trouble", ["busy", "broken", "cut"])
async def test_while_wechat_is_busy_it_is_told_later(
    lin: Follower, office: Office, world: World, clock: TestClock, steam: Product, trouble: Any
) -> None:
    (code,) = await world.stock(steam, 1)
    await lin.orders(steam)
    office.api.faults.give("message/custom/send", trouble, 1)
    await lin.pays()

    async def tried() -> bool:
        return bool(office.api.asked("message/custom/send"))

    await world.until(tried)
    await office.settled()
    assert not any(code in text for text in lin.texts)
    clock.forward(A_MINUTE)
    assert code in (await lin.gets()).text
    await world.becomes(lin.as_somebody(), orders.State.DELIVERED)
    assert sum(code in text for text in lin.texts) == 1


async def test_who_does_not_follow_any_more_gets_the_codes_by_following_again(
    lin: Follower, office: Office, world: World, steam: Product
) -> None:
    (code,) = await world.stock(steam, 1)
    await lin.orders(steam)
    office.account.follower(lin.person.openid).following = False
    await lin.pays()
    await wait_for_a_word(lin)
    assert office.api.asked("message/custom/send")[-1].errcode == 43004
    assert await ask(world, "SELECT COUNT(*) FROM people WHERE unreachable_since IS NOT NULL") == [1]
    assert code in (await lin.person.follows(office.account)).text
    await world.becomes(lin.as_somebody(), orders.State.DELIVERED)
    assert await ask(world, "SELECT COUNT(*) FROM people WHERE unreachable_since IS NOT NULL") == [0]


async def test_who_has_left_is_told_nothing_until_they_come_back(
    lin: Follower, office: Office, world: World, steam: Product
) -> None:
    (code,) = await world.stock(steam, 1)
    await lin.orders(steam)
    link = lin.link("付")
    gone = await lin.person.leaves(office.account)
    assert (gone.statuses, gone.text) == ([200], "")
    assert await ask(world, "SELECT COUNT(*) FROM people WHERE unreachable_since IS NOT NULL") == [1]
    before = len(lin.texts)
    assert link == lin.link("付")
    await lin.pays()
    await wait_for_a_word(lin)
    assert office.api.asked("message/custom/send") == [], "we know that we may not"
    assert len(lin.texts) == before
    assert code in (await lin.person.follows(office.account)).text


async def test_a_bell_that_can_not_be_rung_stands_in_the_orders_history(
    lin: Follower, office: Office, world: World, steam: Product
) -> None:
    (code,) = await world.stock(steam, 1)
    office.account.templates.clear()
    await lin.orders(steam)
    close(lin)
    await lin.pays()
    await wait_for_a_word(lin)

    async def known() -> bool:
        return "not_rung" in await ask(world, "SELECT what FROM order_events")

    await world.until(known)
    assert len(office.api.asked("message/template/send")) == 1
    assert code in (await lin.says("你好")).text


# What is no word


@pytest.mark.parametrize("kind", ["image", "voice", "video", "location", "link", "sticker", "file"])
async def test_what_has_no_words_is_answered_kindly(lin: Follower, office: Office, kind: Any) -> None:
    more = {"Recognition": ""} if kind == "voice" else {}
    exchange = await lin.person.sends(office.account, kind, **more)
    assert exchange.statuses == [200]
    assert KINDLY in exchange.text


async def test_a_voice_that_was_understood_is_a_word(lin: Follower, office: Office, steam: Product) -> None:
    assert "Steam" in (await lin.person.sends(office.account, "voice", Recognition="货架。")).text


async def test_a_picture_leaves_a_conversation_where_it_stood(
    lin: Follower, office: Office, world: World, steam: Product
) -> None:
    await world.stock(steam, 5)
    await lin.says(f"buy {steam.slug}")
    await lin.person.sends(office.account, "image")
    await lin.says("2")
    assert (await ordered(lin)).quantity == 2


async def test_an_event_that_is_no_word_is_thanked_for(lin: Follower, office: Office, world: World) -> None:
    for name in ("LOCATION", "TEMPLATESENDJOBFINISH", "user_enter_tempsession"):
        exchange = await lin.person.event(office.account, name)
        assert (exchange.statuses, exchange.text, exchange.noticed) == ([200], "", False)
    assert await ask(world, "SELECT COUNT(*) FROM inbox WHERE source = 'wechat'") == [0]


@pytest.mark.parametrize(
    "text", ["字" * 5000, "😀😀😀", "\u202e\u200d", "<xml>]]></xml>", "'; DROP TABLE orders", "0" * 50]
)
async def test_whatever_is_written_is_answered(lin: Follower, text: str) -> None:
    exchange = await lin.says(text)
    assert exchange.statuses == [200]
    assert exchange.text or (await lin.gets()).text  # on a slow machine it comes by itself
    assert not exchange.noticed


@pytest.mark.parametrize("typed", ["1", "１", "１ "])
async def test_a_number_picks_however_it_is_typed(lin: Follower, steam: Product, typed: str) -> None:
    await lin.says("你好")
    first = lin.chat.last.text
    answer = await lin.says(typed)
    assert answer.text
    assert answer.text != first
    assert answer.text == (await _again(lin)).text


async def _again(lin: Follower) -> Exchange:
    """What the number one of a greeting leads to."""
    await lin.says("你好")
    return await lin.says("1")


@pytest.mark.parametrize(("typed", "many"), [("2", 2), ("２", 2), ("２个", 2), ("一", 1), ("三张", 3)])
async def test_how_many_however_it_is_typed(lin: Follower, world: World, steam: Product, typed: str, many: int) -> None:
    await world.stock(steam, 5)
    await lin.says(f"buy {steam.slug}")
    await lin.says(typed)
    assert (await ordered(lin)).quantity == many


# Nobody else


async def test_each_gets_their_own_codes_and_nobody_elses(
    lin: Follower, office: Office, world: World, steam: Product
) -> None:
    codes = await world.stock(steam, 2)
    bao = office.meet("bao")
    for somebody in (lin, bao):
        await somebody.orders(steam)
        close(somebody)
        await somebody.pays()
        await wait_for_a_word(somebody)
    number = (await ordered(lin)).number
    for word in (f"order {number}", f"order {number}", "领取", "订单", number, "1", "2"):
        await bao.says(word)
    assert not any(codes[0] in text for text in bao.texts)
    assert any(codes[1] in text for text in bao.texts)
    await lin.says("领取")
    assert any(codes[0] in text for text in lin.texts)
    assert not any(codes[1] in text for text in lin.texts)


async def test_a_strangers_call_is_turned_away_and_kept_nowhere(lin: Follower, office: Office, world: World) -> None:
    office.account.token = "another-token"
    exchange = await lin.says("货架")
    assert exchange.statuses == [403] * 3
    assert office.chat.callback.forged == 3
    assert await ask(world, "SELECT COUNT(*) FROM inbox WHERE source = 'wechat'") == [0]


async def test_the_address_is_greeted(office: Office) -> None:
    assert await office.account.check_url()
    office.account.token = "another-token"
    assert not await office.account.check_url()
