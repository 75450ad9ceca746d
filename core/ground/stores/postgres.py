"""PostgreSQL: as many transactions at once as there are connections, run again when they get in each other's way."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import URL, event, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util import greenlet_spawn

from core.ground import points
from core.ground.columns import as_json
from core.ground.stores.calls import Call
from core.ground.stores.kept import Kept
from core.ground.stores.neighbours import Neighbours
from core.ground.tx import Given, Tx
from core.ground.waking import Bell

WRITERS = 8  # connections; with the readers and the line to the neighbours 13 a process, of PostgreSQL's usual 100
READERS = 4  # of their own, so that looking never waits for a sale
WRITES = "READ COMMITTED"  # said each time: a server may be set up to begin otherwise
READS = "REPEATABLE READ"  # two SELECTs see one moment
TRIES = 10
LONGEST_PAUSE = 1.0  # seconds; on average all ten tries take 2
IN_EACH_OTHERS_WAY = {"40001", "40P01", "55P03"}  # serialization failure, deadlock, a lock not to be had
REFUSED = {"22", "23", "40", "55", "P0"}  # classes of SQLSTATE after which a COMMIT certainly did not happen
LOST = {
    "08",
    "57",
    "58",
}  # ... after which the connection is of no use: connection, operator intervention, system

NOW = select(func.transaction_timestamp())


class PostgresStore:
    """Writers, readers, and a line to the other processes of the shop."""

    def __init__(self, url: URL, given: Given, bell: Bell) -> None:
        self._given = given
        self._bell = bell
        self._writing = Kept()
        self._reading = Kept()
        self._writers = _engine(url, WRITERS, WRITES)
        self._readers = _engine(url, READERS, READS)
        event.listen(self._readers.sync_engine, "connect", _only_read)
        self._neighbours = Neighbours(self._writers, bell)

    async def open(self) -> None:
        """Raises OSError or SQLAlchemy's DBAPIError if the server can't be reached, or does not let us in."""
        await self.read(lambda tx: tx.now)
        self._neighbours.start()

    async def write(self, work: Callable[[Tx], Any]) -> Any:
        call = Call(work)
        try:
            await self._writing.keep(self._decide(call))
        except asyncio.CancelledError:
            call.abandoned = True
            raise
        return call.result()

    async def read(self, work: Callable[[Tx], Any]) -> Any:
        call = Call(work)
        await self._reading.keep(self._look(call))
        return call.result()

    async def close(self) -> None:
        """Everything asked for before is still done and answered."""
        await self._writing.finished()
        await self._reading.finished()
        await self._neighbours.close()
        await self._writers.dispose()
        await self._readers.dispose()

    async def _decide(self, call: Call) -> None:
        doubt: BaseException | None = None
        for attempt in range(TRIES):
            await _pause(attempt)
            if await self._is_unknown(call):
                doubt = call.error  # a rerun finds by its request key what this run did
            elif not worth_another(call.error):
                break
        call.in_doubt(doubt)
        self._neighbours.tell(call.follow(self._bell))

    async def _is_unknown(self, call: Call) -> bool:
        """Runs the call once. True if its COMMIT was sent and erred: half of those have happened all the same."""
        sent = committed = False
        call.error = None

        def run() -> None:
            nonlocal sent, committed
            with self._writers.sync_engine.connect() as connection:
                call.run(Tx(connection, self._given, self._now))
                if call.error is None:
                    sent = True
                    began = time.perf_counter()
                    with points.around(call):
                        connection.commit()
                    committed = True
                    self._given.committed(began, 1)

        try:
            await greenlet_spawn(run)  # all in one: each call of an AsyncConnection's is one more
        except Exception as error:
            if not committed:
                call.error = call.error or error
        return sent and not committed and sqlstate(call.error)[:2] not in REFUSED

    async def _look(self, call: Call) -> None:
        for attempt in range(TRIES):
            await _pause(attempt)
            try:
                await greenlet_spawn(self._read, call)
            except Exception as error:
                call.error = error
            if not worth_another(call.error):
                return

    def _read(self, call: Call) -> None:
        with self._readers.sync_engine.connect() as connection:
            call.run(Tx(connection, self._given, self._now, writes=False))

    def _now(self, tx: Tx) -> datetime:
        return (tx.moment or tx.value(NOW)) + self._given.clock.offset


def sqlstate(error: BaseException | None) -> str:
    """PostgreSQL's five letters for what went wrong, or nothing if the error does not come from it."""
    return getattr(error.orig, "sqlstate", None) or "" if isinstance(error, DBAPIError) else ""


def worth_another(error: BaseException | None) -> bool:
    """Whether the same function, run again whole, may well succeed."""
    if isinstance(error, DBAPIError):
        state = sqlstate(error)
        return state in IN_EACH_OTHERS_WAY or state[:2] in LOST or error.connection_invalidated
    return isinstance(error, OSError)  # also a time-out


async def _pause(attempt: int) -> None:
    """Before every try but the first. Of random length, so that two who met don't meet again."""
    if attempt:
        longest = min(LONGEST_PAUSE, 0.01 * 2**attempt)
        await asyncio.sleep(random.uniform(0, longest))  # noqa: S311


def _only_read(connection: Any, _: Any) -> None:
    connection.readonly = True


def _engine(url: URL, connections: int, isolation: str) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        json_serializer=as_json,
        hide_parameters=True,  # an error's text is logged, and who bought what is nobody's business there
        query_cache_size=1500,
        isolation_level=isolation,
        connect_args={
            "timeout": 10,
            "prepared_statement_cache_size": 500,  # a connection's; the shop has more statements than the usual 100
            "command_timeout": 30,  # of a server that takes the statement and never answers, however dead
            "server_settings": {"application_name": "mika", "lock_timeout": "5s"},
        },
    )
