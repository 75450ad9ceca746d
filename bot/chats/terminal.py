"""The chat in a terminal: lines typed, messages printed, choices numbered.

What is typed goes through the inbox like anything said elsewhere, and is answered by whoever works it off. A number
or a label means a choice that was last offered here; other words are passed on as they are.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from bot.said import Said
from core import composing
from core.ground import inbox
from core.ground.errors import SendError
from core.ground.inbox import InboxRow
from core.ground.messages import Message, Spoken, SpokenChoice
from core.shop import Shop

Write = Callable[[str], None]
OpenLink = Callable[[str], Awaitable[None]]


class Answers(Protocol):
    """Who answers what is said here: a router of bot/."""

    async def answer(self, shop: Shop, said: Said, keep: None, /) -> Message: ...


class TerminalChat:
    """One person at one terminal. What is written there is theirs, so codes are shown."""

    def __init__(
        self,
        name: str,
        router: Answers,
        write: Write,
        open_link: OpenLink,
        *,
        address: str = "me",
        locale: str | None = None,
        zone: str | None = None,
    ) -> None:
        """`write` gets each message whole; `open_link` is what picking a choice with a link does."""
        self.name = name
        self.address = address
        self._router = router
        self._write = write
        self._open_link = open_link
        self._locale = locale
        self._zone = zone
        self._last: Spoken | None = None  # what was shown last: numbers mean its choices
        self._unanswered: set[str] = set()

    @property
    def person(self) -> str:
        return f"{self.name}:{self.address}"

    @property
    def waits(self) -> bool:
        """Whether something that was typed here has not been answered here yet."""
        return bool(self._unanswered)

    def routes(self, shop: Shop) -> list[Any]:
        """A terminal has no pages."""
        return []

    async def typed(self, shop: Shop, line: str) -> None:
        """The person typed a line: keep it until it is answered, or do what needs no answer (open a link, copy)."""
        picked = self.picked(line)
        if picked and picked.link:
            await self._open_link(picked.link)
        elif picked and picked.copies and self._last:
            self._write("\n".join(code.reveal() for code in self._last.codes))
        elif picked:
            await self._keep(shop, press=picked.says)
        elif self._is_number(line):
            await self._keep(shop, press="")  # none that is offered here, so it must not mean an older one either
        elif line.strip():
            await self._keep(shop, text=line)

    async def press(self, shop: Shop, says: str) -> None:
        """What a button would say, such as "start" when the terminal opens."""
        await self._keep(shop, press=says)

    async def _keep(self, shop: Shop, *, text: str = "", press: str | None = None) -> None:
        key = f"{self.address}:{secrets.token_hex(8)}"
        said = Said(self.name, self.address, key, text, press, self.address, self._locale, self._zone)
        self._unanswered.add(key)
        await shop.db.write(inbox.store, said.chat, said.key, said.packed(), person=said.person)

    def picked(self, line: str) -> SpokenChoice | None:
        """The choice a line means: by its number where choices are numbered, or by its label."""
        if self._last is None:
            return None
        wanted = line.strip().casefold()
        if self._is_number(line):
            listed = self._last.answerable
            return listed[int(wanted) - 1] if 0 < int(wanted) <= len(listed) else None
        return next((choice for choice in self._last.choices if choice.label.casefold() == wanted), None)

    def _is_number(self, line: str) -> bool:
        """Whether it is to be taken for the number of a choice."""
        numbered = self._last is not None and bool(self._last.choices) and self._last.source.numbered
        return numbered and line.strip().isascii() and line.strip().isdigit() and len(line.strip()) < 4

    async def hear(self, shop: Shop, row: InboxRow) -> None:
        """Answer one line. A repeat answers again."""
        said = Said.unpacked(await shop.db.read(inbox.body, row))
        message = await self._router.answer(shop, said, None)
        spoken = await shop.db.read(composing.compose, said.person, message)
        await shop.handing_over(message)
        self._show(spoken)
        self._unanswered.discard(said.key)

    async def send(self, address: str, message: Spoken) -> str:
        """Say something by ourselves. Raises SendError for who is not at this terminal."""
        if address != self.address:
            raise SendError(f"{address} is not at this terminal")
        self._show(message)
        return "shown"

    def _show(self, spoken: Spoken) -> None:
        self._last = spoken
        self._write("\n".join((spoken.revealed(), *listed(spoken.answerable, spoken.source.numbered))))


def listed(choices: Sequence[SpokenChoice], numbered: bool = True) -> list[str]:
    """Choices as lines below a message. Where a number is an answer itself, they have none."""
    if not numbered:
        return [f"  [{choice.label}]" for choice in choices]
    return [f"  {number}. {choice.label}" for number, choice in enumerate(choices, 1)]
