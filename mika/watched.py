"""A port of this process's own for its figures: where several processes share an address, nobody picks who answers."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
import uvicorn

from mika import serving
from mika.refusals import Refusal
from mika.wiring import House
from web.metrics import only_metrics

HOST = "127.0.0.1"
PORTS = 16  # tried one after the other: so many processes of a machine find one

log = structlog.get_logger()


@asynccontextmanager
async def figures(house: House) -> AsyncIterator[int | None]:
    """Serves /metrics for as long as the block lasts, if a port is set; gives the one that was free.

    A shop sells without being watched: where none is free it says so in its log, and goes on.
    """
    port = house.settings.metrics.port
    listening = None if port is None else free(port)
    if listening is None:
        yield None
        return
    server = serving.Server(
        uvicorn.Config(
            only_metrics(house.metrics),
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=1,
            lifespan="off",
        )
    )
    telling = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        log.info("figures", port=serving.port_of(listening))
        yield serving.port_of(listening)
    finally:
        server.should_exit = True
        await asyncio.wait([telling], timeout=2)
        telling.cancel()
        listening.close()


def free(port: int) -> socket.socket | None:
    """The first of some ports that no other process has."""
    for number in range(port, port + PORTS):
        try:
            return serving.listen(HOST, number)
        except Refusal:
            continue
    log.warning("no port is free for the figures", first=port, last=port + PORTS - 1)
    return None
