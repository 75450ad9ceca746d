"""Later: what is owed when a delay ends, and the orders that lapsed by their buyer"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.changing import change

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

BEFORE = "'review', 'deliver', 'supplier', 'by_hand', 'choice', 'wait_stock', 'dispute', 'pickup', 'refund', 'admin'"
EXPIRED = sa.text("state = 'expired'")


def upgrade() -> None:
    change("units", checks={"ck_units_obligation": f"obligation IN ('risk', 'later', {BEFORE})"})
    op.create_index(
        "ix_orders_lapsed", "orders", ["customer_id", "expires_at"], sqlite_where=EXPIRED, postgresql_where=EXPIRED
    )


def downgrade() -> None:
    op.execute("UPDATE units SET obligation = 'risk', owner = 'shop' WHERE obligation = 'later'")
    op.drop_index("ix_orders_lapsed", "orders")
    change("units", checks={"ck_units_obligation": f"obligation IN ('risk', {BEFORE})"})
