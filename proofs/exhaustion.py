"""A thousand accounts set codes aside and never pay: they hold their share of what there is, and no more.

    python -m proofs exhaustion --size release

Round after round, from several processes at once, each account orders what it can; then the holds end, and it begins
again. In each round somebody who has bought here before finds a code left.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from core import checkout, customers, delivery, review, scarcity, settling
from core.customers import Person
from core.ground.clock import TestClock
from core.ground.db import Database, Tx
from core.ground.errors import ShopError
from core.orders import Order
from proofs import shop
from proofs.crew import Crew, Hand, crew
from proofs.guards import guard, replaced
from proofs.proof import Broken, Figures, Proof, Run
from proofs.races import AT_ONCE, MERCHANT, insists, let_in, paid, somebody
from proofs.shop import Premises

RULES = replace(shop.RULES, scarce_below=10)
FEW, MANY = "few", "many"
STOCK = {FEW: 10, MANY: 200}
WANTED = {FEW: 1, MANY: 5}  # units an order
ROUND = timedelta(minutes=16)  # longer than any hold
HELD = """
    SELECT COUNT(*) FROM reservations r JOIN units u ON u.id = r.unit_id JOIN orders o ON o.id = u.order_id
    JOIN lines l ON l.id = u.line_id JOIN products p ON p.id = l.product_id
    WHERE p.slug = :slug AND o.state IN ('awaiting_payment', 'underpaid')
"""

USUAL = {"ordered", "TakenForNow", "CoolDown", "OutOfStock", "TooManyUnpaid", "PayFirst", "asked again"}


def exhaustion(run: Run) -> Figures:
    return {store: on_one(run, store) for store in run.stores}


def on_one(run: Run, store: str) -> Figures:
    with shop.premises(run, store) as place, crew(run.size["processes"], run.without) as hands:
        asyncio.run(furnish(run, place))
        return besieged(run, place, hands)


async def furnish(run: Run, place: Premises) -> None:
    async with place.opened(rules=RULES) as db:
        for slug, many in STOCK.items():
            await shop.stocked(db, slug, many)
        for first in range(0, run.size["accounts"], 1000):
            await db.write(let_in, range(first, min(first + 1000, run.size["accounts"])))
        await shop.stocked(db, "once", 1)
        await db.write(has_bought)


def has_bought(tx: Tx) -> None:
    """Lin has bought here, and has her code."""
    lin = customers.meet(tx, "proof", "lin", "Lin", "en", None)
    order = checkout.place(tx, lin, "once", 1, MERCHANT, {}, "once")
    settling.settle(tx, paid(order))
    review.weigh(tx, order.id)
    parcel = delivery.parcel(tx, order.id)
    if parcel is None:
        raise Broken("what was bought is not handed over")
    delivery.sent(tx, order.id, parcel.units, "message 1")


def besieged(run: Run, place: Premises, hands: Crew) -> Figures:
    told: Counter[str] = Counter()
    most: Counter[str] = Counter()
    began = time.monotonic()
    for number in range(run.size["rounds"]):
        run.progress(f"{place.store}: round {number + 1} of {run.size['accounts']:,} accounts")
        for found in hands.works(besiege, place, (number, run.size["accounts"])):
            told += found
        for slug, held in asyncio.run(looked_at(place, number)).items():
            most[slug] = max(most[slug], held)
    figures: dict[str, Any] = {
        "accounts": run.size["accounts"],
        "rounds": run.size["rounds"],
        "tries": sum(told.values()),
        "share_percent": RULES.newcomers_share,
        **{f"held_of_{STOCK[slug]}": most[slug] for slug in STOCK},
        "told": dict(told),
        "tries_per_second": round(sum(told.values()) / (time.monotonic() - began)),
    }
    if strange := set(told) - USUAL:
        raise Broken(f"buyers were told something else: {sorted(strange)}", **figures)
    for slug, there in STOCK.items():
        if most[slug] > share(there):
            raise Broken(f"{most[slug]} of {there} codes were held unpaid", **figures)
        if most[slug] < share(there) // 2:
            raise Broken(f"only {most[slug]} of {there} codes were held: that was no siege", **figures)
    return figures


def share(there: int) -> int:
    return -(-there * RULES.newcomers_share // 100)


async def besiege(hand: Hand, place: Premises, siege: tuple[int, int]) -> Counter[str]:
    """One process's share of the accounts, in one round."""
    number, accounts = siege
    told: Counter[str] = Counter()
    waiting = iter(range(hand.number, accounts, hand.of))
    async with place.opened(later(number), RULES) as db:
        await hand.together()

        async def keep_ordering() -> None:
            for account in waiting:
                for slug in STOCK:
                    told[await orders(db, somebody(account), slug, f"{number} {slug} {account}", told)] += 1

        await asyncio.gather(*(keep_ordering() for _ in range(AT_ONCE)))
    return told


async def orders(db: Database, person: Person, slug: str, key: str, told: Counter[str]) -> str:
    try:
        await insists(db, told, checkout.place, person, slug, WANTED[slug], MERCHANT, {}, key)
    except ShopError as refusal:
        return type(refusal).__name__
    return "ordered"


def later(number: int) -> TestClock:
    clock = TestClock()
    clock.forward(ROUND * number)
    return clock


async def looked_at(place: Premises, number: int) -> dict[str, int]:
    """How much of each product is held; somebody who has bought before still gets one, and gives it up."""
    async with place.opened(later(number), RULES) as db:
        held = {slug: await shop.count(db, HELD, slug=slug) for slug in STOCK}
        lin = await db.read(customers.person, "proof:lin")
        for slug in STOCK:
            try:
                order: Order = await db.write(checkout.place, lin, slug, 1, MERCHANT, {}, f"lin {number} {slug}")
            except ShopError as refusal:
                raise Broken(f"who has bought before is told {type(refusal).__name__}", **held) from None
            await db.write(checkout.cancel, order, lin)
        await shop.holds(db, but=("L3", "S5"))  # nobody works the queues here, or ends orders but those who come
    return held


# The guards


@guard("shares of what is left")
def everybody_holds_what_they_like() -> Iterator[None]:
    with replaced(scarcity, "_must_fit", lambda tx, buyer, part, wanted: False):
        yield


@guard("newcomers in turn")
def all_at_once() -> Iterator[None]:
    """Each counts what is held before the others have committed."""
    with replaced(scarcity, "wait_turn", lambda tx, buyer, parts: None):
        yield


PROOF = Proof(
    name="exhaustion",
    claim="Accounts that never pay hold no more of the stock than their share; whoever has bought before finds some.",
    sizes={
        "tiny": {"processes": 2, "accounts": 100, "rounds": 2},
        "ci": {"processes": 4, "accounts": 1_000, "rounds": 3},
        "release": {"processes": 4, "accounts": 1_000, "rounds": 20},
    },
    plays=exhaustion,
    guards=("shares of what is left", "newcomers in turn"),
)
