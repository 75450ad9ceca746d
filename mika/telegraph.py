"""The rehearsal's buyer on Telegram: a person of a Bot API of our own, in a private chat with the buyers' bot."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from core.ground.clock import Clock
from doubles.sandbox import press
from doubles.telegram import Telegram
from doubles.telegram_bots import Bot
from doubles.telegram_budgets import Budgets
from doubles.telegram_chats import Chat, Shown
from doubles.telegram_people import Person
from mika import serving
from mika.chat_settings import BotSettings
from mika.parts import BUYERS_BOT, Parts
from mika.settings import Settings
from mika.visitors import Heard
from mika.wiring import House, opened

LANGUAGES: Mapping[str, str] = {"zh-CN": "zh-hans", "en": "en", "ru": "ru"}  # as Telegram's apps name them
BRISK = 100  # messages a second: a rehearsal presses buttons faster than people do


class TelegramVisitor:
    """Somebody who writes to the bot and presses its buttons. What it changes in place is heard like what is new."""

    greeting = "/start"

    def __init__(self, person: Person, bot: Bot) -> None:
        self._person = person
        self._bot = bot
        self._seen: dict[int, tuple[str, list[list[str]]]] = {}
        self._last: Shown | None = None

    async def says(self, text: str) -> None:
        self._person.writes(text, self._bot)

    async def picks(self, label: str) -> None:
        self._person.presses(self._button(label), self._last)

    async def pays(self, label: str) -> None:
        if not (url := self._person.presses(self._button(label), self._last).url):
            raise KeyError(label)
        await press(url, "pay")

    async def hears(self) -> Heard:
        self._last = shown = await self._person.chat(self._bot).until(self._unseen, seconds=float("inf"))
        self._seen[shown.id] = (shown.text, shown.labels)
        return Heard(self._whole(shown), {button["text"]: button["text"] for button in shown.buttons})

    def blocks(self) -> None:
        self._person.blocks(self._bot)

    def comes_back(self) -> None:
        self._person.unblocks(self._bot)

    def _unseen(self, chat: Chat) -> Shown | None:
        """The first that reads otherwise than when it was last looked at; that only its buttons went is no news."""
        for shown in chat.said():
            text, _ = old = self._seen.get(shown.id, ("", []))
            if old != (shown.text, shown.labels) and (shown.text != text or shown.labels):
                return shown
        return None

    def _whole(self, shown: Shown) -> str:
        """With what is in its file."""
        document: dict[str, Any] | None = shown.body.get("document")
        return f"{shown.text}\n{self._bot.file(document['file_id']).data.decode()}" if document else shown.text

    def _button(self, label: str) -> str:
        """Of the last message, what the button is called there, maybe shortened. Raises KeyError."""
        offered = [button["text"] for button in self._last.buttons] if self._last else []
        for text in offered:
            if text == label or (text.endswith("…") and label.startswith(text[:-1])):
                return text
        raise KeyError(label)


@asynccontextmanager
async def visiting(
    settings: Settings, listening: serving.socket.socket, locale: str, clock: Clock | None = None
) -> AsyncIterator[tuple[House, TelegramVisitor]]:
    """The copy of the shop, open and at work, with its buyers' bot connected to a Telegram that is ours alone."""
    telegram = Telegram(budgets=Budgets.none())  # how long the shop takes is to be seen, not how long it waits
    async with telegram.served() as api:
        account = telegram.add_bot("rehearsal_bot")
        changes = {
            "api": api,
            "receive": "webhook",
            "per_chat": BRISK,
            "buyers": BotSettings(token=SecretStr(account.token)),
        }
        settings = settings.changed(telegram=settings.telegram.model_copy(update=changes))
        parts = Parts(web=True, jobs=True, bots=(BUYERS_BOT,))
        async with opened(settings, parts=parts, clock=clock) as house, serving.at_work(house, listening):
            yield house, TelegramVisitor(telegram.person(1, "Lin", language=LANGUAGES[locale]), account)
