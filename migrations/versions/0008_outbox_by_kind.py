"""What is due, by kind: looking for one kind never goes through another's backlog"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _index(["kind", "due_at", "id"])


def downgrade() -> None:
    _index(["due_at", "id"])


def _index(columns: Sequence[str]) -> None:
    new = sa.text("state = 'new'")
    op.drop_index("ix_outbox_new", "outbox")
    op.create_index("ix_outbox_new", "outbox", list(columns), sqlite_where=new, postgresql_where=new)
