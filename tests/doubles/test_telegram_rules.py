"""What Telegram's double refuses, in the words of the real one. Where teremok has a rule, both must agree."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiogram
import hypothesis
import pytest
import telegram
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity
from aiogram.utils import formatting
from hypothesis import strategies as st
from teremok import MockBot

from doubles.telegram import Telegram, served_telegram
from doubles.telegram_budgets import Budgets
from doubles.telegram_html import parsed
from tests.doubles.asking import bot, call, client

__all__ = ["bot", "call", "client"]


@pytest.fixture
async def api() -> AsyncIterator[Telegram]:
    async with served_telegram(budgets=Budgets.none()) as served:
        served.add_bot("mika_shop_bot")
        served.person(1, "Lin").starts()
        yield served


def button(**how: Any) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="x", **how)]])


HTML = {"parse_mode": "HTML"}
AS_TEREMOK: dict[str, tuple[str, dict[str, Any]]] = {
    "a text": ("send_message", {"text": "hello"}),
    "no text": ("send_message", {"text": ""}),
    "the longest text": ("send_message", {"text": "x" * 4096}),
    "one more": ("send_message", {"text": "x" * 4097}),
    "the longest of emoji": ("send_message", {"text": "😀" * 2048}),
    "one emoji more": ("send_message", {"text": "😀" * 2049}),
    "every tag": (
        "send_message",
        HTML
        | {
            "text": "<b>b</b><i>i</i><u>u</u><s>s</s><tg-spoiler>x</tg-spoiler><span class='tg-spoiler'>x</span>"
            "<a href='https://a.com'>a</a><code>c</code><pre><code class='language-py'>p</code></pre>"
            "<blockquote>q</blockquote><blockquote expandable>q</blockquote>"
        },
    ),
    "references": ("send_message", HTML | {"text": "&lt;&gt;&amp;&quot;&#65;&#x41;"}),
    "an unknown tag": ("send_message", HTML | {"text": "<p>x</p>"}),
    "a bare <": ("send_message", HTML | {"text": "1 < 2"}),
    "no end": ("send_message", HTML | {"text": "<b>x"}),
    "an end alone": ("send_message", HTML | {"text": "x</b>"}),
    "ends crossed": ("send_message", HTML | {"text": "<b><i>x</b></i>"}),
    "a span of another class": ("send_message", HTML | {"text": "<span class='x'>x</span>"}),
    "an edit, bad": ("edit_message_text", HTML | {"message_id": 1, "text": "<q>"}),
    "a caption's bad tag": ("edit_message_caption", HTML | {"message_id": 1, "caption": "<q>"}),
    "a caption too long": ("edit_message_caption", {"message_id": 1, "caption": "x" * 1025}),
    "an entity out of bounds": (
        "send_message",
        {"text": "x", "entities": [MessageEntity(type="bold", offset=0, length=2)]},
    ),
    "64 bytes": ("send_message", {"text": "x", "reply_markup": button(callback_data="x" * 64)}),
    "65 bytes": ("send_message", {"text": "x", "reply_markup": button(callback_data="x" * 65)}),
    "66 bytes in 22 characters": ("send_message", {"text": "x", "reply_markup": button(callback_data="价" * 22)}),
    "empty data": ("send_message", {"text": "x", "reply_markup": button(callback_data="")}),
    "a button that does nothing": ("send_message", {"text": "x", "reply_markup": button()}),
    "a button that does two things": (
        "send_message",
        {"text": "x", "reply_markup": button(callback_data="x", url="https://a.com")},
    ),
    "a button that copies": (
        "send_message",
        {"text": "x", "reply_markup": button(copy_text=CopyTextButton(text="ABCD"))},
    ),
    "a long answer": ("answer_callback_query", {"text": "x" * 201}),
}


async def verdict(bot: aiogram.Bot, name: str, given: dict[str, Any]) -> str:
    """What became of a call: "" or the refusal, as far as both word it alike."""
    how = dict(given)
    how |= {"callback_query_id": "q"} if name.startswith("answer") else {"chat_id": 1}
    try:
        await getattr(bot, name)(**how)
    except TelegramBadRequest as refused:
        said = refused.message.removeprefix("Bad Request: ").replace("media caption", "message caption")
        return said.split(":")[0]
    return ""


async def test_teremok_and_the_double_give_the_same_verdict(api, bot):
    session = AiohttpSession(api=TelegramAPIServer.from_base(api.url))
    here, there = dict[str, str](), dict[str, str]()
    async with aiogram.Bot(bot.token, session=session) as ours, MockBot(token=bot.token) as theirs:
        await ours.send_message(1, "x", reply_markup=button(callback_data="x"))
        text = await ours.send_message(1, "before")
        photo = await ours.send_photo(1, aiogram.types.BufferedInputFile(b"\xff\xd8\xff", "p.jpg"))
        for case, (name, given) in AS_TEREMOK.items():
            if name.startswith("edit"):
                given = given | {"message_id": (text if name == "edit_message_text" else photo).message_id}
            api.presses["q"] = api.person(1).presses("x", on=api.person(1).chat().all[text.message_id - 1])
            here[case], there[case] = await verdict(ours, name, given), await verdict(theirs, name, given)
    assert here == there
    assert set(here.values()) == {
        "",
        "BUTTON_DATA_INVALID",
        "MESSAGE_TOO_LONG",
        "can't parse entities",
        "can't parse inline keyboard button",
        "message caption is too long",
        "message is too long",
        "message text is empty",
    }


async def test_where_teremok_is_stricter_than_telegram(api, bot):
    """An & that starts no reference is left as it stands by Telegram's own parser; teremok refuses it."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(api.url))
    async with aiogram.Bot(bot.token, session=session) as ours, MockBot(token=bot.token) as theirs:
        assert (await ours.send_message(1, "a & b &nbsp;", parse_mode="HTML")).text == "a & b &nbsp;"
        assert await verdict(theirs, "send_message", HTML | {"text": "a & b"}) == "can't parse entities"


