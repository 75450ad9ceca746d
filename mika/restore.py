"""`mika restore`: a backup becomes the shop again, closed until it has been reconciled.

From the moment it can be opened at all it says that it was restored: see core/restores.py.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any, Literal, TypeVar

from alembic.script import ScriptDirectory
from sqlalchemy import inspect, make_url, text
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from core import restores
from core.ground import owners, points
from core.ground.db import Database
from core.ground.errors import Tampered
from core.ground.vault import KeyRing, Vault
from migrations import config, upgrade
from mika import backup_seal
from mika.backup import HEAD, Manifest, run
from mika.refusals import Refusal
from mika.settings import Settings
from mika.stock_opened import try_key
from mika.wiring import key_ring, unreachable

T = TypeVar("T")
ROWS = ("codes", "orders", "receipts")  # a database that has any is somebody's shop
LOGS = ("-wal", "-shm", "-journal")
OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND backend_type IN ('client backend', 'walsender')"  # its own cleaning (autovacuum) is nobody
)
LEAVING = 50  # tenths of a second: a process that has hung up is still listed until the server has noticed
ASIDE = (
    "ALTER SCHEMA public RENAME TO before_restore",
    "CREATE SCHEMA public",
    "GRANT USAGE ON SCHEMA public TO PUBLIC",
)
BACK = ("DROP SCHEMA public CASCADE", "ALTER SCHEMA before_restore RENAME TO public")
COUNTED = ("ANALYZE",)  # a copy comes without the figures that PostgreSQL plans by
GONE = ("DROP SCHEMA before_restore CASCADE",)
REVISION = text("INSERT INTO alembic_version (version_num) VALUES (:revision)")


async def restore(settings: Settings, file: Path, *, replace: bool) -> Manifest:
    """Put a backup where the shop's database is. Raises Refusal, and nothing has changed then.

    A database that is replaced is kept beside the new one (SQLite), or is gone (PostgreSQL).
    """
    ring = key_ring(settings)
    vault = Vault(ring)
    part = settings.data / ".restoring"
    try:
        manifest = await asyncio.to_thread(unpacked, settings, ring, file, part)
        if not manifest.is_of(vault):
            raise Refusal("S006", what="the backup was made with other keys")
        if make_url(settings.database_url).get_backend_name() == "sqlite":
            await _on_sqlite(settings, manifest, part, vault, replace=replace)
        else:
            await _on_postgres(settings, manifest, part, vault, replace=replace)
    finally:
        for left in settings.data.glob(f"{part.name}*"):
            left.unlink(missing_ok=True)
    return manifest


def unpacked(settings: Settings, ring: KeyRing, file: Path, part: Path) -> Manifest:
    """The store's own part of the backup, in a file of its own. Raises Refusal S008, S014, S030."""
    try:
        owners.make_folder(settings.data)
        part.unlink(missing_ok=True)
        with (
            file.open("rb") as backup,
            os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as to,
        ):
            some = backup_seal.plain(ring, backup)
            first = next(some)
            manifest = Manifest.unpacked(first[:HEAD])
            digest = hashlib.sha256()
            for piece in chain((first[HEAD:],), some):
                digest.update(piece)
                to.write(piece)
            size = to.tell()
    except backup_seal.WrongKey as wrong:
        raise Refusal("S030", file=file, what=str(wrong)) from None
    except ValueError as error:
        raise Refusal("S014", file=file, what=str(error)) from None
    except OSError as error:
        raise Refusal("S014", file=file, what=error.strerror) from None
    if (size, digest.hexdigest()) != (manifest.size, manifest.sha256):
        raise Refusal("S014", file=file, what="it is cut off or damaged: its checksum is another")
    store = make_url(settings.database_url).get_backend_name()
    if manifest.store != store:
        raise Refusal("S014", file=file, what=f"it is of {manifest.store}, and the setting `database` says {store}")
    if manifest.revision not in {found.revision for found in ScriptDirectory.from_config(config()).walk_revisions()}:
        raise Refusal("S014", file=file, what=f"this program does not know its schema, {manifest.revision}")
    return manifest


async def _on_sqlite(settings: Settings, manifest: Manifest, part: Path, vault: Vault, *, replace: bool) -> None:
    """Finished beside the shop's file, then put in its place."""
    target = Path(make_url(settings.database_url).database or "")
    there = await asyncio.to_thread(_what_is_there, target)
    if there != "has no rows" and not replace:
        raise Refusal("S015", what=f"{target} {there}")
    url = f"sqlite+aiosqlite:///{part}"
    await asyncio.to_thread(upgrade, url)
    await _mark(settings, url, manifest, vault)
    await asyncio.to_thread(_in_its_place, part, target, settles=there != "is damaged")


