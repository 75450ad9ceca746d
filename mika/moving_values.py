"""What a value is on SQLite, on PostgreSQL, and between them: the form in which both are compared."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Column, Date, Integer, LargeBinary, String, Table

from core.ground.columns import UTC, BigId, Json

LONG, SHORT = 2**63, 2**31
DIGITS = "[0-9]"
MOMENT = f"{DIGITS * 4}-{DIGITS * 2}-{DIGITS * 2} {DIGITS * 2}:{DIGITS * 2}:{DIGITS * 2}.{DIGITS * 6}"
FIRST, LAST = "0001-01-01 00:00:00.000000", "9999-12-31 23:59:59.999999"
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Kind:
    """A sort of column: which of its values PostgreSQL would not take, how it is handed over, how it is compared."""

    misfits: Callable[[Column[Any]], str]  # an SQL condition on SQLite's value, which is called {0}
    handed: Callable[[Any], Any] | None = None  # SQLite's value as asyncpg takes it; None where it is the same
    compared: Callable[[Any], Any] | None = None  # what asyncpg takes and gives, made alike


def _text(column: Column[Any]) -> str:
    length = getattr(column.type, "length", None)
    longer = f" OR length({{0}}) > {length}" if length else ""
    return f"typeof({{0}}) <> 'text' OR instr(CAST({{0}} AS BLOB), x'00') > 0{longer}"


def _whole(limit: int) -> Callable[[Column[Any]], str]:
    return lambda _: f"typeof({{0}}) <> 'integer' OR {{0}} < -{limit} OR {{0}} > {limit - 1}"


def _json(_: Column[Any]) -> str:
    """Also where a zero character is spelled out in it; but "\\\\u0000" is a backslash and five letters."""
    spelled = "replace({0}, '\\\\', '') LIKE '%\\u0000%'"
    return f"CASE WHEN typeof({{0}}) = 'blob' OR NOT json_valid({{0}}) THEN 1 ELSE {spelled} END"


def _no_moment(_: Column[Any]) -> str:
    """The driver takes the first and the last moment that Python knows for infinity."""
    ends = f"{{0}} IN ('{FIRST}', '{LAST}')"
    return (
        f"{{0}} NOT GLOB '{MOMENT}' OR datetime(substr({{0}}, 1, 19), '+0 days') IS NOT substr({{0}}, 1, 19) OR {ends}"
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


def _plain(stored: Any) -> Any:
    """JSON without what PostgreSQL does not keep: the order of names, and whether a whole number was written 1.0."""
    return json.dumps(json.loads(stored, parse_float=_number), sort_keys=True, ensure_ascii=False)


def _number(written: str) -> float | int:
    value = float(written)
    return int(value) if value.is_integer() else value


KINDS: tuple[tuple[type[Any], Kind], ...] = (
    (UTC, Kind(_no_moment, _moment)),
    (Json, Kind(_json, str, _plain)),
    (BigId, Kind(_whole(LONG))),
    (Boolean, Kind(lambda _: "typeof({0}) <> 'integer' OR {0} NOT IN (0, 1)", bool)),
    (Integer, Kind(_whole(SHORT))),
    (Date, Kind(lambda _: "date({0}, '+0 days') IS NOT {0}", date.fromisoformat)),
    (LargeBinary, Kind(lambda _: "typeof({0}) <> 'blob'", None, bytes)),
    (String, Kind(_text)),
)


def kind(column: Column[Any]) -> Kind:
    """Raises TypeError for a sort of column that nobody has said how to move."""
    for of, found in KINDS:
        if isinstance(column.type, of):
            return found
    raise TypeError(f"{column} is of a type that mika/moving_values.py does not know")


def misfits(table: Table) -> str:
    """The SQL condition that is true of a row on SQLite which PostgreSQL would not take as it is."""
    return " OR ".join(misfit(column) for column in table.columns)


def misfit(column: Column[Any]) -> str:
    name = quoted(column.name)
    return f"({name} IS NOT NULL AND ({kind(column).misfits(column).format(name)}))"


def handing(table: Table) -> Callable[[Sequence[Row]], list[Row]]:
    """Makes SQLite's rows what asyncpg takes."""
    return _each([kind(column).handed for column in table.columns])


def comparing(table: Table) -> Callable[[Sequence[Row]], list[Row]]:
    """Makes what asyncpg takes, and what it gives, alike: equal rows are equal then, and only they."""
    return _each([kind(column).compared for column in table.columns])


def _each(makes: Sequence[Callable[[Any], Any] | None]) -> Callable[[Sequence[Row]], list[Row]]:
    """Column by column: most have nothing to be made of them."""

    def made(rows: Sequence[Row]) -> list[Row]:
        if not rows:
            return []
        columns = zip(*rows, strict=True)
        return list(zip(*(_made(make, column) for make, column in zip(makes, columns, strict=True)), strict=True))

    return made


def _made(make: Callable[[Any], Any] | None, column: Row) -> Sequence[Any]:
    return column if make is None else [None if value is None else make(value) for value in column]


def quoted(name: str) -> str:
    return f'"{name}"'
