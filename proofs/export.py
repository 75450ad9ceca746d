"""A large shop is taken out whole, codes too, in a process of its own, and its memory does not grow with the shop.

The command runs as the owner types it. What it wrote is counted by Python's own readers of CSV and JSON, and held
against the database's counts.
"""

from __future__ import annotations

import asyncio
import csv
import json
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Select, func, select

from core import inventory
from core.ground.db import Database
from core.ground.rules import Rules
from core.ground.tx import AnyRow
from core.ground.vault import KeyRing, Vault
from migrations import upgrade
from mika import export_command
from mika.export_moment import PAGE, Moment
from mika.export_tables import LEFT_OUT
from mika.settings_read import load
from proofs.benching.rows import rows
from proofs.grown import grow
from proofs.guards import guard, replaced, without
from proofs.proof import Broken, Figures, Proof, Run

PROGRAM = "from proofs.export import command; command()"
MOST = 192  # MB at any size
MB = 2**20
SEALED = select(func.count()).select_from(inventory.codes).where(inventory.codes.c.sealed.is_not(None))


def play(run: Run) -> Figures:
    figures: dict[str, Any] = {"codes": run.size["codes"], "orders": run.size["orders"]}
    began = time.monotonic()
    asyncio.run(_furnished(run))
    figures["grown in"] = round(time.monotonic() - began, 1)
    run.progress("taking it out")
    out, began = run.folder / "everything", time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, run.folder / "mika.toml", out, run.without or ""],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    figures["export seconds"] = round(time.monotonic() - began, 1)
    if ran.returncode:
        raise Broken(f"the export ended with {ran.returncode}", **figures)
    figures["peak MB"] = int(ran.stdout.strip().splitlines()[-1])
    figures["size MB"] = round(sum(file.stat().st_size for file in out.rglob("*") if file.is_file()) / MB, 1)
    _judge(run, figures, out)
    return figures


def _judge(run: Run, figures: dict[str, Any], out: Path) -> None:
    here, codes = asyncio.run(_counted(run))
    there = {file.stem: _lines(file) for file in out.glob("*.csv") if file.stem in here}
    figures |= {"rows": sum(there.values()), "tables": len(there)}
    figures["rows a second"] = round(figures["rows"] / figures["export seconds"])
    if wrong := {name: (many, there.get(name)) for name, many in here.items() if there.get(name) != many}:
        raise Broken("there are not the same rows", wrong=wrong, **figures)
    if (opened := _opened(out / "codes.jsonl")) != codes:
        raise Broken(f"{opened} codes stand there in plain text, of {codes}", **figures)
    if figures["peak MB"] > MOST:
        raise Broken(f"it took more than {MOST} MB", **figures)


def _lines(file: Path) -> int:
    """Its rows, without its heading."""
    with file.open(encoding="utf-8-sig", newline="") as there:
        return sum(1 for _ in csv.reader(there)) - 1


def _opened(file: Path) -> int:
    """How many different codes there are."""
    with file.open(encoding="utf-8") as there:
        return len({hash(line["code"][0][1]) for line in map(json.loads, there) if line["code"]})


async def _furnished(run: Run) -> None:
    KeyRing.fresh().save(run.folder / "key")
    (run.folder / "mika.toml").write_text(f'data = "{run.folder}"\nkey_file = "{run.folder / "key"}"\n')
    await asyncio.to_thread(upgrade, _sqlite(run))
    db = await _opened_db(run)
    await grow(db, codes=run.size["codes"], orders=run.size["orders"], seed=run.seed, progress=run.progress)
    await db.close()


async def _counted(run: Run) -> tuple[dict[str, int], int]:
    """The rows of each table that goes out, as they were at the export's moment; and the codes."""
    db = await _opened_db(run)
    counts, codes = (await db.read(rows)).counts, await db.read(lambda tx: tx.value(SEALED))
    await db.close()
    found = {name: many for name, many in counts.items() if isinstance(name, str) and name not in LEFT_OUT}
    found["audit"] -= 1  # which tells of the export's end
    return found, codes


async def _opened_db(run: Run) -> Database:
    return await Database.open(_sqlite(run), vault=Vault(KeyRing.load(run.folder / "key")), rules=Rules())


def _sqlite(run: Run) -> str:
    return f"sqlite+aiosqlite:///{run.folder / 'shop.db'}"


def command() -> None:
    """What the process runs: the command, with a guard off if the proof says so; it ends with its largest memory."""
    file, out, guard_off = sys.argv[1:]
    with without(guard_off or None):
        status = asyncio.run(export_command.run(load(Path(file), {}), Path(out), with_codes=True, yes=True))
    print(int(re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[0]) // 1024)
    sys.exit(status)


@guard("every-page")
def _first_pages_alone() -> Iterator[None]:
    """Of each table only as much goes out as is in memory at a time."""

    async def pages(self: Moment, asked: Select[Any]) -> AsyncIterator[Sequence[AnyRow]]:
        async with self._connection.stream(asked.limit(PAGE)) as found:
            yield await found.all()

    with replaced(Moment, "pages", pages):
        yield


PROOF = Proof(
    name="export",
    claim="All a large shop has is taken out, every row and every code, in memory that does not grow with the shop.",
    sizes={
        "tiny": {"codes": 6_000, "orders": 200},
        "ci": {"codes": 10_000, "orders": 1_000},
        "release": {"codes": 1_000_000, "orders": 100_000},
    },
    plays=play,
    guards=("every-page",),
)
