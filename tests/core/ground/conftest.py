"""Databases of either store."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from core.ground.clock import Clock
from core.ground.db import Database
from core.ground.ids import Ids
from core.ground.stores.postgres import PostgresStore
from doubles.postgres import Postgres
from tests.core.ground.tables import furnish

Open = Callable[..., Awaitable[Database]]
numbers = itertools.count()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/shop.db"


@pytest.fixture
def postgres_url(postgres_server: Postgres) -> Iterator[str]:
    name = f"ground{next(numbers)}"
    yield postgres_server.create(name)
    postgres_server.drop(name)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest) -> str:
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
async def opened() -> AsyncIterator[Open]:
    """Opens databases, and closes them when the test is over."""
    opened: list[Database] = []

    async def open(url: str, *, clock: Clock | None = None, ids: Ids | None = None, **more: Any) -> Database:
        vault, rules = cast(Any, SimpleNamespace()), cast(Any, SimpleNamespace())
        db = await Database.open(url, vault=vault, rules=rules, clock=clock, ids=ids, **more)
        opened.append(db)
        if isinstance(db._store, PostgresStore):
            await db._store._neighbours.listening.wait()  # when the line comes up, it wakes everybody once
        return db

    yield open
    for db in opened:
        await db.close()


@pytest.fixture
async def db(url: str, opened: Open) -> Database:
    return await furnish(await opened(url))


@pytest.fixture
async def sqlite(sqlite_url: str, opened: Open) -> Database:
    return await furnish(await opened(sqlite_url))


@pytest.fixture
async def postgres(postgres_url: str, opened: Open) -> Database:
    return await furnish(await opened(postgres_url))
