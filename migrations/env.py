"""What alembic runs: always on the connection that migrations/__init__.py gives it, in its transaction."""

from __future__ import annotations

from alembic import context

from core.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transaction_per_migration=False,
    compare_type=True,
    user_module_prefix="columns.",
)
context.run_migrations()
