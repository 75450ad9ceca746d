"""Which codes issuers are asked about, and when next"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.ground import columns

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "redemption_asks",
        sa.Column("unit_id", columns.BigId(), nullable=False),
        sa.Column("code_id", columns.BigId(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", columns.UTC(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_redemption_asks_unit_id")),
        sa.ForeignKeyConstraint(["code_id"], ["codes.id"], name=op.f("fk_redemption_asks_code_id")),
        sa.PrimaryKeyConstraint("unit_id", "code_id", name=op.f("pk_redemption_asks")),
    )


def downgrade() -> None:
    op.drop_table("redemption_asks")
