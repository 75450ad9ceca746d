"""The journal's copies: what was added to it, in numbered pieces, so that no copy is ever written over.

A piece is called journal/STREAM-GENERATION/FROM-TO-DIGEST. A stream is a journal, known by its first line; it has
another generation when what lies there can't be the beginning of the journal that is here.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog

from core.ground.errors import PartyError
from mika.backup_places import Place, There

UNDER = "journal/"
NAMED = re.compile(r"journal/([0-9a-f]{16}-[0-9]{3})/([0-9]{15})-([0-9]{15})-([0-9a-f]{16})")
MANY = 100  # pieces that are put together into one
PIECE = 1 << 20

log = structlog.get_logger()


@dataclass(frozen=True)
class Piece:
    stream: str
    begin: int
    end: int
    digest: str

    @property
    def name(self) -> str:
        return f"{UNDER}{self.stream}/{self.begin:015}-{self.end:015}-{self.digest}"


def copied(journal: Path, place: Place) -> int:
    """Copy what is new of the journal; returns how many bytes. Blocking. Raises PartyError."""
    try:
        size = _whole_lines(journal)
        if not size:
            return 0
        stream, there = _stream(journal, size, pieces(place))
        begin = max((one.end for one in there), default=0)
        if begin < size:
            _put(place, journal, stream, begin, size)
        if len(there) >= MANY:
            _put_together(place, journal, stream, there, size)
    except FileNotFoundError:
        return 0  # nothing was handed over yet
    except OSError as error:
        raise PartyError(f"{journal}: {error.strerror}") from None
    return size - begin


def fetched(place: Place) -> Iterator[bytes]:
    """Every journal that lies there, one after the other. Raises PartyError, for what is missing too."""
    ends: dict[str, int] = {}
    for one in pieces(place):
        had = ends.get(one.stream, 0)
        if one.begin > had:
            raise PartyError(f"{place.shown}/{UNDER}{one.stream} lacks its bytes from {had:,} to {one.begin:,}")
        if one.end > had:  # what is twice there was put together
            content = b"".join(place.get(one.name))
            if hashlib.sha256(content).hexdigest()[:16] != one.digest:
                raise PartyError(f"{place.shown}/{one.name} is damaged")
            yield content
            ends[one.stream] = one.end


def pieces(place: Place) -> list[Piece]:
    """By stream, then from the beginning, the longest first of those that begin alike."""
    found = [made for one in place.files(UNDER) if (made := _piece(one))]
    return sorted(found, key=lambda one: (one.stream, one.begin, -one.end))


def _piece(there: There) -> Piece | None:
    said = NAMED.fullmatch(there.name)
    return Piece(said[1], int(said[2]), int(said[3]), said[4]) if said else None


def _stream(journal: Path, size: int, there: list[Piece]) -> tuple[str, list[Piece]]:
    """The first generation of this journal's stream whose last piece it has too."""
    with journal.open("rb") as file:
        known_by = hashlib.sha256(file.readline()).hexdigest()[:16]
    for generation in range(1000):
        stream = f"{known_by}-{generation:03}"
        its = [one for one in there if one.stream == stream]
        last = max(its, key=lambda one: one.end, default=None)
        if last is None or (last.end <= size and _digest(journal, last.begin, last.end) == last.digest):
            return stream, its
    raise PartyError(f"{journal} has begun anew a thousand times")


def _put_together(place: Place, journal: Path, stream: str, there: list[Piece], size: int) -> None:
    """One piece in place of many. It is there before they go; while older ones can't be removed no other is made."""
    whole = max((one.end for one in there if not one.begin and _holds_another(one, there)), default=0)
    if not whole:
        _put(place, journal, stream, 0, whole := size)
    try:
        for one in there:
            if one.end <= whole and (one.begin, one.end) != (0, whole):
                place.remove(one.name)
    except PartyError as error:
        log.warning("pieces of the journal that were put together could not be removed", why=str(error))


def _holds_another(one: Piece, there: list[Piece]) -> bool:
    return any(one.begin <= other.begin and other.end < one.end for other in there)


def _put(place: Place, journal: Path, stream: str, begin: int, end: int) -> None:
    piece = Piece(stream, begin, end, _digest(journal, begin, end))
    try:
        if not _is_there(place, piece):
            place.put(piece.name, _read(journal, begin, end))
    except PartyError:
        if not _is_there(place, piece):  # another process was as quick
            raise


def _is_there(place: Place, piece: Piece) -> bool:
    return any(one.name == piece.name for one in place.files(piece.name))


def _digest(journal: Path, begin: int, end: int) -> str:
    digest = hashlib.sha256()
    for some in _read(journal, begin, end):
        digest.update(some)
    return digest.hexdigest()[:16]


def _read(journal: Path, begin: int, end: int) -> Iterator[bytes]:
    with journal.open("rb") as file:
        file.seek(begin)
        while begin < end and (some := file.read(min(PIECE, end - begin))):
            begin += len(some)
            yield some


def _whole_lines(journal: Path) -> int:
    """How long it is up to its last line that is whole: another is being written this moment."""
    with journal.open("rb") as file:
        size = file.seek(0, 2)
        while size:
            begin = max(0, size - 4096)
            file.seek(begin)
            at = file.read(size - begin).rfind(b"\n")
            if at >= 0:
                return begin + at + 1
            size = begin
    return 0
