"""Any ASGI app as a real server on 127.0.0.1, in the running event loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Self

import uvicorn

SECONDS_TO_START = 10
SECONDS_TO_STOP = 1


class Quiet(uvicorn.Server):
    """uvicorn without signal handlers (Ctrl-C belongs to whoever runs the loop); leaves at once when told to."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.leave = asyncio.Event()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.leave.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's own, which always sleeps a tenth of a second first: most of what a short test took."""
        for taken in (*self.servers, *(sockets or [])):
            taken.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SECONDS_TO_STOP):
                while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110  they set no event
                    await asyncio.sleep(0.002)
        for task in self.server_state.tasks:
            task.cancel()
        await self.lifespan.shutdown()

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        return nullcontext()


def listener(port: int = 0) -> socket.socket:
    """A socket bound to 127.0.0.1. Raises OSError if the port is taken."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # or Nagle's 40 ms stay on
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
    except OSError:
        listening.close()
        raise
    return listening


class Served:
    """One app, up between start() and stop(), or inside `async with`.

    Port 0 is any free one; a fixed port keeps links alive over a restart. OSError if the port is taken, which it can't
    be by others while somebody holds on to `listening` (listener()).
    """

    def __init__(self, app: Any, port: int = 0, *, listening: socket.socket | None = None) -> None:
        self._app = app
        self._listening = listening
        self.port = port
        self._server: Quiet | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> Self:
        """Returns when the app answers; raises whatever its start-up raised."""
        listening = self._listening.dup() if self._listening else listener(self.port)
        self.port = listening.getsockname()[1]
        config = uvicorn.Config(
            self._app,
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
        )
        self._server = Quiet(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[listening]))
        async with asyncio.timeout(SECONDS_TO_START):
            while not self._server.started:
                if self._task.done():
                    await self._task
                    raise RuntimeError("the app's start-up failed")
                await asyncio.sleep(0.001)
        return self

    async def stop(self) -> None:
        """Answers what it is answering, for a second at most. A repeat does nothing."""
        if self._server is None or self._task is None:
            return
        self._server.leave.set()
        await asyncio.wait([self._task])
        self._server = self._task = None

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
