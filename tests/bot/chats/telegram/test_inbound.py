"""Updates as they come: forged, broken, doubled, out of order. None is lost, none answered twice."""

from __future__ import annotations

import asyncio
import itertools
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from bot.chats.telegram import connection
from core.catalog import Product
from core.ground.db import Tx
from core.ground.inbox import inbox
from core.ground.outbox import outbox
from doubles.sandbox import press
from doubles.telegram_faults import Faults
from tests.bot.chats.telegram.house import Somebody, Telegraph, lin, on_telegram, telegraph
from tests.world import World

__all__ = ["lin", "telegraph"]

SECRET = "X-Telegram-Bot-Api-Secret-Token"


def update(number: int, text: str = "/help", person: int = 1) -> dict[str, Any]:
    who = {"id": person, "is_bot": False, "first_name": "Lin", "language_code": "en"}
    chat = {"id": person, "type": "private", "first_name": "Lin"}
    message = {"message_id": number, "date": 1_790_000_000, "chat": chat, "from": who, "text": text}
    return {"update_id": number, "message": message}


async def post(telegraph: Telegraph, body: bytes | str, headers: dict[str, str] | None = None) -> int:
    url, secret = telegraph.hook
    async with httpx.AsyncClient() as client:
        return (await client.post(url, content=body, headers=secret if headers is None else headers)).status_code


@pytest.fixture
async def connected(telegraph: Telegraph, lin: Somebody) -> Telegraph:
    await lin.writes("/start")
    return telegraph


# Who may bring something


@pytest.mark.parametrize("headers", [{}, {SECRET: "guessed"}])
async def test_without_the_secret_nothing_is_kept_and_it_is_counted(
    connected: Telegraph, world: World, headers
) -> None:
    kept = await world.count(inbox)
    assert await post(connected, json.dumps(update(1)), headers) == 401
    assert await world.count(inbox) == kept
    assert connected.chats["telegram"].forged == 1


async def test_the_secret_at_a_guessed_path_is_worth_nothing(connected: Telegraph) -> None:
    url, secret = connected.hook
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{url[:-1]}x", json=update(1), headers=secret)
    assert answer.status_code == 401


async def test_the_log_names_no_path_and_is_not_filled_by_strangers(connected: Telegraph, capsys) -> None:
    url, _ = connected.hook
    for _ in range(20):
        assert await post(connected, json.dumps(update(1)), {}) == 401
    said = capsys.readouterr().out
    assert url.rpartition("/")[2] not in said
    assert said.count("without its secret") == 5  # 1, 2, 4, 8, 16


async def test_control_with_the_secret_it_is_kept(connected: Telegraph, world: World) -> None:
    kept = await world.count(inbox)
    assert await post(connected, json.dumps(update(1))) == 200
    assert await world.count(inbox) == kept + 1
    assert connected.chats["telegram"].forged == 0


async def test_each_bot_has_a_path_and_a_secret_of_its_own(connected: Telegraph) -> None:
    hooks = [bot.updates.webhook for bot in connected.accounts.values()]
    assert len({hook.url for hook in hooks}) == len({hook.secret for hook in hooks}) == 2
    _, secret = connected.hook
    async with httpx.AsyncClient() as client:
        other = await client.post(hooks[1].url, json=update(1), headers=secret)
    assert other.status_code == 401


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '"text"', b"\xff\xfe", "x" * (connection.LARGEST + 1)])
async def test_what_is_no_update_is_refused(connected: Telegraph, body: bytes | str) -> None:
    assert await post(connected, body) == 400


@pytest.mark.parametrize(
    "body", ["{}", '{"update_id": "7"}', '{"update_id": true}', '{"update_id": null, "message": {}}']
)
async def test_what_has_no_number_is_let_go(connected: Telegraph, world: World, body: str) -> None:
    kept = await world.count(inbox)
    assert await post(connected, body) == 200
    assert await world.count(inbox) == kept


# Again and again


async def test_the_same_update_again_is_answered_once(connected: Telegraph, lin: Somebody, world: World) -> None:
    said = len(lin.chat.said())
    codes = await asyncio.gather(*(post(connected, json.dumps(update(77))) for _ in range(5)))
    assert codes == [200] * 5
    await lin.chat.until(lambda chat: len(chat.said()) > said)
    assert await post(connected, json.dumps(update(77))) == 200
    await connected.settled()
    assert len(lin.chat.said()) == said + 1


