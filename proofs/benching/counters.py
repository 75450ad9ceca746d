"""What a shop must never have, counted in its database when all is over."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import text

from core.ground.db import Tx

COUNTERS: Mapping[str, str] = {
    # Something had twice: a code by two units, two codes by a unit, an order's money, a row's effect.
    "duplicates": (
        "SELECT (SELECT count(*) - count(DISTINCT code_id) FROM grants WHERE kind = 'one') "
        "+ (SELECT count(*) - count(DISTINCT unit_id) FROM grants WHERE superseded_by IS NULL) "
        "+ (SELECT count(*) FROM (SELECT o.id FROM orders o JOIN receipts r ON r.order_id = o.id "
        "   GROUP BY o.id, o.total HAVING sum(r.amount) > o.total) AS paid_twice)"
    ),
    # Units of orders for which money came in, and whose code has not gone out.
    "charged_without_code": (
        "SELECT count(*) FROM units u WHERE EXISTS (SELECT 1 FROM receipts r WHERE r.order_id = u.order_id) "
        "AND NOT (u.state = 'sent' AND EXISTS (SELECT 1 FROM grants g WHERE g.unit_id = u.id))"
    ),
    # Units that are promised a code, beyond the codes there are.
    "oversold": (
        "SELECT CASE WHEN sold > stock THEN sold - stock ELSE 0 END FROM "
        "(SELECT (SELECT count(*) FROM units WHERE state IN ('reserved', 'backorder', 'granted', 'sent')) AS sold, "
        "(SELECT count(*) FROM codes) AS stock) AS both_sides"
    ),
}


def counters(tx: Tx) -> dict[str, int]:
    return {name: int(tx.value(text(sql))) for name, sql in COUNTERS.items()}
