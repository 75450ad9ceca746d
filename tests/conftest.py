"""What every test may ask for, and which tests wait for a bigger occasion."""

from __future__ import annotations

import functools
import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from core import risk_policy
from doubles import mariadb as mariadbs
from doubles.mariadb import MariaDB
from doubles.postgres import Postgres, memory
from migrations import upgrade
from proofs import few_rules
from tests.warm import statements_kept

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

NOT_NOW = {
    "slow": (os.environ.get("CI") == "true", "slow: runs with CI=true"),
    "chromium": (CHROMIUM is not None, "no Chromium here: apt-get install chromium"),
}

# The tests' folders lie in memory where there is room, as their PostgreSQL does: no test cuts the power.
if (roomy := memory()) is not None:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(roomy))


def pytest_collection_finish() -> None:
    """As the shop does at its start: a full look for garbage would stop a test for a third of a second."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for mark, (runs, reason) in NOT_NOW.items():
            if not runs and item.get_closest_marker(mark):
                item.add_marker(pytest.mark.skip(reason=reason))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests buy as no person does, at once and again and again: by most rules of risk a colleague would look at them.

    Where it isn't the rules that are tried, only those run by which single orders stand out.
    """
    standard = item.get_closest_marker("standard_rules")
    risk_policy.UNSET = few_rules.STANDARD if standard else few_rules.FEW


@pytest.fixture(scope="session", autouse=True)
def roots_of_trust() -> Iterator[None]:
    """Read once: every httpx client reads all of them anew, in 30 ms, and here there are thousands."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("httpx._transports.default.create_ssl_context", functools.cache(httpx.create_ssl_context))
        yield


@pytest.fixture(scope="session", autouse=True)
def statements() -> Iterator[None]:
    with statements_kept():
        yield


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A PostgreSQL of this test process's own; each xdist worker has one. Ask it for databases."""
    with Postgres() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDB]:
    """A MariaDB of this test process's own, where old shops lie. Its clock is Shanghai's."""
    if not mariadbs.is_here():
        pytest.skip(mariadbs.MISSING)
    with MariaDB() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "shop.db"
    upgrade(f"sqlite+aiosqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Postgres) -> str:
    upgrade(postgres_server.create("story_template"))
    return "story_template"
