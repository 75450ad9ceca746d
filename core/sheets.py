"""Tables as files: Excel or CSV, read with care and written so that no cell is a formula."""

from __future__ import annotations

import csv
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO, StringIO
from typing import Any

from core.ground.errors import ShopError
from core.ground.messages import Words, words

LARGEST = 5 * 1024 * 1024  # bytes
UNPACKED = 64 * 1024 * 1024  # of a workbook, which is a zip: a small one may hold a huge one
MOST_PARTS = 500
MOST_ROWS, MOST_COLUMNS = 5_000, 100
FARTHEST = 1_000_000  # cells a workbook may reach over: one far out makes a reader set aside every cell before it
EXACT = 10**15  # from here on a spreadsheet's number has lost digits
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet may take for one; OWASP's list
SAFE = "'"
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


class NoSheet(ShopError):
    """The file is no table of ours. Facts: why, in words."""


@dataclass(frozen=True)
class Sheet:
    """The heading, and the rows with their numbers as the spreadsheet counts them."""

    heading: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def read(content: bytes) -> Sheet:
    """A workbook's first sheet, or CSV in UTF-8, UTF-16 or GB 18030, told apart by what is in it. Raises NoSheet."""
    if len(content) > LARGEST:
        raise NoSheet(why=words("sheet-large", most=LARGEST // 2**20))
    rows = _of_book(content) if content.startswith(b"PK\x03\x04") else _of_text(_decoded(content))
    return of_rows(rows)


def of_rows(rows: Iterable[tuple[int, Sequence[str]]]) -> Sheet:
    """Raises NoSheet where there are too many rows, or none."""
    kept = [(number, tuple(map(_bare, cells))) for number, cells in rows if any(cell.strip() for cell in cells)]
    if len(kept) < 2:
        raise NoSheet(why=words("sheet-empty"))
    if len(kept) > MOST_ROWS or max(len(cells) for _, cells in kept) > MOST_COLUMNS:
        raise NoSheet(why=words("sheet-rows", n=MOST_ROWS))
    heading = tuple(" ".join(cell.split()) for cell in kept[0][1])
    return Sheet(heading, tuple(kept[1:]))


def read_text(text: str) -> Sheet:
    """A table that was pasted: CSV, or as a spreadsheet copies it, with tabs. Raises NoSheet."""
    return of_rows(_of_text(text))


def _decoded(content: bytes) -> str:
    """Excel in Chinese saves CSV as GB 18030, in other languages as UTF-8 or UTF-16."""
    encodings = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeError:
            continue
    raise NoSheet(why=words("sheet-encoding"))


def _of_text(text: str) -> list[tuple[int, list[str]]]:
    if "\x00" in text or "\x1a" in text:
        raise NoSheet(why=words("sheet-kind"))
    first = text.lstrip("\ufeff \r\n").partition("\n")[0]
    apart = max(",;\t", key=first.count)
    reader = csv.reader(StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=apart)
    try:
        return [(reader.line_num, row) for row in reader]
    except csv.Error:
        raise NoSheet(why=words("sheet-kind")) from None


def _of_book(content: bytes) -> list[tuple[int, list[str]]]:
    from python_calamine import CalamineError, CalamineWorkbook  # on first use: nobody else needs it

    _unpacks_to_little(content)
    try:
        sheet = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0)
        first, last = sheet.start or (0, 0), sheet.end or (0, 0)
        if (last[0] + 1) * (last[1] + 1) > FARTHEST:
            raise NoSheet(why=words("sheet-rows", n=MOST_ROWS))
        rows = list(enumerate(sheet.iter_rows(), first[0] + 1))
    except (CalamineError, OSError, ValueError, IndexError):
        raise NoSheet(why=words("sheet-kind")) from None
    return [(number, [_text(cell) for cell in cells]) for number, cells in rows]


def _unpacks_to_little(content: bytes) -> None:
    """Really unpacks it, because what a zip says about its size need not be true. Raises NoSheet."""
    total = 0
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            if len(packed.infolist()) > MOST_PARTS:
                raise NoSheet(why=words("sheet-large", most=LARGEST // 2**20))
            for part in packed.infolist():
                with packed.open(part) as file:
                    while piece := file.read(1 << 20):
                        total += len(piece)
                        if total > UNPACKED:
                            raise NoSheet(why=words("sheet-large", most=LARGEST // 2**20))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError):
        raise NoSheet(why=words("sheet-kind")) from None


def _text(cell: Any) -> str:
    match cell:
        case bool():
            return "on" if cell else "off"
        case float() if cell.is_integer() and abs(cell) < EXACT:
            return str(int(cell))
        case datetime() | date():
            return cell.isoformat()
    return str(cell)


def _bare(cell: str) -> str:
    """Without what kept it from being a formula."""
    text = cell.strip()
    return text[1:] if text.startswith(SAFE) and text.lstrip(SAFE).startswith(FORMULA) else text


def why(refusal: NoSheet) -> Words:
    return refusal.facts["why"]


# Writing


def written(kind: str, heading: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """The file, as its kind (of TYPES) has it."""
    return _book(heading, rows) if kind == "xlsx" else _csv(heading, rows)


def _csv(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """With a mark at its beginning, without which Excel takes it for another encoding."""
    made = StringIO(newline="")
    writer = csv.writer(made)
    writer.writerow(heading)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return made.getvalue().encode("utf-8-sig")


def harmless(cell: str) -> str:
    """The text as a cell that is no formula; who reads it takes the mark off again, however many it had of its own."""
    return f"{SAFE}{cell}" if cell.lstrip(SAFE).startswith(FORMULA) else cell


def _book(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    import xlsxwriter  # on first use

    made = BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        as_text, bold = book.add_format({"num_format": "@", "text_wrap": True}), book.add_format({"bold": True})
        sheet.freeze_panes(1, 1)
        for column, name in enumerate(heading):
            sheet.set_column(column, column, max(12, min(len(name) + 4, 30)), as_text)
            sheet.write_string(0, column, name, bold)
        for number, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell, as_text)  # never a formula, a number or a link
    return made.getvalue()
