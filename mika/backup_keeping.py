"""Backups at their place: made, tried where they lie, thinned out; with the pictures and the journal's copies."""

from __future__ import annotations

import asyncio
import re
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core import pictures
from core.backups import Kept, to_keep
from core.ground.db import Database
from core.ground.errors import PartyError
from core.ground.vault import KeyRing
from mika import backup_seal, journal_copies
from mika.backup import Manifest, dumped, pieces
from mika.backup_places import Place
from mika.backup_settings import BackupSettings
from mika.backup_trial import LEFT, Tried, tried
from mika.gently import gently
from mika.refusals import Refusal
from mika.settings import Settings
from mika.wiring import key_ring

NAMED = re.compile(r"mika-([0-9]{8}T[0-9]{6})Z-[0-9a-f]{8}\.backup")
PICTURES = "pictures/"
WORK = ".backup-"  # what folders of work in hand begin with

Says = Callable[[str], None]


def _nothing(said: str) -> None: ...


@dataclass
class Keeping:
    """Keeps the contract Backups of core/parties.py."""

    settings: Settings
    told: BackupSettings
    place: Place
    db: Database

    def __post_init__(self) -> None:
        self.at = self.told.at
        self._copied_at: datetime | None = None

    async def back_up(self, always: frozenset[str]) -> Kept:
        try:
            return await self.made(always)
        except Refusal as refusal:
            raise PartyError(f"{refusal.code} {refusal.happened} {refusal.todo}") from None
        except OSError as error:
            raise PartyError(f"{error.filename or 'the system'}: {error.strerror}") from None

    async def made(self, always: frozenset[str] = frozenset(), says: Says = _nothing) -> Kept:
        """A new backup, tried where it lies. Raises Refusal, PartyError, OSError."""
        began = time.monotonic()
        async with work_folder(self.settings) as folder:
            says("Copying the shop ...")
            manifest, name, size = await self._put(folder, says)
            says("Trying it: fetching, restoring, looking it over ...")
            try:
                found = await self._tried(name, folder, manifest)
            except Refusal as refusal:
                raise Refusal("S033", name=name, what=refusal.happened.rstrip(".")) from None
        await gently(self._put_pictures)
        kept = await gently(self._thin_out, always | {name})
        took = timedelta(seconds=time.monotonic() - began)
        return Kept(name, manifest.at, size, manifest.sha256, took, found.how, kept, found.unsound)

    async def copy_journal(self, now: datetime) -> None:
        every = timedelta(minutes=self.told.journal_minutes)
        if self._copied_at is not None and now < self._copied_at + every:
            return
        await asyncio.to_thread(
            journal_copies.copied, self.settings.journal_path, self.place
        )  # no backup is in its way
        self._copied_at = now

    async def _put(self, folder: Path, says: Says) -> tuple[Manifest, str, int]:
        ring = key_ring(self.settings)
        leaving = threading.Event()
        async with dumped(self.settings, self.db, folder / "copy") as (manifest, copy):
            name = f"mika-{manifest.at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}.backup"
            says(f"Sealing {manifest.size:,} bytes into {self.place.shown}/{name} ...")
            some = backup_seal.sealed(ring, until(leaving, pieces(manifest, copy)))
            try:
                size = await gently(self.place.put, name, some)
            finally:
                leaving.set()
        return manifest, name, size

    async def _tried(self, name: str, folder: Path, manifest: Manifest) -> Tried:
        file = folder / name
        await gently(fetch, self.place, name, file)
        found = await tried(self.settings, file, folder)
        if found.manifest != manifest:
            raise Refusal("S033", name=name, what="what lies there is another backup")
        return found

    def _put_pictures(self) -> None:
        """Their names tell their content: what is there is right."""
        here = self.settings.data / "pictures"
        there = {one.name for one in self.place.files(PICTURES)}
        for file in sorted(here.iterdir()) if here.is_dir() else ():
            if file.is_file() and not file.name.startswith(".") and f"{PICTURES}{file.name}" not in there:
                self.place.put(f"{PICTURES}{file.name}", [file.read_bytes()])

    def _thin_out(self, always: frozenset[str]) -> int:
        """Of what this shop's keys have sealed here, all but what is to be kept. Returns how many of it are left."""
        ring, told = key_ring(self.settings), self.told
        made = [one for one in listed(self.place) if is_ours(self.place, one[0], ring)]  # others' would push ours out
        kept = to_keep(
            made,
            self.settings.rules().zone,
            days=told.keep_days,
            weeks=told.keep_weeks,
            months=told.keep_months,
            always=always,
        )
        gone = [name for name, _ in made if name not in kept]
        for name in gone:
            self.place.remove(name)
        return len(made) - len(gone)


