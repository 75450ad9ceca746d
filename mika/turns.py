"""Which process speaks in a chat: one at a time holds its lease, the others stand by and take it when it is free.

A process that could not renew its lease stops speaking before it is over, by its own steady clock: it may have slept,
or the database may be away. What is on its way to the platform then has MARGIN to arrive.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

import structlog

from core.ground import leases
from core.ground.clock import steady
from core.ground.leases import Held
from core.ground.trails import trail
from core.parties import Connected
from core.shop import Shop
from jobs.runner import Runner
from mika.alive import Sign

RENEW = 5.0  # seconds
MARGIN = 4.0  # seconds before a lease is over in which its holder says nothing more
PATIENCE = 10.0  # seconds for the database
LOOK = 1.0  # seconds: the net under being told that a lease was given up
AGAIN = 5.0  # seconds until a chat whose connection broke by a fault of ours connects anew

log = structlog.get_logger()


class Turn:
    """One chat in this process: stands by, speaks, hands over."""

    def __init__(self, shop: Shop, runner: Runner, chat: Connected, sign: Sign) -> None:
        self._shop = shop
        self._runner = runner
        self._chat = chat
        self._sign = sign
        self._name = f"{chat.name} {chat.account}"
        shop.turns[chat.name] = 0.0

    @property
    def ours(self) -> bool:
        return self._shop.speaks(self._chat.name)

    async def stay(self) -> None:
        """Until cancelled: connected whenever the lease is ours. Then hand_over() has to be called."""
        while True:
            await self._until_ours()
            log.info("this process speaks", chat=self._chat.name)
            staying = asyncio.create_task(self._connected())
            try:
                await self._while_ours()
            finally:
                staying.cancel()
                await asyncio.wait([staying])
            log.warning("another process may speak now", chat=self._chat.name)

    async def hand_over(self) -> None:
        """Whoever stands by has it at once. If that can't be written, the lease ends by itself."""
        self._shop.turns[self._chat.name] = 0.0
        with suppress(Exception):
            async with asyncio.timeout(PATIENCE):
                await self._shop.db.write(leases.give_up, self._name, self._sign.name, self._chat.leaves())

    async def _until_ours(self) -> None:
        dead = leases.NOBODY
        while True:
            try:
                found = await self._take(dead)
                if not isinstance(found, Held):
                    return
                dead = found.by if self._sign.is_dead(found.by) else leases.NOBODY
            except Exception as error:
                log.warning("a lease can't be had", chat=self._chat.name, error=type(error).__name__)
            if dead == leases.NOBODY:
                await self._shop.db.wait_for(leases.topic(self._name), timeout=LOOK)

    async def _while_ours(self) -> None:
        """Renews. Returns when the lease is another's, or could not be renewed in time."""
        while self.ours:
            left = self._shop.turns[self._chat.name] - steady()
            await asyncio.sleep(min(RENEW, left))
            try:
                if isinstance(await self._take(), Held):
                    self._shop.turns[self._chat.name] = 0.0
            except Exception as error:
                log.warning("a lease can't be renewed", chat=self._chat.name, error=type(error).__name__)
        self._chat.falls_silent()

    async def _take(self, dead: str = leases.NOBODY) -> leases.Lease | Held:
        """Asks for it. What it may be ours until is counted from before we asked: the database's moment is later."""
        asked, spoke = steady(), self.ours
        async with asyncio.timeout(self._shop.turns[self._chat.name] - asked if spoke else PATIENCE):
            found = await self._shop.db.write(leases.take, self._name, self._sign.name, dead)
        if not isinstance(found, Held):
            if not spoke:
                self._chat.takes_over(found.left, found.since / timedelta(seconds=1))
            self._shop.turns[self._chat.name] = asked + leases.LENGTH / timedelta(seconds=1) - MARGIN
            if not spoke:
                self._runner.look()
        return found

    async def _connected(self) -> None:
        """A connection, and a new one when it breaks: a fault of a bot never ends what pages and jobs do."""
        while True:
            try:
                await self._chat.stay(self._shop)
                log.error("a chat went away", chat=self._chat.name)
            except Exception as error:
                log.error("a chat broke", chat=self._chat.name, error=type(error).__name__, at=trail(error))
            await asyncio.sleep(AGAIN)
