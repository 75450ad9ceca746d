"""What the test provider remembers: payments, refunds and notices, in one small SQLite file.

Several processes may share the file; every change is one transaction.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TABLES = """
CREATE TABLE IF NOT EXISTS payments (
    key TEXT PRIMARY KEY, reference TEXT NOT NULL UNIQUE, amount INTEGER NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL, title TEXT NOT NULL, locale TEXT NOT NULL, expires_at REAL NOT NULL,
    notify_url TEXT NOT NULL, return_url TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'paid', 'closed')),
    failures INTEGER NOT NULL DEFAULT 0, transaction_id TEXT UNIQUE, paid_at REAL,
    CHECK ((state = 'paid') = (transaction_id IS NOT NULL))
);
CREATE TABLE IF NOT EXISTS refunds (
    key TEXT PRIMARY KEY, reference TEXT NOT NULL UNIQUE,
    transaction_id TEXT NOT NULL REFERENCES payments (transaction_id),
    amount INTEGER NOT NULL CHECK (amount > 0), currency TEXT NOT NULL, reason TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('done', 'pending', 'failed')), why TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS notices (
    id INTEGER PRIMARY KEY, event TEXT NOT NULL, url TEXT NOT NULL, body BLOB NOT NULL,
    copies INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0, due REAL NOT NULL
);
"""


@dataclass(frozen=True)
class Payment:
    key: str
    reference: str
    amount: int
    currency: str
    title: str
    locale: str
    expires_at: float
    notify_url: str
    return_url: str
    state: str
    failures: int
    transaction_id: str | None
    paid_at: float | None


@dataclass(frozen=True)
class Refund:
    key: str
    reference: str
    transaction_id: str
    amount: int
    currency: str
    reason: str
    state: str
    why: str


@dataclass(frozen=True)
class Notice:
    id: int
    event: str
    url: str
    body: bytes
    tries: int


class Refused(Exception):
    """What was asked for contradicts the books; the text is the provider's error code."""


