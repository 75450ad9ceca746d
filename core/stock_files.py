"""Files of stock: text, CSV or Excel, read line by line with care; each becomes a code, or a reason why not.

Pure but for reading the file it is handed, which may lie in memory.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from typing import Any, BinaryIO

from python_calamine import CalamineError, CalamineWorkbook

from core import pasted
from core.pasted import PastedCode

KINDS = ("txt", "csv", "xlsx")
MOST_UNPACKED = 256 * 1024 * 1024  # of a workbook, which is a zip: a small one may hold a huge one
MOST_PARTS = 2_000
MOST_LINES = 1_000_000
MOST_CELLS = 8 * MOST_LINES
LONGEST_LINE = 4_000  # characters
CELL = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]{0,3})([0-9]{1,7})")
EXACT = 10**15  # from here on a spreadsheet's number has lost digits
UNREADABLE = "\ufffd"  # stands for bytes that are in another encoding

# Why a file can't be taken as a whole, and why a line is no code. People are told by sentences: stock-file-KEY and
# stock-line-KEY of locales/, and English ones on the command line.
FILE_WHYS = ("empty", "kind", "lines", "unpacked", "parts", "corner", "zip", "csv", "workbook", "damaged")
LINE_WHYS = (
    *("binary", "encoding", "endless", "hidden", "long", "gap", "date", "no-date", "fields", "truth", "rounded"),
)
HEADINGS = {
    *("code", "codes", "card", "cardcode", "cardnumber", "number", "no", "serial", "serialnumber", "pin", "password"),
    *("key", "extra", "expiry", "expires", "expireson", "expiration", "expirydate", "validuntil", "date"),
    *("卡密", "卡号", "密码", "兑换码", "激活码", "有效期", "序列号", "код", "номер", "пин", "срок", "срокдействия"),
}


class BadFile(Exception):
    """The file as a whole can't be taken. Nothing of what is in it is told. `why` is one of FILE_WHYS."""

    def __init__(self, why: str, **facts: int | str) -> None:
        self.why = why
        self.facts = facts
        super().__init__(why)


@dataclass(frozen=True)
class Line:
    """A line of the file, by its number from 1: a code, or why it is none; neither for a blank line or a heading."""

    number: int
    code: PastedCode | None = None
    why: str | None = None  # one of LINE_WHYS


def kind_of(name: str) -> str | None:
    """What a file is by the end of its name, if it is one we read."""
    _, dot, end = name.rpartition(".")
    return end.lower() if dot and end.lower() in KINDS else None


def read(file: BinaryIO, name: str) -> Iterator[Line]:
    """Every line of a file that can be gone back in, in order. Raises BadFile, which may be while reading."""
    kind = kind_of(name)
    if kind is None:
        raise BadFile("kind")
    if not file.read(1):
        raise BadFile("empty")
    file.seek(0)
    if kind == "xlsx":
        lines = _of_rows(_cells(file))
    else:
        lines = _of_csv(_text(file)) if kind == "csv" else _of_text(_text(file))
    try:
        for line in lines:
            if line.number > MOST_LINES:
                raise BadFile("lines", most=MOST_LINES)
            yield line
    except csv.Error:
        raise BadFile("csv") from None


# Text


def _text(file: BinaryIO) -> Iterator[str]:
    """Its lines, without line ends. UTF-8 with or without a mark, or UTF-16 with one, as spreadsheets save it.

    What is in another encoding has UNREADABLE in it. Only a heading may be in GBK, as Chinese spreadsheets save it:
    codes are never guessed.
    """
    begins = file.read(4)
    if begins.startswith(b"PK\x03\x04"):
        raise BadFile("zip")
    file.seek(0)
    wide = begins[:2] in (b"\xff\xfe", b"\xfe\xff")
    heading = not wide and _is_gbk_heading(file.readline(LONGEST_LINE))
    file.seek(0)
    text = io.TextIOWrapper(file, "utf-16" if wide else "utf-8-sig", errors="replace", newline=None)
    try:
        while line := text.readline(LONGEST_LINE + 1):
            if len(line) > LONGEST_LINE and not line.endswith("\n"):
                _skip(text)
            yield "" if heading else line.rstrip("\n")
            heading = False
    finally:
        if not file.closed:
            text.detach()


def _is_gbk_heading(line: bytes) -> bool:
    try:
        return not line.isascii() and is_heading(pasted.APART.split(line.decode("gb18030").strip()))
    except UnicodeDecodeError:
        return False


def _skip(text: io.TextIOWrapper) -> None:
    """To the end of a line that is longer than any code."""
    while (more := text.readline(LONGEST_LINE)) and not more.endswith("\n"):
        pass


def _of_text(lines: Iterable[str]) -> Iterator[Line]:
    for number, line in enumerate(lines, 1):
        yield line_of(line, number)


