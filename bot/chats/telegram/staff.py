"""The staff's bot, on python-telegram-bot: one private group, and private chats with those who work here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

from telegram import (
    BotCommand,
    CallbackQuery,
    Chat,
    ChatMember,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    LabeledPrice,
    LinkPreviewOptions,
    Message,
    MessageEntity,
    Update,
    User,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, RetryAfter, TelegramError
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    ContextTypes,
    Defaults,
    ExtBot,
    MessageHandler,
    filters,
)
from telegram.request import HTTPXRequest

from bot.chats.telegram.calls import UPDATES, Moved, Unchanged, quiet, refused, twice
from bot.chats.telegram.chat import PICTURE, Press, TelegramChat
from bot.chats.telegram.render import Bill, Button, File, Rows
from bot.said import Said
from core import customers, rooms, staff
from core.ground.db import Tx
from core.ground.errors import PartyError, SendError
from core.ground.messages import words
from core.ground.vault import Secret
from core.shop import Shop

T = TypeVar("T")
Context = ContextTypes.DEFAULT_TYPE

CONNECTIONS = 32
TIMEOUT = 20.0  # seconds for one call
CODE = {MessageEntity.CODE, MessageEntity.PRE, MessageEntity.SPOILER}
HERE = {ChatMember.MEMBER, ChatMember.ADMINISTRATOR}


@dataclass
class Hearing:
    """The update that is being answered: for which shop, under which key, and what went wrong with it."""

    shop: Shop
    key: str
    trouble: Exception | None = None


HEARING: ContextVar[Hearing] = ContextVar("hearing")  # the library has no way to hand a handler anything of ours


class TelegramStaff(TelegramChat):
    """python-telegram-bot reads updates and finds what to do with each; its updater, timers and states are unused."""

    def _connect(self, token: str, api: str) -> Ptb:
        request = HTTPXRequest(CONNECTIONS, read_timeout=TIMEOUT, write_timeout=TIMEOUT, pool_timeout=TIMEOUT)
        asking = HTTPXRequest(2, read_timeout=TIMEOUT)
        defaults = Defaults(parse_mode=ParseMode.HTML)
        bot = Bot(
            token,
            base_url=f"{api}/bot",
            base_file_url=f"{api}/file/bot",
            request=request,
            get_updates_request=asking,
            defaults=defaults,
        )
        self._bot = bot
        self._app = Application.builder().bot(bot).updater(None).job_queue(None).build()
        self._starting = asyncio.Lock()
        self._handle()
        return Ptb(bot)

    def _handle(self) -> None:
        """Which kind of update goes where; what is not named here is answered by silence."""
        private, room = filters.ChatType.PRIVATE, filters.ChatType.GROUPS
        for handler in (
            MessageHandler(filters.StatusUpdate.MIGRATE, self._migrated),
            MessageHandler(filters.StatusUpdate.ALL, self._silence),
            CommandHandler("here", self._here, room),
            CommandHandler("start", self._start, private),
            MessageHandler(private & filters.TEXT, self._text),
            MessageHandler(private, self._wordless),
            MessageHandler(room & filters.TEXT, self._in_room),
            CallbackQueryHandler(self._press),
            ChatMemberHandler(self._member, ChatMemberHandler.MY_CHAT_MEMBER),
        ):
            self._app.add_handler(cast(Any, handler))
        self._app.add_error_handler(self._note)

    async def _read(self, shop: Shop, update: dict[str, Any], key: str) -> None:
        """The library hides what its handlers raise; here it is brought to light again."""
        await self._ready()
        hearing = Hearing(shop, key)
        HEARING.set(hearing)
        await self._app.process_update(Update.de_json(update, self._bot))
        if hearing.trouble:
            raise hearing.trouble

    async def _note(self, update: object, context: Context) -> None:
        HEARING.get().trouble = context.error

    async def _ready(self) -> None:
        """The library asks Telegram who we are before it reads anything. Raises SendError while nobody answers."""
        async with self._starting, _troubles():
            await self._app.initialize()

    # What comes

    def _said(self, who: User | None, chat: Chat, text: str = "", press: str | None = None) -> Said:
        key = HEARING.get().key
        place = None if chat.type == Chat.PRIVATE else str(chat.id)
        name, locale = (who.full_name, who.language_code) if who else ("", None)
        return Said(self.name, str(who.id if who else chat.id), key, text, press, name, locale, place=place)

    def _own(self, text: str) -> str | None:
        """A command without our name; None for one that is another bot's."""
        command, _, rest = text.partition(" ")
        verb, _, whose = command.partition("@")
        if whose and whose.lower() != (self._bot.username or "").lower():
            return None
        return f"{verb} {rest}".strip() if text.startswith("/") else text

    async def _text(self, update: Update, context: Context) -> None:
        """A private chat. Who doesn't work here is told so by the router, and nothing else."""
        message, chat = _of(update)
        text = self._own(message.text or "")
        if text is not None:
            await self.answer(HEARING.get().shop, self._said(message.from_user, chat, text))

    async def _wordless(self, update: Update, context: Context) -> None:
        message, chat = _of(update)
        said = self._said(message.from_user, chat)
        await self.kindly(HEARING.get().shop, said, words("telegram-text-only"), album=message.media_group_id)

    async def _start(self, update: Update, context: Context) -> None:
        """Somebody comes in by their one-time link, or says hello."""
        message, chat = _of(update)
        said = self._said(message.from_user, chat, "/help")
        shop = HEARING.get().shop
        if context.args and not await shop.db.write(_enter, said, context.args[0]):
            return await self.kindly(shop, said, words("invite-used"))
        await self.answer(shop, said)

    async def _in_room(self, update: Update, context: Context) -> None:
        """Of what is said in the group only what is meant for us: commands, replies to us, answers to our questions."""
        message, chat = _of(update)
        text = self._own(message.text or "")
        said = self._said(message.from_user, chat, text or "")
        ours = message.reply_to_message and message.reply_to_message.from_user == self._bot.bot
        if text is None or not await HEARING.get().shop.db.read(_is_meant, said, text.startswith("/") or bool(ours)):
            return
        if message.sender_chat is not None:
            return await self.kindly(HEARING.get().shop, said, words("telegram-anonymous"))
        await self.answer(HEARING.get().shop, said)

    async def _press(self, update: Update, context: Context) -> None:
        query = cast(CallbackQuery, update.callback_query)
        if query.message is None or query.data is None:
            return
        said = self._said(query.from_user, query.message.chat, press=query.data)
        shop, on = HEARING.get().shop, _place(query.message) if isinstance(query.message, Message) else None
        await self.answer(shop, said, Press(query.id, on))

    # Rooms

    async def _here(self, update: Update, context: Context) -> None:
        """Somebody says that this group is where staff are told things. The router knows whether the code is good."""
        message, chat = _of(update)
        said = self._said(message.from_user, chat, " ".join(("/here", *(context.args or ()))))
        shop = HEARING.get().shop
        await self.answer(shop, replace(said, anonymous=message.sender_chat is not None))
        if not await shop.db.read(rooms.is_open, str(said.room)):
            await self.leave(chat.id)

    async def _member(self, update: Update, context: Context) -> None:
        """Added to a group by somebody who doesn't work here, while no code is out: leave it."""
        change = update.my_chat_member
        if change is None:
            return
        person = f"{self.name}:{change.from_user.id}"
        if change.chat.type == Chat.PRIVATE:
            if change.new_chat_member.status == ChatMember.BANNED:
                await HEARING.get().shop.db.write(_closed, person)
            return
        group = f"{self.name}:{change.chat.id}"
        if change.new_chat_member.status in HERE and not await HEARING.get().shop.db.write(_let_in, group, person):
            await self.leave(change.chat.id)

    async def _migrated(self, update: Update, context: Context) -> None:
        """The group has another id now. That is followed only when somebody who works here says so."""
        message, chat = _of(update)
        if message.migrate_to_chat_id:
            there = f"{self.name}:{message.migrate_to_chat_id}"
            await HEARING.get().shop.db.write(staff.move_room, f"{self.name}:{chat.id}", there)

    async def _silence(self, update: Update, context: Context) -> None:
        """Somebody came, left, pinned: nothing to say."""

    async def aclose(self) -> None:
        async with _troubles():
            await self._app.shutdown()
        await super().aclose()


