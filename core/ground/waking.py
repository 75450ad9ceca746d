"""Waking: who waits for a topic, and what was rung while nobody looked."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from weakref import WeakKeyDictionary

MANY = 10_000  # topics remembered


Heard = dict[tuple[str, ...], int]  # for each set of topics, up to which ring somebody has heard


class Bell:
    """Remembers when each topic was last rung, so that a ring between looking and waiting is not lost.

    All on one event loop's thread.
    """

    def __init__(self) -> None:
        self._rings = 0  # counts up; a topic's last ring is a number of these
        self._forgotten = 0  # the ring up to which topics may have been forgotten
        self._rung: dict[str, int] = {}
        self._waiting: set[tuple[frozenset[str], asyncio.Future[None]]] = set()
        self._heard: Heard = {}  # by all waiters for these topics together
        self._heard_by: WeakKeyDictionary[asyncio.Task[object], Heard] = WeakKeyDictionary()

    def ring(self, topics: Iterable[str]) -> None:
        """Wakes who waits for any of these."""
        rung = frozenset(topics)
        if len(self._rung) > MANY:
            self._forget()
        self._rings += 1
        self._rung.update(dict.fromkeys(rung, self._rings))
        for wanted, future in self._waiting:
            if wanted & rung and not future.done():
                future.set_result(None)

    def ring_all(self) -> None:
        """Wakes everybody, also who is about to wait: rings may have been missed."""
        self._rings += 1
        self._forget()
        for _, future in self._waiting:
            if not future.done():
                future.set_result(None)

    async def wait(self, topics: tuple[str, ...], timeout: float) -> bool:
        """Until one of the topics is rung, or `timeout` seconds. At once if one was since this task last waited.

        True if one was rung.

        A task that waits for the first time goes on where the last waiter for the same topics stopped: some
        callers wait in a new task each time, and would otherwise never rest, or never hear.
        """
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("only a task can wait")
        heard = self._heard_by.setdefault(task, {})
        rung = self._last(topics) > heard.get(topics, self._heard.get(topics, 0))
        if not rung:
            rung = await self._sleep(frozenset(topics), timeout)
        heard[topics] = self._heard[topics] = self._rings
        return rung

    async def _sleep(self, topics: frozenset[str], timeout: float) -> bool:
        waiting = (topics, asyncio.get_running_loop().create_future())
        self._waiting.add(waiting)
        try:
            await asyncio.wait((waiting[1],), timeout=timeout)
            return waiting[1].done()
        finally:
            self._waiting.discard(waiting)

    def _last(self, topics: tuple[str, ...]) -> int:
        return max((self._rung.get(topic, self._forgotten) for topic in topics), default=0)

    def _forget(self) -> None:
        """A forgotten topic counts as rung just now: who waits for it looks once in vain, and misses nothing."""
        self._rung.clear()
        self._heard.clear()
        self._forgotten = self._rings
