"""Everything the shop has, taken out: all of it or a reason why not, no code unless it is asked for, while it sells."""

from __future__ import annotations

import asyncio
import csv
import json
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, func, select, text, update

from core import batches, catalog, customers, drafts, enquiries, exports, hiring, inventory, ledger, moving_in, orders
from core.catalog import products
from core.ground import audit, outbox
from core.ground.columns import BigId, Sealed
from core.ground.db import Database
from core.ground.vault import Secret, Vault
from core.moved import Source
from core.old_shops import OldOrder
from core.pasted import PastedCode
from core.schema import metadata
from mika import cli, export_tables, secret_list
from mika import export as export_module
from mika.export import Exported, export, told, write_table
from mika.export_moment import moment
from mika.export_readme import readme
from mika.export_tables import LEFT_OUT, LEFT_OUT_COLUMNS, OPENED, SEALED, WORDS, Sheet, tables
from mika.gently import gently
from mika.refusals import STATUS, Refusal
from mika.settings import Settings
from mika.wiring import key_ring
from proofs.grown import grow
from tests.mika import till
from tests.mika.test_move import ODD, file_of, odd
from tests.mika.test_restore import stored

__all__ = ["stored"]

ROOT = Path(cli.__file__).parents[1]
FORMULA = '=HYPERLINK("https://evil.example";"sum")'
TYPED = "TYPED-4711-BY-A-BUYER"
PASTED = "PASTED-0815-WAITING"
OLD = "OLD-1234-DELIVERED"


def unheard(what: str, done: int, of: int) -> None:
    assert what and done <= of


def database(settings: Settings) -> Any:
    return Database.open(
        settings.database_url, vault=Vault(key_ring(settings), settings.key_path), rules=settings.rules()
    )


@pytest.fixture
async def db(stored: Settings) -> AsyncIterator[Database]:
    opened = await database(stored)
    yield opened
    await opened.close()


@pytest.fixture
async def codes(db: Database) -> list[str]:
    """A shop that has some of everything codes stand in; returns those that were sold or may be."""
    await grow(db, codes=40, orders=20, seed=5, progress=unheard)
    made = await till.put_on_sale(db, "till", 3)
    await till.sell(db, "lin", "till")
    await db.write(_odd_words)
    return made


def _odd_words(tx: Any) -> None:
    lin = "test:lin"
    enquiries.keep(tx, "note", lin, lin, f"it says {TYPED} is wrong")
    tx.changed(update(products).where(products.c.slug == "till").values(sku=FORMULA))
    tx.changed(update(customers.people).where(customers.people.c.id == lin).values(name="'=1+1", handle="-2+3"))
    product = catalog.product(tx, "till")
    batch = batches.open_batch(tx, product, "pasted", "chen", draft=True)
    drafts.keep(tx, batch, 0, [PastedCode((("code", Secret(PASTED)),))])
    old = OldOrder("1", "A-1", "Card", 1, 1250, "CNY", tx.now, tx.now, "alipay", Secret(OLD))
    moving_in.orders(tx, Source.of("dujiaoka", "shop"), [old])


async def taken_out(settings: Settings, folder: Path, *, with_codes: bool = False) -> Exported:
    return await export(settings, folder, (lambda _: True) if with_codes else None, unheard)


def read(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as there:
        return list(csv.DictReader(there))


def nested(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / f"{name}.jsonl").read_text("utf-8").split("\n") if line]


def holds(folder: Path, words: str) -> list[str]:
    return [file.name for file in folder.rglob("*") if file.is_file() and words.encode() in file.read_bytes()]


def names(folder: Path, like: str) -> list[str]:
    return [each.name for each in folder.glob(like)]


# All of it


