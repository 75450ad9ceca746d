"""Our books against the rails': a payment or refund we were never told of is taken; one they deny staff look at."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import structlog

from core import chargebacks, dropped, restores
from core.chargebacks import RefundNotice
from core.dropped import Unheard
from core.ground import points
from core.ground.errors import PartyError
from core.ground.trails import trail
from core.parties import PaymentRail
from core.settling import PaymentNotice
from core.shop import Shop

BEHIND = timedelta(minutes=15)  # by which a rail's own list may lag
PATIENCE = 20.0  # seconds for all of an answer: a client's own limit is for each piece of it
OF_A_DAY = 120.0  # a day may have many pages
LATE = timedelta(hours=24)  # after its hold an order's payment is asked about for so long
EVERY = timedelta(minutes=5)  # as the timetable has it
A_ROUND = 100  # payments asked about, a rail
MOST = 5000  # looked up for that

log = structlog.get_logger()


async def reconcile(shop: Shop) -> None:
    """Today's and yesterday's payments of every rail. One that can't be asked keeps no other from it.

    Nothing while a restored shop's books are unchecked: that check asks the rails itself, and settles with care.
    """
    if await shop.db.read(restores.unchecked):
        return
    now = await shop.db.read(lambda tx: tx.now.astimezone(tx.rules.zone))
    since = (now - timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    for rail in shop.payments.values():
        try:
            await against(shop, rail, since, now)
        except PartyError as error:
            log.warning("a rail can't be reconciled now", rail=rail.name, why=str(error))
        except TimeoutError:
            log.warning("a rail can't be reconciled now", rail=rail.name, why="it took too long to answer")
        except Exception as error:
            log.error("reconciling a rail broke", rail=rail.name, error=type(error).__name__, at=trail(error))


async def against(shop: Shop, rail: PaymentRail, since: datetime, now: datetime) -> int:
    """One rail's days; returns how many payments were found that we had not been told of. A repeat finds none."""
    if not rail.abilities.lists:
        return await one_by_one(shop, rail, now)
    known, found, day = set[str](), 0, since
    while day <= now:
        async with asyncio.timeout(OF_A_DAY):
            with points.around("rail.day"):
                listed = [notice async for notice in rail.day(day)]
        told = [notice for notice in listed if isinstance(notice, PaymentNotice)]
        known |= {notice.transaction for notice in told}
        for notice in told:
            if await shop.db.write(dropped.recover, notice, "clock"):
                found += 1
                log.warning("a payment we were not told of", rail=rail.name, key=notice.key)
        for notice in listed:
            if isinstance(notice, RefundNotice):
                await _refunded(shop, notice)
        day += timedelta(days=1)
    for receipt, payment in await shop.db.read(dropped.to_compare, rail.name, rail.account, since, now - BEHIND):
        if receipt.transaction not in known:
            async with asyncio.timeout(PATIENCE):
                with points.around("rail.truth"):
                    truth = await rail.truth(payment.key, payment.reference or "")
            if truth is None or truth.transaction != receipt.transaction:
                await shop.db.write(dropped.denied, receipt)
    return found


async def one_by_one(shop: Shop, rail: PaymentRail, now: datetime) -> int:
    """As against, of a rail that can't list: it is asked about each payment of which nothing was heard.

    The oldest first, no more of them a round than A_ROUND. One it gives no sense of stops no other.
    """
    if rail.abilities.by_staff:
        return 0
    found, open_ = 0, await shop.db.read(dropped.unheard, rail.name, rail.account, now - LATE, MOST)
    for one in turn([each for each in open_ if each.reference], now):
        try:
            async with asyncio.timeout(PATIENCE):
                with points.around("rail.truth"):
                    truth = await rail.truth(one.key, one.reference or "")
        except PartyError as error:
            if not error.permanent:
                raise
            log.warning("a payment can't be asked about", rail=rail.name, key=one.key, why=str(error))
            continue
        if truth and await shop.db.write(dropped.recover, truth, "clock"):
            found += 1
            log.warning("a payment we were not told of", rail=rail.name, key=truth.key)
    return found


def turn(those: list[Unheard], now: datetime) -> list[Unheard]:
    """This round's: where there are more than fit in one, the next ones each time, and then from the first again."""
    if len(those) <= A_ROUND:
        return those
    begin = int(now.timestamp() // EVERY.total_seconds()) * A_ROUND % len(those)
    return [*those[begin:], *those[:begin]][:A_ROUND]


async def _refunded(shop: Shop, notice: RefundNotice) -> None:
    try:
        if await shop.db.write(chargebacks.refunded_at_the_rail, notice):
            log.warning("a refund we were not told of", rail=notice.rail, reference=notice.reference)
    except LookupError:  # of a payment from before the shop
        log.warning("a refund of money we don't know", rail=notice.rail, reference=notice.reference)
