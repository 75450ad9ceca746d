"""Both libraries take Telegram's double for Telegram: every update it emits, and every method over HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiogram
import aiogram.types as a
import pytest
import telegram as t
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from telegram.ext import Application, ApplicationBuilder, CommandHandler, ContextTypes, ExtBot

from doubles.telegram import Telegram, served_telegram
from doubles.telegram_bots import Bot
from doubles.telegram_budgets import Budgets

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (64).to_bytes(4, "big") + (48).to_bytes(4, "big") + bytes(20)
STARS: dict[str, Any] = {"title": "Card", "description": "A card", "payload": "o1", "currency": "XTR"}
NEWER = {"can_send_welcome_messages"}  # Bot API 10.3, where aiogram asks for it; PTB stands at 10.0
EVERY_KIND = [
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "inline_query",
    "callback_query",
    "pre_checkout_query",
    "my_chat_member",
    "chat_member",
]


@pytest.fixture
async def api() -> AsyncIterator[Telegram]:
    async with served_telegram(budgets=Budgets.none()) as served:
        served.add_bot("mika_shop_bot")
        yield served


@pytest.fixture
def bot(api: Telegram) -> Bot:
    return api.bots[0]


@pytest.fixture
async def aio(api: Telegram, bot: Bot) -> AsyncIterator[aiogram.Bot]:
    session = AiohttpSession(api=TelegramAPIServer.from_base(api.url))
    async with aiogram.Bot(bot.token, session=session) as made:
        yield made


@pytest.fixture
def builder(api: Telegram, bot: Bot) -> Any:
    start = ApplicationBuilder().token(bot.token)
    return start.base_url(f"{api.url}/bot").base_file_url(f"{api.url}/file/bot")


@pytest.fixture
async def ptb(builder: Any) -> AsyncIterator[ExtBot[None]]:
    async with builder.updater(None).build().bot as made:
        yield made


def leftovers(thing: Any, path: str = "update") -> list[str]:
    """Where PTB found fields it doesn't know."""
    found = []
    if isinstance(thing, t.TelegramObject):
        found += [f"{path}.{name}" for name in thing.api_kwargs if name not in NEWER]
        for name in thing.__slots__ if not hasattr(thing, "__dict__") else vars(thing):
            if not name.startswith("_") and name != "api_kwargs":
                found += leftovers(getattr(thing, name, None), f"{path}.{name}")
    elif isinstance(thing, (tuple, list)):
        for place, one in enumerate(thing):
            found += leftovers(one, f"{path}[{place}]")
    return found


def extras(thing: Any, path: str = "update") -> list[str]:
    """Where aiogram found fields it doesn't know."""
    found = []
    if isinstance(thing, a.TelegramObject):
        found += [f"{path}.{name}" for name in thing.model_extra or {}]
        for name in type(thing).model_fields:
            found += extras(getattr(thing, name), f"{path}.{name}")
    elif isinstance(thing, list):
        for place, one in enumerate(thing):
            found += extras(one, f"{path}[{place}]")
    return found


