"""Every table of the shop: importing this fills the metadata that migrations and tests work from."""

from __future__ import annotations

from core import (
    broadcasts,
    catalog,
    catalogue_drafts,
    customers,
    disputes,
    drafts,
    enquiries,
    exports,
    hiring,
    inventory,
    ledger,
    marks,
    orders,
    purchases,
    quiet,
    reminders,
    reports,
    repricing,
    restores,
    reveals,
    risk_policy,
    rooms,
    staff,
    stock_levels,
    switches,
    threads,
    uploads,
    verdicts,
    ways,
    withdrawals,
)
from core.ground import audit, chatlog, inbox, outbox, presses, shown
from core.ground.columns import metadata

NOUNS = (
    broadcasts,
    catalog,
    catalogue_drafts,
    customers,
    disputes,
    drafts,
    enquiries,
    exports,
    hiring,
    inventory,
    ledger,
    marks,
    orders,
    purchases,
    quiet,
    reports,
    repricing,
    restores,
    reveals,
    risk_policy,
    rooms,
    staff,
    switches,
    reminders,
    threads,
    stock_levels,
    uploads,
    verdicts,
    ways,
    withdrawals,
)
GROUND = (audit, chatlog, inbox, outbox, presses, shown)

__all__ = ["GROUND", "NOUNS", "metadata"]
