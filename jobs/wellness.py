"""Whether each rail answers: one that doesn't is offered to nobody until it does again, and staff hear of it."""

from __future__ import annotations

import asyncio

import structlog

from core import cards, staff, ways
from core.ground import points
from core.ground.db import Tx
from core.ground.errors import PartyError
from core.ground.trails import trail
from core.parties import PaymentRail
from core.quiet import Kind
from core.shop import Shop

AGAIN = 2.0  # seconds until the second look
PATIENCE = 20.0  # seconds for all of an answer: a client's own limit is for each piece of it

log = structlog.get_logger()


async def wellness(shop: Shop) -> None:
    """Look at every rail, and again at one in trouble: a hiccup hides none. None keeps another from being looked at."""
    for rail in shop.payments.values():
        found = await trouble(rail)
        if found:
            await asyncio.sleep(AGAIN)
            found = await trouble(rail)
        await shop.db.write(looked_at, rail.name, found)


async def trouble(rail: PaymentRail) -> str | None:
    """Why it can't be offered. One that breaks is as good as away: our fault or theirs, a payment may break it too."""
    try:
        async with asyncio.timeout(PATIENCE):
            with points.around("rail.well"):
                await rail.well()
    except PartyError as error:
        return str(error)
    except TimeoutError:
        return f"no whole answer within {PATIENCE:g} seconds"
    except Exception as error:
        log.error("a rail broke when it was looked at", rail=rail.name, error=type(error).__name__, at=trail(error))
        return type(error).__name__  # no more: a bug's own message may quote what somebody wrote
    return None


def looked_at(tx: Tx, rail: str, trouble: str | None) -> None:
    about = ways.looked_at(tx, rail, trouble)
    if about:
        sentence = "alarm-rail-away" if trouble else "alarm-rail-back"
        key = f"{sentence} {rail} {about.since.isoformat()}"
        facts = {"rail": cards.rail_called(rail), "time": about.since, "why": about.why}
        staff.alarm(tx, key, sentence, kind=Kind.RAILS, **facts)
