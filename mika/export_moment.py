"""One moment of a shop that sells, to be read for as long as it takes.

SQLite's file is copied first, as for a backup, and the copy is read: a long read of the file itself would keep its log
from being put away, and the log would grow with each sale. PostgreSQL keeps one moment for whoever asks and makes
nobody wait, so there one transaction reads it all.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Select, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from core.ground.clock import Clock
from core.ground.ids import Ids
from core.ground.rules import Rules
from core.ground.tx import AnyRow, Given, Tx
from core.ground.vault import Vault
from mika.backup import copied, private
from mika.gently import gently
from mika.settings import Settings

PAGE = 1000  # rows in memory at a time
T = TypeVar("T")


class Moment:
    """What stood in the shop at `at`."""

    def __init__(self, at: datetime, connection: AsyncConnection, vault: Vault, rules: Rules) -> None:
        self.at = at
        self.vault = vault
        self.rules = rules
        self._connection = connection

    async def pages(self, asked: Select[Any]) -> AsyncIterator[Sequence[AnyRow]]:
        """Every row, so many at a time."""
        async with self._connection.stream(asked, execution_options={"yield_per": PAGE}) as found:
            async for page in found.partitions(PAGE):
                yield page

    async def read(self, look: Callable[[Tx], T]) -> T:
        """What a function of the core finds then."""
        given = Given(self.vault, self.rules, Clock(), Ids())
        return await self._connection.run_sync(lambda sync: look(Tx(sync, given, lambda _: self.at, writes=False)))


@asynccontextmanager
async def moment(settings: Settings, vault: Vault, copy: Path) -> AsyncIterator[Moment]:
    """The shop as it is now. `copy` is where SQLite's file is copied to; it is gone after the block."""
    address, at = make_url(settings.database_url), datetime.now(UTC)
    on_sqlite = address.get_backend_name() == "sqlite"
    with private(copy) if on_sqlite else nullcontext():
        if on_sqlite:
            await gently(copied, Path(address.database or ""), copy)
            engine = create_async_engine(address.set(database=str(copy)), poolclass=NullPool, hide_parameters=True)
        else:
            engine = create_async_engine(
                address,
                poolclass=NullPool,
                hide_parameters=True,
                isolation_level="REPEATABLE READ",
                execution_options={"postgresql_readonly": True},
            )
        try:
            async with engine.connect() as connection:
                yield Moment(at, connection, vault, settings.rules())
        finally:
            await engine.dispose()
