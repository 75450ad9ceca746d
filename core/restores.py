"""A shop that was restored from a backup: until its books are checked nothing is sold and nothing granted.

It does not know what was handed over since the backup, and would sell it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, String, Table, bindparam, exists, insert, select, update

from core.ground import audit, outbox
from core.ground.columns import UTC, BigId, Json, metadata
from core.ground.db import Tx
from core.ground.errors import ShopError


class BooksBeingChecked(ShopError):
    """The shop was restored from a backup, and nothing is sold until it is known what was sold since."""


restores = Table(
    "restores",
    metadata,
    Column("id", BigId, primary_key=True),  # the epoch
    Column("backup", String(64), nullable=False),  # its checksum
    Column("backed_up_at", UTC, nullable=False),
    Column("restored_at", UTC, nullable=False),
    Column("checked_at", UTC),
    Column("found", Json),  # what the check has found: counts
)

handed_before = Table(  # codes that a unit was given after the backup: to be granted to it again, and to no other
    "handed_before",
    metadata,
    Column("code_id", BigId, ForeignKey("codes.id"), primary_key=True),
    Column("unit_id", BigId, ForeignKey("units.id"), primary_key=True),
)

lost_orders = Table(  # placed after the backup and gone, though a code of theirs had left: their money is the shop's
    "lost_orders",
    metadata,
    Column("number", String(20), primary_key=True),
    Column("receipt_id", BigId, ForeignKey("receipts.id")),  # the money that was kept for it
)


@dataclass(frozen=True)
class Restore:
    """The shop began anew from a backup: its epoch, and from when on others know more than it."""

    epoch: int
    backed_up_at: datetime
    restored_at: datetime


UNCHECKED = (
    select(restores.c.id, restores.c.backed_up_at, restores.c.restored_at)
    .where(restores.c.checked_at.is_(None))
    .order_by(restores.c.backed_up_at)
    .limit(1)
)
IS_UNCHECKED = select(exists(UNCHECKED))
EVERY = select(restores.c.id, restores.c.backed_up_at, restores.c.restored_at).order_by(restores.c.id)
RESTORE = insert(restores)
HANDED_BEFORE = insert(handed_before)
CHECK = (
    update(restores).where(restores.c.checked_at.is_(None)).values(checked_at=bindparam("at"), found=bindparam("what"))
)


def unchecked(tx: Tx) -> Restore | None:
    """The restore whose books are still to be checked, the one that goes back furthest."""
    row = tx.first(UNCHECKED)
    return Restore(*row) if row else None


def is_unchecked(tx: Tx) -> bool:
    """Whether a restore's books are still to be checked. Its row, there in any case, tells PostgreSQL's time too."""
    return tx.value(IS_UNCHECKED)


def must_be_checked(tx: Tx, unchecked: bool | None = None) -> None:
    """Raises BooksBeingChecked while a restore is unchecked. `unchecked`: whether one is, by who has asked already."""
    if tx.first(UNCHECKED) if unchecked is None else unchecked:
        raise BooksBeingChecked()


def restored(tx: Tx, backup: str, backed_up_at: datetime, restored_at: datetime) -> int:
    """The shop has begun anew from a backup; returns its epoch. From this commit on nothing is sold."""
    epoch = tx.insert(RESTORE, backup=backup, backed_up_at=backed_up_at, restored_at=restored_at)
    audit.write(tx, "command line", "restore", f"backup {backup[:12]}", of=backed_up_at.isoformat())
    return epoch


def all_of(tx: Tx) -> list[Restore]:
    """Every time the shop began anew, the oldest first."""
    return [Restore(*row) for row in tx.all(EVERY)]


def checked(tx: Tx, found: dict[str, Any]) -> bool:
    """The books are checked, and the shop sells again. False if that was so before."""
    if not tx.changed(CHECK, at=tx.now, what=found):
        return False
    audit.write(tx, "command line", "reconcile", "restore", **found)
    tx.wake("stock")
    tx.wake("outbox", outbox.topic("weigh", None))
    return True
