"""Several processes at the same work, begun at the same moment."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import BrokenBarrierError
from typing import Any

from proofs.guards import without
from proofs.shop import hushed

SPAWN = multiprocessing.get_context("spawn")  # a fork would take the parent's threads' locks along
PATIENCE = 120.0  # seconds to wait for the slowest at a gate


@dataclass(frozen=True)
class Hand:
    """One of the crew: which, of how many, and the gate at which they wait for each other."""

    number: int
    of: int
    gate: Any  # a Barrier of multiprocessing

    async def together(self) -> None:
        """Returns when everybody has come here."""
        await asyncio.to_thread(self.gate.wait, PATIENCE)


class Crew:
    """Up between the start and the end of its block; takes one work after the other."""

    def __init__(self, of: int, guard: str | None) -> None:
        self.of = of
        self._guard = guard
        self._pool = ProcessPoolExecutor(of, mp_context=SPAWN, initializer=_begin, initargs=(of, SPAWN.Barrier(of)))

    def works(self, work: Callable[..., Awaitable[Any]], *given: Any) -> list[Any]:
        """Runs `work(hand, *given)` in every process, begun together; returns what each returned, by number."""
        calls = [self._pool.submit(_work, number, self._guard, work, given) for number in range(self.of)]
        errors = [error for call in calls if (error := call.exception())]
        for error in errors:
            if not isinstance(error, BrokenBarrierError):  # those only waited in vain for the one that fell
                raise error
        if errors:
            raise errors[0]
        return [call.result() for call in calls]

    def end(self) -> None:
        self._pool.shutdown()


@contextmanager
def crew(of: int, guard: str | None) -> Iterator[Crew]:
    made = Crew(of, guard)
    try:
        yield made
    finally:
        made.end()


_gate: Any = None
_of = 0


def _begin(of: int, gate: Any) -> None:
    global _gate, _of
    _gate, _of = gate, of


def _work(number: int, guard: str | None, work: Callable[..., Awaitable[Any]], given: tuple[Any, ...]) -> Any:
    """Nobody gets a second part: none is finished before all have begun."""
    hand = Hand(number, _of, _gate)
    with hushed(), without(guard):
        _gate.wait(PATIENCE)
        try:
            return asyncio.run(_alone(work, hand, given))
        except BaseException:
            _gate.abort()
            raise


async def _alone(work: Callable[..., Awaitable[Any]], hand: Hand, given: tuple[Any, ...]) -> Any:
    return await work(hand, *given)
