"""The lines of a rehearsal: as they are read at a terminal, and as what they are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

Who = Literal["buyer", "shop", "staff", "else", "time"]
WHOSE: Mapping[Who, str] = {
    "buyer": "Buyer: ",
    "shop": "Shop:  ",
    "staff": "Staff: ",
    "else": "Somebody else: ",
    "time": "--- ",
}
DOES: Mapping[str, tuple[Who, str]] = {  # what happens without a word, as rehearsals.DOES names it
    "pays": ("buyer", "pays"),
    "pays-open-page": ("buyer", "pays on the page that is still open"),
    "blocks": ("buyer", "blocks the bot"),
    "comes-back": ("buyer", "comes back"),
    "approves": ("staff", "approves"),
    "releases": ("staff", "lets it go out now"),
    "by-hand": ("staff", "does it by hand"),
    "other-buys": ("else", "buys the last one"),
    "later": ("time", "{n} minutes later ---"),
}


class Line(str):
    """A line of a conversation. `parts` is what it says without the words of the terminal: no codes are in it."""

    parts: Mapping[str, Any]

    @classmethod
    def said(cls, who: Who, text: str) -> Line:
        """Several lines, where the text has several."""
        made = cls(f"{WHOSE[who]}{text}".replace("\n", "\n       "))
        made.parts = {"who": who, "text": text}
        return made

    @classmethod
    def done(cls, does: str, n: int = 0) -> Line:
        """Something of DOES that happened."""
        who, text = DOES[does]
        made = cls(WHOSE[who] + text.format(n=n))
        made.parts = {"does": does, "n": n}
        return made


def parts(line: str) -> Mapping[str, Any] | None:
    """What a line is made of; None for what is no part of the conversation."""
    return line.parts if isinstance(line, Line) else None
