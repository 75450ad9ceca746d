"""A full disk, writes that fail, a server that is killed: what was acknowledged is there, and the shop goes on."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import resource
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import text

from core import catalog, checkout, customers, notices
from core.checkout import Merchant
from core.ground.clock import Clock
from core.ground.db import Database, Tx
from core.ground.messages import Spoken
from core.ground.stores import connection
from core.ground.stores.connection import Doubt, WriteConnection
from core.orders import Order
from core.shop import Shop
from doubles.sandbox_books import Books
from jobs.runner import Runner
from proofs import shop
from proofs.crew import Hand, crew
from proofs.guards import guard, replaced
from proofs.malformed import packed, signed
from proofs.notices import Asked, create
from proofs.proof import Broken, Figures, Proof, Run
from proofs.shop import Premises

MERCHANT = Merchant("sandbox", "sandbox-shop", "test")
BUYERS = 6  # at a time
TROUBLE = 0.5  # seconds a fault lasts once it is felt
SOON = 0.3  # seconds by which thanks come too early; a fault begins 0.2 s after its order
PATIENCE = 60.0  # seconds within which it must sell again
STEP = timedelta(seconds=20)  # put forward at a time, when all is over and something is still on lease
FELT_WITHIN = 15.0  # seconds
ROOM = 4  # pages a full disk had left when the fault began
SMALL = "64m"  # a disk of that size
GOODS = 400  # codes a fault, more than are sold meanwhile
NO_LIMIT = 2**31 - 1  # pages


@dataclass
class Day:
    """What happened to the buyers of one process."""

    placed: dict[str, str] = field(default_factory=dict)  # request key: order number, acknowledged
    told: list[str] = field(default_factory=list)  # events acknowledged
    refused: int = 0  # orders that could not be written down, at first
    not_stored: int = 0  # notices answered 503
    looked: int = 0  # reads while nothing could be written
    looked_in_vain: int = 0
    unfelt: int = 0  # faults that made no write fail
    strange: list[str] = field(default_factory=list)
    back_after: list[float] = field(default_factory=list)  # seconds until it sold again, after each fault


@dataclass
class Fault:
    """A way to make writing impossible for a while."""

    name: str
    begins: Callable[[], Any]
    ends: Callable[[], Any]
    hits: Callable[[], int] = lambda: 0  # writes it made fail, where the shop may cure that before anyone notices


class Jumping(Clock):
    """The system's clock, which we may put forward: a lease that was left behind need not be sat out."""

    def __init__(self) -> None:
        self.offset = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.offset


