"""Deliveries through a chat's API that fails three calls in ten: every code arrives in its own chat, or waits."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any
from unittest.mock import patch

import httpx
from sqlalchemy import text

from core import checkout, customers, delivery, inventory, settling
from core.checkout import Merchant
from core.customers import Person
from core.ground import outbox
from core.ground.clock import TestClock
from core.ground.db import Database, Tx
from core.ground.errors import SendError
from core.ground.messages import Spoken
from core.ground.outbox import OutboxRow
from core.settling import PaymentNotice
from core.shop import Shop
from doubles.chat_api import ChatApi
from doubles.serving import Served
from jobs import deliver, lanes
from jobs.ending import carried_out
from jobs.runner import Runner
from jobs.sending import send
from proofs import shop
from proofs.guards import guard, not_waiting, replaced
from proofs.proof import Broken, Figures, Proof, Run
from proofs.shop import Premises

MERCHANT = Merchant("sandbox", "our-account", "test")
PATIENCE = 2.0  # seconds for an answer
CODE = re.compile(r"DEALS-\d{6}-CODE")
AT_ONCE = 64
ARRIVED, WAITS = ("sent", None), ("granted", "pickup")  # a unit's state and what is owed for it
LEFT = text("SELECT COUNT(*) FROM outbox WHERE state = 'new'")
LEAST_STEP = timedelta(seconds=2)


@dataclass
class Api:
    """Our side of the chat: keeps Sender, and counts the calls that nobody answered."""

    client: httpx.AsyncClient
    unanswered: Counter[str] = field(default_factory=Counter)

    async def __call__(self, address: str, message: Spoken) -> str:
        try:
            answer = await self.client.post("/send", json={"to": address, "text": message.revealed()})
        except httpx.HTTPError as error:
            self.unanswered[address] += 1
            raise SendError(f"no answer ({type(error).__name__})") from None
        if answer.is_success:
            return answer.json()["id"]
        if answer.status_code == 429:
            raise SendError("too many at once", wait=timedelta(seconds=answer.json()["retry_after"]))
        raise SendError(f"answered {answer.status_code}", permanent=answer.status_code in (400, 403))


def chats(run: Run) -> Figures:
    return {store: on_one(run, store) for store in run.stores}


def on_one(run: Run, store: str) -> Figures:
    with shop.premises(run, store) as place:
        return asyncio.run(delivered(run, place))


async def delivered(run: Run, place: Premises) -> Figures:
    """As many paid orders as the size says are handed over, whatever the API does."""
    many, dice, clock = run.size["deliveries"], run.dice("chats"), TestClock()
    buyers = [f"buyer-{number}" for number in range(many)]
    closed = dice.sample(buyers, max(2, many * 3 // 100))
    half = len(closed) // 2
    api = ChatApi(
        dice, partial(shop_time, place.store, clock), blocked=frozenset(closed[:half]), unknown=frozenset(closed[half:])
    )
    async with AsyncExitStack() as stack:
        db = await stack.enter_async_context(place.opened(clock))
        server = await stack.enter_async_context(Served(api.app))
        client = httpx.AsyncClient(base_url=server.url, timeout=PATIENCE, trust_env=False)
        sender = Api(await stack.enter_async_context(client))
        await shop.stocked(db, "deals", many)
        await paid(db, buyers)
        runner = Runner(Shop(db, shop.RULES, "https://shop.example", {}, {"proof": sender}), {})
        minutes = await worked_off(run, db, runner, clock, many)
        figures = {
            "deliveries": many,
            "calls": api.calls,
            "calls_gone_wrong": round(api.faults / api.calls, 3),
            "unanswered": sender.unanswered.total(),
            "virtual_minutes": round(minutes, 1),
        }
        figures |= await judged(db, api, sender, set(closed), figures)
        await shop.holds(db, **figures)
    return figures


def shop_time(store: str, clock: TestClock) -> datetime:
    """What the shop takes the time to be: PostgreSQL's own clock goes on between our jumps."""
    return clock.now() if store == "sqlite" else datetime.now(UTC) + clock.offset


async def paid(db: Database, buyers: list[str]) -> None:
    """Each buyer has an order, paid and not weighed yet."""
    waiting = iter(buyers)
    while some := list(islice(waiting, AT_ONCE)):
        await asyncio.gather(*(db.write(buy_and_pay, buyer) for buyer in some))


