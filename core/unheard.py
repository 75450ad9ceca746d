"""Payments asked for of which nothing was heard: a rail that can't list what was paid is asked about each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, exists, func, select

from core import ledger, orders
from core.ground.db import Tx

LIVES = timedelta(days=1)  # an order is over sooner than that after its payment was asked for

made_before = ledger.payments.alias("made_before")

LONG_AGO = (  # from the newest back, so that the old ones are not looked at
    select(made_before.c.id)
    .where(made_before.c.made_at < bindparam("made_since"))
    .order_by(made_before.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
UNHEARD = (
    select(ledger.payments.c.id, ledger.payments.c.key, ledger.payments.c.reference)
    .join(orders.orders, orders.orders.c.id == ledger.payments.c.order_id)
    .where(
        ledger.payments.c.id > func.coalesce(LONG_AGO, 0),
        ledger.payments.c.id > bindparam("after"),
        ledger.payments.c.rail == bindparam("of_rail"),
        ledger.payments.c.account == bindparam("of_account"),
        orders.orders.c.expires_at >= bindparam("since"),
        ~exists().where(
            ledger.receipts.c.order_id == ledger.payments.c.order_id,
            ledger.receipts.c.rail == ledger.payments.c.rail,
            ledger.receipts.c.amount == ledger.payments.c.amount,
        ),
    )
    .order_by(ledger.payments.c.id)
    .limit(bindparam("most"))
)


@dataclass(frozen=True)
class Unheard:
    id: int
    key: str
    reference: str | None  # None: its page was not opened, as far as we know


def payments(tx: Tx, rail: str, account: str, since: datetime, most: int, after: int = 0) -> list[Unheard]:
    """Of orders whose hold ends after `since`, paid another way or not; the oldest first, beginning after one's id."""
    asked = {"of_rail": rail, "of_account": account, "since": since, "made_since": since - LIVES}
    return [Unheard(*row) for row in tx.all(UNHEARD, **asked, most=most, after=after)]