class Market:
    """A shop with its hook, its runner and some buyers, on whom a fault comes down."""

    def __init__(self, db: Database, books: Books, rail: Asked, clock: Jumping) -> None:
        self.db, self.books, self.day, self.clock = db, books, Day(), clock
        self.goods = Shop(db, shop.RULES, "https://shop.example", {"sandbox": rail}, {"proof": self.chat})
        self.runner = Runner(self.goods, {})
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(create(self.goods)), base_url="http://shop")
        self.troubled = asyncio.Event()
        self.over = asyncio.Event()
        self.sold = asyncio.Event()

    async def chat(self, address: str, message: Spoken) -> str:
        return "m"

    async def buyer(self, name: str) -> None:
        """Buys and pays, again and again; what fails is asked for again under its key, until it is acknowledged."""
        number = 0
        while not self.over.is_set():
            await asyncio.sleep(0.02)
            number += 1
            order = await self.places(f"{name}-{number}")
            if order is None:
                return
            key = f"{order.number}-sandbox"
            terms = {"amount": order.total.amount, "currency": order.total.currency}
            self.books.open(
                key,
                **terms,
                title="",
                locale="en",
                expires_at=0.0,
                notify_url="",
                return_url="",
                state="paid",
                transaction_id=f"txn_{key}",
                paid_at=0.0,
            )
            await self.tells(key, terms)

    async def places(self, name: str) -> Order | None:
        while True:
            try:
                order = await self.db.write(buy, name)
            except Exception:  # whatever: what is not acknowledged is asked for again
                self.day.refused += 1
                await asyncio.sleep(0.02)
                if self.over.is_set():
                    return None
                continue
            self.day.placed[name] = order.number
            self.sold.set()
            return order

    async def tells(self, key: str, terms: dict[str, Any]) -> None:
        """The provider's notice, until it is heard."""
        about = {"account": "sandbox-shop", "mode": "test", "key": key, "state": "paid", "transaction": f"txn_{key}"}
        body = packed({**about, **terms, "event": f"evt_txn_{key}"})
        while True:
            sending = signed(body, self.clock.now())
            answer = await self.client.post(sending.path, content=body, headers=sending.headers)
            if answer.status_code == 204:
                self.day.told.append(f"evt_txn_{key}")
                return
            if answer.status_code != 503:
                self.day.strange.append(f"a notice was answered {answer.status_code}")
                return
            self.day.not_stored += 1
            if self.over.is_set():
                return
            await asyncio.sleep(0.02)

    async def looker(self) -> None:
        """Somebody who only looks, all the time."""
        while not self.over.is_set():
            if self.troubled.is_set():
                try:
                    brands = await asyncio.wait_for(self.db.read(catalog.on_sale), 20)
                    self.day.looked += bool(brands)
                except Exception:
                    self.day.looked_in_vain += 1
            await asyncio.sleep(0.01)

    async def suffers(self, fault: Fault, times: int) -> None:
        """Some trade, the fault, and how long it takes to sell again when it is over; so many times."""
        running = asyncio.create_task(self.runner.run())
        trading = [asyncio.create_task(self.buyer(f"{fault.name}-{n}")) for n in range(BUYERS)]
        trading.append(asyncio.create_task(self.looker()))
        try:
            for _ in range(times):
                await self.suffers_once(fault)
            self.over.set()
            await asyncio.gather(*trading)
            until = time.monotonic() + PATIENCE
            while await shop.count(self.db, LEFT) and time.monotonic() < until:
                await asyncio.sleep(0.5)
                self.clock.offset += STEP
        finally:
            self.runner.stop()
            for task in trading:
                task.cancel()
            await asyncio.gather(running, *trading, return_exceptions=True)

    async def suffers_once(self, fault: Fault) -> None:
        await self.sells()
        await asyncio.sleep(0.2)
        await called(fault.begins)
        self.troubled.set()
        try:
            await self.hurts(fault)
            await asyncio.sleep(TROUBLE)
        finally:
            self.troubled.clear()
            await called(fault.ends)
        began = time.monotonic()
        await self.sells()
        self.day.back_after.append(time.monotonic() - began)

    async def hurts(self, fault: Fault) -> None:
        """Until the fault has made a write fail, or ought to have."""
        before, until = self.felt(fault), time.monotonic() + FELT_WITHIN
        while self.felt(fault) == before and time.monotonic() < until:  # noqa: ASYNC110  a counter sets no event
            await asyncio.sleep(0.02)
        self.day.unfelt += self.felt(fault) == before

    def felt(self, fault: Fault) -> int:
        return self.day.refused + self.day.not_stored + fault.hits()

    async def sells(self) -> None:
        """Until somebody's order is acknowledged. Raises Broken when nobody's is for too long."""
        self.sold.clear()
        try:
            await asyncio.wait_for(self.sold.wait(), PATIENCE)
        except TimeoutError:
            raise Broken(f"it did not sell again within {PATIENCE:.0f} s") from None


LEFT = "SELECT (SELECT COUNT(*) FROM inbox WHERE state = 'new') + (SELECT COUNT(*) FROM outbox WHERE state = 'new')"


async def called(change: Callable[[], Any]) -> None:
    made = change()
    if asyncio.iscoroutine(made):
        await made


def buy(tx: Tx, name: str) -> Order:
    person = customers.meet(tx, "proof", name, "", "en", None)
    return checkout.place(tx, person, "deals", 1, MERCHANT, {}, f"buy {name}")


