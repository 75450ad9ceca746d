"""Paid orders are delivered while three calls in ten go wrong: each code arrives in its own chat, in order."""

from __future__ import annotations

import re
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import select

from core import checkout, customers, inventory, settling
from core.checkout import Merchant
from core.ground import outbox
from core.ground.db import Database, Tx
from core.settling import PaymentNotice
from doubles.telegram_chats import Shown
from proofs import shop
from proofs.proof import Broken, Figures, Run
from proofs.shop import Premises
from proofs.storming.town import BUYERS, LEFT_TO_SAY, Town, only, town

MERCHANT = Merchant("sandbox", "our-account", "test")
CODE = re.compile(r"STORM-\d{6}-CODE")
TROUBLES = {"busy": 0.1, "broken": 0.06, "cut": 0.04, "deaf": 0.02, "lost": 0.04, "mute": 0.02, "slow": 0.02}
HURRY = timedelta(seconds=0.25), timedelta(seconds=8)  # the first wait before a message is tried again, and the longest
CALL = 4.0  # seconds for one call
SLOW = 5.0
# Seconds in which nothing gets less: then it never will. Far beyond the longest wait: a run once took the minute after
# a message's ninth failure for the end, and judged while that message and the buyer's next one were still to be sent.
STUCK = 60.0
IN_ONE = 20  # orders placed in one transaction
BATCH = 500


async def deliveries(run: Run, place: Premises) -> Figures:
    """As many paid orders as the size says; each buyer has several, and every other one is of two codes."""
    async with town(run, place, patience=CALL, backoff=HURRY) as here:
        only(here, BUYERS)
        here.settle(run.size["buyers"])
        many = run.size["deliveries"]
        await shop.stocked(here.db, "storm", many + many // 2)
        await paid(run, here, many)
        faults = here.api.faults
        faults.wait, faults.slowness, faults.sends_only = (1, 3), SLOW, True
        for trouble, part in TROUBLES.items():
            setattr(faults, trouble, part)
        began = time.monotonic()
        await here.opens()
        ended = await here.until(LEFT_TO_SAY, STUCK, f"{place.store}: delivered", many)
        took = time.monotonic() - began
        await here.dies()
        figures: Figures = counted(here) | {"deliveries": many, "deliveries_per_second": round(many / took)}
        if not ended:
            left = [tuple(row) for row in await shop.ask(here.db, LEFT)]
            raise Broken(f"nothing was delivered for {STUCK:g} s, and this is left", **figures, left=left)
        figures = {**figures, **await judged(here, figures)}
        await shop.holds(here.db, (), **figures)
    return figures


async def paid(run: Run, here: Town, many: int) -> None:
    """Everybody's first orders, then everybody's second, ..."""
    people = [str(person.id) for person in here.people]
    wanted = [(people[number % len(people)], number) for number in range(many)]
    for first in range(0, many, IN_ONE):
        await here.db.write(buy_and_pay, wanted[first : first + IN_ONE])
        run.progress(f"{here.till.place.store}: paid", min(first + IN_ONE, many), many)


def buy_and_pay(tx: Tx, wanted: Sequence[tuple[str, int]]) -> None:
    for address, number in wanted:
        person = customers.meet(tx, BUYERS, address, f"Buyer {address}", "en", None)
        order = checkout.place(tx, person, "storm", 1 + number % 2, MERCHANT, {}, f"buy {number}")
        key = f"{order.number}-{MERCHANT.rail}"
        notice = PaymentNotice(MERCHANT.rail, key, key, key, MERCHANT.account, "test", "paid", order.total)
        settling.settle(tx, notice)


def counted(here: Town) -> dict[str, Any]:
    """What went over the line."""
    calls = [call for call in here.api.calls if call.method.startswith(("send", "edit"))]
    wrong = Counter(call.trouble for call in calls if call.trouble)
    return {
        "calls": len(calls),
        "calls_gone_wrong": round(wrong.total() / max(len(calls), 1), 3),
        "troubles": dict(wrong),
        "over_the_budget": here.api.budgets.exceeded.total(),
        "before_the_time_asked_for": here.api.hasty,
    }


async def judged(here: Town, figures: Mapping[str, Any]) -> dict[str, Any]:
    """Who has what, in which order. Raises Broken."""
    owed = await owed_in_order(here.db)
    if (put := sum(map(len, owed.values()))) != figures["deliveries"]:
        raise Broken(f"{put} deliveries were put", **figures)
    found: Counter[str] = Counter(dict.fromkeys(WRONG, 0))
    found["repeats"] = 0
    failed = {row.address: row.failed for row in await shop.ask(here.db, FAILED)}
    for person in here.people:
        said = person.chat(here.bot).said()
        parcels = [codes for shown in said if (codes := tuple(CODE.findall(shown.text)))]
        mine = owed[str(person.id)]
        found["in_another_chat"] += sum(codes not in mine for codes in parcels)
        found["never_arrived"] += sum(codes not in parcels for codes in mine)
        repeats = repeated(said)
        found["repeats"] += repeats
        found["repeats_without_cause"] += max(0, repeats - failed[f"{BUYERS}:{person.id}"])
        once = [codes for at, codes in enumerate(parcels) if not at or parcels[at - 1] != codes]
        found["chats_out_of_order"] += once != [codes for codes in mine if codes in parcels]
    found["before_their_time"] = here.api.hasty
    if any(found[name] for name in WRONG):
        given_up = [tuple(row) for row in await shop.ask(here.db, GIVEN_UP)]
        raise Broken("not every code is in its own chat, once, in its turn", **figures, **found, given_up=given_up)
    return dict(found)


WRONG = (
    "in_another_chat",
    "never_arrived",
    "repeats_without_cause",
    "chats_out_of_order",
    "before_their_time",
)


# How often sending to somebody has failed, a 429 aside: only then may a message have arrived without our knowing it.
FAILED = """
    SELECT recipient AS address, SUM(tries - 1) AS failed FROM outbox WHERE recipient IS NOT NULL GROUP BY recipient
"""


LEFT = """
    SELECT effect_key, recipient, tries, due_at, leased_until, trouble FROM outbox WHERE state = 'new'
    ORDER BY id LIMIT 20
"""
GIVEN_UP = """
    SELECT effect_key, state, tries, trouble FROM outbox WHERE kind = 'deliver' AND state = 'dead'
    UNION ALL SELECT o.number, u.obligation, 0, CAST(e.detail AS TEXT) FROM units u JOIN orders o ON o.id = u.order_id
    JOIN order_events e ON e.order_id = o.id AND e.what = 'unreachable' WHERE u.obligation = 'pickup'
"""


def repeated(said: Sequence[Shown]) -> int:
    """Messages that say word for word what the one before says."""
    return sum(one.text == before.text for before, one in pairwise(said))


PUT = (
    select(outbox.outbox.c.recipient, outbox.outbox.c.payload)
    .where(outbox.outbox.c.kind == "deliver")
    .order_by(outbox.outbox.c.id)
)


async def owed_in_order(db: Database) -> dict[str, list[tuple[str, ...]]]:
    """By address: the codes of each delivery, in the order the deliveries were put."""
    put = await db.read(lambda tx: tx.all(PUT))
    units = [unit for row in put for unit in row.payload["units"]]
    codes: dict[int, str] = {}
    for first in range(0, len(units), BATCH):
        found = await db.read(inventory.reveal, units[first : first + BATCH])
        codes |= {unit: code.fields[0][1].reveal() for unit, code in found.items()}
    owed: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
    for row in put:
        owed[row.recipient.partition(":")[2]].append(tuple(codes[unit] for unit in row.payload["units"]))
    return owed
