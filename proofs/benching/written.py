"""What one whole order writes, statement by statement, recorded from two real orders: the floor writes just that.

What is the same in both orders is the same in all. A number that differs is a row's, and goes on by the same step
from order to order; a text that differs is somebody's key, and gets a number of its own for each order. So the floor
can't drift from what the shop writes, and every row it writes points at the rows that the shop's would.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Never

from sqlalchemy import Connection, Executable

from core.ground.db import Database
from core.ground.stores.prepared import Prepared, Preparer, Ran
from core.ground.tx import Tx
from proofs.benching.rows import Rows, numbers, rows
from proofs.guards import replaced

INSERT = re.compile(r"INSERT INTO (\w+) \((.*?)\) VALUES ", re.DOTALL)
WRITES = re.compile(r"\s*(INSERT INTO|UPDATE|DELETE FROM)\s", re.IGNORECASE)
HIDDEN = re.compile(r"\s*WITH\b.*\b(INSERT INTO|UPDATE\s+\w+\s+SET|DELETE FROM)\s", re.IGNORECASE | re.DOTALL)
Recorded = list[list[tuple[str, tuple[Any, ...]]]]  # SQL and values, by transaction
WIDTH = 6  # digits of an order's number at the end of its keys


class Unreadable(RuntimeError):
    """The floor does not know how to write what the shop writes: it must learn to."""


@dataclass(frozen=True)
class Numbered:
    """A row's number: of order k it is `first + k * step`."""

    first: int
    step: int


@dataclass(frozen=True)
class Named:
    """A key that is another one for each order: `stem`, then the order's number in WIDTH digits."""

    stem: str


@dataclass(frozen=True)
class Statement:
    """With the rows' numbers said, where the store would number them itself; its values in the SQL's order."""

    sql: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Pattern:
    """The writing of one order: its statements by transaction, and what rows it leaves."""

    transactions: tuple[tuple[Statement, ...], ...]
    leaves: Rows

    @property
    def statements(self) -> int:
        return sum(map(len, self.transactions))


class Recorder:
    """A Database whose writes are made one after the other, and written down as the driver gets them."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.transactions: Recorded = []
        self._turn = asyncio.Lock()

    async def write(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        async with self._turn:
            self.transactions.append([])
            with replaced(Preparer, "_execute", self._listens(Preparer._execute)), replaced(Tx, "_run", _unheard):
                return await self._db.write(fn, *args, **kwargs)

    def _listens(self, execute: Callable[..., Ran]) -> Callable[..., Ran]:
        def heard(preparer: Preparer, connection: Connection, prepared: Prepared, values: Sequence[Any]) -> Ran:
            ran = execute(preparer, connection, prepared, values)
            self._hear(prepared.sql, values, ran.changed)
            return ran

        return heard

    async def read(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        return await self._db.read(fn, *args, **kwargs)

    def _hear(self, sql: str, values: Sequence[Any], changed: int) -> None:
        if HIDDEN.match(sql):
            raise Unreadable(sql)
        if WRITES.match(sql) and (changed or INSERT.match(sql)):  # else it reads, or found nothing to change
            self.transactions[-1].append((sql, tuple(values)))


def _unheard(_: Tx, statement: Executable, __: Any) -> Never:
    raise Unreadable(f"not prepared, so not heard: {statement}")


async def pattern(db: Database, orders: Sequence[Callable[[Recorder], Awaitable[None]]]) -> Pattern:
    """Has two whole orders made on a database that only they write to. Raises Unreadable."""
    recorded, new, grown = [], [], []
    for order in orders:
        before, recorder = await db.read(numbers), Recorder(db)
        counted = await db.read(rows)
        await order(recorder)
        after = await db.read(numbers)
        recorded.append(recorder.transactions)
        new.append({table: sorted(after[table] - before[table]) for table in after})
        grown.append((await db.read(rows)).since(counted))
    if grown[0] != grown[1]:
        raise Unreadable("two whole orders did not leave the same rows")
    return Pattern(_woven(*recorded, *new), grown[0])


def _woven(
    first: Recorded, second: Recorded, ours: Mapping[str, list[int]], theirs: Mapping[str, list[int]]
) -> tuple[tuple[Statement, ...], ...]:
    if [[sql for sql, _ in part] for part in first] != [[sql for sql, _ in part] for part in second]:
        raise Unreadable("two whole orders did not write the same")
    ids = {table: iter([Numbered(a, b - a) for a, b in zip(ours[table], theirs[table], strict=True)]) for table in ours}
    last: dict[str, Numbered] = {}
    made = []
    for part, other in zip(first, second, strict=True):
        statements = []
        for (sql, values), (_, others) in zip(part, other, strict=True):
            varying = tuple(_varying(a, b) for a, b in zip(values, others, strict=True))
            statements.append(_numbered(sql, varying, ids, last))
        made.append(tuple(statements))
    if left := [table for table, rest in ids.items() if list(rest)]:
        raise Unreadable(f"nobody was seen writing these rows: {left}")
    return tuple(part for part in made if part)


def _varying(ours: Any, theirs: Any) -> Any:
    if ours == theirs or isinstance(ours, bool):
        return ours
    if isinstance(ours, int):
        return Numbered(ours, theirs - ours)
    if isinstance(ours, str) and not re.match(r"[\[{]|\d{4}-\d\d-\d\d ", ours):  # neither JSON nor SQLite's time
        return Named(ours[:-WIDTH])
    return ours  # sealed bytes, a moment, JSON: one is as long as the other


def _numbered(sql: str, values: tuple[Any, ...], ids: dict[str, Iterator[Numbered]], last: dict[str, Any]) -> Statement:
    """The statement with its row's number said. What a conflict kept out has the number of the row before."""
    found = INSERT.match(sql)
    if not found or found[1] not in ids or re.search(r"(^|\W)id(\W|$)", found[2]):
        return Statement(sql, values)
    table = found[1]
    told, kept, rest = f"{sql[: found.end(2)]}, id) VALUES ", [*values], sql[found.end() :]
    while True:  # for each of its rows
        number = last[table] = next(ids[table], last.get(table))
        group, asked = _first_group(rest), told.count("?")
        if "?" in sql:
            kept.insert(asked + group.count("?"), number)
            mark = "?"
        else:
            kept.append(number)
            mark = f"${len(kept)}"
        told, rest = f"{told}{group}, {mark}", rest[len(group) :]
        if not (more := re.match(r"\)\s*,\s*(?=\()", rest)):
            return Statement(told + rest, tuple(kept))
        told, rest = told + more[0], rest[more.end() :]


def _first_group(rest: str) -> str:
    depth = 0
    for place, char in enumerate(rest):
        depth += (char == "(") - (char == ")")
        if not depth:
            return rest[:place]
    raise Unreadable(rest)