async def test_every_row_is_in_a_file_or_its_table_is_left_out_for_a_reason(
    stored: Settings, db: Database, codes: list[str], tmp_path: Path
) -> None:
    done = await taken_out(stored, tmp_path / "out")
    assert not done.unopened

    for table in metadata.tables.values():
        there = await db.read(lambda tx, table=table: tx.value(select(func.count()).select_from(table)))
        if table is audit.audit:
            there -= 1  # that it was written whole
        if table.name in LEFT_OUT:
            assert LEFT_OUT[table.name] and not (tmp_path / "out" / f"{table.name}.csv").exists()
        else:
            assert len(read(tmp_path / "out", table.name)) == there, table.name
            assert done.rows[f"{table.name}.csv"] == there
    assert len(read(tmp_path / "out", "orders")) > 20


async def test_the_oddest_values_of_every_table_go_out(settings: Settings, tmp_path: Path) -> None:
    odd(file_of(settings))
    unopened, nests = Counter[str](), list[str]()
    async with moment(settings, Vault(key_ring(settings)), tmp_path / "copy") as now:
        for table in tables():
            sheet = Sheet(table, now.vault, "CNY", with_codes=True)
            await write_table(tmp_path, now, sheet)
            unopened[table.name] = sheet.unopened
            rows = read(tmp_path, table.name)
            assert rows, table.name
            assert list(rows[0]) == [column.name for column in sheet.flat]
            nests += [table.name for row in nested(tmp_path, table.name) if ODD in row.values()] if sheet.nested else []
    assert len(set(nests)) > 20
    assert unopened["codes"] == 1  # it was sealed by nobody


def test_a_table_that_comes_later_can_not_be_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    more = MetaData()
    for table in metadata.tables.values():
        table.to_metadata(more)
    Table("forgotten", more, Column("id", BigId, primary_key=True), Column("much", Integer))
    monkeypatch.setattr(export_tables, "metadata", more)
    assert "forgotten" in [table.name for table in tables()]
    with pytest.raises(KeyError, match="forgotten"):
        readme(None, {}, {}, with_codes=True)


def test_a_sealed_column_that_comes_later_can_not_be_forgotten() -> None:
    sealed = {
        f"{table.name}.{column.name}"
        for table in tables()
        for column in table.columns
        if isinstance(column.type, Sealed)
    }
    assert sealed == set(OPENED)
    assert sealed <= set(SEALED)


def test_what_is_left_out_is_there_to_be_left_out() -> None:
    assert set(LEFT_OUT) <= set(metadata.tables)
    assert set(WORDS["tables"]) == set(metadata.tables) - set(LEFT_OUT)
    for name in LEFT_OUT_COLUMNS:
        table, _, column = name.partition(".")
        assert column in metadata.tables[table].columns


# What it says


async def test_amounts_are_decimals_and_add_up(
    stored: Settings, db: Database, codes: list[str], tmp_path: Path
) -> None:
    await taken_out(stored, tmp_path / "out")
    sums: Counter[tuple[str, str]] = Counter()
    for row in read(tmp_path / "out", "entries"):
        sums[row["posting"], row["currency"]] += Decimal(row["amount"])  # type: ignore[assignment]
    assert len(sums) > 20
    assert set(sums.values()) == {Decimal(0)}
    came_in = await db.read(lambda tx: tx.value(select(func.sum(ledger.receipts.c.amount))))
    assert sum(Decimal(row["amount"]) for row in read(tmp_path / "out", "receipts")) == Decimal(int(came_in)) / 100
    lines: Counter[str] = Counter()
    for row in read(tmp_path / "out", "units"):
        lines[row["order_id"]] += Decimal(row["price"])  # type: ignore[assignment]
    assert lines == {row["id"]: Decimal(row["total"]) for row in read(tmp_path / "out", "orders")}


def test_no_column_of_money_goes_out_in_minor_units() -> None:
    money = ("amount", "total", "price", "cost", "worth")
    found = {
        f"{table.name}.{column.name}"
        for table in tables()
        for column in table.columns
        if isinstance(column.type, BigId) and column.name.rpartition("_")[2] in money
    }
    assert found == set(export_tables.AMOUNTS)


