"""What of each table goes out, and how: read from the schema, so that a table that comes later can't be forgotten.

What is flat stands in NAME.csv, one row a line. What nests stands in NAME.jsonl, with the same row's key. Amounts are
decimals, moments ISO 8601 in UTC, digests hexadecimal.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Table, literal, select

from core import enquiries, orders
from core.ground.columns import Json, Sealed
from core.ground.errors import Tampered
from core.ground.money import Money
from core.ground.tx import AnyRow
from core.ground.vault import Secret, Vault
from core.resealing import EVERYWHERE, SealedColumn
from core.schema import metadata
from core.sheets import harmless

WORDS: dict[str, Any] = tomllib.loads(Path(__file__).with_name("export.toml").read_text("utf-8"))
LEFT_OUT: Mapping[str, str] = {name: why for name, why in WORDS["left_out"].items() if name != "columns"}
LEFT_OUT_COLUMNS: Mapping[str, str] = WORDS["left_out"]["columns"]
# Amounts in minor units, each with the column that says of what.
AMOUNTS = {
    "batches.unit_cost": "currency",
    "disputes.amount": "currency",
    "entries.amount": "currency",
    "lines.unit_price": "currency",
    "old_credits.amount": "currency",
    "old_orders.total": "currency",
    "orders.total": "currency",
    "orders.worth": "worth_currency",
    "payments.amount": "currency",
    "payments.exact_amount": "exact_currency",
    "prices.unit_price": "currency",
    "purchases.cost": "currency",
    "receipts.amount": "currency",
    "refunds.amount": "currency",
    "units.price": "currency",
}


@dataclass(frozen=True)
class Opened:
    """A sealed column as it goes out: what it is called there, whether it nests, whether it holds codes."""

    name: str
    nests: bool = False
    holds_codes: bool = False
    covered: Callable[[Secret], str] | None = None  # what of it goes out without codes


OPENED = {
    "codes.sealed": Opened("code", nests=True, holds_codes=True),
    "contacts.sealed": Opened("address"),
    "drafts.sealed": Opened("codes", nests=True, holds_codes=True),
    "lines.answers": Opened("answers", nests=True),
    "listings.label": Opened("label"),
    "notes.sealed": Opened("text", covered=enquiries.covered),
    "old_credits.sealed": Opened("who", nests=True),
    "old_orders.sealed": Opened("delivered", holds_codes=True),
    "redemptions.place": Opened("place"),
}
SEALED = {each.name: each for each in EVERYWHERE}


@dataclass(frozen=True)
class Column:
    """One column of a file: its name, whether it nests, and its value, made of a row."""

    name: str
    nests: bool
    made: Callable[[AnyRow], Any]


class Sheet:
    """A table as it goes out. What does not open is left empty and counted: one bad row holds up no owner."""

    def __init__(self, table: Table, vault: Vault | None = None, currency: str = "", *, with_codes: bool) -> None:
        self.table = table
        self.unopened = 0  # values
        self._vault = vault
        self._with_codes = with_codes
        self._more = _more(table, currency)
        columns = [column for each in table.columns if (column := self._column(each))]
        columns += [Column(name, nests=False, made=_stored(name)) for name in self._more]
        self.flat = [column for column in columns if not column.nests]
        self.keys = [column for column in columns if column.name in table.primary_key.columns]
        self.nested = [*self.keys, *nested] if (nested := [column for column in columns if column.nests]) else []

    @property
    def select(self) -> Select[Any]:
        sealed = [SEALED[f"{self.table.name}.{each.name}"] for each in self.table.columns if _is_sealed(each)]
        joined: list[FromClause] = [each.joined for each in sealed if each.joined is not None]
        made_from = [of for each in sealed for of in each.made_from if of.table is not self.table]
        more = [value.label(name) for name, value in self._more.items()]
        asked = select(*self.table.columns, *made_from, *more).select_from(joined[0] if joined else self.table)
        return asked.order_by(*self.table.primary_key.columns)

    def line(self, row: AnyRow) -> list[str]:
        """A row of the CSV."""
        return [_cell(column.made(row)) for column in self.flat]

    def nest(self, row: AnyRow) -> str | None:
        """A line of the JSON lines; None where nothing of the row nests."""
        found = {column.name: column.made(row) for column in self.nested}
        if all(value is None for value in list(found.values())[len(self.keys) :]):
            return None
        return json.dumps(found, ensure_ascii=False, default=_plain)

    def _column(self, column: Any) -> Column | None:
        full = f"{self.table.name}.{column.name}"
        if full in LEFT_OUT_COLUMNS:
            return None
        if _is_sealed(column):
            opened = OPENED[full]
            if opened.holds_codes and not self._with_codes:
                return None
            return Column(opened.name, opened.nests, self._opening(SEALED[full], column.name, opened))
        if full in AMOUNTS:
            return Column(column.name, nests=False, made=_amount(column.name, AMOUNTS[full]))
        return Column(column.name, isinstance(column.type, Json), _stored(column.name))

    def _opening(self, sealed: SealedColumn, name: str, opened: Opened) -> Callable[[AnyRow], Any]:
        def made(row: AnyRow) -> Any:
            value = getattr(row, name)
            if value is None or self._vault is None:
                return None
            try:
                plain = self._vault.open(value, sealed.bound_to(row))
            except Tampered:
                self.unopened += 1
                return None
            if opened.covered and not self._with_codes:
                return opened.covered(plain)
            return json.loads(plain.reveal()) if opened.nests else plain.reveal()

        return made


def tables() -> list[Table]:
    """Every table that goes out, by name."""
    return [table for name, table in sorted(metadata.tables.items()) if name not in LEFT_OUT]


def about(table: Table, name: str) -> str:
    """What stands in a column, in a sentence. Raises KeyError for one that nobody has described."""
    own: Mapping[str, str] = WORDS["columns"].get(table.name, {})
    if name in own:
        return own[name]
    for key in table.columns[name].foreign_keys if name in table.columns else ():
        return f"The row of {key.column.table.name}.csv whose {key.column.name} this is."
    return WORDS["common"][name]


def _is_sealed(column: Any) -> bool:
    return isinstance(column.type, Sealed)


def _more(table: Table, currency: str) -> dict[str, ColumnElement[Any]]:
    """The currency of amounts whose own row does not say it."""
    if table.name == "orders":
        return {"worth_currency": literal(currency)}
    if table.name not in ("lines", "units"):
        return {}
    whose = select(orders.orders.c.currency).where(orders.orders.c.id == table.c.order_id)
    return {"currency": whose.correlate(table).scalar_subquery()}


def _stored(name: str) -> Callable[[AnyRow], Any]:
    return lambda row: getattr(row, name)


@dataclass(frozen=True)
class _Number:
    """A decimal, which is no text that could be a formula."""

    text: str


def _amount(name: str, currency: str) -> Callable[[AnyRow], Any]:
    def made(row: AnyRow) -> Any:
        minor = getattr(row, name)
        return None if minor is None else _Number(Money(minor, getattr(row, currency)).plain())

    return made


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case str():
            return harmless(value)
        case bool():
            return "true" if value else "false"
    return str(_plain(value))


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case bytes():
            return value.hex()
        case _Number():
            return value.text
    return value


__all__ = ["LEFT_OUT", "LEFT_OUT_COLUMNS", "WORDS", "Column", "Sheet", "about", "tables"]
