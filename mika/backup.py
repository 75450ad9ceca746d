"""`mika backup`: the whole shop at one moment, in one file, made while it sells. Codes stay sealed; it holds no key.

The file is a head of fixed size, which says what it is, and then the store's own: a SQLite file, or pg_dump's
custom format.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from core.ground import audit
from core.ground.db import Database
from core.ground.errors import Tampered
from core.ground.tx import Tx
from core.ground.vault import Vault
from mika.gently import gently, give_way
from mika.refusals import Refusal
from mika.settings import Settings
from mika.wiring import opened, unreachable

MAGIC = b"MIKA BACKUP 1\n"
HEAD = 4096  # bytes: the magic, a line of JSON, blanks
PIECE = 1 << 20
PROOF = "a backup of this shop"
COUNTED = ("codes", "grants", "orders", "receipts", "audit")
# What would lead PostgreSQL's programs to another database than the shop's:
ELSEWHERE = ("PGHOST", "PGHOSTADDR", "PGPORT", "PGUSER", "PGDATABASE", "PGSERVICE", "PGSERVICEFILE", "PGOPTIONS")
REVISION = text("SELECT version_num FROM alembic_version")
SNAPSHOT = text("SELECT pg_export_snapshot()")
Counts = Mapping[str, tuple[int, int]]  # of each table in COUNTED: the newest row's number, and how many there are


@dataclass(frozen=True)
class Manifest:
    """What a backup says about itself."""

    store: str  # "sqlite" or "postgresql"
    revision: str  # of the schema
    at: datetime  # everything committed before is in it
    last: dict[str, int]  # the newest row of some tables
    proof: str  # sealed by the shop's key, to tell before anything is changed whether a key is hers
    size: int = 0
    sha256: str = ""
    rows: dict[str, int] = field(default_factory=dict)  # how many there are, up to that row

    def packed(self) -> bytes:
        line = json.dumps({**asdict(self), "at": self.at.isoformat()}).encode() + b"\n"
        return (MAGIC + line).ljust(HEAD)

    def is_of(self, vault: Vault) -> bool:
        """Whether these keys are this shop's."""
        try:
            return vault.open(bytes.fromhex(self.proof), PROOF).reveal() == PROOF
        except Tampered:
            return False

    @classmethod
    def unpacked(cls, head: bytes) -> Manifest:
        """Raises ValueError for what is no head of a backup."""
        if not head.startswith(MAGIC) or len(head) != HEAD:
            raise ValueError("it is no backup of this program")
        try:
            stored: dict[str, Any] = json.loads(head[len(MAGIC) :])
            return cls(**{**stored, "at": datetime.fromisoformat(stored["at"])})
        except (TypeError, KeyError, json.JSONDecodeError):
            raise ValueError("its head is damaged") from None


async def backup(settings: Settings, file: Path) -> Manifest:
    """Make a backup, online. Raises Refusal S011 for a file that is there, S012, S013."""
    if await asyncio.to_thread(file.exists):
        raise Refusal("S011", file=file, what="it is there already, and is never overwritten")
    async with opened(settings) as house:
        db = house.shop.db
        beside = file.with_name(f".{file.name}.part")
        with private(beside) as made:
            async with dumped(settings, db, beside.with_suffix(".copy")) as (manifest, copy):
                await asyncio.to_thread(_write, made, pieces(manifest, copy))
            os.replace(beside, file)
        _settle(file.parent)
        await db.write(_noted, manifest)
    return manifest


@asynccontextmanager
async def dumped(settings: Settings, db: Database, copy: Path) -> AsyncIterator[tuple[Manifest, Path]]:
    """The store's own copy of the whole, made while the shop sells; it is gone again after the block.

    Raises Refusal S011 to S013.
    """
    about = await db.read(_about, datetime.now(UTC))
    with private(copy):
        if make_url(settings.database_url).get_backend_name() == "sqlite":
            counts = await gently(copied, Path(make_url(settings.database_url).database or ""), copy)
        else:
            counts = await _pg_dump(settings, copy)
        last = {name: newest for name, (newest, _) in counts.items()}
        rows = {name: many for name, (_, many) in counts.items()}
        size, sha256 = await gently(_summed, copy)
        yield replace(about, last=last, rows=rows, size=size, sha256=sha256), copy


