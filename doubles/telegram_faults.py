"""What can be made to go wrong at Telegram, and how much it lets pass a second."""

from __future__ import annotations

import math
import random
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Self

Trouble = Literal[
    "busy",  # 429, and how long to wait; nothing has happened
    "broken",  # 502, and nothing has happened
    "cut",  # the connection ends before anything has happened
    "deaf",  # nothing happens, and nothing is said until the caller gives up
    "slow",  # done, and answered after `slowness` seconds
    "lost",  # done, but the connection ends before the answer
    "mute",  # done, and nothing is said until the caller gives up
]
BEFORE: tuple[Trouble, ...] = ("busy", "broken", "cut", "deaf")
FOREVER = 1_000_000


@dataclass
class Faults:
    """Each can be changed while the server runs. The shares are of all calls, getUpdates aside, drawn from `dice`."""

    dice: random.Random = field(default_factory=lambda: random.Random(1))
    busy: float = 0.0
    broken: float = 0.0
    cut: float = 0.0
    deaf: float = 0.0
    slow: float = 0.0
    lost: float = 0.0
    mute: float = 0.0
    wait: tuple[int, int] = (1, 3)  # seconds asked for with a 429, from and to
    slowness: float = 0.5  # seconds
    outage: Trouble | None = None  # every call meets it, whichever it is
    sends_only: bool = False  # the shares are of send… and edit… calls only

    # Webhooks: shares of the updates
    doubled: float = 0.0  # posted twice at the same time
    redelivered: float = 0.0  # posted again a moment after it was acknowledged
    reordered: float = 0.0  # held back while later ones pass
    moment: float = 0.3  # seconds
    secret: Literal["right", "missing", "wrong"] = "right"  # the header

    _arranged: dict[str, list[tuple[Trouble, int]]] = field(default_factory=dict)

    def give(self, method: str, trouble: Trouble, times: int = FOREVER) -> None:
        """The next `times` calls of that method meet this trouble, after those arranged before."""
        self._arranged.setdefault(method.lower(), []).append((trouble, times))

    def mend(self) -> None:
        """No more trouble of any kind."""
        self._arranged.clear()
        self.outage = None
        self.busy = self.broken = self.cut = self.deaf = self.slow = self.lost = self.mute = 0.0
        self.doubled = self.redelivered = self.reordered = 0.0
        self.secret = "right"

    def meet(self, method: str) -> Trouble | None:
        """The trouble this call is to have; counts an arranged one as had."""
        if self.outage:
            return self.outage
        if arranged := self._arranged.get(method):
            trouble, times = arranged.pop(0)
            if times > 1:
                arranged.insert(0, (trouble, times - 1))
            return trouble
        if method == "getupdates" or (self.sends_only and not method.startswith(("send", "edit"))):
            return None
        drawn = self.dice.random()
        trouble: Trouble
        for trouble in ("busy", "broken", "cut", "deaf", "slow", "lost", "mute"):
            if (drawn := drawn - getattr(self, trouble)) < 0:
                return trouble
        return None

    def seconds(self) -> int:
        """How long a 429 asks to wait."""
        return self.dice.randint(*self.wait)

    def draws(self, share: float) -> bool:
        return share > 0 and self.dice.random() < share


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
