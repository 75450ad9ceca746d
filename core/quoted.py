"""What people write where it is kept and shown: what of it is one of the shop's codes is covered, and nothing else.

`enquiries.covered` covers whatever could be one: right for what buyers write, and wrong for an invoice's number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from core import drafts, inventory, pasted
from core.enquiries import COVER
from core.ground.db import Tx
from core.pasted import PastedCode

WORDS = re.compile(r"[A-Za-z0-9]+(?:[-_.][A-Za-z0-9]+)*")
APART = re.compile(r"[\s/:]+")
MOST = 6  # words of one code


def covered(tx: Tx, text: str, batch: int | None = None) -> str:
    """The text without the codes that are in the shop, or were, and without those of this batch's draft.

    Of a code with several fields all of them together are known, in the draft also each by itself.
    """
    written = set(_pieces(text))
    readings: dict[str, set[str]] = {}
    for piece in written:
        for code in _as_codes(piece):
            readings.setdefault(code.normal(), set()).add(piece)
    there = inventory.among(tx, list(readings))
    if batch is not None:
        there |= drafts.among(tx, batch, set(readings))
    for piece in sorted({piece for normal in there for piece in readings[normal]}, key=len, reverse=True):
        text = text.replace(piece, COVER)
    return text


def _pieces(text: str) -> Iterator[str]:
    """Every few words in a row, with what stands between them."""
    found = [*re.finditer(r"\S+", text), *WORDS.finditer(text)]
    starts, ends = sorted({each.start() for each in found}), sorted({each.end() for each in found})
    for start in starts:
        for end in [each for each in ends if each > start][: 2 * MOST]:
            yield text[start:end]


def _as_codes(piece: str) -> Iterator[PastedCode]:
    """As what it could have been pasted: a line as it stands, one field, or fields apart by whatever is between."""
    for way in {piece, piece.upper()}:
        values = [value for value in APART.split(way) if value]
        for code in (pasted.read_line(way), pasted.of_fields([way]), pasted.of_fields(values)):
            if code is not None:
                yield code
