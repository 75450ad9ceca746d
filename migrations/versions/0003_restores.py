"""A restored shop is checked before it sells"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.ground import columns

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "restores",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("backup", sa.String(length=64), nullable=False),
        sa.Column("backed_up_at", columns.UTC(), nullable=False),
        sa.Column("restored_at", columns.UTC(), nullable=False),
        sa.Column("checked_at", columns.UTC(), nullable=True),
        sa.Column("found", columns.Json(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restores")),
    )
    op.create_table(
        "handed_before",
        sa.Column("code_id", columns.BigId(), nullable=False),
        sa.Column("unit_id", columns.BigId(), nullable=False),
        sa.ForeignKeyConstraint(["code_id"], ["codes.id"], name=op.f("fk_handed_before_code_id_codes")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_handed_before_unit_id_units")),
        sa.PrimaryKeyConstraint("code_id", "unit_id", name=op.f("pk_handed_before")),
    )


def downgrade() -> None:
    on_grants = " ON grants" if op.get_bind().dialect.name == "postgresql" else ""
    op.execute(f"DROP TRIGGER IF EXISTS nothing_is_granted_in_unchecked_books{on_grants}")  # it reads the table
    op.drop_table("handed_before")
    op.drop_table("restores")
