"""Waiting until the shop has nothing more to do for somebody: what was said is answered, what was promised is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import bindparam, func, or_, select

from bot.chats.terminal import TerminalChat
from core import ledger
from core.ground import inbox, outbox
from core.ground.db import Tx
from core.shop import Shop

PATIENCE = 30.0  # seconds; then whatever is stuck has a line in the log
SOON = timedelta(seconds=3)  # what is due later waits for something else than us

EVENTS = select(func.count()).where(
    inbox.inbox.c.state == "new",
    or_(inbox.inbox.c.person == bindparam("person"), inbox.inbox.c.source.in_(bindparam("rails", expanding=True))),
)
EFFECTS = select(func.count()).where(
    outbox.outbox.c.state == "new",
    outbox.outbox.c.due_at <= bindparam("soon"),
    or_(outbox.outbox.c.via.is_(None), outbox.outbox.c.via == bindparam("chat")),
)
RECEIPTS = (
    select(func.count())
    .select_from(ledger.receipts)
    .join(ledger.payments, ledger.payments.c.order_id == ledger.receipts.c.order_id)
    .where(ledger.payments.c.link == bindparam("page"))
)


async def until_still(shop: Shop, terminal: TerminalChat) -> bool:
    """Returns when nothing is under way for the person at this terminal. False if it still was after PATIENCE."""
    try:
        async with asyncio.timeout(PATIENCE):
            while terminal.waits or await shop.db.read(under_way, terminal.person, terminal.name, list(shop.payments)):
                await shop.db.wait_for("inbox", "outbox", timeout=0.05)
    except TimeoutError:
        return False
    return True


def under_way(tx: Tx, person: str, chat: str, rails: Sequence[str]) -> int:
    """How many events and effects wait to be worked off."""
    return tx.value(EVENTS, person=person, rails=rails) + tx.value(EFFECTS, chat=chat, soon=tx.now + SOON)


def receipts_behind(tx: Tx, page: str) -> int:
    """How often money came in for the order of a pay page."""
    return tx.value(RECEIPTS, page=page)
