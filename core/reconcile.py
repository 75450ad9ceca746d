"""What must always hold, one sentence each, with the rows that break it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import bindparam, text

from core.ground import audit
from core.ground.columns import UTC
from core.ground.db import Tx
from core.ground.triggers import TRIGGERS

SHOWN = 5  # rows named in a finding


@dataclass(frozen=True)
class Check:
    """An invariant: its number, its sentence, and the rows that break it (a column `what` each)."""

    id: str
    sentence: str
    broken: Callable[[Tx], list[str]]
    long: bool = False  # reads everything there ever was: for the night


@dataclass(frozen=True)
class Finding:
    check: Check
    rows: tuple[str, ...]

    def __str__(self) -> str:
        more = f" and {len(self.rows) - SHOWN} more" if len(self.rows) > SHOWN else ""
        return f"{self.check.id}: {self.check.sentence} Not so: {', '.join(self.rows[:SHOWN])}{more}"


def _by(sql: str) -> Callable[[Tx], list[str]]:
    statement = text(sql)
    return lambda tx: [str(row[0]) for row in tx.all(statement)]


def _by_time(sql: str) -> Callable[[Tx], list[str]]:
    statement = text(sql).bindparams(bindparam("before", type_=UTC))
    return lambda tx: [str(row[0]) for row in tx.all(statement, before=tx.now - timedelta(seconds=60))]


def _triggers(tx: Tx) -> list[str]:
    found = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if tx.dialect == "postgresql":
        found = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
    there = {row[0] for row in tx.all(text(found))}
    return [trigger.name for trigger in TRIGGERS if trigger.name not in there]


def _chain(tx: Tx) -> list[str]:
    link = audit.broken(tx)
    return [] if link is None else [f"link {link}"]


SUPPLY = (
    Check(
        "E3",
        "A unit has at most one purchase that is not certain to have failed.",
        _by("SELECT unit_id FROM purchases WHERE state <> 'failed' GROUP BY unit_id HAVING COUNT(*) > 1"),
    ),
    Check(
        "L5",
        "Every unit that is owed by a supplier has a purchase under way.",
        _by(
            "SELECT u.id FROM units u WHERE u.obligation = 'supplier' AND NOT EXISTS (SELECT 1 FROM purchases p "
            "WHERE p.unit_id = u.id AND p.state IN ('intent', 'called', 'unknown'))"
        ),
    ),
)

CHECKS = (
    Check(
        "S1",
        "A single-use code is granted to one unit at most, ever.",
        _by("SELECT code_id FROM grants WHERE kind = 'one' GROUP BY code_id HAVING COUNT(*) > 1"),
    ),
    Check(
        "S2",
        "A unit has at most one live grant.",
        _by("SELECT unit_id FROM grants WHERE superseded_by IS NULL GROUP BY unit_id HAVING COUNT(*) > 1"),
    ),
    Check(
        "S3",
        "Every batch on sale still has all the codes it came with.",
        _by(
            "SELECT b.id FROM batches b WHERE b.state = 'live' "
            "AND b.size <> (SELECT COUNT(*) FROM codes c WHERE c.batch_id = b.id)"
        ),
    ),
    Check(
        "S4",
        "A single-use code is available exactly when nobody has it, set aside or for good.",
        _by(
            "SELECT c.id FROM codes c WHERE c.max_uses = 1 AND ("
            "(c.state = 'available') <> (NOT EXISTS (SELECT 1 FROM grants g WHERE g.code_id = c.id) "
            "AND NOT EXISTS (SELECT 1 FROM reservations r WHERE r.code_id = c.id)) "
            "AND c.state NOT IN ('quarantined', 'voided'))"
        ),
    ),
    Check(
        "S5",
        "What is set aside belongs to an order that may still be paid, or is paid and not handed over.",
        _by_time(
            "SELECT r.unit_id FROM reservations r JOIN units u ON u.id = r.unit_id JOIN orders o ON o.id = u.order_id "
            "WHERE o.state IN ('delivered', 'expired', 'cancelled', 'refunded') "
            "OR (o.state = 'awaiting_payment' AND o.expires_at < :before)"
        ),
    ),
    Check(
        "S6",
        "A shared code counts as many uses as it was granted, and as many holds as it is set aside.",
        _by(
            "SELECT c.id FROM codes c WHERE c.uses <> (SELECT COUNT(*) FROM grants g WHERE g.code_id = c.id) "
            "OR c.held <> (SELECT COUNT(*) FROM reservations r WHERE r.code_id = c.id)"
        ),
    ),
    Check(
        "S8",
        "Every unit of a live order for stocked goods has its code, set aside or granted.",
        _by(
            "SELECT u.id FROM units u JOIN orders o ON o.id = u.order_id JOIN lines l ON l.id = u.line_id "
            "JOIN products p ON p.id = l.product_id WHERE p.kind IN ('unique', 'shared') AND u.state = 'reserved' "
            "AND o.state IN ('awaiting_payment', 'underpaid', 'paid', 'in_review', 'fulfilling') "
            "AND NOT EXISTS (SELECT 1 FROM reservations r WHERE r.unit_id = u.id)"
        ),
    ),
    Check(
        "M1",
        "What came in for an order is delivered, refunded, or owed; where nothing is owed, nothing is left.",
        _by(
            "SELECT o.number FROM orders o WHERE "
            "(SELECT -COALESCE(SUM(e.amount), 0) FROM entries e WHERE e.account = 'owed:' || o.number) <> "
            "(SELECT COALESCE(SUM(u.price), 0) FROM units u WHERE u.order_id = o.id AND u.obligation IS NOT NULL "
            " AND u.obligation NOT IN ('refund', 'admin')) + "
            "(SELECT COALESCE(SUM(r.amount), 0) FROM refunds r WHERE r.order_id = o.id AND r.state <> 'done') + "
            "(CASE WHEN o.state = 'underpaid' THEN "
            " (SELECT -COALESCE(SUM(e.amount), 0) FROM entries e WHERE e.account = 'owed:' || o.number) ELSE 0 END)"
        ),
    ),
    Check(
        "M3",
        "No receipt has more refunded than came in, and refunds are in its currency.",
        _by(
            "SELECT t.id FROM receipts t JOIN refunds r ON r.receipt_id = t.id WHERE r.state <> 'failed' "
            "GROUP BY t.id, t.amount HAVING SUM(r.amount) > t.amount "
            "UNION SELECT t.id FROM receipts t JOIN refunds r ON r.receipt_id = t.id WHERE r.currency <> t.currency"
        ),
    ),
    Check(
        "M4",
        "An order is paid only when receipts in its currency reach its total.",
        _by(
            "SELECT o.number FROM orders o WHERE o.paid_at IS NOT NULL AND o.total > "
            "(SELECT COALESCE(SUM(t.amount), 0) FROM receipts t WHERE t.order_id = o.id AND t.currency = o.currency)"
        ),
    ),
    Check(
        "M5",
        "Every posting of the ledger sums to zero in each currency.",
        _by("SELECT posting FROM entries GROUP BY posting, currency HAVING SUM(amount) <> 0"),
    ),
    Check(
        "M6",
        "Nothing is granted for an order that was not paid.",
        _by(
            "SELECT g.id FROM grants g JOIN units u ON u.id = g.unit_id JOIN orders o ON o.id = u.order_id "
            "WHERE o.paid_at IS NULL"
        ),
    ),
    Check(
        "M7",
        "Every receipt belongs to an order or is owed to somebody.",
        _by("SELECT id FROM receipts WHERE order_id IS NULL AND obligation IS NULL"),
    ),
    Check(
        "L1",
        "Every unit of a paid order that is not settled is owed by somebody.",
        _by(
            "SELECT u.id FROM units u JOIN orders o ON o.id = u.order_id WHERE u.obligation IS NULL "
            "AND u.state NOT IN ('sent', 'refunded', 'released') "
            "AND o.state IN ('paid', 'paid_no_stock', 'in_review', 'fulfilling', 'rejected', 'delivered', 'refunded')"
        ),
    ),
    Check(
        "L3",
        "Nothing has waited for us longer than a minute past its time.",
        _by_time(
            "SELECT 'inbox ' || id AS what FROM inbox WHERE state = 'new' AND due_at < :before "
            "AND (leased_until IS NULL OR leased_until < :before) "
            "UNION ALL SELECT 'outbox ' || id FROM outbox WHERE state = 'new' AND due_at < :before "
            "AND (leased_until IS NULL OR leased_until < :before)"
        ),
    ),
    *SUPPLY,
    Check("P3", "The audit's chain is whole.", _chain, long=True),
    Check("T0", "Every guard of the schema is in its place.", _triggers),
)


def check(tx: Tx, *, quick: bool = False) -> list[Finding]:
    """Every invariant that does not hold now, with the rows that break it; `quick` leaves out the long ones."""
    return [Finding(one, tuple(rows)) for one in CHECKS if not (quick and one.long) and (rows := one.broken(tx))]
