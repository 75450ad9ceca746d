"""A socket that was handed over: used as it is, shared by several processes, refused with a reason where it is none."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from mika import sockets
from mika.refusals import Refusal
from mika.serving import listen, port_of
from mika.settings import Settings

PATIENCE = 120.0
# What systemd does: the socket is file descriptor 3, and the environment says so to this very process.
LAUNCH = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1", "LISTEN_FDNAMES": "web"}
os.execv(sys.executable, [sys.executable, "-m", "mika.cli", "run", "--only", "web"])
"""


def told(**more: str) -> dict[str, str]:
    return {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1", **more}


@pytest.fixture
def door() -> Iterator[socket.socket]:
    made = listen("127.0.0.1", 0)
    yield made
    made.close()


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch, door: socket.socket) -> int:
    """The number the handed over sockets begin with: here it is not 3, which is somebody else's."""
    monkeypatch.setattr(sockets, "FIRST", door.fileno())
    return door.fileno()


def test_nothing_was_handed_over():
    for environ in ({}, {"LISTEN_PID": "1", "LISTEN_FDS": "1"}, {"LISTEN_FDS": "1"}):
        assert sockets.handed_over(environ) is None


def test_what_was_handed_over_is_used_and_no_child_is_told(door: socket.socket, at: int):
    environ = told(LISTEN_FDNAMES="web", PATH="/bin")
    found = sockets.handed_over(environ)
    assert found is not None
    assert port_of(found) == port_of(door)
    assert environ == {"PATH": "/bin"}
    assert not os.get_inheritable(found.detach())


def test_of_several_it_is_the_one_named_web(door: socket.socket, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sockets, "FIRST", door.fileno() - 1)
    found = sockets.handed_over(told(LISTEN_FDS="2", LISTEN_FDNAMES="metrics:web"))
    assert found is not None
    assert found.detach() == door.fileno()


@pytest.mark.parametrize("many", ["", "0", "many"])
def test_s045_no_number_of_sockets(many: str):
    with pytest.raises(Refusal, match="S045"):
        sockets.handed_over(told(LISTEN_FDS=many))


def test_s045_no_socket_or_none_that_listens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    with (tmp_path / "file").open("w") as file, socket.socket() as idle, socket.socket(type=socket.SOCK_DGRAM) as other:
        for wrong in (file.fileno(), idle.fileno(), other.fileno(), 999):
            monkeypatch.setattr(sockets, "FIRST", wrong)
            with pytest.raises(Refusal, match="S045"):
                sockets.handed_over(told())


def begin(settings: Settings, door: socket.socket) -> subprocess.Popen[bytes]:
    environ = {**os.environ, "MIKA_CONFIG": str(settings.data / "mika.toml")}
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", LAUNCH, str(door.fileno())]
    return subprocess.Popen(command, cwd=root, env=environ, pass_fds=[door.fileno()], stderr=subprocess.PIPE)


async def opened_by(process: subprocess.Popen[bytes]) -> None:
    """Until it says in its log that it is open."""
    assert process.stderr is not None
    async with asyncio.timeout(PATIENCE):
        while b"open" not in (line := await asyncio.to_thread(process.stderr.readline)):
            assert line, "it ended"


@pytest.mark.slow
async def test_nobody_is_refused_while_one_of_two_is_replaced(settings: Settings, door: socket.socket):
    address = f"http://127.0.0.1:{port_of(door)}"
    ending = asyncio.Event()
    statuses: list[int] = []

    async def asks() -> None:
        while not ending.is_set():
            async with httpx.AsyncClient(
                trust_env=False, timeout=PATIENCE
            ) as http:  # a connection of its own each time
                statuses.append((await http.get(f"{address}/")).status_code)

    running = [begin(settings, door), begin(settings, door)]
    try:
        await asyncio.gather(*map(opened_by, running))
        asking = [asyncio.create_task(asks()) for _ in range(2)]
        for number in (0, 1):
            running[number].send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(running[number].wait, PATIENCE) == 0
            running[number] = begin(settings, door)
            await opened_by(running[number])
        ending.set()
        await asyncio.gather(*asking)
    finally:
        for process in running:
            process.kill()
            process.communicate()
    assert set(statuses) == {200}