REFUSED: dict[str, tuple[str, dict[str, Any], int, str]] = {
    "another's chat": ("sendMessage", {"chat_id": 99, "text": "x"}, 400, "Bad Request: chat not found"),
    "no chat": ("sendMessage", {"text": "x"}, 400, "Bad Request: chat_id is empty"),
    "blanks": ("sendMessage", {"chat_id": 1, "text": " \n\u200b"}, 400, "Bad Request: message text is empty"),
    "a tag": (
        "sendMessage",
        {"chat_id": 1, "text": "é<q>", "parse_mode": "HTML"},
        400,
        'Bad Request: can\'t parse entities: Unsupported start tag "q" at byte offset 2',
    ),
    "crossed, nowhere": (  # the text is read before the chat is looked for
        "sendMessage",
        {"chat_id": 99, "text": "<b>x</i>", "parse_mode": "HTML"},
        400,
        'Bad Request: can\'t parse entities: Unmatched end tag at byte offset 4, expected "</b>", found "</i>"',
    ),
    "a mode": (
        "sendMessage",
        {"chat_id": 1, "text": "x", "parse_mode": "BB"},
        400,
        "Bad Request: unsupported parse_mode",
    ),
    "a reply": (
        "sendMessage",
        {"chat_id": 1, "text": "x", "reply_parameters": {"message_id": 77}},
        400,
        "Bad Request: message to be replied not found",
    ),
    "a thread": (
        "sendMessage",
        {"chat_id": 1, "text": "x", "message_thread_id": 7},
        400,
        "Bad Request: message thread not found",
    ),
    "no message": (
        "editMessageText",
        {"chat_id": 1, "message_id": 77, "text": "x"},
        400,
        "Bad Request: message to edit not found",
    ),
    "theirs": (
        "editMessageText",
        {"chat_id": 1, "message_id": 1, "text": "x"},
        400,
        "Bad Request: message can't be edited",
    ),
    "gone": ("deleteMessage", {"chat_id": 1, "message_id": 77}, 400, "Bad Request: message to delete not found"),
    "an old press": (
        "answerCallbackQuery",
        {"callback_query_id": "1"},
        400,
        "Bad Request: query is too old and response timeout expired or query ID is invalid",
    ),
    "a file": (
        "sendDocument",
        {"chat_id": 1, "document": "BQAC-1-1"},
        400,
        "Bad Request: wrong file identifier/HTTP URL specified",
    ),
    "no file": ("sendDocument", {"chat_id": 1}, 400, "Bad Request: there is no document in the request"),
    "an address": (
        "sendPhoto",
        {"chat_id": 1, "photo": "https://example.com/x.png"},
        400,
        "Bad Request: failed to get HTTP URL content",
    ),
    "a command": (
        "setMyCommands",
        {"commands": [{"command": "Ж", "description": "x"}]},
        400,
        "Bad Request: BOT_COMMAND_INVALID",
    ),
    "plain http": (
        "setWebhook",
        {"url": "http://example.com/x"},
        400,
        "Bad Request: bad webhook: An HTTPS URL must be provided for webhook",
    ),
    "a port": (
        "setWebhook",
        {"url": "https://example.com:8000/x"},
        400,
        "Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
    ),
    "a refund of nothing": (
        "refundStarPayment",
        {"user_id": 1, "telegram_payment_charge_id": "x"},
        400,
        "Bad Request: CHARGE_NOT_FOUND",
    ),
    "an unknown method": ("sendMony", {}, 404, "Not Found: method not found"),
}


