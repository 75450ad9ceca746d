"""Backups by the clock, and drills"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.ground import columns

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "backups",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("day", sa.String(10), nullable=True),
        sa.Column("began_at", columns.UTC(), nullable=False),
        sa.Column("due_at", columns.UTC(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80), nullable=True),
        sa.Column("at", columns.UTC(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("took_ms", sa.BigInteger(), nullable=True),
        sa.Column("verified", sa.String(10), nullable=True),
        sa.Column("kept", sa.Integer(), nullable=True),
        sa.Column("trouble", sa.String(300), nullable=True),
        sa.Column("told_at", columns.UTC(), nullable=True),
        sa.CheckConstraint("verified IS NULL OR verified IN ('restored', 'listed')", name=op.f("ck_backups_verified")),
        sa.CheckConstraint("verified IS NULL OR name IS NOT NULL", name=op.f("ck_backups_named")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backups")),
        sa.UniqueConstraint("day", name=op.f("uq_backups_day")),
        sa.UniqueConstraint("name", name=op.f("uq_backups_name")),
    )
    op.create_table(
        "drills",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.Column("backup", sa.String(80), nullable=False),
        sa.Column("took_ms", sa.BigInteger(), nullable=False),
        sa.Column("sold_again", sa.Integer(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("trouble", sa.String(300), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drills")),
    )


def downgrade() -> None:
    op.drop_table("drills")
    op.drop_table("backups")
