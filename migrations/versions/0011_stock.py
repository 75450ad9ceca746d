"""Stock: drafts in pieces, uploads, what a batch cost and how it was read, withdrawals, levels at which staff hear"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from core.ground import columns
from migrations.changing import change

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

WHOLE = -1  # as in core/drafts.py
BATCHES = sa.table(
    "batches",
    sa.column("id"),
    sa.column("made_by"),
    sa.column("state"),
    sa.column("draft", columns.Sealed()),
    sa.column("ended_at", columns.UTC()),
)
DRAFTS = sa.table(
    "drafts",
    *(sa.column(name) for name in ("batch_id", "place", "size", "known")),
    sa.column("sealed", columns.Sealed()),
)
OUTBOX = sa.table(
    "outbox",
    *(sa.column(name) for name in ("effect_key", "kind", "state", "tries")),
    sa.column("payload", columns.Json()),
    *(sa.column(name, columns.UTC()) for name in ("due_at", "made_at")),
)
MOVED = sa.text("moved_by IS NOT NULL")
LEAVING = sa.text("withdrawn_by IS NOT NULL AND state = 'available'")


def upgrade() -> None:
    """What was pasted and not decided is thrown away: drafts live a day, and are pasted anew.

    What was being put on sale when its process ended is put on sale to its end: some of its codes are in the shop, and
    pasted anew they would be known ones of a batch that nobody can sell.
    """
    op.create_table(
        "drafts",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("batch_id", columns.BigId(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("sealed", columns.Sealed(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_drafts_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
        sa.UniqueConstraint("batch_id", "place", name=op.f("uq_drafts_batch_id_place")),
    )
    _go_on_with_what_was_begun()
    op.execute(sa.update(BATCHES).where(BATCHES.c.draft.is_not(None)).values(draft=None))
    change(
        "batches",
        uncheck=("ck_batches_draft_erased",),
        drop=("draft",),
        add=(
            sa.Column("proof", sa.String(length=200), nullable=True),
            sa.Column("report", columns.Json(), nullable=True),
            sa.Column("moved_by", columns.BigId(), nullable=True),
        ),
    )
    op.create_index("ix_batches_product_id", "batches", ["product_id", "id"])
    op.create_index("ix_batches_moved_by", "batches", ["moved_by"], sqlite_where=MOVED, postgresql_where=MOVED)
    op.add_column("codes", sa.Column("withdrawn_by", columns.BigId(), nullable=True))
    op.create_index("ix_codes_withdrawn_by", "codes", ["id"], sqlite_where=LEAVING, postgresql_where=LEAVING)
    op.create_table(
        "uploads",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
        sa.UniqueConstraint("key", name=op.f("uq_uploads_key")),
    )
    op.create_table(
        "upload_pieces",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("upload_id", columns.BigId(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("sealed", columns.Sealed(), nullable=False),
        sa.ForeignKeyConstraint(["upload_id"], ["uploads.id"], name=op.f("fk_upload_pieces_upload_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_pieces")),
        sa.UniqueConstraint("upload_id", "place", name=op.f("uq_upload_pieces_upload_id_place")),
    )
    op.create_table(
        "withdrawals",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("what", sa.String(length=12), nullable=False),
        sa.Column("batch_id", columns.BigId(), nullable=True),
        sa.Column("codes", columns.Json(), nullable=True),
        sa.Column("product_id", columns.BigId(), nullable=True),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("by_whom", sa.String(length=160), nullable=False),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.Column("reached", columns.BigId(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("ended_at", columns.UTC(), nullable=True),
        sa.CheckConstraint("what IN ('quarantine', 'void', 'move')", name=op.f("ck_withdrawals_what")),
        sa.CheckConstraint("(what = 'move') = (product_id IS NOT NULL)", name=op.f("ck_withdrawals_moves_somewhere")),
        sa.CheckConstraint("(batch_id IS NULL) <> (codes IS NULL)", name=op.f("ck_withdrawals_of_something")),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_withdrawals_batch_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_withdrawals_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawals")),
        sa.UniqueConstraint("key", name=op.f("uq_withdrawals_key")),
    )
    op.create_table(
        "stock_levels",
        sa.Column("product_id", columns.BigId(), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("since", columns.UTC(), nullable=False),
        sa.CheckConstraint("threshold >= 0", name=op.f("ck_stock_levels_threshold")),
        sa.CheckConstraint("level IN (0, 1, 2)", name=op.f("ck_stock_levels_level")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_stock_levels_product_id")),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_stock_levels")),
    )


def _go_on_with_what_was_begun() -> None:
    """The paste becomes the one piece of its draft, as it is: only the shop has the key. A job puts it in."""
    here, now = op.get_bind(), datetime.now(UTC)
    op.execute(
        sa.update(BATCHES)
        .where(BATCHES.c.draft.is_not(None), BATCHES.c.state == "draft")
        .values(state="discarded", draft=None, ended_at=now)
    )
    rows = here.execute(sa.select(BATCHES).where(BATCHES.c.draft.is_not(None))).all()
    if rows:
        pieces = [{"batch_id": row.id, "place": WHOLE, "size": 0, "known": 0, "sealed": row.draft} for row in rows]
        here.execute(sa.insert(DRAFTS), pieces)
        about = {"kind": "restock", "state": "new", "tries": 0, "due_at": now, "made_at": now}
        effects = [
            {**about, "effect_key": f"restock {row.id}", "payload": {"batch": row.id, "by": row.made_by}}
            for row in rows
        ]
        here.execute(sa.insert(OUTBOX), effects)


def downgrade() -> None:
    for table in ("stock_levels", "withdrawals", "upload_pieces", "uploads", "drafts"):
        op.drop_table(table)
    op.execute(sa.update(BATCHES).where(BATCHES.c.state == "draft").values(state="discarded"))
    op.drop_index("ix_codes_withdrawn_by", "codes")
    change("codes", drop=("withdrawn_by",))
    op.drop_index("ix_batches_moved_by", "batches")
    op.drop_index("ix_batches_product_id", "batches")
    change(
        "batches",
        drop=("proof", "report", "moved_by"),
        add=(sa.Column("draft", columns.Sealed(), nullable=True),),
        check={"ck_batches_draft_erased": "state NOT IN ('live', 'discarded') OR draft IS NULL"},
    )
