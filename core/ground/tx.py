"""Tx: all that a rule of the shop may depend on, for the length of one transaction."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, CursorResult, Executable, Row

from core.ground.clock import Clock
from core.ground.ids import Ids
from core.ground.stores.prepared import Ran, prepared_for

if TYPE_CHECKING:
    from core.ground.rules import Rules
    from core.ground.vault import Vault


log = logging.getLogger(__name__)

OnCommit = Callable[[float, int], None]  # seconds, and how many calls shared it
AnyRow = Row[*tuple[Any, ...]]  # as many columns as the statement says


class NoRow(LookupError):
    """Exactly one row was promised, and there was none, or more than one."""


@dataclass(frozen=True)
class Given:
    """What every transaction of a database is handed, whatever the store."""

    vault: Vault
    rules: Rules
    clock: Clock
    ids: Ids
    on_commit: OnCommit | None = None  # told of each commit that is durable, from whichever thread

    def committed(self, began: float, calls: int) -> None:
        """A commit that began at that perf_counter is durable. What goes wrong in telling is nothing to the calls."""
        if self.on_commit is not None:
            try:
                self.on_commit(time.perf_counter() - began, calls)
            except Exception:
                log.exception("a commit could not be counted")


class Tx:
    """One transaction, handed to every core function as its first argument.

    Whatever the function reads or writes goes through here, and so does all it may depend on besides: `now`
    (one moment for the whole transaction), `ids`, `vault`, `rules`. The function may be run again whole, so
    it keeps nothing elsewhere; what must happen after the commit it says by `after_commit` and `wake`.

    A database error ends the transaction, on both stores: a function that catches one and returns still fails
    with it. Where a row may be there already, say ON CONFLICT DO NOTHING and look at what `changed`.
    """

    def __init__(
        self, connection: Connection, given: Given, read_now: Callable[[Tx], datetime], *, writes: bool = True
    ) -> None:
        self.vault = given.vault
        self.rules = given.rules
        self.ids = given.ids
        self.dialect = connection.dialect.name  # "sqlite" or "postgresql"
        self.error: Exception | None = None  # the first a statement raised; nothing may be committed over it
        self.calls: list[Callable[[], None]] | None = [] if writes else None
        self.topics: set[str] = set()
        self.moment: datetime | None = None  # PostgreSQL's own time of the transaction, once a SELECT has told it
        self._connection = connection
        self._prepared = prepared_for(connection)
        self._read_now = read_now
        self._now: datetime | None = None

    @property
    def now(self) -> datetime:
        """The transaction's moment by the store's clock, aware UTC: the same however often it is asked for."""
        if self._now is None:
            self._now = self._read_now(self)
        return self._now

    def one(self, statement: Executable, /, **params: Any) -> AnyRow:
        """The one row there is. Raises NoRow for none, and for more than one."""
        rows = self.all(statement, **params)
        if len(rows) != 1:
            raise NoRow("more than one row" if rows else "no row")
        return rows[0]

    def first(self, statement: Executable, /, **params: Any) -> AnyRow | None:
        """The first row, or None."""
        rows = self.all(statement, **params)
        return rows[0] if rows else None

    def all(self, statement: Executable, /, **params: Any) -> list[AnyRow]:
        """Every row, in the statement's order."""
        if (ran := self._run_prepared(statement, params)) is not None:
            return list(ran.rows)
        return list(self._run(statement, params).all())

    def value(self, statement: Executable, /, **params: Any) -> Any:
        """The first column of the first row, or None."""
        rows = self.all(statement, **params)
        return rows[0][0] if rows else None

    def changed(self, statement: Executable, /, **params: Any) -> int:
        """How many rows an INSERT, UPDATE or DELETE changed."""
        if (ran := self._run_prepared(statement, params)) is not None:
            return ran.changed
        return self._run(statement, params).rowcount

    def insert(self, statement: Executable, /, **params: Any) -> int:
        """Inserts one row and returns its number. Raises NoRow if a conflict clause kept it out.

        For a statement without RETURNING; the rows of one that has it are read by `one` or `all`.
        """
        if (ran := self._run_prepared(statement, params, numbers=True)) is not None:
            if not ran.changed:  # SQLite would go on and name the row inserted before
                raise NoRow("a conflict kept the row out")
            return ran.rows[0][0] if ran.rows else ran.number
        result = self._run(statement, params)
        if not result.rowcount:
            raise NoRow("a conflict kept the row out")
        return result.inserted_primary_key[0]  # type: ignore[index]

    def many(self, statement: Executable, /, rows: Sequence[Mapping[str, Any]]) -> None:
        """Runs the statement once for each row. No rows, nothing happens."""
        if len(rows) == 1:
            self.changed(statement, **rows[0])
        elif rows:  # SQLAlchemy takes an empty list for one row without values
            self._run(statement, rows)

    def after_commit(self, call: Callable[[], None]) -> None:
        """Runs `call` on the event loop's thread once the commit is durable; never after a rollback."""
        self._following().append(call)

    def wake(self, *topics: str) -> None:
        """After the commit, ends the waiting of whoever waits for one of these, in any process of the shop."""
        self._following()
        self.topics.update(topics)

    def _following(self) -> list[Callable[[], None]]:
        if self.calls is None:
            raise RuntimeError("this is a read: it commits nothing, so nothing can follow its commit")
        return self.calls

    def _run_prepared(self, statement: Executable, params: Mapping[str, Any], *, numbers: bool = False) -> Ran | None:
        if self._prepared is None:
            return None
        try:
            moment = self.moment is None and self.dialect == "postgresql"
            ran = self._prepared.run(self._connection, statement, params, moment=moment, numbers=numbers)
        except Exception as error:
            self.error = self.error or error
            raise
        if ran is not None and ran.moment is not None:
            self.moment = ran.moment
        return ran

    def _run(self, statement: Executable, params: Any) -> CursorResult[Any]:
        try:
            return self._connection.execute(statement, params)
        except Exception as error:
            self.error = self.error or error
            raise
