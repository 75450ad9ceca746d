"""Files of stock on the command line: which file it is, and in English what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from core import pasted, stock_files
from core.stock_files import Line

MOST_BYTES = 64 * 1024 * 1024

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
FILES = {  # of core.stock_files.FILE_WHYS: code, what
    "empty": ("F004", ""),
    "kind": ("F005", ""),
    "lines": ("F006", "more than {most:,} lines"),
    "unpacked": ("F006", "it unpacks to more than {most:,} bytes"),
    "parts": ("F006", "it has more than {most:,} parts"),
    "corner": ("F006", "its cells reach to row {row:,}, far to the right"),
    "zip": ("F007", "it is a zip or a workbook"),
    "csv": ("F007", "as CSV it makes no sense"),
    "damaged": ("F007", "it is no Excel workbook, or a damaged or locked one"),
    "workbook": ("F009", "{what}"),
}
WHOLE = {  # of LINE_WHYS: what makes us refuse the whole file here, where it is easily made anew
    "binary": ("F007", "there is binary data on line {line}"),
    "endless": ("F007", "line {line} is longer than any code"),
    "encoding": ("F008", ""),
}
LINES = {
    "hidden": "it has invisible characters",
    "long": f"a field is longer than {pasted.LONGEST} characters",
    "gap": "a field is empty",
    "date": "it is a date and no code",
    "no-date": "there is no such date",
    "fields": f"it has more than {len(pasted.LABELS)} fields",
    "truth": "a cell holds TRUE or FALSE",
    "rounded": "a cell holds a number whose digits were rounded; format the column as text",
}


class BadFile(Exception):
    """The file as a whole can't be taken. Its text holds nothing of what is in it."""

    def __init__(self, code: str, **facts: object) -> None:
        self.code = code
        self.status, sentence = REASONS[code]
        super().__init__(f"{code} {sentence.format(**facts)}")


def read(path: Path) -> Iterator[Line]:
    """Every line of the file, in order. `why` is a sentence. Raises BadFile, which may be while reading."""
    _look_at(path)
    with path.open("rb") as file:
        try:
            for line in stock_files.read(file, path.name):
                if line.why in WHOLE:
                    code, what = WHOLE[line.why]
                    raise BadFile(code, path=path, line=line.number, what=what.format(line=line.number))
                yield replace(line, why=LINES[line.why]) if line.why else line
        except stock_files.BadFile as bad:
            code, what = FILES[bad.why]
            raise BadFile(code, path=path, what=what.format(**bad.facts)) from None


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