def line_of(line: str, number: int) -> Line:
    """What a line of text is."""
    tidy = line.lstrip("\ufeff").strip()
    if not tidy or (number == 1 and is_heading(pasted.APART.split(tidy))):
        return Line(number)
    if UNREADABLE not in tidy and len(tidy) <= LONGEST_LINE and (code := pasted.read_line(tidy)):
        return Line(number, code)
    return Line(number, why=why_not(pasted.APART.split(tidy), tidy))


# Tables


def _of_csv(lines: Iterator[str]) -> Iterator[Line]:
    reader = csv.reader(lines)
    return _of_rows((reader.line_num, row) for row in reader)


def _of_rows(rows: Iterable[tuple[int, Sequence[Any]]]) -> Iterator[Line]:
    for place, (number, cells) in enumerate(rows):
        try:
            values = [_value(cell) for cell in cells]
        except ValueError as error:
            yield Line(number, why=str(error))
            continue
        while values and not values[-1]:
            values.pop()
        text = "\t".join(values)
        if not values or (place == 0 and is_heading(values)):
            yield Line(number)
        elif code := _of_cells(values, text):
            yield Line(number, code)
        else:
            yield Line(number, why=why_not(values, text))


def _of_cells(values: list[str], text: str) -> PastedCode | None:
    if UNREADABLE in text:
        return None
    if len(values) == 1:
        return pasted.read_line(text)  # "number----pin" in one cell
    return None if hidden(text) else pasted.of_fields(values)


def _value(cell: Any) -> str:
    """A cell as text. Raises ValueError, with one of LINE_WHYS, for what is not what was typed any more."""
    match cell:
        case bool():
            raise ValueError("truth")
        case float() if not cell.is_integer() or abs(cell) >= EXACT:
            raise ValueError("rounded")
        case float() | int():
            return str(int(cell))
        case datetime() | date():
            return f"{cell:%Y-%m-%d}"
    return str(cell).strip()


def _cells(file: BinaryIO) -> Iterator[tuple[int, Sequence[Any]]]:
    """The rows of the first sheet, numbered as the spreadsheet numbers them."""
    _unpacks_to_little(file)
    file.seek(0)
    try:
        book = CalamineWorkbook.from_filelike(file)
        sheet = book.get_sheet_by_index(0)
        first = (sheet.start or (0, 0))[0] + 1
        yield from enumerate(sheet.iter_rows(), first)
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise BadFile("workbook", what=type(error).__name__) from None


def _unpacks_to_little(file: BinaryIO) -> None:
    """Really unpacks it, because what a zip says about its size need not be true. Raises BadFile."""
    total = 0
    try:
        with zipfile.ZipFile(file) as packed:
            if len(packed.infolist()) > MOST_PARTS:
                raise BadFile("parts", most=MOST_PARTS)
            for part in packed.infolist():
                corner = Corner(part.filename)
                with packed.open(part) as content:
                    while piece := content.read(1 << 20):
                        total += len(piece)
                        if total > MOST_UNPACKED:
                            raise BadFile("unpacked", most=MOST_UNPACKED)
                        corner.see(piece)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError):
        raise BadFile("damaged") from None


class Corner:
    """The last row and column a sheet names: one cell far out makes a reader set aside every cell before it."""

    def __init__(self, part: str) -> None:
        self._is_sheet = part.startswith("xl/worksheets/")
        self._end = b""
        self._columns = self._rows = 1

    def see(self, piece: bytes) -> None:
        """Raises BadFile when there would be too many cells."""
        if not self._is_sheet:
            return
        for column, row in CELL.findall(self._end + piece):
            self._rows = max(self._rows, int(row))
            self._columns = max(self._columns, reduce(lambda so_far, char: so_far * 26 + char - 64, column.upper(), 0))
        self._end = piece[-64:]  # so that no cell's name is cut in two
        if self._rows * self._columns > MOST_CELLS:
            raise BadFile("corner", row=self._rows)


# What a line is


def is_heading(values: Sequence[str]) -> bool:
    """Whether a first line names columns."""
    tidy = ["".join(char for char in value.casefold() if char.isalnum()) for value in values if value.strip()]
    return bool(tidy) and all(value in HEADINGS for value in tidy)


def why_not(values: Sequence[str], line: str) -> str:
    """Why a line is no code: one of LINE_WHYS."""
    values = [value.strip() for value in values]
    if "\x00" in line:
        return "binary"
    if UNREADABLE in line:
        return "encoding"
    if len(line) > LONGEST_LINE:
        return "endless"
    if hidden(line):
        return "hidden"
    if any(len(value) > pasted.LONGEST for value in values):
        return "long"
    if not all(values):
        return "gap"
    if all(pasted.DATE.fullmatch(value) for value in values):
        return "date"
    if pasted.DATE.fullmatch(values[-1]) and len(values) <= len(pasted.LABELS) + 1:
        return "no-date" if len(values) > 1 else "date"
    return "fields"


def hidden(line: str) -> bool:
    """Whether it has characters that no code is printed with and no eye sees."""
    return any(unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs") and char != "\t" for char in line)