def _what_is_there(target: Path) -> Literal["has no rows", "has orders or codes", "is damaged"]:
    """It is only read: opened for writing, SQLite would play the log into a damaged file, or throw it away."""
    if not target.exists():
        return "has no rows"
    there = sqlite3.connect(f"{target.absolute().as_uri()}?mode=ro", uri=True)
    try:
        tables = {name for (name,) in there.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        found = (there.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone() for name in ROWS if name in tables)  # noqa: S608
        return "has orders or codes" if any(found) else "has no rows"
    except sqlite3.DatabaseError as error:
        if _is_in_use(error):
            raise Refusal("S048", what=f"{target} is open in another process") from None
        return "is damaged"
    finally:
        there.close()


def _in_its_place(part: Path, target: Path, *, settles: bool) -> None:
    """The new file is whole by itself before it has the name. The old one is kept with its logs, which SQLite would
    play into whatever has its name, whether or not it is still there.
    """
    try:
        _settled(part)
    except sqlite3.DatabaseError as error:
        raise Refusal("S011", file=part, what=str(error)) from None
    made = os.open(part, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        os.fchmod(made, 0o600)
        owners.give(made, target)
    finally:
        os.close(made)
    if target.exists() and settles:
        with suppress(sqlite3.DatabaseError):  # it goes with its logs then
            _settled(target)
    kept = f"{target.name}.before-restore-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    for end in ("", *LOGS):
        with suppress(FileNotFoundError):
            os.replace(f"{target}{end}", target.with_name(f"{kept}{end}"))
    os.replace(part, target)


def _settled(file: Path) -> None:
    """All of it in the one file. Raises Refusal S048 while somebody has it open, DatabaseError where that can't be."""
    there = sqlite3.connect(file, timeout=1)
    try:
        (mode,) = there.execute("PRAGMA journal_mode = DELETE").fetchone()
    except sqlite3.DatabaseError as error:
        if not _is_in_use(error):
            raise
        mode = "in use"
    finally:
        there.close()
    if mode != "delete":
        raise Refusal("S048", what=f"{file} is open in another process")


def _is_in_use(error: sqlite3.Error) -> bool:
    return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


async def _on_postgres(settings: Settings, manifest: Manifest, part: Path, vault: Vault, *, replace: bool) -> None:
    """In one transaction but for the schema's version, without which no shop opens; that comes with the mark.

    What is there steps aside and comes back should anything go wrong: the backup's tables may be fewer or others.
    """
    url = settings.database_url
    address = make_url(url)
    if not await _alone(settings):
        raise Refusal("S048", what="another process is connected to it")
    if await _looked(settings, _has_rows) and not replace:
        raise Refusal("S015", what=f"{address.render_as_string(hide_password=True)} has orders or codes")
    listed = await run("pg_restore", address, "--list", str(part))
    wanted = part.with_suffix(".list")
    wanted.write_text(re.sub(r"(?m)^(?=.* TABLE DATA \S+ alembic_version )", ";", listed))
    into = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", f"--dbname={address.database}")
    async with _stepped_aside(settings):
        await run("pg_restore", address, *into, f"--use-list={wanted}", str(part))
        await _mark(settings, url, manifest, vault, with_revision=True)
        await asyncio.to_thread(upgrade, url)
        await _done(settings, COUNTED)


@asynccontextmanager
async def _stepped_aside(settings: Settings) -> AsyncIterator[None]:
    """The block finds nothing there. What was there is gone after it, or back if it fails. Raises Refusal S013.

    What somebody dead left aside comes back first, unless a whole shop was put in its place.
    """
    if await _looked(settings, _has_aside):
        await _done(settings, GONE if await _looked(settings, _is_whole) else BACK)
    if not await _looked(settings, lambda on: inspect(on).get_table_names()):
        yield
        return
    await _done(settings, ASIDE)
    try:
        yield
    except BaseException:
        await _done(settings, BACK)
        raise
    await _done(settings, GONE)


def _has_aside(connection: Any) -> bool:
    return "before_restore" in inspect(connection).get_schema_names()


def _is_whole(connection: Any) -> bool:
    """Its version comes last."""
    there = inspect(connection).has_table("alembic_version")
    return there and connection.scalar(text("SELECT count(*) FROM alembic_version")) > 0


async def _done(settings: Settings, statements: Sequence[str]) -> None:
    """In one transaction. Raises Refusal S002, S013."""
    engine = create_async_engine(settings.database_url, poolclass=NullPool)
    try:
        with points.around("restore.stepped_aside"):
            async with engine.begin() as connection:
                for statement in statements:
                    await connection.execute(text(statement))
    except ProgrammingError as error:
        raise Refusal("S013", program=statements[0], what=str(error.orig).splitlines()[0]) from None
    except (SQLAlchemyError, OSError) as error:
        raise unreachable(settings, error) from None
    finally:
        await engine.dispose()


async def _alone(settings: Settings) -> bool:
    for _ in range(LEAVING):
        if not await _looked(settings, lambda connection: connection.scalar(OTHERS)):
            return True
        await asyncio.sleep(0.1)
    return False


def _has_rows(connection: Any) -> bool:
    there = set(inspect(connection).get_table_names())
    return any(connection.execute(text(f"SELECT 1 FROM {name} LIMIT 1")).first() for name in ROWS if name in there)  # noqa: S608


async def _looked(settings: Settings, look: Callable[[Any], T]) -> T:
    engine = create_async_engine(settings.database_url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(look)
    except (SQLAlchemyError, OSError) as error:
        raise unreachable(settings, error) from None
    finally:
        await engine.dispose()


async def _mark(settings: Settings, url: str, manifest: Manifest, vault: Vault, *, with_revision: bool = False) -> None:
    """Tries the key, and says that the shop was restored. Raises Refusal S006 for another shop's key."""
    db = await Database.open(url, vault=vault, rules=settings.rules())
    try:
        await db.read(try_key)
        await db.write(_marked, manifest, with_revision)
    except Tampered as error:
        raise Refusal("S006", what=str(error)) from None
    finally:
        await db.close()


def _marked(tx: Any, manifest: Manifest, with_revision: bool) -> None:
    if with_revision:
        tx.changed(REVISION, revision=manifest.revision)
    restores.restored(tx, manifest.sha256, manifest.at, datetime.now(UTC))
