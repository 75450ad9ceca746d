"""How we behave towards Telegram: its budgets, kept before it has to remind us, and the owner's choices."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from core.ground.errors import SendError

PATIENCE = 3.0  # seconds a message waits here for its turn; one whose turn is later goes back to the outbox
BURST = 3  # messages a chat takes at once before its second-by-second budget counts
SECOND, GROUP_MINUTE = 1.0, 60.0
FORGOTTEN = 10_000  # chats whose budgets are kept in mind
SOON = timedelta(milliseconds=50)  # what this process says no more, the next one may say then


@dataclass(frozen=True)
class Manners:
    """Budgets as published (core.telegram.org/bots/faq), and how codes are shown."""

    per_second: int = 30  # messages of the bot in any second
    per_chat: float = 1.0  # messages a second into one chat, on average
    per_group: int = 20  # messages to one group in any minute
    spoiler: bool = False  # hide codes until they are tapped
    protect: bool = False  # no forwarding, no saving: which also breaks gifts


@dataclass
class Budget:
    """The turns of one bot's messages. One process at a time speaks for a bot, so it can be kept here.

    Telegram counts a message when it arrives, and all we know of that is that it was before the answer. So one counts
    from its start until its window after the answer is over: however long any is under way, no more arrive in a window.
    To one chat they go one after the other, as the outbox has it.
    """

    manners: Manners
    now: Callable[[], float] = time.monotonic
    _under_way: int = 0
    _answered: deque[float] = field(default_factory=deque)  # when those that still count were
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _line: asyncio.Lock = field(default_factory=asyncio.Lock)  # who waits for the bot's budget
    _groups: defaultdict[int, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _free: dict[int, float] = field(default_factory=dict)  # a chat's next moment on average
    _held: dict[int, float] = field(default_factory=dict)  # after a 429: nothing before then
    _silent: asyncio.Event = field(default_factory=asyncio.Event)  # another process speaks, or is about to

    @asynccontextmanager
    async def turn(self, chat: int, *, changes: bool = False) -> AsyncIterator[None]:
        """Wait until a message may go to that chat; it goes inside the block.

        `changes`: nothing new appears there, which costs of the bot's budget, not of the chat's. Raises SendError,
        which says how long, if that is not soon.
        """
        now = self.now()
        await self._rest((self._not_held(chat, now) if changes else self._of_chat(chat, now)) - now)
        async with self._line:
            await self._of_bot()
        try:
            yield
        finally:
            self._over(chat, self.now(), changes)

    def hold(self, chat: int, seconds: float) -> None:
        """Telegram asked for that much quiet in this chat."""
        self._held[chat] = max(self._held.get(chat, 0.0), self.now() + seconds)

    # From one process to the next

    def fall_silent(self) -> None:
        """Nobody gets a turn any more, also who waits for one: each is told so by SendError."""
        self._silent.set()
        self._changed.set()

    def leaves(self) -> Mapping[str, Any]:
        """What still counts, in seconds from now, as plain data. What is under way counts as answered now."""
        now = self.now()
        return {
            "answered": [at - now for at in self._answered] + [0.0] * self._under_way,
            "groups": {str(chat): [at - now for at in turns] for chat, turns in self._groups.items()},
            "free": {str(chat): at - now for chat, at in self._free.items() if at > now},
            "held": {str(chat): at - now for chat, at in self._held.items() if at > now},
        }

    def take_over(self, left: Mapping[str, Any] | None, ago: float) -> None:
        """Turns are given from now on. What the one before left, so many seconds ago, still counts."""
        self._silent.clear()
        if left is None:
            return
        then = self.now() - ago
        self._answered = deque(sorted(then + at for at in left["answered"]))
        for chat, turns in left["groups"].items():
            self._groups[int(chat)] = deque(then + at for at in turns)
        self._free = {int(chat): then + at for chat, at in left["free"].items()}
        self._held = {int(chat): then + at for chat, at in left["held"].items()}

    async def _rest(self, seconds: float) -> None:
        """Raises SendError if this process falls silent meanwhile."""
        if not self._silent.is_set() and seconds > 0:
            waiting = [asyncio.ensure_future(one) for one in (asyncio.sleep(seconds), self._silent.wait())]
            try:
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for one in waiting:
                    one.cancel()
        if self._silent.is_set():
            raise SendError("another process speaks for this bot now", wait=SOON)

    # Whose turn it is

    def _of_chat(self, chat: int, now: float) -> float:
        """The chat's next moment, which is taken. A group has the budget of a chat, and that of its minute."""
        apart, free = 1 / self.manners.per_chat, self._free.get(chat, 0.0)
        moment = max(self._not_held(chat, now), free - (BURST - 1) * apart)
        if chat < 0:
            moment = _in_window(self._groups[chat], self.manners.per_group, GROUP_MINUTE, moment)
        _is_soon(moment - now)
        if chat < 0:
            self._groups[chat].append(moment)
        if len(self._free) >= FORGOTTEN:
            self._free = {known: until for known, until in self._free.items() if until > now}
        self._free[chat] = max(free, moment) + apart
        return moment

    def _not_held(self, chat: int, now: float) -> float:
        if self._held.get(chat, 0.0) <= now:
            self._held.pop(chat, None)
        moment = max(now, self._held.get(chat, 0.0))
        _is_soon(moment - now)
        return moment

    async def _of_bot(self) -> None:
        while self._count(self.now()) >= self.manners.per_second:
            if self._answered:
                await self._rest(self._answered[0] + SECOND - self.now())
            else:
                self._changed.clear()
                await self._changed.wait()
            await self._rest(0)
        await self._rest(0)
        self._under_way += 1

    def _count(self, now: float) -> int:
        while self._answered and self._answered[0] <= now - SECOND:
            self._answered.popleft()
        return self._under_way + len(self._answered)

    def _over(self, chat: int, now: float, changes: bool) -> None:
        self._under_way -= 1
        self._answered.append(now)
        self._changed.set()
        if changes:
            return
        self._free[chat] = max(self._free.get(chat, 0.0), now + 1 / self.manners.per_chat)
        if turns := self._groups.get(chat):
            turns[-1] = max(turns[-1], now)


def _is_soon(wait: float) -> None:
    if wait > PATIENCE:
        raise SendError("it is not this message's turn yet", wait=timedelta(seconds=wait))


def _in_window(turns: deque[float], most: int, window: float, moment: float) -> float:
    """The first moment from then on in whose window there are fewer than `most` turns."""
    while len(turns) > most:
        turns.popleft()
    return max(moment, turns[-most] + window) if len(turns) >= most else moment
