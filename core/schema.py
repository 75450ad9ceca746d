"""Every table of the shop: importing this fills the metadata that migrations and tests work from."""

from __future__ import annotations

from core import (
    broadcasts,
    catalog,
    catalogue,
    customers,
    disputes,
    drafts,
    enquiries,
    exports,
    hiring,
    inventory,
    kin,
    ledger,
    linking,
    listings,
    orders,
    purchases,
    quiet,
    reminders,
    reports,
    repricing,
    restores,
    reveals,
    rooms,
    staff,
    stock_levels,
    switches,
    threads,
    uploads,
    ways,
    withdrawals,
)
from core.ground import audit, chatlog, inbox, outbox, presses, shown
from core.ground.columns import metadata

NOUNS = (
    broadcasts,
    catalog,
    catalogue,
    customers,
    disputes,
    drafts,
    enquiries,
    exports,
    hiring,
    inventory,
    kin,
    ledger,
    linking,
    listings,
    orders,
    purchases,
    quiet,
    reports,
    repricing,
    restores,
    reveals,
    rooms,
    staff,
    switches,
    reminders,
    threads,
    stock_levels,
    uploads,
    ways,
    withdrawals,
)
GROUND = (audit, chatlog, inbox, outbox, presses, shown)

__all__ = ["GROUND", "NOUNS", "metadata"]
