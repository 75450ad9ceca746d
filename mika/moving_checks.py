"""Whether what was moved is what was there: row by row, and by what must hold of a shop."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import aclosing, closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table

from core import reconcile
from core.ground.clock import Clock
from core.ground.ids import Ids
from core.ground.rules import Rules
from core.ground.tx import Given, Tx
from core.ground.vault import Vault
from mika.moving_source import Source
from mika.moving_target import Target
from mika.moving_values import Row, comparing, handing
from mika.progress import Step

PAGE = 5_000  # rows that are in memory at a time, of each side


class Other(Exception):
    """A row is not the same on both sides."""


@dataclass(frozen=True)
class Checked:
    """A table that is the same on both sides."""

    rows: int
    checksum: str


async def same(source: Source, target: Target, table: Table, heard: Callable[[int], None]) -> Checked:
    """Reads a table from both sides, and holds each row against its own. Raises Other for the first that differs."""
    hand, alike = handing(table), comparing(table)
    here, there, rows = hashlib.sha256(), hashlib.sha256(), 0
    with closing(source.pages(table, PAGE)) as pages:
        async with aclosing(target.pages(table, PAGE)) as found:
            async for page in found:
                ours, theirs = alike(hand(next(pages, []))), alike(page)
                if ours != theirs:
                    raise Other(_first_other(table, ours, theirs))
                _counted(here, ours)
                _counted(there, theirs)
                rows += len(theirs)
                heard(rows)
        if (missing := next(pages, None)) is not None:
            raise Other(_first_other(table, alike(hand(missing)), []))
    if here.digest() != there.digest():
        raise Other(f"the table {table.name}")
    return Checked(rows, there.hexdigest())


def _counted(digest: Any, rows: Sequence[Row]) -> None:
    digest.update("\n".join(map(repr, rows)).encode("utf-8", "surrogatepass"))


def _first_other(table: Table, ours: Sequence[Row], theirs: Sequence[Row]) -> str:
    """Which of them differs first. Rows are told apart by their keys."""
    here, there = _by_key(table, ours), _by_key(table, theirs)
    for key in {**here, **there}:
        if here.get(key) != there.get(key):
            said = (
                "is missing there" if key not in there else "is there only" if key not in here else "is another there"
            )
            named = zip((column.name for column in table.primary_key), key, strict=True)
            shown = ", ".join(f"{name} {value!r}" for name, value in named)
            return f"the row of the table {table.name} with {shown} {said}"
    return f"the table {table.name}"


def _by_key(table: Table, rows: Sequence[Row]) -> dict[Row, Row]:
    names = [column.name for column in table.columns]
    at = [names.index(column.name) for column in table.primary_key]
    return {tuple(row[place] for place in at): row for row in rows}


def broken(connection: Connection, vault: Vault, rules: Rules, now: datetime, step: Step) -> list[str]:
    """Every invariant of the shop that does not hold at that moment, each in its sentence."""
    tx = Tx(connection, Given(vault, rules, Clock(), Ids()), lambda _: now, writes=False)
    found = []
    for done, check in enumerate(reconcile.CHECKS, 1):
        if rows := check.broken(tx):
            found.append(str(reconcile.Finding(check, tuple(sorted(rows, key=lambda each: each.row)))))
        step("Checking what must hold", done, len(reconcile.CHECKS))
    return found
