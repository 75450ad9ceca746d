"""What a process that is forked takes along, so that a life of the shop need not begin by warming up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from core.faq_reading import reader
from core.ground.stores import connection, postgres, sqlite
from proofs.guards import replaced

MAKERS = ((connection, "engine"), (sqlite, "create_async_engine"), (postgres, "_engine"))


@contextmanager
def engines_kept() -> Iterator[None]:
    """SQLAlchemy's engines, which remember the statements they compiled, are made once for each address and setting.

    A closed store leaves its engines without a connection, as good as new; its files and servers know nothing of it.
    What reads questions comes along too: it is never changed, and takes a second to load.
    """
    reader()
    with ExitStack() as until_left:
        for owner, name in MAKERS:
            until_left.enter_context(replaced(owner, name, _kept(getattr(owner, name))))
        yield


def _kept(make: Callable[..., Any]) -> Callable[..., Any]:
    made: dict[str, Any] = {}

    def kept(*args: Any, **options: Any) -> Any:
        asked = repr((args, sorted(options.items(), key=str)))
        if asked not in made:
            made[asked] = make(*args, **options)
        return made[asked]

    return kept
