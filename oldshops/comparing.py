"""When two codes are the same: compared here, by their exact text.

The old databases ignore case, and blanks at the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import blake2b

UNSEEN = "\ufeff\u200b\u200c\u200d\u2060\u00ad"
OUTER = " \t\r\n\u3000\u00a0"
UNDONE = str.maketrans("", "", UNSEEN)
FIELDS = re.compile(r"-{2,}|[|║\t,，:：;；\s]+")


def trimmed(text: str) -> str:
    """Without outer blanks and marks of the byte order; inside it stays what it is."""
    return text.strip(OUTER + "\ufeff")


def normal(text: str) -> str:
    """As it is compared: also without signs that nobody sees, empty lines, and the outer blanks of each line."""
    lines = (line.strip(OUTER) for line in re.split(r"[\r\n]+", text.translate(UNDONE)))
    return "\n".join(line for line in lines if line)


def mark(text: str) -> bytes:
    """Stands for a normal text in memory, where no plaintext need be kept."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def pieces(delivered: str, heights: set[int]) -> Iterator[str]:
    """All that may be a code in what was sent: the whole, each line and field of it, and lines together where
    codes have several (`heights`: how many)."""
    text = normal(delivered)
    lines = text.split("\n")
    yield text
    for line in lines:
        yield line
        yield from FIELDS.split(line)
        label, _, rest = line.replace("：", ":", 1).partition(":")
        if rest and label:
            yield rest.strip(OUTER)
    for height in heights:
        for start in range(len(lines) - height + 1):
            yield "\n".join(lines[start : start + height])
