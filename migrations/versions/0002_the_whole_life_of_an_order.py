"""The whole life of an order: choices, replacements, disputes, store credit, bundles, frozen products"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.ground import columns
from migrations.changing import change

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ORDERS_BEFORE = "'awaiting_payment', 'underpaid', 'paid', 'paid_no_stock', 'in_review', 'fulfilling', 'delivered', 'expired', 'cancelled', 'rejected', 'refund_pending', 'refunded'"
OWED_BEFORE = "'risk', 'review', 'deliver', 'supplier', 'by_hand', 'pickup', 'refund', 'admin'"
OWED = (
    "'risk', 'review', 'deliver', 'supplier', 'by_hand', 'choice', 'wait_stock', 'dispute', 'pickup', 'refund', 'admin'"
)
UNITS = "'reserved', 'backorder', 'granted', 'sent', 'replacing', 'refunded', 'credited', 'released'"
KINDS_BEFORE = "'unique', 'shared', 'on_demand', 'by_hand'"


def upgrade() -> None:
    change(
        "orders", checks={"ck_orders_state": f"state IN ({ORDERS_BEFORE}, 'disputed', 'dispute_won', 'dispute_lost')"}
    )
    change(
        "units",
        checks={
            "ck_units_obligation": f"obligation IN ({OWED})",
            "ck_units_state": f"state IN ({UNITS})",
            "ck_units_settled": "state NOT IN ('sent', 'refunded', 'credited', 'released') OR obligation IS NULL",
        },
        add=[sa.Column("alarmed_at", columns.UTC(), nullable=True)],
    )
    change(
        "receipts",
        checks={"ck_receipts_never_lost": "order_id IS NOT NULL OR obligation IS NOT NULL OR returned_at IS NOT NULL"},
        add=[sa.Column("returned_at", columns.UTC(), nullable=True)],
    )
    _products()
    op.create_table(
        "bundle_items",
        sa.Column("bundle_id", columns.BigId(), nullable=False),
        sa.Column("product_id", columns.BigId(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("bundle_id <> product_id", name=op.f("ck_bundle_items_other")),
        sa.CheckConstraint("quantity BETWEEN 1 AND 100", name=op.f("ck_bundle_items_quantity")),
        sa.ForeignKeyConstraint(["bundle_id"], ["products.id"], name=op.f("fk_bundle_items_bundle_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_bundle_items_product_id")),
        sa.PrimaryKeyConstraint("bundle_id", "product_id", name=op.f("pk_bundle_items")),
    )
    _disputes()


def _products() -> None:
    change(
        "products",
        checks={"ck_products_kind": f"kind IN ({KINDS_BEFORE}, 'bundle')"},
        add=[
            sa.Column("shortage", columns.Json(), nullable=True),
            sa.Column(
                "substitute_id",
                columns.BigId(),
                sa.ForeignKey("products.id", name=op.f("fk_products_substitute_id")),
                nullable=True,
            ),
            sa.Column("together", sa.Boolean(), nullable=True),
            sa.Column("frozen_at", columns.UTC(), nullable=True),
            sa.Column("frozen_why", sa.String(length=300), nullable=True),
        ],
    )
    op.execute("""UPDATE products SET shortage = '["wait","substitute"]', together = TRUE""")
    change("products", required=["shortage", "together"])


def _disputes() -> None:
    op.create_table(
        "disputes",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("rail", sa.String(length=40), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("receipt_id", columns.BigId(), nullable=False),
        sa.Column("order_id", columns.BigId(), nullable=True),
        sa.Column("amount", columns.BigId(), nullable=False),
        sa.Column("currency", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("order_was", sa.String(length=20), nullable=True),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("opened_at", columns.UTC(), nullable=False),
        sa.Column("obligation", sa.String(length=10), nullable=True),
        sa.Column("owner", sa.String(length=20), nullable=True),
        sa.Column("due_at", columns.UTC(), nullable=True),
        sa.CheckConstraint("(state = 'open') = (obligation IS NOT NULL)", name=op.f("ck_disputes_owed")),
        sa.CheckConstraint(
            "(obligation IS NULL) = (owner IS NULL) AND (obligation IS NULL) = (due_at IS NULL)",
            name=op.f("ck_disputes_whose"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_disputes_amount")),
        sa.CheckConstraint("state IN ('open', 'won', 'lost')", name=op.f("ck_disputes_state")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_disputes_order_id")),
        sa.ForeignKeyConstraint(["receipt_id"], ["receipts.id"], name=op.f("fk_disputes_receipt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
        sa.UniqueConstraint("rail", "reference", name=op.f("uq_disputes_rail_reference")),
    )
    with op.batch_alter_table("disputes", schema=None) as batch_op:
        batch_op.create_index("ix_disputes_order_id", ["order_id"], unique=False)
        batch_op.create_index("ix_disputes_receipt_id", ["receipt_id"], unique=False)


def downgrade() -> None:
    op.drop_table("disputes")
    op.drop_table("bundle_items")
    change(
        "products",
        checks={"ck_products_kind": f"kind IN ({KINDS_BEFORE})"},
        drop=["shortage", "substitute_id", "together", "frozen_at", "frozen_why"],
    )
    change(
        "receipts",
        checks={"ck_receipts_never_lost": "order_id IS NOT NULL OR obligation IS NOT NULL"},
        drop=["returned_at"],
    )
    change(
        "units",
        checks={
            "ck_units_obligation": f"obligation IN ({OWED_BEFORE})",
            "ck_units_state": "state IN ('reserved', 'backorder', 'granted', 'sent', 'refunded', 'released')",
            "ck_units_settled": "state NOT IN ('sent', 'refunded', 'released') OR obligation IS NULL",
        },
        drop=["alarmed_at"],
    )
    change("orders", checks={"ck_orders_state": f"state IN ({ORDERS_BEFORE})"})
