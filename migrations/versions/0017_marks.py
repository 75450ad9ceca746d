"""Marks of orders, what an order was worth in the shop's own currency, how easily a product is turned into money"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.ground import columns

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "marks",
        sa.Column("order_id", columns.BigId(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("value", columns.Digest(), nullable=False),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_marks_order_id")),
        sa.PrimaryKeyConstraint("order_id", "kind", "value", name=op.f("pk_marks")),
    )
    op.create_index("ix_marks_trail", "marks", ["kind", "value", "at", "order_id"])
    op.add_column("orders", sa.Column("worth", columns.BigId(), nullable=True))
    op.add_column("products", sa.Column("resale", sa.String(length=10), server_default="normal", nullable=False))


def downgrade() -> None:
    op.drop_column("products", "resale")
    op.drop_column("orders", "worth")
    op.drop_table("marks")