async def test_no_code_goes_out_unless_it_is_asked_for(stored: Settings, codes: list[str], tmp_path: Path) -> None:
    plain = [*codes, TYPED, PASTED, OLD]
    await taken_out(stored, tmp_path / "without")
    assert [word for word in plain if holds(tmp_path / "without", word)] == []

    await taken_out(stored, tmp_path / "with", with_codes=True)
    assert [word for word in plain if not holds(tmp_path / "with", word)] == []
    assert len(nested(tmp_path / "with", "codes")) == len(read(tmp_path / "with", "codes"))
    assert holds(tmp_path / "with", OLD) == ["old_orders.csv"]
    assert all(row["code"] for row in nested(tmp_path / "with", "codes"))


async def test_only_its_owner_may_read_it(stored: Settings, codes: list[str], tmp_path: Path) -> None:
    await taken_out(stored, tmp_path / "out", with_codes=True)
    modes = {stat.S_IMODE(each.stat().st_mode) for each in (tmp_path / "out").rglob("*") if each.is_file()}
    folders = {stat.S_IMODE(each.stat().st_mode) for each in (tmp_path / "out").rglob("*") if each.is_dir()}
    assert (modes, folders | {stat.S_IMODE((tmp_path / "out").stat().st_mode)}) == ({0o600}, {0o700})


