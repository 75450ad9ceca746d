"""The two stores behind core.ground.db: SQLite for one process, PostgreSQL for several."""
