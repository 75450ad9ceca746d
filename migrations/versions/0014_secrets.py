"""Codes that staff look at, and files that they take out"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.ground import columns

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

ASKED = sa.text("state = 'asked'")


def upgrade() -> None:
    op.create_table(
        "reveals",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("colleague_id", columns.BigId(), nullable=False),
        sa.Column("person_id", sa.String(length=160), nullable=False),
        sa.Column("order_id", columns.BigId(), nullable=True),
        sa.Column("units", columns.Json(), nullable=True),
        sa.Column("codes", columns.Json(), nullable=False),
        sa.Column("many", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("on_page", sa.Boolean(), nullable=False),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.Column("expires_at", columns.UTC(), nullable=False),
        sa.Column("looked_at", columns.UTC(), nullable=True),
        sa.CheckConstraint("many > 0", name=op.f("ck_reveals_many")),
        sa.ForeignKeyConstraint(["colleague_id"], ["colleagues.id"], name=op.f("fk_reveals_colleague_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_reveals_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reveals")),
        sa.UniqueConstraint("key", name=op.f("uq_reveals_key")),
    )
    op.create_index("ix_reveals_colleague_id", "reveals", ["colleague_id", "at"])
    op.create_table(
        "exports",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("format", sa.String(length=4), nullable=False),
        sa.Column("about", columns.Json(), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("colleague_id", columns.BigId(), nullable=False),
        sa.Column("person_id", sa.String(length=160), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("asked_at", columns.UTC(), nullable=False),
        sa.Column("due_at", columns.UTC(), nullable=True),
        sa.Column("agreed_by", columns.BigId(), nullable=True),
        sa.Column("expires_at", columns.UTC(), nullable=False),
        sa.Column("phrase_at", columns.UTC(), nullable=True),
        sa.Column("ended_at", columns.UTC(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=True),
        sa.CheckConstraint("state IN ('asked', 'ready', 'stopped', 'taken')", name=op.f("ck_exports_state")),
        sa.CheckConstraint("agreed_by <> colleague_id", name=op.f("ck_exports_two_people")),
        sa.CheckConstraint(
            "kind <> 'codes' OR state IN ('asked', 'stopped') OR agreed_by IS NOT NULL OR due_at IS NOT NULL",
            name=op.f("ck_exports_agreed"),
        ),
        sa.ForeignKeyConstraint(["agreed_by"], ["colleagues.id"], name=op.f("fk_exports_agreed_by")),
        sa.ForeignKeyConstraint(["colleague_id"], ["colleagues.id"], name=op.f("fk_exports_colleague_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
        sa.UniqueConstraint("key", name=op.f("uq_exports_key")),
    )
    op.create_index("ix_exports_colleague_id", "exports", ["colleague_id", "asked_at"])
    op.create_index("ix_exports_due_at", "exports", ["due_at"], sqlite_where=ASKED, postgresql_where=ASKED)


def downgrade() -> None:
    op.drop_table("exports")
    op.drop_table("reveals")
