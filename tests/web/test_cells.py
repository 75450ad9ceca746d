"""What somebody wrote is never a formula: in a CSV it is quoted and marked, in a sheet it is text."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from decimal import Decimal
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from web import cells
from web.cells import MARK, Book, as_csv, harmless

# OWASP's list of what begins a formula, and the ways around a guard that looks at the first character only.
EVIL = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "\u00a0=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("https://evil.example","pay")',
    "Lin,=1+1",
    "Lin;=1+1",
    "Lin\t=1+1",
    "Lin|@x",
    'Lin";=1+1',
    "Lin'+1",
    "Lin\r\n=1+1",
    "Lin\0=1+1;-2",
]
STARTS = "=+-@＝＋－＠"


def parts(text: str) -> list[str]:
    """What a program takes for cells that splits at any of these."""
    return [part.strip() for part in re.split('[,;|\t\r\n"]', text)]


@pytest.mark.parametrize("text", EVIL)
def test_nothing_in_a_csv_begins_a_formula(text):
    written = as_csv([(text, 1)]).decode()
    (row,) = csv.reader(io.StringIO(written, newline=""))
    assert row[1] == "1"
    assert [part for part in parts(row[0]) if part[:1] and part[0] in STARTS] == []
    assert written.startswith('"') and written.endswith('"\r\n') and written.count("\r\n") == 1
    assert [part for part in parts(written) if part[:1] and part[0] in STARTS] == []


def test_without_the_mark_they_would(monkeypatch):
    """The control: as they are, each is a formula somewhere; quoting alone helps nothing."""
    monkeypatch.setattr(cells, "harmless", lambda text: text)
    for text in EVIL:
        row = next(csv.reader(io.StringIO(as_csv([(text, 1)]).decode(), newline="")))
        found = [part for part in re.split("[,;|\t\r\n\"'\0]", row[0]) if part.strip()[:1] in tuple(STARTS)]
        assert found, text


@pytest.mark.parametrize("text", ["Steam 20 美元", "a-b", "lin@example.com", "C++", "1-2", "x=1", "Карта «Steam»", ""])
def test_what_is_harmless_stays_as_it_is(text):
    assert harmless(text) == text


def test_numbers_stay_numbers():
    assert as_csv([(-5, Decimal("-12.50"), None, "x")]) == b'"-5","-12.50","","x"\r\n'
    assert MARK == "\ufeff"


def written(path, rows) -> tuple[list[Any], str]:
    """The sheets as a library of others reads them, and their XML."""
    book = Book(path, ("名称", "=head", "amount"))
    book.add(rows)
    book.close()
    read = CalamineWorkbook.from_path(str(path))
    sheets = [read.get_sheet_by_name(name).to_python() for name in read.sheet_names]
    with zipfile.ZipFile(path) as file:
        xml = "".join(file.read(name).decode() for name in file.namelist() if "worksheets/" in name)
    return sheets, xml


def test_a_sheet_has_text_and_numbers_and_no_formula(tmp_path):
    rows = [(text.replace("\0", ""), text.replace("\0", ""), Decimal("-12.50")) for text in EVIL]
    (sheet,), xml = written(tmp_path / "a.xlsx", rows)
    assert "<f>" not in xml and "<f " not in xml and "hyperlink" not in xml
    assert sheet[0] == ["名称", "=head", "amount"]
    assert [row[2] for row in sheet[1:]] == [-12.5] * len(EVIL)
    assert [str(row[0]).split() for row in sheet[1:]] == [text.replace("\0", "").split() for text, _, _ in rows]


def test_a_formula_would_show(tmp_path):
    """The control: the same check on a sheet whose writer takes text for formulas."""
    import xlsxwriter

    path = tmp_path / "b.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet().write(0, 0, "=1+1")
    with zipfile.ZipFile(path) as file:
        assert "<f>" in file.read("xl/worksheets/sheet1.xml").decode()


def test_amounts_a_sheet_would_round_are_text(tmp_path):
    exact = Decimal("1234567890.123456789")
    (sheet,), _ = written(tmp_path / "c.xlsx", [("x", None, exact), ("y", "z", 12)])
    assert sheet[1][2] == str(exact)
    assert sheet[2] == ["y", "z", 12.0]


def test_what_is_too_long_for_a_sheet_goes_on_in_another(tmp_path, monkeypatch):
    monkeypatch.setattr(cells, "MOST_ROWS", 4)
    sheets, _ = written(tmp_path / "d.xlsx", [(str(n), "x", n) for n in range(8)])
    assert [len(sheet) for sheet in sheets] == [4, 4, 3]
    assert [row[0] for sheet in sheets for row in sheet[1:]] == [str(n) for n in range(8)]
    assert {tuple(sheet[0]) for sheet in sheets} == {("名称", "=head", "amount")}
