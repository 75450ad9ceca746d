"""Accounts that are linked to one customer, and whom the shop sells nothing to or lets pass"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.ground import columns

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

CUSTOMERS = sa.text("ended_at IS NULL")
VALUES = sa.text("ended_at IS NULL AND value IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "linked",
        sa.Column("person_id", sa.String(length=160), nullable=False),
        sa.Column("began_as", columns.BigId(), nullable=False),
        sa.Column("since", columns.UTC(), nullable=False),
        sa.Column("credit", columns.Json(), nullable=False),
        sa.Column("mark", columns.BigId(), nullable=False),
        sa.ForeignKeyConstraint(["began_as"], ["customers.id"], name=op.f("fk_linked_began_as")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_linked_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_linked")),
        sa.UniqueConstraint("began_as", name=op.f("uq_linked_began_as")),
    )
    op.create_table(
        "link_codes",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("person_id", sa.String(length=160), nullable=False),
        sa.Column("fingerprint", columns.Digest(), nullable=False),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.Column("expires_at", columns.UTC(), nullable=False),
        sa.Column("said_by", sa.String(length=160), nullable=True),
        sa.Column("used_at", columns.UTC(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_link_codes_person_id")),
        sa.ForeignKeyConstraint(["said_by"], ["people.id"], name=op.f("fk_link_codes_said_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_codes")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_link_codes_fingerprint")),
        sa.UniqueConstraint("key", name=op.f("uq_link_codes_key")),
    )
    op.create_index("ix_link_codes_person_id", "link_codes", ["person_id", "at"])
    op.create_table(
        "link_guesses",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("person_id", sa.String(length=160), nullable=False),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_link_guesses_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_guesses")),
        sa.UniqueConstraint("key", name=op.f("uq_link_guesses_key")),
    )
    op.create_index("ix_link_guesses_person_id", "link_guesses", ["person_id", "at"])
    op.create_table(
        "links",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("asked_by", sa.String(length=160), nullable=False),
        sa.Column("said_by", sa.String(length=160), nullable=False),
        sa.Column("came", columns.Json(), nullable=False),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.ForeignKeyConstraint(["asked_by"], ["people.id"], name=op.f("fk_links_asked_by")),
        sa.ForeignKeyConstraint(["said_by"], ["people.id"], name=op.f("fk_links_said_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
        sa.UniqueConstraint("key", name=op.f("uq_links_key")),
    )
    op.create_table(
        "listings",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("customer_id", columns.BigId(), nullable=True),
        sa.Column("value", columns.Digest(), nullable=True),
        sa.Column("label", columns.Sealed(), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("by_whom", sa.String(length=160), nullable=False),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.Column("until", columns.UTC(), nullable=True),
        sa.Column("ended_at", columns.UTC(), nullable=True),
        sa.Column("ended_by", sa.String(length=160), nullable=True),
        sa.CheckConstraint("verdict IN ('block', 'allow')", name=op.f("ck_listings_verdict")),
        sa.CheckConstraint("(kind = 'customer') = (customer_id IS NOT NULL)", name=op.f("ck_listings_customer")),
        sa.CheckConstraint("(customer_id IS NULL) <> (value IS NULL)", name=op.f("ck_listings_value")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_listings_ended")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_listings_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listings")),
        sa.UniqueConstraint("key", name=op.f("uq_listings_key")),
    )
    op.create_index("ix_listings_customer_id", "listings", ["customer_id"])
    op.create_index("ix_listings_value", "listings", ["kind", "value"])
    op.create_index(
        "uq_listings_customer_id_standing",
        "listings",
        ["customer_id"],
        unique=True,
        sqlite_where=CUSTOMERS,
        postgresql_where=CUSTOMERS,
    )
    op.create_index(
        "uq_listings_value_standing",
        "listings",
        ["kind", "value"],
        unique=True,
        sqlite_where=VALUES,
        postgresql_where=VALUES,
    )


def downgrade() -> None:
    for table in ("listings", "links", "link_guesses", "link_codes", "linked"):
        op.drop_table(table)
