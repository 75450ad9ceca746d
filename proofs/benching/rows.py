"""How many rows a database has, table by table and state by state, and which numbers they have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from core.ground.columns import BigId
from core.ground.db import Tx
from core.schema import metadata

TABLES = metadata.sorted_tables
NUMBERED = [table for table in TABLES if "id" in table.c and isinstance(table.c.id.type, BigId)]


@dataclass(frozen=True)
class Rows:
    """By table, and by table and state where it has states."""

    counts: Mapping[Any, int]

    def since(self, before: Rows) -> Rows:
        """What came and went, without what stayed as many."""
        names = {*self.counts, *before.counts}
        grown = {name: self.counts.get(name, 0) - before.counts.get(name, 0) for name in names}
        return Rows({name: many for name, many in grown.items() if many})

    def times(self, many: int) -> Rows:
        return Rows({name: count * many for name, count in self.counts.items()})


def rows(tx: Tx) -> Rows:
    counts: dict[Any, int] = {}
    for table in TABLES:
        counts[table.name] = tx.value(select(func.count()).select_from(table))
        if "state" in table.c:
            counts |= {(table.name, state): many for state, many in _states(tx, table)}
    return Rows(counts)


def _states(tx: Tx, table: Any) -> list[Any]:
    return tx.all(select(table.c.state, func.count()).group_by(table.c.state))


def numbers(tx: Tx) -> dict[str, set[int]]:
    """The numbers of the rows of each table that numbers its rows."""
    return {table.name: {row[0] for row in tx.all(select(table.c.id))} for table in NUMBERED}