async def judged(market: Market) -> Figures:
    """What was acknowledged is there, once. Raises Broken."""
    db, day = market.db, market.day
    orders = {row.request_key: row for row in await shop.ask(db, "SELECT request_key, number, state FROM orders")}
    events = {row[0] for row in await shop.ask(db, "SELECT external_id FROM inbox")}
    lost = [name for name, number in day.placed.items() if getattr(orders.get(f"buy {name}"), "number", "") != number]
    unheard = [event for event in day.told if event not in events]
    paid = {event.removeprefix("evt_txn_").removesuffix("-sandbox") for event in day.told}
    unserved = [row.number for row in orders.values() if row.number in paid and row.state != "delivered"]
    figures = {
        "orders_acknowledged": len(day.placed),
        "orders_lost": len(lost),
        "notices_acknowledged": len(day.told),
        "notices_lost": len(unheard),
        "paid_and_not_delivered": len(unserved),
        "writes_refused": day.refused,
        "notices_answered_503": day.not_stored,
        "looked_meanwhile": day.looked,
        "looked_in_vain": day.looked_in_vain,
        "faults": len(day.back_after),
        "sold_again_after_seconds_at_most": round(max(day.back_after), 2),
    }
    if lost or unheard or unserved or day.strange:
        raise Broken(f"something acknowledged was lost {day.strange[:1]}", **figures)
    if day.unfelt:
        raise Broken(f"{day.unfelt} faults hit nothing: they prove nothing", **figures)
    await shop.holds(db, **figures)
    return figures


async def trade(place: Premises, fault: Callable[[Database, Premises], Fault], times: int, looks: bool) -> Figures:
    """A market under a fault, from its goods to its judgement."""
    async with AsyncExitStack() as stack:
        clock = Jumping()
        db = await stack.enter_async_context(place.opened(clock))
        await shop.stocked(db, "deals", GOODS * (times + 1))
        books = Books(Path(":memory:"))  # the provider has a disk of its own
        stack.callback(books.close)
        rail = Asked(books, clock)
        stack.push_async_callback(rail.aclose)
        market = Market(db, books, rail, clock)
        stack.push_async_callback(market.client.aclose)
        chosen = fault(db, place)
        await market.suffers(chosen, times)
        figures = {**await judged(market), "writes_that_failed_unnoticed": chosen.hits()}
    if looks and (figures["looked_in_vain"] or not figures["looked_meanwhile"]):
        raise Broken("nobody could look while nothing could be written", **figures)
    return figures


# The faults


def no_pages(db: Database, place: Premises) -> Fault:
    """The file may not grow beyond a few pages more, by PRAGMA max_page_count on every connection that writes."""
    before = connection.SETTINGS

    async def begins() -> None:
        most = await db.write(lambda tx: tx.value(text("PRAGMA page_count"))) + ROOM
        await limit(most)

    async def limit(most: int) -> None:
        connection.SETTINGS = (*before, f"PRAGMA max_page_count = {most}")
        await db.write(lambda tx: tx.value(text(f"PRAGMA max_page_count = {most}")))

    async def ends() -> None:
        await limit(NO_LIMIT)
        connection.SETTINGS = before

    return Fault("pages", begins, ends)


def no_bytes(db: Database, place: Premises) -> Fault:
    """No write to any file succeeds, by RLIMIT_FSIZE of this process (Python ignores SIGXFSZ)."""
    return Fault("bytes", lambda: writable(0), lambda: writable(resource.RLIM_INFINITY))


