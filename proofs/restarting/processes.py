"""One process of the shop: `mika run --only PART` as it is, on a socket that was handed over, until it is told to end.

What it says through a bot it writes down, with when by the machine's own clock: so it can be seen afterwards whether
two processes ever spoke for one bot.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.chats.telegram.chat import TelegramChat
from bot.chats.telegram.connection import Connection
from core.ground import leases
from core.ground.db import Tx
from core.ground.leases import Lease
from core.ground.messages import words
from core.ground.words import LOCALES, Hearer, render
from core.shop import Shop
from mika import running, serving, sockets
from mika.parts import Only
from mika.settings_read import load
from proofs.guards import guard, replaced, without
from proofs.machine import worked
from proofs.storming.processes import ends_with_the_storm

PROCESSES = multiprocessing.get_context("forkserver")  # the libraries are imported once, and there are no threads
PROCESSES.set_forkserver_preload(
    ["proofs.restarting.processes", "bot.chats.telegram.buyers", "bot.chats.telegram.staff"]
)
ENDING = 30.0  # seconds for one to be gone
OPENING = 60.0


@dataclass(frozen=True)
class Post:
    """What a process is handed."""

    part: Only
    settings: Path
    folder: Path  # for its sign that it is open, its log and what it said
    listening: socket.socket | None
    guard: str | None


# A process begins with what it would read at its first answer: all of them together would stop the machine for that.
for locale in LOCALES:
    render(words("shelf"), Hearer(locale, datetime.now(UTC)))


class Working:
    """One that was begun."""

    def __init__(self, post: Post) -> None:
        self.part: Only = post.part
        self.told = 0.0  # when it was told to end
        self.worked = 0.0  # seconds of a processor, until then
        self._folder = post.folder
        self._process = PROCESSES.Process(target=works, args=(post,), daemon=True)
        self._process.start()

    async def opens(self) -> None:
        """Raises RuntimeError if it ends instead."""
        async with asyncio.timeout(OPENING):
            while not (self._folder / f"{self._process.pid}.open").exists():
                if self._process.exitcode is not None:
                    log = (self._folder / f"{self._process.pid}.log").read_text()[-2000:]
                    raise RuntimeError(f"{self.part} ended with {self._process.exitcode}: {log}")
                await asyncio.sleep(0.02)

    @property
    def connected(self) -> list[float]:
        """When it had connected to Telegram."""
        file = self._folder / f"{self._process.pid}.connected"
        return [float(line) for line in file.read_text().split()] if file.exists() else []

    async def ends(self) -> float:
        """TERM; returns how many seconds it took."""
        self.worked = worked(self._process.pid or 0)
        began = self.told = time.monotonic()
        if self._process.pid and self._process.exitcode is None:
            os.kill(self._process.pid, signal.SIGTERM)
        await asyncio.to_thread(self._process.join, ENDING)
        if self._process.exitcode is None:
            self._process.kill()
            raise RuntimeError(f"{self.part} was told to end {ENDING:g} s ago, and is still there")
        return time.monotonic() - began


def works(post: Post) -> None:
    """A process's whole life."""
    log = os.open(post.folder / f"{os.getpid()}.log", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    os.dup2(log, 2)
    os.dup2(log, 1)
    with ExitStack() as stack:
        stack.enter_context(replaced(serving, "keep_what_is_loaded", lambda: _is_open(post)))
        stack.enter_context(replaced(sockets, "handed_over", lambda: post.listening))
        stack.enter_context(replaced(TelegramChat, "send", _noted(post)))
        stack.enter_context(replaced(Connection, "_introduce", _introduced(post)))
        stack.enter_context(without(post.guard))
        asyncio.run(_works(post))


async def _works(post: Post) -> None:
    ends_with_the_storm()
    await running.run(load(post.settings, {}), post.part)


def _is_open(post: Post) -> None:
    (post.folder / f"{os.getpid()}.open").touch()


def _noted(post: Post) -> Any:
    """Sending as it is; when each began and ended is written down."""
    sends = TelegramChat.send
    file = (post.folder / f"{os.getpid()}.said").open("a", buffering=1)

    async def send(chat: TelegramChat, address: str, message: Any) -> str:
        began = time.monotonic()
        sent = await sends(chat, address, message)
        file.write(json.dumps([chat.name, began, time.monotonic()]) + "\n")
        return sent

    return send


def _introduced(post: Post) -> Any:
    """Whoever takes a bot over says hello to Telegram first, as it is; when that was done is written down."""
    introduces = Connection._introduce
    file = (post.folder / f"{os.getpid()}.connected").open("a", buffering=1)

    async def introduce(connection: Connection, shop: Shop) -> None:
        await introduces(connection, shop)
        file.write(f"{time.monotonic()}\n")

    return introduce


@guard("leases")
def all_speak() -> Iterator[None]:
    """A process does not ask whether another one speaks for the bot."""

    def mine(tx: Tx, name: str, me: str, dead: str = "") -> Lease:
        return Lease(None, leases.LENGTH * 0)

    with replaced(leases, "take", mine):
        yield


@guard("drain")
def struck_dead() -> Iterator[None]:
    """TERM ends the process there and then."""
    with replaced(serving, "until_told", asyncio.Event):
        yield