def _of(update: Update) -> tuple[Message, Chat]:
    message = cast(Message, update.effective_message)
    return message, message.chat


def _place(message: Message) -> str | None:
    """The message's id, if something else may take its place: not if it shows codes, or is a file."""
    if message.document or any(entity.type in CODE for entity in message.entities or message.caption_entities):
        return None
    return f"{PICTURE}{message.message_id}" if message.photo else str(message.message_id)


def _enter(tx: Tx, said: Said, token: str) -> bool:
    customers.meet(tx, said.chat, said.address, said.name, said.locale, said.zone)
    try:
        staff.enter(tx, token, said.person)
    except staff.InviteUsed:
        return staff.is_staff(tx, said.person)
    return True


def _is_meant(tx: Tx, said: Said, for_us: bool) -> bool:
    """Whether something typed in a group is for us: in our room, by somebody who works here."""
    if said.room is None or not rooms.is_open(tx, said.room):
        return False
    return for_us or (staff.is_staff(tx, said.person) and customers.talking(tx, said.person, said.place))


def _let_in(tx: Tx, group: str, person: str) -> bool:
    """Whether a group is our room, which then can be reached again, or may become it.

    Whoever takes us back into our own room, or makes us an admin there, need not work here.
    """
    room = rooms.of_chat(tx, rooms.parts(group)[0])
    if room and group in (room.id, room.moves_to):
        customers.reachable(tx, group)
        return True
    return staff.is_staff(tx, person) or rooms.is_awaited(tx)


