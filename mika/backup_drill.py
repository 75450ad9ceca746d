"""`mika restore --drill`: as if the machine were lost. A backup is fetched, restored and reconciled out of harm's way.

Nobody outside is asked: what a rail would be asked is counted. What would be sold again is found by holding the
journal's fingerprints against all that the restored shop has on sale.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from core import backups, dropped, ledger, recovery, restores
from core.backups import Drill
from core.ground import owners
from core.ground.db import Database, Tx
from core.ground.errors import PartyError
from core.shop import Shop
from mika import journal, journal_copies
from mika.backup import Manifest
from mika.backup_keeping import chosen, fetch, work_folder
from mika.backup_places import Place
from mika.backup_trial import looked_over, scratch, scratch_database
from mika.gently import gently
from mika.reconcile import Reconciled, read_journals
from mika.refusals import Refusal
from mika.restore import restore
from mika.settings import Settings
from mika.wiring import cause_of, look_at_schema

RAILS = select(ledger.payments.c.rail, ledger.payments.c.account).distinct()

Says = Callable[[str], None]


@dataclass
class Drilled:
    """What a drill has shown."""

    backup: str
    manifest: Manifest | None = None
    seconds: dict[str, float] = field(default_factory=dict)  # by step
    reconciled: Reconciled | None = None
    would_ask: dict[str, int] = field(default_factory=dict)  # by rail: payments it would be asked about, one by one
    sold_again: int = 0
    troubles: list[str] = field(default_factory=list)

    @property
    def whole(self) -> Drill:
        took = timedelta(seconds=sum(self.seconds.values()))
        return Drill(self.backup, took, self.sold_again, "; ".join(self.troubles))

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = round(time.monotonic() - began, 2)


async def drill(settings: Settings, asked: str, says: Says) -> Drilled:
    """Play it, and write down in the shop's own database how it went, if that is there.

    Raises Refusal S032, S034 where there is nothing to drill with; all else is a trouble of the drill's.
    """
    place = place_of(settings)
    owners.make_folder(settings.data)
    made = Drilled(await asked_for(settings, place, asked))
    try:
        async with work_folder(settings) as folder:
            await _played(settings, place, folder, made, says)
    except Refusal as refusal:
        made.troubles.append(f"{refusal.code} {refusal.happened}")
    except PartyError as error:
        made.troubles.append(str(error))
    except (OSError, SQLAlchemyError) as error:
        made.troubles.append(cause_of(error))
    await _written_down(settings, made.whole, says)
    return made


def place_of(settings: Settings) -> Place:
    """Raises Refusal S034."""
    if settings.backups is None:
        raise Refusal("S034")
    return settings.backups.place()


async def asked_for(settings: Settings, place: Place, asked: str) -> str:
    """Raises Refusal S001, S031, S032."""
    try:
        return await gently(chosen, settings, place, asked)
    except PartyError as error:
        raise Refusal("S031", what=str(error)) from None


async def _played(settings: Settings, place: Place, folder: Path, made: Drilled, says: Says) -> None:
    says(f"Fetching {made.backup} and the journal from {place.shown} ...")
    file, lines = folder / made.backup, folder / "fetched.journal"
    with made.step("fetch"):
        await gently(fetch, place, made.backup, file)
        await gently(fetch_journal, place, lines)
    async with scratch(settings, folder) as there:
        if there is None:
            raise Refusal("S013", program="CREATE DATABASE", what="this user may make no scratch database")
        says("Restoring it into a scratch shop ...")
        with made.step("restore"):
            made.manifest = await restore(there, file, replace=False)
        says("Reconciling it by the journal; no way to pay is asked anything ...")
        with made.step("reconcile"):
            await _reconciled(there, lines, made)
        says("Looking it over ...")
        with made.step("invariants"):
            unsound = await looked_over(there, made.manifest)
    made.troubles += [f"does not hold: {unsound}"] if unsound else []


def fetch_journal(place: Place, file: Path) -> int:
    """Returns how many bytes. Raises PartyError."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as made:
        for piece in journal_copies.fetched(place):
            made.write(piece)
        return made.tell()


async def _reconciled(there: Settings, lines: Path, made: Drilled) -> None:
    async with scratch_database(there) as db:
        restore = await db.read(restores.unchecked)
        assert restore is not None and made.manifest is not None  # noqa: S101  it was restored just now
        made.reconciled = Reconciled(restore.backed_up_at, epoch=restore.epoch)
        shop = Shop(db, there.rules(), there.address, {})
        await read_journals(shop, [lines], made.reconciled)
        made.would_ask = await db.read(_would_ask, restore)
        while await db.write(recovery.serve_again):
            pass
        await db.write(recovery.give_time)
        await db.write(restores.checked, made.reconciled.counted())
        made.sold_again = await would_sell_again(db, [lines])
    if not made.reconciled.journal.lines and made.manifest.last["grants"]:
        made.troubles.append("no journal lies there: what was sold since the backup would not be known")


async def would_sell_again(db: Database, journals: list[Path]) -> int:
    """How many codes are on sale, or set aside for somebody else, though a journal says that they have left."""
    lines, found = journal.read(journals, journal.Unreadable()), 0
    while some := list(islice(lines, recovery.MOST)):
        found += await db.read(recovery.would_sell_again, some)
    return found


def _would_ask(tx: Tx, restore: restores.Restore) -> dict[str, int]:
    found: dict[str, int] = {}
    for rail, account in tx.all(RAILS):
        after, many = 0, 0
        while some := dropped.unheard(tx, rail, account, restore.backed_up_at, recovery.MOST, after):
            after, many = some[-1].id, many + len(some)
        found[rail] = found.get(rail, 0) + many
    return found


async def _written_down(settings: Settings, drill: Drill, says: Says) -> None:
    """On another machine than the shop's there is no shop to write it down in."""
    try:
        await gently(look_at_schema, settings)
        async with scratch_database(settings) as db:
            await db.write(backups.drilled, drill)
    except Refusal:
        says("There is no shop here to write the result down in.")
