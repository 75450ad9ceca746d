"""The shop is copied elsewhere once a day and tried there; the journal, every few minutes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from core import backups
from core.ground import points
from core.ground.errors import PartyError
from core.shop import Shop

EVERY = backups.LEASE.total_seconds() / 4  # it is said that the backup goes on

log = structlog.get_logger()


async def back_up(shop: Shop) -> None:
    """The day's backup, when its hour has come. What stands in its way is told, and it is tried again in an hour."""
    if shop.backups is None:
        return
    day = await shop.db.write(backups.claim, shop.backups.at)
    if day is None:
        return
    newest = await shop.db.read(backups.newest_verified)
    try:
        async with _held(shop, day):
            with points.around("backups.back_up"):
                kept = await shop.backups.back_up(frozenset({newest} if newest else ()))
    except PartyError as error:
        log.error("no backup could be made", day=day, why=str(error))
        await shop.db.write(backups.failed, day, str(error))
        return
    log.info("backed up", name=kept.name, size=kept.size, seconds=round(kept.took.total_seconds(), 1))
    await shop.db.write(backups.made, kept, day)


@asynccontextmanager
async def _held(shop: Shop, day: str) -> AsyncIterator[None]:
    """However long the block takes, nobody else begins."""
    over = asyncio.Event()
    holding = asyncio.create_task(_hold(shop, day, over))
    try:
        yield
    finally:
        over.set()
        await holding


async def _hold(shop: Shop, day: str, over: asyncio.Event) -> None:
    while not await _passes(over):
        try:
            await shop.db.write(backups.hold, day)
        except Exception as error:  # the lease lasts for a few more tries
            log.warning("could not say that the backup goes on", day=day, error=type(error).__name__)


async def _passes(over: asyncio.Event) -> bool:
    try:
        return await asyncio.wait_for(over.wait(), EVERY)
    except TimeoutError:
        return False


async def copy_journal(shop: Shop) -> None:
    """What was handed over since the last copy goes where the backups are."""
    if shop.backups is None:
        return
    now = await shop.db.read(lambda tx: tx.now)
    try:
        with points.around("backups.copy_journal"):
            await shop.backups.copy_journal(now)
    except PartyError as error:
        log.error("the journal could not be copied", why=str(error))
        await shop.db.write(backups.journal_failed, str(error))


async def tell_week(shop: Shop) -> None:
    if shop.backups is not None:
        await shop.db.write(backups.tell_week)
