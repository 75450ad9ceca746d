"""Money that fits no order may be kept; which orders a restore has lost though their codes had left"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.ground import columns
from migrations.changing import change

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

BEFORE = "order_id IS NOT NULL OR obligation IS NOT NULL OR returned_at IS NOT NULL"


def upgrade() -> None:
    change(
        "receipts",
        checks={"ck_receipts_never_lost": f"{BEFORE} OR kept_at IS NOT NULL"},
        add=[sa.Column("kept_at", columns.UTC(), nullable=True), sa.Column("of_number", sa.String(20), nullable=True)],
        check={"ck_receipts_kept": "kept_at IS NULL OR (order_id IS NULL AND obligation IS NULL)"},
    )
    named = sa.text("of_number IS NOT NULL")
    op.create_index("ix_receipts_of_number", "receipts", ["of_number"], sqlite_where=named, postgresql_where=named)
    op.create_table(
        "lost_orders",
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("receipt_id", columns.BigId(), nullable=True),
        sa.ForeignKeyConstraint(["receipt_id"], ["receipts.id"], name=op.f("fk_lost_orders_receipt_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_lost_orders")),
    )


def downgrade() -> None:
    op.drop_table("lost_orders")
    op.drop_index("ix_receipts_of_number", "receipts")
    op.execute("UPDATE receipts SET returned_at = kept_at WHERE kept_at IS NOT NULL")  # it has no other end there
    change(
        "receipts",
        checks={"ck_receipts_never_lost": BEFORE},
        uncheck=["ck_receipts_kept"],
        drop=["kept_at", "of_number"],
    )
