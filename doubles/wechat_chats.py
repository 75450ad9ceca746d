"""Chats as people see them at WeChat: what an account told a person, what the person did, in order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["text", "image", "news", "msgmenu", "template", "other"]
Via = Literal["reply", "push", "template", "notice", "person"]

OUT_OF_ORDER = "该公众号提供的服务出现故障，请稍后再试"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a msgmenu that can be tapped."""

    id: str
    content: str


@dataclass(frozen=True, slots=True)
class Article:
    title: str
    description: str
    picture: str
    url: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One message as it stands in a chat."""

    number: int  # its place in the chat, from 1
    kind: Kind
    text: str  # all of it that can be read
    via: Via
    at: float  # seconds since 1970 by the platform's clock
    image: bytes = b""
    url: str = ""  # what a template opens
    items: tuple[Item, ...] = ()
    articles: tuple[Article, ...] = ()
    template: str = ""  # its id
    data: dict[str, str] = field(default_factory=dict)  # a template's fields
    menu: str = ""  # a msgmenu's id, which comes with a tap
    plain: bool = False  # a reply that came unsealed although the account seals


@dataclass(slots=True, eq=False)
class Chat:
    """One person's with one account."""

    all: list[Shown] = field(default_factory=list)  # of both
    read: int = 0  # what stood there when the person last did something, or what next() gave since
    changes: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def messages(self) -> list[Shown]:
        """What the account told, and the platform for it."""
        return [one for one in self.all if one.via != "person"]

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.messages]

    @property
    def last(self) -> Shown:
        """The newest the account told. Raises IndexError if it told nothing."""
        return self.messages[-1]

    def show(self, kind: Kind, text: str, via: Via, at: float, **more: Any) -> Shown:
        shown = Shown(len(self.all) + 1, kind, text, via, at, **more)
        self.all.append(shown)
        if via == "person":
            self.look()
        self.changes.set()
        return shown

    def look(self) -> None:
        """The person has seen what stands here."""
        self.read = len(self.all)

    async def until(self, happens: Callable[[Chat], Any], timeout: float = 30.0) -> Any:
        """What `happens` says of the chat as soon as it is true, asked after every change. TimeoutError if it isn't."""
        async with asyncio.timeout(timeout):
            while not (true := happens(self)):
                self.changes.clear()
                await self.changes.wait()
        return true

    async def next(self, timeout: float = 30.0) -> Shown:
        """The first that the account told since the person did anything, or since the last next()."""
        shown = await self.until(lambda chat: chat._unread(), timeout)
        self.read = shown.number
        return shown

    def _unread(self) -> Shown | None:
        return next((one for one in self.all[self.read :] if one.via != "person"), None)

    def transcript(self) -> str:
        """What stands in it, for people to read."""
        return "\n".join(f"{'>' if one.via == 'person' else '<'} {one.text}" for one in self.all)
