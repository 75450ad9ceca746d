"""Which programs may work on this database: schema and program need not change at the same moment."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Integer, String, Table, select

from core.ground.columns import metadata

schema_fits = Table(
    "schema_fits",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("oldest", String(32), nullable=False),  # a revision: whose program knows it may work here
    CheckConstraint("id = 1", name="only"),
)

OLDEST = select(schema_fits.c.oldest)
