"""The shop at work behind one rail: where its buyers are answered, its notices are brought, and its time passes."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx

from core import customers, hiring, risk_policy
from core.ground.clock import TestClock
from core.ground.db import Database
from core.ground.messages import Spoken
from core.shop import Shop
from doubles.gateway import with_query
from doubles.serving import Served, listener
from doubles.telling import Told
from jobs.runner import Runner
from proofs import shop
from proofs.proof import Run
from proofs.railing.provider import Provider
from proofs.railing.weather import Weather
from proofs.shop import Premises
from proofs.storming.town import within
from web import hooks

BEAT = 0.05  # seconds between two looks at what is under way
PATIENCE = 60.0
BOSSES = ("proof:boss", "proof:chen")  # who work here
WAITING = "SELECT COUNT(*) FROM inbox WHERE state = 'new'"


@dataclass
class Counter:
    run: Run
    db: Database
    clock: TestClock
    shop: Shop
    provider: Provider
    weather: Weather
    runner: Runner
    clockwork: Runner  # it has the timetable
    url: str
    http: httpx.AsyncClient
    handed: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # codes, by address

    def codes(self, address: str) -> list[str]:
        """What a buyer was handed."""
        theirs = self.provider.handed(address)
        return self.handed[address] if theirs is None else theirs

    async def brought(self, told: Told, *, tries: int = 5) -> httpx.Response | None:
        """The answer to a notice. None for one that is too big: the shop hangs up in the middle of it.

        A provider that gets no answer, as its connection has just ended, asks again.
        """
        url = with_query(self.provider.hook(self.url), told.query)
        for _ in range(tries):
            with suppress(httpx.TransportError):
                headers = list(told.headers.items())
                return await self.http.request(told.method, url, content=told.body, headers=headers)
            if len(told.body) > hooks.LARGEST:
                return None
        raise ConnectionError("the shop does not answer")

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """The shop carries out what there is, and its clock goes as ours."""
        parts = [asyncio.create_task(self.runner.run()), asyncio.create_task(self._ticks())]
        try:
            yield
        finally:
            self.runner.stop()
            await asyncio.wait(parts[:1], timeout=PATIENCE)
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)

    async def _ticks(self) -> None:
        while True:
            await asyncio.sleep(BEAT)
            self.clock.forward(timedelta(seconds=BEAT))

    async def calms_down(self, step: timedelta, most: int) -> None:
        """Until no notice waits to be settled, in so many steps at most. What failed is due later."""
        for _ in range(most):
            await self.runner.drain()
            if not await shop.count(self.db, WAITING):
                return
            self.clock.forward(step)

    async def has_heard(self) -> None:
        """All that was said in the rail's own chat is answered: what is posted there is heard when it comes."""
        bots = self.provider.bots
        async with within(PATIENCE, "all words to be heard"):
            while bots and (any(bot.updates.waiting for bot in bots) or await shop.count(self.db, WAITING)):  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def passes(self, time: timedelta) -> None:
        """Later, with all that the clock has the shop do then."""
        self.clock.forward(time)
        await self.runner.drain()
        await self.clockwork.tick()
        await self.runner.drain()


@asynccontextmanager
async def counter(run: Run, place: Premises, kind: type[Provider]) -> AsyncIterator[Counter]:
    """An empty shop that takes money by this rail and no other. The weather is fair at first."""
    from web.app import create_app  # FastAPI takes half a second to import, and tests of other proofs don't need it

    clock, weather = TestClock(), Weather(run.dice(kind.name, "weather"), fair=True)
    listening = listener()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    async with AsyncExitStack() as stack:
        stack.callback(listening.close)
        db = await stack.enter_async_context(place.opened(clock))
        await db.write(risk_policy.apply, shop.LETS_PASS, "proof")
        provider = await stack.enter_async_context(kind.opened(url, clock, weather))
        rail = provider.rail
        stack.push_async_callback(rail.aclose)
        http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=PATIENCE, verify=False))
        goods = Shop(db, shop.RULES, url, {rail.name: rail})
        chats = provider.chats
        runner = Runner(goods, {name: chat.hear for name, chat in chats.items()}, timetable=())
        made = Counter(run, db, clock, goods, provider, weather, runner, Runner(goods, {}), url, http)

        async def chat(address: str, message: Spoken) -> str:
            made.handed[address] += [code.reveal() for code in message.codes]
            return "sent"

        goods.senders = {"proof": chat, **{name: one.send for name, one in chats.items()}}
        routes = [route for one in chats.values() for route in one.routes(goods)]
        app = create_app(goods, routes, forgeries=10**9)
        await stack.enter_async_context(Served(app, listening=listening))
        await stack.enter_async_context(provider.at_work(goods))
        for boss in BOSSES:
            await db.write(hired, boss)
        yield made


def hired(tx: Any, person: str) -> None:
    chat, _, name = person.partition(":")
    customers.meet(tx, chat, name, name, "en", None)
    hiring.enter(tx, hiring.invite(tx, name), person)
