"""The vault's key on paper: lines of letters and digits that a person can copy, each with a check of its own.

A line is four groups of four characters and a fifth that checks them and the line's number, so a slip of the pen is
found where it is. The letters are those that nobody misreads; small ones, O for 0 and I or L for 1 are read as meant.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TextIO

from core.ground.ids import CROCKFORD
from core.ground.vault import KEY, KeyRing
from mika.refusals import Refusal

LINE = 10  # bytes, 16 characters
GROUP = 4  # characters
VERSION = 1
ENDS_WITH = 4  # bytes at least, that check all of it together
READ = str.maketrans("OIL", "011", "- \t.")
NUMBERED = re.compile(r"^\s*\d{1,3}[.:)]?\s+")


@dataclass(frozen=True)
class Group:
    """One group of the paper, to be typed back: where it is, and what it says."""

    line: int
    place: int
    text: str = field(repr=False)


def lines(ring: KeyRing) -> list[str]:
    """The whole ring, to be copied line by line: " 1  K7M2 94QF 03TB AC5D  W8X1"."""
    body = _packed(ring)
    pieces = [body[at : at + LINE] for at in range(0, len(body), LINE)]
    return [f"{number:>2}  {_line(number, piece)}" for number, piece in enumerate(pieces, 1)]


def read(text: str) -> KeyRing:
    """The ring that was copied; empty lines and those that begin with # are passed over. Raises Refusal S026."""
    rows = [row for row in text.splitlines() if row.strip() and not row.lstrip().startswith("#")]
    body = b"".join(_read_line(number, row) for number, row in enumerate(rows, 1))
    return _unpacked(body)


def typed(source: TextIO, say: Callable[[str], None]) -> KeyRing:
    """The copy as it is typed, each line looked at at once; or from a pipe. Raises Refusal S026."""
    if not source.isatty():
        return read(source.read())
    say("Type the copy line by line, as it stands on the paper; an empty line ends it.")
    rows: list[str] = []
    while row := input(f"{len(rows) + 1:>2}  ").strip():
        try:
            _read_line(len(rows) + 1, row)
            rows.append(row)
        except Refusal as slip:
            say(f"    {slip.happened} Type it again.")
    return read("\n".join(rows))


def asked_back(ring: KeyRing, many: int = 2) -> list[Group]:
    """So many groups of it, of different lines, as nobody can foretell: who has copied it finds them."""
    rows = [row.split()[1:-1] for row in lines(ring)]
    drawn = secrets.SystemRandom().sample(range(len(rows)), many)
    return [Group(line + 1, place + 1, rows[line][place]) for line in drawn for place in (secrets.randbelow(4),)]


def same(typed: str, group: Group) -> bool:
    return _tidy(typed) == group.text


def _packed(ring: KeyRing) -> bytes:
    parts = [bytes([VERSION, len(ring.keys)]), ring.current.to_bytes(2, "big")]
    parts += [key_id.to_bytes(2, "big") + key for key_id, key in sorted(ring.keys.items())]
    payload = b"".join(parts) + ring.pepper
    rest = ENDS_WITH + -(len(payload) + ENDS_WITH) % LINE
    return payload + hashlib.sha256(payload).digest()[:rest]


def _unpacked(body: bytes) -> KeyRing:
    if len(body) < LINE or body[0] != VERSION:
        raise Refusal("S026", what="its first line is no beginning of a key")
    keys_end = 4 + body[1] * (2 + KEY)
    payload, check = body[: keys_end + KEY], body[keys_end + KEY :]
    if len(check) < ENDS_WITH or len(check) >= ENDS_WITH + LINE:
        wanted = -(-(keys_end + KEY + ENDS_WITH) // LINE)
        raise Refusal("S026", what=f"it has {len(body) // LINE} lines, and there must be {wanted}")
    if hashlib.sha256(payload).digest()[: len(check)] != check:
        raise Refusal("S026", what="each line is right, but they are not lines of one key")
    keys = {
        int.from_bytes(payload[at : at + 2], "big"): payload[at + 2 : at + 2 + KEY]
        for at in range(4, keys_end, 2 + KEY)
    }
    return KeyRing(keys, int.from_bytes(payload[2:4], "big"), payload[keys_end:])


def _line(number: int, piece: bytes) -> str:
    text = _letters(piece)
    groups = [text[at : at + GROUP] for at in range(0, len(text), GROUP)]
    return f"{' '.join(groups)}  {_check(number, piece)}"


def _read_line(number: int, row: str) -> bytes:
    text = _tidy(NUMBERED.sub("", row) if len(_tidy(row)) > 20 else row)
    if len(text) != 20 or set(text) - set(CROCKFORD):
        raise Refusal("S026", what=f"line {number} is not five groups of four letters and digits")
    piece = _bytes(text[:16])
    if text[16:] != _check(number, piece):
        raise Refusal("S026", what=f"there is a slip in line {number}, or it is another line's place")
    return piece


def _check(number: int, piece: bytes) -> str:
    return _letters(hashlib.sha256(bytes([number]) + piece).digest()[:5])[:GROUP]


def _tidy(typed: str) -> str:
    return typed.upper().translate(READ)


def _letters(piece: bytes) -> str:
    """Five bits a letter; the bytes come in fives."""
    drawn, many = int.from_bytes(piece, "big"), len(piece) * 8 // 5
    return "".join(CROCKFORD[drawn >> shift & 31] for shift in range(5 * (many - 1), -1, -5))


def _bytes(text: str) -> bytes:
    drawn = 0
    for letter in text:
        drawn = drawn << 5 | CROCKFORD.index(letter)
    return drawn.to_bytes(len(text) * 5 // 8, "big")
