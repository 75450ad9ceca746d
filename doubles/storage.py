"""Storage that speaks S3: not ours, but moto's server, which others wrote.

It lives in an environment of its own (tests/oracles/moto), and is spoken to over HTTP only.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from doubles.serving import listener

INSTALLED = Path(__file__).parents[1] / ".venv/oracles/moto"
BUCKET = "backups"
SECONDS_TO_START = 30


class NotInstalled(Exception):
    """tests/prepare installs it, with PyPI at hand."""


@contextmanager
def storage(folder: Path) -> Iterator[str]:
    """The address of a server with an empty bucket, on 127.0.0.1; it ends with the block."""
    if not (INSTALLED / "ready").exists():
        raise NotInstalled("the oracle moto is not installed: tests/prepare does it, with PyPI at hand")
    with listener() as free:
        port = free.getsockname()[1]
    command = [INSTALLED / "bin/moto_server", "-H", "127.0.0.1", "-p", str(port)]
    with (folder / "storage.log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env={"TMPDIR": str(folder)})
    try:
        _answers(f"http://127.0.0.1:{port}/{BUCKET}")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


def _answers(bucket: str) -> None:
    until = time.monotonic() + SECONDS_TO_START
    with httpx.Client(trust_env=False) as client:
        while True:
            try:
                client.put(bucket).raise_for_status()
                return
            except httpx.TransportError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)
