"""What one test's databases leave to the next one's: statements that are compiled already."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from core.ground.stores import connection, postgres, sqlite

MAKERS = ((connection, "engine"), (sqlite, "create_async_engine"), (postgres, "_engine"))


@contextmanager
def statements_kept() -> Iterator[None]:
    """Engines of one kind have one dialect: it is by its dialect that a compiled statement is found again.

    A shop has some hundred statements, and each test opens a shop: compiling them was half of what tests cost. Each
    engine still has connections of its own, and nothing is known of what is in its database.
    """
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in MAKERS:
            patch.setattr(owner, name, _kept(getattr(owner, name)))
        yield


def _kept(make: Callable[..., Any]) -> Callable[..., Any]:
    first: dict[tuple[Any, ...], Any] = {}

    def made(url: Any, *how: Any, **more: Any) -> Any:
        engine = make(url, *how, **more)
        own = getattr(engine, "sync_engine", engine)
        shared = first.get(how)
        if shared is None or shared.dialect.server_version_info is None:  # it has never been connected
            first[how] = own
        else:
            own.dialect, own._compiled_cache = shared.dialect, shared._compiled_cache
        return engine

    return made
