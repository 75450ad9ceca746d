"""How updates reach a bot: posted to its webhook until it takes them, or fetched by it."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from doubles.telegram_faults import Faults
from doubles.telegram_rules import Refused

ASKED_FOR = frozenset({"chat_member", "message_reaction", "message_reaction_count"})  # never come unless named
PATIENCE = 60.0  # seconds a webhook may take
WRONG = "not-the-secret"


@dataclass(slots=True)
class Waiting:
    id: int
    lane: int  # updates of one lane are posted one after the other
    body: bytes
    tries: int = 0


@dataclass
class Webhook:
    url: str = ""
    secret: str = ""
    most: int = 40  # connections
    allowed: list[str] | None = None  # None: the setting from before stays, at first all but ASKED_FOR
    failed_at: int = 0
    failed_why: str = ""


@dataclass
class Updates:
    """Those of one bot that it has not taken yet, in order."""

    faults: Faults
    clock: Callable[[], float]
    call: Callable[[dict[str, Any]], Awaitable[None]]  # does what a webhook's answer asks for
    webhook: Webhook = field(default_factory=Webhook)
    pauses: tuple[float, float] = (0.2, 10.0)  # seconds between tries, the first and the longest
    waiting: dict[int, Waiting] = field(default_factory=dict)
    posted: int = 0  # answered with 2xx
    refused: int = 0  # answered otherwise, or not at all
    dropped: int = 0  # by drop_pending_updates
    _number: Callable[[], int] = field(default_factory=lambda: itertools.count(500_000_001).__next__)
    _lanes: dict[int, deque[Waiting]] = field(default_factory=dict)
    _ready: deque[int] = field(default_factory=deque)
    _posting: set[asyncio.Task[None]] = field(default_factory=set)
    _session: aiohttp.ClientSession | None = None
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _fetching: asyncio.Event | None = None  # set when another getUpdates takes over

    def add(self, kind: str, told: dict[str, Any], lane: int) -> int | None:
        """Queues an update; its id, or None if the bot didn't ask for its kind."""
        number = self._number()
        allowed = self.webhook.allowed
        if kind not in allowed if allowed else kind in ASKED_FOR:
            return None
        body = json.dumps({"update_id": number, kind: told}, ensure_ascii=False).encode("utf-8", "surrogatepass")
        one = Waiting(number, lane, body)
        self.waiting[number] = one
        self._arrived.set()
        if self.webhook.url:
            self._line_up(one)
        return number

    # The bot fetches them

    async def fetch(self, offset: int, limit: int, timeout: float, allowed: list[str] | None) -> list[Any]:
        if self.webhook.url:
            raise Refused(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the "
                "webhook first",
            )
        if self._fetching:
            self._fetching.set()
        if allowed is not None:
            self.webhook.allowed = allowed or None
        self._forget(offset)
        ended = self._fetching = asyncio.Event()
        try:
            if not self.waiting and timeout:
                await self._something(ended, timeout)
            if ended.is_set():
                raise Refused(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
                )
            first = itertools.islice(self.waiting.values(), limit if 1 <= limit <= 100 else 100)
            return [json.loads(one.body) for one in first]
        finally:
            if self._fetching is ended:
                self._fetching = None

    def let_go(self) -> None:
        """Answers the one who waits with what there is."""
        self._arrived.set()

    def _forget(self, offset: int) -> None:
        if offset < 0:
            offset = next(itertools.islice(reversed(self.waiting), -offset - 1, None), 0)
        for number in [number for number in self.waiting if number < offset]:
            del self.waiting[number]

    async def _something(self, ended: asyncio.Event, timeout: float) -> None:
        self._arrived.clear()
        waits = [asyncio.ensure_future(event.wait()) for event in (self._arrived, ended)]
        try:
            await asyncio.wait(waits, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    # They are posted

    def set(self, webhook: Webhook) -> None:
        """From now on there; "" is nowhere. Nothing that waits is lost."""
        self.webhook = webhook
        self._lanes.clear()
        self._ready.clear()
        if webhook.url:
            for one in self.waiting.values():
                self._line_up(one)

    def drop(self) -> None:
        self.dropped += len(self.waiting)
        self.waiting.clear()
        self._lanes.clear()
        self._ready.clear()

    def _line_up(self, one: Waiting) -> None:
        lane = self._lanes.setdefault(one.lane, deque())
        if self.faults.draws(self.faults.reordered):
            asyncio.get_running_loop().call_later(self.faults.moment, self._start, one, False)
            return
        lane.append(one)
        if len(lane) == 1:
            self._ready.append(one.lane)
            self._pump()

    def _pump(self) -> None:
        while self._ready and len(self._posting) < self.webhook.most:
            lane = self._lanes.get(self._ready.popleft())
            if lane:
                self._start(lane[0], True)

    def _start(self, one: Waiting, in_lane: bool) -> None:
        task = asyncio.get_running_loop().create_task(self._post(one, in_lane))
        self._posting.add(task)
        task.add_done_callback(self._posting.discard)
        task.add_done_callback(lambda _: self._pump())

    async def _post(self, one: Waiting, in_lane: bool) -> None:
        faults, loop = self.faults, asyncio.get_running_loop()
        lane = self._lanes.get(one.lane)
        twice = asyncio.ensure_future(self._try(one)) if faults.draws(faults.doubled) else None
        taken = await self._try(one)
        if twice:
            await twice
        if taken:
            self.waiting.pop(one.id, None)
            if faults.draws(faults.redelivered):
                loop.call_later(faults.moment, self._again, one)
            if in_lane:
                self._next(one, lane)
            return
        first, longest = self.pauses
        pause = min(first * 2 ** min(one.tries, 20), longest)
        one.tries += 1
        if in_lane:
            loop.call_later(pause, self._next, one, lane)
        elif self.webhook.url:
            loop.call_later(pause, self._start, one, False)

    def _next(self, one: Waiting, lane: deque[Waiting] | None) -> None:
        """After an update was taken, or the pause after it wasn't: the lane goes on with what is first now."""
        if not lane or lane is not self._lanes.get(one.lane) or lane[0] is not one:
            return  # the webhook was set anew meanwhile, or it was posted twice: the lane has gone on without it
        if one.id not in self.waiting:
            lane.popleft()
        if lane:
            self._ready.append(one.lane)
            self._pump()
        else:
            del self._lanes[one.lane]

    def _again(self, one: Waiting) -> None:
        task = asyncio.get_running_loop().create_task(self._once_more(one))
        self._posting.add(task)
        task.add_done_callback(self._posting.discard)

    async def _once_more(self, one: Waiting) -> None:
        await self._try(one)

    async def _try(self, one: Waiting) -> bool:
        """Posts it once. Whether it was taken."""
        webhook = self.webhook
        if not webhook.url:
            return False
        headers = {"Content-Type": "application/json"}
        if webhook.secret and self.faults.secret != "missing":
            right = self.faults.secret == "right"
            headers["X-Telegram-Bot-Api-Secret-Token"] = webhook.secret if right else WRONG
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, ssl=False), timeout=aiohttp.ClientTimeout(total=PATIENCE)
            )
        try:
            async with self._session.post(webhook.url, data=one.body, headers=headers) as answer:
                said = await answer.read()
                taken = 200 <= answer.status < 300
                why = f"Wrong response from the webhook: {answer.status} {answer.reason}"
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            taken, said, why = False, b"", f"Connection failed: {error}"
        if not taken:
            self.refused += 1
            webhook.failed_at, webhook.failed_why = int(self.clock()), why
            return False
        self.posted += 1
        if said.startswith(b"{") and b'"method"' in said:
            await self.call(json.loads(said))
        return True

    async def close(self) -> None:
        posting = list(self._posting)
        self._posting.clear()
        for task in posting:
            task.cancel()
        if posting:
            await asyncio.wait(posting)
        if self._session:
            await self._session.close()
            self._session = None
