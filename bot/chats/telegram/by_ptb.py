"""Calls to Telegram by python-telegram-bot, and what it raises in our words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar, cast

from telegram import (
    BotCommand,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    LabeledPrice,
    LinkPreviewOptions,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, RetryAfter, TelegramError
from telegram.ext import (
    Defaults,
    ExtBot,
)
from telegram.request import HTTPXRequest

from bot.chats.telegram.calls import UPDATES, Moved, Unchanged, quiet, refused, twice
from bot.chats.telegram.render import Bill, Button, File, Rows
from core.ground.errors import PartyError, SendError
from core.ground.vault import Secret

T = TypeVar("T")

CONNECTIONS = 32
TIMEOUT = 20.0  # seconds for one call
FETCHING = 40.0  # seconds without a byte of a file


class Bot(ExtBot[None]):
    """The library's bot, but for how it asks for updates."""

    async def raw_updates(self, offset: int, wait: int) -> Sequence[dict[str, Any]]:
        """As they are. One that the library can't read would keep all others, and all of them would be logged."""
        question = {"offset": offset, "timeout": wait, "allowed_updates": list(UPDATES)}
        return await self._post("getUpdates", question, read_timeout=wait + TIMEOUT)


def bot_of(token: str, api: str) -> Bot:
    """Asks nothing of Telegram yet."""
    request = HTTPXRequest(CONNECTIONS, read_timeout=TIMEOUT, write_timeout=TIMEOUT, pool_timeout=TIMEOUT)
    asking = HTTPXRequest(2, read_timeout=TIMEOUT)
    defaults = Defaults(parse_mode=ParseMode.HTML)
    return Bot(
        token,
        base_url=f"{api}/bot",
        base_file_url=f"{api}/file/bot",
        request=request,
        get_updates_request=asking,
        defaults=defaults,
    )


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
            reply_markup=_keyboard(rows),
            protect_content=protect,
            link_preview_options=_preview(preview),
            message_thread_id=topic,
        )
        return (await self._call(sending)).message_id

    async def open_topic(self, to: int, name: str) -> int:
        return (await self._call(self._bot.create_forum_topic(to, name))).message_thread_id

    async def send_file(
        self, to: int, file: File, html: Secret, rows: Rows, protect: bool, topic: int | None = None
    ) -> int:
        document = InputFile(file.content.reveal().encode(), file.name)
        caption, keyboard = html.reveal() or None, _keyboard(rows)
        sending = self._bot.send_document(
            to, document, message_thread_id=topic, caption=caption, reply_markup=keyboard, protect_content=protect
        )
        return (await self._call(sending)).message_id

    async def send_document(
        self, to: int, name: str, content: bytes, html: Secret, rows: Rows, protect: bool, topic: int | None = None
    ) -> int:
        caption, keyboard = html.reveal() or None, _keyboard(rows)
        document = InputFile(content, name)
        sending = self._bot.send_document(
            to, document, message_thread_id=topic, caption=caption, reply_markup=keyboard, protect_content=protect
        )
        return (await self._call(sending)).message_id

    async def send_picture(
        self, to: int, picture: bytes, html: Secret, rows: Rows, protect: bool, topic: int | None = None
    ) -> int:
        sending = self._bot.send_photo(
            to,
            picture,
            message_thread_id=topic,
            caption=html.reveal(),
            reply_markup=_keyboard(rows),
            protect_content=protect,
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
            reply_markup=_keyboard(rows),
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

    async def fetch(self, reference: str) -> bytes:
        """A file that somebody sent. Raises PartyError: permanent where it is gone, or bigger than 20 MB."""
        file = await self._call(self._bot.get_file(reference))
        return bytes(await self._call(file.download_as_bytearray(read_timeout=FETCHING)))

    async def leave(self, chat: int) -> None:
        await self._call(self._bot.leave_chat(chat))

    async def aclose(self) -> None:
        async with troubles():
            await self._bot.shutdown()

    async def _changing(self, call: Awaitable[Any]) -> None:
        try:
            await self._call(call)
        except Unchanged:
            return

    async def _call(self, call: Awaitable[T]) -> T:
        try:
            async with troubles():
                await self._bot.initialize()
                return await call
        finally:
            cast(Any, call).close()  # of a call that was never begun; of any other it does nothing


@asynccontextmanager
async def troubles() -> AsyncIterator[None]:
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
    if button.pays:
        return InlineKeyboardButton(button.label, pay=True)
    if button.copies:
        return InlineKeyboardButton(button.label, copy_text=CopyTextButton(button.copies.reveal()))
    if button.link:
        return InlineKeyboardButton(button.label, url=button.link)
    return InlineKeyboardButton(button.label, callback_data=button.says)
