"""The staff's bot, on python-telegram-bot: one private group, and private chats with those who work here."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, cast

from telegram import (
    CallbackQuery,
    Chat,
    ChatMember,
    Message,
    Update,
    User,
)
from telegram.constants import ChatID
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from bot.chats.telegram.by_ptb import Ptb, bot_of, troubles
from bot.chats.telegram.chat import Press, TelegramChat, Unreadable, closed, place
from bot.said import File, Said
from core import customers, hiring, rooms, staff
from core.ground.db import Tx
from core.ground.messages import words
from core.shop import Shop

Context = ContextTypes.DEFAULT_TYPE

FILES = filters.PHOTO | filters.Document.ALL
# Ids that stand for whoever speaks as a channel or as a group (core.telegram.org/bots/api#message, tdlib #667).
SHARED = {ChatID.ANONYMOUS_ADMIN, ChatID.FAKE_CHANNEL, ChatID.SERVICE_CHAT}
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

    _calls: Ptb

    def _connect(self, token: str, api: str) -> Ptb:
        self._bot = bot_of(token, api)
        self._app = Application.builder().bot(self._bot).updater(None).job_queue(None).build()
        self._starting = asyncio.Lock()
        self._handle()
        return Ptb(self._bot)

    def _handle(self) -> None:
        """Which kind of update goes where; what is not named here is answered by silence."""
        private, room = filters.ChatType.PRIVATE, filters.ChatType.GROUPS
        for handler in (
            MessageHandler(filters.StatusUpdate.MIGRATE, self._migrated),
            MessageHandler(filters.StatusUpdate.ALL, self._silence),
            CommandHandler("here", self._here, room),
            CommandHandler("start", self._start, private),
            MessageHandler(private & filters.TEXT, self._text),
            MessageHandler(private & FILES, self._file),
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
        try:
            read = Update.de_json(update, self._bot)
        except (AttributeError, KeyError, TypeError, ValueError):  # the library looks at nothing before it takes it
            raise Unreadable() from None
        await self._app.process_update(read)
        if hearing.trouble:
            raise hearing.trouble

    async def _note(self, update: object, context: Context) -> None:
        HEARING.get().trouble = context.error

    async def _ready(self) -> None:
        """The library asks Telegram who we are before it reads anything. Raises SendError while nobody answers."""
        async with self._starting, troubles():
            await self._app.initialize()

    # What comes

    def _said(
        self,
        who: User | None,
        chat: Chat,
        text: str = "",
        press: str | None = None,
        to: Message | None = None,
        at: Message | None = None,
    ) -> Said:
        """`to` is the message it replies to: one of ours, or it says nothing to us. `at` stands in the same topic."""
        key = HEARING.get().key
        place = None if chat.type == Chat.PRIVATE else str(chat.id)
        name, locale = (who.full_name, who.language_code) if who else ("", None)
        address, replied = str(who.id if who else chat.id), str(to.message_id) if to and self._is_ours(to) else None
        said = Said(self.name, address, key, text, press, name, locale, place=place, replies_to=replied)
        return replace(said, handle=who.username if who else None, topic=_topic_of(at))

    def _is_ours(self, message: Message) -> bool:
        return message.from_user == self._bot.bot

    def _own(self, text: str) -> str | None:
        """A command without our name; None for one that is another bot's. Other words are left as they are."""
        if not text.startswith("/"):
            return text
        command, _, rest = text.partition(" ")
        verb, _, whose = command.partition("@")
        if whose and whose.lower() != (self._bot.username or "").lower():
            return None
        return f"{verb} {rest}".strip()

    async def _text(self, update: Update, context: Context) -> None:
        """A private chat. Who doesn't work here is told so by the router, and nothing else."""
        message, chat = _of(update)
        text = self._own(message.text or "")
        if text is not None:
            said = self._said(message.from_user, chat, text, to=message.reply_to_message)
            await self.answer(HEARING.get().shop, said)

    async def _file(self, update: Update, context: Context) -> None:
        """A picture or a document in a private chat: the answer to a question of ours, which has it fetched.

        In a group none is listened to.
        """
        message, chat = _of(update)
        said = self._said(message.from_user, chat, message.caption or "")
        await self.answer(HEARING.get().shop, replace(said, file=_file_of(message)))

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
        said = self._said(message.from_user, chat, text or "", to=message.reply_to_message, at=message)
        for_us = bool(text and text.startswith("/")) or said.replies_to is not None
        if text is None or not await HEARING.get().shop.db.read(_is_meant, said, for_us):
            return
        if _is_nobody(message):
            return await self.kindly(HEARING.get().shop, said, words("telegram-anonymous"))
        await self.answer(HEARING.get().shop, said)

    async def _press(self, update: Update, context: Context) -> None:
        query = cast(CallbackQuery, update.callback_query)
        if query.message is None or query.data is None:
            return
        pressed = query.message if isinstance(query.message, Message) else None
        said = self._said(query.from_user, query.message.chat, press=query.data, at=pressed)
        shop, on = HEARING.get().shop, place(pressed) if pressed else None
        await self.answer(shop, said, Press(query.id, on))

    # Rooms

    async def _here(self, update: Update, context: Context) -> None:
        """Somebody says that this group is where staff are told things. The router knows whether the code is good."""
        message, chat = _of(update)
        said = self._said(message.from_user, chat, " ".join(("/here", *(context.args or ()))), at=message)
        shop = HEARING.get().shop
        await self.answer(shop, replace(said, anonymous=_is_nobody(message)))
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
                await HEARING.get().shop.db.write(closed, person)
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
        async with troubles():
            await self._app.shutdown()
        await super().aclose()


def _is_nobody(message: Message) -> bool:
    """A channel, or an admin who hides behind the group: they share one id, and the library may leave out the rest."""
    who = message.from_user
    return message.sender_chat is not None or who is None or who.id in SHARED


def _topic_of(message: Message | None) -> str | None:
    """The number of the forum's topic. In other groups a reply has a number like that, which means nothing."""
    thread = message.message_thread_id if message and message.is_topic_message else None
    return str(thread) if thread else None


def _of(update: Update) -> tuple[Message, Chat]:
    message = cast(Message, update.effective_message)
    return message, message.chat


def _file_of(message: Message) -> File | None:
    """Of a picture's sizes the largest; its name is ours, for Telegram keeps none."""
    if message.photo:
        largest = message.photo[-1]
        return File("photo.jpg", largest.file_size or 0, largest.file_id)
    document = message.document
    return document and File(document.file_name or "file", document.file_size or 0, document.file_id)


def _enter(tx: Tx, said: Said, token: str) -> bool:
    customers.meet(tx, said.chat, said.address, said.name, said.locale, said.zone)
    try:
        hiring.enter(tx, token, said.person)
    except hiring.InviteUsed:
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
