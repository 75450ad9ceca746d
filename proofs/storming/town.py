"""Where a storm is played: Telegram and its people in this process, the shop's till in another one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from core.ground.db import Database
from doubles.serving import listener
from doubles.telegram import Telegram
from doubles.telegram_bots import Bot
from doubles.telegram_budgets import Budgets
from doubles.telegram_people import Person
from proofs import shop
from proofs.proof import Broken, Run
from proofs.shop import Premises
from proofs.storming.processes import Opened
from proofs.storming.till import Till, works

BUYERS, STAFF = "telegram", "telegram_staff"
PATIENCE = 60.0  # seconds for the till to open
TENFOLD = 10


@dataclass
class Town:
    """One place with its Telegram, and the till, open or not."""

    run: Run
    api: Telegram
    db: Database
    till: Till
    process: Opened | None = None
    people: list[Person] = field(default_factory=list)

    @property
    def bot(self) -> Bot:
        """The one buyers talk to."""
        return self.api.bots[0]

    def settle(self, many: int, *, first: int = 1) -> None:
        """So many people, who have all pressed Start here once."""
        self.people = [self.api.person(first + number, f"Buyer {first + number}") for number in range(many)]
        self.bot.started.update(person.id for person in self.people)

    async def opens(self) -> None:
        """The till's process begins; returns when it answers, and Telegram knows where to bring what."""
        self.process = Opened(works, self.till)
        async with within(PATIENCE, "the till to open"):
            while not await self._answers(self.process):  # noqa: ASYNC110  it is another process
                await asyncio.sleep(0.02)

    async def _answers(self, process: Opened) -> bool:
        process.lives()
        if self.till.receives and not all(bot.updates.webhook.url for bot in self.api.bots):
            return False
        return await process.listens(self.till.port)

    async def dies(self) -> None:
        """kill -9."""
        if self.process is not None:
            process, self.process = self.process, None
            await process.dies()

    async def until(self, sql: str, seconds: float, what: str, of: int | None = None) -> bool:
        """Until that count is 0. False if it still isn't after so many seconds without getting less."""
        return await until(self.run, lambda: shop.count(self.db, sql), seconds, what, of)


@asynccontextmanager
async def town(run: Run, place: Premises, *, budgets: Budgets | None = None, **till: Any) -> AsyncIterator[Town]:
    """A town with both bots; its till is not open yet."""
    api = Telegram(budgets=budgets or Budgets().times(TENFOLD), seed=run.seed)
    async with api.served() as address:
        tokens = {BUYERS: api.add_bot("mika_shop_bot").token, STAFF: api.add_bot("mika_staff_bot").token}
        for bot in api.bots:
            bot.updates.pauses = (0.2, 1.0)
        # Bound, and never listening: the till can listen there too, and while it is closed nobody else gets the port.
        with listener() as held:
            spec = Till(place, address, tokens, held.getsockname()[1], guard=run.without, **till)
            async with place.opened() as db:
                made = Town(run, api, db, spec)
                try:
                    yield made
                finally:
                    await made.dies()


async def until(run: Run, left: Callable[[], Awaitable[int]], seconds: float, what: str, of: int | None = None) -> bool:
    """Until nothing is left. False if something still is after so many seconds without getting less."""
    loop = asyncio.get_running_loop()
    least, since = None, loop.time()
    while many := await left():
        if least is None or many < least:
            least, since = many, loop.time()
        if loop.time() - since > seconds:
            return False
        run.progress(what, (of or many) - many, of)
        await asyncio.sleep(0.2)
    return True


@asynccontextmanager
async def within(seconds: float, what: str) -> AsyncIterator[None]:
    """The block waits for that, and no longer. Raises Broken, which names it."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise Broken(f"waited {seconds:g} s in vain for {what}") from None


def only(made: Town, *names: str) -> None:
    """Leave the other bots out."""
    made.till = replace(made.till, tokens={name: made.till.tokens[name] for name in names})
    made.api.bots[:] = [bot for bot in made.api.bots if bot.token in made.till.tokens.values()]


def share(values: Iterable[float], part: float) -> float:
    """The value that so many of them don't pass: 0.99 is p99. 0.0 of nothing."""
    ordered = sorted(values)
    return ordered[min(int(part * len(ordered)), len(ordered) - 1)] if ordered else 0.0


LEFT_TO_SAY = "SELECT COUNT(*) FROM outbox WHERE state = 'new'"
LEFT_TO_HEAR = "SELECT COUNT(*) FROM inbox WHERE state = 'new'"
