"""What must hold of an order and of a code after every operation, by a second opinion: no sentence of core/reconcile.

Cheap enough for each of a million: two statements by primary key, and what the proof itself remembers. Money is added
up from receipts, refunds and units here, and compared with the ledger; who got which code is kept outside the database.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from core.orders import UNPAID, State
from proofs.stall import Watched

_OF = "FROM units u WHERE u.order_id = o.id"
_HELD = "FROM reservations r JOIN units u ON u.id = r.unit_id"
ORDER = f"""
SELECT o.state, o.version, o.expires_at, o.paid_at IS NOT NULL AS paid, o.number,
(SELECT COALESCE(SUM(t.amount), 0) FROM receipts t WHERE t.order_id = o.id AND t.currency = o.currency) AS came,
(SELECT COALESCE(SUM(r.amount), 0) FROM refunds r WHERE r.order_id = o.id AND r.state = 'done') AS back,
(SELECT COALESCE(SUM(r.amount), 0) FROM refunds r WHERE r.order_id = o.id AND r.state <> 'done') AS going,
(SELECT COALESCE(SUM(u.price), 0) {_OF} AND u.state IN ('sent', 'replacing', 'credited')) AS handed,
(SELECT COALESCE(SUM(u.price), 0) {_OF} AND u.state <> 'replacing'
 AND u.obligation NOT IN ('refund', 'admin')) AS owed,
(SELECT COALESCE(SUM(e.amount), 0) FROM entries e WHERE e.account = 'owed:' || o.number) AS ledger,
(SELECT COUNT(*) {_OF} AND u.obligation NOT IN ('refund', 'admin')) AS open,
(SELECT COUNT(*) {_OF} AND u.obligation IS NULL
 AND u.state NOT IN ('sent', 'refunded', 'credited', 'released')) AS nobodys,
(SELECT COUNT(*) {_HELD} WHERE u.order_id = o.id) AS held,
(SELECT COUNT(*) FROM units u JOIN lines l ON l.id = u.line_id JOIN products p ON p.id = l.product_id
 WHERE u.order_id = o.id AND u.state = 'reserved' AND p.kind IN ('unique', 'shared')
 AND NOT EXISTS (SELECT 1 FROM reservations r WHERE r.unit_id = u.id)) AS bare,
(SELECT COUNT(*) FROM units u JOIN grants g ON g.unit_id = u.id WHERE u.order_id = o.id) AS grants,
(SELECT COUNT(*) FROM units u JOIN grants g ON g.unit_id = u.id WHERE u.order_id = o.id AND g.superseded_by IS NULL
 AND EXISTS (SELECT 1 FROM grants h WHERE h.unit_id = u.id AND h.superseded_by IS NULL AND h.id <> g.id)) AS twice,
(SELECT COUNT(*) FROM receipts t WHERE t.order_id = o.id AND t.amount <
 (SELECT SUM(r.amount) FROM refunds r WHERE r.receipt_id = t.id)) AS over,
(SELECT COUNT(*) FROM units u WHERE u.order_id = o.id AND u.obligation = 'later' AND (o.state NOT IN
 ('paid', 'paid_no_stock') OR EXISTS (SELECT 1 FROM grants g WHERE g.unit_id = u.id))) AS early,
(SELECT COUNT(*) FROM disputes d WHERE d.order_id = o.id)
 + (SELECT COUNT(*) FROM refunds r WHERE r.order_id = o.id AND r.why IN ('outside', 'goodwill')) AS besides,
