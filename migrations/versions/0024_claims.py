"""Claims: what is wrong with a code, what was written about it, what is claimed of its supplier"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.ground import columns

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

GOES_ON = sa.text("state IN ('open', 'in_review')")
REPLACED = sa.text("state = 'replaced'")
STATES = "'open', 'in_review', 'replaced', 'refunded', 'refused', 'resent', 'withdrawn'"
WHYS = "'window', 'region', 'redeemed', 'evidence', 'limit', 'undecided', 'disputed', 'silent'"


def upgrade() -> None:
    op.create_table(
        "claims",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("request_key", sa.String(length=300), nullable=False),
        sa.Column("order_id", columns.BigId(), nullable=False),
        sa.Column("unit_id", columns.BigId(), nullable=False),
        sa.Column("grant_id", columns.BigId(), nullable=False),
        sa.Column("customer_id", columns.BigId(), nullable=False),
        sa.Column("buyer", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.Integer(), nullable=False),
        sa.Column("appealed", sa.Boolean(), nullable=False),
        sa.Column("opened_at", columns.UTC(), nullable=False),
        sa.Column("due_at", columns.UTC(), nullable=True),
        sa.Column("ended_at", columns.UTC(), nullable=True),
        sa.Column("decided_by", sa.String(length=160), nullable=True),
        sa.Column("reason", sa.String(length=20), nullable=True),
        sa.CheckConstraint("kind IN ('invalid', 'used', 'region', 'missing')", name=op.f("ck_claims_kind")),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_claims_state")),
        sa.CheckConstraint(f"reason IN ({WHYS})", name=op.f("ck_claims_reason")),
        sa.CheckConstraint("(state IN ('open', 'in_review')) = (due_at IS NOT NULL)", name=op.f("ck_claims_due")),
        sa.CheckConstraint("(due_at IS NULL) = (ended_at IS NOT NULL)", name=op.f("ck_claims_ended")),
        sa.CheckConstraint("(ended_at IS NULL) = (decided_by IS NULL)", name=op.f("ck_claims_decided")),
        sa.CheckConstraint("state != 'refused' OR reason IS NOT NULL", name=op.f("ck_claims_refused")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_claims_order_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_claims_unit_id")),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name=op.f("fk_claims_grant_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_claims_customer_id")),
        sa.ForeignKeyConstraint(["buyer"], ["people.id"], name=op.f("fk_claims_buyer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
        sa.UniqueConstraint("number", name=op.f("uq_claims_number")),
        sa.UniqueConstraint("request_key", name=op.f("uq_claims_request_key")),
    )
    unique_where("uq_claims_unit_id_going_on", "unit_id", GOES_ON)
    unique_where("uq_claims_grant_id_replaced", "grant_id", REPLACED)
    op.create_index("ix_claims_due_at", "claims", ["due_at"], sqlite_where=GOES_ON, postgresql_where=GOES_ON)
    op.create_index("ix_claims_customer_id", "claims", ["customer_id", "opened_at"])
    op.create_index("ix_claims_order_id", "claims", ["order_id"])
    op.create_index("ix_claims_unit_id", "claims", ["unit_id"])
    op.create_table(
        "claim_notes",
        sa.Column("note_id", columns.BigId(), nullable=False),
        sa.Column("claim_id", columns.BigId(), nullable=False),
        sa.ForeignKeyConstraint(["note_id"], ["notes.id"], name=op.f("fk_claim_notes_note_id")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_claim_notes_claim_id")),
        sa.PrimaryKeyConstraint("note_id", name=op.f("pk_claim_notes")),
    )
    op.create_index("ix_claim_notes_claim_id", "claim_notes", ["claim_id", "note_id"])
    op.create_table(
        "supplier_claims",
        sa.Column("claim_id", columns.BigId(), nullable=False),
        sa.Column("purchase_id", columns.BigId(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("opened_at", columns.UTC(), nullable=False),
        sa.Column("decided_at", columns.UTC(), nullable=True),
        sa.Column("decided_by", sa.String(length=160), nullable=True),
        sa.CheckConstraint("state IN ('open', 'accepted', 'refused')", name=op.f("ck_supplier_claims_state")),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f("ck_supplier_claims_decided")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_supplier_claims_claim_id")),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchases.id"], name=op.f("fk_supplier_claims_purchase_id")),
        sa.PrimaryKeyConstraint("claim_id", name=op.f("pk_supplier_claims")),
    )
    op.create_index("ix_supplier_claims_purchase_id", "supplier_claims", ["purchase_id"])


def unique_where(name: str, column: str, where: sa.TextClause) -> None:
    op.create_index(name, "claims", [column], unique=True, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_table("supplier_claims")
    op.drop_table("claim_notes")
    op.drop_table("claims")
