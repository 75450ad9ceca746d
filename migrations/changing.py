"""Changing a table alike on both stores: SQLite can't change a check or a column, it needs a new table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op


def change(
    table: str,
    *,
    checks: Mapping[str, str] | None = None,
    add: Sequence[sa.Column[object]] = (),
    drop: Sequence[str] = (),
    required: Sequence[str] = (),
    check: Mapping[str, str] | None = None,
    uncheck: Sequence[str] = (),
) -> None:
    """Checks by name say something else, columns come, go, or must have a value from now on.

    `check` are new, `uncheck` go.

    On SQLite the table is made anew, with the triggers gone: migrations.upgrade makes them again.
    """
    going, coming = (*(checks or {}), *uncheck), {**(checks or {}), **(check or {})}
    if op.get_bind().dialect.name == "postgresql":
        _in_place(table, going, coming, add, drop, required)
        return
    _without_triggers()
    with op.batch_alter_table(table, recreate="always") as batch:
        for name in going:
            batch.drop_constraint(op.f(name), type_="check")
        for column in add:
            batch.add_column(column)
        for name, sql in coming.items():
            batch.create_check_constraint(op.f(name), sa.text(sql))
        for name in drop:
            batch.drop_column(name)
        for name in required:
            batch.alter_column(name, nullable=False)


def _in_place(
    table: str,
    going: Sequence[str],
    coming: Mapping[str, str],
    add: Sequence[sa.Column[object]],
    drop: Sequence[str],
    required: Sequence[str],
) -> None:
    for name in going:
        op.drop_constraint(op.f(name), table)
    for column in add:
        op.add_column(table, column)
    for name, sql in coming.items():
        op.create_check_constraint(op.f(name), table, sql)
    for name in drop:
        op.drop_column(table, name)
    for name in required:
        op.alter_column(table, name, nullable=False)


def _without_triggers() -> None:
    """A trigger that names the table would refuse its renaming."""
    for (name,) in op.get_bind().exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").all():
        op.execute(f'DROP TRIGGER "{name}"')
