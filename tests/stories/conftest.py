"""Stories share the world of tests/world.py."""

from tests.world import chen, clock, db, lin, postgres_template, rules, sqlite_template, steam, store, world

__all__ = ["chen", "clock", "db", "lin", "postgres_template", "rules", "sqlite_template", "steam", "store", "world"]
