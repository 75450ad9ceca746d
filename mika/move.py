"""`mika move`: the whole shop from SQLite into PostgreSQL, checked row by row. What stops is gone on with.

The old file is only read, and held against whoever would sell from it meanwhile.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Table, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from core.ground import audit, points
from core.ground.clock import Clock
from core.ground.columns import as_json
from core.ground.errors import Tampered
from core.ground.ids import Ids
from core.ground.rules import Rules
from core.ground.tx import Given, Tx
from core.ground.vault import Vault
from core.schema import metadata
from migrations import head
from mika.moving_checks import Checked, Other, broken, same
from mika.moving_source import Source, fingerprint, held, unfit
from mika.moving_target import Far, Target, address, reached, shown
from mika.moving_values import handing
from mika.progress import Step
from mika.refusals import Refusal
from mika.settings import Settings
from mika.stock_opened import try_key
from mika.wiring import key_ring

CHUNK = 5_000  # rows that are written in one transaction
ANEW = "Make a new, empty database and run it again with that: this one has been written to by somebody else."


@dataclass(frozen=True)
class Moved:
    """What was moved. No tables: it had been before."""

    source: Path
    to: str  # the address, its password hidden
    tables: Mapping[str, Checked]
    seconds: Mapping[str, float]  # that each table took to be copied, this time
    broken: Sequence[str] = ()  # what does not hold of the shop, there as here


@dataclass(frozen=True)
class Move:
    """One move, while it goes on."""

    source: Source
    target: Target
    vault: Vault
    rules: Rules
    step: Step

    async def all(self, fingerprint: str) -> Moved:
        far = await self.target.begin()
        to = shown(self.target.url)
        if far is None:
            return Moved(self.source.file, to, {}, {})
        seconds = await self._copied(far)
        await self.target.close_up()
        checked = await self._checked()
        found = await self._held_against()
        await self._on_target(lambda connection: self._ended(connection, fingerprint, checked), commits=True)
        return Moved(self.source.file, to, checked, seconds, found)

    async def _copied(self, far: Mapping[str, Far]) -> dict[str, float]:
        of = sum(self.source.count(table) for table in metadata.sorted_tables)
        done, seconds = sum(each.copied for each in far.values()), {}
        for table in metadata.sorted_tables:
            began, at, hand = time.monotonic(), far[table.name], handing(table)
            while not at.whole:
                rows = self.source.after(table, at.last, CHUNK)
                at = _further(table, at, rows)
                await self.target.take(table, hand(rows), at)
                done += len(rows)
                self.step("Copying", done, of)
            seconds[table.name] = time.monotonic() - began
        return seconds

    async def _checked(self) -> dict[str, Checked]:
        """Raises Refusal S029 for a row that is not the same on both sides."""
        of = sum(self.source.count(table) for table in metadata.sorted_tables)
        found: dict[str, Checked] = {}
        done = 0
        for table in metadata.sorted_tables:
            before = done

            def heard(rows: int, before: int = before) -> None:
                self.step("Checking row by row", before + rows, of)

            try:
                found[table.name] = await same(self.source, self.target, table, heard)
            except Other as other:
                raise Refusal("S029", what=str(other), todo=ANEW) from None
            done += found[table.name].rows
        return found

    async def _held_against(self) -> list[str]:
        """What does not hold, there as here: a shop that stands still is late with this and that."""
        now = datetime.now(UTC)

        def found(connection: Connection) -> list[str]:
            return broken(connection, self.vault, self.rules, now, self.step)

        here, there = self.source.looked_at(found), await self._on_target(found)
        if here != there:
            raise Refusal("S029", what=f"there does not hold {next(iter(set(here) ^ set(there)))}", todo=ANEW)
        return here

    async def _on_target(self, work: Callable[[Connection], list[str]], *, commits: bool = False) -> list[str]:
        engine = create_async_engine(self.target.url, poolclass=NullPool, json_serializer=as_json, hide_parameters=True)
        try:
            async with engine.connect() as connection:
                found = await connection.run_sync(work)
                if commits:
                    with points.around("move ends"):
                        await connection.commit()
                return found
        finally:
            await engine.dispose()

    def _ended(self, connection: Connection, fingerprint: str, checked: Mapping[str, Checked]) -> list[str]:
        """From this commit on the shop can be opened."""
        tx = Tx(connection, Given(self.vault, self.rules, Clock(), Ids()), lambda _: datetime.now(UTC))
        rows = sum(each.rows for each in checked.values())
        audit.write(tx, "command line", "move", "sqlite to postgresql", source=fingerprint, rows=rows)
        connection.execute(text("INSERT INTO alembic_version (version_num) VALUES (:head)"), {"head": head()})
        connection.execute(text("DROP TABLE moving"))
        return []


def _further(table: Table, at: Far, rows: Sequence[tuple[object, ...]]) -> Far:
    if not rows:
        return Far(at.last, at.copied, whole=True)
    names = [column.name for column in table.columns]
    last = [rows[-1][names.index(column.name)] for column in table.primary_key]
    return Far(last, at.copied + len(rows), whole=len(rows) < CHUNK)


async def move(settings: Settings, to: str, step: Step) -> Moved:
    """Move the shop of these settings there. Raises Refusal S001, S006, S027, S028, S029."""
    url = address(to)
    here = make_url(settings.database_url)
    if here.get_backend_name() != "sqlite":
        raise unfit("its database is not SQLite: a PostgreSQL database is moved by `mika backup` and `mika restore`")
    vault, rules = Vault(key_ring(settings), settings.key_path), settings.rules()
    with held(Path(here.database or "")) as source:
        _try_key(source, vault, rules)
        source.look_through(metadata.sorted_tables, step)
        known = await asyncio.to_thread(fingerprint, source.file, step)
        async with reached(url, known) as target:
            return await Move(source, target, vault, rules, step).all(known)


def _try_key(source: Source, vault: Vault, rules: Rules) -> None:
    """On the oldest code there is: what nobody can open is not worth moving. Raises Refusal S006."""
    given = Given(vault, rules, Clock(), Ids())
    try:
        source.looked_at(lambda connection: try_key(Tx(connection, given, lambda _: datetime.now(UTC), writes=False)))
    except Tampered as error:
        raise Refusal("S006", what=str(error)) from None
