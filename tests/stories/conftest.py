"""Stories share the world of tests/world.py."""

from tests.world import chen, clock, db, lin, rules, steam, store, world

__all__ = ["chen", "clock", "db", "lin", "rules", "steam", "store", "world"]