def writable(most: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


def every_third(db: Database, place: Premises) -> Fault:
    """One COMMIT in three can't write its bytes, whatever it is about."""
    real = WriteConnection.commit
    commits = itertools.count()
    failed: list[int] = []

    def commit(self: WriteConnection) -> None:
        if (number := next(commits)) % 3:
            return real(self)
        failed.append(number)
        writable(0)
        try:
            real(self)
        finally:
            writable(resource.RLIM_INFINITY)

    def begins() -> None:
        WriteConnection.commit = commit

    def ends() -> None:
        WriteConnection.commit = real

    return Fault("commits", begins, ends, lambda: len(failed))


def ballast(db: Database, place: Premises) -> Fault:
    """Something else has filled the disk."""
    file = place.keys.parent / "ballast"

    def begins() -> None:
        with file.open("wb", buffering=0) as filling, contextlib.suppress(OSError):
            while filling.write(b"x" * 4096):
                pass

    return Fault("disk", begins, file.unlink)


def killed(db: Database, place: Premises) -> Fault:
    """PostgreSQL's processes are gone, all at once."""
    server = shop.server(True)
    return Fault("server", lambda: asyncio.to_thread(server.kill), lambda: asyncio.to_thread(server.restart))


ON_SQLITE = {"pages_used_up": no_pages, "no_byte_written": no_bytes, "every_third_commit": every_third}


async def alone(hand: Hand, place: Premises, name: str, times: int) -> Figures:
    """A market in a process of its own: the limits are the process's."""
    return await trade(place, (ON_SQLITE | {"small_disk": ballast})[name], times, looks=True)


def disk(run: Run) -> Figures:
    figures: dict[str, Any] = {}
    if "sqlite" in run.stores:
        figures["sqlite"] = {name: apart(run, name) for name in ON_SQLITE} | {"small_disk": on_small_disk(run)}
    if "postgresql" in run.stores:
        run.progress("postgresql: killed and restarted")
        with shop.premises(run, "postgresql", durable=True) as place:
            kills = asyncio.run(trade(place, killed, run.size["kills"], looks=False))
        full = "not played: PostgreSQL has no limit of its own to set, and a disk of its own needs more than a test may"
        figures["postgresql"] = {"server_killed": kills, "disk_full": full}
    return figures


def apart(run: Run, name: str) -> Figures:
    run.progress(f"sqlite: {name}")
    with shop.premises(run, "sqlite") as place, crew(1, run.without) as hands:
        return hands.works(alone, place, name, run.size["times"])[0]


def on_small_disk(run: Run) -> Figures | str:
    """The same on a disk that is really full, where we may mount one."""
    small = run.folder / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", small], capture_output=True)
    if mounted.returncode:
        return "not played: nothing can be mounted here"
    try:
        return apart(replace(run, folder=small), "small_disk")
    finally:
        subprocess.run(["umount", small], check=True, capture_output=True)


# The guards


@guard("stored before thanks")
def thanks_before_storing() -> Iterator[None]:
    """The hook says thanks, and then has the notice stored."""
    write: Callable[..., Any] = Database.write
    tasks: set[asyncio.Task[Any]] = set()

    async def hasty(db: Database, fn: Callable[..., Any], /, *given: Any, **named: Any) -> Any:
        if fn is not notices.store:
            return await write(db, fn, *given, **named)

        async def later() -> Any:
            await asyncio.sleep(SOON)
            return await write(db, fn, *given, **named)

        task = asyncio.create_task(later())
        tasks.add(task)
        task.add_done_callback(lambda done: (tasks.discard(done), done.cancelled() or done.exception()))
        return True

    with replaced(Database, "write", hasty):
        yield


@guard("answered after the commit")
def answered_whatever_the_commit() -> Iterator[None]:
    """A COMMIT that failed counts as done."""
    commit = WriteConnection.commit

    def careless(self: WriteConnection) -> None:
        try:
            commit(self)
        except Doubt:
            if self.in_transaction:
                self._raw.rollback()

    with replaced(WriteConnection, "commit", careless):
        yield


PROOF = Proof(
    name="disk",
    claim="Disk full, writes failing, server killed: nothing acknowledged is lost, and it sells again by itself.",
    sizes={
        "tiny": {"times": 1, "kills": 1},
        "ci": {"times": 5, "kills": 3},
        "release": {"times": 25, "kills": 20},
    },
    plays=disk,
    guards=("stored before thanks", "answered after the commit"),
)
