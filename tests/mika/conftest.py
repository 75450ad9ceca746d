"""What the tests of the command line share: a demo shop made once and copied, and somewhere to stand."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from mika import demo
from mika.settings import Settings
from mika.settings_read import load


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demo shop on its first day. Not to be opened, only copied."""
    folder = tmp_path_factory.mktemp("furnished") / "demo"
    asyncio.run(demo.open_up(demo.prepare(folder)))
    return folder


@pytest.fixture
def folder(furnished: Path, tmp_path: Path) -> Path:
    """A demo shop of the test's own, where the commands look for one."""
    return shutil.copytree(furnished, tmp_path / "data" / "demo")


@pytest.fixture
def settings(folder: Path) -> Settings:
    return load(folder / "mika.toml", {})


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty working folder, and no settings in the environment."""
    for name in [name for name in os.environ if name.startswith("MIKA_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """A log that a command has set up ends with the test."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()
