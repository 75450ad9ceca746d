"""The right to speak in chats that lend it, and what was answered within a call"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.ground import columns

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "speaking",
        sa.Column("person", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("left", sa.Integer(), nullable=False),
        sa.Column("until", columns.UTC(), nullable=False),
        sa.CheckConstraint('"left" >= 0', name=op.f("ck_speaking_left")),
        sa.PrimaryKeyConstraint("person", "kind", name=op.f("pk_speaking")),
    )
    op.create_table(
        "replies",
        sa.Column("event", sa.String(length=200), nullable=False),
        sa.Column("person", sa.String(length=160), nullable=False),
        sa.Column("messages", columns.Json(), nullable=False),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.PrimaryKeyConstraint("event", name=op.f("pk_replies")),
    )
    op.create_index("ix_replies_at", "replies", ["at"])


def downgrade() -> None:
    op.drop_table("replies")
    op.drop_table("speaking")
