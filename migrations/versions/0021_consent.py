"""Whoever asked for a link's code confirms too; and each account has one open code at a time"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.ground import columns
from migrations.changing import change

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

OPEN = sa.text("used_at IS NULL")
ASKED = sa.text("used_at IS NULL AND sure_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("link_codes", sa.Column("sure_at", columns.UTC()))
    op.add_column("link_codes", sa.Column("outcome", sa.String(length=8)))
    op.execute("UPDATE link_codes SET outcome = 'linked' WHERE used_at IS NOT NULL")
    op.execute("UPDATE link_codes SET outcome = 'replaced', used_at = at WHERE used_at IS NULL")  # good for minutes
    change(
        "link_codes",
        check={
            "ck_link_codes_outcome": "outcome IN ('linked', 'refused', 'lapsed', 'replaced')",
            "ck_link_codes_over": "(used_at IS NULL) = (outcome IS NULL)",
        },
    )
    op.create_index(
        "uq_link_codes_person_id_open",
        "link_codes",
        ["person_id"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_index("ix_link_codes_asked", "link_codes", ["expires_at"], sqlite_where=ASKED, postgresql_where=ASKED)


def downgrade() -> None:
    op.drop_index("ix_link_codes_asked", "link_codes")
    op.drop_index("uq_link_codes_person_id_open", "link_codes")
    change("link_codes", uncheck=("ck_link_codes_over", "ck_link_codes_outcome"), drop=("outcome", "sure_at"))