async def test_the_words_of_a_refusal(call):
    for method, given, code, words in REFUSED.values():
        said = await call(method, **given)
        assert (said["ok"], said["error_code"], said["description"]) == (False, code, words)


async def test_another_token_is_nobodys(api, client):
    said = await client.post(f"{api.url}/bot1:x/getMe")
    assert (said.status_code, said.json()["description"]) == (401, "Unauthorized")
    assert (await client.get(f"{api.url}/favicon.ico")).json()["description"] == "Not Found"


BUTTONS: dict[str, tuple[dict[str, Any], str]] = {
    "tg link": ({"url": "tg://user?id=1"}, ""),
    "link": ({"url": "https://example.com/x"}, ""),
    "localhost": ({"url": "http://localhost/x"}, "Wrong HTTP URL"),
    "mail": ({"url": "mailto://x@a.b"}, "Unsupported URL protocol"),
    "256": ({"copy_text": {"text": "x" * 256}}, ""),
    "257": ({"copy_text": {"text": "x" * 257}}, "BUTTON_COPY_TEXT_INVALID"),
    "nothing to copy": ({"copy_text": {"text": ""}}, "BUTTON_COPY_TEXT_INVALID"),
    "pay": ({"pay": True}, "BUTTON_POS_INVALID"),
}


async def test_buttons(call):
    for case, (action, why) in BUTTONS.items():
        keys = {"inline_keyboard": [[{"text": "b"} | action]]}
        said = await call("sendMessage", chat_id=1, text="x", reply_markup=keys)
        assert said["ok"] is not bool(why), case
        assert why in said.get("description", "")


async def test_a_keyboard_has_a_hundred_buttons_and_ten_kilobytes_at_most(call):
    def rows(count: int, data: str = "b") -> Any:
        return {"inline_keyboard": [[{"text": "b", "callback_data": data}]] * count}

    assert (await call("sendMessage", chat_id=1, text="x", reply_markup=rows(100)))["ok"]
    said = await call("sendMessage", chat_id=1, text="x", reply_markup=json.dumps(rows(101)))
    assert said["description"] == "Bad Request: reply markup is too long"
    assert (await call("sendMessage", chat_id=1, text="x", reply_markup=rows(90, "x" * 64)))["ok"]
    said = await call("sendMessage", chat_id=1, text="x", reply_markup=rows(100, "x" * 64))
    assert said["description"] == "Bad Request: reply markup is too long"


async def test_an_edit_must_change_something(api, call):
    keys = {"inline_keyboard": [[{"text": "b", "callback_data": "b"}]]}
    sent = (await call("sendMessage", chat_id=1, text="<b>x</b>", parse_mode="HTML", reply_markup=keys))["result"]
    same = {"chat_id": 1, "message_id": sent["message_id"], "text": "<b>x</b>", "parse_mode": "HTML"}
    assert "message is not modified" in (await call("editMessageText", **same, reply_markup=keys))["description"]
    assert "reply_markup" not in (await call("editMessageText", **same))["result"]
    assert "message is not modified" in (await call("editMessageReplyMarkup", **same))["description"]
    assert (await call("editMessageText", **same | {"text": "x"}))["result"]["text"] == "x"
    shown = api.person(1).chat().last
    assert [one.get("reply_markup") for one in shown.before] == [keys, None]
    assert (await call("editMessageCaption", **same, caption="x"))["description"].endswith(
        "no caption in the message to edit"
    )


