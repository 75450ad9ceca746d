"""A large shop on SQLite is moved into PostgreSQL, killed on the way, and is the same there, row by row.

The command runs in a process of its own, as the owner types it, and is ended by kill -9 at two of its commits. The
checksums that it prints are of what was read back from both sides; here both are counted once more by others' means.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.ground import points
from core.ground.db import Database
from core.ground.rules import Rules
from core.ground.vault import KeyRing, Vault
from doubles.postgres import Postgres
from migrations import upgrade
from mika.move_command import carry
from mika.moving_target import Far, Target
from mika.settings_read import load
from proofs.benching.rows import rows
from proofs.grown import grow
from proofs.guards import guard, replaced, without
from proofs.proof import Broken, Figures, Proof, Run

KILLS = ("after move orders:1", "before move codes:2")
PROGRAM = "from proofs.move import command; command()"


def play(run: Run) -> Figures:
    figures: dict[str, Any] = {"codes": run.size["codes"], "orders": run.size["orders"]}
    folder, began = run.folder, time.monotonic()
    asyncio.run(_furnished(run))
    figures["grown in"] = round(time.monotonic() - began, 1)
    before = _sha256(folder / "shop.db")
    with Postgres(durable=True) as server:
        url = server.create("moved")
        for point in KILLS:
            status, _, _ = _moved(run, url, point)
            if status != 9:
                raise Broken(f"the move did not die at {point}", **figures)
            run.progress(f"killed {point}")
        status, seconds, peak = _moved(run, url)
        figures |= {"seconds": round(seconds, 1), "peak MB": peak, "kills": len(KILLS)}
        _judge(run, figures, status, before, url)
    return figures


def _judge(run: Run, figures: dict[str, Any], status: int, before: str, url: str) -> None:
    if _sha256(run.folder / "shop.db") != before:
        raise Broken("the old file is not as it was", **figures)
    if status:
        raise Broken("the move did not come to its end", **figures)
    here, there = asyncio.run(_counted(run, _sqlite(run))), asyncio.run(_counted(run, url))
    figures |= {"rows": sum(many for name, many in here.items() if isinstance(name, str))}
    figures |= {"rows a second": round(figures["rows"] / figures["seconds"])}
    there["audit"] -= 1  # which tells of the move
    if here != there:
        raise Broken("there are not the same rows", **figures)


async def _furnished(run: Run) -> None:
    KeyRing.fresh().save(run.folder / "key")
    (run.folder / "mika.toml").write_text(f'data = "{run.folder}"\nkey_file = "{run.folder / "key"}"\n')
    await asyncio.to_thread(upgrade, _sqlite(run))
    db = await Database.open(_sqlite(run), vault=_vault(run), rules=Rules())
    await grow(db, codes=run.size["codes"], orders=run.size["orders"], seed=run.seed, progress=run.progress)
    await db.close()


def _moved(run: Run, url: str, point: str = "") -> tuple[int, float, int]:
    """How it ended (9: killed), after how many seconds, with how many megabytes at the most."""
    told = os.environ | ({points.AT: point} if point else {})
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, run.folder / "mika.toml", url, run.without or ""],
        env=told,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    return status, time.monotonic() - began, used.ru_maxrss // 1024


def command() -> None:
    """What the process runs: the command, with a guard off if the proof says so."""
    file, url, guard_off = sys.argv[1:]
    with without(guard_off or None):
        asyncio.run(carry(load(Path(file), {}), url))


async def _counted(run: Run, url: str) -> dict[Any, int]:
    db = await Database.open(url, vault=_vault(run), rules=Rules())
    counts = dict((await db.read(rows)).counts)
    await db.close()
    return counts


def _vault(run: Run) -> Vault:
    return Vault(KeyRing.load(run.folder / "key"))


def _sqlite(run: Run) -> str:
    return f"sqlite+aiosqlite:///{run.folder / 'shop.db'}"


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


@guard("how-far-is-kept")
def _from_the_start() -> Iterator[None]:
    """What was copied is not written down: a move that goes on begins again."""
    take = Target.take

    async def forgetful(target: Target, table: Any, moved: Any, _: Far) -> None:
        await take(target, table, moved, Far(None, 0, whole=False))

    with replaced(Target, "take", forgetful):
        yield


PROOF = Proof(
    name="move",
    claim="A shop moved from SQLite to PostgreSQL is the same there row by row, though the move is killed on its way.",
    sizes={
        "tiny": {"codes": 6_000, "orders": 200},
        "ci": {"codes": 20_000, "orders": 2_000},
        "release": {"codes": 1_000_000, "orders": 100_000},
    },
    plays=play,
    guards=("how-far-is-kept",),
)
