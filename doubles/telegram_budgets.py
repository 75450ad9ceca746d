"""How many messages Telegram lets pass, and when it says 429."""

from __future__ import annotations

import math
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self


@dataclass
class Budgets:
    """How many messages pass: sends count, edits and answers don't. None is no limit.

    One chat: a bucket of `burst`, refilled at `chat` a second. A group: `group` in each `group_seconds`. All of a
    bot's: `overall` in each second. What is over is refused with 429 and counted in `exceeded`.
    """

    chat: float | None = 1.0
    burst: int = 3
    group: int | None = 20
    group_seconds: float = 60.0
    overall: int | None = 30
    leeway: float = 0.05  # seconds by which a window is shorter: the time a call is under way varies
    now: Callable[[], float] = time.monotonic
    exceeded: Counter[str] = field(default_factory=Counter)
    _buckets: dict[tuple[int, int], tuple[float, float]] = field(default_factory=dict)
    _windows: dict[tuple[int, int], deque[float]] = field(default_factory=dict)

    def times(self, factor: float) -> Self:
        """So many times more of everything."""
        self.chat = self.chat and self.chat * factor
        self.burst = int(self.burst * factor)
        self.group = self.group and int(self.group * factor)
        self.overall = self.overall and int(self.overall * factor)
        return self

    @classmethod
    def none(cls) -> Budgets:
        return cls(chat=None, group=None, overall=None)

    def over(self, bot: int, chat: int) -> int | None:
        """Seconds to wait if one more message is too many; None takes it and counts it."""
        now, waits = self.now(), dict[str, float]()
        if self.overall:
            waits["overall"] = self._full((bot, 0), self.overall, 1.0, now)
        if chat < 0 and self.group:
            waits["group"] = self._full((bot, chat), self.group, self.group_seconds, now)
        if self.chat:
            waits["chat"] = self._dry((bot, chat), now)
        if wait := max(waits.values(), default=0.0):
            self.exceeded.update(name for name, seconds in waits.items() if seconds)
            return math.ceil(wait)
        self._take(bot, chat, now)
        return None

    def _full(self, key: tuple[int, int], most: int, seconds: float, now: float) -> float:
        window = self._windows.setdefault(key, deque())
        while window and window[0] <= now - seconds + self.leeway:
            window.popleft()
        return window[0] + seconds - now if len(window) >= most else 0.0

    def _dry(self, key: tuple[int, int], now: float) -> float:
        assert self.chat
        left, since = self._buckets.get(key, (float(self.burst), now))
        left = min(left + (now - since + self.leeway) * self.chat, self.burst)
        return (1 - left) / self.chat if left < 1 else 0.0

    def _take(self, bot: int, chat: int, now: float) -> None:
        if self.overall:
            self._windows[bot, 0].append(now)
        if chat < 0 and self.group:
            self._windows[bot, chat].append(now)
        if self.chat:
            left, since = self._buckets.get((bot, chat), (float(self.burst), now))
            self._buckets[bot, chat] = (min(left + (now - since) * self.chat, self.burst) - 1, now)
