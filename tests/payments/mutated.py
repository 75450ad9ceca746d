"""How the tests of every rail change a notice: a bit, a stretch, a value; and thousands of changes by dice."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from hypothesis import strategies as st

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=130),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def flipped(draw: st.DrawFn, body: bytes) -> bytes:
    """One byte is another, or stays by chance what it was."""
    where, bit = draw(st.integers(0, len(body) - 1)), draw(st.integers(0, 255))
    return body[:where] + bytes([body[where] ^ bit]) + body[where + 1 :]


def spliced(draw: st.DrawFn, body: bytes) -> bytes:
    """A stretch is another."""
    start, end = sorted(draw(st.tuples(*[st.integers(0, len(body))] * 2)))
    return body[:start] + draw(st.binary(max_size=40)) + body[end:]


def changed(whole: bytes, many: int) -> Iterator[bytes]:
    """So many times these bytes with one to three short stretches changed: always the same, and never as they were."""
    dice = Random(20260101)
    for _ in range(many):
        made = bytearray(whole)
        for _ in range(dice.randint(1, 3)):
            start = dice.randrange(len(made))
            made[start : start + dice.randint(0, 4)] = dice.randbytes(dice.randint(0, 4))
        if bytes(made) != whole:
            yield bytes(made)
