"""What must always hold, one sentence each, with the rows that break it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import TextClause, bindparam, select, text

from core import catalog, catalog_changes, pasts, staff
from core.ground import audit
from core.ground.columns import UTC, Digest
from core.ground.db import Tx
from core.ground.triggers import TRIGGERS
from core.ground.tx import AnyRow
from core.marks import FRAUD_WARNING
from core.order_events import events
from core.quiet import Kind

SHOWN = 5  # rows named in a finding


@dataclass(frozen=True)
class Broken:
    """A row that breaks an invariant, and the product whose sale it concerns, where there is one."""

    row: str
    product: int | None = None


@dataclass(frozen=True)
class Check:
    """An invariant: its number, its sentence, and the rows that break it.

    `scoped` looks only at the orders that something has happened to since a moment; a check without it always
    looks at all there is. `long`: it reads everything there ever was, and waits for the night.
    """

    id: str
    sentence: str
    broken: Callable[[Tx], list[Broken]]
    scoped: Callable[[Tx, datetime], list[Broken]] | None = None
    long: bool = False

    @property
    def freezes(self) -> bool:
        """Whether a product must not be sold when it does not hold: stock and money."""
        return self.id[0] in "SM"


@dataclass(frozen=True)
class Finding:
    check: Check
    broken: tuple[Broken, ...]

    @property
    def rows(self) -> tuple[str, ...]:
        return tuple(one.row for one in self.broken)

    @property
    def products(self) -> set[int]:
        return {one.product for one in self.broken if one.product is not None and self.check.freezes}

    def __str__(self) -> str:
        more = f" and {len(self.rows) - SHOWN} more" if len(self.rows) > SHOWN else ""
        return f"{self.check.id}: {self.check.sentence} Not so: {', '.join(self.rows[:SHOWN])}{more}"


WAITS = {"before": timedelta(seconds=60), "long_before": timedelta(minutes=5)}  # what waits less is not late
TOUCHED = "(SELECT e.order_id FROM order_events e WHERE e.at >= :since)"
UNITS = f"(SELECT u.id FROM units u WHERE u.order_id IN {TOUCHED})"
CODES = (
    f"(SELECT g.code_id FROM grants g WHERE g.unit_id IN {UNITS} "
    f"UNION SELECT r.code_id FROM reservations r WHERE r.unit_id IN {UNITS})"
)
SAID = (bindparam("warning", FRAUD_WARNING.encode(), type_=Digest),)
SCOPES = {"order": TOUCHED, "unit": UNITS, "code": CODES}
SCOPE = re.compile(r"\{(order|unit|code) ([^}]+)\}")


def _found(tx: Tx, statement: TextClause, **params: Any) -> list[Broken]:
    return [Broken(str(row[0]), row[1] if len(row) > 1 else None) for row in tx.all(statement, **params)]


def _check(check_id: str, sentence: str, sql: str, *, long: bool = False) -> Check:
    """A check as a query: what breaks it, and the product.

    `{order COLUMN}`, `{unit ...}`, `{code ...}` are where it can be narrowed to what was touched.
    """
    waits = {name: wait for name, wait in WAITS.items() if f":{name}" in sql}
    before = [bindparam(name, type_=UTC) for name in waits]

    def given(tx: Tx) -> dict[str, Any]:
        return {name: tx.now - wait for name, wait in waits.items()}

    before += [bound for bound in SAID if f":{bound.key}" in sql]
    whole = text(SCOPE.sub("", sql)).bindparams(*before)
    if not SCOPE.search(sql):
        return Check(check_id, sentence, lambda tx: _found(tx, whole, **given(tx)), long=long)
    narrow = text(SCOPE.sub(lambda found: f" AND {found[2]} IN {SCOPES[found[1]]}", sql)).bindparams(
        *before, bindparam("since", type_=UTC)
    )
    return Check(
        check_id,
        sentence,
        lambda tx: _found(tx, whole, **given(tx)),
        lambda tx, since: _found(tx, narrow, since=since, **given(tx)),
        long,
    )


def _triggers(tx: Tx) -> list[Broken]:
    found = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if tx.dialect == "postgresql":
        found = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
    there = {row[0] for row in tx.all(text(found))}
    return [Broken(trigger.name) for trigger in TRIGGERS if trigger.name not in there]


def _chain(tx: Tx) -> list[Broken]:
    link = audit.broken(tx)
    return [] if link is None else [Broken(f"link {link}")]


def _forged(fate: str, table: str, at: str, so: str) -> str:
    """The order says that it happened where there is no such row, or not where there is; or at a time of no such row.

    Not: at the earliest. A clock may be set back, and what was written first stays.
    """
    row = f"SELECT 1 FROM {table} t WHERE t.order_id = o.id AND {so}"
    return f"(o.{fate} IS NULL) = EXISTS ({row}) OR o.{fate} IS NOT NULL AND NOT EXISTS ({row} AND t.{at} = o.{fate})"


def _said(*words: str) -> str:
    return f"({', '.join(repr(word) for word in words)})"


# Grants and reservations of a code: of a single-use one found by their partial index, the others joined, all at once.
# By the code's number alone SQLite would go through all of them for each code; PostgreSQL would where NOT IN names
# more than its memory for one statement holds.
def _none(table: str) -> str:
    one = f"SELECT 1 FROM {table} t WHERE t.code_id = c.id AND t.kind = 'one'"
    return f"(NOT EXISTS ({one}) AND many_{table}.code_id IS NULL)"


def _shared(table: str) -> str:
    return (
        f"LEFT JOIN (SELECT t.code_id, COUNT(*) AS many FROM {table} t WHERE t.kind = 'multi' GROUP BY t.code_id) "
        f"AS many_{table} ON many_{table}.code_id = c.id"
    )


def _many(table: str) -> str:
    one = f"(SELECT COUNT(*) FROM {table} t WHERE t.code_id = c.id AND t.kind = 'one')"
    return f"({one} + COALESCE(many_{table}.many, 0))"


GIVEN = (  # for what was handed over: a price that went back, and another code
    select(events.c.order_id, events.c.what, events.c.detail)
    .where(events.c.what.in_(("goodwill", "replaced")))
    .order_by(events.c.id)
)
GIVEN_OF = GIVEN.where(events.c.order_id.in_(select(events.c.order_id).where(events.c.at >= bindparam("since"))))


def _both(rows: Sequence[AnyRow]) -> list[Broken]:
    """Units that had another code after their price had gone back."""
    back: set[tuple[int, int]] = set()
    found = []
    for row in rows:
        if row.what == "goodwill":
            back.update((row.order_id, position) for position in row.detail.get("units", ()))
        elif (row.order_id, row.detail.get("unit")) in back:
            found.append(Broken(f"order {row.order_id} unit {row.detail['unit']}"))
    return found


EVENTS = {fate: [what for what, of in pasts.EVENTS.items() if of is fate] for fate in pasts.EVENTS.values()}
BY_A_PERSON = "t.actor <> 'clock' AND o.decided_by <> 'buyer'"  # of the shop, as core/review.py has it decided
FORGED = (  # what an order says of itself, and other tables don't
    "o.units <> (SELECT COUNT(*) FROM units u WHERE u.order_id = o.id)",
    "o.product_id IS DISTINCT FROM (SELECT l.product_id FROM lines l WHERE l.order_id = o.id ORDER BY l.id LIMIT 1)",
    *(_forged(fate, "order_events", "at", f"t.what IN {_said(*whats)}") for fate, whats in EVENTS.items()),
    _forged("refunded_at", "refunds", "made_at", f"t.why NOT IN {_said(*pasts.ASIDE)}"),
    _forged("asked_back_at", "refunds", "made_at", f"t.why NOT IN {_said(*pasts.ASIDE, *pasts.OURS)}"),
    _forged("rejected_at", "order_events", "at", f"t.what = 'rejected' AND {BY_A_PERSON}"),
    "(o.disputed_at IS NULL) = EXISTS (SELECT 1 FROM disputes t WHERE t.order_id = o.id)",  # later, if matched later
    "(o.won_at IS NULL) <> (o.disputed_at IS NULL "
    "OR EXISTS (SELECT 1 FROM disputes t WHERE t.order_id = o.id AND t.state <> 'won'))",
    _forged("suspected_at", "marks", "at", "t.kind = 'rail_says' AND t.value = :warning"),
)

SUPPLY = (
    _check(
        "E3",
        "A unit has at most one purchase that is not certain to have failed.",
        "SELECT unit_id FROM purchases WHERE state <> 'failed' GROUP BY unit_id HAVING COUNT(*) > 1",
    ),
    _check(
        "L5",
        "Every unit that is owed by a supplier has a purchase under way.",
        "SELECT u.id FROM units u WHERE u.obligation = 'supplier' AND NOT EXISTS (SELECT 1 FROM purchases p "
        "WHERE p.unit_id = u.id AND p.state IN ('intent', 'called', 'unknown')){order u.order_id}",
    ),
)

CLAIMS = (
    _check(
        "C1",
        "Every claim that goes on has a time by which it ends, and none is long past it.",
        "SELECT c.number FROM claims c WHERE c.state IN ('open', 'in_review') "
        "AND (c.due_at IS NULL OR c.due_at < :long_before){order c.order_id}",
    ),
    _check(
        "C2",
        "At most one claim goes on for a unit.",
        "SELECT c.unit_id FROM claims c WHERE c.state IN ('open', 'in_review'){order c.order_id} "
        "GROUP BY c.unit_id HAVING COUNT(*) > 1",
    ),
    _check(
        "C3",
        "A claim that ended with a replacement has exactly one code that took the place of the one complained of.",
        "SELECT c.number FROM claims c WHERE c.state = 'replaced'{order c.order_id} AND (SELECT COUNT(*) "
        "FROM grants g JOIN grants n ON n.id = g.superseded_by WHERE g.id = c.grant_id AND n.unit_id = c.unit_id) <> 1",
    ),
    Check(
        "C4",
        "A unit whose price went back has no other code after that.",
        lambda tx: _both(tx.all(GIVEN)),
        lambda tx, since: _both(tx.all(GIVEN_OF, since=since)),
    ),
)

CHECKS = (
    _check(
        "S1",
        "A single-use code is granted to one unit at most, ever.",
        "SELECT g.code_id, MIN(c.product_id) FROM grants g JOIN codes c ON c.id = g.code_id "
        "WHERE g.kind = 'one'{code g.code_id} GROUP BY g.code_id HAVING COUNT(*) > 1",
    ),
    _check(
        "S2",
        "A unit has at most one live grant.",
        "SELECT g.unit_id, MIN(c.product_id) FROM grants g JOIN codes c ON c.id = g.code_id "
        "WHERE g.superseded_by IS NULL{unit g.unit_id} GROUP BY g.unit_id HAVING COUNT(*) > 1",
    ),
    _check(
        "S3",
        "Every batch on sale still has all the codes it came with.",
        "SELECT b.id, b.product_id FROM batches b WHERE b.state = 'live' "
        "AND b.size <> (SELECT COUNT(*) FROM codes c WHERE c.batch_id = b.id)",
        long=True,
    ),
    _check(
        "S4",
        "A single-use code is available exactly when nobody has it, set aside or for good.",
        f"SELECT c.id, c.product_id FROM codes c {_shared('grants')} {_shared('reservations')} "
        f"WHERE c.max_uses = 1 AND ((c.state = 'available') <> ({_none('grants')} AND {_none('reservations')} "
        "AND NOT EXISTS (SELECT 1 FROM waiting w WHERE w.code_id = c.id)) "
        "AND c.state NOT IN ('quarantined', 'voided')){code c.id}",
    ),
    _check(
        "S5",
        "What is set aside belongs to an order that may still be paid, or is paid and not handed over.",
        "SELECT r.unit_id, l.product_id FROM reservations r JOIN units u ON u.id = r.unit_id "
        "JOIN lines l ON l.id = u.line_id JOIN orders o ON o.id = u.order_id "
        "WHERE (o.state IN ('delivered', 'expired', 'cancelled', 'refunded', 'dispute_won', 'dispute_lost') "
        "OR u.state IN ('granted', 'sent', 'refunded', 'credited', 'released') "
        "OR (o.state = 'awaiting_payment' AND o.expires_at < :before))",
    ),
    _check(
        "S6",
        "A code counts as many uses as it was granted, and as many holds as it is set aside.",
        f"SELECT c.id, c.product_id FROM codes c {_shared('grants')} {_shared('reservations')} "
        f"WHERE (c.uses <> {_many('grants')} OR c.held <> {_many('reservations')} "
        "+ (SELECT COUNT(*) FROM waiting w WHERE w.code_id = c.id)){code c.id}",
    ),
    _check(
        "S8",
        "Every unit of a live order that is to be served from stock has its code.",
        "SELECT u.id, l.product_id FROM units u JOIN orders o ON o.id = u.order_id JOIN lines l ON l.id = u.line_id "
        "JOIN products p ON p.id = l.product_id WHERE p.kind IN ('unique', 'shared') AND ((u.state = 'reserved' "
        "AND o.state IN ('awaiting_payment', 'underpaid', 'paid', 'paid_no_stock', 'in_review', 'fulfilling') "
        "AND NOT EXISTS (SELECT 1 FROM reservations r WHERE r.unit_id = u.id)) "
        "OR (u.state IN ('granted', 'sent', 'replacing') "
        "AND NOT EXISTS (SELECT 1 FROM grants g WHERE g.unit_id = u.id AND g.superseded_by IS NULL))){order o.id}",
    ),
    _check(
        "M1",
        "What came in for an order is delivered, refunded, credited or owed; where nothing is owed, nothing is left.",
        "SELECT o.number, (SELECT MIN(l.product_id) FROM lines l WHERE l.order_id = o.id) FROM orders o WHERE "
        "(SELECT -COALESCE(SUM(e.amount), 0) FROM entries e WHERE e.account = 'owed:' || o.number) <> "
        "(SELECT COALESCE(SUM(u.price), 0) FROM units u WHERE u.order_id = o.id AND u.obligation IS NOT NULL "
        " AND u.obligation NOT IN ('refund', 'admin') AND u.state <> 'replacing') + "
        "(SELECT COALESCE(SUM(r.amount), 0) FROM refunds r WHERE r.order_id = o.id AND r.state <> 'done') + "
        "(CASE WHEN o.state IN ('awaiting_payment', 'underpaid') THEN "
        " (SELECT -COALESCE(SUM(e.amount), 0) FROM entries e WHERE e.account = 'owed:' || o.number) ELSE 0 END)"
        "{order o.id}",
    ),
    _check(
        "M3",
        "No receipt has more refunded than came in, and refunds are in its currency.",
        "SELECT t.id, (SELECT MIN(l.product_id) FROM lines l WHERE l.order_id = t.order_id) "
        "FROM receipts t WHERE ((SELECT COALESCE(SUM(r.amount), 0) FROM refunds r "
        "WHERE r.receipt_id = t.id AND r.state <> 'failed') > t.amount "
        "OR EXISTS (SELECT 1 FROM refunds r WHERE r.receipt_id = t.id AND r.currency <> t.currency))"
        "{order t.order_id}",
    ),
    _check(
        "M4",
        "An order is paid only when receipts in its currency reach its total.",
        "SELECT o.number, (SELECT MIN(l.product_id) FROM lines l WHERE l.order_id = o.id) FROM orders o "
        "WHERE o.paid_at IS NOT NULL AND o.total > "
        "(SELECT COALESCE(SUM(t.amount), 0) FROM receipts t WHERE t.order_id = o.id AND t.currency = o.currency)"
        "{order o.id}",
    ),
    _check(
        "M5",
        "Every posting of the ledger sums to zero in each currency.",
        "SELECT posting FROM entries GROUP BY posting, currency HAVING SUM(amount) <> 0",
        long=True,
    ),
    _check(
        "M6",
        "Nothing is granted for an order that was not paid, and what is granted is not refunded but from goodwill.",
        "SELECT g.id, l.product_id FROM grants g JOIN units u ON u.id = g.unit_id JOIN lines l ON l.id = u.line_id "
        "JOIN orders o ON o.id = u.order_id WHERE (o.paid_at IS NULL OR (g.superseded_by IS NULL "
        "AND u.state = 'refunded' AND o.state <> 'dispute_lost')){order o.id}",
    ),
    _check(
        "M7",
        "Every receipt belongs to an order, is owed to somebody, has gone back, or was kept.",
        "SELECT id FROM receipts WHERE order_id IS NULL AND obligation IS NULL AND returned_at IS NULL "
        "AND kept_at IS NULL",
    ),
    _check(
        "M10",
        "What was kept without an order, all that had not gone back by then, is in the books as the shop's income.",
        "SELECT t.id FROM receipts t WHERE t.kept_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM entries e "
        "WHERE e.posting = 'keep ' || t.id AND e.account = 'sales' AND e.currency = t.currency AND e.amount = "
        "(SELECT COALESCE(SUM(u.amount), 0) FROM refunds r JOIN entries u ON u.account = 'unmatched' "
        "AND u.posting IN ('refund ' || r.id, 'refund ' || r.id || ' by hand') WHERE r.receipt_id = t.id) - t.amount)",
        long=True,
    ),
    _check(
        "M8",
        "Nobody's store credit is below zero.",
        "SELECT account FROM entries WHERE account LIKE 'credit:%' GROUP BY account HAVING SUM(amount) > 0",
        long=True,
    ),
    _check(
        "M9",
        "Of what members of an old shop had, the books hold what nobody has claimed.",
        "SELECT c.id FROM old_credits c WHERE (SELECT -COALESCE(SUM(e.amount), 0) FROM entries e "
        "WHERE e.account = 'held:' || c.id) <> CASE WHEN c.state = 'waits' THEN c.amount ELSE 0 END",
        long=True,
    ),
    _check(
        "L1",
        "Every unit of a paid order that is not settled is owed by somebody.",
        "SELECT u.id FROM units u JOIN orders o ON o.id = u.order_id WHERE u.obligation IS NULL "
        "AND u.state NOT IN ('sent', 'refunded', 'credited', 'released') "
        "AND o.state NOT IN ('awaiting_payment', 'underpaid', 'expired', 'cancelled', 'refund_pending'){order o.id}",
    ),
    _check(
        "L2",
        "Staff were told of everything that is owed and overdue.",
        "SELECT u.id FROM units u WHERE u.obligation IS NOT NULL AND u.alarmed_at IS NULL AND u.due_at < :long_before",
    ),
    _check(
        "L3",
        "Nothing has waited for us longer than a minute past its time.",
        "SELECT 'inbox ' || id AS what FROM inbox WHERE state = 'new' AND due_at < :before "
        "AND (leased_until IS NULL OR leased_until < :before) "
        "UNION ALL SELECT 'outbox ' || id FROM outbox WHERE state = 'new' AND due_at < :before "
        "AND (leased_until IS NULL OR leased_until < :before)",
    ),
    *SUPPLY,
    *CLAIMS,
    _check(
        "E2",
        "Mail about an order went to no address but one that its buyer gave and proved.",
        "SELECT a.id FROM attempts a JOIN orders o ON o.id = a.order_id JOIN contacts c ON c.id = a.contact_id "
        "JOIN people p ON p.id = c.person_id WHERE (c.proved_at IS NULL OR c.proved_at > a.at "
        "OR (p.customer_id <> o.customer_id AND p.id NOT IN (SELECT k.person_id FROM link_codes k "
        "WHERE k.outcome = 'linked' UNION SELECT k.said_by FROM link_codes k WHERE k.outcome = 'linked' "
        "AND k.said_by IS NOT NULL))){order a.order_id}",  # which may have parted since
    ),
    _check(
        "A2",
        "Every order is the customer's whose account placed it.",
        "SELECT o.id FROM orders o WHERE NOT EXISTS (SELECT 1 FROM people p WHERE p.customer_id = o.customer_id "
        "AND p.id = COALESCE((SELECT e.actor FROM order_events e WHERE e.order_id = o.id AND e.what = 'placed' "
        "LIMIT 1), o.person_id)){order o.id}",
    ),
    _check(
        "A3",
        "Accounts that are one customer have the number that one of them began with, and nobody else has it.",
        "SELECT p.id FROM people p JOIN linked l ON l.person_id = p.id WHERE NOT EXISTS (SELECT 1 FROM linked k "
        "JOIN people q ON q.id = k.person_id WHERE k.began_as = p.customer_id AND q.customer_id = p.customer_id) "
        "UNION SELECT p.id FROM linked l JOIN people q ON q.id = l.person_id "
        "JOIN people p ON p.customer_id = l.began_as WHERE p.customer_id <> q.customer_id",
    ),
    _check(
        "G1",
        "What was given away and opened had been handed over, and not by the one who opened it.",
        "SELECT g.id FROM gifts g JOIN units u ON u.id = g.unit_id JOIN orders o ON o.id = g.order_id "
        "WHERE g.state = 'opened' AND (g.opened_by = g.giver OR u.order_id <> g.order_id "
        "OR u.state NOT IN ('granted', 'sent', 'replacing', 'refunded') "
        "OR NOT EXISTS (SELECT 1 FROM gift_guests t WHERE t.gift_id = g.id AND t.person_id = g.opened_by))"
        "{order g.order_id}",
    ),
    _check(
        "G2",
        "What is known to be redeemed is a code that was handed over to that unit.",
        "SELECT r.id FROM redemptions r LEFT JOIN (SELECT g.unit_id, g.code_id FROM grants g WHERE g.kind = 'multi') "
        "AS m ON m.unit_id = r.unit_id AND m.code_id = r.code_id WHERE m.code_id IS NULL AND NOT EXISTS (SELECT 1 "
        "FROM grants g WHERE g.unit_id = r.unit_id AND g.code_id = r.code_id AND g.kind = 'one'){unit r.unit_id}",
    ),
    _check(
        "S9",
        "What is set aside for somebody who waited for it goes to the next when their time is over.",
        "SELECT w.id, w.product_id FROM waiting w WHERE w.state = 'told' AND w.until < :long_before",
    ),
    _check(
        "R1",
        "What an order is to those after it is what its lines, payments, refunds, disputes, marks and story tell.",
        f"SELECT o.number FROM orders o WHERE ({' OR '.join(FORGED)}){{order o.id}}",
    ),
    Check("P3", "The audit's chain is whole.", _chain, long=True),
    Check("T0", "Every guard of the schema is in its place.", _triggers),
)


def check(tx: Tx, *, since: datetime | None = None) -> list[Finding]:
    """Every invariant that does not hold now, with the rows that break it.

    With `since`, only what was touched from then on is looked at, and the long ones are left out.
    """
    found = []
    for one in CHECKS:
        if since is not None and one.long:
            continue
        broken = one.scoped(tx, since) if since is not None and one.scoped else one.broken(tx)
        if broken:
            found.append(Finding(one, tuple(broken)))
    return found


def act_on(tx: Tx, findings: Sequence[Finding]) -> None:
    """A product whose stock or money does not add up is sold no more, and staff hear why. A repeat does nothing."""
    for finding in findings:
        for product_id in sorted(finding.products):
            if catalog_changes.freeze(tx, product_id, str(finding)):
                product = catalog.by_id(tx, product_id)
                audit.write(
                    tx, "clock", "freeze", product.slug, check=finding.check.id, rows=list(finding.rows[:SHOWN])
                )
                key = f"frozen {product.slug} {tx.now.isoformat()}"
                about = {"product": product.name, "slug": product.slug, "why": str(finding)}
                staff.alarm(tx, key, "alarm-frozen", kind=Kind.STOCK, **about)
