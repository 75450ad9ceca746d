"""Risk: the versions of its rules, and what was found each time an order was weighed"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.ground import columns

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "risk_versions",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.Column("by_whom", sa.String(length=160), nullable=False),
        sa.Column("preset", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_versions")),
    )
    op.create_table(
        "risk_verdicts",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("order_id", columns.BigId(), nullable=False),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.Column("version", columns.BigId(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("findings", columns.Json(), nullable=False),
        sa.Column("delay", sa.Integer(), nullable=True),
        sa.CheckConstraint("outcome IN ('pass', 'delay', 'review', 'refuse')", name=op.f("ck_risk_verdicts_outcome")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_risk_verdicts_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_verdicts")),
    )
    op.create_index("ix_risk_verdicts_order_id", "risk_verdicts", ["order_id", "id"])


def downgrade() -> None:
    op.drop_table("risk_verdicts")
    op.drop_table("risk_versions")
