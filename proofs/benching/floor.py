"""The floor: the same rows in the same transactions, written by nothing but SQL."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from core.ground.stores.connection import BEGIN, COMMIT, SETTINGS
from doubles.postgres import Postgres
from proofs.benching.written import WIDTH, Named, Numbered, Pattern, Statement, Unreadable

MARK = re.compile(r"\$(\d+)")
TPS = re.compile(r"^tps = ([\d.]+)", re.MULTILINE)
FAILED = re.compile(r"number of failed transactions: (\d+)")


# SQLite: one writer, as the shop has it, and as many transactions sharing a durable commit as the shop's had


def sqlite(file: Path, pattern: Pattern, orders: int, at_once: int, sharing: float) -> float:
    """Orders a second. `sharing`: transactions to a commit."""
    work = list(_sequence(pattern, orders, at_once))
    connection = sqlite3.connect(file, isolation_level=None, cached_statements=500)
    connection.execute("PRAGMA journal_mode = WAL")
    for setting in SETTINGS:
        connection.execute(setting)
    began = time.perf_counter()
    connection.execute(BEGIN)
    due = sharing
    for done, statements in enumerate(work, 1):
        for sql, values in statements:
            connection.execute(sql, values)
        if done >= due:
            due += sharing
            connection.execute(COMMIT)
            connection.execute(BEGIN)
    connection.execute(COMMIT)
    seconds = time.perf_counter() - began
    connection.close()
    return orders / seconds


def _sequence(pattern: Pattern, orders: int, at_once: int) -> Iterator[list[tuple[str, tuple[Any, ...]]]]:
    """The transactions of all orders: those that go on at once take their steps in turn."""
    for start in range(0, orders, at_once):
        for transaction in pattern.transactions:
            for order in range(start, min(start + at_once, orders)):
                yield [(one.sql, tuple(_value(value, order) for value in one.values)) for one in transaction]


def _value(value: Any, order: int) -> Any:
    match value:
        case Numbered():
            return value.first + order * value.step
        case Named():
            return f"{value.stem}{order:0{WIDTH}}"
    return value


# PostgreSQL: pgbench, as many clients as there are buyers


def pgbench(
    server: Postgres, name: str, folder: Path, pattern: Pattern, orders: int, at_once: int, *, prepared: bool
) -> float:
    """Orders a second, connecting not counted. `orders` is a multiple of `at_once`."""
    script = folder / "floor.sql"
    script.write_text(_script(pattern, at_once))
    said = server.pgbench(
        name,
        f"--file={script}",
        f"--client={at_once}",
        f"--jobs={min(2, at_once)}",
        f"--transactions={orders // at_once}",
        f"--protocol={'prepared' if prepared else 'simple'}",
        "--define=turn=0",
    )
    speed, failed = TPS.search(said), FAILED.search(said)
    if not speed or (failed and int(failed[1])):
        raise Unreadable(said)
    return float(speed[1])


def _script(pattern: Pattern, at_once: int) -> str:
    """Each client has its own orders: number `turn * at_once + client_id`, turn by turn."""
    steps = {value.step for part in pattern.transactions for one in part for value in one.values if _numbered(value)}
    lines = [f"\\set k :turn * {at_once} + :client_id", "\\set turn :turn + 1", f"\\set named {10**WIDTH} + :k"]
    lines += [f"\\set k{step} :k * {step}" for step in sorted(steps)]
    for transaction in pattern.transactions:
        told = [_literally(one) for one in transaction]
        lines += told if len(told) == 1 else ["BEGIN;", *told, "END;"]
    return "\n".join(lines) + "\n"


def _numbered(value: Any) -> bool:
    return isinstance(value, Numbered)


def _literally(statement: Statement) -> str:
    sql = MARK.sub(lambda mark: _literal(statement.values[int(mark[1]) - 1]), statement.sql)
    return " ".join(sql.split()) + ";"


def _literal(value: Any) -> str:
    """A value as SQL: without a colon or a backslash that pgbench would take for its own."""
    match value:
        case Numbered():
            return f"({value.first} + :k{value.step}::BIGINT)"
        case Named():
            return f"({_quoted(value.stem)} || substr(:named::TEXT, 2))"
        case None:
            return "NULL"
        case bool() | int():
            return str(value)
        case str():
            return _quoted(value)
        case bytes():
            return f"decode('{value.hex()}', 'hex')"
        case datetime() | date():
            return _quoted(value.isoformat())
    raise Unreadable(f"a {type(value).__name__} in a statement")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "''").replace(":", "\\x3A").replace("\n", "\\n")
    return f"E'{escaped}'"
