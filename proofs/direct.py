"""SQLAlchemy's statements handed to sqlite3 without its way of running them: for proofs that need volume.

The same SQL, the same conversions of what goes in and comes out, compiled once for each shape of a statement. A
statement then costs 10 µs instead of 60. tests/proofs plays the same shop both ways and compares.
"""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, Executable
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement, TextClause

MOST = 2000  # some statements are made anew at each call


class Answer:
    """As much of SQLAlchemy's CursorResult as Tx needs."""

    __slots__ = ("_cursor", "_row", "rowcount")

    def __init__(self, cursor: sqlite3.Cursor, row: Callable[[Any], Any]) -> None:
        self._cursor = cursor
        self._row = row
        self.rowcount = cursor.rowcount

    def all(self) -> list[Any]:
        return [self._row(row) for row in self._cursor.fetchall()]

    def fetchmany(self, most: int) -> list[Any]:
        return [self._row(row) for row in self._cursor.fetchmany(most)]

    def first(self) -> Any:
        row = self._cursor.fetchone()
        self.close()
        return None if row is None else self._row(row)

    def scalar(self) -> Any:
        row = self.first()
        return None if row is None else row[0]

    def close(self) -> None:
        self._cursor.close()

    @property
    def inserted_primary_key(self) -> tuple[int | None]:
        return (self._cursor.lastrowid,)


class Prepared:
    """A statement for one set of parameters, with lists of one length each."""

    def __init__(self, compiled: SQLCompiler, params: Mapping[str, Any]) -> None:
        state = compiled.construct_expanded_state(dict(params))
        constants = compiled.construct_params(dict(params))
        expanded = {
            name: (listed, at) for listed, names in state.parameter_expansion.items() for at, name in enumerate(names)
        }
        self.sql = state.statement
        self.takes: list[tuple[str | None, int | None, Any, Callable[[Any], Any] | None]] = []
        for name in state.positiontup or ():
            process: Any = state.processors.get(name) or compiled._bind_processors.get(name)
            if name in expanded and expanded[name][0] in params:
                self.takes.append((*expanded[name], None, process))
            elif name in params:
                self.takes.append((name, None, None, process))
            else:  # a constant of the statement's own
                value = state.parameters[name] if name in state.parameters else constants[name]
                self.takes.append((None, None, process(value) if process else value, None))
        columns = compiled._result_columns
        self._row = namedtuple("Row", [entry.keyname for entry in columns], rename=True)._make if columns else tuple
        self._gives = [
            (at, process)
            for at, entry in enumerate(columns)
            if (process := entry.type._cached_result_processor(compiled.dialect, None))
        ]

    def values(self, params: Mapping[str, Any]) -> list[Any]:
        found = []
        for name, at, constant, process in self.takes:
            value = constant if name is None else params[name] if at is None else params[name][at]
            found.append(process(value) if process else value)
        return found

    def row(self, raw: tuple[Any, ...]) -> Any:
        if not self._gives:
            return self._row(raw)
        values = list(raw)
        for at, process in self._gives:
            values[at] = process(values[at])
        return self._row(values)


class Direct:
    """Runs statements on the sqlite3 connection below one of SQLAlchemy's."""

    def __init__(self, connection: Connection, raw: sqlite3.Connection) -> None:
        self._connection = connection
        self._raw = raw
        self._prepared: dict[tuple[Any, ...], Prepared] = {}
        self._statements: dict[int, Executable] = {}  # kept, or another could get a dead one's id

    def execute(self, statement: Executable, params: Any) -> Any:
        """Plain SQL and whole lists of parameters go SQLAlchemy's way: they are rare."""
        if isinstance(statement, TextClause) or not isinstance(params, Mapping):
            return self._connection.execute(statement, params)
        shape = (
            id(statement),
            *params,
            *[len(value) if isinstance(value, list | tuple) else -1 for value in params.values()],
        )
        prepared = self._prepared.get(shape)
        if prepared is None:
            prepared = self._prepare(statement, params)
            if len(self._prepared) > MOST:
                self._prepared.clear()
                self._statements.clear()
            self._statements[id(statement)] = statement
            self._prepared[shape] = prepared
        return Answer(self._raw.execute(prepared.sql, prepared.values(params)), prepared.row)

    def _prepare(self, statement: Executable, params: Mapping[str, Any]) -> Prepared:
        assert isinstance(statement, ClauseElement)
        compiled = statement.compile(dialect=self._connection.dialect, column_keys=list(params))
        assert isinstance(compiled, SQLCompiler)
        return Prepared(compiled, params)
