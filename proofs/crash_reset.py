"""A shop as every act finds it, made once, and made again for every case in a few milliseconds."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Protocol

import asyncpg
from sqlalchemy import make_url

from core.ground.db import Database
from core.ground.vault import KeyRing, Vault
from proofs.crash_play import RULES
from proofs.crash_shelf import furnish

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'"


class Template(Protocol):
    """The shop's database, and the way back to its beginning."""

    async def fresh(self) -> None: ...


async def template(url: str, ring: KeyRing) -> Template:
    """Furnishes the empty database at `url`, whose tables are made already."""
    db = await Database.open(url, vault=Vault(ring), rules=RULES)
    await db.write(furnish)
    await db.close()
    if url.startswith("sqlite"):
        return SqliteTemplate(url)
    return PostgresTemplate(url, await _script(url))


class SqliteTemplate:
    def __init__(self, url: str) -> None:
        self._file = Path(str(make_url(url).database))
        self._kept = self._file.with_suffix(".template")
        shutil.copy(self._file, self._kept)  # closed, so that its log is in it

    async def fresh(self) -> None:
        for ending in ("-wal", "-shm"):
            self._file.with_name(self._file.name + ending).unlink(missing_ok=True)
        shutil.copy(self._kept, self._file)


class PostgresTemplate:
    """Rows are deleted and put back: making a database anew costs three times as much, and so does TRUNCATE."""

    def __init__(self, url: str, script: str) -> None:
        self._url = url
        self._script = script

    async def fresh(self) -> None:
        connection = await _connected(self._url)
        await connection.execute(self._script)
        await connection.close()


async def _connected(url: str) -> asyncpg.Connection:
    return await asyncpg.connect(url.replace("+asyncpg", ""))


async def _script(url: str) -> str:
    """Keeps the tables as they are beside themselves; returns what brings them back, without triggers."""
    connection = await _connected(url)
    tables = [row[0] for row in await connection.fetch(TABLES)]
    await connection.execute("CREATE SCHEMA kept")
    lines = ["SET session_replication_role = replica"]
    for table in tables:
        await connection.execute(f"CREATE TABLE kept.{table} AS TABLE public.{table}")
        lines.append(f"DELETE FROM public.{table}")
        lines.append(f"INSERT INTO public.{table} SELECT * FROM kept.{table}")
    for name, last in await connection.fetch(SEQUENCES):
        lines.append(f"SELECT setval('public.{name}', {last or 1}, {'true' if last else 'false'})")
    await connection.close()
    return ";".join(lines)
