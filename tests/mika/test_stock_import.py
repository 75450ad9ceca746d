"""Files of stock: what is a code comes on sale, what is none is told by its line, and no file does harm."""

from __future__ import annotations

import zipfile
from collections.abc import AsyncIterator
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from core import catalog, inventory, reconcile
from core import stock_files as reading
from core.ground.vault import Secret
from mika import cli, stock, stock_files
from mika.settings import Settings
from mika.stock_files import BadFile
from mika.stock_opened import opened_codes
from mika.wiring import House, opened

SLUG = "spotify-us-12m"  # sold out
CANARY = "CANARY-7F3A"


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[House]:
    async with opened(settings) as house:
        yield house


async def there(house: House) -> list[tuple[list[str], date | None]]:
    """What is on sale, opened."""
    product = await house.shop.db.read(catalog.product, SLUG)
    found = await house.shop.db.read(opened_codes, product, 10_000)
    return [([secret.reveal() for _, secret in code.fields], code.expires_on) for code in found]


def a_file(content: str | bytes, name: str = "stock.txt") -> Path:
    path = Path(name)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def a_book(rows: list[list[object]], name: str = "stock.xlsx") -> Path:
    with xlsxwriter.Workbook(name) as book:
        sheet, as_date = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if isinstance(cell, str):
                    sheet.write_string(row, column, cell)
                else:
                    sheet.write(row, column, cell, as_date if isinstance(cell, datetime) else None)
    return Path(name)


async def test_lines_become_codes(house: House):
    made = await stock.bring_in(
        house.shop, SLUG, a_file("\ufeffAAA-1\r\n\r\nNUM1----PIN1\nNUM2|PIN2|2031-05-06\nAAA-1\n")
    )
    assert (made.new, made.known, made.file.repeated, made.file.blank) == (3, 0, 1, 1)
    assert await there(house) == [(["AAA-1"], None), (["NUM1", "PIN1"], None), (["NUM2", "PIN2"], date(2031, 5, 6))]
    assert not await house.shop.db.read(reconcile.check)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
async def test_csv_with_a_heading_as_a_spreadsheet_saves_it(house: House, encoding: str):
    text = '卡号,卡密,有效期\n"0012","PIN1",2031-05-06\n0013,PIN2,\n'
    await stock.bring_in(house.shop, SLUG, a_file(text.encode(encoding), "stock.csv"))
    assert await there(house) == [(["0012", "PIN1"], date(2031, 5, 6)), (["0013", "PIN2"], None)]


async def test_csv_with_semicolons(house: House):
    await stock.bring_in(house.shop, SLUG, a_file("NUM1;PIN1\nNUM2;PIN2\n", "stock.csv"))
    assert [fields for fields, _ in await there(house)] == [["NUM1", "PIN1"], ["NUM2", "PIN2"]]


async def test_a_workbook(house: House):
    rows: list[list[object]] = [
        ["Card number", "PIN", "Expires"],
        ["0012", 1234, datetime(2031, 5, 6)],
        [],
        ["ONE----TWO"],
        [12345678901234567890, "5"],
        [True],
        [1.5],
    ]
    made = await stock.bring_in(house.shop, SLUG, a_book(rows))
    assert await there(house) == [(["0012", "1234"], date(2031, 5, 6)), (["ONE", "TWO"], None)]
    assert [number for number, _ in made.file.rejected] == [5, 6, 7]
    assert "as text" in made.file.rejected[0][1]


async def test_every_rejected_line_is_told_by_its_number_and_reason(house: House):
    lines = ["a\u200bb", "x" * 301, "a,,b", "1,2,3,4", "2031-01-01", "a,2031-13-45", "fine"]
    made = await stock.bring_in(house.shop, SLUG, a_file("\n".join(lines)))
    told = dict(made.file.rejected)
    assert list(told) == [1, 2, 3, 4, 5, 6]
    expected = ["invisible", "longer", "empty", "more than 3", "date and no code", "no such date"]
    assert all(words in why for words, why in zip(expected, told.values(), strict=True)), told
    assert made.new == 1


async def test_a_dry_run_changes_nothing(house: House):
    await stock.bring_in(house.shop, SLUG, a_file("AAA-1\n"))
    made = await stock.bring_in(house.shop, SLUG, a_file("AAA-1\nAAA-2\n"), dry_run=True)
    assert (made.new, made.known, made.batch) == (1, 1, None)
    assert [fields for fields, _ in await there(house)] == [["AAA-1"]]


async def test_the_same_file_again_changes_nothing(house: House):
    first = await stock.bring_in(house.shop, SLUG, a_file("AAA-1\nAAA-2\n"))
    again = await stock.bring_in(house.shop, SLUG, a_file("AAA-1\nAAA-2\n", "renamed.txt"))
    assert (again.before, again.batch, again.new) == (True, first.batch, 0)
    assert len(await there(house)) == 2


