"""What the test supplier remembers: every purchase and every code it sold, in one small SQLite file."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path

TABLES = """
CREATE TABLE IF NOT EXISTS purchases (
    reference TEXT PRIMARY KEY, sku TEXT NOT NULL, answers TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('done', 'pending', 'failed')),
    given TEXT NOT NULL, codes TEXT NOT NULL, cost INTEGER NOT NULL, why TEXT NOT NULL,
    ready_at REAL NOT NULL, known_at REAL NOT NULL, asked INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE IF NOT EXISTS sold (code TEXT PRIMARY KEY, reference TEXT NOT NULL);
"""


@dataclass(frozen=True)
class Purchase:
    reference: str
    sku: str  # what was asked for
    answers: dict[str, str]
    state: str
    given: str  # the product the codes are of
    codes: tuple[str, ...]  # fields apart by |
    cost: int
    why: str
    ready_at: float  # seconds; before that a pending one is pending
    known_at: float  # before that it is not to be found
    asked: int  # how often it was asked for under this reference


class Books:
    """Several processes may share the file; every change is one transaction."""

    def __init__(self, file: Path) -> None:
        self._db = sqlite3.connect(file, isolation_level=None, timeout=5, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(TABLES)

    def close(self) -> None:
        self._db.close()

    def find(self, reference: str) -> Purchase | None:
        row = self._db.execute("SELECT * FROM purchases WHERE reference = ?", (reference,)).fetchone()
        if row is None:
            return None
        return Purchase(**{**row, "answers": json.loads(row["answers"]), "codes": tuple(json.loads(row["codes"]))})

    def sell(self, purchase: Purchase) -> Purchase:
        """Write it down with its codes, or count one more asking for what this reference bought before."""
        self._db.execute("BEGIN IMMEDIATE")
        known = self.find(purchase.reference)
        if known is None:
            kept = {**vars(purchase), "answers": json.dumps(purchase.answers), "codes": json.dumps(purchase.codes)}
            names, marks = ", ".join(kept), ", ".join("?" * len(kept))
            self._db.execute(f"INSERT INTO purchases ({names}) VALUES ({marks})", tuple(kept.values()))
            sold = [(code, purchase.reference) for code in purchase.codes]
            self._db.executemany("INSERT OR IGNORE INTO sold VALUES (?, ?)", sold)
        else:
            self._db.execute("UPDATE purchases SET asked = asked + 1 WHERE reference = ?", (purchase.reference,))
        self._db.execute("COMMIT")
        return known or purchase

    def sold_before(self) -> str | None:
        """A code somebody has bought."""
        row = self._db.execute("SELECT code FROM sold ORDER BY rowid DESC LIMIT 1").fetchone()
        return row["code"] if row else None

    def all(self) -> list[Purchase]:
        """Every purchase there is, in the order in which they were made."""
        found = [row["reference"] for row in self._db.execute("SELECT reference FROM purchases ORDER BY rowid")]
        return [purchase for reference in found if (purchase := self.find(reference))]
