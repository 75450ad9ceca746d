"""The guards that only a trigger can keep. One list: migrations make them from it, `mika invariants` looks for each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Trigger:
    """Refuses an event on a table when `refuses` holds of the old and new row."""

    name: str
    table: str
    event: str  # "UPDATE", "DELETE" or "INSERT"
    refuses: str
    says: str

    def drop(self, dialect: str) -> str:
        return f"DROP TRIGGER IF EXISTS {self.name}{'' if dialect == 'sqlite' else f' ON {self.table}'}"

    def statements(self, dialect: str) -> list[str]:
        """What makes it, after whatever had its name before."""
        if dialect == "sqlite":
            return [
                self.drop(dialect),
                f"CREATE TRIGGER {self.name} BEFORE {self.event} ON {self.table} FOR EACH ROW WHEN {self.refuses} "
                f"BEGIN SELECT RAISE(ABORT, '{self.says}'); END",
            ]
        row = "OLD" if self.event == "DELETE" else "NEW"
        return [
            f"CREATE OR REPLACE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {self.refuses} THEN RAISE EXCEPTION '{self.says}' USING ERRCODE = 'integrity_constraint_violation'; "
            f"END IF; RETURN {row}; END $$",
            self.drop(dialect),
            f"CREATE TRIGGER {self.name} BEFORE {self.event} ON {self.table} FOR EACH ROW "
            f"EXECUTE FUNCTION {self.name}()",
        ]


def _differ(*columns: str) -> str:
    return " OR ".join(f'OLD."{column}" IS DISTINCT FROM NEW."{column}"' for column in columns)


TRIGGERS = (
    Trigger("grants_stay", "grants", "DELETE", "OLD.id IS NOT NULL", "a grant is for ever"),
    Trigger(
        "grants_are_superseded_once",
        "grants",
        "UPDATE",
        "OLD.superseded_by IS NOT NULL OR NEW.superseded_by IS NULL OR "
        + _differ("id", "unit_id", "code_id", "kind", "granted_at"),
        "a grant only ever gets a successor, once",
    ),
    Trigger(
        "grants_need_a_fulfilling_order",
        "grants",
        "INSERT",
        "NOT EXISTS (SELECT 1 FROM units JOIN orders ON orders.id = units.order_id "
        "WHERE units.id = NEW.unit_id AND orders.state = 'fulfilling')",
        "nothing is granted before the order is paid for and passed",
    ),
    Trigger(
        "nothing_is_granted_in_unchecked_books",
        "grants",
        "INSERT",
        "EXISTS (SELECT 1 FROM restores WHERE checked_at IS NULL)",
        "nothing is granted before a restored shop has been reconciled",
    ),
    Trigger(
        "granted_codes_stay_granted",
        "codes",
        "UPDATE",
        "OLD.state IN ('granted', 'quarantined', 'voided') AND NEW.state IN ('available', 'reserved')",
        "a code that was handed over or taken out never comes back",
    ),
    Trigger(
        "codes_keep_what_they_are",
        "codes",
        "UPDATE",
        _differ("id", "fingerprint", "max_uses")
        # staff may move one that nobody has or had: sealed anew, because it is bound to its product
        + " OR (("
        + _differ("product_id", "batch_id")
        + ") AND NOT (OLD.state = 'available'"
        " AND NEW.state = 'available'"
        " AND OLD.uses = 0 AND OLD.held = 0 AND NEW.uses = 0 AND NEW.held = 0 AND OLD.sealed <> NEW.sealed))",
        "a code stays what it was imported as",
    ),
    Trigger(
        "batches_are_whole_on_sale",
        "batches",
        "UPDATE",
        "NEW.state = 'live' AND EXISTS (SELECT 1 FROM drafts WHERE drafts.batch_id = NEW.id)",
        "a batch is on sale when all of its draft is in it, and none is left",
    ),
    Trigger(
        "drafts_are_of_what_is_undecided",
        "drafts",
        "INSERT",
        "NOT EXISTS (SELECT 1 FROM batches WHERE batches.id = NEW.batch_id AND batches.state = 'draft')",
        "nothing is added to a draft that is decided",
    ),
    Trigger("codes_stay", "codes", "DELETE", "OLD.id IS NOT NULL", "codes are voided, never deleted"),
    Trigger(
        "orders_keep_their_terms",
        "orders",
        "UPDATE",
        _differ("id", "number", "request_key", "total", "currency", "placed_at"),
        "the terms of an order are frozen",
    ),
    Trigger(
        "orders_stay_with_their_account",
        "orders",
        "UPDATE",
        'OLD."customer_id" IS DISTINCT FROM NEW."customer_id" AND NOT EXISTS (SELECT 1 FROM people '
        "WHERE people.customer_id = NEW.customer_id AND people.id = COALESCE((SELECT order_events.actor "
        "FROM order_events WHERE order_events.order_id = NEW.id AND order_events.what = 'placed' LIMIT 1), "
        "NEW.person_id))",
        "an order changes hands only with the account that placed it",
    ),
    Trigger(
        "lines_keep_their_terms",
        "lines",
        "UPDATE",
        _differ("id", "order_id", "product_id", "quantity", "unit_price", "terms")
        # what the buyer answered may be sealed anew, by another key (its number is in the first two bytes)
        + " OR (OLD.answers IS DISTINCT FROM NEW.answers"
        " AND (OLD.answers IS NULL OR NEW.answers IS NULL OR substr(OLD.answers, 1, 2) = substr(NEW.answers, 1, 2)))",
        "the terms of an order are frozen",
    ),
    Trigger("receipts_stay", "receipts", "DELETE", "OLD.id IS NOT NULL", "a receipt is never discarded"),
    Trigger(
        "receipts_keep_their_amount",
        "receipts",
        "UPDATE",
        _differ("id", "rail", "account", "transaction", "amount", "currency"),
        "what came in came in",
    ),
    Trigger(
        "receipts_keep_their_order",
        "receipts",
        "UPDATE",
        'OLD."order_id" IS NOT NULL AND OLD."order_id" IS DISTINCT FROM NEW."order_id"',
        "money that was matched stays with its order",
    ),
    Trigger(
        "units_keep_their_terms",
        "units",
        "UPDATE",
        _differ("id", "order_id", "position") + ' OR NEW."price" > OLD."price"',
        "a unit never costs more than it did",
    ),
    Trigger("entries_stay", "entries", "DELETE", "OLD.id IS NOT NULL", "the ledger is append-only"),
    Trigger("entries_keep", "entries", "UPDATE", "OLD.id IS NOT NULL", "the ledger is append-only"),
    Trigger("events_stay", "order_events", "DELETE", "OLD.id IS NOT NULL", "the story of an order is append-only"),
    Trigger("events_keep", "order_events", "UPDATE", "OLD.id IS NOT NULL", "the story of an order is append-only"),
    Trigger(
        "mail_goes_to_whoever_proved_it",
        "order_links",
        "INSERT",
        "NOT EXISTS (SELECT 1 FROM contacts JOIN people ON people.id = contacts.person_id "
        "JOIN orders ON orders.customer_id = people.customer_id WHERE contacts.id = NEW.contact_id "
        "AND orders.id = NEW.order_id AND contacts.proved_at IS NOT NULL AND contacts.ended_at IS NULL)",
        "mail about an order goes to an address that its buyer gave and proved",
    ),
    Trigger("audit_stays", "audit", "DELETE", "OLD.id IS NOT NULL", "the audit is append-only"),
    Trigger(
        "audit_keeps",
        "audit",
        "UPDATE",
        "OLD.link IS NOT NULL OR " + _differ("id", "at", "actor", "action", "subject", "detail"),
        "the audit is append-only",
    ),
)


def statements(dialect: str) -> list[str]:
    return [statement for trigger in TRIGGERS for statement in trigger.statements(dialect)]
