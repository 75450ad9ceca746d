"""`mika vault`: a new key for everything that is sealed, while the shop sells; and the end of an old one."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core import resealing
from core.ground import owners
from core.ground.db import Database
from core.ground.vault import KeyRing
from mika.refusals import Refusal
from mika.settings import Settings
from mika.wiring import key_ring, opened

Progress = Callable[[int, int], None]  # values sealed anew, of how many
LOOK_AGAIN = 0.05  # seconds, until the transactions that began before are over


class KeyInUse(Exception):
    """The key can't be retired. The text says why."""


@dataclass(frozen=True)
class Rotated:
    """What a rotation has done. `broken` names the values that no key on the ring opens."""

    key: int
    fresh: bool  # False: it went on with what an earlier one had begun
    resealed: int
    broken: tuple[str, ...]


async def rotate(settings: Settings, progress: Progress = lambda done, of: None) -> Rotated:
    """Put a new key on the ring and seal everything by it, in transactions of some milliseconds.

    The shop may run meanwhile, in any number of processes that read the same key file: each seals by the new key as
    soon as the file is there. Ended early, the next run goes on, with no other key. At its end nothing is sealed by
    an older key but what is broken. The older keys stay on the ring: backups made before need them.
    """
    with _alone(settings):
        async with opened(settings) as house:
            db = house.shop.db
            ring = key_ring(settings)
            waiting = await db.read(resealing.sealed_by)
            fresh = not await db.read(resealing.under_way, ring.current)
            if fresh:
                ring = ring.rotated()
                await db.write(resealing.began, ring.current)  # if nothing follows, the next run finds another key
                ring.replace(settings.key_path)
            return await _reseal(db, ring, fresh, sum(waiting.values()), progress)


async def _reseal(db: Database, ring: KeyRing, fresh: bool, of: int, progress: Progress) -> Rotated:
    await _old_sealers_gone(db)
    done, broken = 0, []
    for column in resealing.EVERYWHERE:
        after: int | None = 0
        while after is not None:
            step = await db.write(resealing.reseal_some, column, after)
            after, done = step.reached, done + step.resealed
            broken += step.broken
            progress(done, max(done, of))
            await asyncio.sleep(0)
    left = await db.read(resealing.sealed_by)
    if sum(left.values()) - left[ring.current] > len(broken):
        raise RuntimeError("another process still seals by an older key: does it read another key file?")
    await db.write(resealing.ended, ring.current, done, len(broken))
    return Rotated(ring.current, fresh, done, tuple(broken))


async def _old_sealers_gone(db: Database) -> None:
    """Whoever begins now sees the new file; whoever began before may still commit a value of the old key."""
    mark = await db.write(resealing.barrier)
    while not await db.read(resealing.is_past, mark):  # noqa: ASYNC110  the truth is in the database, it sets no event
        await asyncio.sleep(LOOK_AGAIN)


async def retire(settings: Settings, key: int) -> None:
    """Take an old key off the ring: backups made while it was in use open only with a copy of the older key file.

    Raises KeyInUse while anything is sealed by it.
    """
    with _alone(settings):
        async with opened(settings) as house:
            try:
                left = key_ring(settings).without(key)
            except ValueError as error:
                raise KeyInUse(str(error)) from None
            except KeyError:
                raise KeyInUse(f"there is no key {key} on the ring") from None
            await _old_sealers_gone(house.shop.db)
            if many := (await house.shop.db.read(resealing.sealed_by))[key]:
                raise KeyInUse(f"{many} values are sealed by key {key}; `mika vault rotate` seals them anew")
            await house.shop.db.write(resealing.retired, key)
            left.replace(settings.key_path)


async def keys(settings: Settings) -> dict[int, int]:
    """How many values each key on the ring has sealed."""
    async with opened(settings) as house:
        sealed = await house.shop.db.read(resealing.sealed_by)
    return {key: sealed[key] for key in sorted({*key_ring(settings).keys, *sealed})}


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Two rotations at once would each make a key with the same number. Raises Refusal S010."""
    path = settings.key_path
    try:
        file = _lock(path)
    except OSError as error:
        raise Refusal("S008", folder=path.parent, what=error.strerror) from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Refusal("S010", what="mika vault") from None
    finally:
        os.close(file)


def _lock(key: Path) -> int:
    """Opened, or made for whom the key belongs to."""
    path = key.with_name(f"{key.name}.lock")
    try:
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return os.open(path, os.O_WRONLY)
    owners.give(made, key)
    return made