async def everything_happens(api: Telegram, bot: Bot, aio: aiogram.Bot) -> None:
    """One of each thing that people do."""
    lin, chen = api.person(1, "Lin", username="lin_buys", language="zh-hans"), api.person(2, "Chen")
    lin.starts("p42")
    lin.edits(lin.writes("hello https://example.com @mika_shop_bot +12025550123"), "helo")
    lin.sends_photo("look #here")
    lin.sends_document()
    lin.sends_voice()
    lin.sends_sticker()
    lin.sends_contact()
    lin.sends_location()
    lin.asks_inline("steam")
    markup = a.InlineKeyboardMarkup(inline_keyboard=[[a.InlineKeyboardButton(text="Buy", callback_data="b:1")]])
    card = await aio.send_message(1, "<b>Card</b> <tg-spoiler>x</tg-spoiler>", parse_mode="HTML", reply_markup=markup)
    lin.writes("yes", reply_to=lin.chat().all[card.message_id])
    lin.forwards(lin.chat().all[card.message_id])
    lin.presses("Buy")
    lin.presses("Buy", inaccessible=True)
    await aio.send_invoice(1, **STARS, prices=[a.LabeledPrice(label="Card", amount=5)], start_parameter="o1")
    paying = asyncio.create_task(lin.pays())
    await asyncio.sleep(0)
    await aio.answer_pre_checkout_query(next(iter(api.checkouts)), ok=True)
    charge = (await paying).charge
    await aio.refund_star_payment(1, charge)
    lin.blocks()
    lin.unblocks()
    group = api.group("Staff", chen, supergroup=False)
    group.adds(bot)
    group.promotes(bot)
    group.joins(lin)
    group.promotes(lin, anonymous=True)
    group.renames("The staff")
    lin.writes("hi", group)
    group.speaks_anonymously("/ok")
    await aio.send_message(group.id, "Review", reply_markup=markup)
    chen.presses("Buy", at=group)
    group.upgrades()
    forum = api.group("Forum", chen, forum=True)
    forum.adds(bot, admin=True)
    chen.writes("in a topic", forum, thread=forum.opens_topic("restock"))
    channel = api.channel("News", chen, username="mika_news")
    channel.adds(bot)
    channel.links(forum)
    channel.edits(channel.posts("Sale"), "Sale!")
    forum.speaks_as(channel, "as the channel")
    chen.forwards(channel.chat.last, bot)
    group.mutes(lin)
    group.leaves(lin)
    group.removes(bot)
    channel.removes(bot)


async def test_every_update_parses_in_both_libraries_with_nothing_left_over(api, bot, aio, ptb):
    await aio.delete_webhook()
    await aio.get_updates(allowed_updates=EVERY_KIND)
    await everything_happens(api, bot, aio)
    told = [json.loads(one.body) for one in bot.updates.waiting.values()]
    assert {kind for one in told for kind in one} == {*EVERY_KIND, "update_id"}
    for one in told:
        in_aiogram, in_ptb = a.Update.model_validate(one), t.Update.de_json(one, ptb)
        assert in_ptb is not None
        assert in_aiogram.update_id == in_ptb.update_id == one["update_id"]
        assert extras(in_aiogram) == leftovers(in_ptb) == [], one


async def test_aiogram_calls_every_method(api, bot, aio):
    lin = api.person(1, "Lin")
    lin.starts()
    assert (await aio.get_me()).username == "mika_shop_bot"
    assert await aio.set_webhook("https://example.com/hook", secret_token="s", allowed_updates=["message"])
    assert (await aio.get_webhook_info()).allowed_updates == ["message"]
    assert await aio.delete_webhook()
    assert (await aio.get_updates())[0].message.text == "/start"
    markup = a.InlineKeyboardMarkup(inline_keyboard=[[a.InlineKeyboardButton(text="Buy", callback_data="b")]])
    sent = await aio.send_message(1, "<i>hi</i> 😀", parse_mode="HTML", reply_markup=markup, protect_content=True)
    assert [(one.type, one.length) for one in sent.entities] == [("italic", 2)]
    assert (await aio.edit_message_text("two", chat_id=1, message_id=sent.message_id)).text == "two"
    assert await aio.edit_message_reply_markup(chat_id=1, message_id=sent.message_id, reply_markup=markup)
    photo = await aio.send_photo(1, a.BufferedInputFile(PNG, "p.png"), caption="a <b>b</b>", parse_mode="HTML")
    assert photo.photo[0].width == 64
    assert (await aio.send_photo(1, photo.photo[0].file_id)).photo == photo.photo
    assert (await aio.edit_message_caption(chat_id=1, message_id=photo.message_id, caption="new")).caption == "new"
    media = a.InputMediaPhoto(media=a.BufferedInputFile(PNG, "q.png"), caption="third")
    assert (await aio.edit_message_media(media, chat_id=1, message_id=photo.message_id)).caption == "third"
    document = await aio.send_document(1, a.BufferedInputFile("A\nЖ\n".encode(), "codes.txt"), caption="2 codes")
    assert document.document.file_name == "codes.txt"
    file = await aio.get_file(document.document.file_id)
    assert (await aio.download_file(file.file_path)).read() == "A\nЖ\n".encode()
    api.web["https://example.com/x.png"] = PNG
    assert (await aio.send_photo(1, "https://example.com/x.png")).photo
    assert await aio.delete_message(1, sent.message_id)
    press = lin.presses("Buy", on=lin.chat().all[(await aio.send_message(1, "x", reply_markup=markup)).message_id])
    assert await aio.answer_callback_query(press.id, text="ok", show_alert=True)
    assert (await press.answer(), press.alert) == ("ok", True)
    assert await aio.send_chat_action(1, "typing")
    assert (await aio.get_chat(1)).first_name == "Lin"
    russian = [a.BotCommand(command="start", description="Начать")]
    assert await aio.set_my_commands(russian, language_code="ru", scope=a.BotCommandScopeAllPrivateChats())
    assert await aio.get_my_commands() == []
    told = await aio.get_my_commands(language_code="ru", scope=a.BotCommandScopeAllPrivateChats())
    assert [(one.command, one.description) for one in told] == [("start", "Начать")]
    assert await aio.delete_my_commands(language_code="ru", scope=a.BotCommandScopeAllPrivateChats())
    assert await aio.set_my_description("about") and (await aio.get_my_description()).description == "about"
    assert await aio.set_my_short_description("short", language_code="ru")
    assert (await aio.get_my_short_description(language_code="ru")).short_description == "short"
    assert await aio.set_my_name("Mika") and (await aio.get_my_name()).name == "Mika"
    assert await aio.set_chat_menu_button(menu_button=a.MenuButtonCommands())
    assert (await aio.get_chat_menu_button()).type == "commands"


