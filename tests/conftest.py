"""What every test may ask for, and which tests wait for a bigger occasion."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from doubles.postgres import Postgres
from migrations import upgrade

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

NOT_NOW = {
    "slow": (os.environ.get("CI") == "true", "slow: runs with CI=true"),
    "chromium": (CHROMIUM is not None, "no Chromium here: apt-get install chromium"),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for mark, (runs, reason) in NOT_NOW.items():
            if not runs and item.get_closest_marker(mark):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A PostgreSQL of this test process's own; each xdist worker has one. Ask it for databases."""
    with Postgres() as server:
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
