"""What people do at Telegram's double, what they see there, and what bots are told of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from core.ground.clock import TestClock
from doubles.telegram import Telegram, served_telegram
from doubles.telegram_bots import Bot
from doubles.telegram_budgets import Budgets
from doubles.telegram_people import Person
from doubles.telegram_stars import Payment, Stars
from tests.doubles.asking import bot, call, client

__all__ = ["bot", "call", "client"]

KEYS = {
    "inline_keyboard": [
        [{"text": "Buy", "callback_data": "b"}, {"text": "Copy", "copy_text": {"text": "ABCD"}}],
        [{"text": "Site", "url": "https://example.com"}],
    ]
}
INVOICE: dict[str, Any] = {
    "title": "Card",
    "description": "A card",
    "payload": "o1",
    "currency": "XTR",
    "prices": [{"label": "Card", "amount": 5}],
}


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
async def api(clock: TestClock) -> AsyncIterator[Telegram]:
    async with served_telegram(clock=clock.now, budgets=Budgets.none()) as served:
        served.add_bot("mika_shop_bot")
        served.add_bot("mika_staff_bot")
        yield served


@pytest.fixture
def staff(api: Telegram) -> Bot:
    return api.bots[1]


@pytest.fixture
def lin(api: Telegram) -> Person:
    return api.person(1, "Lin")


@pytest.fixture
def chen(api: Telegram) -> Person:
    return api.person(2, "Chen")


def news(bot: Bot) -> list[dict[str, Any]]:
    """What a bot was told since it was last asked."""
    told = [json.loads(one.body) for one in bot.updates.waiting.values()]
    bot.updates.waiting.clear()
    return told


def heard(bot: Bot) -> list[str]:
    return [one["message"].get("text", "-") for one in news(bot) if "message" in one]


async def test_two_bots_have_two_chats_with_one_person(bot, staff, lin, call):
    lin.starts("p42", bot)
    lin.writes("hello", staff)
    assert (heard(bot), heard(staff)) == (["/start p42"], ["hello"])
    await call("sendMessage", staff, chat_id=1, text="from staff")
    assert lin.chat(bot).texts == ["/start p42"]
    assert lin.chat(staff).texts == ["hello", "from staff"]


async def test_waiting_for_what_a_bot_says(lin, call):
    lin.starts()
    waiting = asyncio.create_task(lin.chat().next())
    await asyncio.sleep(0)
    await call("sendMessage", chat_id=1, text="one")
    await call("sendMessage", chat_id=1, text="two")
    assert (await waiting).text == "one"
    assert (await lin.chat().next(after=2)).text == "two"
    assert await lin.chat().until(lambda chat: chat.texts[-1] == "two")
    with pytest.raises(TimeoutError):
        await lin.chat().next(seconds=0.02)


async def test_buttons_do_what_they_say(bot, lin, call):
    lin.starts()
    await call("sendMessage", chat_id=1, text="old", reply_markup=KEYS)
    old = lin.chat().last
    await call("sendMessage", chat_id=1, text="new", reply_markup=KEYS)
    news(bot)
    assert lin.presses("Site").url == "https://example.com"
    assert lin.presses(1).copied == "ABCD"
    press = lin.presses("Buy")
    query = news(bot)[0]["callback_query"]
    assert (query["data"], query["message"]["text"], query["from"]["id"]) == ("b", "new", 1)
    with pytest.raises(TimeoutError):
        await press.answer(0.02)
    assert (await call("answerCallbackQuery", callback_query_id=press.id, text="done"))["ok"]
    assert await press.answer() == "done"
    assert "too old" in (await call("answerCallbackQuery", callback_query_id=press.id))["description"]
    lin.presses("Buy", on=old)
    assert news(bot)[0]["callback_query"]["message"]["text"] == "old"
    lin.presses("Buy", on=old, inaccessible=True)
    assert news(bot)[0]["callback_query"]["message"]["date"] == 0
    with pytest.raises(ValueError, match="no button 'Sell'"):
        lin.presses("Sell")


async def test_a_press_cannot_be_answered_for_ever(api, clock, bot, staff, lin, call):
    lin.starts()
    await call("sendMessage", chat_id=1, text="x", reply_markup=KEYS)
    press = lin.presses("Buy")
    assert "too old" in (await call("answerCallbackQuery", staff, callback_query_id=press.id))["description"]
    clock.forward(timedelta(seconds=api.query_seconds + 1))
    assert "too old" in (await call("answerCallbackQuery", callback_query_id=press.id))["description"]


async def test_edits_forwards_and_protected_messages(bot, lin, chen, call):
    shown = lin.writes("helo")
    lin.edits(shown, "hello")
    first, second = news(bot)
    assert (first["message"]["text"], second["edited_message"]["text"]) == ("helo", "hello")
    with pytest.raises(ValueError, match="own"):
        chen.edits(shown, "x")
    await call("sendMessage", chat_id=1, text="steam.com")
    chen.forwards(lin.chat().last)
    told = news(bot)[0]["message"]
    assert (told["forward_origin"]["sender_user"]["id"], told["text"]) == (bot.id, "steam.com")
    await call("sendMessage", chat_id=1, text="ABCD", protect_content=True)
    assert lin.chat().last.body["has_protected_content"]
    with pytest.raises(ValueError, match="protected"):
        chen.forwards(lin.chat().last)


async def test_who_blocks_a_bot_is_told_to_it(bot, lin, call):
    lin.starts()
    lin.blocks()
    change = news(bot)[-1]["my_chat_member"]
    assert (change["old_chat_member"]["status"], change["new_chat_member"]["status"]) == ("member", "kicked")
    with pytest.raises(ValueError, match="blocked"):
        lin.writes("x")
    lin.starts()
    kinds = [set(one) - {"update_id"} for one in news(bot)]
    assert kinds == [{"my_chat_member"}, {"message"}]


# Stars


async def pays(api: Telegram, who: Person, call: Any, **answer: Any) -> Payment:
    paying = asyncio.create_task(who.pays(on=api.person(1).chat().said()[-1]))
    await asyncio.sleep(0)
    if answer:
        id = list(api.checkouts)[-1]
        assert (await call("answerPreCheckoutQuery", pre_checkout_query_id=id, **answer))["ok"]
        assert "too old" in (await call("answerPreCheckoutQuery", pre_checkout_query_id=id, ok=True))["description"]
    return await paying


async def test_stars_are_paid_once_and_given_back_once(api, bot, lin, call):
    lin.starts()
    await call("sendInvoice", chat_id=1, start_parameter="o1", **INVOICE)
    assert lin.chat().last.labels == [["Pay ⭐️5"]]
    refused = await pays(api, lin, call, ok=False, error_message="Sold out")
    assert (refused.outcome, refused.why) == ("refused", "Sold out")
    news(bot)
    paid = await pays(api, lin, call, ok=True)
    assert paid.outcome == "paid"
    query, told = news(bot)
    assert query["pre_checkout_query"]["invoice_payload"] == "o1"
    assert told["message"]["successful_payment"]["telegram_payment_charge_id"] == paid.charge
    with pytest.raises(ValueError, match="receipt"):
        await lin.pays(on=lin.chat().said()[-1])
    refund = {"user_id": 1, "telegram_payment_charge_id": paid.charge}
    assert "CHARGE_NOT_FOUND" in (await call("refundStarPayment", **refund | {"user_id": 2}))["description"]
    assert (await call("refundStarPayment", **refund))["result"] is True
    assert (await call("refundStarPayment", **refund))["description"] == "Bad Request: CHARGE_ALREADY_REFUNDED"
    assert news(bot)[0]["message"]["refunded_payment"]["total_amount"] == 5
    assert (await call("getMyStarBalance"))["result"] == {"amount": 0}
    first, second = (await call("getStarTransactions"))["result"]["transactions"]
    assert ("source" in first, "receiver" in second, first["id"] == second["id"]) == (True, True, True)
    assert (await call("getStarTransactions", offset=1, limit=1))["result"]["transactions"] == [second]


async def test_an_answer_that_comes_too_late_is_none(api, bot, lin, call):
    lin.starts()
    await call("sendInvoice", chat_id=1, start_parameter="o1", **INVOICE)
    api.checkout_seconds = 0.02
    assert await pays(api, lin, call) == Payment("late")
    id = list(api.checkouts)[-1]
    assert "too old" in (await call("answerPreCheckoutQuery", pre_checkout_query_id=id, ok=True))["description"]
    assert bot.balance == 0


async def test_only_an_invoice_without_start_parameter_is_paid_by_others(api, bot, lin, chen, call):
    lin.starts()
    await call("sendInvoice", chat_id=1, start_parameter="o1", **INVOICE)
    with pytest.raises(ValueError, match="forwarded"):
        await pays(api, chen, call)
    await call("sendInvoice", chat_id=1, **INVOICE)
    assert (await pays(api, chen, call, ok=True)).outcome == "paid"
    assert (await pays(api, lin, call, ok=True)).outcome == "paid"
    assert bot.balance == 10


async def test_stars_can_be_paid_told_again_and_taken_back_by_their_payload(api, bot, lin, chen, call):
    stars = Stars(api, bot)
    with pytest.raises(ValueError, match="invoice"):
        await stars.pay("o1")
    lin.starts()
    await call("sendInvoice", chat_id=1, start_parameter="o-1", **INVOICE)
    with pytest.raises(ValueError, match="paid"):
        stars.told("o1")
    paying = asyncio.create_task(stars.pay("o1"))
    await asyncio.sleep(0)
    await call("answerPreCheckoutQuery", pre_checkout_query_id=list(api.checkouts)[-1], ok=True)
    paid = await paying
    sent, *again = (news(bot)[-1], *(json.loads(stars.told("o1").body) for _ in range(2)))
    assert len({one["update_id"] for one in (sent, *again)}) == 3
    assert [one["message"]["successful_payment"] for one in again] == [sent["message"]["successful_payment"]] * 2
    stars.take_back(paid.charge, tells=False)
    assert news(bot) == []
    assert json.loads(stars.told_back(paid.charge).body)["message"]["refunded_payment"]["total_amount"] == 5
    assert len((await call("getStarTransactions"))["result"]["transactions"]) == 2
    bot.untold = 1
    assert len((await call("getStarTransactions"))["result"]["transactions"]) == 1


async def test_a_forwarded_copy_opens_the_bot(api, bot, lin, chen, call):
    lin.starts()
    await call("sendInvoice", chat_id=1, start_parameter="o-1", **INVOICE)
    news(bot)
    chen.opens_copy(lin.chat().last)
    assert heard(bot) == ["/start o-1"]
    await call("sendInvoice", chat_id=1, **INVOICE)
    with pytest.raises(ValueError, match="no link"):
        chen.opens_copy(lin.chat().last)


# Groups


async def test_with_privacy_a_bot_hears_only_what_is_meant_for_it(api, bot, lin, chen, call):
    group = api.group("Staff", chen)
    group.adds(bot)
    group.joins(lin)
    sent = (await call("sendMessage", chat_id=group.id, text="card"))["result"]
    news(bot)
    said = ["hello", "/ok", "/ok@other_bot", "/ok@Mika_Shop_Bot", "hi @mika_shop_bot"]
    for text in said:
        lin.writes(text, group)
    lin.writes("a reply", group, reply_to=group.chat.all[sent["message_id"]])
    assert heard(bot) == ["/ok", "/ok@Mika_Shop_Bot", "hi @mika_shop_bot", "a reply"]
    group.promotes(bot)
    news(bot)
    lin.writes("hello", group)
    assert heard(bot) == ["hello"]
    group.demotes(bot)
    bot.privacy = False
    news(bot)
    lin.writes("hello", group)
    assert heard(bot) == ["hello"]
    group.removes(bot)
    assert set(news(bot)[-1]) == {"update_id", "my_chat_member"}
    lin.writes("/ok", group)
    assert heard(bot) == []


async def test_a_stranger_cannot_write_in_a_group(api, lin, chen):
    group = api.group("Staff", chen)
    with pytest.raises(ValueError, match="not in this group"):
        lin.writes("hello", group)


async def test_who_hides_behind_the_group_or_a_channel(api, bot, chen):
    group, channel = api.group("Staff", chen), api.channel("News", chen, username="mika_news")
    group.adds(bot, admin=True)
    channel.adds(bot)
    channel.links(group)
    news(bot)
    group.speaks_anonymously("approve")
    group.speaks_as(channel, "approve")
    channel.posts("Sale")
    anonymous, as_channel, post, copy = news(bot)
    assert anonymous["message"]["from"]["username"] == "GroupAnonymousBot"
    assert anonymous["message"]["sender_chat"]["id"] == group.id
    assert as_channel["message"]["sender_chat"]["id"] == channel.id
    assert post["channel_post"]["text"] == "Sale"
    assert (copy["message"]["is_automatic_forward"], copy["message"]["from"]["id"]) == (True, 777000)


async def test_a_group_that_becomes_a_supergroup_tells_both_ids(api, bot, lin, chen, call):
    group = api.group("Staff", chen, supergroup=False)
    group.adds(bot)
    group.joins(lin)
    old = group.id
    news(bot)
    new = group.upgrades()
    to, since = news(bot)
    assert (to["message"]["chat"]["id"], to["message"]["migrate_to_chat_id"]) == (old, new)
    assert (since["message"]["chat"]["id"], since["message"]["migrate_from_chat_id"]) == (new, old)
    assert (await call("getChatMember", chat_id=new, user_id=1))["result"]["status"] == "member"
    lin.writes("/ok", group)
    assert heard(bot) == ["/ok"]


async def test_a_banned_bot_and_a_new_token(api, bot, staff, lin, call):
    lin.starts()
    old = bot.token
    api.new_token(bot, f"{bot.id}:another")
    assert (await call("getMe"))["result"]["id"] == bot.id
    bot.token, new = old, bot.token
    assert (await call("getMe"))["error_code"] == 401
    bot.token = new
    api.ban(bot)
    assert (await call("getMe"))["error_code"] == 401
    assert (await call("getMe", staff))["ok"]


async def test_calls_are_read_however_they_are_written(api, bot, lin, client):
    lin.starts()
    url = f"{api.url}/bot{bot.token}/sendMessage"
    given = {"chat_id": "1", "text": "50 % & more", "reply_markup": json.dumps(KEYS), "disable_notification": "true"}
    await client.get(url, params=given)
    await client.post(url, data=given)
    await client.post(url, json=given | {"chat_id": 1, "reply_markup": KEYS, "disable_notification": True})
    await client.post(url, data=given, files={"unused": ("x.txt", b"x")})
    await client.post(f"{api.url}/bot{bot.token}/SENDMESSAGE", data=given)
    shown = lin.chat().said()
    assert len(shown) == 5
    assert {one.text for one in shown} == {"50 % & more"}
    assert {one.buttons[0]["text"] for one in shown} == {"Buy"}
    assert {one.wishes["disable_notification"] for one in shown} == {True}
    assert [call.done for call in api.asked("sendMessage", bot)] == [True] * 5
    assert (api.peak(10.0), api.peak(10.0, chat=1), api.peak(10.0, chat=2)) == (5, 5, 0)


async def test_a_transcript_and_a_file(lin, bot, call, client, api):
    lin.starts()
    await call("sendMessage", chat_id=1, text="Hello\nthere", reply_markup=KEYS)
    lin.sends_sticker()
    files = {"document": ("codes.txt", b"A-1\n")}
    await client.post(f"{api.url}/bot{bot.token}/sendDocument", data={"chat_id": 1, "caption": "1 code"}, files=files)
    await call("sendInvoice", chat_id=1, start_parameter="o1", **INVOICE)
    assert lin.chat().said()[1].data == b"A-1\n"
    assert lin.chat().transcript() == (
        "Lin: /start\n"
        "mika_shop_bot: Hello\nthere\n  [Buy] [Copy]\n  [Site]\n"
        "Lin: [sticker]\n"
        "mika_shop_bot: [document codes.txt] 1 code\n"
        "mika_shop_bot: [invoice Card]\n  [Pay ⭐️5]"
    )
