"""The runner: claims what is due, carries it out, tries again, gives up loudly, and keeps the timetable.

Any number of runners may work on one database. A row is claimed for the length of a lease; whoever dies with
it gives it back by that.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from structlog.contextvars import bound_contextvars

from core import customers, restores, staff
from core.ground import outbox
from core.ground.clock import steady
from core.ground.db import Tx
from core.ground.errors import PartyError, SendError, ShopError
from core.ground.inbox import InboxRow
from core.ground.messages import Message, words
from core.ground.outbox import OutboxRow
from core.ground.trails import mark, trail
from core.quiet import Kind
from core.shop import Shop
from jobs.ending import NotYet
from jobs.hear import Hears
from jobs.lanes import Effects, Lane, lanes
from jobs.schedule import TIMETABLE, Entry

HELD_BACK = ("weigh",)  # what would hand codes over waits until a restored shop has been reconciled
POLL = 1.0  # seconds: the net under everything that wakes us
SURELY_OURS = 20.0  # seconds since it was claimed: less than any lease, so nobody else has the row

log = structlog.get_logger()


@dataclass(frozen=True)
class Taken:
    """A row that was claimed here, and when by this process's steady clock."""

    lane: Lane
    row: Any
    since: float


class Runner:
    """`hears` answers for each chat, by source. One run() at a time; drain() and tick() are for tests."""

    def __init__(
        self, shop: Shop, hears: Hears, *, timetable: Sequence[Entry] = TIMETABLE, only_chats: bool = False
    ) -> None:
        """`only_chats`: it does what is heard and said in these chats, and leaves the rest to other processes."""
        self._shop = shop
        self._lanes = lanes(shop, hears, only_chats=only_chats)
        self._only_chats = only_chats
        self._timetable = timetable
        self._under_way: dict[asyncio.Task[None], Taken] = {}
        self._stopping = asyncio.Event()
        self._nudge = asyncio.Event()
        self._rests = asyncio.Event()
        self._troubled: Counter[str] = Counter()  # how often in a row each entry has failed

    async def run(self) -> None:
        """Works until stop(), then finishes what is under way. Cancelled after stop(), it gives it back.

        Cancelled before, it drops it: the leases end.
        """
        self._stopping.clear()
        self._rests.clear()
        clocks = [asyncio.create_task(self._keep(entry)) for entry in self._timetable]
        listening = asyncio.create_task(self._listen())
        try:
            await self._claim_and_begin()
            await asyncio.gather(*self._under_way)
            self._rests.set()
            await asyncio.gather(*clocks)
        finally:
            dropped = list(self._under_way.values())
            left = [listening, *clocks, *self._under_way]
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
            if self._stopping.is_set():
                await self._give_back(dropped, begun=True)
            self._rests.set()

    def stop(self) -> None:
        """Begin nothing new; run() returns when what is under way is finished."""
        self._stopping.set()
        self._nudge.set()

    def look(self) -> None:
        """There may be work that was none of this process's before."""
        self._nudge.set()

    async def at_rest(self) -> None:
        """Returns when run() has been told to stop and no row is under way here any more."""
        await self._rests.wait()

    async def drain(self) -> int:
        """Work until no row is due or under way here; returns how many it worked on. What failed is due later."""
        worked = 0
        while (rows := await self._claim()) or self._under_way:
            await asyncio.gather(*(self._work(taken.lane, taken.row) for taken in rows), *self._under_way)
            worked += len(rows)
        return worked

    async def tick(self) -> None:
        """Do everything on the timetable once."""
        for entry in self._timetable:
            await self._do(entry)

    @property
    def topics(self) -> tuple[str, ...]:
        """What is woken when there is something to do here. What only others can do wakes nobody here."""
        return tuple(dict.fromkeys(topic for lane in self._lanes for topic in lane.topics))

    @property
    def _stands_by(self) -> bool:
        """All that could be done here is another process's now; when it is ours, look() is called."""
        return self._only_chats and not self._shop.speaking

    # Rows

    async def _claim_and_begin(self) -> None:
        while not self._stopping.is_set():
            self._nudge.clear()
            try:
                rows = await self._claim()
            except Exception as error:
                log.error("nothing could be claimed", error=type(error).__name__, at=trail(error))
                await self._rest(POLL)
                continue
            if self._stopping.is_set():
                return await self._give_back(rows, begun=False)
            for taken in rows:
                task = asyncio.create_task(self._work(taken.lane, taken.row))
                self._under_way[task] = taken
                task.add_done_callback(self._is_over)
            await asyncio.sleep(0)  # they begin: whose hands are busy is known before more is claimed
            if not rows:
                await self._nudge.wait()

    def _is_over(self, task: asyncio.Task[None]) -> None:
        del self._under_way[task]
        self._nudge.set()

    async def _give_back(self, taken: Sequence[Taken], *, begun: bool) -> None:
        """Whoever comes may begin at once. If that can't be written, the leases end by themselves."""
        ours = [(one.lane, one.row) for one in taken if steady() - one.since < SURELY_OURS]
        if ours:
            with contextlib.suppress(Exception):
                await self._shop.db.write(give_back, ours, begun)

    async def _claim(self) -> list[Taken]:
        """No more than can be begun at once: a lease does not wait for a free hand.

        What is under way here is not begun again, though its lease be over: then the clock has jumped, not the time.
        """
        busy = Counter(taken.lane for taken in self._under_way.values())
        free = [(lane, lane.at_once - busy[lane]) for lane in self._lanes if busy[lane] < lane.at_once]
        since = steady()
        rows = await self._shop.db.write(claim, free) if free else []
        return [Taken(lane, row, since) for lane, row in rows if not self._has(lane, row)]

    def _has(self, lane: Lane, row: Any) -> bool:
        return any((taken.lane, taken.row.id) == (lane, row.id) for taken in self._under_way.values())

    async def _work(self, lane: Lane, row: Any) -> None:
        """Carry one row out. Whatever it raises concerns this row only."""
        with bound_contextvars(work=lane.name, row=row.id, **about(row)):
            await self._carry_out(lane, row)

    async def _carry_out(self, lane: Lane, row: Any) -> None:
        began = time.monotonic()
        try:
            if lane.is_worn_out(row):
                return await self._set_back(lane, row, "it was begun again and again and never ended", True)
            await lane.work(row)
            log.info("worked", ms=round((time.monotonic() - began) * 1000, 1))
        except Exception as error:
            permanent = isinstance(error, PartyError) and error.permanent
            wait = error.wait if isinstance(error, NotYet | SendError) else None
            ours = not isinstance(error, PartyError | NotYet | TimeoutError)
            with contextlib.suppress(Exception):
                await self._set_back(lane, row, reason(error), permanent, wait, ours=ours, at=trail(error))
        finally:
            self._shop.meter.worked(lane.name, time.monotonic() - began)

    async def _set_back(
        self,
        lane: Lane,
        row: Any,
        why: str,
        permanent: bool,
        wait: timedelta | None = None,
        *,
        ours: bool = False,
        at: Sequence[str] = (),
    ) -> None:
        """Later, or never again and loudly. If even that can't be written, the lease brings the row back."""
        try:
            dead = await self._shop.db.write(set_back, lane, row, why, permanent, wait, ours)
        except Exception as error:
            log.error(
                "a failure could not be noted",
                work=lane.name,
                row=row.id,
                why=why,
                error=type(error).__name__,
            )
            return
        self._shop.meter.failed(lane.name, "dead" if dead else "again")
        say = log.error if dead else log.warning
        say(
            "given up" if dead else "to be tried again",
            work=lane.name,
            row=row.id,
            tries=row.tries + 1,
            why=why,
            at=at,
        )

    async def _listen(self) -> None:
        while True:
            try:
                woken = await self._shop.db.wait_for(*self.topics, timeout=POLL)
            except Exception as error:
                log.error("waiting failed", error=type(error).__name__)
                await asyncio.sleep(POLL)
                woken = False
            if not (woken and self._stands_by):
                self._nudge.set()

    # The timetable

    async def _keep(self, entry: Entry) -> None:
        """Each entry has its own beat: neither the queues nor another entry make it late."""
        due = time.monotonic()
        while not self._stopping.is_set():
            await self._do(entry)
            due = max(due + entry.every.total_seconds(), time.monotonic())
            await self._rest(due - time.monotonic())

    async def _do(self, entry: Entry) -> None:
        try:
            await entry.does(self._shop)
            self._troubled[entry.what] = 0
        except Exception as error:
            self._troubled[entry.what] += 1
            self._shop.meter.missed(entry.what)
            say = log.warning if self._troubled[entry.what] == 1 else log.error  # two processes may meet once
            say("by the clock, but failed", what=entry.what, why=reason(error), at=trail(error))

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)


