"""A shop in a process of its own, which can be killed and opened again."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any

PROCESSES = multiprocessing.get_context("forkserver")  # the libraries are imported once, and there are no threads
PROCESSES.set_forkserver_preload(["proofs.storming.till", "proofs.storming.wechat_till"])
ENDING = 20.0  # seconds for one to be gone after a kill


class Opened:
    """`works` is its whole life, of what it is handed."""

    def __init__(self, works: Callable[[Any], None], till: Any) -> None:
        self._process = PROCESSES.Process(target=works, args=(till,), daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    async def listens(self, port: int) -> bool:
        """Whether it answers there. Raises RuntimeError if it has ended."""
        self.lives()
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return True
        return False

    def lives(self) -> None:
        """Raises RuntimeError if it has ended."""
        if self._process.exitcode is not None:
            raise RuntimeError(f"the till did not open: it ended with {self._process.exitcode}")

    async def dies(self) -> None:
        """kill -9."""
        self._process.kill()
        await asyncio.to_thread(self._process.join, ENDING)
        if self._process.exitcode is None:
            raise RuntimeError(f"the till was killed {ENDING:g} s ago, and is still there")


def ends_with_the_storm() -> None:
    """Called in the process: a storm that was killed leaves no till behind, to call at other doubles."""
    if storm := multiprocessing.parent_process():
        asyncio.get_running_loop().add_reader(storm.sentinel, os._exit, 1)
