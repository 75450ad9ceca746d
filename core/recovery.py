"""What a restored shop learns from others before it sells again: codes that left since the backup, and money that came.

Every step may be repeated, and changes nothing the second time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import bindparam, exists, select, update
from sqlalchemy.dialects.postgresql import insert as insert_new

from core import (
    aftersales,
    cards,
    catalog,
    checkout,
    customers,
    hours,
    inventory,
    ledger,
    notices,
    orders,
    restores,
    staff,
    units,
)
from core.ground.db import Tx
from core.handed import GRANTED, Handed
from core.orders import Order, State
from core.settling import PaymentNotice
from core.units import Obligation, UnitState

MOST = 200  # lines, notices or codes a transaction


@dataclass
class Found:
    """What the journal told, in counts; and orders that a person must look at, by number."""

    lines: int = 0
    quarantined: int = 0
    known: int = 0  # the database knows of the grant
    foreign: int = 0  # of codes that came in after the backup
    by_hand: set[str] = field(default_factory=set)  # made by hand since the backup, and owed as far as we know

    def __add__(self, other: Found) -> Found:
        return Found(
            self.lines + other.lines,
            self.quarantined + other.quarantined,
            self.known + other.known,
            self.foreign + other.foreign,
            self.by_hand | other.by_hand,
        )


STANDING = select(
    inventory.codes.c.id, inventory.codes.c.fingerprint, inventory.codes.c.state, inventory.codes.c.max_uses
).where(inventory.codes.c.fingerprint.in_(bindparam("prints", expanding=True)))
GRANTS = GRANTED.where(inventory.grants.c.id.in_(bindparam("grants", expanding=True)))
OWED_BY_HAND = (
    select(orders.orders.c.number)
    .join(units.units, units.units.c.order_id == orders.orders.c.id)
    .where(units.units.c.id.in_(bindparam("units", expanding=True)), units.units.c.obligation == Obligation.BY_HAND)
)
HERE = select(orders.orders.c.number).where(orders.orders.c.number.in_(bindparam("numbers", expanding=True)))
LOSE = insert_new(restores.lost_orders).on_conflict_do_nothing(index_elements=["number"])
UNSERVED = (
    select(units.units.c.id, units.units.c.order_id, orders.lines.c.product_id)
    .join(orders.lines, orders.lines.c.id == units.units.c.line_id)
    .join(orders.orders, orders.orders.c.id == units.units.c.order_id)
    .join(catalog.products, catalog.products.c.id == orders.lines.c.product_id)
    .where(
        units.units.c.state == UnitState.RESERVED,
        orders.orders.c.state.in_((*orders.UNPAID, State.PAID, State.IN_REVIEW, State.FULFILLING)),
        catalog.products.c.kind.in_(("unique", "shared")),
        ~exists().where(inventory.reservations.c.unit_id == units.units.c.id),
    )
    .order_by(units.units.c.id)
    .limit(bindparam("most"))
)
STOCK = (
    select(inventory.codes.c.id)
    .where(inventory.codes.c.id > bindparam("after"), inventory.codes.c.state.in_(("available", "reserved")))
    .order_by(inventory.codes.c.id)
    .limit(bindparam("most"))
)
REVIEWS_WAIT = (
    update(orders.orders)
    .where(orders.orders.c.state == State.IN_REVIEW, orders.orders.c.review_due_at < bindparam("due"))
    .values(review_due_at=bindparam("due"))
)
UNITS_WAIT = (
    update(units.units)
    .where(units.units.c.obligation.in_(("by_hand", "review")), units.units.c.due_at < bindparam("due"))
    .values(due_at=bindparam("due"))
)


def take_out(tx: Tx, lines: Sequence[Handed]) -> Found:
    """Quarantine every code of these lines that the database would still sell.

    A code that is set aside for the very unit it was handed to stays so: when its payment is found, its buyer is
    sent the same code again. A shared code of which uses were handed out since can't be counted any more, and goes too.
    The number of an order that is gone is kept: its buyer has the code, and what was paid for it is the shop's.
    """
    found = Found(len(lines))
    known = {(row.id, row.unit_id, row.fingerprint) for row in tx.all(GRANTS, grants=[one.grant for one in lines])}
    standing = {row.fingerprint: row for row in tx.all(STANDING, prints=[one.fingerprint for one in lines])}
    for one in lines:
        code = standing.get(one.fingerprint)
        if (one.grant, one.unit, one.fingerprint) in known:
            found.known += 1
        elif code is None:
            found.foreign += 1
            found.by_hand |= {row.number for row in tx.all(OWED_BY_HAND, units=[one.unit])}
        elif code.state in ("available", "reserved"):
            holders = [other.unit for other in lines if other.fingerprint == one.fingerprint]
            inventory.quarantine(tx, code.id, but=holders)
            standing.pop(one.fingerprint)
            found.quarantined += 1
    _lose(tx, {one.number for one in lines if one.number})
    return found


def _lose(tx: Tx, numbers: set[str]) -> None:
    """Orders of which codes have left, and that are not here.

    That a new one is given such a number is left to chance, one in 2^40: then the one that is here counts.
    """
    here = {row.number for row in tx.all(HERE, numbers=sorted(numbers))} if numbers else set()
    for number in sorted(numbers - here):
        tx.changed(LOSE, number=number)


def would_sell_again(tx: Tx, lines: Sequence[Handed]) -> int:
    """How many codes of these lines are on sale here, or set aside for somebody. After take_out there is none.

    A shared code whose grants are all known here may be: its uses are counted.
    """
    grants = tx.all(GRANTS, grants=[one.grant for one in lines])
    known = {(row.id, row.unit_id, row.fingerprint) for row in grants}
    unknown = {one.fingerprint for one in lines if (one.grant, one.unit, one.fingerprint) not in known}
    standing = tx.all(STANDING, prints=list({one.fingerprint for one in lines}))
    return sum(
        row.state in ("available", "reserved") and (row.max_uses == 1 or row.fingerprint in unknown) for row in standing
    )


def serve_again(tx: Tx, most: int = MOST) -> int:
    """Other codes are set aside for units that lost theirs; where there is none their order ends, money back.

    Returns how many units there were; 0 is the end.
    """
    rows = tx.all(UNSERVED, most=most)
    for row in rows:
        try:
            inventory.reserve(tx, catalog.by_id(tx, row.product_id), [row.id])
        except inventory.OutOfStock:
            _end(tx, orders.locked(tx, row.order_id))
    return len(rows)


def _end(tx: Tx, order: Order) -> None:
    """There is nothing to hand over for it. A repeat, as for the order's next unit, changes nothing."""
    if order.state is State.AWAITING_PAYMENT:
        checkout.cancel(tx, order, customers.person(tx, order.person))
        staff.say(tx, f"expired {order.number}", order.person, cards.expired(order))
    else:
        aftersales.refund(tx, order.id, "sold-out", "shop")


