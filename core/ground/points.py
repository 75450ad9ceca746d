"""Crash points: the moments before and after each commit and each outside call, where a proof lets the process die.

Off, which is always but in a proof, the two around a call cost some 200 ns together. MIKA_CRASH_TRACE=FILE notes every
passage, one name a line, so that the points are found by tracing one good run and nobody keeps a list.
MIKA_CRASH_AT=NAME:NTH ends this very process by SIGKILL at the NTH passage of that name. tests/test_points.py sees to
it that no commit and no outside call is without its two.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from contextlib import AbstractContextManager, nullcontext

AT, TRACE = "MIKA_CRASH_AT", "MIKA_CRASH_TRACE"


class Watch:
    """Who looks on as the points are passed. `die_at`: a point's name, and the passage of it to die at."""

    def __init__(self, die_at: tuple[str, int] | None = None, trace: str | None = None) -> None:
        self._die_at = die_at
        self._passed: Counter[str] = Counter()
        self._trace = os.open(trace, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) if trace else None

    def sees(self, point: str) -> None:
        self._passed[point] += 1
        if self._trace is not None:
            os.write(self._trace, f"{point}\n".encode())
        if self._die_at == (point, self._passed[point]):
            os.kill(os.getpid(), signal.SIGKILL)


class Around(AbstractContextManager[None]):
    """The two points around something that may have happened outside although we never hear of it."""

    def __init__(self, watch: Watch, names: list[str]) -> None:
        self._watch = watch
        self._names = names

    def __enter__(self) -> None:
        for name in self._names:
            self._watch.sees(f"before {name}")

    def __exit__(self, *_: object) -> None:
        for name in self._names:
            self._watch.sees(f"after {name}")


OFF = nullcontext()
_watch: Watch | None = None


def around(*what: object) -> AbstractContextManager[None]:
    """Stand in a `with` around one commit or one outside call; `what` it is becomes text only when somebody watches.

    A commit that several calls share passes the points of each of them: so how often a point is passed does not
    depend on who happened to share with whom.
    """
    return OFF if _watch is None else Around(_watch, [str(name) for name in what])


def watch(by: Watch | None) -> None:
    """From now on, in this process. The environment says so at the start; a forked child of a proof says it here."""
    global _watch
    _watch = by


def told(environment: dict[str, str] | os._Environ[str]) -> Watch | None:
    """What the environment asks for. Raises ValueError for a point without its number."""
    die_at, trace = environment.get(AT), environment.get(TRACE)
    if not die_at and not trace:
        return None
    name, _, nth = (die_at or "").rpartition(":")
    return Watch((name, int(nth)) if die_at else None, trace)


watch(told(os.environ))
