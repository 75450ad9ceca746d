"""Calls to Telegram by aiogram, and what it raises in our words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import PRODUCTION, TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.exceptions import (
    AiogramError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods import (
    AnswerCallbackQuery,
    EditMessageText,
    GetUpdates,
    SendMessage,
    TelegramMethod,
)
from aiogram.methods.base import Response
from aiogram.types import (
    BotCommand,
    BufferedInputFile,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LabeledPrice,
    LinkPreviewOptions,
)

from bot.chats.telegram.calls import UPDATES, Moved, Unchanged, quiet, refused, twice
from bot.chats.telegram.render import Bill, Button, File, Rows
from core.ground.errors import PartyError, SendError
from core.ground.vault import Secret

T = TypeVar("T")

TIMEOUT = 20.0  # seconds for one call
# The types of answers, held on to: pydantic forgets one that nobody holds, and makes it anew in 4 ms, again and again.
ANSWERS = [Response[method.__returning__] for method in (SendMessage, EditMessageText, AnswerCallbackQuery)]


def bot_of(token: str, api: str) -> Bot:
    """Asks nothing of Telegram yet."""
    server = PRODUCTION if api == PRODUCTION.base.partition("/bot")[0] else TelegramAPIServer.from_base(api)
    session = Session(api=server, timeout=TIMEOUT)
    return Bot(token, session=session, default=DefaultBotProperties(parse_mode=ParseMode.HTML))


class Session(AiohttpSession):
    """Closes as soon as its connections are closed; aiohttp itself waits for that."""

    async def close(self) -> None:
        """Aiogram's own waits another quarter of a second, for a TLS that older versions of aiohttp left to itself."""
        if self._session is not None:
            await self._session.close()


class RawUpdates(TelegramMethod[list[dict[str, Any]]]):
    """Updates as they are: one that aiogram could not read must not keep the others."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = GetUpdates.__api_method__

    offset: int
    timeout: int
    allowed_updates: list[str]


class Aiogram:
    """Calls to Telegram by aiogram."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def me(self) -> str:
        return (await self._call(self._bot.get_me())).username or ""

    async def updates(self, after: int, wait: int) -> Sequence[dict[str, Any]]:
        question = RawUpdates(offset=after + 1 if after else 0, timeout=wait, allowed_updates=list(UPDATES))
        return await self._call(self._bot(question, request_timeout=wait + int(TIMEOUT)))

    async def hook(self, address: str, secret: str) -> None:
        await self._call(self._bot.set_webhook(address, secret_token=secret, allowed_updates=list(UPDATES)))

    async def unhook(self) -> None:
        await self._call(self._bot.delete_webhook())

    async def commands(self, language: str | None, listed: Sequence[tuple[str, str]]) -> None:
        menu = [BotCommand(command=name, description=about) for name, about in listed]
        await self._call(self._bot.set_my_commands(menu, language_code=language))

    async def send(
        self,
        to: int,
        html: Secret,
        rows: Rows,
        protect: bool,
        preview: str | None = None,
        topic: int | None = None,
    ) -> int:
        sending = self._bot.send_message(
            to,
            html.reveal(),
            message_thread_id=topic,
            reply_markup=_keyboard(rows),
            protect_content=protect,
            link_preview_options=_preview(preview),
        )
        return (await self._call(sending)).message_id

    async def open_topic(self, to: int, name: str) -> int:
        return (await self._call(self._bot.create_forum_topic(to, name))).message_thread_id

    async def send_file(
        self, to: int, file: File, html: Secret, rows: Rows, protect: bool, topic: int | None = None
    ) -> int:
        document = BufferedInputFile(file.content.reveal().encode(), file.name)
        caption, keyboard = html.reveal() or None, _keyboard(rows)
        sending = self._bot.send_document(
            to, document, message_thread_id=topic, caption=caption, reply_markup=keyboard, protect_content=protect
        )
        return (await self._call(sending)).message_id

    async def send_document(
        self, to: int, name: str, content: bytes, html: Secret, rows: Rows, protect: bool, topic: int | None = None
    ) -> int:
        document, keyboard = BufferedInputFile(content, name), _keyboard(rows)
        caption = html.reveal() or None
        sending = self._bot.send_document(
            to, document, message_thread_id=topic, caption=caption, reply_markup=keyboard, protect_content=protect
        )
        return (await self._call(sending)).message_id

    async def fetch(self, reference: str) -> bytes:
        made = await self._call(self._bot.download(reference))
        return made.read() if made else b""

    async def send_picture(
        self, to: int, picture: bytes, html: Secret, rows: Rows, protect: bool, topic: int | None = None
    ) -> int:
        photo = BufferedInputFile(picture, "picture")
        sending = self._bot.send_photo(
            to,
            photo,
            message_thread_id=topic,
            caption=html.reveal(),
            reply_markup=_keyboard(rows),
            protect_content=protect,
        )
        return (await self._call(sending)).message_id

    async def send_bill(self, to: int, bill: Bill, rows: Rows) -> int:
        """The start parameter is never empty: a forwarded copy could be paid by others otherwise."""
        due = bill.invoice.total
        sending = self._bot.send_invoice(
            to,
            title=bill.title,
            description=bill.about,
            payload=bill.invoice.payload,
            currency=due.currency,
            prices=[LabeledPrice(label=bill.title, amount=due.amount)],
            provider_token="",
            start_parameter=bill.invoice.start,
            reply_markup=_keyboard(rows),
        )
        return (await self._call(sending)).message_id

    async def edit(self, to: int, message: int, html: Secret, rows: Rows, preview: str | None = None) -> None:
        editing = self._bot.edit_message_text(
            html.reveal(),
            chat_id=to,
            message_id=message,
            reply_markup=_keyboard(rows),
            link_preview_options=_preview(preview),
        )
        await self._changing(editing)

    async def strip(self, to: int, message: int) -> None:
        await self._changing(self._bot.edit_message_reply_markup(chat_id=to, message_id=message))

    async def delete(self, to: int, message: int) -> None:
        await self._call(self._bot.delete_message(to, message))

    async def answer_press(self, query: str, text: str) -> None:
        await self._call(self._bot.answer_callback_query(query, text or None, show_alert=bool(text) or None))

    async def answer_checkout(self, query: str, refusal: str | None) -> None:
        await self._call(self._bot.answer_pre_checkout_query(query, refusal is None, refusal))

    async def leave(self, chat: int) -> None:
        await self._call(self._bot.leave_chat(chat))

    async def aclose(self) -> None:
        await self._bot.session.close()

    async def _changing(self, call: Awaitable[Any]) -> None:
        try:
            await self._call(call)
        except Unchanged:
            return

    async def _call(self, call: Awaitable[T]) -> T:
        async with _troubles():
            return await call