async def test_forty_eight_hours_later_nothing_is_deleted(api, call):
    sent = (await call("sendMessage", chat_id=1, text="x"))["result"]
    api.person(1).chat().last.body["date"] -= 48 * 3600 + 2
    said = await call("deleteMessage", chat_id=1, message_id=sent["message_id"])
    assert said["description"] == "Bad Request: message can't be deleted for everyone"


async def test_who_may_be_written_to(api, bot, call):
    api.person(2)
    staff = api.add_bot("mika_staff_bot")
    never = "Forbidden: bot can't initiate conversation with a user"
    assert (await call("sendMessage", chat_id=2, text="x"))["description"] == never
    assert (await call("sendMessage", staff, chat_id=1, text="x"))["description"] == never
    api.person(1).blocks(bot)
    assert (await call("sendMessage", chat_id=1, text="x"))["description"] == "Forbidden: bot was blocked by the user"
    api.person(1).starts()
    assert (await call("sendMessage", chat_id=1, text="x"))["ok"]
    api.person(1).gone = True
    assert (await call("sendMessage", chat_id=1, text="x"))["description"] == "Forbidden: user is deactivated"
    assert (await call("sendMessage", chat_id=staff.id, text="x"))["error_code"] == 403


async def test_groups_a_bot_is_not_in_and_groups_that_moved(api, bot, call):
    group = api.group("Staff", api.person(2), supergroup=False)
    say = {"chat_id": group.id, "text": "x"}
    assert (await call("sendMessage", **say))["description"] == "Bad Request: chat not found"
    group.adds(bot)
    assert (await call("sendMessage", **say))["ok"]
    group.mutes(bot)
    assert "not enough rights" in (await call("sendMessage", **say))["description"]
    group.removes(bot, banned=False)
    assert (await call("sendMessage", **say))["description"] == "Forbidden: bot is not a member of the group chat"
    group.adds(bot)
    group.removes(bot)
    assert (await call("sendMessage", **say))["description"] == "Forbidden: bot was kicked from the group chat"
    group.adds(bot)
    new = group.upgrades()
    said = await call("sendMessage", **say)
    assert said["description"] == "Bad Request: group chat was upgraded to a supergroup chat"
    assert said["parameters"] == {"migrate_to_chat_id": new}
    assert (await call("sendMessage", chat_id=new, text="x"))["ok"]


async def test_files_of_one_bot_are_nothing_to_another(api, bot, call):
    staff = api.add_bot("mika_staff_bot")
    id = api.person(1).sends_document(b"x").body["document"]["file_id"]
    assert (await call("getFile", file_id=id))["ok"]
    assert "wrong file identifier" in (await call("getFile", staff, file_id=id))["description"]


INVOICE: dict[str, Any] = {
    "chat_id": 1,
    "title": "Card",
    "description": "A card",
    "payload": "o1",
    "currency": "XTR",
    "prices": [{"label": "Card", "amount": 5}],
}
INVOICES: dict[str, tuple[dict[str, Any], str]] = {
    "right": ({}, ""),
    "long title": ({"title": "x" * 33}, "TITLE_INVALID"),
    "no description": ({"description": ""}, "DESCRIPTION_INVALID"),
    "129 bytes": ({"payload": "x" * 129}, "INVOICE_PAYLOAD_INVALID"),
    "dollars": ({"currency": "USD"}, "PAYMENT_PROVIDER_INVALID"),
    "two prices": ({"prices": INVOICE["prices"] * 2}, "STARS_INVOICE_INVALID"),
    "no price": ({"prices": []}, "there must be at least one price"),
    "too much": ({"prices": [{"label": "x", "amount": 25_001}]}, "CURRENCY_TOTAL_AMOUNT_INVALID"),
    "tips": ({"max_tip_amount": 5}, "STARS_INVOICE_INVALID"),
    "pay second": (
        {"reply_markup": {"inline_keyboard": [[{"text": "x", "callback_data": "x"}, {"text": "Pay", "pay": True}]]}},
        "BUTTON_POS_INVALID",
    ),
    "pay first": ({"reply_markup": {"inline_keyboard": [[{"text": "Pay", "pay": True}]]}}, ""),
}