class Books:
    def __init__(self, file: Path) -> None:
        self._db = sqlite3.connect(file, isolation_level=None, timeout=5, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")  # survives kill -9; a power cut may cost a demo its last second
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.executescript(TABLES)

    def close(self) -> None:
        self._db.close()

    def forget(self) -> None:
        """Nothing has ever happened here."""
        with self._writing():
            for table in ("notices", "refunds", "payments"):
                self._db.execute(f"DELETE FROM {table}")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def _first(self, sql: str, *values: Any) -> Any:
        return self._db.execute(sql, values).fetchone()

    # Payments

    def open(self, key: str, **terms: Any) -> Payment:
        """A new payment, or the one this key opened before. Raises Refused if that had another sum."""
        with self._writing():
            known = self.payment(key)
            if known is None:
                fresh = {
                    "key": key,
                    "reference": f"pay_{secrets.token_urlsafe(16)}",
                    "state": "open",
                    **terms,
                }
                names = ", ".join(fresh)
                marks = ", ".join("?" * len(fresh))
                self._db.execute(f"INSERT INTO payments ({names}) VALUES ({marks})", tuple(fresh.values()))
            elif (known.amount, known.currency) != (terms["amount"], terms["currency"]):
                raise Refused("key-reused")
        found = self.payment(key)
        assert found is not None
        return found

    def payment(self, key: str) -> Payment | None:
        row = self._first("SELECT * FROM payments WHERE key = ?", key)
        return Payment(**row) if row else None

    def behind(self, reference: str) -> Payment | None:
        """The payment a pay page belongs to."""
        row = self._first("SELECT * FROM payments WHERE reference = ?", reference)
        return Payment(**row) if row else None

    def pay(self, key: str, at: float, *, even_closed: bool = False, amount: int | None = None) -> bool:
        """Open becomes paid, in another amount where one is named. False if it can't be paid (any more)."""
        takes = "state != 'paid'" if even_closed else "state = 'open' AND expires_at > ?2"
        changes = "state = 'paid', paid_at = ?2, transaction_id = ?3, amount = coalesce(?4, amount)"
        sql = f"UPDATE payments SET {changes} WHERE key = ?1 AND {takes}"
        return bool(self._db.execute(sql, (key, at, f"txn_{secrets.token_hex(12)}", amount)).rowcount)

    def fail(self, key: str) -> bool:
        """An attempt to pay failed; the payment stays open. False if it is not open."""
        sql = "UPDATE payments SET failures = failures + 1 WHERE key = ? AND state = 'open'"
        return bool(self._db.execute(sql, (key,)).rowcount)

    def shut(self, key: str) -> bool:
        """Open becomes closed. False if it is not open."""
        sql = "UPDATE payments SET state = 'closed' WHERE key = ? AND state = 'open'"
        return bool(self._db.execute(sql, (key,)).rowcount)

    def paid_between(self, start: float, end: float, after: str, most: int) -> list[Payment]:
        """Paid payments of a stretch of time, by transaction; `after` is the last of the page before."""
        sql = """SELECT * FROM payments WHERE paid_at >= ? AND paid_at < ? AND transaction_id > ?
                 ORDER BY transaction_id LIMIT ?"""
        return [Payment(**row) for row in self._db.execute(sql, (start, end, after, most))]

    # Refunds

    def give_back(self, key: str, transaction: str, amount: int, currency: str, reason: str, state: str) -> Refund:
        """A new refund, or the one this key made before. Raises Refused when it doesn't fit what was paid."""
        with self._writing():
            known = self.refund(key)
            if known is None:
                if trouble := self._misfit(transaction, amount, currency):
                    raise Refused(trouble)
                why = "bank-refused" if state == "failed" else ""
                known = Refund(key, f"re_{secrets.token_hex(12)}", transaction, amount, currency, reason, state, why)
                marks = ", ".join("?" * 8)
                self._db.execute(f"INSERT INTO refunds VALUES ({marks})", tuple(vars(known).values()))
            elif (known.transaction_id, known.amount, known.currency) != (transaction, amount, currency):
                raise Refused("key-reused")
        return known

    def _misfit(self, transaction: str, amount: int, currency: str) -> str | None:
        paid = self._first("SELECT amount, currency FROM payments WHERE transaction_id = ?", transaction)
        if paid is None:
            return "no-such-transaction"
        if paid["currency"] != currency:
            return "wrong-currency"
        sql = "SELECT coalesce(sum(amount), 0) FROM refunds WHERE transaction_id = ? AND state != 'failed'"
        return "too-much" if self._first(sql, transaction)[0] + amount > paid["amount"] else None

    def refund(self, key: str) -> Refund | None:
        row = self._first("SELECT * FROM refunds WHERE key = ?", key)
        return Refund(**row) if row else None

    def refunds_of(self, transaction: str) -> list[Refund]:
        return [
            Refund(**row) for row in self._db.execute("SELECT * FROM refunds WHERE transaction_id = ?", (transaction,))
        ]

    def settle_refund(self, key: str, state: str, why: str = "") -> None:
        """A pending refund gets its end."""
        sql = "UPDATE refunds SET state = ?, why = ? WHERE key = ? AND state = 'pending'"
        self._db.execute(sql, (state, why, key))

    # Notices

    def tell(self, url: str, body: dict[str, Any], copies: int, late: float) -> None:
        """Have a notice delivered `copies` times, `late` seconds from now."""
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        self._db.execute(
            "INSERT INTO notices (event, url, body, copies, due) VALUES (?, ?, ?, ?, ?)",
            (body["event"], url, text, copies, time.time() + late),
        )

    def tell_again(self, copies: int) -> None:
        """Have every notice there ever was delivered anew, now."""
        self._db.execute("UPDATE notices SET copies = ?, tries = 0, due = ?", (copies, time.time()))

    def take_notice(self, lease: float) -> Notice | None:
        """The notice most due, for the length of a lease; nobody else gets it meanwhile."""
        sql = """UPDATE notices SET due = ?1 + ?2 WHERE id =
                 (SELECT id FROM notices WHERE copies > 0 AND due <= ?1 ORDER BY due LIMIT 1)
                 RETURNING id, event, url, body, tries"""
        with self._writing():
            row = self._first(sql, time.time(), lease)
        return Notice(**row) if row else None

    def heard(self, notice: Notice) -> None:
        """One copy was answered with 2xx; the next is due at once."""
        sql = "UPDATE notices SET copies = copies - 1, tries = 0, due = ? WHERE id = ?"
        self._db.execute(sql, (time.time(), notice.id))

    def not_heard(self, notice: Notice, wait: float | None) -> None:
        """It is due again after `wait` seconds; None gives it up."""
        if wait is None:
            self._db.execute("UPDATE notices SET copies = 0 WHERE id = ?", (notice.id,))
        else:
            sql = "UPDATE notices SET tries = tries + 1, due = ? WHERE id = ?"
            self._db.execute(sql, (time.time() + wait, notice.id))

    def undelivered(self) -> int:
        """Copies of notices still to be delivered."""
        return self._first("SELECT coalesce(sum(copies), 0) FROM notices")[0]
