"""The shop's file on SQLite while it is moved: one moment of it, read only, and held against whoever would write."""

from __future__ import annotations

import fcntl
import hashlib
import sqlite3
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Table, create_engine
from sqlalchemy.pool import StaticPool

from migrations import config, head
from mika.moving_values import Row, misfit, misfits, quoted
from mika.progress import Step
from mika.refusals import Refusal

PIECE = 1 << 20
SHARED, MANY = 0x40000000 + 2, 510  # the bytes that whoever has a database of SQLite's open keeps locked
PATIENCE = 1.0  # seconds


class Source:
    """The rows of the old shop, each table's in the order of its key."""

    def __init__(self, file: Path, connection: sqlite3.Connection) -> None:
        self.file = file
        self._connection = connection

    def count(self, table: Table) -> int:
        return self._connection.execute(f"SELECT count(*) FROM {quoted(table.name)}").fetchone()[0]  # noqa: S608

    def after(self, table: Table, key: Sequence[Any] | None, most: int) -> list[Row]:
        """The next rows behind that key, None for the first ones, as SQLite has them."""
        keys = names(list(table.primary_key.columns))
        asked = "" if key is None else f"WHERE ({keys}) > ({', '.join('?' * len(key))})"
        select = f"SELECT {names(table.columns)} FROM {quoted(table.name)} {asked} ORDER BY {keys} LIMIT {most}"  # noqa: S608
        return self._fetched(table, self._connection.execute(select, key or ()))

    def pages(self, table: Table, most: int) -> Generator[list[Row]]:
        """All of a table's rows, so many at a time."""
        keys = names(list(table.primary_key.columns))
        select = f"SELECT {names(table.columns)} FROM {quoted(table.name)} ORDER BY {keys}"  # noqa: S608
        with closing(self._connection.execute(select)) as cursor:
            while page := self._fetched(table, cursor, most):
                yield page

    def _fetched(self, table: Table, cursor: sqlite3.Cursor, most: int | None = None) -> list[Row]:
        try:
            return cursor.fetchall() if most is None else cursor.fetchmany(most)
        except sqlite3.OperationalError as error:
            raise unfit(f"{self.file}, table {table.name}: {error}") from None

    def look_through(self, tables: Sequence[Table], step: Step) -> None:
        """Whether PostgreSQL takes all of it. Raises Refusal S027, which names the first row that it would not take."""
        for done, table in enumerate(tables, 1):
            for key, column in self._misfits(table):
                shown = ", ".join(f"{name} {value!r}" for name, value in key.items())
                raise unfit(
                    f"PostgreSQL would not take the row of the table {table.name} with {shown}: its {column} holds a "
                    "zero character, is too long or is of another kind than the schema says"
                )
            step("Looking through", done, len(tables))

    def _misfits(self, table: Table) -> Iterator[tuple[dict[str, Any], str]]:
        """The first row that does not fit, by its key, and the first of its columns that does not."""
        told = ", ".join([*(quoted(each.name) for each in table.primary_key), *map(misfit, table.columns)])
        asked = f"SELECT {told} FROM {quoted(table.name)} WHERE {misfits(table)} LIMIT 1"  # noqa: S608
        keys = [column.name for column in table.primary_key]
        for row in self._connection.execute(asked).fetchall():
            wrong = zip(row[len(keys) :], table.columns, strict=True)
            yield dict(zip(keys, row, strict=False)), next(column.name for found, column in wrong if found)

    def looked_at(self, look: Callable[[Connection], Any]) -> Any:
        """What a function of SQLAlchemy's finds in this moment of the shop."""
        engine = create_engine("sqlite://", creator=lambda: self._connection, poolclass=StaticPool)
        with engine.connect() as connection:
            return look(connection)


@contextmanager
def held(file: Path) -> Iterator[Source]:
    """One moment of the file; whoever would write to it waits in vain until the block ends. Raises Refusal S027.

    The file's bytes stay as they are: whoever closes it last only reads, and puts nothing of its log into it.
    """
    if not file.exists():
        raise unfit(f"there is no {file}")
    try:
        if _is_open_elsewhere(file):
            raise unfit(f"another process has {file} open; stop the shop first, every part of it")
        with closing(_opened(file, "ro")) as reading, closing(_opened(file, "rw")) as holding:
            holding.execute("BEGIN IMMEDIATE")
            reading.execute("BEGIN")
            _look_at_schema(file, reading)
            yield Source(file, reading)
            holding.rollback()
    except (sqlite3.Error, OSError) as error:
        raise unfit(f"{file}: {getattr(error, 'strerror', None) or error}") from None


def _opened(file: Path, mode: str) -> sqlite3.Connection:
    uri = f"{file.resolve().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, timeout=PATIENCE, isolation_level=None, check_same_thread=False)


def _is_open_elsewhere(file: Path) -> bool:
    """Before we open it ourselves: closing any file of ours ends all locks that we have on it."""
    with file.open("r+b") as there:
        try:
            fcntl.lockf(there, fcntl.LOCK_EX | fcntl.LOCK_NB, MANY, SHARED)
        except OSError:
            return True
        fcntl.lockf(there, fcntl.LOCK_UN, MANY, SHARED)
    return False


def _look_at_schema(file: Path, connection: sqlite3.Connection) -> None:
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "alembic_version" not in tables:
        raise unfit(f"{file} holds no shop")
    (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone() or ("none",)
    if revision == head():
        return
    if revision in {each.revision for each in ScriptDirectory.from_config(config()).walk_revisions()}:
        raise unfit(f"{file} has an older schema, {revision}; run `mika migrate` first")
    raise unfit(f"{file} is of a newer version of this program: its schema, {revision}, is not known here")


def fingerprint(file: Path, step: Step) -> str:
    """What tells this very state of the shop: of the file, and of what is in its log and not yet in it."""
    digest, done = hashlib.sha256(), 0
    parts = [part for part in (file, file.with_name(f"{file.name}-wal")) if part.exists() and part.stat().st_size]
    size = sum(part.stat().st_size for part in parts)
    for part in parts:
        with part.open("rb") as content:
            while piece := content.read(PIECE):
                digest.update(piece)
                done += len(piece)
                step("Knowing the file", done, size)
    return digest.hexdigest()


def names(columns: Any) -> str:
    return ", ".join(quoted(column.name) for column in columns)


def unfit(what: str) -> Refusal:
    return Refusal("S027", what=what)