async def test_invoices(call):
    for case, (change, why) in INVOICES.items():
        said = await call("sendInvoice", **INVOICE | change)
        assert said["ok"] is not bool(why), case
        assert said.get("description", "").endswith(why)


MARKS: dict[str, list[tuple[str, str]]] = {
    "buy at steam.com now": [("url", "steam.com")],
    "v1.5 costs 10.50, e.g. this": [],
    "ask @mika_shop_bot": [("mention", "@mika_shop_bot")],
    "#1 is no tag, #one is": [("hashtag", "#one")],
    "a/b /start@x_bot /help": [("bot_command", "/start@x_bot"), ("bot_command", "/help")],
    "write to a.b@example.com": [("email", "a.b@example.com")],
    "call +1 202 555 0123": [("phone_number", "+1 202 555 0123")],
    "<code>steam.com @mika #one</code>": [("code", "steam.com @mika #one")],
    "<a href='https://a.com'>steam.com</a>": [("text_link", "steam.com")],
    "<b>see steam.com</b>": [("bold", "see steam.com"), ("url", "steam.com")],
    "😀 <i>😀</i> steam.com": [("italic", "😀"), ("url", "steam.com")],
    "<code>ABCD-1234</code> &lt;b&gt; \u202e@x_y": [("code", "ABCD-1234"), ("mention", "@x_y")],
    "  <b> x </b>  ": [("bold", "x")],
}


async def test_what_is_marked_in_a_message(api, call):
    for source, marks in MARKS.items():
        assert (await call("sendMessage", chat_id=1, text=source, parse_mode="HTML"))["ok"]
        shown = api.person(1).chat().last
        assert [(one["type"], text) for one, text in zip(shown.entities, shown.marked(), strict=True)] == marks
        assert shown.links == [text for kind, text in marks if kind not in ("code", "bold", "italic")]


def test_nothing_is_marked_inside_code_and_what_touches_is_one():
    assert parsed("<b>a<code>b</code>c</b>")[1] == [
        {"type": "bold", "offset": 0, "length": 1},
        {"type": "code", "offset": 1, "length": 1},
        {"type": "bold", "offset": 2, "length": 1},
    ]
    assert parsed("<b><b>a</b>b</b><b>c</b>")[1] == [{"type": "bold", "offset": 0, "length": 3}]
    assert parsed("<code><b>x</b></code>")[1] == [{"type": "code", "offset": 0, "length": 1}]
    assert parsed("<pre><code class='language-py'>x</code></pre>")[1] == [
        {"type": "pre", "offset": 0, "length": 1, "language": "py"}
    ]


WORDS = st.text("aЖ价😀<&>\"' \n\u200d", min_size=1, max_size=6)
NODES = st.recursive(
    WORDS,
    lambda inside: st.builds(
        lambda kind, content: kind(*content),
        st.sampled_from([formatting.Bold, formatting.Italic, formatting.Spoiler, formatting.Strikethrough]),
        st.lists(inside, min_size=1, max_size=3),
    ),
    max_leaves=8,
)


@hypothesis.given(st.lists(NODES, min_size=1, max_size=4), st.lists(WORDS, max_size=2))
@hypothesis.settings(max_examples=200, deadline=None)
def test_html_that_ptb_writes_is_read_as_it_was_meant(nodes, codes):
    """aiogram says what is marked, PTB writes it as HTML. (aiogram's own as_html repeats the text of a style that
    begins where a longer one does.)"""
    text, marks = formatting.Text(*nodes, *(formatting.Code(code) for code in codes)).render()
    meant = sorted({(one.offset, -one.length, str(one.type)) for one in marks})
    entities = [telegram.MessageEntity(kind, start, -length) for start, length, kind in meant]
    chat = telegram.Chat(1, "private")
    read, found = parsed(telegram.Message(1, datetime.now(UTC), chat, text=text, entities=entities).text_html)
    assert read == text
    told = [(one["offset"], -one["length"], one["type"]) for one in found]
    assert styled(told) == styled(meant)
    assert told == sorted(told, key=lambda one: one[:2])


def styled(marks: list[tuple[int, int, str]]) -> set[tuple[int, str]]:
    """Which unit of the text is in which style."""
    return {(place, kind) for start, length, kind in marks for place in range(start, start - length)}
