"""The journal of what was handed over: a file that only grows, outside the database, so that no restore takes it back.

A line is a grant, its unit, the code's fingerprint and the moment. It is on the disk before the code leaves. Keep
copies of it elsewhere: whoever restores a backup reconciles the shop with it.
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

from core.handed import Handed

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

    async def keep(self, handed: Sequence[Handed]) -> None:
        """They are on the disk when it returns. Raises OSError."""
        new = [one for one in handed if (one.grant, one.fingerprint) not in self._written]
        if new:
            await asyncio.to_thread(self._add, new)

    def close(self) -> None:
        with self._alone:
            if self._file is not None:
                os.close(self._file)
                self._file = None

    def _add(self, new: Sequence[Handed]) -> None:
        text = "".join(f"{one.grant} {one.unit} {one.fingerprint.hex()} {one.at.isoformat()}\n" for one in new)
        with self._alone:
            file = self._opened()
            left = memoryview(text.encode())
            while left:  # a signal, or a disk that is almost full, may cut a write short
                left = left[os.write(file, left) :]
            os.fsync(file)
            self._written.update(dict.fromkeys((one.grant, one.fingerprint) for one in new))
            while len(self._written) > REMEMBERED:
                self._written.popitem(last=False)

    def _opened(self) -> int:
        """A line that was cut off when the machine went down gets its end, or it would spoil the next."""
        if self._file is None:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            size = os.fstat(file).st_size
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
                elif line.strip():
                    unreadable.lines += 1


def _handed(line: str) -> Handed | None:
    try:
        grant, unit, fingerprint, at = line.split()
        made = Handed(int(grant), int(unit), bytes.fromhex(fingerprint), datetime.fromisoformat(at))
    except ValueError:
        return None
    return made if len(made.fingerprint) == 32 and made.at.tzinfo and line.endswith("\n") else None
