"""Moving a shop from SQLite into PostgreSQL: all of it, once, whatever happens in between."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import CheckConstraint, Column, Table, insert, make_url, select
from sqlalchemy.dialects import sqlite as sqlite_dialect

from core import reconcile
from core.ground import fits, points, triggers
from core.ground.columns import UTC as Moment
from core.ground.columns import BigId, Json
from core.ground.db import Database
from core.ground.tx import Tx
from core.ground.vault import Vault
from core.schema import metadata
from doubles.postgres import Postgres
from mika import move as moving
from mika import move_command, moving_source
from mika.move import move
from mika.moving_checks import Checked
from mika.moving_target import address
from mika.refusals import Refusal
from mika.settings import Settings
from mika.wiring import key_ring, look_at_schema
from proofs.grown import grow

numbers = itertools.count()
LETTERS = "界 'quoted' \"twice\" \\ \t\r\n é e\u0301 \u200b\ufeff\ufffe\U0010ffff 🦊"
ODD: dict[str, Any] = {"text": LETTERS, "1.0": [1.0, -2.5e-7, 2**53 + 1, None, True, {}], "\\u0000": "\\u0000"}
MOMENTS = (datetime(1, 1, 1, 0, 0, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999998, tzinfo=UTC))

CODES = 562  # of the demo shop, and grown

pytestmark = pytest.mark.postgres


def unheard(what: str, done: int, of: int) -> None:
    assert what and done <= of


@pytest.fixture
def target(postgres_server: Postgres) -> Iterator[str]:
    """The url of an empty database."""
    name = f"move{next(numbers)}"
    yield postgres_server.create(name)
    postgres_server.drop(name)


@pytest.fixture
async def sold(settings: Settings) -> Settings:
    """A shop that has sold for a while."""
    db = await Database.open(settings.database_url, vault=Vault(key_ring(settings)), rules=settings.rules())
    await grow(db, codes=200, orders=60, seed=5, progress=unheard)
    await db.close()
    return settings


# All of it


async def test_every_table_is_the_same_with_its_oddest_values(settings: Settings, target: str) -> None:
    odd(file_of(settings))
    before = sha256(file_of(settings))

    moved = await move(settings, target, unheard)

    assert {name for name, checked in moved.tables.items() if not checked.rows} == set()
    assert sha256(file_of(settings)) == before
    here, there = await contents(settings.database_url, settings), await contents(target, settings)
    assert there.pop("audit")[:-1] == here.pop("audit")  # the last one tells of the move
    assert there == here


async def test_what_was_moved_can_be_opened_and_sells(sold: Settings, target: str) -> None:
    await move(sold, target, unheard)

    there = sold.changed(database=target)
    await asyncio.to_thread(look_at_schema, there)
    db = await Database.open(target, vault=Vault(key_ring(there)), rules=there.rules())
    try:
        assert await db.read(reconcile.check) == []
        await grow(db, codes=12, orders=0, seed=6, progress=unheard)  # its numbers go on
        assert await db.read(reconcile.check) == []
    finally:
        await db.close()
    assert await asked(target, "SELECT action, subject FROM audit WHERE action = 'move'") == [
        ("move", "sqlite to postgresql")
    ]
    assert not await asked(target, "SELECT 1 FROM pg_tables WHERE tablename = 'moving'")


async def test_a_second_time_says_that_it_is_done(sold: Settings, target: str) -> None:
    await move(sold, target, unheard)
    counted = await asked(target, "SELECT count(*) FROM audit")

    again = await move(sold, target, unheard)

    assert not again.tables
    assert await asked(target, "SELECT count(*) FROM audit") == counted


async def test_the_password_is_not_shown(sold: Settings, target: str, capsys: pytest.CaptureFixture[str]) -> None:
    plain = target.replace("+asyncpg", "")
    await move_command.carry(sold, plain)

    said = "".join(capsys.readouterr())
    assert str(make_url(target).password) not in said
    assert "codes" in said
    assert str(file_of(sold)) in said
    assert re.search(r'database = "postgresql\+asyncpg://postgres:\*\*\*@127\.0\.0\.1:\d+/move\d+"', said)


async def test_the_password_may_come_from_the_environment(
    sold: Settings, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    password = str(make_url(target).password)
    monkeypatch.setenv("PGPASSWORD", password)

    moved = await move(sold, target.replace(f":{password}@", "@"), unheard)

    assert moved.tables["codes"].rows == CODES


# What stops it


CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
POINTS = (
    "before move begins:1",
    "after move begins:1",
    "before move codes:1",
    "after move codes:1",
    "after move closes up:1",
    "before move ends:1",
    "after move ends:1",
)


async def test_killed_at_any_moment_it_goes_on_where_it_was(sold: Settings, target: str) -> None:
    before = sha256(file_of(sold))
    for point in POINTS:
        assert killed(sold, target, point) == -signal.SIGKILL, point
        if point != POINTS[-1]:
            with pytest.raises(Refusal, match="S003"):
                look_at_schema(sold.changed(database=target))

    assert not (await move(sold, target, unheard)).tables  # the last one died when all was done
    here, there = await contents(sold.database_url, sold), await contents(target, sold)
    assert there.pop("audit")[:-1] == here.pop("audit")
    assert there == here
    assert sha256(file_of(sold)) == before


async def test_a_connection_that_is_cut_is_no_loss(sold: Settings, target: str) -> None:
    with pytest.raises(Refusal, match=r"(?s)S029.*goes on where it was"):
        await move(sold, target, Cutting(target, CUT).heard)

    assert (await move(sold, target, unheard)).tables["codes"].rows == CODES


async def test_a_server_without_room_is_no_loss(sold: Settings, target: str) -> None:
    full = Cutting(
        target,
        "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION "
        "'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;"
        "CREATE TRIGGER no_room BEFORE INSERT ON codes FOR EACH ROW EXECUTE FUNCTION no_room()",
    )
    with pytest.raises(Refusal, match=r"S029.*No space left"):
        await move(sold, target, full.heard)
    await ran(target, "DROP TRIGGER no_room ON codes; DROP FUNCTION no_room()")

    assert (await move(sold, target, unheard)).tables["codes"].rows == CODES


# What is not let in


TAMPERED = "UPDATE entries SET amount = amount + 1 WHERE id = (SELECT min(id) FROM entries)"


async def test_a_row_that_was_changed_there_is_found(sold: Settings, target: str) -> None:
    with pytest.raises(Refusal, match=r"S029.*table entries with id \d+ is another there"):
        await move(sold, target, Cutting(target, TAMPERED, at="entries").heard)
    with pytest.raises(Refusal, match="S003"):
        look_at_schema(sold.changed(database=target))


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM attempts WHERE id = (SELECT min(id) FROM attempts)", "is missing there"),
        ("INSERT INTO refused_notices VALUES (77, 'x', 'y', now())", "is there only"),
    ],
)
async def test_a_row_too_few_or_too_many_is_found(sold: Settings, target: str, statement: str, said: str) -> None:
    with pytest.raises(Refusal, match=f"S029.*{said}"):
        await move(sold, target, Cutting(target, statement, at="all").heard)


async def test_without_the_check_a_changed_row_would_pass(
    sold: Settings, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unseen(*_: Any) -> Checked:
        return Checked(1, "")

    monkeypatch.setattr(moving, "same", unseen)
    tampered = TAMPERED.replace("entries", "attempts").replace("amount = amount + 1", "shown = 'x'")
    await move(sold, target, Cutting(target, tampered, at="all").heard)


async def test_an_invariant_that_holds_only_here_is_found(
    sold: Settings, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unseen(*_: Any) -> Checked:
        return Checked(1, "")

    monkeypatch.setattr(moving, "same", unseen)
    with pytest.raises(Refusal, match=r"S029.*M5"):
        await move(sold, target, Cutting(target, TAMPERED, at="all").heard)


async def test_somebody_elses_shop_is_left_alone(
    sold: Settings, target: str, postgres_server: Postgres, postgres_template: str
) -> None:
    name = f"theirs{next(numbers)}"
    theirs = postgres_server.create(name, postgres_template)
    with pytest.raises(Refusal, match=r"S028.*somebody's shop"):
        await move(sold, theirs, unheard)
    postgres_server.drop(name)

    await ran(target, "CREATE TABLE notes (of text)")
    with pytest.raises(Refusal, match="S028"):
        await move(sold, target, unheard)
    assert await asked(target, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == [("notes",)]


async def test_half_of_another_shop_is_not_gone_on_with(sold: Settings, target: str) -> None:
    with pytest.raises(Refusal, match="S029"):
        await move(sold, target, Cutting(target, CUT).heard)
    with closing(sqlite3.connect(file_of(sold))) as there, there:
        there.execute("UPDATE people SET name = 'Somebody' WHERE id = (SELECT min(id) FROM people)")

    with pytest.raises(Refusal, match=r"S028.*half of another shop in it, or of this one as it was before"):
        await move(sold, target, unheard)


@pytest.mark.parametrize(("revision", "said"), [("9999", "newer version"), ("0003", "mika migrate")])
async def test_a_schema_of_another_version_is_refused(sold: Settings, target: str, revision: str, said: str) -> None:
    with closing(sqlite3.connect(file_of(sold))) as there, there:
        there.execute("UPDATE alembic_version SET version_num = ?", (revision,))

    with pytest.raises(Refusal, match=f"(?s)S027.*{said}"):
        await move(sold, target, unheard)
    assert await asked(target, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == []


@pytest.mark.parametrize(
    ("column", "value", "fits"),
    [
        ("name", "a\0b", False),
        ("name", "a" * 121, False),
        ("name", b"\x01", False),
        ("offered", '["a \\u0000 b"]', False),
        ("offered", '["a \\\\u0000 b"]', True),
        ("offered", "{", False),
        ("since", "2026-01-01", False),
        ("since", "9999-12-31 23:59:59.999999", False),
        ("since", "2026-02-30 00:00:00.000000", False),
    ],
)
async def test_what_postgresql_would_not_take_is_named_up_front(
    sold: Settings, target: str, column: str, value: Any, fits: bool
) -> None:
    with closing(sqlite3.connect(file_of(sold))) as there, there:
        (person,) = there.execute("SELECT min(id) FROM people").fetchone()
        there.execute(f"UPDATE people SET {column} = ? WHERE id = ?", (value, person))
    if fits:
        await move(sold, target, unheard)
        return

    with pytest.raises(Refusal, match=f"S027.*people with id '{person}': its {column}"):
        await move(sold, target, unheard)
    assert await asked(target, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == []


HOLDS = """
import sqlite3, sys
there = sqlite3.connect(sys.argv[1])
there.execute("SELECT count(*) FROM orders").fetchone()
print("open", flush=True)
sys.stdin.read()
"""


async def test_a_shop_that_is_open_is_not_moved(sold: Settings, target: str) -> None:
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDS, file_of(sold), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout
    assert await other.stdout.readline() == b"open\n"
    with pytest.raises(Refusal, match=r"S027.*stop the shop first"):
        await move(sold, target, unheard)

    await other.communicate(b"")  # which ends its standard input
    assert not moving_source._is_open_elsewhere(file_of(sold))


async def test_nobody_sells_from_the_old_file_meanwhile(sold: Settings, target: str) -> None:
    tried: list[str] = []

    def sells(what: str, done: int, of: int) -> None:
        with closing(sqlite3.connect(file_of(sold), timeout=0)) as there, pytest.raises(sqlite3.OperationalError) as no:
            there.execute("UPDATE people SET name = 'x'")
        tried.append(str(no.value))

    await move(sold, target, sells)

    assert set(tried) == {"database is locked"}
    with closing(sqlite3.connect(file_of(sold), timeout=0)) as there, there:
        there.execute("UPDATE people SET name = 'x'")


@pytest.mark.parametrize("told", ["mysql://root@127.0.0.1/shop", "shop", "postgresql://host", "sqlite+aiosqlite:///x"])
def test_only_postgresql_is_an_address(told: str) -> None:
    with pytest.raises(Refusal, match="S028"):
        address(told)


@pytest.mark.parametrize("told", ["postgresql://u:p@h/d", "postgres://u:p@h/d", "postgresql+asyncpg://u:p@h/d"])
def test_an_address_may_be_said_as_elsewhere(told: str) -> None:
    assert address(told).render_as_string(hide_password=False) == "postgresql+asyncpg://u:p@h/d"


async def test_a_server_that_is_not_there_is_said(sold: Settings) -> None:
    with pytest.raises(Refusal, match="S028") as refusal:
        await move(sold, "postgresql://lin:geheim@127.0.0.1:1/shop", unheard)
    assert "geheim" not in str(refusal.value)


async def test_a_shop_on_postgresql_is_not_moved(sold: Settings, target: str) -> None:
    with pytest.raises(Refusal, match=r"S027.*not SQLite"):
        await move(sold.changed(database=target), target, unheard)


# How


class Cutting:
    """Has something done to the target once, in the middle of the move or when all is copied."""

    def __init__(self, url: str, statement: str, at: str = "middle") -> None:
        self._url, self._statement, self._at, self._done = url, statement, at, False

    def heard(self, what: str, done: int, of: int) -> None:
        ready = done >= of if self._at != "middle" else done > 0
        if what == "Copying" and ready and not self._done:
            self._done = True
            with ThreadPoolExecutor(1) as thread:  # this one has a loop that runs
                thread.submit(asyncio.run, ran(self._url, self._statement)).result()


async def ran(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await connection.execute(statement)
    finally:
        connection.terminate()


async def asked(url: str, statement: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return [tuple(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


PROGRAM = """
import asyncio, pathlib, sys
from mika import move_command, settings_read
asyncio.run(move_command.carry(settings_read.load(pathlib.Path(sys.argv[1]), {}), sys.argv[2]))
"""


def killed(settings: Settings, target: str, point: str) -> int:
    """The command in a process of its own, which dies at that point."""
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, file_of(settings).parent / "mika.toml", target],
        env=os.environ | {points.AT: point},
        cwd=Path(__file__).parents[2],
        capture_output=True,
    )
    return ran.returncode


def file_of(settings: Settings) -> Path:
    return Path(make_url(settings.database_url).database or "")


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


async def contents(url: str, settings: Settings) -> dict[str, list[Any]]:
    """All rows as the shop itself reads them."""
    db = await Database.open(url, vault=Vault(key_ring(settings)), rules=settings.rules())
    try:
        return await db.read(_contents)
    finally:
        await db.close()


def _contents(tx: Tx) -> dict[str, list[Any]]:
    found = {table.name: [tuple(row) for row in tx.all(select(table))] for table in metadata.sorted_tables}
    return {name: sorted(read, key=repr) if name != "audit" else sorted(read) for name, read in found.items()}


def odd(file: Path) -> None:
    """A row more in every table, with the oddest values that its checks let in."""
    dice = random.Random(1)
    with closing(sqlite3.connect(file)) as there, there:
        for trigger in triggers.TRIGGERS:
            there.execute(trigger.drop("sqlite"))
        for table in metadata.sorted_tables:
            if table is not fits.schema_fits:  # it has its one row
                _add_odd(there, table, dice)
        for statement in triggers.statements("sqlite"):
            there.execute(statement)
        assert there.execute("PRAGMA foreign_key_check").fetchall() == []


def _add_odd(there: sqlite3.Connection, table: Table, dice: random.Random) -> None:
    dialect = sqlite_dialect.dialect()
    statement = str(insert(table).compile(dialect=dialect, column_keys=[column.name for column in table.columns]))
    binds = [column.type.dialect_impl(dialect).bind_processor(dialect) for column in table.columns]
    for _ in range(20000):
        values = [_odd(there, column, dice) for column in table.columns]
        stored = [bind(value) if bind else value for bind, value in zip(binds, values, strict=True)]
        try:
            there.execute(statement, stored)
        except sqlite3.IntegrityError:
            continue
        return
    raise AssertionError(f"no odd row is let into {table.name}")


def _odd(there: sqlite3.Connection, column: Column[Any], dice: random.Random) -> Any:
    if column.nullable and dice.random() < 0.3:
        return None
    if column.foreign_keys:
        refers = next(iter(column.foreign_keys)).column
        found = there.execute(f'SELECT "{refers.name}" FROM "{refers.table.name}" ORDER BY random() LIMIT 1').fetchone()
        return found[0] if found else None
    if allowed := _allowed(column):
        return dice.choice(allowed)
    kind = column.type
    if isinstance(kind, Moment):
        return dice.choice(MOMENTS)
    if isinstance(kind, Json):
        return ODD
    if isinstance(kind, BigId):
        large = 2**53 + 1 + dice.randrange(1000)
        return large if column.primary_key else dice.choice((0, 1, large))  # the oldest code opens, as it is tried
    if kind.python_type is str:
        return f"{dice.randrange(10**6)}{LETTERS}"[: getattr(kind, "length", None) or 400]
    return {int: dice.choice((0, 1, 2**31 - 1)), bool: dice.random() < 0.5, bytes: b"\0\xff" * 20, date: date(1, 1, 1)}[
        kind.python_type
    ]


def _allowed(column: Column[Any]) -> list[str]:
    """What a check of the schema lists for the column."""
    for check in column.table.constraints:
        if isinstance(check, CheckConstraint):
            found = re.search(rf"\b{column.name} IN \(([^)]*)\)", str(check.sqltext))
            if found:
                return re.findall(r"'([^']*)'", found[1])
    return []
