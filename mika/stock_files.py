"""Files of stock: text, CSV or Excel, read line by line with care; each becomes a code, or a reason why not."""

from __future__ import annotations

import csv
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from core import pasted
from core.pasted import PastedCode

MOST_BYTES = 64 * 1024 * 1024
MOST_UNPACKED = 256 * 1024 * 1024  # of a workbook, which is a zip: a small one may hold a huge one
MOST_PARTS = 2_000
MOST_LINES = 1_000_000
MOST_CELLS = 8 * MOST_LINES
LONGEST_LINE = 4_000  # characters
CELL = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]{0,3})([0-9]{1,7})")
EXACT = 10**15  # from here on a spreadsheet's number has lost digits

REASONS: dict[str, tuple[int, str]] = {  # code: (exit status, sentence)
    "F001": (66, "There is no file {path}."),
    "F002": (66, "{path} is no file: {what}."),
    "F003": (66, "{path} can't be read: {what}."),
    "F004": (65, "{path} has no codes in it."),
    "F005": (65, "{path} is not one of .txt, .csv, .xlsx."),
    "F006": (65, "{path} is too big: {what}."),
    "F007": (65, "{path} is not what its name says: {what}."),
    "F008": (65, "{path} is not UTF-8 text (near line {line}). Save it as UTF-8 and try again."),
    "F009": (65, "{path} can't be opened as a workbook: {what}."),
    "F010": (65, "{path} can't be a product's picture: {what}."),
}
HEADINGS = {
    *("code", "codes", "card", "cardcode", "cardnumber", "number", "no", "serial", "serialnumber", "pin", "password"),
    *("key", "extra", "expiry", "expires", "expireson", "expiration", "expirydate", "validuntil", "date"),
    *("卡密", "卡号", "密码", "兑换码", "激活码", "有效期", "序列号", "код", "номер", "пин", "срок", "срокдействия"),
}


class BadFile(Exception):
    """The file as a whole can't be taken. Its text holds nothing of what is in it."""

    def __init__(self, code: str, **facts: object) -> None:
        self.code = code
        self.status, sentence = REASONS[code]
        super().__init__(f"{code} {sentence.format(**facts)}")


@dataclass(frozen=True)
class Line:
    """A line of the file, by its number from 1: a code, or why it is none; neither for a blank line or a heading."""

    number: int
    code: PastedCode | None = None
    why: str | None = None


def read(path: Path) -> Iterator[Line]:
    """Every line of the file, in order. Raises BadFile, which may be while reading."""
    _look_at(path)
    kind = path.suffix.lower()
    if kind == ".xlsx":
        lines = _of_rows(_cells(path))
    elif kind in (".txt", ".csv"):
        text = _text(path)
        lines = _of_csv(text) if kind == ".csv" else _of_text(text)
    else:
        raise BadFile("F005", path=path)
    try:
        for line in lines:
            if line.number > MOST_LINES:
                raise BadFile("F006", path=path, what=f"more than {MOST_LINES:,} lines")
            yield line
    except csv.Error as error:
        raise BadFile("F007", path=path, what=f"as CSV it makes no sense ({error})") from None


def look_for(path: Path) -> int:
    """Its size in bytes. Raises BadFile for what is missing, no file, or not for us to read."""
    try:
        if path.is_dir():
            raise BadFile("F002", path=path, what="it is a folder")
        if not path.exists():
            raise BadFile("F001", path=path)
        if not path.is_file():
            raise BadFile("F002", path=path, what="it is a device, a pipe or a socket")
        size = path.stat().st_size
        with path.open("rb"):
            pass
    except OSError as error:
        raise BadFile("F003", path=path, what=error.strerror or type(error).__name__) from None
    return size


def _look_at(path: Path) -> None:
    """Raises BadFile for what is missing, no file, empty or too big."""
    size = look_for(path)
    if size == 0:
        raise BadFile("F004", path=path)
    if size > MOST_BYTES:
        raise BadFile("F006", path=path, what=f"{size:,} bytes, and {MOST_BYTES:,} at most")


# Text


