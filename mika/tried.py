"""Rehearsals for staff: `mika rehearse` in a process of its own, so that the shop that sells is not slowed by it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.ground import points
from core.ground.words import LOCALES
from core.rehearsals import PLAIN, Rehearsed

PATIENCE = 50.0  # seconds, below the lease of a row
TO_TIDY = 2.0  # seconds for what is told to end, in which it takes its copy away
LESS = 10  # as nice: whoever buys comes first
LARGEST = 4 * 1024 * 1024  # bytes of what it says
NOT_ITS = {points.AT, points.TRACE}  # they are about this process


class Beside:
    """Keeps Rehearsal. `config` is the file the shop's settings are from; the environment says the rest again."""

    def __init__(
        self,
        config: Path | None,
        chats: Sequence[str] = ("browser",),
        command: Sequence[str] = (sys.executable, "-m", "mika.cli"),
    ) -> None:
        self.chats = chats
        self._config = config
        self._command = command

    async def play(self, play: str, slug: str | None, locale: str, chat: str | None = None) -> Rehearsed:
        scenario = ["--scenario", play] if play != PLAIN else []
        product = ["--product", slug] if slug else []
        there = ["--chat", chat] if chat else []
        spoken = locale if locale in LOCALES else "en"
        asked = [*self._command, "rehearse", "--json", "--locale", spoken, *scenario, *product, *there]
        process = await asyncio.create_subprocess_exec(
            *asked,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=LARGEST,
            env=self._environment(),
        )
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, LESS)
        try:
            async with asyncio.timeout(PATIENCE):
                said, _ = await process.communicate()
        except TimeoutError:
            return Rehearsed(False, why="too-long")
        finally:
            if process.returncode is None:
                await _ended(process)
        return _told(said)

    def _environment(self) -> dict[str, str]:
        environment = {name: value for name, value in os.environ.items() if name not in NOT_ITS}
        return environment | ({"MIKA_CONFIG": str(self._config)} if self._config else {})


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Told to end, and ended where it does not. What it then leaves, the next rehearsal takes away."""
    process.terminate()
    try:
        async with asyncio.timeout(TO_TIDY):
            await process.wait()
    except TimeoutError:
        pass
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _told(said: bytes) -> Rehearsed:
    """What the command said; "broken" where that is no report."""
    try:
        told: Mapping[str, Any] = json.loads(said.splitlines()[-1])
        lines = [line for line in told["lines"] if isinstance(line, dict)]
        return Rehearsed(told["ok"] is True, lines, detail=str(told.get("why", ""))[:300])
    except (ValueError, LookupError, TypeError):
        return Rehearsed(False, why="broken")
