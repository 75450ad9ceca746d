"""The shop at work in this process: its HTTP app on a socket, its jobs, and an end that is clean and soon."""

from __future__ import annotations

import asyncio
import errno
import gc
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext

import uvicorn

from mika.alive import Sign
from mika.refusals import Refusal
from mika.turns import Turn
from mika.wiring import House

LAST_WORDS = 5  # seconds an open request, or whatever job was begun, gets when the shop closes
AFTER = 1  # seconds for what is cut off to end
ARRIVING = 0.3  # seconds in which the request comes of somebody who had just connected
IDLE = 20  # seconds an unused connection is kept
CONNECTIONS = 2000


class Server(uvicorn.Server):
    """uvicorn without signal handlers: those belong to whoever runs the loop."""

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        return nullcontext()


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there already: whoever learns the port can connect at once. Raises Refusal S007."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # unnamed, asyncio leaves Nagle's 40 ms on
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
        made.listen(1024)
    except OSError as error:
        made.close()
        what = "another program uses it" if error.errno == errno.EADDRINUSE else error.strerror or type(error).__name__
        raise Refusal("S007", host=host, port=port, what=what) from None
    return made


def keep_what_is_loaded() -> None:
    """What the start has made stays, and is not looked through for garbage again.

    It is most of what there is: with both bots' libraries a full look stops the process for a third of a second, in
    the midst of whoever is pressing a button.
    """
    gc.collect()
    gc.freeze()


def port_of(listening: socket.socket) -> int:
    return listening.getsockname()[1]


@asynccontextmanager
async def at_work(house: House, listening: socket.socket | None) -> AsyncIterator[list[asyncio.Task[None]]]:
    """The shop's parts in this process, for as long as the block lasts: its HTTP app, its jobs, its bots.

    The bots connect by themselves, later or never: the others don't wait for them. Gives the parts: one that is done
    before the block ends has failed. At its end what was begun is finished, within seven seconds and mostly within one:
    open streams end first, then requests and jobs, and the bots are handed over to whoever stands by. What is cut off
    then is given back, and taken up by the next process.
    """
    leaving = asyncio.Event()
    parts: list[asyncio.Task[None]] = []
    sign = Sign(house.settings.data) if house.staying else None
    turns = [Turn(house.shop, house.runner, chat, sign) for chat in house.staying] if sign else []
    if listening is not None:
        parts.append(asyncio.create_task(_serve(house, listening, leaving), name="the web part"))
    if house.parts.runs:
        parts.append(asyncio.create_task(house.runner.run(), name="the jobs part"))
    staying = [asyncio.create_task(turn.stay(), name="a bot") for turn in turns]
    try:
        yield [*parts, *staying]
    finally:
        house.shop.draining = True
        leaving.set()
        house.runner.stop()
        for chat, stay in zip(house.staying, staying, strict=True):  # what was begun may still be said
            chat.falls_silent()
            stay.cancel()
        handing = [asyncio.create_task(_hand_over(house, turn)) for turn in turns]
        if parts:
            await asyncio.wait(parts, timeout=LAST_WORDS + 0.5)
        for part in parts:
            part.cancel()
        if left := [*parts, *staying, *handing]:
            ended, _ = await asyncio.wait(left, timeout=AFTER)
            await asyncio.gather(*ended, return_exceptions=True)
        if sign:
            sign.end()


async def _hand_over(house: House, turn: Turn) -> None:
    """As soon as no message is under way."""
    await house.runner.at_rest()
    await turn.hand_over()


async def until(stopping: asyncio.Event, parts: list[asyncio.Task[None]]) -> None:
    """Until told to stop. Raises RuntimeError when a part ends before that."""
    told = asyncio.create_task(stopping.wait())
    await asyncio.wait([told, *parts], return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    for part in parts:
        if part.done() and not stopping.is_set():
            raise RuntimeError(f"{part.get_name()} ended by itself") from part.exception()


async def _serve(house: House, listening: socket.socket, leaving: asyncio.Event) -> None:
    """Only the proxies of the settings are believed about whom a request comes from: usually, those of this machine.

    At the end it stops listening at once: where another process has the same socket, nobody notices. Whoever had
    connected is still heard, and told that this was the last answer on that connection.
    """
    config = uvicorn.Config(
        house.app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=list(house.settings.proxies),
        timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=LAST_WORDS,
        limit_concurrency=CONNECTIONS,
        lifespan="off",
    )
    server = Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    told = asyncio.create_task(leaving.wait())
    try:
        await asyncio.wait([serving, told], return_when=asyncio.FIRST_COMPLETED)
    finally:
        told.cancel()
        house.close_streams()
        for one in getattr(server, "servers", ()):
            one.close()
        await asyncio.sleep(ARRIVING)
        server.should_exit = True
        await serving
        listening.close()


def until_told() -> asyncio.Event:
    """Set by the first Ctrl-C or TERM; the second ends the process there and then."""
    stopping = asyncio.Event()

    def told() -> None:
        if stopping.is_set():
            os._exit(130)
        stopping.set()

    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, told)
    return stopping
