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
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import URL, func, make_url, select, text

from core.ground import audit
from core.ground.errors import Tampered
from core.ground.tx import Tx
from core.ground.vault import Vault
from core.schema import metadata
from mika.refusals import Refusal
from mika.settings import Settings
from mika.wiring import opened

MAGIC = b"MIKA BACKUP 1\n"
HEAD = 4096  # bytes: the magic, a line of JSON, blanks
PIECE = 1 << 20
PROOF = "a backup of this shop"
COUNTED = ("codes", "grants", "orders", "receipts", "audit")
REVISION = text("SELECT version_num FROM alembic_version")


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
        about = await db.read(_about, datetime.now(UTC))
        beside = file.with_name(f".{file.name}.part")
        with _made(beside) as made:
            made.write(b" " * HEAD)
            await asyncio.to_thread(_dump, settings, made, beside)
            manifest = _signed(made, about)
            os.replace(beside, file)
        _settle(file.parent)
        await db.write(_noted, manifest)
    return manifest


def _about(tx: Tx, at: datetime) -> Manifest:
    tables = {name: metadata.tables[name] for name in COUNTED}
    last = {name: tx.value(select(func.coalesce(func.max(table.c.id), 0))) for name, table in tables.items()}
    proof = tx.vault.seal(PROOF, PROOF).hex()
    return Manifest(tx.dialect, tx.value(REVISION), at, last, proof)


def _noted(tx: Tx, manifest: Manifest) -> None:
    audit.write(tx, "command line", "backup", f"backup {manifest.sha256[:12]}", size=manifest.size)


@contextmanager
def _made(file: Path) -> Iterator[BinaryIO]:
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


def _signed(made: BinaryIO, about: Manifest) -> Manifest:
    made.flush()
    made.seek(HEAD)
    digest, size = hashlib.sha256(), 0
    while piece := made.read(PIECE):
        digest.update(piece)
        size += len(piece)
    manifest = replace(about, size=size, sha256=digest.hexdigest())
    made.seek(0)
    made.write(manifest.packed())
    made.flush()
    os.fsync(made.fileno())
    return manifest


def _dump(settings: Settings, made: BinaryIO, beside: Path) -> None:
    """The store's own copy, made in a file of its own: pg_dump seeks in its."""
    address = make_url(settings.database_url)
    copy = beside.with_suffix(".copy")
    with _made(copy) as file:
        if address.get_backend_name() == "sqlite":
            _copy(Path(address.database or ""), copy)
        else:
            run("pg_dump", address, "--format=custom", "--no-owner", "--no-privileges", f"--file={copy}")
        file.seek(0)
        shutil.copyfileobj(file, made, PIECE)


def _copy(source: Path, copy: Path) -> None:
    """SQLite's own online copy, in one step: its readers keep no writer waiting."""
    there, here = sqlite3.connect(source), sqlite3.connect(copy)
    try:
        there.backup(here)
        here.execute("PRAGMA journal_mode = DELETE")
    finally:
        there.close()
        here.close()


def run(program: str, address: URL, *arguments: str) -> str:
    """One of PostgreSQL's programs, on this database. The password goes by the environment, where `ps` shows none.

    Raises Refusal S012 when it is not here, S013 when it fails.
    """
    if shutil.which(program) is None:
        raise Refusal("S012", program=program)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    known = {
        "PGHOST": address.host or address.query.get("host"),
        "PGPORT": address.port,
        "PGUSER": address.username,
        "PGPASSWORD": address.password,
        "PGDATABASE": address.database,
    }
    ran = subprocess.run(
        [program, "--no-password", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        env=environment | {name: str(value) for name, value in known.items() if value},
    )
    if ran.returncode:
        said = " ".join(ran.stderr.split())
        raise Refusal("S013", program=program, what=said[:300] or f"status {ran.returncode}")
    return ran.stdout


def _settle(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


__all__ = ["HEAD", "Manifest", "PIECE", "backup", "run"]
