"""Every table of the shop: importing this fills the metadata that migrations and tests work from."""

from __future__ import annotations

from core import (
    catalog,
    customers,
    disputes,
    drafts,
    enquiries,
    hiring,
    inventory,
    ledger,
    orders,
    purchases,
    restores,
    rooms,
    staff,
    stock_levels,
    uploads,
    ways,
    withdrawals,
)
from core.ground import audit, chatlog, inbox, outbox, presses, shown
from core.ground.columns import metadata

NOUNS = (
    catalog,
    customers,
    disputes,
    drafts,
    enquiries,
    hiring,
    inventory,
    ledger,
    orders,
    purchases,
    restores,
    rooms,
    staff,
    stock_levels,
    uploads,
    ways,
    withdrawals,
)
GROUND = (audit, chatlog, inbox, outbox, presses, shown)

__all__ = ["GROUND", "NOUNS", "metadata"]
