"""What tables are made of: the one metadata, and the column types that mean the same on both stores."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from datetime import UTC as ZONE
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import JSON, BigInteger, ColumnElement, DateTime, Integer, LargeBinary, MetaData, String, cast, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

metadata = MetaData(
    naming_convention={  # a migration can only drop what has a name
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def one_of(states: Iterable[StrEnum]) -> str:
    return ", ".join(f"'{state.value}'" for state in states)


def whole(total: ColumnElement[Any]) -> ColumnElement[int]:
    """A sum as a whole number, 0 for no rows: PostgreSQL makes a decimal of a sum of 64-bit numbers."""
    return cast(func.coalesce(total, 0), BigInteger)


class Sealed(LargeBinary):
    """What the vault has sealed; no plaintext column has this type, no sealed value another.

    Each such column is named in core/resealing.py, or a rotation of the keys would pass it over.
    """


class Digest(LargeBinary):
    """A fingerprint or a link of a chain: it opens nothing, and no rotation touches it."""


@lru_cache(maxsize=128)  # a transaction writes its one moment into most of its rows
def _as_text(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone; every time here is aware UTC")
    return moment.astimezone(ZONE).isoformat(" ", "microseconds")[:26]


# Where SQLAlchemy can't see the type (raw SQL, a function's parameter) a time reaches the driver as it is, and the
# driver's own way of writing it, with "+00:00" behind it, would be equal to none of ours.
sqlite3.register_adapter(datetime, _as_text)


class UTC(TypeDecorator[datetime]):
    """A moment. Takes aware times only (ValueError), gives aware UTC back.

    SQLite keeps "2026-01-31 12:00:00.000000": always 26 characters of UTC, so text order is time order; and other
    than a count of microseconds a person can read it in the sqlite3 shell, and date() and strftime() take it.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(String(26) if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        text = _as_text(value)  # also refuses naive times, which PostgreSQL's driver would take as UTC
        return text if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(f"{value}+00:00")
        return value.astimezone(ZONE)


class Json(TypeDecorator[Any]):
    """Plain data: dicts, lists, text, numbers, booleans. None is NULL, never the JSON word null."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        kind = JSONB if dialect.name == "postgresql" else JSON
        return dialect.type_descriptor(kind(none_as_null=True))


class BigId(TypeDecorator[int]):
    """A row's number: 64 bits on both stores. On SQLite only a column declared INTEGER numbers itself."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else BigInteger())
