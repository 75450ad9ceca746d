"""Questions in buyers' own words, what they are answered, and what staff taught"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.ground import columns

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

FOR_ALL, FOR_ONE = sa.text("product_id IS NULL"), sa.text("product_id IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "faq_entries",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("product_id", columns.BigId(), nullable=True),
        sa.Column("titles", columns.Json(), nullable=False),
        sa.Column("texts", columns.Json(), nullable=False),
        sa.Column("picture", sa.String(length=40), nullable=True),
        sa.Column("link", sa.String(length=300), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("edited_by", sa.String(length=160), nullable=False),
        sa.Column("edited_at", columns.UTC(), nullable=False),
        sa.Column("made_with", sa.String(length=300), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_faq_entries_version")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_faq_entries_product_id_products")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faq_entries")),
        sa.UniqueConstraint("made_with", name=op.f("uq_faq_entries_made_with")),
    )
    op.create_index(
        "uq_faq_entries_slug_for_all",
        "faq_entries",
        ["slug"],
        unique=True,
        sqlite_where=FOR_ALL,
        postgresql_where=FOR_ALL,
    )
    op.create_index(
        "uq_faq_entries_slug_product",
        "faq_entries",
        ["slug", "product_id"],
        unique=True,
        sqlite_where=FOR_ONE,
        postgresql_where=FOR_ONE,
    )
    op.create_table(
        "faq_phrasings",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("note_id", columns.BigId(), nullable=False),
        sa.Column("made_by", sa.String(length=160), nullable=False),
        sa.Column("made_at", columns.UTC(), nullable=False),
        sa.Column("retired_at", columns.UTC(), nullable=True),
        sa.Column("retired_by", sa.String(length=160), nullable=True),
        sa.ForeignKeyConstraint(["note_id"], ["notes.id"], name=op.f("fk_faq_phrasings_note_id_notes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faq_phrasings")),
        sa.UniqueConstraint("note_id", name=op.f("uq_faq_phrasings_note_id")),
    )
    op.create_index("ix_faq_phrasings_slug", "faq_phrasings", ["slug", "id"])
    op.create_table(
        "question_groups",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("guesses", columns.Json(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=True),
        sa.Column("decided_by", sa.String(length=160), nullable=True),
        sa.Column("decided_at", columns.UTC(), nullable=True),
        sa.Column("last_at", columns.UTC(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'taught', 'left')", name=op.f("ck_question_groups_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_groups")),
    )
    op.create_index("ix_question_groups_state", "question_groups", ["state", "last_at"])
    op.create_table(
        "questions",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("person_id", sa.String(length=160), nullable=False),
        sa.Column("note_id", columns.BigId(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("guesses", columns.Json(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=True),
        sa.Column("group_id", columns.BigId(), nullable=True),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.CheckConstraint(
            "state IN ('answered', 'offered', 'waiting', 'taught', 'left')", name=op.f("ck_questions_state")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["question_groups.id"], name=op.f("fk_questions_group_id_question_groups")
        ),
        sa.ForeignKeyConstraint(["note_id"], ["notes.id"], name=op.f("fk_questions_note_id_notes")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_questions_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
        sa.UniqueConstraint("key", name=op.f("uq_questions_key")),
    )
    op.create_index("ix_questions_state", "questions", ["state", "at"])
    op.create_index("ix_questions_group_id", "questions", ["group_id"])
    op.create_index("ix_questions_person_id", "questions", ["person_id", "at"])


def downgrade() -> None:
    op.drop_table("questions")
    op.drop_table("question_groups")
    op.drop_table("faq_phrasings")
    op.drop_table("faq_entries")