async def test_an_import_that_was_cut_off_is_on_sale_only_when_it_is_finished(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    path = a_file("".join(f"CODE-{number:05}\n" for number in range(stock.CHUNK * 2 + 1)))

    def cut_off(done: int, of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await stock.bring_in(house.shop, SLUG, path, step=cut_off)
    assert await there(house) == []
    _, unfinished = await house.shop.db.read(stock.on_shelves)
    assert [slug for slug, _, _ in unfinished] == [SLUG]

    steps: list[tuple[int, int]] = []
    made = await stock.bring_in(house.shop, SLUG, path, step=lambda done, of: steps.append((done, of)))
    assert made.new == len(await there(house)) == stock.CHUNK * 2 + 1
    assert steps[-1] == (stock.CHUNK * 2 + 1, stock.CHUNK * 2 + 1)
    assert (await house.shop.db.read(stock.on_shelves))[1] == []


async def test_a_shared_code_has_as_many_buyers_as_it_is_told(house: House):
    await stock.bring_in(house.shop, "eset-1y", a_file("SHARED-1\n"), uses=7)
    product = await house.shop.db.read(catalog.product, "eset-1y")
    assert await house.shop.db.read(inventory.available, product) == 20 + 7


async def test_what_is_made_by_hand_has_no_stock(house: House):
    with pytest.raises(stock.NoStock):
        await stock.bring_in(house.shop, "genshin-1090", a_file("AAA-1\n"))


# Files that are no files of stock


def bomb() -> Path:
    with zipfile.ZipFile("bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"\0" * 4_000_000)
    return Path("bomb.xlsx")


def corner() -> Path:
    """Five kilobytes that a reader would set 17 thousand million cells aside for."""
    with xlsxwriter.Workbook("corner.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, CANARY)
        sheet.write(1048575, 16383, CANARY)
    return Path("corner.xlsx")


def zipped() -> Path:
    with zipfile.ZipFile("zip.xlsx", "w") as packed:
        packed.writestr("a.txt", CANARY)
    return Path("zip.xlsx")


def folder_named_like_a_file() -> Path:
    Path("stock.txt").mkdir()
    return Path("stock.txt")


HOSTILE = {
    "missing": (lambda: Path("missing.txt"), "F001"),
    "a folder": (folder_named_like_a_file, "F002"),
    "a device": (lambda: Path("/dev/zero"), "F002"),
    "empty": (lambda: a_file(""), "F004"),
    "another kind": (lambda: a_file(CANARY, "stock.pdf"), "F005"),
    "no kind": (lambda: a_file(CANARY, "stock"), "F005"),
    "NUL": (lambda: a_file(f"{CANARY}\0{CANARY}\n"), "F007"),
    "one endless line": (lambda: a_file(CANARY * 1000), "F007"),
    "a zip as text": (lambda: a_file(b"PK\x03\x04" + CANARY.encode()), "F007"),
    "not UTF-8": (lambda: a_file(f"{CANARY}\n".encode() + b"caf\xe9\n"), "F008"),
    "text as a workbook": (lambda: a_file(CANARY, "stock.xlsx"), "F007"),
    "a broken workbook": (lambda: a_file(b"PK\x03\x04" + CANARY.encode(), "stock.xlsx"), "F007"),
    "a zip as a workbook": (zipped, "F009"),
    "a zip bomb": (bomb, "F006"),
    "a cell far out": (corner, "F006"),
}


@pytest.mark.parametrize("which", HOSTILE)
async def test_a_hostile_file_is_refused_by_its_code(house: House, which: str, monkeypatch: pytest.MonkeyPatch):
    make, code = HOSTILE[which]
    monkeypatch.setattr(reading, "MOST_UNPACKED", 2_000_000)
    with pytest.raises(BadFile) as caught:
        await stock.bring_in(house.shop, SLUG, make())
    assert caught.value.code == code
    assert CANARY not in str(caught.value)
    assert await there(house) == []


async def test_sizes_have_an_end(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stock_files, "MOST_BYTES", 10)
    with pytest.raises(BadFile, match="F006"):
        await stock.bring_in(house.shop, SLUG, a_file("AAAA-BBBB-CCCC\n"))
    monkeypatch.setattr(stock_files, "MOST_BYTES", 1000)
    monkeypatch.setattr(reading, "MOST_LINES", 2)
    with pytest.raises(BadFile, match="F006"):
        await stock.bring_in(house.shop, SLUG, a_file("A1\nA2\nA3\n"))


# The command


@pytest.mark.parametrize(
    ("arguments", "content", "status"),
    [
        ([SLUG, "stock.txt"], f"{CANARY}-1\n{CANARY}-2\n", 0),
        ([SLUG, "stock.txt", "--dry-run"], f"{CANARY}-1\n", 0),
        ([SLUG, "stock.txt", "--unit-cost", "12.50", "--source", "wholesale"], f"{CANARY}\n", 0),
        ([SLUG, "stock.txt"], f"{CANARY},,{CANARY}\n", 1),
        ([SLUG, "stock.txt"], f"{CANARY}\0", 65),
        ([SLUG, "missing.txt"], "", 66),
        (["no-such-thing", "stock.txt"], CANARY, 2),
        (["genshin-1090", "stock.txt"], CANARY, 2),
        ([SLUG, "stock.txt", "--unit-cost", "cheap"], CANARY, 2),
    ],
)
def test_the_command_reports_and_never_prints_a_code(
    folder: Path, arguments: list[str], content: str, status: int, capsys: pytest.CaptureFixture[str]
):
    a_file(content)
    with pytest.raises(SystemExit) as ended:
        cli.app(["stock", "import", *arguments])
    printed = "".join(capsys.readouterr())
    assert ended.value.code == status, printed
    assert CANARY not in printed


def test_the_list_shows_what_there_is(folder: Path, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        cli.app(["stock", "list"])
    assert ended.value.code == 0
    row = next(line for line in capsys.readouterr().out.splitlines() if "steam-hk-200" in line)
    assert "185.00" in row
    assert " 1 " in row


def test_reading_never_holds_a_code_in_the_open():
    line = next(iter(stock_files.read(a_file(f"{CANARY}\n"))))
    assert line.code and isinstance(line.code.fields[0][1], Secret)
    assert CANARY not in repr(line)
