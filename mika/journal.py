"""The journal of what was handed over: a file that only grows, outside the database, so that no restore takes it back.

A line is a grant, its unit, the code's fingerprint, the moment and the order's number, which the oldest lines lack. It
is on the disk before the code leaves. Keep copies of it elsewhere: whoever restores a backup reconciles the shop with
it. Lines that begin with "mark" are the audit's: the end of its chain at that moment, so that an end that was cut off
shows (`mika audit verify`).
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.ground import owners
from core.ground.audit import Mark
from core.ground.ids import NUMBER
from core.handed import Handed

MARK = "mark"
REMEMBERED = 100_000  # lines this process has written and need not write again when codes are shown again


@dataclass
class Unreadable:
    """Counts lines that are none: at most one each time the machine went down while a line was written."""

    lines: int = 0


class HandedOver:
    """The file, as one process adds to it. Several may: each line is one write to its end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written: OrderedDict[tuple[int, bytes], None] = OrderedDict()
        self._file: int | None = None
        self._alone = threading.Lock()
        self._marked: Mark | None = None

    async def keep(self, handed: Sequence[Handed]) -> None:
        """They are on the disk when it returns. Raises OSError."""
        new = [one for one in handed if (one.grant, one.fingerprint) not in self._written]
        if new:
            await asyncio.to_thread(self._add, new)

    async def keep_mark(self, mark: Mark) -> None:
        """The end of the audit's chain, as it is now. Raises OSError."""
        if mark != self._marked:
            line = f"{MARK} {mark.link} {mark.digest.hex()} {mark.at.isoformat()}\n"
            await asyncio.to_thread(self._append, line)
            self._marked = mark

    def close(self) -> None:
        with self._alone:
            if self._file is not None:
                os.close(self._file)
                self._file = None

    def _add(self, new: Sequence[Handed]) -> None:
        self._append("".join(map(_line, new)))
        with self._alone:
            self._written.update(dict.fromkeys((one.grant, one.fingerprint) for one in new))
            while len(self._written) > REMEMBERED:
                self._written.popitem(last=False)

    def _append(self, text: str) -> None:
        with self._alone:
            file = self._opened()
            left = memoryview(text.encode())
            while left:  # a signal, or a disk that is almost full, may cut a write short
                left = left[os.write(file, left) :]
            os.fsync(file)

    def _opened(self) -> int:
        """A line that was cut off when the machine went down gets its end, or it would spoil the next."""
        if self._file is None:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            size = os.fstat(file).st_size
            if not size:
                owners.give(file, self._path.parent)
            if size and os.pread(file, 1, size - 1) != b"\n":
                os.write(file, b"\n")
            folder = os.open(self._path.parent, os.O_RDONLY)
            os.fsync(folder)
            os.close(folder)
            self._file = file
        return self._file


def read(paths: Iterable[Path], unreadable: Unreadable) -> Iterator[Handed]:
    """Every line of these journals. A file that is not there is an error; a line that is none is counted."""
    for path in paths:
        with path.open(errors="replace") as lines:
            for line in lines:
                if found := _handed(line):
                    yield found
                elif line.strip() and _mark(line) is None:
                    unreadable.lines += 1


def marks(paths: Iterable[Path]) -> Iterator[Mark]:
    """The audit's marks in these journals, in the order they were written."""
    for path in paths:
        with path.open(errors="replace") as lines:
            yield from (found for line in lines if (found := _mark(line)))


def _line(one: Handed) -> str:
    return f"{one.grant} {one.unit} {one.fingerprint.hex()} {one.at.isoformat()} {one.number}".rstrip() + "\n"


def _mark(line: str) -> Mark | None:
    try:
        kind, link, digest, at = line.split()
        made = Mark(int(link), bytes.fromhex(digest), datetime.fromisoformat(at))
    except ValueError:
        return None
    return made if kind == MARK and len(made.digest) == 32 and made.at.tzinfo and line.endswith("\n") else None


def _handed(line: str) -> Handed | None:
    try:
        grant, unit, fingerprint, at, *number = line.split()
        made = Handed(int(grant), int(unit), bytes.fromhex(fingerprint), datetime.fromisoformat(at), *number)
    except (ValueError, TypeError):  # not as many fields
        return None
    named = not made.number or NUMBER.fullmatch(made.number)  # or it was cut off in the middle
    return made if named and len(made.fingerprint) == 32 and made.at.tzinfo and line.endswith("\n") else None
