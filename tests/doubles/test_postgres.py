"""The throw-away PostgreSQL starts, copies databases, and leaves nothing behind however its user ends."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import pytest

from doubles import postgres
from doubles.postgres import Postgres

pytestmark = pytest.mark.postgres

ABANDON = """
import os, signal
from doubles.postgres import Postgres

server = Postgres()
print(server.folder, server.pid, flush=True)
{end}
"""


async def ask(url: str, *statements: str) -> list[object]:
    """The statements on one connection, one value each."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return [await connection.fetchval(statement) for statement in statements]
    finally:
        await connection.close()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_database_is_utf8_and_forgetful(postgres_server: Postgres) -> None:
    url = postgres_server.create("plain")
    asked = ["server_encoding", "fsync", "synchronous_commit", "full_page_writes", "listen_addresses"]
    assert await ask(url, *(f"SHOW {name}" for name in asked)) == ["UTF8", "off", "off", "off", "127.0.0.1"]
    assert await ask(url, "SELECT '密卡' < '密码'") == [True]


async def test_a_copy_has_what_its_template_had_and_goes_its_own_way(postgres_server: Postgres) -> None:
    original = postgres_server.create("original")
    await ask(original, "CREATE TABLE cards (code text)", "INSERT INTO cards VALUES ('A')")

    copy = postgres_server.create("copy", template="original")
    await ask(copy, "INSERT INTO cards VALUES ('B')")

    assert await ask(copy, "SELECT count(*) FROM cards") == [2]
    assert await ask(original, "SELECT count(*) FROM cards") == [1]


async def test_dropping_ends_whoever_is_connected_and_may_be_repeated(postgres_server: Postgres) -> None:
    connection = await asyncpg.connect(postgres_server.create("doomed").replace("+asyncpg", ""))
    postgres_server.drop("doomed")
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await connection.fetchval("SELECT 1")
    postgres_server.drop("doomed")


async def test_a_name_taken_is_refused_with_the_servers_words(postgres_server: Postgres) -> None:
    postgres_server.create("taken")
    with pytest.raises(RuntimeError, match='"taken" already exists'):
        postgres_server.create("taken")


async def test_nobody_comes_in_without_the_password(postgres_server: Postgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await ask(postgres_server.url().replace(postgres_server.password, "guess"), "SELECT 1")


async def test_durable_keeps_its_promises_and_stop_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also from a virtual environment that `nobody` can't reach, where the binaries are copied first."""
    monkeypatch.setattr(postgres, "can_run", lambda *_: False)
    with Postgres(durable=True) as server:
        assert await ask(server.url(), "SHOW fsync", "SHOW synchronous_commit") == ["on", "on"]
        (pids,) = await ask(server.url(), "SELECT array_agg(pid) FROM pg_stat_activity")
        assert isinstance(pids, list)
        pids = [server.pid, *pids]
        assert is_alive(server.pid)
        assert len(pids) > 3

    assert not any(is_alive(pid) for pid in pids)
    assert not server.folder.exists()
    server.stop()


@pytest.mark.parametrize("end", ["raise SystemExit", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_whoever_forgets_to_stop_leaves_nothing_either(end: str) -> None:
    script = [sys.executable, "-c", ABANDON.format(end=end)]
    folder, pid = subprocess.run(script, stdout=subprocess.PIPE, text=True).stdout.split()

    deadline = time.monotonic() + 20
    while (is_alive(int(pid)) or Path(folder).exists()) and time.monotonic() < deadline:
        time.sleep(0.05)

    assert not is_alive(int(pid))
    assert not Path(folder).exists()
