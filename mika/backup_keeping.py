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

import structlog
from sqlalchemy.exc import SQLAlchemyError

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
from mika.wiring import cause_of, key_ring

NAMED = re.compile(r"mika-([0-9]{8}T[0-9]{6})Z-[0-9a-f]{8}\.backup")
PICTURES = "pictures/"
TRIED = "tried/"  # beside a backup that was tried lies a mark of its name
BEGINNING = datetime(1970, 1, 2, tzinfo=UTC)
WORK = ".backup-"  # what folders of work in hand begin with

Says = Callable[[str], None]

log = structlog.get_logger()


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
        except SQLAlchemyError as error:
            raise PartyError(f"the database: {cause_of(error)}") from None

    async def made(self, always: frozenset[str] = frozenset(), says: Says = _nothing) -> Kept:
        """A new backup, tried where it lies. Raises Refusal, PartyError, OSError, SQLAlchemyError."""
        began = time.monotonic()
        async with work_folder(self.settings) as folder:
            says("Copying the shop ...")
            manifest, name, size = await self._put(folder, says)
            says("Trying it: fetching, restoring, looking it over ...")
            try:
                found = await self._tried(name, folder, manifest)
            except (Refusal, SQLAlchemyError) as error:
                await gently(removed, self.place, name)
                what = error.happened.rstrip(".") if isinstance(error, Refusal) else cause_of(error)
                raise Refusal("S033", name=name, what=what) from None
            except (PartyError, OSError):
                await gently(removed, self.place, name)
                raise
        await gently(self.place.put, f"{TRIED}{name}", [b"tried\n"])
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
        """Of what this shop's keys have sealed here, all but what is to be kept. Returns how many backups are left.

        Periods are counted by those that were tried. Another may be on trial this moment: it goes when it is old.
        """
        told, ring = self.told, key_ring(self.settings)
        ours = [one for one in listed(self.place) if is_ours(self.place, one[0], ring)]
        good = trusted(self.place, ours)
        kept = to_keep(
            good,
            self.settings.rules().zone,
            days=told.keep_days,
            weeks=told.keep_weeks,
            months=told.keep_months,
            always=always,
        )
        old = max((at for _, at in good), default=BEGINNING) - LEFT
        over = [one for one in ours if one[0] not in kept and (one in good or one[1] < old) and one[0] not in always]
        return len(ours) - sum(removed(self.place, name) for name, _ in over)


def listed(place: Place) -> list[tuple[str, datetime]]:
    """What is called as a backup is, with its moment, the oldest first. Raises PartyError."""
    said = ((one.name, NAMED.fullmatch(one.name)) for one in place.files("mika-"))
    found = [(name, datetime.strptime(match[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)) for name, match in said if match]
    return sorted(found, key=lambda one: one[1])


def trusted(place: Place, made: list[tuple[str, datetime]]) -> list[tuple[str, datetime]]:
    """Those that were tried. What is older than the first mark is from before there were marks. Raises PartyError."""
    marked = {one.name.removeprefix(TRIED) for one in place.files(TRIED)}
    first = min((at for name, at in made if name in marked), default=None)
    return [(name, at) for name, at in made if name in marked or first is None or at < first]


def chosen(settings: Settings, place: Place, asked: str) -> str:
    """The name of a backup that is there: "latest", or a name. Raises Refusal S032, PartyError.

    The latest is of those that are ours and were tried. Where none is ours it is somebody's: his key is said.
    """
    made = listed(place)
    if asked == "latest" and made:
        ring = key_ring(settings)
        ours = [one for one in made if is_ours(place, one[0], ring)]
        return (trusted(place, ours) or ours or made)[-1][0]
    if asked in [name for name, _ in made]:
        return asked
    what = "none is there" if asked == "latest" else f"{asked} is not there"
    raise Refusal("S032", what=f"{what}, at {place.shown}")


def is_ours(place: Place, name: str, ring: KeyRing) -> bool:
    """Whether it begins as what this shop has sealed does."""
    return backup_seal.opens(ring, place.begin(name, backup_seal.HEAD))


def removed(place: Place, name: str) -> bool:
    """A backup with its mark, where the key may remove any: one that may not is told of, and nothing stops for it."""
    try:
        place.remove(name)
        place.remove(f"{TRIED}{name}")
    except PartyError as error:
        log.warning("a backup that is not kept could not be removed", name=name, why=str(error))
        return False
    return True


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
