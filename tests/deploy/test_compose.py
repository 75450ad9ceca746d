"""deploy/compose.yaml: what it promises stands in it, its own tool takes it, and its commands are a shop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import yaml

from core.ground.vault import KeyRing
from doubles.postgres import Postgres
from tests.deploy.conftest import DEPLOY, needs
from tests.ports import free_port

FILE = DEPLOY / "compose.yaml"
OURS = ("migrate", "web", "jobs", "bots")
PATIENCE = 90.0
MIKA = "from mika.cli import app; app()"


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text())["services"]


def test_its_own_tool_takes_it():
    ran = subprocess.run(
        [needs("docker-compose"), "-f", str(FILE), "config", "--quiet"],
        env={**os.environ, "DOMAIN": "shop.example"},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr


def test_without_a_name_for_the_shop_it_says_what_is_missing():
    environ = {name: value for name, value in os.environ.items() if name != "DOMAIN"}
    ran = subprocess.run(
        [needs("docker-compose"), "-f", str(FILE), "config", "--quiet"], env=environ, capture_output=True, text=True
    )
    assert ran.returncode != 0
    assert "the name of your shop" in ran.stderr


@pytest.mark.parametrize("name", OURS)
def test_the_shop_may_write_to_its_data_alone_and_its_secrets_are_files(services: dict[str, Any], name: str):
    service = services[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert [volume.partition(":")[2] for volume in service["volumes"]] == ["/data"]
    assert service["secrets"] == ["database"]
    assert not {key for key in service["environment"] if "TOKEN" in key or "PASSWORD" in key or "DATABASE" in key}


def test_the_shop_listens_where_it_is_looked_for(services: dict[str, Any]):
    port = services["caddy"]["environment"]["SHOP"].removeprefix("web:")
    assert f"http://127.0.0.1:{port}/healthz" in (DEPLOY / "Dockerfile").read_text()
    assert {str(services[name]["environment"]["MIKA_PORT"]) for name in OURS} == {port}


def test_nobody_outside_reaches_the_database(services: dict[str, Any]):
    assert services["database"]["networks"] == ["inside"]
    assert [name for name, service in services.items() if "ports" in service] == ["caddy"]


def test_the_secrets_are_made_once(tmp_path: Path):
    script = tmp_path / "secrets.sh"
    script.write_bytes((DEPLOY / "secrets.sh").read_bytes())
    for expected in ("holds the password", "nothing was changed"):
        ran = subprocess.run(["sh", str(script)], capture_output=True, text=True, check=True)
        assert expected in ran.stdout
    made = tmp_path / "secrets"
    password = (made / "database_password").read_text()
    assert len(password) == 64
    assert (made / "database").read_text() == f"postgresql+asyncpg://mika:{password}@database/mika"
    assert {file.stat().st_mode & 0o777 for file in made.iterdir()} == {0o400}


class Containers:
    """The services of ours as processes on this machine, with what the file gives them."""

    def __init__(self, services: dict[str, Any], data: Path, secrets: Path, port: int) -> None:
        self._services, self._data, self._secrets, self.port = services, data, secrets, port
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> subprocess.Popen[bytes]:
        told = {key: str(value) for key, value in self._services[name]["environment"].items()}
        here = {"MIKA_SECRETS": str(self._secrets), "MIKA_HOST": "127.0.0.1", "MIKA_PORT": str(self.port)}
        environ = {**_clean(), **told, **here}
        environ["MIKA_PUBLIC_URL"] = "https://shop.example"
        command = [sys.executable, "-c", MIKA, *self._services[name]["command"]]
        self.running[name] = subprocess.Popen(command, cwd=self._data, env=environ, stderr=subprocess.PIPE)
        return self.running[name]


def _clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("MIKA_")}


@pytest.fixture
def containers(services: dict[str, Any], tmp_path: Path, postgres_server: Postgres) -> Iterator[Containers]:
    data, secrets = tmp_path / "data", tmp_path / "secrets"
    (data / "data").mkdir(mode=0o700, parents=True)
    secrets.mkdir()
    KeyRing.fresh().save(data / "data" / "key")
    (secrets / "database").write_text(postgres_server.create(f"compose_{uuid4().hex}"))
    made = Containers(services, data, secrets, free_port())
    yield made
    for process in made.running.values():
        process.kill()
        process.wait()


@pytest.mark.postgres
def test_its_commands_are_a_shop_on_postgresql_and_end_when_they_are_told(containers: Containers):
    assert containers.start("migrate").wait(PATIENCE) == 0
    web, jobs = containers.start("web"), containers.start("jobs")
    _healthy(containers)
    _opened(jobs)
    for process in (web, jobs):
        process.send_signal(signal.SIGTERM)
    assert [process.wait(15) for process in (web, jobs)] == [0, 0]


@pytest.mark.postgres
def test_without_tokens_the_bots_say_that_there_are_none(containers: Containers):
    assert containers.start("migrate").wait(PATIENCE) == 0
    bots = containers.start("bots")
    _, said = bots.communicate(timeout=PATIENCE)
    assert bots.returncode != 0
    assert b"S019" in said


def _opened(process: subprocess.Popen[bytes]) -> None:
    """It says so in its log. Told to end before that, it would be ended by the system."""
    assert process.stderr is not None
    gives_up = threading.Timer(PATIENCE, process.kill)
    gives_up.start()
    assert any(b'"event": "open"' in line for line in process.stderr)
    gives_up.cancel()


def _healthy(containers: Containers) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            if httpx.get(f"http://127.0.0.1:{containers.port}/healthz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError("the web part does not answer")
