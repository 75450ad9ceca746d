"""Pictures of products and of their guides"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("products", sa.Column("picture", sa.String(length=40), nullable=True))
    op.add_column("products", sa.Column("guide_picture", sa.String(length=40), nullable=True))


def downgrade() -> None:
    op.drop_column("products", "guide_picture")  # a plain ALTER: rebuilding the table on SQLite would lose its checks
    op.drop_column("products", "picture")
