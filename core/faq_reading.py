"""Reading a question: which of the shop's answers it asks for, and how sure that is. No database, no network."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from core import faq_features
from core.faq_encoder import Encoder, Sight
from core.ground.words import SENTENCES

HEAD = SENTENCES / "asked.npz"
NONE = "none"  # no answer of ours: handed on, never guessed
INTENTS: tuple[str, ...] = (
    "redeem-how",
    "find-code",
    "code-invalid",
    "code-used",
    "wrong-region",
    "paid-no-code",
    "delivery-time",
    "refund-policy",
    "refund-status",
    "payment-methods",
    "payment-failed",
    "code-expiry",
    "mistyped-code",
    "invoice",
    "bulk",
    "genuine",
    "human",
    "review-hold",
    "out-of-stock",
    "coupon",
    "gift",
    "several-codes",
    "account-change",
    "limit",
)
CLASSES = (*INTENTS, NONE)
STEPS = 254  # of `near`: hardly a number of a text turned is above a half
BESIDE = 3  # phrasings that are looked at
SHOWN = 5  # guesses of a reading
NEAR = 0.88  # a phrasing that staff taught is meant from here on
AKIN = 0.75  # and may be meant from here
APART = 0.03  # two of different answers that are as near as that: it may be either

Verdict = Literal["sure", "half", "pass"]


@dataclass(frozen=True)
class Guess:
    slug: str
    likely: float  # 0 to 1


@dataclass(frozen=True)
class Reading:
    """What a question may ask for, best first. "half" offers the first three; "pass" hands on to people."""

    guesses: tuple[Guess, ...]
    verdict: Verdict


@dataclass(frozen=True)
class Learned:
    """Phrasings that staff of this shop taught; the slugs may be entries of the shop's own."""

    slugs: tuple[str, ...]
    vectors: np.ndarray  # one row a phrasing, as Reader.vector gives them


@dataclass(frozen=True)
class Bounds:
    """From where on a guess is answered, and from where on three are offered."""

    sure: float
    half: float
    strange: float = 2.0  # and up to where, as Head.strange says it; by itself no bound at all


# Strict enough that of the questions kept apart none is answered that is not ours: tests/core/faq_calibration.tsv.
BOUNDS = Bounds(sure=0.78, half=0.3, strange=0.08)


FLOATS = ("sights", "centre", "step", "rarity", "bias", "turn", "near")


