"""Quiet: switches and what they keep back, what staff are told and when, news for buyers who agreed"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.ground import columns

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

WAITS = sa.text("told_at IS NULL")
KEPT = sa.text("released_at IS NULL")


def upgrade() -> None:
    op.add_column("rooms", sa.Column("topics", columns.Json(), nullable=True))
    op.create_table(
        "switches",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("by_whom", sa.String(length=160), nullable=False),
        sa.Column("since", columns.UTC(), nullable=False),
        sa.Column("until", columns.UTC(), nullable=True),
        sa.Column("says", columns.Json(), nullable=True),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_switches")),
    )
    op.create_table(
        "kept_back",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("order_id", columns.BigId(), nullable=False),
        sa.Column("units", columns.Json(), nullable=True),
        sa.Column("since", columns.UTC(), nullable=False),
        sa.Column("released_at", columns.UTC(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_kept_back_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_back")),
    )
    op.create_index("ix_kept_back_waiting", "kept_back", ["id"], sqlite_where=KEPT, postgresql_where=KEPT)
    op.create_index("ix_kept_back_order_id", "kept_back", ["order_id"])
    op.create_table(
        "boards",
        sa.Column("person_id", sa.String(length=160), nullable=False),
        sa.Column("modes", columns.Json(), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=True),
        sa.Column("quiet_until", sa.Integer(), nullable=True),
        sa.Column("paid_until", columns.UTC(), nullable=True),
        sa.CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name=op.f("ck_boards_hours")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_boards_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_boards")),
    )
    op.create_table(
        "staff_notices",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("board", sa.String(length=160), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("message", columns.Json(), nullable=False),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.Column("due_at", columns.UTC(), nullable=False),
        sa.Column("told_at", columns.UTC(), nullable=True),
        sa.Column("alone", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_notices")),
        sa.UniqueConstraint("board", "subject", name=op.f("uq_staff_notices_board_subject")),
    )
    op.create_index("ix_staff_notices_waiting", "staff_notices", ["due_at"], sqlite_where=WAITS, postgresql_where=WAITS)
    op.create_index("ix_staff_notices_board_told_at", "staff_notices", ["board", "told_at"])
    op.create_table(
        "reported",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_reported")),
    )
    op.create_index("ix_orders_paid_at", "orders", ["paid_at"])
    _news()


def _news() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("person_id", sa.String(length=160), nullable=False),
        sa.Column("agreed_at", columns.UTC(), nullable=False),
        sa.Column("left_at", columns.UTC(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_subscriptions_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_subscriptions")),
    )
    op.create_table(
        "broadcasts",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("by_whom", sa.String(length=160), nullable=False),
        sa.Column("told", sa.String(length=160), nullable=False),
        sa.Column("texts", columns.Json(), nullable=False),
        sa.Column("locales", columns.Json(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("made_at", columns.UTC(), nullable=False),
        sa.Column("told_at", columns.UTC(), nullable=True),
        sa.Column("ended_at", columns.UTC(), nullable=True),
        sa.CheckConstraint("state IN ('going', 'stopped', 'done')", name=op.f("ck_broadcasts_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcasts")),
        sa.UniqueConstraint("key", name=op.f("uq_broadcasts_key")),
    )
    op.create_table(
        "recipients",
        sa.Column("broadcast_id", columns.BigId(), nullable=False),
        sa.Column("customer_id", columns.BigId(), nullable=False),
        sa.Column("person_id", sa.String(length=160), nullable=False),
        sa.Column("chat", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due_at", columns.UTC(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'sent', 'skipped', 'unknown')", name=op.f("ck_recipients_state")
        ),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcasts.id"], name=op.f("fk_recipients_broadcast_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_recipients_customer_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_recipients_person_id")),
        sa.PrimaryKeyConstraint("broadcast_id", "customer_id", name=op.f("pk_recipients")),
    )
    op.create_index("ix_recipients_state", "recipients", ["broadcast_id", "state", "due_at"])
    op.create_index("ix_recipients_person", "recipients", ["broadcast_id", "chat", "person_id"])


def downgrade() -> None:
    for table in ("recipients", "broadcasts", "subscriptions"):
        op.drop_table(table)
    op.drop_index("ix_orders_paid_at", "orders")
    for table in ("reported", "staff_notices", "boards", "kept_back", "switches"):
        op.drop_table(table)
    op.drop_column("rooms", "topics")
