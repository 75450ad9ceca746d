"""The desk: what staff look for, threads with buyers, reminders"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.ground import columns

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

LOOKED_FOR = (
    ("ix_people_handle", "people", "handle"),
    ("ix_orders_placed_at", "orders", "placed_at"),
    ("ix_payments_reference", "payments", "reference"),
    ("ix_receipts_transaction", "receipts", "transaction"),
    ("ix_refunds_reference", "refunds", "reference"),
)


def upgrade() -> None:
    op.add_column("people", sa.Column("handle", sa.String(length=64), nullable=True))
    for name, table, column in LOOKED_FOR:
        op.create_index(name, table, [column])
    op.create_table(
        "threads",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("buyer", sa.String(length=160), nullable=False),
        sa.Column("order_id", columns.BigId(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("first_note", columns.BigId(), nullable=False),
        sa.Column("last_note", columns.BigId(), nullable=False),
        sa.Column("taken_by", sa.String(length=160), nullable=True),
        sa.Column("taken_at", columns.UTC(), nullable=True),
        sa.Column("opened_at", columns.UTC(), nullable=False),
        sa.Column("changed_at", columns.UTC(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'answered', 'closed')", name=op.f("ck_threads_state")),
        sa.ForeignKeyConstraint(["buyer"], ["people.id"], name=op.f("fk_threads_buyer")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_threads_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_threads")),
    )
    op.create_index(
        "uq_threads_buyer_going_on",
        "threads",
        ["buyer"],
        unique=True,
        sqlite_where=sa.text("state != 'closed'"),
        postgresql_where=sa.text("state != 'closed'"),
    )
    op.create_table(
        "reminders",
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("due_at", columns.UTC(), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.PrimaryKeyConstraint("what", "due_at", "stage", name=op.f("pk_reminders")),
    )


def downgrade() -> None:
    op.drop_table("reminders")
    op.drop_table("threads")
    for name, table, _ in LOOKED_FOR:
        op.drop_index(name, table)
    op.drop_column("people", "handle")
