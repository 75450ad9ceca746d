"""Whether what was moved is what was there: row by row, and by what must hold of a shop."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
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
    pages = source.pages(table, PAGE)
    async for found in target.pages(table, PAGE):
        ours, theirs = alike(hand(next(pages, []))), alike(found)
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
    at = [column.name for column in table.columns]
    for one, other in zip_longest(ours, theirs):
        if one != other:
            row = dict(zip(at, one or other or (), strict=False))
            key = ", ".join(f"{column.name} {row[column.name]!r}" for column in table.primary_key)
            said = "is missing there" if other is None else "is there only" if one is None else "is another there"
            return f"the row of the table {table.name} with {key} {said}"
    return f"the table {table.name}"


def broken(connection: Connection, vault: Vault, rules: Rules, now: datetime, step: Step) -> list[str]:
    """Every invariant of the shop that does not hold at that moment, each in its sentence."""
    tx = Tx(connection, Given(vault, rules, Clock(), Ids()), lambda _: now, writes=False)
    found = []
    for done, check in enumerate(reconcile.CHECKS, 1):
        if rows := check.broken(tx):
            found.append(str(reconcile.Finding(check, tuple(sorted(rows, key=lambda each: each.row)))))
        step("Checking what must hold", done, len(reconcile.CHECKS))
    return found
