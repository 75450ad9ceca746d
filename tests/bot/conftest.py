"""The bot's tests share the world of tests/world.py, as the stories do."""

from tests.world import chen, clock, db, lin, rules, steam, store, world

__all__ = ["chen", "clock", "db", "lin", "rules", "steam", "store", "world"]