def listed(place: Place) -> list[tuple[str, datetime]]:
    """What is called as a backup is, with its moment, the oldest first. Raises PartyError."""
    said = ((one.name, NAMED.fullmatch(one.name)) for one in place.files("mika-"))
    found = [(name, datetime.strptime(match[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)) for name, match in said if match]
    return sorted(found, key=lambda one: one[1])


def chosen(settings: Settings, place: Place, asked: str) -> str:
    """The name of a backup that is there: a name, or "latest", the newest that our keys open. Where they open none it
    is the newest, and whoever restores it hears why not. Raises Refusal S032, PartyError.
    """
    names = [name for name, _ in listed(place)]
    if asked == "latest" and names:
        ring = key_ring(settings)
        return next((name for name in reversed(names) if is_ours(place, name, ring)), names[-1])
    if asked in names:
        return asked
    what = "none is there" if asked == "latest" else f"{asked} is not there"
    raise Refusal("S032", what=f"{what}, at {place.shown}")


def is_ours(place: Place, name: str, ring: KeyRing) -> bool:
    """Whether it begins as what this shop has sealed does."""
    some = place.get(name)
    return backup_seal.opens(ring, next(some, b"")[: backup_seal.HEAD])


def fetch(place: Place, name: str, file: Path) -> None:
    """Raises PartyError, OSError."""
    with file.open("xb") as made:
        for piece in place.get(name):
            made.write(piece)


@dataclass
class Pictures:
    """What came back of them."""

    fetched: int = 0
    damaged: list[str] = field(default_factory=list)


def fetch_pictures(place: Place, folder: Path) -> Pictures:
    """Those that are not here. Their names tell their content, so none is here that is another. A repeat goes on.

    Raises PartyError, OSError.
    """
    made = Pictures()
    for one in place.files(PICTURES):
        name = one.name.removeprefix(PICTURES)
        if not pictures.is_name(name) or (folder / name).exists():
            continue
        content = b"".join(place.get(one.name)) if one.size <= pictures.LARGEST else b""
        if not _is_called(name, content):
            made.damaged.append(one.name)
            continue
        pictures.keep(folder, name, content)
        made.fetched += 1
    return made


def _is_called(name: str, content: bytes) -> bool:
    try:
        return pictures.name_for(content) == name
    except pictures.BadPicture:
        return False


def until(leaving: threading.Event, some: Iterable[bytes]) -> Iterator[bytes]:
    """Whoever waited for it has gone: a thread can't be stopped, so it is let run dry."""
    for piece in some:
        if leaving.is_set():
            raise PartyError("the shop closed while its backup was made")
        yield piece


@asynccontextmanager
async def work_folder(settings: Settings) -> AsyncIterator[Path]:
    """A folder in the data folder, for work that is thrown away. Those that somebody dead left go too."""
    old = (datetime.now(UTC) - LEFT).timestamp()
    for left in settings.data.glob(f"{WORK}*"):
        if left.stat().st_mtime < old:
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=WORK, dir=settings.data) as name:
        yield Path(name)
