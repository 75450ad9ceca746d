"""Reading stock as people paste it: one code a line, its fields apart by ----, |, tab or comma."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from core.ground.vault import Secret

APART = re.compile(r"-{2,}|[|\t,，;；]|\s{2,}")
DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
LABELS = {1: ("code",), 2: ("number", "pin"), 3: ("number", "pin", "extra")}
LONGEST = 300  # characters in a field


@dataclass(frozen=True)
class PastedCode:
    """One code: its labelled fields (code, or number and pin, ...) and, where told, until when it can be redeemed."""

    fields: tuple[tuple[str, Secret], ...]
    expires_on: date | None = None

    def normal(self) -> str:
        """The same text for the same code however it was pasted: what the duplicate check compares."""
        return "\n".join(unicodedata.normalize("NFKC", secret.reveal()).strip() for _, secret in self.fields)

    def mark(self) -> bytes:
        """Tells it apart from others while many are read; short, because all of them are remembered."""
        return hashlib.blake2b(self.normal().encode(), digest_size=12).digest()


@dataclass(frozen=True)
class Pasted:
    codes: tuple[PastedCode, ...]
    blank: int = 0
    repeated: int = 0  # the same code twice among these lines
    malformed: tuple[int, ...] = ()  # line numbers, from 1
    lines: tuple[int, ...] = field(default=())  # of each code, its line number


def read(lines: Iterable[str]) -> Pasted:
    """What the lines hold, in their order. Never raises: what can't be read is counted by its line number."""
    found: dict[str, tuple[int, PastedCode]] = {}
    blank, repeated, malformed = 0, 0, []
    for number, line in enumerate(lines, 1):
        tidy = line.lstrip("\ufeff").strip()
        if not tidy:
            blank += 1
            continue
        code = read_line(tidy)
        if code is None:
            malformed.append(number)
        elif code.normal() in found:
            repeated += 1
        else:
            found[code.normal()] = (number, code)
    return Pasted(
        tuple(code for _, code in found.values()),
        blank,
        repeated,
        tuple(malformed),
        tuple(number for number, _ in found.values()),
    )


def read_line(line: str) -> PastedCode | None:
    """One code, or None if the line can't be one: control characters, too long, too many fields, a date alone."""
    if any(unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs") and char != "\t" for char in line):
        return None
    return of_fields([part.strip() for part in APART.split(line)])


def of_fields(values: list[str]) -> PastedCode | None:
    """A code of its fields, the last of which may be a date of expiry. None if they can't be one."""
    expires_on = None
    if len(values) > 1 and (dated := DATE.fullmatch(values[-1])):
        try:
            expires_on = date(*map(int, dated.groups()))
        except ValueError:
            return None
        values = values[:-1]
    labels = LABELS.get(len(values))
    if labels is None or not all(value and len(value) <= LONGEST for value in values):
        return None
    if len(values) == 1 and DATE.fullmatch(values[0]):
        return None
    return PastedCode(tuple((label, Secret(value)) for label, value in zip(labels, values, strict=True)), expires_on)
