"""Rooms for staff"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.ground import columns

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("presses", sa.Column("acts", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.create_table(
        "rooms",
        sa.Column("person_id", sa.String(length=160), nullable=False),
        sa.Column("chat", sa.String(length=40), nullable=False),
        sa.Column("since", columns.UTC(), nullable=False),
        sa.Column("moves_to", sa.String(length=160), nullable=True),
        sa.Column("revoked_at", columns.UTC(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_rooms_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_rooms")),
    )
    op.create_index(
        "uq_rooms_chat_open",
        "rooms",
        ["chat"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "room_codes",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("fingerprint", columns.Digest(), nullable=False),
        sa.Column("expires_at", columns.UTC(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("used_for", sa.String(length=160), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_codes")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_room_codes_fingerprint")),
    )


def downgrade() -> None:
    op.drop_table("room_codes")
    op.drop_table("rooms")
    op.drop_column("presses", "acts")
