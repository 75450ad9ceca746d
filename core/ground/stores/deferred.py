"""Deferred foreign keys on SQLite, checked before the COMMIT that several calls share would fail for all of them."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

TABLES = """
    SELECT name FROM main.sqlite_master
    WHERE type = 'table' AND sql LIKE '%INITIALLY DEFERRED%' AND sql NOT LIKE '%WITHOUT ROWID%'
"""
OURS = "SELECT name FROM temp.sqlite_master WHERE type = 'trigger' AND name LIKE 'suspect %'"


@dataclass(frozen=True)
class ForeignKey:
    child: str
    parent: str
    columns: tuple[tuple[str, str], ...]  # in the child, in the parent

    def orphan(self, row: str) -> str:
        """The condition under which `row`, a name for a child row, points at nothing."""
        filled = " AND ".join(f"{row}.{quoted(ours)} IS NOT NULL" for ours, _ in self.columns)
        found = " AND ".join(f"p.{quoted(theirs)} = {row}.{quoted(ours)}" for ours, theirs in self.columns)
        return f"{filled} AND NOT EXISTS (SELECT 1 FROM {quoted(self.parent)} AS p WHERE {found})"

    def children(self, row: str) -> str:
        """The condition under which a child row `c` points at `row`, a name for a parent row."""
        return " AND ".join(f"c.{quoted(ours)} = {row}.{quoted(theirs)}" for ours, theirs in self.columns)


class Suspects:
    """Child rows that may point at nothing: temporary triggers of this connection note them as they come about.

    A savepoint's check then costs one look at an empty table, and with suspects as much as there are suspects,
    however big the tables. Triggers see what a statement's text doesn't show: other triggers, cascades, raw SQL.
    What they don't see (REPLACE deleting a parent, DDL in the same transaction) still fails the COMMIT.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._schema = -1
        self._keys: list[ForeignKey] = []
        connection.execute("CREATE TEMP TABLE suspects (key INTEGER, child INTEGER)")

    def begin(self) -> None:
        """Before the first savepoint of a transaction: sees to the triggers if the schema has changed."""
        (schema,) = self._connection.execute("PRAGMA main.schema_version").fetchone()
        if schema != self._schema:
            self._watch()
            self._schema = schema

    def violation(self) -> str | None:
        """Before a savepoint's RELEASE: which foreign key does not hold, in words, or None."""
        if not self._keys:
            return None
        for (number,) in self._connection.execute("SELECT DISTINCT key FROM suspects").fetchall():
            key = self._keys[number]
            found = self._connection.execute(
                f"SELECT c.rowid FROM suspects JOIN {quoted(key.child)} AS c ON c.rowid = suspects.child "
                f"WHERE suspects.key = {number} AND {key.orphan('c')} LIMIT 1"
            ).fetchone()
            if found:
                return f"FOREIGN KEY constraint failed: {key.child} row {found[0]} points at no row of {key.parent}"
            self._connection.execute("DELETE FROM suspects WHERE key = ?", (number,))
        return None

    def _watch(self) -> None:
        for (trigger,) in self._connection.execute(OURS).fetchall():
            self._connection.execute(f"DROP TRIGGER temp.{quoted(trigger)}")
        self._keys = foreign_keys(self._connection)
        for number, key in enumerate(self._keys):
            child, parent = quoted(key.child), quoted(key.parent)
            ours = ", ".join(quoted(column) for column, _ in key.columns)
            theirs = ", ".join(quoted(column) for _, column in key.columns)
            orphan = f"INSERT INTO suspects VALUES ({number}, NEW.rowid)"
            left = f"INSERT INTO suspects SELECT {number}, c.rowid FROM {child} AS c WHERE {key.children('OLD')}"
            self._trigger(f"{number} added", f"INSERT ON {child} WHEN {key.orphan('NEW')}", orphan)
            self._trigger(f"{number} moved", f"UPDATE OF {ours} ON {child} WHEN {key.orphan('NEW')}", orphan)
            self._trigger(f"{number} removed", f"DELETE ON {parent}", left)
            self._trigger(f"{number} renamed", f"UPDATE OF {theirs} ON {parent}", left)

    def _trigger(self, name: str, when: str, then: str) -> None:
        self._connection.execute(f"CREATE TEMP TRIGGER {quoted('suspect ' + name)} AFTER {when} BEGIN {then}; END")


def foreign_keys(connection: sqlite3.Connection) -> list[ForeignKey]:
    """Every foreign key of the tables that have a deferred one (SQLite does not tell which of a table's they are)."""
    found = []
    for (child,) in connection.execute(TABLES).fetchall():
        rows = connection.execute(f"PRAGMA main.foreign_key_list({quoted(child)})").fetchall()
        for _, columns in groupby(rows, key=itemgetter(0)):  # id, seq, table, from, to, ...
            listed = sorted(columns, key=itemgetter(1))
            parent = listed[0][2]
            theirs = [row[4] for row in listed] if listed[0][4] is not None else primary_key(connection, parent)
            ours = [row[3] for row in listed]
            if len(ours) == len(theirs):  # else the parent is missing, and SQLite refuses every write to it
                found.append(ForeignKey(child, parent, tuple(zip(ours, theirs, strict=True))))
    return found


def primary_key(connection: sqlite3.Connection, table: str) -> list[str]:
    columns = connection.execute(f"PRAGMA main.table_info({quoted(table)})").fetchall()
    return [row[1] for row in sorted(columns, key=itemgetter(5)) if row[5]]


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
