"""What was delivered in the old shop may be looked at by staff, as codes are"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.ground import columns

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reveals", sa.Column("old_order_id", columns.BigId(), nullable=True))


def downgrade() -> None:
    op.drop_column("reveals", "old_order_id")
