"""How far a long piece of work is: a bar, or a line now and then where there is no terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

BETWEEN = 5.0  # seconds between two lines of progress where no bar can be drawn
Step = Callable[[str, int, int], None]  # what is done, how much of it, of how much


@contextmanager
def progress() -> Iterator[Step]:
    """A bar, or a line now and then where there is no terminal."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def step(doing: str, done: int, of: int) -> None:
            task = tasks.get(doing)
            if task is None:
                task = tasks[doing] = bars.add_task(doing, total=of)
            bars.update(task, completed=done, total=of)

        yield step


def _lines() -> Step:
    said = {"doing": "", "at": 0.0}

    def step(doing: str, done: int, of: int) -> None:
        now = time.monotonic()
        if doing != said["doing"] or done >= of or now - float(said["at"]) > BETWEEN:
            said.update(doing=doing, at=now)
            print(f"  {doing.lower()} {done:,} of {of:,}", file=sys.stderr, flush=True)

    return step
