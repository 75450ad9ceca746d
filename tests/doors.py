"""What the tests of the doors share: a shop on a real database of either store, and a provider to take money."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from core.ground import inbox, outbox
from core.ground.db import Database
from core.ground.rules import Rules
from core.ground.tx import Tx
from core.ground.vault import KeyRing, Vault
from core.shop import Shop
from doubles.postgres import Postgres
from doubles.sandbox import Sandbox as Provider
from migrations import upgrade
from payments.sandbox import Sandbox
from tests.world import Clock

API_KEY, SECRET = "the shop's key", "the provider's secret"
numbers = itertools.count()
RULES = Rules(rehearsal=True)


@dataclass(frozen=True)
class Row:
    """An inbox or outbox row, as far as tests look at it."""

    state: str
    tries: int
    trouble: str | None


EVENTS = select(inbox.inbox.c.state, inbox.inbox.c.tries, inbox.inbox.c.trouble).order_by(inbox.inbox.c.id)
EFFECTS = select(outbox.outbox.c.state, outbox.outbox.c.tries, outbox.outbox.c.trouble).order_by(outbox.outbox.c.id)


def events(tx: Tx) -> list[Row]:
    return [Row(*row) for row in tx.all(EVENTS)]


def effects(tx: Tx, kind: str | None = None) -> list[Row]:
    wanted = EFFECTS if kind is None else EFFECTS.where(outbox.outbox.c.kind == kind)
    return [Row(*row) for row in tx.all(wanted)]


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop's database without any rows."""
    file = tmp_path_factory.mktemp("doors") / "empty.db"
    upgrade(f"sqlite+aiosqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def empty_database(postgres_server: Postgres) -> str:
    """Its name on the test process's server."""
    name = f"doors_empty{next(numbers)}"  # each folder of tests that asks for it makes its own
    upgrade(postgres_server.create(name))
    return name


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        file = shutil.copy(request.getfixturevalue("empty_file"), tmp_path / "shop.db")
        yield f"sqlite+aiosqlite:///{file}"
        return
    server: Postgres = request.getfixturevalue("postgres_server")
    name = f"doors{next(numbers)}"
    yield server.create(name, request.getfixturevalue("empty_database"))
    server.drop(name)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def db(url: str, clock: Clock) -> AsyncIterator[Database]:
    made = await Database.open(url, vault=Vault(KeyRing.fresh()), rules=RULES, clock=clock)
    clock.moved = made._bell.ring_all
    yield made
    await made.close()


@pytest.fixture
async def provider(tmp_path: Path) -> AsyncIterator[Provider]:
    """The test rail's provider, up and running."""
    made = Provider(tmp_path / "provider.db", api_key=API_KEY, secret=SECRET)
    async with made.served():
        yield made


@pytest.fixture
async def rail(provider: Provider) -> AsyncIterator[Sandbox]:
    """Our side of it. The notices go nowhere until a test says where."""
    made = Sandbox(provider.url, api_key=API_KEY, secret=SECRET, notify_url="http://127.0.0.1:9/hooks/sandbox")
    yield made
    await made.aclose()


@pytest.fixture
def shop(db: Database, rail: Sandbox) -> Shop:
    return Shop(db, RULES, "https://shop.example", {"sandbox": rail})
