"""Every table of the shop: importing this fills the metadata that migrations and tests work from."""

from __future__ import annotations

from core import (
    catalog,
    catalogue,
    customers,
    disputes,
    enquiries,
    hiring,
    inventory,
    ledger,
    orders,
    purchases,
    repricing,
    restores,
    rooms,
    staff,
    ways,
)
from core.ground import audit, chatlog, inbox, outbox, presses, shown
from core.ground.columns import metadata

NOUNS = (
    catalog,
    catalogue,
    customers,
    disputes,
    enquiries,
    hiring,
    inventory,
    ledger,
    orders,
    purchases,
    repricing,
    restores,
    rooms,
    staff,
    ways,
)
GROUND = (audit, chatlog, inbox, outbox, presses, shown)

__all__ = ["GROUND", "NOUNS", "metadata"]
