"""The whole order, from "buy" to the code in the buyer's hands, by the functions the doors and the jobs call."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime

from sqlalchemy import bindparam, select

from core import checkout, delivery, inventory, notices, review
from core.checkout import Merchant
from core.customers import Person
from core.ground import inbox, outbox
from core.ground.db import Database, Tx
from core.ground.inbox import InboxRow
from core.ground.messages import Spoken
from core.ground.outbox import OutboxRow
from core.ground.rules import Rules
from core.orders import Order
from core.settling import PaymentNotice
from core.shop import Shop
from doubles.sandbox_notices import HEADER, signature
from jobs.ending import carried_out, heard
from jobs.runner import Runner
from jobs.sending import hand
from payments.sandbox import Sandbox
from proofs.benching.stage import CHAT, SLUG
from web.hooks import folded

SECRET = "the provider's secret"
PATIENCE = 60.0  # seconds for one order

EVENTS, EFFECTS = inbox.inbox.c, outbox.outbox.c
EVENT = select(*(EVENTS[field.name] for field in fields(InboxRow))).where(
    EVENTS.source == bindparam("rail"), EVENTS.external_id == bindparam("event")
)
EFFECT = select(*(EFFECTS[field.name] for field in fields(OutboxRow))).where(EFFECTS.effect_key == bindparam("key"))


class Rail(Sandbox):
    """The test rail as it is, but that what the provider would say when asked is known here: no HTTP is measured."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:9", api_key="-", secret=SECRET, notify_url="http://127.0.0.1:9/")
        self.paid: dict[str, PaymentNotice] = {}

    async def truth(self, key: str, reference: str) -> PaymentNotice | None:
        return self.paid.get(key)

    def notice_of(self, order: Order) -> bytes:
        """What the provider sends when the order is paid."""
        return json.dumps(
            {
                "event": f"evt_{order.number}",
                "account": self.account,
                "mode": self.mode,
                "key": f"{order.number}-{self.name}",
                "state": "paid",
                "transaction": f"txn_{order.number}",
                "amount": order.total.amount,
                "currency": order.total.currency,
            }
        ).encode()


@dataclass
class Counting:
    """A chat that hands nothing over but counts, and knows when somebody has got a code."""

    got: Counter[str] = field(default_factory=Counter)  # codes by address
    waiting: dict[str, asyncio.Event] = field(default_factory=dict)

    async def send(self, address: str, message: Spoken) -> str:
        if message.codes:
            self.got[address] += len([code.reveal() for code in message.codes])
            self.waiting.setdefault(address, asyncio.Event()).set()
        return f"m{self.got[address]}"


class Buying:
    """Buyers at one shop. `jobs`: whether a Runner carries out what the inbox and the outbox hold."""

    def __init__(self, db: Database, *, jobs: bool) -> None:
        self.db = db
        self.chat = Counting()
        self.rail = Rail()
        self.shop = Shop(
            db, Rules(rehearsal=True), "https://shop.example", {"sandbox": self.rail}, {CHAT: self.chat.send}
        )
        self.failed: Counter[str] = Counter()
        self._jobs = jobs

    async def all_buy(self, people: Sequence[Person], at_once: int) -> None:
        """Each of them once, so many at a time; returns when everything is recorded as sent."""
        left = iter(people)
        if not self._jobs:
            await asyncio.gather(*(self._one_by_one(left) for _ in range(at_once)))
            return
        runner = Runner(self.shop, {}, timetable=())
        working = asyncio.create_task(runner.run())
        await asyncio.gather(*(self._one_by_one(left) for _ in range(at_once)))
        runner.stop()
        await working
        await runner.drain()

    async def _one_by_one(self, left: Iterator[Person]) -> None:
        for person in left:
            try:
                await asyncio.wait_for(self.buy(person), PATIENCE)
            except Exception as error:
                self.failed[type(error).__name__] += 1

    async def buy(self, person: Person) -> None:
        """One whole order. Raises what went wrong."""
        merchant = Merchant(self.rail.name, self.rail.account, self.rail.mode)
        key = f"bench {person.id}"
        order = await self.db.write(checkout.place, person, SLUG, 1, merchant, {}, key)
        notice = await self.is_told(order)
        if self._jobs:
            await self.chat.waiting.setdefault(person.address, asyncio.Event()).wait()
            return
        await self.db.write(settled, notice.rail, notice.event)
        await self.db.write(weighed, order.id)
        packed = await self.db.write(delivery.packed, order.id)
        if packed is None:
            raise LookupError("nothing is to be delivered")
        parcel, receiver, spoken = packed
        sent_as = await hand(self.shop, receiver, spoken)
        await self.db.write(sent, order.id, parcel.units, sent_as)

    async def is_told(self, order: Order) -> PaymentNotice:
        """The signed notice comes twice at once; each is verified on its bytes and stored."""
        body = self.rail.notice_of(order)
        headers = {"Content-Type": "application/json", HEADER: signature(SECRET, datetime.now(UTC), body)}
        told = [self.rail.read(folded(headers.items()), body, {}) for _ in range(2)]
        self.rail.paid[told[0].key] = told[0]
        await asyncio.gather(*(self.db.write(notices.store, notice) for notice in told))
        return told[0]

    async def come_too_late(self, people: Sequence[Person]) -> None:
        """Buyers for whom no code is left: each must be refused."""
        merchant = Merchant(self.rail.name, self.rail.account, self.rail.mode)
        for person in people:
            with contextlib.suppress(inventory.OutOfStock):
                await self.db.write(checkout.place, person, SLUG, 1, merchant, {}, f"late {person.id}")


def settled(tx: Tx, rail: str, event: str) -> None:
    """What jobs/settle decides when the rail has confirmed the notice."""
    row = InboxRow(*tx.one(EVENT, rail=rail, event=event))
    heard(tx, row, notices.take, notices.unpack(inbox.body(tx, row)))


def weighed(tx: Tx, order: int) -> None:
    carried_out(tx, OutboxRow(*tx.one(EFFECT, key=f"weigh {order}")), review.weigh, order)


def sent(tx: Tx, order: int, units: tuple[int, ...], sent_as: str) -> None:
    row = OutboxRow(*tx.one(EFFECT, key=f"deliver {order} unit {units[0]}"))
    carried_out(tx, row, delivery.sent, order, units, sent_as)
