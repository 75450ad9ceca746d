"""What can be made to go wrong at WeChat's platform: with the calls of an account, and with what it is told."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Literal

Trouble = Literal[
    "busy",  # errcode -1, and nothing has happened
    "broken",  # 502, and nothing has happened
    "cut",  # the connection ends before anything has happened
    "silent",  # nothing happens, and nothing is said until the caller gives up
    "slow",  # done, and answered after `slowness` seconds
    "lost",  # done, but the connection ends before the answer
    "mute",  # done, and nothing is said until the caller gives up
]
TROUBLES: tuple[Trouble, ...] = ("busy", "broken", "cut", "silent", "slow", "lost", "mute")
BEFORE: tuple[Trouble, ...] = TROUBLES[:4]
FOREVER = 1_000_000


def called(path: str) -> str:
    """A call's name: its path without /cgi-bin/, as in message/custom/send."""
    return path.strip("/").removeprefix("cgi-bin/")


@dataclass
class Faults:
    """Each can be changed while the server runs. The shares are of all calls, drawn from `dice`."""

    dice: random.Random = field(default_factory=lambda: random.Random(1))
    busy: float = 0.0
    broken: float = 0.0
    cut: float = 0.0
    silent: float = 0.0
    slow: float = 0.0
    lost: float = 0.0
    mute: float = 0.0
    slowness: float = 0.5  # seconds
    outage: Trouble | None = None  # every call meets it, whichever it is

    # What an account is told
    copies: int = 1  # each message is posted so often at the same time
    lose_answer: float = 0.0  # a share of the answers is never read: the message comes again
    redelivered: float = 0.0  # a share is posted again a moment after it was taken
    moment: float = 0.3  # seconds

    _arranged: dict[str, list[tuple[Trouble, int]]] = field(default_factory=dict)

    def give(self, call: str, trouble: Trouble, times: int = FOREVER) -> None:
        """The next `times` calls of that name, or path, meet this trouble, after those arranged before."""
        self._arranged.setdefault(called(call), []).append((trouble, times))

    def mend(self) -> None:
        """No more trouble of any kind."""
        self._arranged.clear()
        self.outage = None
        self.busy = self.broken = self.cut = self.silent = self.slow = self.lost = self.mute = 0.0
        self.copies, self.lose_answer, self.redelivered = 1, 0.0, 0.0

    def meet(self, call: str) -> Trouble | None:
        """The trouble this call is to have; counts an arranged one as had."""
        if self.outage:
            return self.outage
        if arranged := self._arranged.get(call):
            trouble, times = arranged.pop(0)
            if times > 1:
                arranged.insert(0, (trouble, times - 1))
            return trouble
        drawn = self.dice.random()
        for trouble in TROUBLES:
            if (drawn := drawn - getattr(self, trouble)) < 0:
                return trouble
        return None

    def draws(self, share: float) -> bool:
        return share > 0 and self.dice.random() < share
