"""What can be made to go wrong at Telegram."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Literal

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
