"""Purchases from suppliers"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.ground import columns

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("products", sa.Column("supplier", sa.String(length=40), nullable=True))
    op.add_column("products", sa.Column("sku", sa.String(length=120), nullable=True))
    op.create_table(
        "purchases",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("unit_id", columns.BigId(), nullable=False),
        sa.Column("product_id", columns.BigId(), nullable=False),
        sa.Column("supplier", sa.String(length=40), nullable=False),
        sa.Column("sku", sa.String(length=120), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("not_found", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Boolean(), nullable=False),
        sa.Column("due_at", columns.UTC(), nullable=False),
        sa.Column("made_at", columns.UTC(), nullable=False),
        sa.Column("called_at", columns.UTC(), nullable=True),
        sa.Column("ended_at", columns.UTC(), nullable=True),
        sa.Column("cost", columns.BigId(), nullable=True),
        sa.Column("currency", sa.String(length=10), nullable=True),
        sa.Column("trouble", sa.String(length=200), nullable=True),
        sa.CheckConstraint(
            "state IN ('intent', 'called', 'unknown', 'confirmed', 'failed')", name=op.f("ck_purchases_state")
        ),
        sa.CheckConstraint(
            "(state IN ('confirmed', 'failed')) = (ended_at IS NOT NULL)", name=op.f("ck_purchases_ended")
        ),
        sa.CheckConstraint("state IN ('intent', 'failed') OR called_at IS NOT NULL", name=op.f("ck_purchases_called")),
        sa.CheckConstraint("(cost IS NULL) = (currency IS NULL)", name=op.f("ck_purchases_cost")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_purchases_product_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_purchases_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchases")),
        sa.UniqueConstraint("reference", name=op.f("uq_purchases_reference")),
        sa.UniqueConstraint("unit_id", "attempt", name=op.f("uq_purchases_unit_id_attempt")),
    )
    op.create_index(
        "uq_purchases_unit_id_not_failed",
        "purchases",
        ["unit_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'failed'"),
        postgresql_where=sa.text("state <> 'failed'"),
    )


def downgrade() -> None:
    op.drop_table("purchases")
    op.drop_column("products", "sku")  # a plain ALTER: rebuilding the table on SQLite would lose its checks
    op.drop_column("products", "supplier")