@asynccontextmanager
async def _troubles() -> AsyncIterator[None]:
    """What aiogram raises, in our words. Its exceptions hold the whole call, codes and all: none is passed on."""
    trouble: Exception
    try:
        yield
        return
    except TelegramRetryAfter as error:
        trouble = quiet(error.retry_after)
    except TelegramMigrateToChat as error:
        trouble = Moved(error.migrate_to_chat_id)
    except TelegramBadRequest as error:
        trouble = refused(error.message, 400)
    except TelegramForbiddenError as error:
        trouble = refused(error.message, 403)
    except TelegramConflictError:
        trouble = twice()
    except TelegramUnauthorizedError:
        trouble = PartyError("Telegram doesn't know this token any more: see `mika telegram check`")
    except (TelegramNetworkError, TelegramServerError, AiogramError) as error:
        trouble = SendError(f"Telegram can't be reached ({type(error).__name__})")
    raise trouble from None


def _preview(picture: str | None) -> LinkPreviewOptions:
    if picture is None:
        return LinkPreviewOptions(is_disabled=True)
    return LinkPreviewOptions(url=picture, prefer_large_media=True, show_above_text=True)


def _keyboard(rows: Rows) -> InlineKeyboardMarkup | None:
    if not rows:
        return None
    return InlineKeyboardMarkup(inline_keyboard=[[_button(button) for button in row] for row in rows])


def _button(button: Button) -> InlineKeyboardButton:
    if button.pays:
        return InlineKeyboardButton(text=button.label, pay=True)
    if button.copies:
        return InlineKeyboardButton(text=button.label, copy_text=CopyTextButton(text=button.copies.reveal()))
    if button.link:
        return InlineKeyboardButton(text=button.label, url=button.link)
    return InlineKeyboardButton(text=button.label, callback_data=button.says)
