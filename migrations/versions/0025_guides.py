"""Guides with their versions, of products and of brands; what products had becomes the first version of each"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from core.ground import columns

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

LOCALES = ("zh-CN", "en", "ru")
PRODUCTS = sa.table(
    "products",
    sa.column("id", columns.BigId()),
    sa.column("guide", columns.Json()),
    sa.column("guide_picture", sa.String()),
    sa.column("edited_by", sa.String()),
    sa.column("edited_at", columns.UTC()),
)
GUIDES = sa.table(
    "guides",
    sa.column("id", columns.BigId()),
    sa.column("product_id", columns.BigId()),
    sa.column("locale", sa.String()),
    sa.column("version", sa.Integer()),
    sa.column("body", sa.Text()),
    sa.column("by_whom", sa.String()),
    sa.column("at", columns.UTC()),
)


def upgrade() -> None:
    op.create_table(
        "guides",
        sa.Column("id", columns.BigId(), nullable=False),
        sa.Column("product_id", columns.BigId(), nullable=True),
        sa.Column("brand_id", columns.BigId(), nullable=True),
        sa.Column("region", sa.String(length=20), server_default="", nullable=False),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("by_whom", sa.String(length=160), nullable=False),
        sa.Column("at", columns.UTC(), nullable=False),
        sa.CheckConstraint("(product_id IS NULL) <> (brand_id IS NULL)", name=op.f("ck_guides_of_one")),
        sa.CheckConstraint("product_id IS NULL OR region = ''", name=op.f("ck_guides_region")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_guides_version")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_guides_product_id")),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_guides_brand_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guides")),
        sa.UniqueConstraint("product_id", "locale", "version", name=op.f("uq_guides_product_id_locale_version")),
        sa.UniqueConstraint(
            "brand_id", "region", "locale", "version", name=op.f("uq_guides_brand_id_region_locale_version")
        ),
    )
    _move()
    op.drop_column("products", "guide_picture")  # a plain ALTER: rebuilding the table on SQLite would lose its checks
    op.drop_column("products", "guide")


def _move() -> None:
    """Each text as it is; its picture below it, and alone where there was no text."""
    bind, now = op.get_bind(), datetime.now(UTC)
    for row in bind.execute(sa.select(PRODUCTS)).all():
        picture = f"![]({row.guide_picture})" if row.guide_picture else ""
        texts = {name: text for name, text in (row.guide or {}).items() if text.strip()}
        for locale, text in (texts or (dict.fromkeys(LOCALES, "") if picture else {})).items():
            body = "\n\n".join(filter(None, (text.strip(), picture)))
            values = {"product_id": row.id, "locale": locale, "version": 1, "body": body}
            about = {"by_whom": row.edited_by or "-", "at": row.edited_at or now}
            bind.execute(sa.insert(GUIDES).values(**values, **about))


def downgrade() -> None:
    """What stood there last comes back; earlier versions, and brands' guides, have no place there."""
    op.add_column("products", sa.Column("guide", columns.Json(), server_default="{}", nullable=False))
    op.add_column("products", sa.Column("guide_picture", sa.String(length=40), nullable=True))
    bind = op.get_bind()
    newest: dict[int, dict[str, str]] = {}
    rows = bind.execute(sa.select(GUIDES).where(GUIDES.c.product_id.is_not(None)).order_by(GUIDES.c.version)).all()
    for row in rows:
        newest.setdefault(row.product_id, {})[row.locale] = row.body
    for product, texts in newest.items():
        kept = {name: text for name, text in texts.items() if text}
        bind.execute(sa.update(PRODUCTS).where(PRODUCTS.c.id == product).values(guide=kept))
    op.drop_table("guides")
