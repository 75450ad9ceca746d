"""Long work beside a shop that sells: one thing at a time, in a thread that gives way to all others."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
NICE = 10


def give_way() -> None:
    """On Linux this concerns the one thread, and the programs that it starts."""
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, 0, NICE)


POOL = ThreadPoolExecutor(1, "gently", give_way)


async def gently(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """What it returns or raises. Cancelling ends the waiting only: the work goes on to its end."""
    return await asyncio.get_running_loop().run_in_executor(POOL, partial(work, *args, **kwargs))
