"""Trying a backup: it is restored into a scratch shop that nobody uses, looked over there, and taken away again."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from core import reconcile
from core.backups import How
from core.ground.clock import Clock
from core.ground.db import Database
from core.ground.tx import Tx
from core.ground.vault import Vault
from mika.backup import Manifest, counting, run
from mika.gently import gently
from mika.refusals import Refusal
from mika.restore import restore, unpacked
from mika.settings import Settings
from mika.wiring import key_ring, unreachable

MAY_CREATE = text("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
OURS = text(
    "SELECT datname FROM pg_database JOIN pg_roles r ON r.oid = datdba WHERE r.rolname = current_user ORDER BY datname"
)
SCRATCH = re.compile(r"mika_scratch_([0-9]{8}t[0-9]{6})_[0-9a-f]{12}")
WHEN = "%Y%m%dt%H%M%S"
LEFT = timedelta(days=1)  # then whoever worked there is dead
BEFORE = datetime(2000, 1, 1, tzinfo=UTC)


class Before(Clock):
    """Long ago. Nobody works in a scratch shop: what is late there by now says nothing of the backup."""

    def __init__(self) -> None:
        self.offset = BEFORE - datetime.now(UTC)

    def now(self) -> datetime:
        return BEFORE


@dataclass(frozen=True)
class Tried:
    """How a backup was tried, and what does not hold in the shop that it is a copy of."""

    manifest: Manifest
    how: How
    unsound: str = ""


async def tried(settings: Settings, file: Path, folder: Path) -> Tried:
    """Restore the file into a scratch shop and look it over. Raises Refusal for what can't be trusted."""
    async with scratch(settings, folder) as there:
        if there is None:
            return await _listed(settings, file, folder)
        manifest = await restore(there, file, replace=False)
        unsound = await looked_over(there, manifest)
    return Tried(manifest, "restored", unsound)


async def looked_over(settings: Settings, manifest: Manifest) -> str:
    """Raises Refusal S033 where rows are missing; returns which invariants don't hold. A code was opened before."""
    async with scratch_database(settings, Before()) as db:
        there = await db.read(_counted, manifest)
        if short := [name for name, many in manifest.rows.items() if there[name] != many]:
            what = ", ".join(f"{name}: {there[name]:,} rows of {manifest.rows[name]:,}" for name in short)
            raise Refusal("S033", name=manifest.sha256[:12], what=what)
        return "; ".join([str(finding) for check in reconcile.CHECKS for finding in await db.read(_broken, check)])


@asynccontextmanager
async def scratch_database(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Database]:
    vault = Vault(key_ring(settings))
    db = await Database.open(settings.database_url, vault=vault, rules=settings.rules(), clock=clock)
    try:
        yield db
    finally:
        await db.close()


@asynccontextmanager
async def scratch(settings: Settings, folder: Path) -> AsyncIterator[Settings | None]:
    """Settings of a shop that is not there yet: its data in this folder, its database beside the real one.

    It goes away after the block; so do databases that somebody dead left. None where this user may create none.
    """
    alone = settings.changed(
        data=folder / "shop", key_file=settings.key_path, database=None, telegram=type(settings.telegram)(), wechat=None
    )
    if make_url(settings.database_url).get_backend_name() == "sqlite":
        yield alone
        return
    name = f"mika_scratch_{datetime.now(UTC):{WHEN}}_{secrets.token_hex(6)}"
    if not await _created(settings, name):
        yield None
        return
    try:
        url = make_url(settings.database_url).set(database=name)
        yield alone.changed(database=url.render_as_string(hide_password=False))
    finally:
        async with _outside_transactions(settings) as server:
            await _drop(server, name)


async def _created(settings: Settings, name: str) -> bool:
    async with _outside_transactions(settings) as server:
        if not await server.scalar(MAY_CREATE):
            return False
        for left in left_behind((await server.scalars(OURS)).all(), datetime.now(UTC)):
            with suppress(SQLAlchemyError):  # another trial is as quick
                await _drop(server, left)
        await server.execute(text(f'CREATE DATABASE "{name}" TEMPLATE template0'))
    return True


def left_behind(databases: Sequence[str], now: datetime) -> list[str]:
    """Those of scratch shops that nobody can be working in any more."""
    said = ((name, SCRATCH.fullmatch(name)) for name in databases)
    return [name for name, match in said if match and _began(match[1]) < now - LEFT]


def _began(said: str) -> datetime:
    return datetime.strptime(said, WHEN).replace(tzinfo=UTC)


async def _drop(server: AsyncConnection, name: str) -> None:
    await server.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


@asynccontextmanager
async def _outside_transactions(settings: Settings) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(settings.database_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as server:
            yield server
    except (SQLAlchemyError, OSError) as error:
        raise unreachable(settings, error) from None
    finally:
        await engine.dispose()


async def _listed(settings: Settings, file: Path, folder: Path) -> Tried:
    """All that can be done without a database: its checksum is right, the key fits, pg_restore reads its table."""
    part = folder / "listed"
    ring = key_ring(settings)
    manifest = await gently(unpacked, settings, ring, file, part)
    if not manifest.is_of(Vault(ring)):
        raise Refusal("S006", what="the backup was made with other keys")
    await run("pg_restore", make_url(settings.database_url), "--list", str(part))
    return Tried(manifest, "listed")


def _counted(tx: Tx, manifest: Manifest) -> dict[str, int]:
    """Up to the newest row of then: restoring has written a few since."""
    up_to = {name: text(f"{counting(name)} WHERE id <= :last") for name in manifest.rows}
    return {name: tx.one(asked, last=manifest.last[name])[1] for name, asked in up_to.items()}


def _broken(tx: Tx, check: reconcile.Check) -> Sequence[reconcile.Finding]:
    broken = check.broken(tx)
    return [reconcile.Finding(check, tuple(broken))] if broken else []
