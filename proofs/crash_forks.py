"""Plays cases of the proof of crashes: an act, killed at the points the case says, and started again each time.

The process that plays them is the warm parent: everything is imported, the sentences are parsed and the statements
compiled before it forks, so that a life of the shop costs what it does and not what its start does. It has no thread
and no event loop when it forks; provider and supplier are processes of their own, and so is every life.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import resource
import signal
import socket
import sqlite3
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TextIO

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from core.ground import points
from core.ground.points import Watch
from core.ground.vault import KeyRing
from doubles.sandbox import Sandbox as Provider
from doubles.serving import Served, listener
from doubles.supplier import Supplier
from migrations import upgrade
from payments.sandbox import Sandbox
from proofs.crash_ends import ending
from proofs.crash_play import API_KEY, RULES, SECRET, Outside, Parties, ask, living
from proofs.crash_points import ACTS, OTHER_RULES
from proofs.crash_reset import Template, template
from proofs.crash_warm import engines_kept
from suppliers.sandbox import Sandbox as Supplying

LONGEST = 60  # seconds of one life
Crash = tuple[str, int]  # a point's name and which passage of it; with "", which passage of any point


class AnyPoint(Watch):
    """Dies at the so-manieth passage, whatever the point."""

    def __init__(self, nth: int, trace: str) -> None:
        super().__init__(("", 1), trace)
        self._left = nth

    def sees(self, point: str) -> None:
        self._left -= 1
        super().sees(point if self._left else "")


# The world outside


class Doors:
    """An app with some doors more, for the acts: each by its path, called with what was posted there."""

    def __init__(self, app: ASGIApp, doors: Mapping[str, Callable[..., object]]) -> None:
        self._app = app
        self._doors = doors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        door = self._doors.get(scope.get("path", ""))
        if door is None:
            return await self._app(scope, receive, send)
        door(**json.loads(await Request(scope, receive).body()))
        await Response()(scope, receive, send)


def provider(outside: Outside) -> Doors:
    made = Provider(outside.books, api_key=API_KEY, secret=SECRET)
    made.faults.takes_late = True
    made.url = outside.provider

    def forget() -> None:
        made.faults.mend()
        made.faults.refunds = "done"
        made.books.forget()

    def refunds_are(state: Literal["done", "pending", "failed"]) -> None:
        made.faults.refunds = state

    doors = {"/tell-again": made.tell_again, "/trouble": made.faults.give, "/forget": forget}
    return Doors(made.app, {**doors, "/refunds-are": refunds_are})


def supplier(outside: Outside) -> Doors:
    """Its codes are numbered, so that two runs can be compared."""
    made = Supplier(
        outside.supplies, api_key=API_KEY, draw=lambda sku: f"{sku.upper()}-{len(made.books.all()):04}-CODE"
    )

    def forget() -> None:
        made.faults.mend()
        with sqlite3.connect(outside.supplies) as books:
            books.executescript("DELETE FROM purchases; DELETE FROM sold")
        books.close()

    return Doors(made.app, {"/trouble": made.faults.give, "/forget": forget})


def address(listening: socket.socket) -> str:
    return f"http://127.0.0.1:{listening.getsockname()[1]}"


def serves(party: Callable[[Outside], Doors], outside: Outside, listening: socket.socket) -> None:
    """Start a party as a process of its own, for as long as ours lasts."""
    ours = os.getpid()
    if os.fork():
        return

    async def serve() -> None:
        async with Served(party(outside), listening=listening):
            while os.getppid() == ours:  # noqa: ASYNC110  nobody tells an orphan
                await asyncio.sleep(0.2)

    try:
        asyncio.run(serve())
    finally:
        os._exit(0)


# The shop's lives


@dataclass
class Stage:
    """Where cases are played, one after the other."""

    url: str
    ring: KeyRing
    outside: Outside
    template: Template
    warm: set[str] = field(default_factory=set)  # acts that were played in this very process

    def __post_init__(self) -> None:
        self._parties = self.parties()  # their clients are made before the fork: that takes as long as a whole sale

    def parties(self) -> Parties:
        notify_url = f"{address(self.outside.door)}/hooks/sandbox"
        rail = Sandbox(self.outside.provider, api_key=API_KEY, secret=SECRET, notify_url=notify_url)
        return Parties(rail, Supplying(self.outside.supplier, api_key=API_KEY))

    def warm_up(self, act: str) -> None:
        """Play the act here, so that those who are forked know all it needs; the event loop and threads end with it."""
        if act not in self.warm:
            self._clear()
            asyncio.run(self.life(act, None, again=False))
            self.warm.add(act)
            self._parties = self.parties()
            gc.freeze()  # what is there now is not looked through, and so not copied, by those who are forked

    def play(self, act: str, crashes: Sequence[Crash]) -> dict[str, Any]:
        """The act, killed at these points, one a life. `died` says at how many of them it came to that."""
        self.warm_up(act)
        began, worked = time.monotonic(), _worked()
        self._clear()
        died, passed, exit = 0, [], 0
        for number in range(len(crashes) + 1):
            trace = self.outside.folder / f"trace {number}"
            exit = self._live(act, crashes[number] if number < len(crashes) else None, trace, again=number > 0)
            passed.append(trace.read_text().splitlines())
            if exit != -signal.SIGKILL:
                break
            died += 1
        return {
            "died": died,
            "passed": passed,
            "ending": json.loads((self.outside.folder / "ending").read_text()) if exit == 0 else None,
            "trouble": self._trouble(exit),
            "seconds": time.monotonic() - began,
            "cpu_seconds": _worked() - worked,
        }

    def _clear(self) -> None:
        for left in self.outside.folder.iterdir():
            if left.name.startswith(("once ", "trace ", "sent", "clock", "ending", "said")):
                left.unlink()

    def _trouble(self, exit: int) -> str | None:
        if exit == 0:
            return None
        return f"a life ended with {exit}: {' '.join((self.outside.folder / 'said').read_text().splitlines()[-3:])}"

    def _live(self, act: str, crash: Crash | None, trace: Path, *, again: bool) -> int:
        """One life, in a process of its own; returns its exit status, negative for a signal."""
        life = os.fork()
        if life:
            return os.waitstatus_to_exitcode(os.waitpid(life, 0)[1])
        status = 1
        try:
            signal.alarm(LONGEST)
            said = os.open(self.outside.folder / "said", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(said, 1)
            os.dup2(said, 2)
            trace.touch()
            asyncio.run(self.life(act, watcher(crash, str(trace)), again=again))
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    async def life(self, act: str, watch: Watch | None, *, again: bool) -> None:
        """From the opening to the end of the act, or to the point where it dies."""
        if not again:
            await self.template.fresh()
            await ask(self.outside.provider, "/forget")
            await ask(self.outside.supplier, "/forget")
        points.watch(watch)
        rules = OTHER_RULES.get(act, RULES)
        async with living(self.url, self.ring, self.outside, self._parties, rules, again=again) as play:
            await ACTS[act](play)
            await play.comes_to_rest()
            points.watch(None)
            (self.outside.folder / "ending").write_text(json.dumps(await ending(play)))


def _worked() -> float:
    """Seconds of a processor, of all lives so far: on a busy machine they say more than the clock."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def watcher(crash: Crash | None, trace: str) -> Watch:
    match crash:
        case None:
            return Watch(None, trace)
        case ("", nth):
            return AnyPoint(nth, trace)
        case (name, nth):
            return Watch((name, nth), trace)


def performs(url: str, folder: Path, cases: TextIO, answers: TextIO) -> None:
    """Plays a case a line on the empty database at `url`, and answers each with a line, until there are no more."""
    providers, suppliers = listener(), listener()
    outside = Outside(folder, address(providers), address(suppliers), listener())
    ring = KeyRing.fresh()
    serves(provider, outside, providers)
    serves(supplier, outside, suppliers)
    upgrade(url)
    with engines_kept():
        stage = Stage(url, ring, outside, asyncio.run(template(url, ring)))
        for line in cases:
            case = json.loads(line)
            went = stage.play(case["act"], [(name, nth) for name, nth in case["crashes"]])
            answers.write(json.dumps(went) + "\n")
            answers.flush()
