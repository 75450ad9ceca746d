"""The first sale"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.ground import columns

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.Column("actor", sa.String(length=160), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("detail", columns.Json(), nullable=False),
        sa.Column("link", sa.Integer(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sa.UniqueConstraint("link", name=op.f("uq_audit_link")),
    )
    op.create_table(
        "categories",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("names", columns.Json(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_categories")),
        sa.UniqueConstraint("slug", name=op.f("uq_categories_slug")),
    )
    op.create_table(
        "chat_lines",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("person", sa.String(length=160), nullable=False),
        sa.Column("from_us", sa.Boolean(), nullable=False),
        sa.Column("event_key", sa.String(length=200), nullable=True),
        sa.Column("card", sa.String(length=120), nullable=True),
        sa.Column("message", columns.Json(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("said_at", columns.UTC(), nullable=False),
        sa.CheckConstraint("(message IS NULL) <> (sealed IS NULL)", name=op.f("ck_chat_lines_one_voice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_lines")),
        sa.UniqueConstraint("person", "from_us", "event_key", name=op.f("uq_chat_lines_person_from_us_event_key")),
    )
    with op.batch_alter_table("chat_lines", schema=None) as batch_op:
        batch_op.create_index("ix_chat_lines_person", ["person", "id"], unique=False)

    op.create_table(
        "customers",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("since", columns.UTC(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
    )
    op.create_table(
        "entries",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("posting", sa.String(length=120), nullable=False),
        sa.Column("account", sa.String(length=120), nullable=False),
        sa.Column("amount", columns.BigId(), nullable=False),
        sa.Column("currency", sa.String(length=10), nullable=False),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
        sa.UniqueConstraint("posting", "account", name=op.f("uq_entries_posting_account")),
    )
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.create_index("ix_entries_account", ["account"], unique=False)

    op.create_table(
        "inbox",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("person", sa.String(length=160), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", columns.UTC(), nullable=False),
        sa.Column("leased_until", columns.UTC(), nullable=True),
        sa.Column("received_at", columns.UTC(), nullable=False),
        sa.Column("done_at", columns.UTC(), nullable=True),
        sa.Column("trouble", sa.String(length=300), nullable=True),
        sa.CheckConstraint("state != 'done' OR sealed IS NULL", name=op.f("ck_inbox_erased")),
        sa.CheckConstraint("state IN ('new', 'done', 'dead')", name=op.f("ck_inbox_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_inbox_source_external_id")),
    )
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_inbox_new",
            ["id"],
            unique=False,
            sqlite_where=sa.text("state = 'new'"),
            postgresql_where=sa.text("state = 'new'"),
        )
        batch_op.create_index(
            "ix_inbox_person_new",
            ["person", "id"],
            unique=False,
            sqlite_where=sa.text("state = 'new'"),
            postgresql_where=sa.text("state = 'new'"),
        )

    op.create_table(
        "invites",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("expires_at", columns.UTC(), nullable=False),
        sa.Column("used_by", sa.String(length=160), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invites")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_invites_fingerprint")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("effect_key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("via", sa.String(length=40), nullable=True),
        sa.Column("payload", columns.Json(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", columns.UTC(), nullable=False),
        sa.Column("leased_until", columns.UTC(), nullable=True),
        sa.Column("made_at", columns.UTC(), nullable=False),
        sa.Column("done_at", columns.UTC(), nullable=True),
        sa.Column("trouble", sa.String(length=300), nullable=True),
        sa.CheckConstraint("state IN ('new', 'done', 'dead')", name=op.f("ck_outbox_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("effect_key", name=op.f("uq_outbox_effect_key")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_new",
            ["due_at", "id"],
            unique=False,
            sqlite_where=sa.text("state = 'new'"),
            postgresql_where=sa.text("state = 'new'"),
        )

    op.create_table(
        "presses",
        sa.Column("token", sa.String(length=30), nullable=False),
        sa.Column("person_id", sa.String(length=160), nullable=False),
        sa.Column("says", sa.String(length=200), nullable=False),
        sa.Column("expires_at", columns.UTC(), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_presses")),
    )
    with op.batch_alter_table("presses", schema=None) as batch_op:
        batch_op.create_index("ix_presses_expires_at", ["expires_at"], unique=False)

    op.create_table(
        "brands",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("category_id", columns.BigId(), nullable=False),
        sa.Column("names", columns.Json(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name=op.f("fk_brands_category_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brands")),
        sa.UniqueConstraint("slug", name=op.f("uq_brands_slug")),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.String(length=160), nullable=False),
        sa.Column("customer_id", columns.BigId(), nullable=False),
        sa.Column("chat", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=True),
        sa.Column("since", columns.UTC(), nullable=False),
        sa.Column("unreachable_since", columns.UTC(), nullable=True),
        sa.Column("talk", columns.Json(), nullable=True),
        sa.Column("offered", columns.Json(), nullable=True),
        sa.Column("busy_with", sa.String(length=200), nullable=True),
        sa.Column("busy_until", columns.UTC(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_people_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
    )
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.create_index("ix_people_customer_id", ["customer_id"], unique=False)

    op.create_table(
        "notes",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("buyer", sa.String(length=160), nullable=False),
        sa.Column("author", sa.String(length=160), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.ForeignKeyConstraint(["author"], ["people.id"], name=op.f("fk_notes_author")),
        sa.ForeignKeyConstraint(["buyer"], ["people.id"], name=op.f("fk_notes_buyer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
        sa.UniqueConstraint("key", name=op.f("uq_notes_key")),
    )
    with op.batch_alter_table("notes", schema=None) as batch_op:
        batch_op.create_index("ix_notes_buyer", ["buyer", "id"], unique=False)

    op.create_table(
        "orders",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("request_key", sa.String(length=300), nullable=False),
        sa.Column("customer_id", columns.BigId(), nullable=False),
        sa.Column("person_id", sa.String(length=160), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("total", columns.BigId(), nullable=False),
        sa.Column("currency", sa.String(length=10), nullable=False),
        sa.Column("placed_at", columns.UTC(), nullable=False),
        sa.Column("expires_at", columns.UTC(), nullable=False),
        sa.Column("extended", sa.Boolean(), nullable=False),
        sa.Column("paid_at", columns.UTC(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("findings", columns.Json(), nullable=True),
        sa.Column("review_due_at", columns.UTC(), nullable=True),
        sa.Column("decided_by", sa.String(length=160), nullable=True),
        sa.Column("decided_at", columns.UTC(), nullable=True),
        sa.CheckConstraint("state != 'in_review' OR review_due_at IS NOT NULL", name=op.f("ck_orders_review_due")),
        sa.CheckConstraint(
            "state IN ('awaiting_payment', 'underpaid', 'paid', 'paid_no_stock', 'in_review', 'fulfilling', 'delivered', 'expired', 'cancelled', 'rejected', 'refund_pending', 'refunded')",
            name=op.f("ck_orders_state"),
        ),
        sa.CheckConstraint("total >= 0", name=op.f("ck_orders_total")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_orders_customer_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_orders_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("number", name=op.f("uq_orders_number")),
        sa.UniqueConstraint("request_key", name=op.f("uq_orders_request_key")),
    )
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.create_index("ix_orders_customer_id", ["customer_id", "id"], unique=False)
        batch_op.create_index(
            "ix_orders_in_review",
            ["review_due_at"],
            unique=False,
            sqlite_where=sa.text("state = 'in_review'"),
            postgresql_where=sa.text("state = 'in_review'"),
        )
        batch_op.create_index("ix_orders_person_id", ["person_id", "id"], unique=False)
        batch_op.create_index(
            "ix_orders_unpaid",
            ["expires_at"],
            unique=False,
            sqlite_where=sa.text("state IN ('awaiting_payment', 'underpaid')"),
            postgresql_where=sa.text("state IN ('awaiting_payment', 'underpaid')"),
        )

    op.create_table(
        "products",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("brand_id", columns.BigId(), nullable=False),
        sa.Column("names", columns.Json(), nullable=False),
        sa.Column("region", sa.String(length=20), nullable=False),
        sa.Column("face_value", sa.String(length=40), nullable=False),
        sa.Column("noun", sa.String(length=20), nullable=False),
        sa.Column("measure", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("on_sale", sa.Boolean(), nullable=False),
        sa.Column("most_per_order", sa.Integer(), nullable=False),
        sa.Column("most_per_buyer", sa.Integer(), nullable=True),
        sa.Column("after_sale_days", sa.Integer(), nullable=False),
        sa.Column("hand_minutes", sa.Integer(), nullable=True),
        sa.Column("redeem_url", sa.String(length=300), nullable=False),
        sa.Column("guide", columns.Json(), nullable=False),
        sa.Column("form", columns.Json(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('unique', 'shared', 'on_demand', 'by_hand')", name=op.f("ck_products_kind")),
        sa.CheckConstraint("most_per_buyer IS NULL OR most_per_buyer > 0", name=op.f("ck_products_most_per_buyer")),
        sa.CheckConstraint("most_per_order BETWEEN 1 AND 1000", name=op.f("ck_products_most_per_order")),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_products_brand_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sa.UniqueConstraint("slug", name=op.f("uq_products_slug")),
    )
    op.create_table(
        "staff",
        sa.Column("person_id", sa.String(length=160), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("since", columns.UTC(), nullable=False),
        sa.Column("revoked_at", columns.UTC(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_staff_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_staff")),
    )
    op.create_table(
        "batches",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("product_id", columns.BigId(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("unit_cost", columns.BigId(), nullable=True),
        sa.Column("currency", sa.String(length=10), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("draft", sa.LargeBinary(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.String(length=160), nullable=False),
        sa.Column("made_at", columns.UTC(), nullable=False),
        sa.Column("ended_at", columns.UTC(), nullable=True),
        sa.CheckConstraint("state IN ('draft', 'importing', 'live', 'discarded')", name=op.f("ck_batches_state")),
        sa.CheckConstraint("state NOT IN ('live', 'discarded') OR draft IS NULL", name=op.f("ck_batches_draft_erased")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_batches_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
    )
    with op.batch_alter_table("batches", schema=None) as batch_op:
        batch_op.create_index("ix_batches_source", ["source"], unique=False)

    op.create_table(
        "lines",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("order_id", columns.BigId(), nullable=False),
        sa.Column("product_id", columns.BigId(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price", columns.BigId(), nullable=False),
        sa.Column("terms", columns.Json(), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_lines_quantity")),
        sa.CheckConstraint("unit_price >= 0", name=op.f("ck_lines_unit_price")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_lines_order_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_lines_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lines")),
    )
    with op.batch_alter_table("lines", schema=None) as batch_op:
        batch_op.create_index("ix_lines_order_id", ["order_id"], unique=False)
        batch_op.create_index("ix_lines_product_id", ["product_id"], unique=False)

    op.create_table(
        "order_events",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("order_id", columns.BigId(), nullable=False),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.Column("what", sa.String(length=30), nullable=False),
        sa.Column("actor", sa.String(length=160), nullable=False),
        sa.Column("detail", columns.Json(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_events_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_events")),
    )
    with op.batch_alter_table("order_events", schema=None) as batch_op:
        batch_op.create_index("ix_order_events_order_id", ["order_id", "id"], unique=False)

    op.create_table(
        "payments",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("order_id", columns.BigId(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("rail", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=120), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("amount", columns.BigId(), nullable=False),
        sa.Column("currency", sa.String(length=10), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=True),
        sa.Column("link", sa.String(length=500), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("made_at", columns.UTC(), nullable=False),
        sa.CheckConstraint("mode IN ('live', 'test')", name=op.f("ck_payments_mode")),
        sa.CheckConstraint("state IN ('asked', 'open', 'closed')", name=op.f("ck_payments_state")),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_payments_amount")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_payments_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("key", name=op.f("uq_payments_key")),
        sa.UniqueConstraint("order_id", "rail", "amount", name=op.f("uq_payments_order_id_rail_amount")),
    )
    op.create_table(
        "pickups",
        sa.Column("order_id", columns.BigId(), nullable=False),
        sa.Column("person_id", sa.String(length=160), nullable=False),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_pickups_order_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_pickups_person_id")),
        sa.PrimaryKeyConstraint("order_id", "person_id", name=op.f("pk_pickups")),
    )
    op.create_table(
        "prices",
        sa.Column("product_id", columns.BigId(), nullable=False),
        sa.Column("currency", sa.String(length=10), nullable=False),
        sa.Column("from_quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price", columns.BigId(), nullable=False),
        sa.CheckConstraint("from_quantity >= 1", name=op.f("ck_prices_from_quantity")),
        sa.CheckConstraint("unit_price >= 0", name=op.f("ck_prices_unit_price")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_prices_product_id")),
        sa.PrimaryKeyConstraint("product_id", "currency", "from_quantity", name=op.f("pk_prices")),
    )
    op.create_table(
        "receipts",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("order_id", columns.BigId(), nullable=True),
        sa.Column("rail", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=120), nullable=False),
        sa.Column("transaction", sa.String(length=200), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("amount", columns.BigId(), nullable=False),
        sa.Column("currency", sa.String(length=10), nullable=False),
        sa.Column("received_at", columns.UTC(), nullable=False),
        sa.Column("obligation", sa.String(length=30), nullable=True),
        sa.Column("owner", sa.String(length=20), nullable=True),
        sa.Column("due_at", columns.UTC(), nullable=True),
        sa.CheckConstraint(
            "(obligation IS NULL) = (owner IS NULL) AND (obligation IS NULL) = (due_at IS NULL)",
            name=op.f("ck_receipts_owed"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_receipts_amount")),
        sa.CheckConstraint("order_id IS NOT NULL OR obligation IS NOT NULL", name=op.f("ck_receipts_never_lost")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_receipts_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipts")),
        sa.UniqueConstraint("rail", "account", "transaction", name=op.f("uq_receipts_rail_account_transaction")),
    )
    with op.batch_alter_table("receipts", schema=None) as batch_op:
        batch_op.create_index("ix_receipts_order_id", ["order_id"], unique=False)

    op.create_table(
        "codes",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("product_id", columns.BigId(), nullable=False),
        sa.Column("batch_id", columns.BigId(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("max_uses", sa.Integer(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('available', 'reserved', 'granted', 'quarantined', 'voided')", name=op.f("ck_codes_state")
        ),
        sa.CheckConstraint("uses >= 0 AND held >= 0 AND uses + held <= max_uses", name=op.f("ck_codes_uses")),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_codes_batch_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_codes_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_codes")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_codes_fingerprint")),
    )
    with op.batch_alter_table("codes", schema=None) as batch_op:
        batch_op.create_index("ix_codes_batch_id_state", ["batch_id", "state"], unique=False)
        batch_op.create_index("ix_codes_product_id_state", ["product_id", "state", "id"], unique=False)

    op.create_table(
        "refunds",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("receipt_id", columns.BigId(), nullable=False),
        sa.Column("order_id", columns.BigId(), nullable=True),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("amount", columns.BigId(), nullable=False),
        sa.Column("currency", sa.String(length=10), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=True),
        sa.Column("made_at", columns.UTC(), nullable=False),
        sa.Column("ended_at", columns.UTC(), nullable=True),
        sa.CheckConstraint("state IN ('created', 'sent', 'done', 'failed', 'unknown')", name=op.f("ck_refunds_state")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refunds_amount")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_refunds_order_id")),
        sa.ForeignKeyConstraint(["receipt_id"], ["receipts.id"], name=op.f("fk_refunds_receipt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
        sa.UniqueConstraint("key", name=op.f("uq_refunds_key")),
    )
    with op.batch_alter_table("refunds", schema=None) as batch_op:
        batch_op.create_index("ix_refunds_order_id", ["order_id"], unique=False)
        batch_op.create_index("ix_refunds_receipt_id", ["receipt_id"], unique=False)

    op.create_table(
        "units",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("order_id", columns.BigId(), nullable=False),
        sa.Column("line_id", columns.BigId(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("price", columns.BigId(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("obligation", sa.String(length=12), nullable=True),
        sa.Column("owner", sa.String(length=20), nullable=True),
        sa.Column("due_at", columns.UTC(), nullable=True),
        sa.Column("sent_at", columns.UTC(), nullable=True),
        sa.Column("sent_as", sa.String(length=120), nullable=True),
        sa.CheckConstraint(
            "obligation IN ('risk', 'review', 'deliver', 'supplier', 'by_hand', 'pickup', 'refund', 'admin')",
            name=op.f("ck_units_obligation"),
        ),
        sa.CheckConstraint(
            "state IN ('reserved', 'backorder', 'granted', 'sent', 'refunded', 'released')", name=op.f("ck_units_state")
        ),
        sa.CheckConstraint(
            "state NOT IN ('sent', 'refunded', 'released') OR obligation IS NULL", name=op.f("ck_units_settled")
        ),
        sa.CheckConstraint(
            "(obligation IS NULL) = (owner IS NULL) AND (obligation IS NULL) = (due_at IS NULL)",
            name=op.f("ck_units_owed"),
        ),
        sa.ForeignKeyConstraint(["line_id"], ["lines.id"], name=op.f("fk_units_line_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_units_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_units")),
        sa.UniqueConstraint("order_id", "position", name=op.f("uq_units_order_id_position")),
    )
    with op.batch_alter_table("units", schema=None) as batch_op:
        batch_op.create_index(
            "ix_units_owed",
            ["obligation", "due_at"],
            unique=False,
            sqlite_where=sa.text("obligation IS NOT NULL"),
            postgresql_where=sa.text("obligation IS NOT NULL"),
        )

    op.create_table(
        "grants",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("unit_id", columns.BigId(), nullable=False),
        sa.Column("code_id", columns.BigId(), nullable=False),
        sa.Column("kind", sa.String(length=5), nullable=False),
        sa.Column("superseded_by", columns.BigId(), nullable=True),
        sa.Column("granted_at", columns.UTC(), nullable=False),
        sa.CheckConstraint("kind IN ('one', 'multi')", name=op.f("ck_grants_kind")),
        sa.ForeignKeyConstraint(["code_id"], ["codes.id"], name=op.f("fk_grants_code_id")),
        sa.ForeignKeyConstraint(
            ["superseded_by"],
            ["grants.id"],
            name=op.f("fk_grants_superseded_by"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_grants_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
    )
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.create_index(
            "ix_grants_superseded_by",
            ["superseded_by"],
            unique=False,
            sqlite_where=sa.text("superseded_by IS NOT NULL"),
            postgresql_where=sa.text("superseded_by IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_grants_code_id_one",
            ["code_id"],
            unique=True,
            sqlite_where=sa.text("kind = 'one'"),
            postgresql_where=sa.text("kind = 'one'"),
        )
        batch_op.create_index(
            "uq_grants_unit_id_live",
            ["unit_id"],
            unique=True,
            sqlite_where=sa.text("superseded_by IS NULL"),
            postgresql_where=sa.text("superseded_by IS NULL"),
        )

    op.create_table(
        "reservations",
        sa.Column("unit_id", columns.BigId(), nullable=False),
        sa.Column("code_id", columns.BigId(), nullable=False),
        sa.Column("kind", sa.String(length=5), nullable=False),
        sa.CheckConstraint("kind IN ('one', 'multi')", name=op.f("ck_reservations_kind")),
        sa.ForeignKeyConstraint(["code_id"], ["codes.id"], name=op.f("fk_reservations_code_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_reservations_unit_id")),
        sa.PrimaryKeyConstraint("unit_id", name=op.f("pk_reservations")),
    )
    with op.batch_alter_table("reservations", schema=None) as batch_op:
        batch_op.create_index(
            "uq_reservations_code_id_one",
            ["code_id"],
            unique=True,
            sqlite_where=sa.text("kind = 'one'"),
            postgresql_where=sa.text("kind = 'one'"),
        )


def downgrade() -> None:
    with op.batch_alter_table("reservations", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_reservations_code_id_one",
            sqlite_where=sa.text("kind = 'one'"),
            postgresql_where=sa.text("kind = 'one'"),
        )

    op.drop_table("reservations")
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_grants_unit_id_live",
            sqlite_where=sa.text("superseded_by IS NULL"),
            postgresql_where=sa.text("superseded_by IS NULL"),
        )
        batch_op.drop_index(
            "uq_grants_code_id_one", sqlite_where=sa.text("kind = 'one'"), postgresql_where=sa.text("kind = 'one'")
        )
        batch_op.drop_index(
            "ix_grants_superseded_by",
            sqlite_where=sa.text("superseded_by IS NOT NULL"),
            postgresql_where=sa.text("superseded_by IS NOT NULL"),
        )

    op.drop_table("grants")
    with op.batch_alter_table("units", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_units_owed",
            sqlite_where=sa.text("obligation IS NOT NULL"),
            postgresql_where=sa.text("obligation IS NOT NULL"),
        )

    op.drop_table("units")
    with op.batch_alter_table("refunds", schema=None) as batch_op:
        batch_op.drop_index("ix_refunds_receipt_id")
        batch_op.drop_index("ix_refunds_order_id")

    op.drop_table("refunds")
    with op.batch_alter_table("codes", schema=None) as batch_op:
        batch_op.drop_index("ix_codes_product_id_state")
        batch_op.drop_index("ix_codes_batch_id_state")

    op.drop_table("codes")
    with op.batch_alter_table("receipts", schema=None) as batch_op:
        batch_op.drop_index("ix_receipts_order_id")

    op.drop_table("receipts")
    op.drop_table("prices")
    op.drop_table("pickups")
    op.drop_table("payments")
    with op.batch_alter_table("order_events", schema=None) as batch_op:
        batch_op.drop_index("ix_order_events_order_id")

    op.drop_table("order_events")
    with op.batch_alter_table("lines", schema=None) as batch_op:
        batch_op.drop_index("ix_lines_product_id")
        batch_op.drop_index("ix_lines_order_id")

    op.drop_table("lines")
    with op.batch_alter_table("batches", schema=None) as batch_op:
        batch_op.drop_index("ix_batches_source")

    op.drop_table("batches")
    op.drop_table("staff")
    op.drop_table("products")
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_orders_unpaid",
            sqlite_where=sa.text("state IN ('awaiting_payment', 'underpaid')"),
            postgresql_where=sa.text("state IN ('awaiting_payment', 'underpaid')"),
        )
        batch_op.drop_index("ix_orders_person_id")
        batch_op.drop_index(
            "ix_orders_in_review",
            sqlite_where=sa.text("state = 'in_review'"),
            postgresql_where=sa.text("state = 'in_review'"),
        )
        batch_op.drop_index("ix_orders_customer_id")

    op.drop_table("orders")
    with op.batch_alter_table("notes", schema=None) as batch_op:
        batch_op.drop_index("ix_notes_buyer")

    op.drop_table("notes")
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.drop_index("ix_people_customer_id")

    op.drop_table("people")
    op.drop_table("brands")
    with op.batch_alter_table("presses", schema=None) as batch_op:
        batch_op.drop_index("ix_presses_expires_at")

    op.drop_table("presses")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outbox_new", sqlite_where=sa.text("state = 'new'"), postgresql_where=sa.text("state = 'new'")
        )

    op.drop_table("outbox")
    op.drop_table("invites")
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_inbox_person_new", sqlite_where=sa.text("state = 'new'"), postgresql_where=sa.text("state = 'new'")
        )
        batch_op.drop_index(
            "ix_inbox_new", sqlite_where=sa.text("state = 'new'"), postgresql_where=sa.text("state = 'new'")
        )

    op.drop_table("inbox")
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.drop_index("ix_entries_account")

    op.drop_table("entries")
    op.drop_table("customers")
    with op.batch_alter_table("chat_lines", schema=None) as batch_op:
        batch_op.drop_index("ix_chat_lines_person")

    op.drop_table("chat_lines")
    op.drop_table("categories")
    op.drop_table("audit")
