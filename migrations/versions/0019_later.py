"""Later: what is owed when a delay ends, and the orders that lapsed by their buyer"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

from core.ground import columns
from migrations.changing import change

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

BEFORE = "'review', 'deliver', 'supplier', 'by_hand', 'choice', 'wait_stock', 'dispute', 'pickup', 'refund', 'admin'"
EXPIRED = sa.text("state = 'expired'")
WEIGH_WITHIN = timedelta(minutes=5)
UNITS = sa.table(
    "units", *(sa.column(name) for name in ("order_id", "obligation", "owner")), sa.column("due_at", columns.UTC())
)
OUTBOX = sa.table(
    "outbox",
    *(sa.column(name) for name in ("effect_key", "kind", "state", "tries")),
    sa.column("payload", columns.Json()),
    *(sa.column(name, columns.UTC()) for name in ("due_at", "made_at")),
)


def upgrade() -> None:
    change("units", checks={"ck_units_obligation": f"obligation IN ('risk', 'later', {BEFORE})"})
    op.create_index(
        "ix_orders_lapsed", "orders", ["customer_id", "expires_at"], sqlite_where=EXPIRED, postgresql_where=EXPIRED
    )


def downgrade() -> None:
    """What waits for its time is weighed again: that it may go out later is unknown to the program of before."""
    waits, now = UNITS.c.obligation == "later", datetime.now(UTC)
    found = op.get_bind().execute(sa.select(UNITS.c.order_id).where(waits).distinct()).scalars().all()
    about = {"kind": "weigh", "state": "new", "tries": 0, "due_at": now, "made_at": now}
    effects = [
        {**about, "effect_key": f"weigh {order} after {now.isoformat()}", "payload": {"order": order}}
        for order in found
    ]
    if effects:
        op.get_bind().execute(sa.insert(OUTBOX), effects)
    op.execute(sa.update(UNITS).where(waits).values(obligation="risk", owner="shop", due_at=now + WEIGH_WITHIN))
    op.drop_index("ix_orders_lapsed", "orders")
    change("units", checks={"ck_units_obligation": f"obligation IN ('risk', {BEFORE})"})
