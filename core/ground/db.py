"""The database: one call is one transaction, decided by a plain function that is handed a Tx."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, Self, TypeVar

from sqlalchemy import URL, make_url

from core.ground.clock import Clock
from core.ground.ids import Ids
from core.ground.stores.calls import Decision
from core.ground.stores.postgres import PostgresStore
from core.ground.stores.sqlite import SqliteStore
from core.ground.tx import Given, NoRow, OnCommit, Tx
from core.ground.waking import Bell

if TYPE_CHECKING:
    from core.ground.rules import Rules
    from core.ground.vault import Vault

__all__ = ["Database", "NoRow", "Tx"]

P = ParamSpec("P")
T = TypeVar("T")


class Store(Protocol):
    """SQLite or PostgreSQL: the same promises, kept differently."""

    async def open(self) -> None: ...
    async def write(self, work: Callable[[Tx], Any]) -> Any: ...
    async def read(self, work: Callable[[Tx], Any]) -> Any: ...
    async def close(self) -> None: ...


STORES: dict[str, Callable[[URL, Given, Bell], Store]] = {
    "sqlite+aiosqlite": SqliteStore,
    "postgresql+asyncpg": PostgresStore,
}


class Database:
    """Where everything decided is written down. Used from one event loop."""

    def __init__(self, store: Store, bell: Bell) -> None:
        self._store = store
        self._bell = bell

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        vault: Vault,
        rules: Rules,
        clock: Clock | None = None,
        ids: Ids | None = None,
        on_commit: OnCommit | None = None,
    ) -> Self:
        """Opens sqlite+aiosqlite:///file or postgresql+asyncpg://... and tries it. The tables are others' work.

        `on_commit` is told of each commit how long it took and how many calls shared it, from whichever thread.
        Raises ValueError for another kind of address, SQLAlchemy's or the system's error for what can't be reached.
        """
        address = make_url(url)
        if address.drivername not in STORES:
            raise ValueError(f"a database's address starts with {' or '.join(STORES)}, not {address.drivername}")
        bell, given = Bell(), Given(vault, rules, clock or Clock(), ids or Ids(), on_commit)
        store = STORES[address.drivername](address, given, bell)
        try:
            await store.open()
        except BaseException:
            await store.close()
            raise
        return cls(store, bell)

    async def write(self, fn: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs fn(tx, ...) in one transaction and returns its answer once the commit is durable.

        What fn raises rolls its changes back, and only its own, and is raised here. fn may be run several times
        when transactions get into each other's way or a commit's answer is lost: it decides by what it reads, and
        finds by its request key what an earlier run did. Raises OutcomeUnknown if even so nobody can tell.

        Cancelling the caller ends its waiting only; the write is carried out.
        """
        return await self._store.write(Decision(fn, args, kwargs))

    async def read(self, fn: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs fn(tx, ...) on one moment's state, not waiting for any write. The database refuses changes."""
        return await self._store.read(Decision(fn, args, kwargs))

    async def wait_for(self, *topics: str, timeout: float = 1.0) -> bool:
        """Until one of the topics is woken, at most `timeout` seconds: then look again whether there is work.

        True if one was woken. At once if one was since this task last waited: nothing is missed between looking and
        waiting.
        """
        return await self._bell.wait(topics, timeout)

    async def close(self) -> None:
        """Finishes what was asked for, then lets go of every connection."""
        await self._store.close()
