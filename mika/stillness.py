"""Waiting until the shop has nothing more to do for somebody: what was said is answered, what was promised is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import bindparam, func, or_, select

from bot.chats.terminal import TerminalChat
from core import ledger, orders
from core.ground import inbox, outbox
from core.ground.db import Tx
from core.shop import Shop

ANSWER = 10.0  # seconds
PATIENCE = 30.0  # seconds; then whatever is stuck has a line in the log
SOON = timedelta(seconds=3)  # what is due later waits for something else than us

EVENTS = select(func.count()).where(
    inbox.inbox.c.state == "new",
    or_(inbox.inbox.c.person == bindparam("person"), inbox.inbox.c.source.in_(bindparam("rails", expanding=True))),
)
EFFECTS = select(outbox.outbox.c.payload).where(
    outbox.outbox.c.state == "new", outbox.outbox.c.due_at <= bindparam("soon")
)
ORDERS = select(orders.orders.c.id).where(orders.orders.c.person_id == bindparam("person"))
REFUNDS = select(ledger.refunds.c.id).where(ledger.refunds.c.order_id.in_(ORDERS))
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
            while terminal.waits or await shop.db.read(under_way, terminal.person, list(shop.payments)):
                await shop.db.wait_for("inbox", "outbox", timeout=0.05)
    except TimeoutError:
        return False
    return True


async def until_answered(terminal: TerminalChat) -> bool:
    """Returns when what was typed is answered, whatever else may follow. False if it was not in time."""
    for _ in range(int(ANSWER / 0.02)):
        if not terminal.waits:
            return True
        await asyncio.sleep(0.02)
    return False


def under_way(tx: Tx, person: str, rails: Sequence[str]) -> bool:
    """Whether anything waits that will end in this person's chat: an event, or an effect for them or their orders."""
    if tx.value(EVENTS, person=person, rails=rails):
        return True
    due = [row.payload for row in tx.all(EFFECTS, soon=tx.now + SOON)]
    if not due:
        return False
    mine = {row.id for row in tx.all(ORDERS, person=person)}
    refunds = {row.id for row in tx.all(REFUNDS, person=person)}
    return any(
        said.get("person") == person or said.get("order") in mine or said.get("refund") in refunds for said in due
    )


def receipts_behind(tx: Tx, page: str) -> int:
    """How often money came in for the order of a pay page."""
    return tx.value(RECEIPTS, page=page)
