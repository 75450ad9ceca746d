"""What codes look like, product by product: signs that don't belong there, and whether one code is several fields."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field

from oldshops.comparing import OUTER, UNSEEN

SEPARATORS = ("----", "---", "--", "║", "|", "\t", ",", "，", ";", "；", "：", ":", " ")
AGREEING = 0.98  # of a product's codes; below it they stay whole
ENTITIES = re.compile(r"&(?:amp|lt|gt|quot|#0?39);|<")
QUESTIONS = re.compile(r"\?{2,}")
BROKEN = "\ufffd"
TWICE_ENCODED = re.compile(r"[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u2122]")
STOPPING = ("empty", "broken characters", "encoded twice")


def oddities(text: str) -> list[str]:
    """What is odd about a code as it stands there."""
    bare = text.strip(OUTER)
    seen = {
        "empty": not bare.translate(str.maketrans("", "", UNSEEN)),
        "outer blanks": text != bare,
        "carriage returns": "\r" in bare,
        "hidden signs": any(sign in UNSEEN for sign in text),
        "control signs": any(unicodedata.category(sign) == "Cc" and sign not in "\r\n\t" for sign in text),
        "several lines": "\n" in bare,
        "HTML": ENTITIES.search(text) is not None,
        "question marks": QUESTIONS.search(text) is not None,
        "broken characters": BROKEN in text,
        "encoded twice": TWICE_ENCODED.search(text) is not None,
        "║": "║" in text,
    }
    return [what for what, is_so in seen.items() if is_so]


@dataclass
class Shape:
    """Of one product's codes."""

    count: int = 0
    odd: Counter[str] = field(default_factory=Counter)
    shortest: int = 0
    longest: int = 0
    _splits: dict[str, Counter[int]] = field(default_factory=dict)

    def add(self, text: str) -> None:
        self.count += 1
        self.odd.update(oddities(text))
        length = len(text.strip(OUTER))
        self.shortest = min(self.shortest, length) if self.count > 1 else length
        self.longest = max(self.longest, length)
        first = text.strip(OUTER)
        for separator in SEPARATORS:
            if (parts := first.count(separator)) and "" not in first.split(separator):
                self._splits.setdefault(separator, Counter())[parts + 1] += 1

    def proposed(self) -> tuple[str, int, float] | None:
        """The separator that nearly all codes agree about, into how many fields, and what share of them does."""
        found = [
            (separator, fields, agreeing / self.count)
            for separator in SEPARATORS
            for fields, agreeing in self._splits.get(separator, Counter()).most_common(1)
            if agreeing / self.count >= AGREEING
        ]
        return found[0] if found else None
