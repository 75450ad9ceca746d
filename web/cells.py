"""Rows as files that spreadsheets open: CSV and XLSX, in which nothing that somebody wrote is ever a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from core.tables import Cell, Row

MARK = "\ufeff"  # by which Excel knows that it is UTF-8
# What begins a formula, at the start of a cell or after what some program takes for the start of another: OWASP's list,
# with the wide forms that East Asian input methods type.
BEGINS = re.compile(r"(^|[,;|\t\r\n\"'])(\s*)(?=[=+\-@＝＋－＠])")
EXACT = 15  # digits of a number that a sheet keeps
MOST_ROWS = 1_048_576  # of a sheet, its head included


def harmless(text: str) -> str:
    """The text with a ' before whatever a spreadsheet would take for a formula, on one line."""
    return BEGINS.sub(r"\1\2'", " ".join(text.replace("\0", "").split()))


def as_csv(rows: Iterable[Row]) -> bytes:
    """Lines with every cell quoted. The file begins with MARK."""
    written = io.StringIO()
    lines = csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    lines.writerows([_plain(cell) for cell in row] for row in rows)
    return written.getvalue().encode()


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    return harmless(cell) if isinstance(cell, str) else str(cell)


class Book:
    """An XLSX file as it is written row by row: what is written is on the disk, not in memory."""

    def __init__(self, path: Path, head: Row) -> None:
        import xlsxwriter  # on first use

        options: dict[str, Any] = {
            "constant_memory": True,
            "tmpdir": str(path.parent),
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        }
        self._book = xlsxwriter.Workbook(str(path), options)
        self._bold = self._book.add_format({"bold": True})
        self._head = head
        self._new_sheet()

    def add(self, rows: Iterable[Row]) -> None:
        """Numbers as numbers, all else as text."""
        for row in rows:
            if self._at == MOST_ROWS:
                self._new_sheet()
            for column, cell in enumerate(row):
                if isinstance(cell, str) or (cell is not None and len(str(cell)) > EXACT):
                    self._sheet.write_string(self._at, column, str(cell))
                elif cell is not None:
                    self._sheet.write_number(self._at, column, float(cell))
            self._at += 1

    def close(self) -> None:
        self._book.close()

    def _new_sheet(self) -> None:
        self._sheet = self._book.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_column(0, max(len(self._head) - 1, 0), 18)
        for column, name in enumerate(self._head):
            self._sheet.write_string(0, column, str(name), self._bold)
        self._at = 1
