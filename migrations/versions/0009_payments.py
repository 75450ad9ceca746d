"""What seven ways to pay need: kinds of goods, permits, rails that are away, exact amounts, payers, notices by payment"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.ground import columns

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("products", sa.Column("goods", sa.String(length=10), nullable=False, server_default="digital"))
    op.add_column("payments", sa.Column("exact_amount", columns.BigId(), nullable=True))
    op.add_column("payments", sa.Column("exact_currency", sa.String(length=10), nullable=True))
    with op.batch_alter_table("payments", table_args=_checks()) as payments:
        payments.alter_column("link", existing_type=sa.String(length=500), type_=sa.String(length=2000))
    op.add_column("receipts", sa.Column("payer", sa.String(length=200), nullable=True))
    op.add_column("inbox", sa.Column("about", sa.String(length=120), nullable=True))
    op.create_index("ix_inbox_about", "inbox", ["about"], sqlite_where=ABOUT, postgresql_where=ABOUT)
    op.create_table(
        "permits",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("rail", sa.String(length=40), nullable=False),
        sa.Column("chat", sa.String(length=40), nullable=False),
        sa.Column("goods", sa.String(length=10), nullable=False),
        sa.Column("by_whom", sa.String(length=160), nullable=False),
        sa.Column("warning", sa.String(length=2000), nullable=False),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_permits")),
        sa.UniqueConstraint("rail", "chat", "goods", name=op.f("uq_permits_rail_chat_goods")),
    )
    op.create_table(
        "rails_away",
        sa.Column("rail", sa.String(length=40), nullable=False),
        sa.Column("since", columns.UTC(), nullable=False),
        sa.Column("why", sa.String(length=300), nullable=False),
        sa.Column("told_at", columns.UTC(), nullable=True),
        sa.PrimaryKeyConstraint("rail", name=op.f("pk_rails_away")),
    )
    op.create_table(
        "refused_notices",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("rail", sa.String(length=40), nullable=False),
        sa.Column("why", sa.String(length=300), nullable=False),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refused_notices")),
    )


ABOUT = sa.text("about IS NOT NULL")


def downgrade() -> None:
    op.drop_table("refused_notices")
    op.drop_table("rails_away")
    op.drop_table("permits")
    op.drop_index("ix_inbox_about", "inbox")
    op.drop_column("inbox", "about")
    op.drop_column("receipts", "payer")
    with op.batch_alter_table("payments", table_args=_checks()) as payments:
        payments.alter_column("link", existing_type=sa.String(length=2000), type_=sa.String(length=500))
    op.drop_column("payments", "exact_currency")
    op.drop_column("payments", "exact_amount")
    op.drop_column("products", "goods")


def _checks() -> tuple[sa.CheckConstraint, ...]:
    """Of the table "payments": rebuilding it on SQLite would lose them."""
    return (
        sa.CheckConstraint("state IN ('asked', 'open', 'closed')", name=op.f("ck_payments_state")),
        sa.CheckConstraint("mode IN ('live', 'test')", name=op.f("ck_payments_mode")),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_payments_amount")),
    )
