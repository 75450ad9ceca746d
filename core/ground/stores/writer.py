"""SQLite's one writer: a thread, and commits that several calls share."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import URL
from sqlalchemy.exc import IntegrityError

from core.ground import points
from core.ground.errors import OutcomeUnknown
from core.ground.stores import connection
from core.ground.stores.calls import Call
from core.ground.stores.connection import Doubt, WriteConnection
from core.ground.tx import Given, Tx
from core.ground.waking import Bell

log = logging.getLogger(__name__)

CALLS_A_COMMIT = 64
SECONDS_A_COMMIT = 0.05
TRIES = 3  # of a call alone whose COMMIT errs


class Asked(Call):
    """A call, and the loop where somebody waits for its answer."""

    __slots__ = ("loop", "answered")

    def __init__(self, work: Callable[[Tx], Any]) -> None:
        super().__init__(work)
        self.loop = asyncio.get_running_loop()
        self.answered: asyncio.Future[None] = self.loop.create_future()


class Gone(Exception):
    """SQLite has rolled back the whole transaction, and the neighbours' changes with it."""


class Writer(threading.Thread):
    """Runs the calls one after the other, each in a savepoint, so that each can fail by itself.

    Calls waiting at the same moment share one durable commit, since an fsync costs more than most of them. Each is
    answered only after the commit, refusals too: what refused a call may be the change of a neighbour, which the
    commit has yet to make true.
    """

    def __init__(self, url: URL, given: Given, bell: Bell) -> None:
        super().__init__(name="sqlite-writer", daemon=True)
        self._given = given
        self._bell = bell
        self._engine = connection.engine(url)
        self._connection: WriteConnection | None = None
        self._calls: queue.SimpleQueue[Asked | None] = queue.SimpleQueue()  # None is the end
        self._taking = threading.Lock()
        self._closed = False

    def take(self, call: Asked) -> None:
        with self._taking:  # nothing is queued behind the end
            if self._closed:
                raise RuntimeError("the database is closed")
            self._calls.put(call)

    def stop(self) -> None:
        """Ends the thread when everything taken before is done and answered."""
        with self._taking:
            if not self._closed:
                self._closed = True
                self._calls.put(None)

    def run(self) -> None:
        while (first := self._calls.get()) is not None:
            calls = [first]
            try:
                self._together(calls)
            except BaseException as error:  # nothing but stop() ends this thread
                log.exception("the writer stumbled")
                for call in calls:
                    call.error = OutcomeUnknown(f"the writer stumbled: {error!r}")
                self._disconnect()
            self._answer(calls)
        self._disconnect()

    def _together(self, calls: list[Asked]) -> None:
        """One commit for the first call and all that wait by then; `calls` grows by those."""
        try:
            open = self._begin()
        except Exception as error:
            self._refuse(calls, error)
            return
        try:
            for call in self._waiting(calls):
                self._savepoint(open, call)
            began = time.perf_counter()
            with points.around(*calls):
                open.commit()
            self._given.committed(began, len(calls))
        except Exception as error:
            log.warning("a commit of %d calls failed; each is run again alone: %r", len(calls), error)
            for call in calls:
                self._alone(call, error if isinstance(error, Doubt) else None)

    def _waiting(self, calls: list[Asked]) -> Iterator[Asked]:
        due = time.monotonic() + SECONDS_A_COMMIT
        yield calls[0]
        while len(calls) < CALLS_A_COMMIT and time.monotonic() < due:
            try:
                call = self._calls.get_nowait()
            except queue.Empty:
                return
            if call is None:
                self._calls.put(None)  # for run() to find
                return
            calls.append(call)
            yield call

    def _refuse(self, calls: list[Asked], error: Exception) -> None:
        """No transaction could begin. Who waits by now shall not wait as long again for the same."""
        for call in self._waiting(calls):
            call.error = error
        self._disconnect()

    def _savepoint(self, open: WriteConnection, call: Asked) -> None:
        open.savepoint()
        call.run(Tx(open.statements, self._given, self._now))
        if not open.in_transaction:
            raise Gone from call.error
        if call.error is None:
            try:
                open.release()
            except IntegrityError as error:
                call.error = error
        if call.error is not None:
            open.undo()

    def _alone(self, call: Asked, doubt: Doubt | None) -> None:
        """The call again, whole, on a new connection and in a commit of its own."""
        for _ in range(TRIES):
            self._disconnect()
            call.error = None
            try:
                open = self._begin()
                self._savepoint(open, call)
                began = time.perf_counter()
                with points.around(call):
                    open.commit()
                self._given.committed(began, 1)
                break
            except Doubt as error:
                doubt = call.error = error
            except Exception as error:  # nothing of this run has happened
                call.error = call.error or error
                break
        call.in_doubt(doubt)
        self._disconnect()

    def _begin(self) -> WriteConnection:
        if self._connection is None:
            self._connection = WriteConnection(self._engine)
        self._connection.begin()
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _now(self, tx: Tx) -> datetime:
        return self._given.clock.now()

    def _answer(self, calls: Iterable[Asked]) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[Asked]] = {}
        for call in calls:
            by_loop.setdefault(call.loop, []).append(call)
        for loop, asked in by_loop.items():
            try:
                loop.call_soon_threadsafe(self._tell, asked)
            except RuntimeError:
                log.warning("%d calls were carried out for an event loop that is closed by now", len(asked))

    def _tell(self, calls: list[Asked]) -> None:
        """On the loop's thread. First all the answers, so that nothing that follows can keep one from its caller."""
        for call in calls:
            call.abandoned = call.answered.cancelled()
            if not call.answered.done():
                call.answered.set_result(None)
        for call in calls:
            call.follow(self._bell)
