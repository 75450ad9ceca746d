"""The other processes of the shop, on PostgreSQL: telling them what was woken here, hearing what was woken there."""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from core.ground.waking import Bell

log = logging.getLogger(__name__)

CHANNEL = "mika"
PAUSE = (0.1, 1.0)  # seconds until the line is tried again
LAST_WORDS = 1.0  # seconds
LONGEST = 7000  # bytes of one notification; PostgreSQL takes just under 8000
SQLALCHEMYS = ("prepared_statement_cache_size", "prepared_statement_name_func", "async_creator_fn")


class Neighbours:
    """One connection that listens and notifies, for as long as the database is open.

    NOTIFY inside a transaction makes all commits queue up behind one lock, so it goes out here, by itself, for all
    that was woken since the last one. It is a courtesy: who waits looks every second anyway, so that a lost
    connection costs at most that second while a new one is made.
    """

    def __init__(self, engine: AsyncEngine, bell: Bell) -> None:
        self._engine = engine
        self._bell = bell
        self._name = secrets.token_hex(8)
        self._topics: set[str] = set()
        self._stirred = asyncio.Event()
        self._told = asyncio.Event()  # nobody is still to be told of anything
        self._told.set()
        self._task: asyncio.Task[None] | None = None
        self.listening = asyncio.Event()

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._stay_in_touch())

    def tell(self, topics: set[str]) -> None:
        """Lets the others know as soon as the line is free."""
        if topics:
            self._topics |= topics
            self._told.clear()
            self._stirred.set()

    async def close(self) -> None:
        """What was woken last is still told, if the line is up: somebody waits for what this process hands over."""
        if self._task is not None:
            if self.listening.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._told.wait(), LAST_WORDS)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _stay_in_touch(self) -> None:
        while True:
            try:
                await self._talk()
            except Exception as error:
                # Once for each time it goes down: nobody wants to read this every second of an outage.
                level = logging.WARNING if self.listening.is_set() else logging.DEBUG
                log.log(level, "the line to the shop's other processes is down, trying again: %r", error)
            self.listening.clear()
            await asyncio.sleep(random.uniform(*PAUSE))  # noqa: S311

    async def _talk(self) -> None:
        line = await self._connect()
        try:
            # A notification needs no durable commit of its own.
            await line.execute("SET synchronous_commit = off")
            await line.add_listener(CHANNEL, self._hear)
            line.add_termination_listener(lambda _: self._stirred.set())
            self.listening.set()
            self._bell.ring_all()  # what rang while the line was down was missed
            while not line.is_closed():
                await self._stirred.wait()
                self._stirred.clear()
                await self._notify(line)
            raise ConnectionError("the server has closed it")
        finally:
            line.terminate()

    async def _connect(self) -> asyncpg.Connection:
        dialect = self._engine.sync_engine.dialect
        positional, named = dialect.create_connect_args(self._engine.url)
        ours = {name: value for name, value in named.items() if name not in SQLALCHEMYS}
        return await asyncpg.connect(*positional, **{**ours, "timeout": 10, "command_timeout": 5})

    async def _notify(self, line: asyncpg.Connection) -> None:
        topics, self._topics = self._topics, set()
        try:
            for payload in payloads(self._name, topics):
                await line.execute("SELECT pg_notify($1, $2)", CHANNEL, payload)
            if not self._topics:
                self._told.set()
        except BaseException:
            self.tell(topics)  # on the next line
            raise

    def _hear(self, line: object, process: int, channel: str, payload: object) -> None:
        name, *topics = str(payload).split("\n")
        if name != self._name:  # our own waiters know already
            self._bell.ring(topics)


def payloads(name: str, topics: Iterable[str]) -> Iterator[str]:
    """Who rang, and which topics, in as few notifications as will hold them."""
    payload = name
    for topic in sorted(topics):
        if len(f"{payload}\n{topic}".encode()) > LONGEST:
            yield payload
            payload = name
        payload += f"\n{topic}"
    if payload != name:
        yield payload
