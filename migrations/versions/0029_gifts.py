"""Codes that are given away by a link that opens once"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.ground import columns

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

LIVE = sa.text("state IN ('waits', 'opened')")


def upgrade() -> None:
    op.create_table(
        "gifts",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("order_id", columns.BigId(), nullable=False),
        sa.Column("unit_id", columns.BigId(), nullable=False),
        sa.Column("giver", sa.String(length=160), nullable=False),
        sa.Column("fingerprint", columns.Digest(), nullable=False),
        sa.Column("made_at", columns.UTC(), nullable=False),
        sa.Column("expires_at", columns.UTC(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("opened_by", sa.String(length=160)),
        sa.Column("ended_at", columns.UTC()),
        sa.CheckConstraint("state IN ('waits', 'opened', 'back', 'lapsed')", name=op.f("ck_gifts_state")),
        sa.CheckConstraint("(state = 'opened') = (opened_by IS NOT NULL)", name=op.f("ck_gifts_opened")),
        sa.CheckConstraint("(state = 'waits') = (ended_at IS NULL)", name=op.f("ck_gifts_ended")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_gifts_order_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_gifts_unit_id")),
        sa.ForeignKeyConstraint(["giver"], ["people.id"], name=op.f("fk_gifts_giver")),
        sa.ForeignKeyConstraint(["opened_by"], ["people.id"], name=op.f("fk_gifts_opened_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gifts")),
        sa.UniqueConstraint("key", name=op.f("uq_gifts_key")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_gifts_fingerprint")),
    )
    op.create_index("ix_gifts_order_id", "gifts", ["order_id"])
    op.create_index("ix_gifts_opened_by", "gifts", ["opened_by"])
    op.create_index(
        "uq_gifts_unit_id_live", "gifts", ["unit_id"], unique=True, sqlite_where=LIVE, postgresql_where=LIVE
    )
    op.create_table(
        "gift_guests",
        sa.Column("gift_id", columns.BigId(), nullable=False),
        sa.Column("person_id", sa.String(length=160), nullable=False),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.ForeignKeyConstraint(["gift_id"], ["gifts.id"], name=op.f("fk_gift_guests_gift_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_gift_guests_person_id")),
        sa.PrimaryKeyConstraint("gift_id", "person_id", name=op.f("pk_gift_guests")),
    )


def downgrade() -> None:
    op.drop_table("gift_guests")
    op.drop_table("gifts")
