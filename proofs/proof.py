"""Proof: a claim, the sizes it is played at, and the function that plays it; Run: what that function is handed."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Size = Literal["tiny", "ci", "release"]  # tiny is for the tests of the proofs themselves
SIZES: tuple[Size, ...] = ("tiny", "ci", "release")
STORES = ("sqlite", "postgresql")
BETWEEN = 5.0  # seconds between two lines of progress

Figures = Mapping[str, Any]


class Broken(AssertionError):
    """The claim does not hold. The text says what was seen; figures may come with it."""

    def __init__(self, what: str, **figures: Any) -> None:
        self.figures = figures
        super().__init__(what)


@dataclass
class Run:
    """One playing of a proof."""

    seed: int
    size: Mapping[str, int]  # the proof's own numbers: how many operations, buyers, rounds, ...
    folder: Path  # empty, on disk, the proof's own
    stores: tuple[str, ...] = STORES
    without: str | None = None  # the guard that is off
    parts: tuple[str, ...] = ()  # only these of the proof's parts, where it has any; all if none is named
    _said: float = field(default=0.0, repr=False)

    def dice(self, *purpose: object) -> random.Random:
        """Randomness for one purpose, from the seed: adding a purpose changes no other."""
        return random.Random(f"{self.seed} {purpose}")

    def progress(self, what: str, done: int | None = None, of: int | None = None) -> None:
        """Say how far it is, now and then, on stderr."""
        now = time.monotonic()
        if done is None or done == of or now - self._said > BETWEEN:
            self._said = now
            count = f" {done:,} of {of:,}" if done is not None and of is not None else ""
            print(f"  {what}{count}", file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Proof:
    """`plays` returns the figures, or raises Broken. Whatever else it raises is a bug, and no proof either."""

    name: str
    claim: str  # one sentence
    sizes: Mapping[Size, Mapping[str, int]]
    plays: Callable[[Run], Figures]
    guards: tuple[str, ...] = ()  # of proofs/guards.py: with each of them off, the tiny size must fail