o.total
FROM orders o WHERE o.id = :a
"""
CODE = """
SELECT c.state, c.max_uses, c.uses, c.held,
(SELECT COUNT(*) FROM grants g WHERE g.code_id = c.id),
(SELECT COUNT(*) FROM reservations r WHERE r.code_id = c.id)
FROM codes c WHERE c.id = :a
"""

# What may have become of an order after one operation that it was in this state before.
GOES_BACK = {State.REFUND_PENDING, State.REFUNDED}
DISPUTES = {State.DISPUTED, State.DISPUTE_LOST}
BECOMES: dict[State | None, set[State]] = {
    None: {State.AWAITING_PAYMENT, State.PAID},
    State.AWAITING_PAYMENT: {State.UNDERPAID, State.PAID, State.EXPIRED, State.CANCELLED},
    State.UNDERPAID: {State.PAID, *GOES_BACK},
    State.EXPIRED: {State.PAID, State.PAID_NO_STOCK, *GOES_BACK},
    State.CANCELLED: {State.PAID, State.PAID_NO_STOCK, *GOES_BACK},
    State.PAID: {State.FULFILLING, State.IN_REVIEW, *GOES_BACK, *DISPUTES},
    State.PAID_NO_STOCK: {State.PAID, State.FULFILLING, State.IN_REVIEW, *GOES_BACK, *DISPUTES},
    State.IN_REVIEW: {State.PAID, State.FULFILLING, *GOES_BACK, *DISPUTES},
    State.FULFILLING: {State.DELIVERED, *GOES_BACK, *DISPUTES},
    State.DELIVERED: {State.FULFILLING, State.REFUNDED, State.DISPUTE_WON, *DISPUTES},
    State.REFUND_PENDING: {State.REFUNDED},
    State.REFUNDED: {State.REFUND_PENDING},  # store credit that is to be money after all
    State.DISPUTED: {State.DISPUTE_WON, State.DISPUTE_LOST, State.PAID, State.FULFILLING, *GOES_BACK},
    State.DISPUTE_WON: {*DISPUTES},
}
OVER = {
    State.DELIVERED,
    State.EXPIRED,
    State.CANCELLED,
    State.REFUNDED,
    State.DISPUTE_WON,
    State.DISPUTE_LOST,
}
UNSERVED = {State.AWAITING_PAYMENT, State.UNDERPAID, State.EXPIRED, State.CANCELLED}


class Violation(AssertionError):
    """Something that must always hold does not."""


@dataclass(frozen=True)
class Known:
    """An order as the last operation left it."""

    state: State
    version: int
    expires_at: datetime


def _moment(stored: str | datetime) -> datetime:
    return datetime.fromisoformat(stored + "+00:00") if isinstance(stored, str) else stored


def order(tx: Watched, order_id: int, before: Known | None) -> Known:
    """Look at an order an operation has touched; returns what it is now. Raises Violation."""
    (row,) = tx.rows(ORDER, order_id)
    (state, version, expires_at, paid, number, came, back, going, handed, owed, ledger, open, *counts, total) = row
    nobodys, held, bare, grants, twice, over, early, besides = counts
    now = Known(State(state), version, _moment(expires_at))
    here = f"order {number}, {state}"

    def must(holds: bool, what: str) -> None:
        if not holds:
            raise Violation(f"{here}: {what}")

    if not besides:  # money taken or given besides is in the ledger only, and in the market's sums at the end
        must(came - back - handed == -ledger, f"the ledger owes {-ledger} of {came} - {back} - {handed}, M1")
    must(not over, "more is refunded than came in, M3")
    rest = -ledger - owed - going
    if now.state in UNPAID:
        must(0 <= rest < total, f"{rest} is kept of {total}, M1")
    else:
        must(rest == 0, f"{rest} of {came} is neither handed over ({handed}), refunded ({back}, {going}) nor owed, M1")
    must(not paid or came >= total, f"paid with {came} of {total}, M4")
    must(not grants or bool(paid), "a grant without money, M6")
    must(not twice, "two live grants for one unit, S2")
    must(not bare, f"{bare} units without anything set aside, S8")
    must(not early, f"{early} units go out later of what was decided or granted before, L1")
    must(not (paid and now.state not in UNSERVED and nobodys), f"{nobodys} units owed by nobody, L1")
    must(not (now.state in OVER and open), f"{open} obligations of an order that is over, L1")
    must(not (now.state in OVER and held), f"{held} units still set aside, S5")
    _moved(tx, must, before, now)
    return now


def _moved(tx: Watched, must: Callable[[bool, str], None], before: Known | None, now: Known) -> None:
    """Only by a transition there is, each with a version of its own; and deadlines by the one clock."""
    if before is not None and before.state is now.state:
        must(now.version >= before.version, "the version went back")
    else:
        must(now.state in BECOMES.get(before.state if before else None, ()), f"was {before and before.state} before")
        must(before is None or now.version > before.version, "moved without a new version")
    if before is None:
        return
    must(now.expires_at >= before.expires_at, "the hold got shorter, T1")
    if now.state is State.EXPIRED is not before.state:
        must(before.expires_at <= tx.now, f"expired before its time {before.expires_at}, T1")


def code(tx: Watched, code_id: int) -> None:
    """Look at a code an operation has touched. Raises Violation."""
    ((state, max_uses, uses, held, grants, reservations),) = tx.rows(CODE, code_id)
    here = f"code {code_id}, {state}"
    if (uses, held) != (grants, reservations):
        raise Violation(f"{here}: {uses} uses and {held} holds for {grants} grants and {reservations} reservations, S6")
    if max_uses == 1 and state not in ("quarantined", "voided"):
        right = "granted" if grants else "reserved" if reservations else "available"
        if state != right or grants + reservations > 1:
            raise Violation(f"{here}: {grants} grants and {reservations} reservations, S1 S4")
    if grants + reservations > max_uses:
        raise Violation(f"{here}: {grants} grants and {reservations} reservations of {max_uses}, S6")
