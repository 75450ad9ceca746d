"""What the doctor found, and who looks"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.ground import columns

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

OPEN = sa.text("gone_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "findings",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("subject", sa.String(length=160), nullable=False),
        sa.Column("facts", columns.Json(), nullable=False),
        sa.Column("since", columns.UTC(), nullable=False),
        sa.Column("seen_at", columns.UTC(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("told_at", columns.UTC()),
        sa.Column("gone_at", columns.UTC()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
    )
    op.create_index(
        "uq_findings_code_subject_open",
        "findings",
        ["code", "subject"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_table(
        "watches",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("by_whom", sa.String(length=40), nullable=False),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.Column("until", columns.UTC(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_watches")),
    )


def downgrade() -> None:
    op.drop_table("watches")
    op.drop_table("findings")