async def test_aiogram_takes_stars(api, bot, aio):
    lin = api.person(1, "Lin")
    lin.starts()
    await aio.send_invoice(1, **STARS, prices=[a.LabeledPrice(label="Card", amount=50)], start_parameter="o1")
    paying = asyncio.create_task(lin.pays())
    await asyncio.sleep(0)
    query = (await aio.get_updates())[-1].pre_checkout_query
    assert await aio.answer_pre_checkout_query(query.id, ok=True)
    payment = await paying
    paid = (await aio.get_updates())[-1].message.successful_payment
    assert (payment.outcome, payment.charge) == ("paid", paid.telegram_payment_charge_id)
    assert (paid.invoice_payload, paid.total_amount, paid.currency) == ("o1", 50, "XTR")
    assert (await aio.get_my_star_balance()).amount == 50
    assert await aio.refund_star_payment(1, payment.charge)
    came, went = (await aio.get_star_transactions()).transactions
    assert came.id == went.id == payment.charge
    assert (came.source.user.id, came.receiver, went.source, went.receiver.user.id) == (1, None, None, 1)
    assert (await aio.get_my_star_balance()).amount == 0


async def test_aiogram_in_groups(api, bot, aio):
    chen = api.person(2, "Chen")
    group = api.group("Staff", chen, forum=True)
    group.adds(bot, admin=True)
    assert [one.status for one in await aio.get_chat_administrators(group.id)] == ["creator", "administrator"]
    assert (await aio.get_chat_member(group.id, 2)).status == "creator"
    assert (await aio.get_chat_member(group.id, api.person(3).id)).status == "left"
    assert await aio.get_chat_member_count(group.id) == 2
    assert (await aio.get_chat(group.id)).is_forum
    topic = await aio.create_forum_topic(group.id, "restock")
    sent = await aio.send_message(group.id, "in it", message_thread_id=topic.message_thread_id)
    reply = a.ReplyParameters(message_id=sent.message_id)
    again = await aio.send_message(group.id, "and", reply_parameters=reply, disable_notification=True)
    assert again.reply_to_message.text == "in it"
    assert group.chat.last.wishes["disable_notification"] is True
    assert await aio.leave_chat(group.id)
    assert group.chat.status(bot.id) == "left"


