"""What is known of redemptions, and who can tell of them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.ground import columns

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "issuers",
        sa.Column("product_id", columns.BigId(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_issuers_product_id")),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_issuers")),
    )
    op.create_table(
        "redemptions",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("unit_id", columns.BigId(), nullable=False),
        sa.Column("code_id", columns.BigId(), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("told_by", sa.String(length=160), nullable=False),
        sa.Column("told_at", columns.UTC(), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("used_at", columns.UTC()),
        sa.Column("place", columns.Sealed()),
        sa.Column("consent_at", columns.UTC()),
        sa.CheckConstraint("source IN ('seller', 'issuer', 'buyer')", name=op.f("ck_redemptions_source")),
        sa.CheckConstraint(
            "source = 'buyer' OR (place IS NULL AND consent_at IS NULL)", name=op.f("ck_redemptions_asked")
        ),
        sa.CheckConstraint(
            "source <> 'buyer' OR consent_at IS NOT NULL OR (place IS NULL AND used_at IS NULL)",
            name=op.f("ck_redemptions_let"),
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_redemptions_unit_id")),
        sa.ForeignKeyConstraint(["code_id"], ["codes.id"], name=op.f("fk_redemptions_code_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemptions")),
        sa.UniqueConstraint("unit_id", "code_id", "source", name=op.f("uq_redemptions_unit_id_code_id_source")),
    )
    op.create_index("ix_redemptions_code_id", "redemptions", ["code_id"])


def downgrade() -> None:
    op.drop_table("redemptions")
    op.drop_table("issuers")
