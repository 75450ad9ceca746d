"""Lanes: the queues side by side, so that a slow one keeps nobody waiting but itself."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, Protocol

from core import reaching, staff
from core.ground import inbox, outbox
from core.ground.db import Tx
from core.ground.inbox import InboxRow
from core.ground.outbox import OutboxRow
from core.quiet import Kind
from core.shop import Shop
from jobs.buy import buy
from jobs.catalogue import catalogue
from jobs.close import close
from jobs.deliver import deliver
from jobs.hear import Hears, hear
from jobs.intake import intake
from jobs.mail import mail
from jobs.refund import refund
from jobs.rehearse import rehearse
from jobs.reprice import reprice
from jobs.restock import restock
from jobs.ring import ring
from jobs.say import say
from jobs.settle import settle
from jobs.weigh import weigh
from jobs.withdraw import withdraw

EFFECTS: Mapping[str, Callable[[Shop, OutboxRow], Awaitable[None]]] = {
    "weigh": weigh,
    "deliver": deliver,
    "say": say,
    "ring": ring,
    "mail": mail,
    "refund": refund,
    "buy": buy,
    "close": close,
    "intake": intake,
    "restock": restock,
    "withdraw": withdraw,
    "reprice": reprice,
    "catalogue": catalogue,
    "rehearse": rehearse,
}
GIVEN_UP: Mapping[str, Callable[[Tx, OutboxRow], None]] = {"mail": reaching.missed}  # what then happens instead
MESSAGES = ("say", "deliver")  # done where their chat is; a chat that asks us to wait has not failed
BY_CHAT = (*MESSAGES, "intake", "ring")  # what a process that has only chats does
AT_ONCE = 8  # rows under way in a lane
ALONE = ("rehearse",)  # one at a time: it takes a processor for itself
HEARD_AT_ONCE = 64  # an answer may wait for a slow provider, and everybody else's answers must not
SETTLE_TRIES = 300  # three days: somebody has paid, and the provider may be out for long
DELIVER_TRIES = 300  # three days: somebody has paid, and nobody takes up again what was given up
SETTLE_ALARM = 10  # failed tries, almost ten minutes: staff hear of it while it goes on being tried
MARGIN = 5.0  # seconds before a lease ends; by then nobody else may work on the row, and we don't any more


class Lane(Protocol):
    """One kind of work, claimed and carried out row by row."""

    @property
    def name(self) -> str: ...

    @property
    def at_once(self) -> int:
        """How many rows may be under way."""
        ...

    @property
    def topics(self) -> tuple[str, ...]:
        """What is woken when there is something to claim."""
        ...

    def claim(self, tx: Tx, most: int) -> list[Any]:
        """Up to `most` due rows, ours for the length of a lease."""
        ...

    async def work(self, row: Any) -> None:
        """Carry a row out, and end it. Raises what went wrong; TimeoutError before the lease is over."""
        ...

    def give_back(self, tx: Tx, row: Any, *, begun: bool) -> None:
        """This process ends: whoever comes may take the row at once. One that was not begun was not tried."""
        ...

    def is_worn_out(self, row: Any) -> bool:
        """Whether it was claimed as often as it may be and never ended: it may be what ends the process."""
        ...

    def failed(self, tx: Tx, row: Any, why: str, permanent: bool, wait: timedelta | None, ours: bool) -> bool:
        """Put it back for later, or set it aside. True if it was set aside. `ours`: no outside party is to blame."""
        ...


class Events:
    """Inbox rows of some sources."""

    def __init__(
        self,
        name: str,
        sources: tuple[str, ...],
        does: Callable[[InboxRow], Awaitable[None]],
        *,
        at_once: int = AT_ONCE,
        tries: int = inbox.TRIES,
        alarm_at: int | None = None,
        ours: Callable[[str], bool] = lambda source: True,
    ) -> None:
        """Staff are told of a row that has failed `alarm_at` times, once, before it is given up.

        `ours`: whether a source is this process's to work on now.
        """
        self.name = name
        self.at_once = at_once
        self._sources = sources
        self._does = does
        self._tries = tries
        self._alarm_at = alarm_at
        self._ours = ours

    @property
    def topics(self) -> tuple[str, ...]:
        return tuple(map(inbox.topic, self._sources))

    def claim(self, tx: Tx, most: int) -> list[InboxRow]:
        sources = [source for source in self._sources if self._ours(source)]
        return inbox.claim(tx, sources, most) if sources else []

    def give_back(self, tx: Tx, row: InboxRow, *, begun: bool) -> None:
        inbox.give_back(tx, row, begun=begun)

    async def work(self, row: InboxRow) -> None:
        async with asyncio.timeout(inbox.LEASE.total_seconds() - MARGIN):
            await self._does(row)

    def is_worn_out(self, row: InboxRow) -> bool:
        return row.tries >= self._tries

    def failed(self, tx: Tx, row: InboxRow, why: str, permanent: bool, wait: timedelta | None, ours: bool) -> bool:
        dead = inbox.failed(tx, row, why, permanent=permanent, tries=self._tries)
        if not dead and wait is None and row.tries + 1 == self._alarm_at:  # what is only early is no trouble yet
            staff.alarm(tx, f"waits {self.name} {row.id}", "alarm-notice-waits", kind=Kind.MONEY, row=row.id, why=why)
        return dead


class Effects:
    """Outbox rows of one kind, through the chats this process has."""

    def __init__(self, shop: Shop, kind: str, *, tries: int = outbox.TRIES) -> None:
        self.name = kind
        self._shop = shop
        self._tries = tries

    @property
    def at_once(self) -> int:
        return 1 if self.name in ALONE else AT_ONCE

    @property
    def topics(self) -> tuple[str, ...]:
        return tuple(outbox.topic(self.name, chat) for chat in (None, *self._shop.senders))

    def claim(self, tx: Tx, most: int) -> list[OutboxRow]:
        return outbox.claim(tx, (self.name,), self._shop.speaking, most)

    def give_back(self, tx: Tx, row: OutboxRow, *, begun: bool) -> None:
        outbox.give_back(tx, row, begun=begun)

    async def work(self, row: OutboxRow) -> None:
        async with asyncio.timeout(outbox.LEASE.total_seconds() - MARGIN):
            await EFFECTS[self.name](self._shop, row)

    def is_worn_out(self, row: OutboxRow) -> bool:
        return row.tries >= self._tries

    def failed(self, tx: Tx, row: OutboxRow, why: str, permanent: bool, wait: timedelta | None, ours: bool) -> bool:
        counts = not (wait and row.via)  # a chat that asks us to wait has not failed
        tries = min(self._tries, outbox.TRIES) if ours else self._tries  # time mends no fault of our own
        dead = outbox.failed(
            tx, row, why, permanent=permanent, wait=wait, counts=counts, keeps_order=not ours, tries=tries
        )
        if dead and self.name in GIVEN_UP:
            GIVEN_UP[self.name](tx, row)
        return dead


class Sent(Effects):
    """Messages: each chat has hands of its own, so that one which is slow, or away, keeps no other's waiting."""

    def __init__(self, shop: Shop, kind: str) -> None:
        super().__init__(shop, kind, tries=DELIVER_TRIES if kind == "deliver" else outbox.TRIES)
        self._busy: Counter[str | None] = Counter()

    @property
    def at_once(self) -> int:
        return AT_ONCE * max(len(self._shop.senders), 1) + AT_ONCE  # a chat may begin a claim with one hand free

    def claim(self, tx: Tx, most: int) -> list[OutboxRow]:
        """No more than one chat has hands for: the rest of it may be another chat's."""
        free = tuple(chat for chat in self._shop.speaking if self._busy[chat] < AT_ONCE)
        return outbox.claim(tx, (self.name,), free, min(most, AT_ONCE))

    async def work(self, row: OutboxRow) -> None:
        self._busy[row.via] += 1
        try:
            await super().work(row)
        finally:
            self._busy[row.via] -= 1


def lanes(shop: Shop, hears: Hears, *, only_chats: bool = False) -> tuple[Lane, ...]:
    """All there are in this process; or only what is heard and said in its chats."""
    events: list[Lane] = []
    if hears:
        does = partial(hear, shop, hears=hears)
        events.append(Events("hear", tuple(hears), does, at_once=HEARD_AT_ONCE, ours=shop.speaks))
    if shop.payments and not only_chats:
        rails, settles = tuple(shop.payments), partial(settle, shop)
        events.append(Events("settle", rails, settles, tries=SETTLE_TRIES, alarm_at=SETTLE_ALARM))
    kinds = BY_CHAT if only_chats else EFFECTS
    return (*events, *(Sent(shop, kind) if kind in MESSAGES else Effects(shop, kind) for kind in kinds))
