"""Which process speaks for a bot, and which programs may work on this database"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.ground import columns

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("holder", sa.String(60), nullable=False),
        sa.Column("until", columns.UTC(), nullable=False),
        sa.Column("left", columns.Json(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    fits = op.create_table(
        "schema_fits",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("oldest", sa.String(32), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_schema_fits_only")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schema_fits")),
    )
    op.bulk_insert(fits, [{"id": 1, "oldest": revision}])


def downgrade() -> None:
    op.drop_table("schema_fits")
    op.drop_table("leases")