def _text(path: Path) -> Iterator[str]:
    """Its lines, without line ends. UTF-8 with or without a mark, or UTF-16 with one, as spreadsheets save it."""
    with path.open("rb") as raw:
        begins = raw.read(4)
    if begins.startswith(b"PK\x03\x04"):
        raise BadFile("F007", path=path, what="it is a zip or a workbook")
    encoding = "utf-16" if begins[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    number = 0
    with path.open(encoding=encoding, newline=None) as file:
        try:
            while line := file.readline(LONGEST_LINE + 1):
                number += 1
                if len(line) > LONGEST_LINE:
                    raise BadFile("F007", path=path, what=f"line {number} is longer than any code")
                if "\x00" in line:
                    raise BadFile("F007", path=path, what=f"there is binary data on line {number}")
                yield line.rstrip("\n")
        except UnicodeError:
            raise BadFile("F008", path=path, line=number + 1) from None


def _of_text(lines: Iterable[str]) -> Iterator[Line]:
    for number, line in enumerate(lines, 1):
        tidy = line.strip()
        if not tidy or (number == 1 and is_heading(pasted.APART.split(tidy))):
            yield Line(number)
        elif code := pasted.read_line(tidy):
            yield Line(number, code)
        else:
            yield Line(number, why=why_not(pasted.APART.split(tidy), tidy))


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
    if len(values) == 1:
        return pasted.read_line(text)  # "number----pin" in one cell
    return None if hidden(text) else pasted.of_fields(values)


def _value(cell: Any) -> str:
    """A cell as text. Raises ValueError for a number that is not what was typed any more."""
    match cell:
        case bool():
            raise ValueError("a cell holds TRUE or FALSE")
        case float() if not cell.is_integer() or abs(cell) >= EXACT:
            raise ValueError("a cell holds a number whose digits were rounded; format the column as text")
        case float() | int():
            return str(int(cell))
        case datetime() | date():
            return f"{cell:%Y-%m-%d}"
    return str(cell).strip()


def _cells(path: Path) -> Iterator[tuple[int, Sequence[Any]]]:
    """The rows of the first sheet, numbered as the spreadsheet numbers them."""
    _unpacks_to_little(path)
    try:
        book = CalamineWorkbook.from_path(str(path))
        sheet = book.get_sheet_by_index(0)
        first = (sheet.start or (0, 0))[0] + 1
        yield from enumerate(sheet.iter_rows(), first)
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise BadFile("F009", path=path, what=type(error).__name__) from None


def _unpacks_to_little(path: Path) -> None:
    """Really unpacks it, because what a zip says about its size need not be true. Raises BadFile."""
    total = 0
    try:
        with zipfile.ZipFile(path) as packed:
            if len(packed.infolist()) > MOST_PARTS:
                raise BadFile("F006", path=path, what=f"it has more than {MOST_PARTS:,} parts")
            for part in packed.infolist():
                corner = Corner(path, part.filename)
                with packed.open(part) as content:
                    while piece := content.read(1 << 20):
                        total += len(piece)
                        if total > MOST_UNPACKED:
                            raise BadFile("F006", path=path, what=f"it unpacks to more than {MOST_UNPACKED:,} bytes")
                        corner.see(piece)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError):
        raise BadFile("F007", path=path, what="it is no Excel workbook, or a damaged or locked one") from None


class Corner:
    """The last row and column a sheet names: one cell far out makes a reader set aside every cell before it."""

    def __init__(self, path: Path, part: str) -> None:
        self._path = path
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
            raise BadFile("F006", path=self._path, what=f"its cells reach to row {self._rows:,}, far to the right")


# What a line is


def is_heading(values: Sequence[str]) -> bool:
    """Whether a first line names columns."""
    tidy = ["".join(char for char in value.casefold() if char.isalnum()) for value in values if value.strip()]
    return bool(tidy) and all(value in HEADINGS for value in tidy)


def why_not(values: Sequence[str], line: str) -> str:
    """In words why a line is no code."""
    values = [value.strip() for value in values]
    if hidden(line):
        return "it has invisible characters"
    if any(len(value) > pasted.LONGEST for value in values):
        return f"a field is longer than {pasted.LONGEST} characters"
    if not all(values):
        return "a field is empty"
    if all(pasted.DATE.fullmatch(value) for value in values):
        return "it is a date and no code"
    if pasted.DATE.fullmatch(values[-1]) and len(values) <= len(pasted.LABELS) + 1:
        return "there is no such date" if len(values) > 1 else "it is a date and no code"
    return f"it has more than {len(pasted.LABELS)} fields"


def hidden(line: str) -> bool:
    """Whether it has characters that no code is printed with and no eye sees."""
    return any(unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs") and char != "\t" for char in line)
