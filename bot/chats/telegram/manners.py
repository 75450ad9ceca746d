"""How we behave towards Telegram: its budgets, kept before it has to remind us, and the owner's choices."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from core.ground.errors import SendError

PATIENCE = 3.0  # seconds a message waits here for its turn; one whose turn is later goes back to the outbox
BURST = 3  # messages a private chat takes at once before its second-by-second budget counts
GROUP_MINUTE = 60.0
FORGOTTEN = 10_000  # chats whose budgets are kept in mind


@dataclass(frozen=True)
class Manners:
    """Budgets as published (core.telegram.org/bots/faq), and how codes are shown."""

    per_second: int = 30  # messages of the bot in any second
    per_chat: float = 1.0  # messages a second to one person, on average
    per_group: int = 20  # messages to one group in any minute
    spoiler: bool = False  # hide codes until they are tapped
    protect: bool = False  # no forwarding, no saving: which also breaks gifts


@dataclass
class Budget:
    """The turns of one bot's messages. One process speaks for a bot, so it can be kept here."""

    manners: Manners
    now: Callable[[], float] = time.monotonic
    _all: deque[float] = field(default_factory=deque)
    _groups: defaultdict[int, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _free: dict[int, float] = field(default_factory=dict)  # a private chat's next moment on average
    _held: dict[int, float] = field(default_factory=dict)  # after a 429: nothing before then

    async def turn(self, chat: int) -> None:
        """Wait until a message may go to that chat. Raises SendError, which says how long, if that is not soon."""
        await asyncio.sleep(self._of_chat(chat, now := self.now()) - now)
        await asyncio.sleep(self._of_bot(now := self.now()) - now)

    def hold(self, chat: int, seconds: float) -> None:
        """Telegram asked for that much quiet in this chat."""
        self._held[chat] = max(self._held.get(chat, 0.0), self.now() + seconds)

    def _of_chat(self, chat: int, now: float) -> float:
        held = self._held.get(chat, 0.0)
        if held <= now:
            self._held.pop(chat, None)
        return self._of_group(chat, max(held, now), now) if chat < 0 else self._of_person(chat, max(held, now), now)

    def _of_group(self, chat: int, moment: float, now: float) -> float:
        turns = self._groups[chat]
        moment = _in_window(turns, self.manners.per_group, GROUP_MINUTE, moment)
        _not_too_late(moment - now)
        turns.append(moment)
        return moment

    def _of_person(self, chat: int, moment: float, now: float) -> float:
        apart = 1 / self.manners.per_chat
        free = self._free.get(chat, 0.0)
        moment = max(moment, free - (BURST - 1) * apart)
        _not_too_late(moment - now)
        if len(self._free) >= FORGOTTEN:
            self._free = {known: until for known, until in self._free.items() if until > now}
        self._free[chat] = max(free, moment) + apart
        return moment

    def _of_bot(self, now: float) -> float:
        moment = _in_window(self._all, self.manners.per_second, 1.0, now)
        self._all.append(moment)
        return moment


def _in_window(turns: deque[float], most: int, window: float, moment: float) -> float:
    """The first moment from then on in whose window there are fewer than `most` turns."""
    while len(turns) > most:
        turns.popleft()
    return max(moment, turns[-most] + window) if len(turns) >= most else moment


def _not_too_late(wait: float) -> None:
    if wait > PATIENCE:
        raise SendError("it is not this message's turn yet", wait=timedelta(seconds=wait))
