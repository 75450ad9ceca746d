"""The guards a proof can do without: switched off by name, in this process and in those it starts.

Each is what the shop must not be able to do without; a proof that still holds with one of its guards off proves
nothing about it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from core import moved, moving_in
from core.ground.errors import SendError

GUARDS: dict[str, Callable[[], AbstractContextManager[Any]]] = {}


def guard(name: str) -> Callable[[Callable[[], Iterator[None]]], Callable[[], Iterator[None]]]:
    """The decorated generator switches the guard off until it is left."""

    def register(off: Callable[[], Iterator[None]]) -> Callable[[], Iterator[None]]:
        GUARDS[name] = contextmanager(off)
        return off

    return register


def without(name: str | None) -> AbstractContextManager[Any]:
    """The block runs without that guard; with all of them for None. Raises KeyError for a name that is none."""
    return nullcontext() if name is None else GUARDS[name]()


def replaced(owner: Any, name: str, by: Any) -> AbstractContextManager[Any]:
    """A function or constant of the shop stands for something else until the block is left."""
    return patch.object(owner, name, by)


@guard("unremembered")
def unremembered() -> Iterator[None]:
    """Nobody looks whether a row of an old shop came over before."""
    with replaced(moved, "one", lambda tx, source, kind, old_id: None):
        yield


@guard("sales elsewhere")
def sales_elsewhere() -> Iterator[None]:
    """Nobody looks what an old shop has sold since its codes came over."""
    with replaced(moving_in, "gone", lambda tx, source, product, after, there: (None, Counter())):
        yield


def not_waiting() -> Iterator[None]:
    """A chat that asks for time is tried again as soon as any other."""
    made = SendError.__init__

    def forgetful(error: SendError, what: str, *, permanent: bool = False, wait: timedelta | None = None) -> None:
        made(error, what, permanent=permanent)

    with replaced(SendError, "__init__", forgetful):
        yield
