from __future__ import annotations

from tests.doors import clock, db, empty_database, empty_file, provider, rail, shop, url

__all__ = ["clock", "db", "empty_database", "empty_file", "provider", "rail", "shop", "url"]
