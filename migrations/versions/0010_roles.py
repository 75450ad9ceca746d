"""Roles: colleagues and the accounts they speak from, invitations that say as what one comes"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from core.ground import columns

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

OLD = sa.table(
    "staff",
    sa.column("person_id"),
    sa.column("name"),
    sa.column("since", columns.UTC()),
    sa.column("revoked_at", columns.UTC()),
)
NEW = sa.table("staff", sa.column("person_id"), sa.column("colleague_id"), sa.column("since", columns.UTC()))
COLLEAGUES = sa.table(
    "colleagues",
    sa.column("id"),
    sa.column("name"),
    sa.column("roles", columns.Json()),
    sa.column("left_at", columns.UTC()),
)


def upgrade() -> None:
    """Whoever works here could do everything, and can. Invitations live a day: those that are out are made anew.

    Two accounts may be one person's, which nothing here tells: none of them is a second person yet (codes_since).
    """
    known = op.get_bind().execute(sa.select(*OLD.c).order_by(OLD.c.since, OLD.c.person_id)).all()
    op.drop_table("staff")
    op.drop_table("invites")
    colleagues = op.create_table(
        "colleagues",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("roles", columns.Json(), nullable=False),
        sa.Column("since", columns.UTC(), nullable=False),
        sa.Column("left_at", columns.UTC(), nullable=True),
        sa.Column("codes_since", columns.UTC(), nullable=True),
        sa.Column("left_with", sa.String(length=300), nullable=True),
        sa.Column("left_what", columns.Json(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_colleagues")),
    )
    staff = op.create_table(
        "staff",
        sa.Column("person_id", sa.String(length=160), nullable=False),
        sa.Column("colleague_id", columns.BigId(), nullable=False),
        sa.Column("since", columns.UTC(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_staff_person_id")),
        sa.ForeignKeyConstraint(["colleague_id"], ["colleagues.id"], name=op.f("fk_staff_colleague_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_staff")),
    )
    op.create_index("ix_staff_colleague_id", "staff", ["colleague_id"])
    for number, one in enumerate(known, 1):
        about = {"name": one.name, "roles": ["owner"], "since": one.since, "left_at": one.revoked_at}
        op.bulk_insert(colleagues, [about])  # it is empty: the first is 1, on both stores
        op.bulk_insert(staff, [{"person_id": one.person_id, "colleague_id": number, "since": one.since}])
    op.create_table(
        "invites",
        *_invites(),
        sa.Column("roles", columns.Json(), nullable=False),
        sa.Column("by_whom", sa.String(length=160), nullable=True),
        sa.Column("colleague_id", columns.BigId(), nullable=True),
        sa.Column("key", sa.String(length=300), nullable=True),
        sa.Column("sealed", columns.Sealed(), nullable=True),
        sa.ForeignKeyConstraint(["colleague_id"], ["colleagues.id"], name=op.f("fk_invites_colleague_id")),
        sa.UniqueConstraint("key", name=op.f("uq_invites_key")),
    )


def downgrade() -> None:
    """Whoever could not do everything works here no more: there was nothing less than everything."""
    joined = NEW.join(COLLEAGUES, COLLEAGUES.c.id == NEW.c.colleague_id)
    of_before = sa.select(NEW.c.person_id, NEW.c.since, *COLLEAGUES.c).select_from(joined)
    known = op.get_bind().execute(of_before).all()
    now = datetime.now(UTC)
    op.drop_table("invites")
    op.drop_table("staff")
    op.drop_table("colleagues")
    staff = op.create_table(
        "staff",
        sa.Column("person_id", sa.String(length=160), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("since", columns.UTC(), nullable=False),
        sa.Column("revoked_at", columns.UTC(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_staff_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_staff")),
    )
    op.bulk_insert(
        staff,
        [
            {
                "person_id": one.person_id,
                "name": one.name,
                "since": one.since,
                "revoked_at": one.left_at or (None if "owner" in one.roles else now),
            }
            for one in known
        ],
    )
    op.create_table("invites", *_invites())


def _invites() -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("expires_at", columns.UTC(), nullable=False),
        sa.Column("used_by", sa.String(length=160), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invites")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_invites_fingerprint")),
    )
