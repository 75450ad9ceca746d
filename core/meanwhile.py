"""Two people at one order: who decides on what they saw is told when somebody else has changed it since."""

from __future__ import annotations

from core import order_events, staff
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import words
from core.ground.tx import AnyRow
from core.orders import Order

BESIDES = (  # what leaves an order as it was
    "noted",
    "questioned",
    "replied",
    "sent",
    "unreachable",
    "resent",
    "redeemed",
    "place_forgotten",
    "claim_opened",
    "claim_ended",
    "claim_appealed",
    "gift_made",
    "gift_taken_back",
    "gift_opened",
)


class MeanwhileChanged(ShopError):
    """Somebody was first. Facts: number, what, staff, time."""


def seen(tx: Tx, order: Order) -> int:
    """How far the order's story had gone when it was looked at: the number of its last event."""
    return max((row.id for row in tx.all(order_events.HISTORY_OF, order=order.id)), default=0)


def unchanged(tx: Tx, order: Order, since: int) -> None:
    """Raises MeanwhileChanged where something was decided about it since it was looked at."""
    later = [
        row for row in tx.all(order_events.HISTORY_OF, order=order.id) if row.id > since and row.what not in BESIDES
    ]
    if later:
        raise changed(tx, order, later[0])


def first(tx: Tx, order: Order) -> MeanwhileChanged:
    """The refusal that says what happened to it last, and who did it."""
    told = [row for row in tx.all(order_events.HISTORY_OF, order=order.id) if row.what not in BESIDES]
    return changed(tx, order, told[-1])


def changed(tx: Tx, order: Order, row: AnyRow) -> MeanwhileChanged:
    what = words(f"event-{row.what.replace('_', '-')}")
    return MeanwhileChanged(number=order.number, what=what, staff=by_whom(tx, row.actor), time=row.at)


def by_whom(tx: Tx, actor: str) -> str:
    """Who did it, by name where staff did; "shop", "clock", "payment" or "buyer" otherwise."""
    if actor in ("shop", "clock", "payment"):
        return actor
    name = staff.called(tx, actor)
    return name if name != actor else "buyer"