def _closed(tx: Tx, person: str) -> None:
    if customers.is_known(tx, person):
        customers.unreachable(tx, person)


# Calling


class Bot(ExtBot[None]):
    """The library's bot, but for how it asks for updates."""

    async def raw_updates(self, offset: int, wait: int) -> Sequence[dict[str, Any]]:
        """As they are. One that the library can't read would keep all others, and all of them would be logged."""
        question = {"offset": offset, "timeout": wait, "allowed_updates": list(UPDATES)}
        return await self._post("getUpdates", question, read_timeout=wait + TIMEOUT)


class Ptb:
    """Calls to Telegram by python-telegram-bot."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def me(self) -> str:
        return (await self._call(self._bot.get_me())).username or ""

    async def updates(self, after: int, wait: int) -> Sequence[dict[str, Any]]:
        return await self._call(self._bot.raw_updates(after + 1 if after else 0, wait))

    async def hook(self, address: str, secret: str) -> None:
        await self._call(self._bot.set_webhook(address, secret_token=secret, allowed_updates=UPDATES))

    async def unhook(self) -> None:
        await self._call(self._bot.delete_webhook())

    async def commands(self, language: str | None, listed: Sequence[tuple[str, str]]) -> None:
        menu = [BotCommand(name, about) for name, about in listed]
        await self._call(self._bot.set_my_commands(menu, language_code=language))

    async def send(self, to: int, html: Secret, rows: Rows, protect: bool, preview: str | None = None) -> int:
        sending = self._bot.send_message(
            to,
            html.reveal(),
            reply_markup=_keyboard(rows),
            protect_content=protect,
            link_preview_options=_preview(preview),
        )
        return (await self._call(sending)).message_id

    async def send_file(self, to: int, file: File, html: Secret, rows: Rows, protect: bool) -> int:
        document = InputFile(file.content.reveal().encode(), file.name)
        caption, keyboard = html.reveal() or None, _keyboard(rows)
        sending = self._bot.send_document(to, document, caption=caption, reply_markup=keyboard, protect_content=protect)
        return (await self._call(sending)).message_id

    async def send_picture(self, to: int, picture: bytes, html: Secret, rows: Rows, protect: bool) -> int:
        sending = self._bot.send_photo(
            to, picture, caption=html.reveal(), reply_markup=_keyboard(rows), protect_content=protect
        )
        return (await self._call(sending)).message_id

    async def send_bill(self, to: int, bill: Bill, rows: Rows) -> int:
        due = bill.invoice.total
        sending = self._bot.send_invoice(
            to,
            bill.title,
            bill.about,
            bill.invoice.payload,
            due.currency,
            [LabeledPrice(bill.title, due.amount)],
            provider_token="",
            start_parameter=bill.invoice.start,
        )
        return (await self._call(sending)).message_id

    async def edit(self, to: int, message: int, html: Secret, rows: Rows, preview: str | None = None) -> None:
        editing = self._bot.edit_message_text(
            html.reveal(), to, message, reply_markup=_keyboard(rows), link_preview_options=_preview(preview)
        )
        await self._changing(editing)

    async def strip(self, to: int, message: int) -> None:
        await self._changing(self._bot.edit_message_reply_markup(to, message))

    async def delete(self, to: int, message: int) -> None:
        await self._call(self._bot.delete_message(to, message))

    async def answer_press(self, query: str, text: str) -> None:
        await self._call(self._bot.answer_callback_query(query, text or None, show_alert=bool(text) or None))

    async def answer_checkout(self, query: str, refusal: str | None) -> None:
        await self._call(self._bot.answer_pre_checkout_query(query, refusal is None, refusal))

    async def leave(self, chat: int) -> None:
        await self._call(self._bot.leave_chat(chat))

    async def aclose(self) -> None:
        async with _troubles():
            await self._bot.shutdown()

    async def _changing(self, call: Awaitable[Any]) -> None:
        try:
            await self._call(call)
        except Unchanged:
            return

    async def _call(self, call: Awaitable[T]) -> T:
        try:
            async with _troubles():
                await self._bot.initialize()
                return await call
        finally:
            cast(Any, call).close()  # of a call that was never begun; of any other it does nothing


@asynccontextmanager
async def _troubles() -> AsyncIterator[None]:
    """What the library raises, in our words."""
    trouble: Exception
    try:
        yield
        return
    except RetryAfter as error:
        wait = error.retry_after
        trouble = quiet(wait if isinstance(wait, int) else wait.total_seconds())
    except ChatMigrated as error:
        trouble = Moved(error.new_chat_id)
    except BadRequest as error:
        trouble = refused(error.message, 400)
    except Forbidden as error:
        trouble = refused(error.message, 403)
    except Conflict:
        trouble = twice()
    except InvalidToken:
        trouble = PartyError("Telegram doesn't know this token any more: see `mika telegram check`")
    except TelegramError as error:
        trouble = SendError(f"Telegram can't be reached ({type(error).__name__})")
    raise trouble from None


def _preview(picture: str | None) -> LinkPreviewOptions:
    if picture is None:
        return LinkPreviewOptions(is_disabled=True)
    return LinkPreviewOptions(url=picture, prefer_large_media=True, show_above_text=True)


def _keyboard(rows: Rows) -> InlineKeyboardMarkup | None:
    return InlineKeyboardMarkup([[_button(button) for button in row] for row in rows]) if rows else None


def _button(button: Button) -> InlineKeyboardButton:
    if button.copies:
        return InlineKeyboardButton(button.label, copy_text=CopyTextButton(button.copies.reveal()))
    if button.link:
        return InlineKeyboardButton(button.label, url=button.link)
    return InlineKeyboardButton(button.label, callback_data=button.says)