async def test_ptb_calls_every_method(api, bot, ptb):
    lin = api.person(1, "Lin")
    lin.starts()
    assert ptb.username == "mika_shop_bot"
    assert await ptb.set_webhook("https://example.com/hook", secret_token="s", max_connections=3)
    assert (await ptb.get_webhook_info()).max_connections == 3
    assert await ptb.delete_webhook()
    assert (await ptb.get_updates())[0].message.text == "/start"
    markup = t.InlineKeyboardMarkup([[t.InlineKeyboardButton("Buy", callback_data="b")]])
    sent = await ptb.send_message(1, "<i>hi</i>", parse_mode="HTML", reply_markup=markup, protect_content=True)
    assert sent.entities[0].type == "italic" and sent.has_protected_content
    edited = await ptb.edit_message_text("two", chat_id=1, message_id=sent.message_id)
    assert isinstance(edited, t.Message) and edited.text == "two"
    assert await ptb.edit_message_reply_markup(chat_id=1, message_id=sent.message_id, reply_markup=markup)
    photo = await ptb.send_photo(1, PNG, caption="a")
    assert await ptb.edit_message_caption(chat_id=1, message_id=photo.message_id, caption="new")
    assert await ptb.edit_message_media(t.InputMediaPhoto(PNG, caption="x"), chat_id=1, message_id=photo.message_id)
    document = await ptb.send_document(1, b"A\n", filename="codes.txt", caption="1 code")
    file = await ptb.get_file(document.document.file_id)
    assert await file.download_as_bytearray() == b"A\n"
    assert await ptb.delete_message(1, document.message_id)
    press = lin.presses("Buy", on=lin.chat().all[sent.message_id])
    assert await ptb.answer_callback_query(press.id)
    assert await press.answer() == ""
    assert await ptb.send_chat_action(1, "typing")
    assert (await ptb.get_chat(1)).first_name == "Lin"
    assert await ptb.set_my_commands([("start", "Start")], language_code="en")
    assert (await ptb.get_my_commands(language_code="en"))[0].command == "start"
    assert await ptb.set_my_description("about") and await ptb.set_my_short_description("short")
    assert await ptb.set_chat_menu_button(menu_button=t.MenuButtonCommands())
    group = api.group("Staff", api.person(2, "Chen"))
    group.adds(bot, admin=True)
    assert len(await ptb.get_chat_administrators(group.id)) == 2
    assert (await ptb.get_chat_member(group.id, 2)).status == "creator"
    assert await ptb.leave_chat(group.id)


async def test_ptb_takes_stars(api, ptb):
    lin = api.person(1, "Lin")
    lin.starts()
    invoice = dict(STARS, prices=[t.LabeledPrice("Card", 5)], provider_token="", start_parameter="o1")
    await ptb.send_invoice(1, **invoice)
    paying = asyncio.create_task(lin.pays())
    await asyncio.sleep(0)
    query = (await ptb.get_updates())[-1].pre_checkout_query
    assert await ptb.answer_pre_checkout_query(query.id, ok=False, error_message="Sold out")
    assert (await paying).why == "Sold out"
    assert (await ptb.get_star_transactions()).transactions == ()
    assert (await ptb.get_my_star_balance()).amount == 0


async def test_aiogram_polls(api, aio):
    lin, dispatcher = api.person(1, "Lin"), aiogram.Dispatcher()

    @dispatcher.message()
    async def answer(message: a.Message) -> None:
        await message.answer(f"you said {message.text}")

    polling = asyncio.create_task(dispatcher.start_polling(aio, handle_signals=False, close_bot_session=False))
    for text in ("one", "two"):
        lin.writes(text)
        assert (await lin.chat().next()).text == f"you said {text}"
    await dispatcher.stop_polling()
    await polling
    assert lin.chat().texts == ["one", "you said one", "two", "you said two"]


async def test_ptb_polls(api, builder):
    lin = api.person(1, "Lin")

    async def answer(update: t.Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.effective_message
        await update.effective_message.reply_text("welcome")

    made: Application[Any, Any, Any, Any, Any, Any] = builder.build()
    made.add_handler(CommandHandler("start", answer))
    async with made:
        await made.start()
        assert made.updater
        await made.updater.start_polling()
        lin.starts()
        assert (await lin.chat().next()).text == "welcome"
        await made.updater.stop()
        await made.stop()
    assert lin.chat().texts == ["/start", "welcome"]
