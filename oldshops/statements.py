"""An export taken apart into statements, and whether it is whole. Nothing of it is run here."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from oldshops.refused import BadExport

CHUNK = 1 << 20  # characters
LONGEST = 1 << 29  # of one statement
ENDS = 8192  # characters at both ends that say how it was made
AGAIN = "Export it anew, and copy it whole."

STATEMENT = re.compile(
    r"""(?:[^'"`;/\-\#]++|'(?:[^'\\]++|\\.|'')*+'|"(?:[^"\\]++|\\.|"")*+"|`[^`]*+`"""
    r"""|/\*.*?\*/|--[ \t][^\n]*+\n|--\n|\#[^\n]*+\n|/(?!\*)|-)*+;""",
    re.DOTALL,
)
COMMENTS = re.compile(r"(?:\s++|/\*(?![!]).*?\*/|--[ \t][^\n]*+(?:\n|$)|--(?:\n|$)|\#[^\n]*+(?:\n|$))*+", re.DOTALL)

DELIMITER = re.compile(r"^DELIMITER\s", re.MULTILINE | re.IGNORECASE)

# How each program begins, and how it ends. What has the one and not the other was cut.
PAIRS = (
    (r"^-- (?:MySQL|MariaDB) dump", r"^-- Dump completed"),
    (r"SET @OLD_CHARACTER_SET_CLIENT\s*=", r"SET CHARACTER_SET_CLIENT\s*=\s*@OLD_CHARACTER_SET_CLIENT"),
    (r"^START TRANSACTION;", r"^COMMIT;"),
    (r"^SET FOREIGN_KEY_CHECKS\s*=\s*0;", r"^SET FOREIGN_KEY_CHECKS\s*=\s*1;"),
)
NAMES = (r"^-- Host: .*Database: (\S+)", r"^-- Database: `([^`]+)`", r"Source Schema\s*: (\S+)")
ZONE = re.compile(r"""SET (?:SESSION )?TIME_ZONE\s*=\s*['"]([^'"]+)['"]""", re.IGNORECASE)


@dataclass
class Export:
    """A file being read. `head` is there from the beginning, the rest is known when all was read."""

    path: Path
    head: str = ""
    tail: str = ""

    def statements(self) -> Iterator[str]:
        """One after the other, without comments before them. Raises BadExport if the file is cut, or no text."""
        try:
            with self._open() as file:
                yield from self._split(file)
        except UnicodeDecodeError:
            raise BadExport("it is not in UTF-8", "Export it with --default-character-set=utf8mb4.") from None
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise BadExport("it is cut in the middle, or damaged", AGAIN) from None
        except OSError as failed:
            raise BadExport(f"it can't be read ({failed.strerror})", "Check the file and who may read it.") from None
        self._see_the_end()

    @property
    def zone(self) -> str | None:
        """What the file says about the zone of its times; nothing, when it was made with --skip-tz-utc."""
        return found.group(1) if (found := ZONE.search(self.head)) else None

    @property
    def name(self) -> str:
        """Of the database, so that a later export of the same shop is known to be of it."""
        found = [match.group(1) for pattern in NAMES if (match := re.search(pattern, self.head, re.MULTILINE))]
        return found[0] if found else self.path.name.removesuffix(".gz").removesuffix(".sql")

    def _open(self) -> TextIO:
        with self.path.open("rb") as looked_at:
            packed = looked_at.read(2) == b"\x1f\x8b"
        if packed:
            return gzip.open(self.path, "rt", encoding="utf-8-sig", newline="")
        return self.path.open(encoding="utf-8-sig", newline="")

    def _split(self, file: TextIO) -> Iterator[str]:
        held, size, within = "", CHUNK, False  # a trigger or the like, whose own statements are none of ours
        while read := file.read(size):
            self.head += read[: max(0, ENDS - len(self.head))]
            self.tail = (self.tail + read)[-ENDS:]
            held += read
            at = 0
            while found := STATEMENT.match(held, at):
                at = found.end()
                statement = bare(found.group())
                if DELIMITER.search(statement):
                    within = not within
                elif not within:
                    yield statement
            size = CHUNK if at else 2 * size  # a statement that is longer is not looked through again and again
            held = held[at:]
            if len(held) > LONGEST:
                raise BadExport("a statement in it has no end", AGAIN)
        if bare(held + "\n"):
            raise BadExport("it is cut in the middle: its last statement has no end", AGAIN)

    def _see_the_end(self) -> None:
        for begins, ends in PAIRS:
            if re.search(begins, self.head, re.MULTILINE) and not re.search(ends, self.tail, re.MULTILINE):
                raise BadExport("it is cut in the middle: what every export ends with is missing", AGAIN)


def bare(statement: str) -> str:
    """Without the comments before it; those that hold a statement for some versions stay."""
    found = COMMENTS.match(statement)
    return statement[found.end() :].strip() if found else statement.strip()