async def test_an_album_is_answered_once(connected: Telegraph, lin: Somebody) -> None:
    said = len(lin.chat.said())
    for number in range(1, 5):
        photo = [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}]
        one = update(number) | {"message": update(number)["message"] | {"photo": photo, "media_group_id": "77"}}
        del one["message"]["text"]
        assert await post(connected, json.dumps(one)) == 200
    lin.person.writes("/help", lin.bot)
    await lin.chat.until(lambda chat: "To buy" in chat.said()[-1].text)
    assert len(lin.chat.said()) == said + 2


async def test_doubled_repeated_and_out_of_order(world: World, steam: Product) -> None:
    faults = Faults(doubled=0.5, redelivered=0.5, reordered=0.3, moment=0.05)
    async with on_telegram(world, faults=faults) as telegraph:
        people = [telegraph.meet(number, f"P{number}") for number in range(1, 9)]
        for _ in range(5):
            for one in people:
                one.person.writes("/help", one.bot)
        for one in people:
            await one.chat.until(lambda chat: len(chat.said()) >= 5)
        await asyncio.sleep(0.3)
        await telegraph.settled()
        assert [len(one.chat.said()) for one in people] == [5] * 8


async def test_one_person_is_answered_in_order(connected: Telegraph, lin: Somebody, steam: Product) -> None:
    mark = max(lin.chat.all)
    asked = ["/help", "/shelf", "/orders", "/language", "/help"]
    for text in asked:
        lin.person.writes(text, lin.bot)
    await lin.chat.until(lambda chat: len([one for one in chat.said() if one.id > mark]) == len(asked))
    answers = [one.text[:8] for one in lin.chat.said() if one.id > mark]
    assert answers[0] == answers[-1]
    assert len(set(answers)) == len(asked) - 1


# Poison


@pytest.mark.parametrize(
    "poison",
    [
        {"message": {"nonsense": 1}},
        {"message": update(1)["message"] | {"text": {"deep": []}}},
        {"callback_query": {"id": "1", "from": {"id": 1, "is_bot": False, "first_name": "L"}, "data": "x" * 9}},
        {"message": update(1)["message"] | {"text": "\u0000\ud800"}},
        {"edited_message": update(1)["message"]},
        {"something_new": {"from": {"id": 1}}},
        {"pre_checkout_query": {"from": {"id": 1}, "invoice_payload": "x", "total_amount": 1, "currency": "XTR"}},
        {"channel_post": {"message_id": 1, "date": 1, "chat": {"id": -5, "type": "channel", "title": "C"}}},
        {"inline_query": {"id": "1", "from": {"id": 1, "is_bot": False, "first_name": "L"}, "query": "", "offset": ""}},
    ],
    ids=["nothing", "odd text", "nothing pressed", "illegible", "edited", "new kind", "checkout", "channel", "inline"],
)
async def test_what_cannot_be_read_keeps_nobody_waiting(
    connected: Telegraph, lin: Somebody, world: World, poison: dict[str, Any]
) -> None:
    assert await post(connected, json.dumps({"update_id": 1} | poison)) == 200
    async with asyncio.timeout(20):
        while await world.db.read(_waiting):  # it is tried again, later and later, and then set aside
            world.clock.forward(timedelta(minutes=20))
            await asyncio.sleep(0.05)
    lin.person.writes("/help", lin.bot)
    await lin.chat.until(lambda chat: "To buy" in chat.said()[-1].text)


@pytest.mark.parametrize("name", ["telegram", "telegram_staff"])
async def test_what_a_library_cannot_read_is_set_aside_at_once(world: World, name: str) -> None:
    """Nobody's clock moves here: what the person says next is answered all the same."""
    async with on_telegram(world, receive="polling") as telegraph:
        bot = telegraph.accounts[name]
        lin = telegraph.api.person(1, "Lin", language="en")
        bot.updates.add("message", {"from": lin.user, "chat": lin.user, "nonsense": 1}, 1)
        lin.writes("/help", bot)
        await lin.chat(bot).until(lambda chat: chat.said())