def set_aside_stock(tx: Tx, after: int, most: int = MOST) -> tuple[int | None, int]:
    """Quarantine the next codes, whatever product they are of; returns how far it came (None: to the end), how many."""
    rows = tx.all(STOCK, after=after, most=most)
    for row in rows:
        inventory.quarantine(tx, row.id)
    return (rows[-1].id if len(rows) == most else None), len(rows)


def unheard_of(tx: Tx, told: Sequence[PaymentNotice]) -> list[PaymentNotice]:
    """Of what a rail says was paid, what the ledger does not have."""
    return [
        notice
        for notice in told
        if tx.first(
            ledger.RECEIPT_OF,
            of_rail=notice.rail,
            of_account=notice.account,
            of_transaction=notice.transaction,
        )
        is None
    ]


def hear(tx: Tx, found: Sequence[PaymentNotice]) -> None:
    """Payments come in as notices do, and are settled like them: what fits no order is kept and owed to somebody."""
    for notice in found:
        notices.store(tx, notice, f"reconciled {notice.transaction}"[:200])


def give_time(tx: Tx) -> None:
    """What staff decide or make has its whole time again: the clock has run while nobody knew what was done already."""
    tx.changed(REVIEWS_WAIT, due=hours.after(tx.rules, tx.now, tx.rules.review_within))
    tx.changed(UNITS_WAIT, due=tx.now + tx.rules.hand_within)
