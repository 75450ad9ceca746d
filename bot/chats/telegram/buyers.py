"""The buyers' bot, on aiogram: private chats only. In groups and channels it is silent, and leaves."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from aiogram import Dispatcher, F
from aiogram import Router as Routes
from aiogram.enums import ChatMemberStatus, ChatType
from aiogram.types import (
    CallbackQuery,
    ChatMemberUpdated,
    Message,
    Update,
)
from pydantic import ValidationError

from bot.chats.telegram.by_aiogram import Aiogram, bot_of
from bot.chats.telegram.chat import Press, TelegramChat, Unreadable, closed, place
from bot.said import Said
from core import cards, checkout, delivery, notices, orders
from core.ground import shown
from core.ground.db import Tx
from core.ground.errors import PartyError
from core.ground.messages import words
from core.notices import Notice
from core.settling import PaymentNotice
from core.shop import Shop


class TelegramBuyers(TelegramChat):
    """aiogram reads updates, finds what to do with each, and calls; its states and its polling are unused."""

    def _connect(self, token: str, api: str) -> Aiogram:
        self._bot = bot_of(token, api)
        self._dispatcher = Dispatcher(disable_fsm=True)
        self._dispatcher.include_router(self._routes())
        return Aiogram(self._bot)

    async def _read(self, shop: Shop, update: dict[str, Any], key: str) -> None:
        try:
            read = Update.model_validate(update, context={"bot": self._bot})
        except ValidationError:
            raise Unreadable() from None
        await self._dispatcher.feed_update(self._bot, read, shop=shop, key=key, raw=update)

    def _routes(self) -> Routes:
        """Which kind of update goes where; what is not named here is answered by silence."""
        routes = Routes()
        routes.message(F.chat.type != ChatType.PRIVATE)(self._elsewhere)
        routes.message(F.successful_payment | F.refunded_payment)(self._paid)
        routes.message(F.text)(self._text)
        routes.message(F.pinned_message)(self._silence)
        routes.message()(self._wordless)
        routes.callback_query()(self._press)
        routes.my_chat_member(F.chat.type == ChatType.PRIVATE)(self._member)
        routes.my_chat_member()(self._added)
        return routes

    def _said(self, message: Message | CallbackQuery, key: str, text: str = "", press: str | None = None) -> Said:
        who = message.from_user
        assert who is not None  # noqa: S101 - in a private chat somebody always speaks
        said = Said(self.name, str(who.id), key, text, press, who.full_name, who.language_code, handle=who.username)
        replied = message.reply_to_message if isinstance(message, Message) else None
        ours = replied and replied.from_user and replied.from_user.id == self.bot
        return replace(said, replies_to=str(replied.message_id)) if replied and ours else said

    async def _text(self, message: Message, shop: Shop, key: str) -> None:
        text = message.text or ""
        if text.startswith("/"):
            command, _, rest = text.partition(" ")
            text = f"{command.partition('@')[0]} {rest}".strip()  # "/help@this_bot"
        if text.startswith("/start"):
            await shop.db.write(delivery.resume, f"{self.name}:{message.chat.id}", key)
        if text.startswith("/start "):  # came by a link
            return await self.answer(shop, self._said(message, key, press=f"arrive {text.split()[1][:64]}"))
        await self.answer(shop, self._said(message, key, text=text))

    async def _wordless(self, message: Message, shop: Shop, key: str) -> None:
        """Stickers, voices, pictures, contacts: said kindly that words are what we read."""
        said, album = self._said(message, key), message.media_group_id
        choices = (cards.SHELF, cards.MY_ORDERS, cards.HUMAN)
        await self.kindly(shop, said, words("telegram-text-only"), *choices, album=album)

    async def _press(self, query: CallbackQuery, shop: Shop, key: str) -> None:
        if query.data is None:
            return
        on = place(query.message) if isinstance(query.message, Message) else None
        await self.answer(shop, self._said(query, key, press=query.data), Press(query.id, on))

    async def _paid(self, message: Message, shop: Shop, raw: dict[str, Any]) -> None:
        """Money came in here, or went back: the rail that lives in this chat reads the message, as it came."""
        rail = shop.payments.get("telegram_stars")
        if rail is None:
            raise PartyError("a payment came, and no rail is set up that takes it", permanent=True)
        notice = rail.read({}, json.dumps(raw["message"]).encode(), {})
        if notice:
            await shop.db.write(_money_moved, notice)

    async def _member(self, change: ChatMemberUpdated, shop: Shop, key: str) -> None:
        """Blocked, or let in again: then what waited is sent."""
        person = f"{self.name}:{change.from_user.id}"
        if change.new_chat_member.status == ChatMemberStatus.KICKED:
            await shop.db.write(closed, person)
        else:
            await shop.db.write(delivery.resume, person, key)

    async def _added(self, change: ChatMemberUpdated) -> None:
        if change.new_chat_member.status in (ChatMemberStatus.MEMBER, ChatMemberStatus.ADMINISTRATOR):
            await self.leave(change.chat.id)

    async def _elsewhere(self, message: Message) -> None:
        """A group or a channel is no place to buy in: silence."""

    async def _silence(self, message: Message) -> None:
        """A service message."""


def _money_moved(tx: Tx, notice: Notice) -> None:
    """It waits to be taken; and the invoice that was paid is a receipt now, which stays in the chat."""
    notices.store(tx, notice)
    payment = checkout.payment_of(tx, notice.key) if isinstance(notice, PaymentNotice) else None
    if payment:
        order = orders.get(tx, payment.order)
        shown.let_stand(tx, order.person, cards.card_of(order))
