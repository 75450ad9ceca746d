"""Reminders said with a product's codes, and brands' logos"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.ground import columns

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("products", sa.Column("reminders", columns.Json(), server_default="[]", nullable=False))
    op.add_column("brands", sa.Column("picture", sa.String(length=40), nullable=True))


def downgrade() -> None:
    op.drop_column("brands", "picture")
    op.drop_column("products", "reminders")
