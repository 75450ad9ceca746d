"""Schema history. Each file in versions/ is one step, run in one transaction, on SQLite and on PostgreSQL.

Since 0032 a step only widens: it adds tables, columns that may be empty or have a default, indexes. So programs of
before and after it work side by side. One that must narrow says so: it sets schema_fits.oldest to itself, and stands
in NARROWS of tests/migrations/test_widening.py with its reason.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, event, inspect, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from core.ground import fits, owners, triggers
from core.schema import metadata

HERE = Path(__file__).resolve().parent


def config(connection: Connection | None = None) -> Config:
    made = Config()
    made.set_main_option("script_location", str(HERE).replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


def upgrade(url: str, to: str = "head") -> None:
    """Bring a database to this program's schema. Blocking; one that is there already is left as it is.

    Ends with a check of every foreign key and makes all triggers anew, because a migration that rebuilds a table
    on SQLite drops its triggers without a word.
    """
    _in_transaction(url, lambda connection: _upgrade(connection, to))


def _upgrade(connection: Connection, to: str) -> None:
    if connection.dialect.name == "postgresql":  # two processes starting at once: the second waits and finds it done
        connection.execute(text("SELECT pg_advisory_xact_lock(7365)"))
    _without_triggers(connection)
    command.upgrade(config(connection), to)
    for statement in triggers.statements(connection.dialect.name) if to == "head" else ():
        connection.exec_driver_sql(statement)
    if connection.dialect.name == "sqlite" and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
        raise RuntimeError(f"the migration left rows without what they refer to: {broken[:5]}")


def lay_out(url: str, ending: Callable[[Connection], None]) -> None:
    """As upgrade(), with `ending(connection)` in the same transaction: there is all of it, or nothing. Blocking."""

    def work(connection: Connection) -> None:
        _upgrade(connection, "head")
        ending(connection)

    _in_transaction(url, work)


def head() -> str:
    """The number of this program's schema."""
    return ScriptDirectory.from_config(config()).get_current_head() or ""


def downgrade(url: str, to: str = "base") -> None:
    def work(connection: Connection) -> None:
        _without_triggers(connection)
        command.downgrade(config(connection), to)

    _in_transaction(url, work)


def _without_triggers(connection: Connection) -> None:
    """They name tables and columns of this program's schema, of which there may be none yet, or none any more."""
    for trigger in triggers.TRIGGERS:
        connection.exec_driver_sql(trigger.drop(connection.dialect.name))


def current_is_head(url: str) -> bool:
    """Whether the database has this program's schema."""
    return fit(url) == "same"


def version(url: str) -> str | None:
    """The version of the database's schema; None where there is none yet."""
    found: list[str | None] = []
    _in_transaction(url, lambda connection: found.append(MigrationContext.configure(connection).get_current_revision()))
    return found[0]


Fit = Literal["same", "older", "newer", "too new"]


def fit(url: str) -> Fit:
    """How the database's schema stands to this program's. It may work on one that is the same, or only newer.

    A newer one has widened what we know, and says whose program may still work on it: one that knows that revision.
    On one that is too new this program would break, or break something.
    """
    found: list[Fit] = []
    _in_transaction(url, lambda connection: found.append(_fit(connection)))
    return found[0]


def _fit(connection: Connection) -> Fit:
    known = ScriptDirectory.from_config(config())
    current = MigrationContext.configure(connection).get_current_revision()
    revisions = {step.revision for step in known.walk_revisions()}
    if current == known.get_current_head():
        return "same"
    if current is None or current in revisions:
        return "older"
    says = inspect(connection).has_table(fits.schema_fits.name)
    oldest = connection.execute(fits.OLDEST).scalar() if says else None
    return "newer" if oldest in revisions else "too new"


def _in_transaction(url: str, work: Callable[[Connection], Any]) -> None:
    """Run `work(connection)` in one explicit transaction, foreign keys off where a table may be rebuilt."""
    address = make_url(url)
    if address.get_backend_name() == "postgresql":
        with ThreadPoolExecutor(1) as thread:  # the caller's own thread may have an event loop running
            thread.submit(asyncio.run, _on_postgres(url, work)).result()
        return
    if address.database and not address.database.startswith((":", "file:")):
        owners.prepare(Path(address.database))
    engine = create_engine(address.set(drivername="sqlite"), poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def connected(driver: Any, _record: Any) -> None:
        driver.isolation_level = None  # or the driver would commit each DDL statement by itself
        driver.execute("PRAGMA foreign_keys=OFF")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    with engine.begin() as connection:
        work(connection)
    engine.dispose()


async def _on_postgres(url: str, work: Callable[[Connection], Any]) -> None:
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(work)
    await engine.dispose()


__all__ = ["Fit", "config", "current_is_head", "downgrade", "fit", "head", "lay_out", "metadata", "upgrade", "version"]