def buy_and_pay(tx: Tx, buyer: str) -> None:
    person = customers.meet(tx, "proof", buyer, "", "en", None)
    order = checkout.place(tx, person, "deals", 1, MERCHANT, {}, f"buy {buyer}")
    key = f"{order.number}-{MERCHANT.rail}"
    notice = PaymentNotice(MERCHANT.rail, key, key, key, MERCHANT.account, "test", "paid", order.total)
    settling.settle(tx, notice)


async def worked_off(run: Run, db: Database, runner: Runner, clock: TestClock, many: int) -> float:
    """Until nothing waits to be done. The clock jumps to when the next is due; returns the minutes it has gone."""
    began = clock.now()
    while True:
        await runner.drain()
        due, now, left = await db.read(waits)
        if due is None:
            return (clock.now() - began).total_seconds() / 60
        run.progress("delivered or given up", many - left, many)
        clock.forward(max(due - now, LEAST_STEP))


def waits(tx: Tx) -> tuple[Any, Any, int]:
    """When the next effect is due, the time now, and how many there are."""
    return tx.value(outbox.NEXT_DUE), tx.now, tx.value(LEFT)


async def judged(db: Database, api: ChatApi, sender: Api, closed: set[str], figures: Figures) -> Figures:
    """Who has what, and whose it is. Raises Broken."""
    owned = await codes_by_buyer(db)
    elsewhere = sum(
        code != owned[address] for address, texts in api.arrived.items() for code in CODE.findall(" ".join(texts))
    )
    repeats = {address: len(texts) - 1 for address, texts in api.arrived.items()}
    too_often = sum(many > sender.unanswered[address] for address, many in repeats.items())
    altered = sum(len(set(texts)) > 1 for texts in api.arrived.values())
    states = {row.address: (row.state, row.obligation) for row in await shop.ask(db, UNITS)}
    lost = [buyer for buyer in owned if buyer not in closed and buyer not in api.arrived]
    unsaid = [buyer for buyer in owned if states[buyer] != (WAITS if buyer in closed else ARRIVED)]
    found = {
        "arrived": len(api.arrived),
        "wait_for_pickup": sum(state == WAITS for state in states.values()),
        "in_another_chat": elsewhere,
        "never_arrived": len(lost),
        "repeats": sum(repeats.values()),
        "repeats_without_cause": too_often,
        "repeats_altered": altered,
        "before_the_time_asked_for": api.hasty,
    }
    if elsewhere or lost or too_often or altered or unsaid or api.hasty:
        raise Broken("not every code is in its own chat, or waits for its buyer", **figures, **found)
    return found


UNITS = """
    SELECT p.address, u.state, u.obligation, u.id FROM units u JOIN orders o ON o.id = u.order_id
    JOIN people p ON p.id = o.person_id
"""


async def codes_by_buyer(db: Database) -> dict[str, str]:
    owned, units = dict[str, str](), await shop.ask(db, UNITS)
    for first in range(0, len(units), shop.CHUNK):
        some = units[first : first + shop.CHUNK]
        found = await db.read(inventory.reveal, [row.id for row in some])
        owned |= {row.address: found[row.id].fields[0][1].reveal() for row in some}
    return owned


# The guards


@guard("sent means arrived")
def sent_when_sending() -> Iterator[None]:
    """The codes count as sent before the chat has taken them."""

    async def hasty(goods: Shop, row: OutboxRow) -> None:
        parcel = await goods.db.read(delivery.parcel, row.payload["order"])
        if parcel is not None:
            await goods.db.write(carried_out, row, delivery.sent, row.payload["order"], parcel.units, "?")
            await send(goods, parcel.person, parcel.message)

    with patch.dict(lanes.EFFECTS, deliver=hasty):
        yield


@guard("the order's own address")
def whoever_was_last() -> Iterator[None]:
    """The message goes to whom the one before went."""
    last: list[str] = []

    async def careless(goods: Shop, person: Person, spoken: Spoken) -> str:
        last.append(person.address)
        return await goods.senders["proof"](last[-2:][0], spoken)

    with replaced(deliver, "hand", careless):
        yield


guard("waiting as long as asked")(not_waiting)


PROOF = Proof(
    name="chats",
    claim="Though a chat's API fails 3 calls in 10, every code arrives in its buyer's chat alone, or waits there.",
    sizes={"tiny": {"deliveries": 60}, "ci": {"deliveries": 1_000}, "release": {"deliveries": 10_000}},
    plays=chats,
    guards=("sent means arrived", "the order's own address", "waiting as long as asked"),
)
