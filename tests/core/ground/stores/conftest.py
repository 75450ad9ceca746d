"""A look at the stores from beside and from within."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import make_url

from core.ground.stores.connection import WriteConnection


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "shop.db"


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows with each commit."""
    made: list[int] = []
    commit = WriteConnection.commit

    def counted(self: WriteConnection) -> None:
        commit(self)
        made.append(len(made))

    monkeypatch.setattr(WriteConnection, "commit", counted)
    return made


@pytest.fixture
async def outside(postgres_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Somebody else at the same database."""
    url = make_url(postgres_url).set(drivername="postgresql")
    connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    yield connection
    await connection.close()
