"""Learning to read questions from the phrasings in locales/: `mika faq train`, or `python -m core.faq_training`.

Nothing here runs in a shop. The same phrasings make the same file, byte for byte on one machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core import faq_features
from core.faq_encoder import Encoder
from core.faq_reading import CLASSES, HEAD, STEPS, Head, row, turned, words
from core.ground.words import LOCALES, SENTENCES

ASKED = "asked.txt"
HOW = "5"  # raised when the same phrasings would be learned in another way
WEIGHT = np.float32(4)  # of what texts have in common, beside how common each slug is
LOOSE = 10.0  # how far the weights may go to please single phrasings
ROUNDS = 400
SHORT = 128  # numbers that a phrasing is kept by

Say = Callable[[str], None]


class BadPhrasings(ValueError):
    """A file of phrasings that can't be read: which, in which line, and why."""

    def __init__(self, file: Path, line: int, why: str) -> None:
        super().__init__(f"{file.parent.name}/{file.name}, line {line}: {why}")


@dataclass(frozen=True)
class Phrasing:
    """One way to ask for something."""

    locale: str
    slug: str  # of CLASSES
    text: str


def phrasings(folder: Path = SENTENCES) -> list[Phrasing]:
    """All that ship, by language. Raises BadPhrasings for an unknown slug, and for a phrasing of two of them."""
    found: list[Phrasing] = []
    for locale in LOCALES:
        of: dict[str, str] = {}
        for number, slug, text in lines(folder / locale / ASKED):
            if of.setdefault(faq_features.even(text), slug) != slug:
                raise BadPhrasings(folder / locale / ASKED, number, f"{text!r} is asked for two things")
            found.append(Phrasing(locale, slug, text))
    return found


def lines(file: Path) -> Iterator[tuple[int, str, str]]:
    """Each phrasing with its line and what it asks for: `[slug]`, then a phrasing a line."""
    slug = ""
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        text = line.strip()
        if text.startswith("[") and text.endswith("]"):
            slug = text[1:-1]
            if slug not in CLASSES:
                raise BadPhrasings(file, number, f"there is no {slug!r}")
        elif text:
            if not slug:
                raise BadPhrasings(file, number, "it stands under no [slug]")
            yield number, slug, text


def digest(told: Sequence[Phrasing]) -> str:
    """What tells whether a head was learned from just these phrasings, in this way."""
    whole = "\n".join([HOW, *(f"{each.locale}\t{each.slug}\t{each.text}" for each in told)])
    return hashlib.sha256(whole.encode()).hexdigest()


@dataclass(frozen=True)
class Seen:
    """Texts as the head sees them."""

    sights: np.ndarray
    centre: np.ndarray
    bare: np.ndarray
    counted: list[tuple[np.ndarray, np.ndarray]]


def seen(texts: Sequence[str], by: Encoder, say: Say) -> Seen:
    plain = [faq_features.even(text) for text in texts]
    bare = [faq_features.bare(text) for text in plain]
    sights = []
    for number, text in enumerate(plain, 1):
        sights.append(by.see(text))
        if number % 1_000 == 0:
            say(f"{number:,} of {len(plain):,} phrasings read")
    centre = np.mean([words(sight) for sight in sights], axis=0)
    without = by.means(bare)
    rows = [row(sight, each, centre) for sight, each in zip(sights, without, strict=True)]
    return Seen(np.stack(rows), centre, without, [faq_features.counted(text) for text in bare])


def rarity(counted: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Of each bucket: high for what few phrasings have."""
    having = np.zeros(faq_features.BUCKETS)
    for buckets, _ in counted:
        having[buckets] += 1
    return np.log((1 + len(counted)) / (1 + having)).astype(np.float16).astype(np.float32)


def spread(counted: Sequence[tuple[np.ndarray, np.ndarray]], rare: np.ndarray) -> np.ndarray:
    """One row of buckets a text, of length 1."""
    rows = np.zeros((len(counted), faq_features.BUCKETS), dtype=np.float32)
    for here, (buckets, often) in zip(rows, counted, strict=True):
        here[buckets] = often * rare[buckets]
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def fit(alike: np.ndarray, slugs: np.ndarray, loose: float = LOOSE, rounds: int = ROUNDS) -> np.ndarray:
    """Multinomial logistic regression in its dual form, by Nesterov's accelerated descent: what each phrasing adds to
    the weights of each class, where `alike` says how much any two have in common."""
    wanted = np.eye(len(CLASSES), dtype=np.float32)[slugs]
    steepest = steepness(alike)
    pace = 1 / (0.5 * steepest + 1 / loose)
    here = ahead = np.zeros_like(wanted)
    swing = 1.0
    for _ in range(rounds):
        scores = alike @ ahead
        likely = np.exp(scores - scores.max(axis=1, keepdims=True))
        likely /= likely.sum(axis=1, keepdims=True)
        there = ahead - pace * (likely - wanted + ahead / loose)
        swung = (1 + (1 + 4 * swing * swing) ** 0.5) / 2
        here, ahead, swing = there, there + (swing - 1) / swung * (there - here), swung
    return here


def steepness(alike: np.ndarray) -> float:
    """The largest eigenvalue, or nearly."""
    guess = np.ones(len(alike), dtype=np.float32)
    size = 1.0
    for _ in range(30):
        guess = alike @ guess
        size = float(np.linalg.norm(guess))
        guess /= size
    return size


def shortened(means: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What turns a text's numbers into the few that tell most, and the texts so turned, in whole steps."""
    _, axes = np.linalg.eigh((means.T @ means).astype(np.float64))
    turn = axes[:, -SHORT:].astype(np.float16)
    return turn, np.rint(turned(means, turn.astype(np.float32)) * STEPS).clip(-127, 127).astype(np.int8)


def train(told: Sequence[Phrasing], by: Encoder, say: Say = lambda line: None) -> Head:
    """The head for these phrasings."""
    known = seen([each.text for each in told], by, say)
    rare = rarity(known.counted)
    rows = spread(known.counted, rare)
    say("Learning ...")
    alike = known.sights @ known.sights.T
    alike += rows @ rows.T
    alike *= WEIGHT
    alike += 1
    of = np.array([CLASSES.index(each.slug) for each in told], dtype=np.int8)
    adds = fit(alike, of)
    turn, near = shortened(known.bare)
    runs = WEIGHT * rows.T @ adds
    step = np.maximum(np.abs(runs).max(axis=0), 1e-9) / 127
    return Head(
        sights=WEIGHT * known.sights.T @ adds,
        centre=known.centre,
        runs=np.rint(runs / step).astype(np.int8),
        step=step,
        rarity=rare,
        bias=adds.sum(axis=0),
        turn=turn,
        near=near,
        of=of,
        digest=digest(told),
    )


def keep(head: Head, path: Path = HEAD) -> None:
    """Write it down, in half the digits: more say nothing."""
    floats = {"sights": head.sights, "centre": head.centre, "rarity": head.rarity, "turn": head.turn}
    with path.open("wb") as file:
        np.savez_compressed(
            file,
            allow_pickle=False,
            **{name: values.astype(np.float16) for name, values in floats.items()},
            runs=head.runs,
            step=head.step,
            bias=head.bias,
            near=head.near.astype(np.int8),
            of=head.of,
            digest=np.array(head.digest),
        )


def main(say: Say = print) -> None:
    told = phrasings()
    keep(train(told, Encoder(), say))
    say(f"Learned from {len(told):,} phrasings, kept in {HEAD.parent.name}/{HEAD.name}.")


if __name__ == "__main__":
    main()