@dataclass(frozen=True)
class Head:
    """What was learned from the phrasings in locales/: one column of weights for each of CLASSES."""

    sights: np.ndarray  # by what the encoder saw
    centre: np.ndarray  # of the sights of words: what all texts have in common
    runs: np.ndarray  # by the buckets of runs of letters, in steps of `step`
    step: np.ndarray
    rarity: np.ndarray  # of each bucket: what is everywhere tells little
    bias: np.ndarray
    turn: np.ndarray  # from where a text stands to the fewer numbers that phrasings are kept by
    near: np.ndarray  # where each phrasing stands, in 127 steps
    of: np.ndarray  # which of CLASSES it belongs to
    digest: str  # of the phrasings

    @classmethod
    def load(cls, path: Path = HEAD) -> Head:
        with np.load(path, allow_pickle=False) as kept:
            found = {name: kept[name].astype(np.float32) for name in FLOATS}
            return cls(**found, runs=kept["runs"], of=kept["of"], digest=str(kept["digest"]))

    def weigh(self, sight: np.ndarray, counted: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        """How likely each of CLASSES is."""
        buckets, often = counted
        told = often * self.rarity[buckets]
        told /= np.linalg.norm(told) or 1
        scores = sight @ self.sights + (told @ self.runs[buckets]) * self.step + self.bias
        likely = np.exp(scores - scores.max())
        return likely / likely.sum()

    def strange(self, bare: np.ndarray, best: int) -> float:
        """How much nearer a text is to phrasings of another of CLASSES than to those of the best guess: three of each
        are looked at. What the weights are wrongly sure of is often far from all that they were learned from."""
        alike = self.near @ turned(bare[None], self.turn)[0] / STEPS
        nearest = [np.sort(alike[self.of == each])[-BESIDE:].mean() for each in range(len(CLASSES))]
        mine = nearest.pop(best)
        return float(max(nearest) - mine)


def turned(means: np.ndarray, turn: np.ndarray) -> np.ndarray:
    shorter = means @ turn
    return shorter / np.maximum(np.linalg.norm(shorter, axis=1, keepdims=True), 1e-9)


def row(sight: Sight, bare: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """What the encoder saw, as the head weighs it; `bare` is where the text stands without brands and numbers."""
    whole, most = (seen / (np.linalg.norm(seen) or 1) for seen in np.split(words(sight) - centre, 2))
    return np.concatenate([sight.means, bare, whole, most]).astype(np.float32)


def words(sight: Sight) -> np.ndarray:
    return np.concatenate([sight.whole, sight.most])


class Reader:
    """Reads questions in Chinese, English and Russian. What it holds is never changed: any thread may ask."""

    def __init__(self, head: Head, encoder: Encoder, bounds: Bounds = BOUNDS) -> None:
        self.head = head
        self.bounds = bounds
        self._encoder = encoder

    def read(self, question: str, learned: Learned | None = None) -> Reading:
        """What is asked for. However long the question is, it takes no longer than a short one."""
        plain = faq_features.even(question)
        if not any(char.isalnum() for char in plain) or faq_features.ORDERED.search(plain):
            return Reading((), "pass")
        with self._encoder.alone():
            return self._read(plain, learned)

    def _read(self, plain: str, learned: Learned | None) -> Reading:
        bare = faq_features.bare(plain)
        sight = self._encoder.see(plain)
        without = self._encoder.means([bare])[0]
        likely = self.head.weigh(row(sight, without, self.head.centre), faq_features.counted(bare))
        reading = judged(likely, self.head.strange(without, int(likely[: len(INTENTS)].argmax())), self.bounds)
        return taught(reading, sight.means, learned) if learned is not None and learned.slugs else reading

    def vector(self, text: str) -> np.ndarray:
        """Where the text stands among all texts, of length 1: near each other is alike."""
        return self._encoder.means([faq_features.even(text)])[0]


def judged(likely: np.ndarray, strange: float, bounds: Bounds) -> Reading:
    """The guesses, and whether the best of them is answered, three are offered, or none."""
    order = sorted(range(len(INTENTS)), key=lambda at: -likely[at])[:SHOWN]
    guesses = tuple(Guess(INTENTS[at], float(likely[at])) for at in order)
    if guesses[0].likely >= bounds.sure and strange <= bounds.strange:
        return Reading(guesses, "sure")
    offered = sum(guess.likely for guess in guesses[:3])
    return Reading(guesses, "half" if offered >= bounds.half else "pass")


def taught(reading: Reading, vector: np.ndarray, learned: Learned) -> Reading:
    """The same, where staff have taught a phrasing that is near."""
    near = learned.vectors @ vector
    best: dict[str, float] = {}
    for slug, how in zip(learned.slugs, near.tolist(), strict=True):
        best[slug] = max(best.get(slug, 0.0), min(how, 1.0))
    (slug, how), *others = sorted(best.items(), key=lambda each: -each[1])
    if how < AKIN:
        return reading
    either = bool(others) and others[0][1] > how - APART
    known = [Guess(slug, how)] + ([Guess(*others[0])] if either else [])
    rest = [guess for guess in reading.guesses if guess.slug not in {each.slug for each in known}]
    verdict: Verdict = "sure" if how >= NEAR and not either else "half"
    if verdict == "half" and reading.verdict == "sure" and reading.guesses[0].slug == slug:
        verdict = "sure"
    return Reading(tuple([*known, *rest][:SHOWN]), verdict)


class _Kept:
    lock = threading.Lock()
    reader: Reader | None = None


def reader() -> Reader:
    """The reader, loaded when it is first asked for, one a process."""
    with _Kept.lock:
        if _Kept.reader is None:
            _Kept.reader = Reader(Head.load(), Encoder())
        return _Kept.reader