async def test_no_cell_is_a_formula_and_its_text_can_be_had_again(
    stored: Settings, codes: list[str], tmp_path: Path
) -> None:
    await taken_out(stored, tmp_path / "out")
    cells = [
        cell
        for file in (tmp_path / "out").glob("*.csv")
        for row in csv.reader(file.open(encoding="utf-8-sig", newline=""))
        for cell in row
    ]
    dangerous = [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert [cell for cell in dangerous if not is_number(cell)] in ([], ["-"] * len(dangerous))
    (lin,) = [row for row in read(tmp_path / "out", "people") if row["id"] == "test:lin"]
    assert (lin["name"], lin["handle"]) == ("''=1+1", "'-2+3")
    (product,) = [row for row in read(tmp_path / "out", "products") if row["slug"] == "till"]
    assert product["sku"] == f"'{FORMULA}"


def is_number(cell: str) -> bool:
    return cell.removeprefix("-").replace(".", "", 1).isdigit()


async def test_its_readme_names_every_file_and_every_column(stored: Settings, codes: list[str], tmp_path: Path) -> None:
    await taken_out(stored, tmp_path / "out", with_codes=True)
    said = (tmp_path / "out" / "README.md").read_text()
    for file in (tmp_path / "out").rglob("*"):
        if file.is_file() and file.name != "README.md":
            where = file.relative_to(tmp_path / "out")
            assert f"`{where}`" in said or f"`{where.parts[0]}/`" in said, where
    for table in tables():
        about = said.partition(f"## {table.name}.csv\n")[2].partition("\n## ")[0]
        for name in read_heading(tmp_path / "out" / f"{table.name}.csv"):
            assert f"| `{name}` | " in about, f"{table.name}.{name}"
    assert "Codes are in it" in said


def read_heading(file: Path) -> list[str]:
    return next(csv.reader(file.open(encoding="utf-8-sig", newline="")))


def test_no_description_is_of_something_that_is_not_there() -> None:
    sheets = {table.name: Sheet(table, with_codes=True) for table in tables()}
    names = {name: {each.name for each in (*sheet.flat, *sheet.nested)} for name, sheet in sheets.items()}
    for table, own in WORDS["columns"].items():
        assert set(own) <= names[table], table
    used = {name for table, all_of in names.items() for name in all_of - set(WORDS["columns"].get(table, ()))}
    assert set(WORDS["common"]) <= used


async def test_no_secret_goes_out(stored: Settings, codes: list[str], tmp_path: Path) -> None:
    await taken_out(stored, tmp_path / "out", with_codes=True)
    secrets = [each.value for each in secret_list.everything(stored, {}) if each.value]
    assert secrets
    assert [each for each in secrets if holds(tmp_path / "out", each)] == []
    ring = stored.key_path.read_text()
    assert not any(len(word) > 20 and holds(tmp_path / "out", word) for word in ring.split('"'))


def test_the_password_of_the_database_is_no_part_of_the_settings(settings: Settings) -> None:
    there = settings.changed(database="postgresql+asyncpg://shop:hunter22@db.example/shop")
    assert "hunter22" not in json.dumps(told(there))
    assert told(there)["database"] == "postgresql+asyncpg://***@db.example/shop"


async def test_what_does_not_open_is_told_and_holds_nothing_up(
    stored: Settings, db: Database, codes: list[str], tmp_path: Path
) -> None:
    note = enquiries.notes
    await db.write(lambda tx: tx.changed(update(note).values(sealed=bytes(40))))
    done = await taken_out(stored, tmp_path / "out")
    assert done.unopened == {"notes": 1}
    assert "1 values of notes do not open" in (tmp_path / "out" / "README.md").read_text()


# Asking and telling


async def test_owners_are_told_before_a_code_is_opened(
    stored: Settings, db: Database, codes: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await db.write(hiring.invite, "chen")
    chen = await db.write(customers.meet, "test", "chen", "chen", "en", None)
    await db.write(hiring.enter, token, chen.id)
    said = select(outbox.outbox.c.payload).where(outbox.outbox.c.recipient == chen.id)

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await export(stored, tmp_path / "out", lambda _: True, broken)
    many = await db.read(lambda tx: tx.value(select(func.count()).select_from(inventory.codes)))
    told_to_chen = [row.payload for row in await db.read(lambda tx: tx.all(said))]
    (one,) = [json.dumps(each) for each in told_to_chen if "told-everything" in json.dumps(each)]
    assert str(many) in one
    acts = select(audit.audit.c.action).where(audit.audit.c.actor == "command line")
    assert "export everything" in [row.action for row in await db.read(lambda tx: tx.all(acts))]


async def test_a_repeat_of_the_telling_tells_nobody_twice(db: Database) -> None:
    token = await db.write(hiring.invite, "chen")
    chen = await db.write(customers.meet, "test", "chen", "chen", "en", None)
    await db.write(hiring.enter, token, chen.id)
    counted = select(func.count()).where(outbox.outbox.c.recipient == chen.id)
    for key, expected in (("a", 1), ("a", 1), ("b", 2)):
        await db.write(exports.everything, key, 5)
        assert await db.read(lambda tx: tx.value(counted)) == expected


async def test_where_nobody_agrees_nothing_is_written(stored: Settings, codes: list[str], tmp_path: Path) -> None:
    asked: list[int] = []
    with pytest.raises(Refusal, match="S044"):
        await export(stored, tmp_path / "out", lambda many: bool(asked.append(many)), unheard)
    assert asked and asked[0] >= 43
    assert names(tmp_path, "out*") == []


def run(*arguments: str) -> int:
    try:
        cli.app(list(arguments))
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_from_a_pipe_codes_want_a_yes(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("export", "out", "--with-codes") == STATUS
    assert "S044" in capsys.readouterr().err
    assert not Path("out").exists()
    assert run("export", "out", "--with-codes", "--yes") == 0
    assert nested(Path("out"), "codes")


def test_the_catalogue_comes_back_in_and_changes_nothing(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("export", "out") == 0
    assert "README.md says" in capsys.readouterr().out
    assert run("stock", "catalogue", "import", "out/catalogue.csv") == 0
    said = capsys.readouterr().out
    assert "0 new, 0 changed" in said
    assert "0 wrong" in said
    assert run("export", "again") == 0
    assert Path("again/catalogue.csv").read_bytes() == Path("out/catalogue.csv").read_bytes()


# The folder


async def test_a_folder_in_use_is_left_alone(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "other.part").mkdir()
    (tmp_path / "other.part" / "mine").write_text("mine")
    for name in ("full", "file", "other"):
        with pytest.raises(Refusal, match="S043"):
            await taken_out(settings, tmp_path / name)
    assert (tmp_path / "full" / "mine").read_text() == (tmp_path / "other.part" / "mine").read_text() == "mine"
    assert not (tmp_path / "full.part").exists()
    (tmp_path / "empty").mkdir()
    await taken_out(settings, tmp_path / "empty")
    assert (tmp_path / "empty" / "README.md").exists()


@pytest.mark.parametrize("error", [ZeroDivisionError, OSError, Refusal])
async def test_ended_by_an_error_it_leaves_no_code_behind(
    settings: Settings, tmp_path: Path, error: type[Exception]
) -> None:
    out = tmp_path / "out"

    def step(what: str, done: int, of: int) -> None:
        if done == of:
            assert (tmp_path / "out.part" / "codes.csv").exists()
            raise error("S013", program="it", what="no more") if error is Refusal else error

    with pytest.raises((error, Refusal)):
        await export(settings, out, lambda _: True, step)
    assert names(tmp_path, "out*") == []


async def test_cancelled_it_leaves_nothing_though_a_thread_writes_there_still(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes, begun = export_module._pictures, asyncio.Event()
    loop = asyncio.get_running_loop()

    def slowly(source: Path, to: Path) -> None:
        loop.call_soon_threadsafe(begun.set)
        time.sleep(0.5)
        writes(source, to)

    monkeypatch.setattr(export_module, "_pictures", slowly)
    going = asyncio.create_task(export(settings, tmp_path / "out", lambda _: True, unheard))
    await begun.wait()
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going
    await gently(bool)  # it has written to its end
    assert names(tmp_path, "out*") == []


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from mika.export import export
from mika.settings_read import load
def step(what, done, of):
    if done == of // 2:
        os.kill(os.getpid(), getattr(signal, sys.argv[3]))
asyncio.run(export(load(Path(sys.argv[1]), {}), Path(sys.argv[2]), None, step))
"""


async def test_interrupted_it_leaves_nothing_and_killed_what_is_no_export_and_is_made_anew(
    settings: Settings, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    ran = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", KILLED, str(settings.file), str(out), "SIGINT"], cwd=ROOT
    )
    assert ran.returncode == -signal.SIGINT
    assert names(tmp_path, "out*") == []
    ran = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", KILLED, str(settings.file), str(out), "SIGKILL"], cwd=ROOT
    )
    assert ran.returncode == -signal.SIGKILL
    assert names(tmp_path, "out*") == ["out.part"]
    assert not (tmp_path / "out.part" / "README.md").exists()
    await taken_out(settings, out)
    assert names(tmp_path, "out*") == ["out"]
    assert names(out, ".*") == []


# Beside a shop that sells


async def test_it_is_of_one_moment_and_keeps_no_sale_waiting(stored: Settings, db: Database, codes: list[str]) -> None:
    many = select(func.count()).select_from(orders.orders)
    vault = Vault(key_ring(stored), stored.key_path)
    async with moment(stored, vault, stored.data / "copy") as now:
        before = await now.read(lambda tx: tx.value(many))
        assert await till.sell(db, "bao", "till")
        (page,) = [page async for page in now.pages(select(orders.orders.c.id))]
        assert len(page) == before
        assert await db.read(lambda tx: tx.value(many)) == before + 1  # who looks again sees it
    assert not (stored.data / "copy").exists()


@pytest.fixture
def log(settings: Settings) -> Iterator[Any]:
    """Whether SQLite's log can be put away."""
    with closing(sqlite3.connect(file_of(settings), isolation_level=None)) as there:
        yield lambda: there.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0


async def test_it_does_not_keep_the_log_from_being_put_away(settings: Settings, log: Any) -> None:
    db = await database(settings)
    async with moment(settings, Vault(key_ring(settings)), settings.data / "copy") as now:
        await now.read(lambda tx: tx.value(select(func.count()).select_from(products)))
        await till.put_on_sale(db, "till", 1)
        assert log()
    with closing(sqlite3.connect(file_of(settings), isolation_level=None)) as reading:  # as a long read would
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM products").fetchone()
        await till.put_on_sale(db, "till2", 1)
        assert not log()
    await db.close()


async def test_nothing_can_be_changed_by_it(stored: Settings, codes: list[str]) -> None:
    async with moment(stored, Vault(key_ring(stored)), stored.data / "copy") as now:
        if "postgresql" in stored.database_url:
            with pytest.raises(Exception, match="read-only"):
                await now.read(lambda tx: tx.value(text("DELETE FROM grants RETURNING id")))
