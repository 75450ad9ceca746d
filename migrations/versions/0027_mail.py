"""Addresses that buyers gave, links in mails, and how buyers were reached"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.ground import columns

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

PROVED = sa.text("proved_at IS NOT NULL AND ended_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "contacts",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("person_id", sa.String(length=160), nullable=False),
        sa.Column("sealed", columns.Sealed(), nullable=True),
        sa.Column("fingerprint", columns.Digest(), nullable=False),
        sa.Column("masked", sa.String(length=300), nullable=False),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.Column("until", columns.UTC(), nullable=False),
        sa.Column("guesses", sa.Integer(), nullable=False),
        sa.Column("said_in", sa.String(length=300), nullable=True),
        sa.Column("proved_at", columns.UTC(), nullable=True),
        sa.Column("ended_at", columns.UTC(), nullable=True),
        sa.CheckConstraint("guesses >= 0 AND guesses <= 5", name=op.f("ck_contacts_guesses")),
        sa.CheckConstraint("(ended_at IS NULL) = (sealed IS NOT NULL)", name=op.f("ck_contacts_ended")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_contacts_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
        sa.UniqueConstraint("key", name=op.f("uq_contacts_key")),
    )
    op.create_index("ix_contacts_person_id", "contacts", ["person_id", "at"])
    op.create_index("ix_contacts_fingerprint", "contacts", ["fingerprint", "at"])
    op.create_index("ix_contacts_at", "contacts", ["at"])
    op.create_index(
        "uq_contacts_person_id_proved",
        "contacts",
        ["person_id"],
        unique=True,
        sqlite_where=PROVED,
        postgresql_where=PROVED,
    )
    op.create_table(
        "attempts",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("order_id", columns.BigId(), nullable=False),
        sa.Column("key", sa.String(length=240), nullable=True),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("what", sa.String(length=10), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("contact_id", columns.BigId(), nullable=True),
        sa.Column("shown", sa.String(length=300), nullable=False),
        sa.Column("reference", sa.String(length=300), nullable=False),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.CheckConstraint("way IN ('chat', 'email', 'bell')", name=op.f("ck_attempts_way")),
        sa.CheckConstraint("what IN ('codes', 'link', 'notice')", name=op.f("ck_attempts_what")),
        sa.CheckConstraint(
            "outcome IN ('sent', 'refused', 'unheard', 'later', 'unknown')", name=op.f("ck_attempts_outcome")
        ),
        sa.CheckConstraint("(way = 'email') = (contact_id IS NOT NULL)", name=op.f("ck_attempts_contact")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_attempts_contact_id_contacts")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_attempts_order_id_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
        sa.UniqueConstraint("key", name=op.f("uq_attempts_key")),
    )
    op.create_index("ix_attempts_order_id", "attempts", ["order_id", "id"])
    op.create_table(
        "order_links",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("order_id", columns.BigId(), nullable=False),
        sa.Column("contact_id", columns.BigId(), nullable=False),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.Column("expires_at", columns.UTC(), nullable=False),
        sa.Column("ended_at", columns.UTC(), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_order_links_contact_id_contacts")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_links_order_id_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_links")),
        sa.UniqueConstraint("key", name=op.f("uq_order_links_key")),
    )
    op.create_index("ix_order_links_contact_id", "order_links", ["contact_id"])
    op.create_table(
        "visits",
        sa.Column("order_id", columns.BigId(), nullable=False),
        sa.Column("person_id", sa.String(length=160), nullable=False),
        sa.Column("link_id", columns.BigId(), nullable=False),
        sa.Column("until", columns.UTC(), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["order_links.id"], name=op.f("fk_visits_link_id_order_links")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_visits_order_id_orders")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_visits_person_id_people")),
        sa.PrimaryKeyConstraint("order_id", "person_id", name=op.f("pk_visits")),
    )
    op.create_index("ix_visits_until", "visits", ["until"])
    op.create_index("ix_visits_link_id", "visits", ["link_id"])


def downgrade() -> None:
    for table in ("visits", "order_links", "attempts", "contacts"):
        op.drop_table(table)
