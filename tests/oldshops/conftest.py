"""Old databases, one for each test, with each trap once."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import oldshops
from core.ground.vault import Secret
from core.old_shops import OldShop
from doubles import old_shops
from doubles.mariadb import READER, MariaDB
from doubles.postgres import memory
from tests.oldshops import traps

READ = Secret(READER)
NUMBERS = itertools.count()


@pytest.fixture(autouse=True)
def in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where exports are loaded: a slow disk made it five seconds each."""
    if (roomy := memory()) is not None:
        monkeypatch.setattr(tempfile, "tempdir", str(roomy))


@pytest.fixture
def database(mariadb: MariaDB) -> Iterator[str]:
    """The name of an empty one."""
    name = f"old_{next(NUMBERS)}"
    mariadb.create(name)
    yield name
    mariadb.drop(name)


@pytest.fixture
def trapped(mariadb: MariaDB, database: str) -> Callable[[str], str]:
    """Fills the database as a shop of that name and version; returns where it is."""

    def fill(shop: str) -> str:
        connection = mariadb.connect(database)
        old_shops.make(connection, shop)
        traps.lay(connection, shop)
        connection.close()
        return mariadb.source(database)

    return fill


@pytest.fixture
def opened() -> Iterator[Callable[..., OldShop]]:
    """Opens shops, and closes them at the end."""
    shops: list[OldShop] = []

    def open_one(kind: str, source: str, **options: Any) -> OldShop:
        shops.append(oldshops.open(kind, source, password=READ, **options))
        return shops[-1]

    yield open_one
    for shop in shops:
        shop.close()
