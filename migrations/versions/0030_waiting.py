"""The line of those who wait for what is sold out"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.ground import columns

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

LIVE = sa.text("state IN ('waits', 'told')")
WAITS = sa.text("state = 'waits'")
TOLD = sa.text("state = 'told'")


def upgrade() -> None:
    op.create_table(
        "waiting",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("product_id", columns.BigId(), nullable=False),
        sa.Column("person_id", sa.String(length=160), nullable=False),
        sa.Column("since", columns.UTC(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("code_id", columns.BigId()),
        sa.Column("until", columns.UTC()),
        sa.Column("ended_at", columns.UTC()),
        sa.CheckConstraint("state IN ('waits', 'told', 'bought', 'left', 'lapsed')", name=op.f("ck_waiting_state")),
        sa.CheckConstraint(
            "(state = 'told') = (code_id IS NOT NULL AND until IS NOT NULL)", name=op.f("ck_waiting_told")
        ),
        sa.CheckConstraint("(state IN ('waits', 'told')) = (ended_at IS NULL)", name=op.f("ck_waiting_ended")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_waiting_product_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_waiting_person_id")),
        sa.ForeignKeyConstraint(["code_id"], ["codes.id"], name=op.f("fk_waiting_code_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting")),
    )
    op.create_index(
        "uq_waiting_person_id_product_id_live",
        "waiting",
        ["person_id", "product_id"],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_index("ix_waiting_line", "waiting", ["product_id", "id"], sqlite_where=WAITS, postgresql_where=WAITS)
    op.create_index("ix_waiting_told", "waiting", ["until"], sqlite_where=TOLD, postgresql_where=TOLD)
    op.create_index("ix_waiting_code_id", "waiting", ["code_id"])


def downgrade() -> None:
    op.drop_table("waiting")