def _waiting(tx: Tx) -> int:
    return len(tx.all(select(inbox.c.id).where(inbox.c.state == "new")))


# Asked for


@pytest.mark.parametrize("name", ["telegram", "telegram_staff"])
async def test_what_a_library_cannot_read_is_asked_for_once_and_written_into_no_log(
    world: World, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with on_telegram(world, receive="polling") as telegraph:
        bot = telegraph.accounts[name]
        bot.updates.add("message", {"nonsense": 1, "text": "CANARY-7F3K"}, 1)
        lin = telegraph.api.person(1, "Lin", language="en")
        lin.writes("/help", bot)
        await lin.chat(bot).until(lambda chat: chat.said())
        assert "CANARY" not in caplog.text


@pytest.mark.parametrize("name", ["telegram", "telegram_staff"])
async def test_whose_shop_runs_twice_is_told_so(world: World, name: str) -> None:
    async with on_telegram(world, receive="polling") as telegraph:
        calls = telegraph.chats[name]._calls
        asked = [asyncio.create_task(calls.updates(0, 5)) for _ in range(2)]
        done, waiting = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        assert "running twice" in str(done.pop().exception())
        for task in waiting:
            task.cancel()


async def test_after_a_quiet_week_numbers_begin_anew(world: World) -> None:
    async with on_telegram(world, receive="polling") as telegraph:
        lin = telegraph.meet(1, "Lin")
        await lin.writes("/start")
        telegraph.shop_bot.updates._number = itertools.count(7).__next__
        await lin.writes("/help")
        await world.until(lambda: _asked_after(telegraph, 7))


async def _asked_after(telegraph: Telegraph, number: int) -> bool:
    asked = [call for call in telegraph.api.calls if call.method == "getupdates" and call.bot is telegraph.shop_bot]
    return asked[-1].given.number("offset") == number + 1


# Telegram is away


async def test_while_telegram_is_away_notices_are_taken_and_answers_wait(
    connected: Telegraph, lin: Somebody, world: World, steam: Product
) -> None:
    (code,) = await world.stock(steam, 1)
    await lin.writes(f"/product {steam.slug}")
    await lin.presses("Buy 1")
    connected.api.faults.outage = "cut"
    await press(lin.pay_link(), "pay")
    await world.until(lambda: _delivering(world))
    assert not any(code in one.text for one in lin.chat.said())
    connected.api.faults.mend()
    await connected.settled()  # nobody holds the row while its lease is jumped over
    world.clock.forward(timedelta(minutes=1))
    await lin.chat.until(lambda chat: any(code in one.text for one in chat.said()))
    await connected.settled()
    assert [code in one.text for one in lin.chat.said()].count(True) == 1


async def _delivering(world: World) -> bool:
    rows = await world.db.read(lambda tx: tx.all(select(outbox.c.trouble).where(outbox.c.kind == "deliver")))
    return any(row.trouble for row in rows)


async def test_the_shop_opens_without_telegram_and_connects_when_it_comes(world: World, monkeypatch) -> None:
    monkeypatch.setattr(connection, "LONGEST_PAUSE", 0.05)
    faults = Faults(outage="broken")
    async with on_telegram(world, faults=faults) as telegraph:
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"{telegraph.url}/healthz")).status_code == 200
        await asyncio.sleep(0.2)
        assert not telegraph.shop_bot.updates.webhook.url
        faults.mend()
        lin = telegraph.meet(1, "Lin")
        assert "Mika" in (await lin.writes("/start")).text


async def test_an_answer_that_was_lost_is_the_same_answer_again(
    connected: Telegraph, lin: Somebody, world: World
) -> None:
    connected.api.faults.give("sendMessage", "lost", 1)
    mark = max(lin.chat.all)
    lin.person.writes("/help", lin.bot)
    await lin.chat.until(lambda chat: [one for one in chat.said() if one.id > mark])
    await connected.settled()
    world.clock.forward(timedelta(minutes=2))
    await connected.settled()
    answers = [one.text for one in lin.chat.said() if one.id > mark]
    assert 1 <= len(answers) <= 2
    assert len(set(answers)) == 1
