"""Pasts: what an order is to those after it, on the order itself; told of the orders that are there"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.ground import columns

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

MOMENTS = (
    "called_off_at",
    "delivered_at",
    "refunded_at",
    "asked_back_at",
    "rejected_at",
    "disputed_at",
    "won_at",
    "suspected_at",
    "replaced_at",
)
ASIDE = ("surplus", "difference", "late", "unused", "underpaid", "same", "goodwill")
OURS = ("sold-out", "overdue", "undecided", "unserved", "waited", "cancelled", "buyer", "staff", "refused")
NAMED = ("order_id", "at", "made_at", "opened_at", "what", "actor", "why", "kind", "value")
OF_EVERY_ORDER = (
    "UPDATE orders SET product_id = (SELECT l.product_id FROM lines l WHERE l.order_id = orders.id ORDER BY l.id LIMIT 1), "
    "units = (SELECT COUNT(*) FROM units u WHERE u.order_id = orders.id), "
    "delivered_at = (SELECT MIN(e.at) FROM order_events e WHERE e.order_id = orders.id AND e.what = 'sent')"
)
WON = (  # where the order had gone on before, nothing in its story says when
    "UPDATE orders SET won_at = (SELECT COALESCE((SELECT MAX(e.at) FROM order_events e WHERE e.order_id = orders.id AND e.what = 'dispute_won'), "
    "MAX(f.opened_at)) FROM disputes f WHERE f.order_id = orders.id HAVING SUM(CASE f.state WHEN 'won' THEN 0 ELSE 1 "
    "END) = 0) WHERE disputed_at IS NOT NULL"
)


orders = sa.table("orders", sa.column("id"), sa.column("decided_by"), *(sa.column(name) for name in MOMENTS))


def upgrade() -> None:
    op.add_column("orders", sa.Column("product_id", columns.BigId(), nullable=True))
    op.add_column("orders", sa.Column("units", sa.Integer(), server_default="0", nullable=False))
    for name in MOMENTS:
        op.add_column("orders", sa.Column(name, columns.UTC(), nullable=True))
    op.execute(OF_EVERY_ORDER)
    story, back, contested, marked = (
        sa.table(name, *map(sa.column, NAMED)) for name in ("order_events", "refunds", "disputes", "marks")
    )
    own, ours = back.c.why.not_in(ASIDE), back.c.why.in_(OURS)
    _first("called_off_at", story, "at", story.c.what.in_(("cancelled", "called_off")))
    _first("replaced_at", story, "at", story.c.what == "replaced")
    _first("refunded_at", back, "made_at", own)
    _first("asked_back_at", back, "made_at", own & ~ours)
    by_others = sa.select(orders.c.id).where(orders.c.decided_by == "buyer")
    by_a_person = (story.c.actor != "clock") & story.c.order_id.not_in(by_others)
    _first("rejected_at", story, "at", (story.c.what == "rejected") & by_a_person)
    _first("disputed_at", contested, "opened_at", contested.c.order_id.is_not(None))
    op.execute(WON)
    warned = sa.literal(b"fraud_warning", columns.Digest())
    _first("suspected_at", marked, "at", (marked.c.kind == "rail_says") & (marked.c.value == warned))


def _first(name: str, of: sa.TableClause, at: str, so: sa.ColumnElement[bool]) -> None:
    """When it first came about, of those orders it came about of."""
    first = sa.select(sa.func.min(of.c[at])).where(of.c.order_id == orders.c.id, so).correlate(orders)
    there = orders.c.id.in_(sa.select(of.c.order_id).where(so))
    op.execute(sa.update(orders).where(there).values({name: first.scalar_subquery()}))


def downgrade() -> None:
    for name in (*reversed(MOMENTS), "units", "product_id"):
        op.drop_column("orders", name)
