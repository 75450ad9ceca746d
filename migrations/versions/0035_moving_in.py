"""What came over from another shop: which row became which, finished orders, balances"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.ground import columns

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "moved",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("shop", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("old_id", sa.String(length=300), nullable=False),
        sa.Column("parent", sa.String(length=300), nullable=False),
        sa.Column("our_id", columns.BigId(), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.Column("opened_at", columns.UTC()),
        sa.CheckConstraint("kind IN ('shelf', 'category', 'product', 'code')", name=op.f("ck_moved_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moved")),
        sa.UniqueConstraint("shop", "source", "kind", "old_id", name=op.f("uq_moved_shop_source_kind_old_id")),
    )
    op.create_index("ix_moved_parent", "moved", ["shop", "source", "kind", "parent", "id"])
    op.create_index("ix_moved_our_id", "moved", ["kind", "our_id"])
    _orders()
    _credits()


def _orders() -> None:
    op.create_table(
        "old_orders",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("shop", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("looked_up", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("total", columns.BigId(), nullable=False),
        sa.Column("currency", sa.String(length=10), nullable=False),
        sa.Column("placed_at", columns.UTC(), nullable=False),
        sa.Column("paid_at", columns.UTC()),
        sa.Column("rail", sa.String(length=80), nullable=False),
        sa.Column("sealed", columns.Sealed(), nullable=False),
        sa.Column("password", columns.Digest()),
        sa.Column("contact", columns.Digest()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_old_orders")),
        sa.UniqueConstraint("shop", "source", "number", name=op.f("uq_old_orders_shop_source_number")),
    )
    op.create_index("ix_old_orders_looked_up", "old_orders", ["looked_up"])
    op.create_index("ix_old_orders_contact", "old_orders", ["contact"])
    op.create_table(
        "old_order_tries",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("person_id", sa.String(length=160), nullable=False),
        sa.Column("number", columns.Digest(), nullable=False),
        sa.Column("right", sa.Boolean(), nullable=False),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_old_order_tries_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_old_order_tries")),
        sa.UniqueConstraint("key", name=op.f("uq_old_order_tries_key")),
    )
    op.create_index("ix_old_order_tries_person_id", "old_order_tries", ["person_id", "at"])
    op.create_index("ix_old_order_tries_number", "old_order_tries", ["number", "at"])
    op.create_index("ix_old_order_tries_at", "old_order_tries", ["at"])
    op.create_table(
        "old_order_readers",
        sa.Column("old_order_id", columns.BigId(), nullable=False),
        sa.Column("person_id", sa.String(length=160), nullable=False),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.ForeignKeyConstraint(["old_order_id"], ["old_orders.id"], name=op.f("fk_old_order_readers_old_order_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_old_order_readers_person_id")),
        sa.PrimaryKeyConstraint("old_order_id", "person_id", name=op.f("pk_old_order_readers")),
    )


def _credits() -> None:
    op.create_table(
        "old_credits",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("shop", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("member", sa.String(length=120), nullable=False),
        sa.Column("sealed", columns.Sealed(), nullable=False),
        sa.Column("mailbox", columns.Digest()),
        sa.Column("fingerprint", columns.Digest(), nullable=False),
        sa.Column("amount", columns.BigId(), nullable=False),
        sa.Column("currency", sa.String(length=10), nullable=False),
        sa.Column("posted", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("claimed_by", sa.String(length=160)),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.Column("claimed_at", columns.UTC()),
        sa.Column("opened_at", columns.UTC()),
        sa.CheckConstraint("state IN ('waits', 'claimed')", name=op.f("ck_old_credits_state")),
        sa.CheckConstraint("(state = 'claimed') = (claimed_by IS NOT NULL)", name=op.f("ck_old_credits_claimed")),
        sa.CheckConstraint("(state = 'claimed') = (claimed_at IS NOT NULL)", name=op.f("ck_old_credits_claimed_at")),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_old_credits_amount")),
        sa.ForeignKeyConstraint(["claimed_by"], ["people.id"], name=op.f("fk_old_credits_claimed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_old_credits")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_old_credits_fingerprint")),
        sa.UniqueConstraint("shop", "source", "member", name=op.f("uq_old_credits_shop_source_member")),
    )
    op.create_index("ix_old_credits_mailbox", "old_credits", ["mailbox"])
    op.create_table(
        "old_credit_guests",
        sa.Column("old_credit_id", columns.BigId(), nullable=False),
        sa.Column("person_id", sa.String(length=160), nullable=False),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.ForeignKeyConstraint(["old_credit_id"], ["old_credits.id"], name=op.f("fk_old_credit_guests_old_credit_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_old_credit_guests_person_id")),
        sa.PrimaryKeyConstraint("old_credit_id", "person_id", name=op.f("pk_old_credit_guests")),
    )


def downgrade() -> None:
    for table in ("old_credit_guests", "old_credits", "old_order_readers", "old_order_tries", "old_orders", "moved"):
        op.drop_table(table)
