"""What an order is to those after it: the few moments of its fate that rules of risk look at.

They are columns of the order itself, so that a verdict finds hundreds of orders by one seek each. All of it can be
told from other tables (`reconcile` compares, as R1), and is written where it happens, in the same transaction: here,
and nowhere else. Each is the first moment of its kind; the customer, the hold and the payment stand with the order.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import Column, Integer, bindparam, column, func, table, update

from core.ground.columns import UTC, BigId
from core.ground.db import Tx


class Fate(StrEnum):
    """What may become of an order, by the column that says when it first did."""

    CALLED_OFF = "called_off_at"  # by its buyer or by staff, before it was paid
    DELIVERED = "delivered_at"  # the first of its codes went out
    REFUNDED = "refunded_at"  # its own money goes back, whosever wish it was
    ASKED_BACK = "asked_back_at"  # for the buyer's reasons
    REJECTED = "rejected_at"  # by a person of the shop
    DISPUTED = "disputed_at"
    WON = "won_at"  # the last of its disputes; null while one is open or lost
    SUSPECTED = "suspected_at"  # the rail, or the payer's bank, took it for a fraud
    REPLACED = "replaced_at"  # the first of its codes


COLUMNS = (
    Column("product_id", BigId),  # of its first line
    Column("units", Integer, nullable=False, server_default="0"),  # how many
    *(Column(fate.value, UTC) for fate in Fate),
)
NAMES = frozenset(each.name for each in COLUMNS)
# What went back beside the order's own money; goodwill is a present, which the buyer may as well get as store credit.
ASIDE = ("surplus", "difference", "late", "unused", "underpaid", "same", "goodwill")
# Nothing was handed over for it: there was nothing, nobody had the time, the buyer wouldn't wait, or staff gave it back
# before; and what our own rules refused: each refusal would else be a reason for the next. "waited" is also said where
# nobody answered whether a cancelled order is wanted after all: who is silent is no worse than who says "buyer".
OURS = ("sold-out", "overdue", "undecided", "unserved", "waited", "cancelled", "buyer", "staff", "refused")
EVENTS = {
    "cancelled": Fate.CALLED_OFF,
    "called_off": Fate.CALLED_OFF,
    "sent": Fate.DELIVERED,
    "replaced": Fate.REPLACED,
}

# By its name alone: the ledger, disputes and marks tell of an order too, and orders' own module stands on them.
orders = table("orders", column("id", BigId), *(column(fate.value, UTC) for fate in Fate))
THIS = orders.c.id == bindparam("order", type_=BigId)
CAME = {
    fate: update(orders).where(THIS, orders.c[fate].is_(None)).values({orders.c[fate]: bindparam("at", type_=UTC)})
    for fate in Fate
}
CONTESTED = (
    update(orders)
    .where(THIS)
    .values(
        {
            orders.c.disputed_at: func.coalesce(orders.c.disputed_at, bindparam("at", type_=UTC)),
            orders.c.won_at: None,
        }
    )
)


def came(tx: Tx, order: int, *fates: Fate) -> None:
    """That became of the order now. What did before keeps its moment: a repeat changes nothing."""
    for fate in fates:
        tx.changed(CAME[fate], order=order, at=tx.now)


def happened(tx: Tx, order: int, what: str) -> None:
    """An event is written into the order's story: some of them are its fate."""
    if what in EVENTS:
        came(tx, order, EVENTS[what])


def of_refund(why: str) -> tuple[Fate, ...]:
    """What a refund for that reason is to its order."""
    if why in ASIDE:
        return ()
    return (Fate.REFUNDED,) if why in OURS else (Fate.REFUNDED, Fate.ASKED_BACK)


def goes_back(tx: Tx, order: int, why: str) -> None:
    """A refund of the order is made, for that reason."""
    came(tx, order, *of_refund(why))


def contested(tx: Tx, order: int) -> None:
    """A dispute of it is opened, or one that was won is open again."""
    tx.changed(CONTESTED, order=order, at=tx.now)