def pieces(manifest: Manifest, copy: Path) -> Iterator[bytes]:
    """The backup as it lies in a file: its head, and the store's own."""
    yield manifest.packed()
    with copy.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def counting(name: str) -> str:
    """What asks for the newest row of a table, and how many there are."""
    return f"SELECT coalesce(max(id), 0), count(*) FROM {name}"  # noqa: S608  of COUNTED


def _about(tx: Tx, at: datetime) -> Manifest:
    return Manifest(tx.dialect, tx.value(REVISION), at, {}, tx.vault.seal(PROOF, PROOF).hex())


def _noted(tx: Tx, manifest: Manifest) -> None:
    audit.write(tx, "command line", "backup", f"backup {manifest.sha256[:12]}", size=manifest.size)


@contextmanager
def private(file: Path) -> Iterator[BinaryIO]:
    """A file only its owner can read, which is gone again after the block."""
    file.unlink(missing_ok=True)
    try:
        made = os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b")
    except OSError as error:
        raise Refusal("S011", file=file, what=error.strerror) from None
    try:
        with made:
            yield made
    except OSError as error:
        raise Refusal("S011", file=file, what=error.strerror) from None
    finally:
        file.unlink(missing_ok=True)


def _write(made: BinaryIO, some: Iterator[bytes]) -> None:
    for piece in some:
        made.write(piece)
    made.flush()
    os.fsync(made.fileno())


def _summed(copy: Path) -> tuple[int, str]:
    with copy.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return file.tell(), digest.hexdigest()


def copied(source: Path, copy: Path) -> Counts:
    """SQLite's own online copy, in one step: its readers keep no writer waiting."""
    there, here = sqlite3.connect(source), sqlite3.connect(copy)
    try:
        there.backup(here)
        here.execute("PRAGMA journal_mode = DELETE")
        return {name: here.execute(counting(name)).fetchone() for name in COUNTED}
    except sqlite3.OperationalError as error:  # a full disk is said like this, not by the system's own error
        raise Refusal("S011", file=copy, what=str(error)) from None
    finally:
        there.close()
        here.close()


async def _pg_dump(settings: Settings, copy: Path) -> Counts:
    """pg_dump's custom format, and what was counted in the very snapshot that it copied."""
    address = make_url(settings.database_url)
    engine = create_async_engine(address, poolclass=NullPool, isolation_level="REPEATABLE READ")
    try:
        async with engine.connect() as looking:
            snapshot = await looking.scalar(SNAPSHOT)
            counts = {name: tuple((await looking.execute(text(counting(name)))).one()) for name in COUNTED}
            arguments = ("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}")
            await run("pg_dump", address, *arguments, f"--file={copy}")
    except (SQLAlchemyError, OSError) as error:
        raise unreachable(settings, error) from None
    finally:
        await engine.dispose()
    return counts


async def run(program: str, address: URL, *arguments: str) -> str:
    """One of PostgreSQL's programs, on this database. The password goes by the environment, where `ps` shows none.

    What the environment says of passwords and TLS holds for it as it does for the shop; where to, the address says.
    It gives way to the shop, and ends where whoever waits for it is cancelled.
    Raises Refusal S012 when it is not here, S013 when it fails.
    """
    if shutil.which(program) is None:
        raise Refusal("S012", program=program)
    environment = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
    known = {
        "PGHOST": address.host or address.query.get("host"),
        "PGPORT": address.port,
        "PGUSER": address.username,
        "PGPASSWORD": address.password,
        "PGDATABASE": address.database,
        "PGSSLMODE": address.query.get("ssl"),
    }
    ran = await asyncio.create_subprocess_exec(
        program,
        "--no-password",
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment | {name: str(value) for name, value in known.items() if value},
        preexec_fn=give_way,
    )
    try:
        said, wrong = await ran.communicate()
    finally:
        if ran.returncode is None:
            ran.terminate()
            await ran.wait()
    if ran.returncode:
        why = " ".join(wrong.decode(errors="replace").split())
        raise Refusal("S013", program=program, what=why[:300] or f"status {ran.returncode}")
    return said.decode(errors="replace")


def _settle(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


__all__ = ["COUNTED", "HEAD", "PIECE", "Manifest", "backup", "copied", "counting", "dumped", "pieces", "private", "run"]
