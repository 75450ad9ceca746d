"""Somebody who buys for a rehearsal: says and picks what a person would, and reads what the shop answers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bot.buyers import buyers
from bot.chats.terminal import TerminalChat
from core.shop import Shop
from doubles.sandbox import press

GREETINGS: Mapping[str, str] = {"zh-CN": "你好", "en": "hi", "ru": "привет"}
CHOICE = re.compile(r"  (\d+)\. (.+)")


@dataclass(frozen=True)
class Heard:
    """One thing the shop said. Of each choice what picking it takes: its number, its button's value, its link."""

    text: str = field(repr=False)
    choices: Mapping[str, str]


class Visitor(Protocol):
    """A buyer in one of the chats."""

    greeting: str  # what people in this chat begin with

    async def says(self, text: str) -> None: ...

    async def picks(self, label: str) -> None:
        """Press what was last offered under this label. Raises KeyError if it was not."""
        ...

    async def pays(self, label: str) -> None:
        """Open the pay page behind this label, and press Pay there."""
        ...

    async def hears(self) -> Heard:
        """The next thing the shop says, as soon as it is there."""
        ...


class TerminalVisitor:
    """At a terminal everything is a typed line: choices are picked by their number."""

    def __init__(self, locale: str) -> None:
        self.chat = TerminalChat("terminal", buyers, self._read, self._pay, address="rehearsal", locale=locale)
        self.greeting = GREETINGS[locale]
        self.shop: Shop | None = None  # set once it is open
        self._heard: asyncio.Queue[Heard] = asyncio.Queue()
        self._numbers: Mapping[str, str] = {}

    def _read(self, shown: str) -> None:
        lines = shown.split("\n")
        choices = {found[2]: found[1] for line in lines if (found := CHOICE.fullmatch(line))}
        text = "\n".join(line for line in lines if not CHOICE.fullmatch(line))
        self._heard.put_nowait(Heard(text, choices))

    async def _pay(self, link: str) -> None:
        await press(link, "pay")

    async def says(self, text: str) -> None:
        assert self.shop is not None  # noqa: S101
        await self.chat.typed(self.shop, text)

    async def picks(self, label: str) -> None:
        await self.says(self._numbers[label])

    async def pays(self, label: str) -> None:
        await self.picks(label)

    async def hears(self) -> Heard:
        heard = await self._heard.get()
        self._numbers = heard.choices
        return heard