def claim(tx: Tx, free: Sequence[tuple[Lane, int]]) -> list[tuple[Lane, Any]]:
    """Where the store is a server, each question is a way there and back: of what has nothing due no more is asked."""
    held_back = HELD_BACK if restores.is_unchecked(tx) else ()
    effects = [lane.name for lane, _ in free if isinstance(lane, Effects)]
    idle = set(effects) - outbox.due(tx, effects)
    return [
        (lane, row)
        for lane, most in free
        if lane.name not in held_back and lane.name not in idle
        for row in lane.claim(tx, most)
    ]


def give_back(tx: Tx, taken: Sequence[tuple[Lane, Any]], begun: bool) -> None:
    for lane, row in taken:
        lane.give_back(tx, row, begun=begun)


OWED = {"settle", "weigh", "refund", "deliver", "mail"}  # work that somebody's money or code waits for


def set_back(
    tx: Tx, lane: Lane, row: Any, why: str, permanent: bool, wait: timedelta | None, ours: bool = False
) -> bool:
    """The row is due later, or set aside and staff are told. An alarm that can't be said raises no other.

    Whoever said what was set aside is told too: silence would leave them waiting.
    """
    dead = lane.failed(tx, row, why, permanent, wait, ours)
    if dead and not getattr(row, "effect_key", "").startswith("say alarm "):
        about = {"work": lane.name, "row": row.id, "why": why}
        kind = Kind.MONEY if lane.name in OWED else Kind.FAULTS
        staff.alarm(tx, f"dead {lane.name} {row.id}", "alarm-dead-letter", kind=kind, **about)
    person = getattr(row, "person", None)
    if dead and person and customers.is_known(tx, person):
        staff.say(tx, f"sorry {row.id}", person, Message(words("sorry-broken")))
    return dead


def about(row: InboxRow | OutboxRow) -> dict[str, Any]:
    """What each line of the log says while a row is worked on: so one purchase can be followed through it."""
    if isinstance(row, InboxRow):
        return {"heard": mark(row.source, row.external_id)}
    return {"order": row.payload["order"]} if "order" in row.payload else {}


def reason(error: Exception) -> str:
    """Why, in words that are safe to keep: a bug's own message may quote what somebody wrote."""
    match error:
        case PartyError() | NotYet():
            return "".join(char if char.isprintable() else "?" for char in str(error))
        case ShopError():
            return error.key
        case TimeoutError():
            return "it took longer than its lease"
    return f"{type(error).__name__} at {(trail(error) or ('?',))[-1]}"
