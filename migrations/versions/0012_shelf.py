"""The shelf: who edited a product last, what is said with its codes, planned price changes, catalogue files"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.ground import columns

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

NEW = ("delivery_text", "version", "edited_by", "edited_at", "made_with")


def upgrade() -> None:
    op.add_column("products", sa.Column("delivery_text", columns.Json(), server_default="{}", nullable=False))
    op.add_column("products", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.add_column("products", sa.Column("edited_by", sa.String(length=160), nullable=True))
    op.add_column("products", sa.Column("edited_at", columns.UTC(), nullable=True))
    op.add_column("products", sa.Column("made_with", sa.String(length=300), nullable=True))
    op.create_index("ix_products_made_with", "products", ["made_with"], unique=True)
    op.create_table(
        "price_changes",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("by_whom", sa.String(length=160), nullable=False),
        sa.Column("by_name", sa.String(length=60), nullable=False),
        sa.Column("made_at", columns.UTC(), nullable=False),
        sa.Column("due_at", columns.UTC(), nullable=False),
        sa.Column("scope", sa.String(length=80), nullable=False),
        sa.Column("change", columns.Json(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reached", columns.BigId(), nullable=False),
        sa.Column("ended_at", columns.UTC(), nullable=True),
        sa.Column("ended_by", sa.String(length=60), nullable=True),
        sa.CheckConstraint(
            "state IN ('planned', 'going', 'done', 'cancelled', 'undoing', 'undone')",
            name=op.f("ck_price_changes_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_changes")),
        sa.UniqueConstraint("key", name=op.f("uq_price_changes_key")),
    )
    op.create_index("ix_price_changes_state_due_at", "price_changes", ["state", "due_at"])
    op.create_table(
        "repriced",
        sa.Column("change_id", columns.BigId(), nullable=False),
        sa.Column("product_id", columns.BigId(), nullable=False),
        sa.Column("before", columns.Json(), nullable=False),
        sa.Column("after", columns.Json(), nullable=False),
        sa.Column("is_left", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["change_id"], ["price_changes.id"], name=op.f("fk_repriced_change_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_repriced_product_id")),
        sa.PrimaryKeyConstraint("change_id", "product_id", name=op.f("pk_repriced")),
    )
    op.create_table(
        "catalogue_drafts",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("by_whom", sa.String(length=160), nullable=False),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.Column("by_name", sa.String(length=160), nullable=True),
        sa.Column("heading", columns.Json(), nullable=False),
        sa.Column("made", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("left_alone", columns.Json(), nullable=False),
        sa.Column("begun_at", columns.UTC(), nullable=True),
        sa.Column("ended_at", columns.UTC(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_drafts")),
        sa.UniqueConstraint("key", name=op.f("uq_catalogue_drafts_key")),
    )
    op.create_table(
        "catalogue_pieces",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("draft_id", columns.BigId(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("rows", columns.Json(), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["catalogue_drafts.id"], name=op.f("fk_catalogue_pieces_draft_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_pieces")),
        sa.UniqueConstraint("draft_id", "place", name=op.f("uq_catalogue_pieces_draft_id_place")),
    )


def downgrade() -> None:
    op.drop_table("catalogue_pieces")
    op.drop_table("catalogue_drafts")
    op.drop_table("repriced")
    op.drop_index("ix_price_changes_state_due_at", "price_changes")
    op.drop_table("price_changes")
    op.drop_index("ix_products_made_with", "products")
    for column in reversed(NEW):
        op.drop_column("products", column)
