"""Chats that edit what they show, and messages in order"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.ground import columns

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shown",
        sa.Column("person", sa.String(length=160), nullable=False),
        sa.Column("card", sa.String(length=120), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.PrimaryKeyConstraint("person", "card", name=op.f("pk_shown")),
    )
    op.create_index("ix_shown_at", "shown", ["at"])
    op.create_table(
        "bots",
        sa.Column("chat", sa.String(length=40), nullable=False),
        sa.Column("bot", columns.BigId(), autoincrement=False, nullable=False),
        sa.Column("since", columns.UTC(), nullable=False),
        sa.PrimaryKeyConstraint("chat", name=op.f("pk_bots")),
    )
    op.add_column("outbox", sa.Column("recipient", sa.String(length=160), nullable=True))
    op.create_index(
        "ix_outbox_recipient_new",
        "outbox",
        ["recipient", "id"],
        sqlite_where=sa.text("state = 'new'"),
        postgresql_where=sa.text("state = 'new'"),
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_recipient_new", "outbox")
    op.drop_column("outbox", "recipient")  # a plain ALTER: rebuilding the table on SQLite would lose its checks
    op.drop_table("bots")
    op.drop_table("shown")
