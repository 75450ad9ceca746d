"""Purchases from a supplier that loses a fifth of its answers: none is made twice, and no buyer goes without."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, text

from core import checkout, customers, inventory, ledger, orders, settling, supply
from core.catalog import Product
from core.checkout import Merchant
from core.customers import Person
from core.ground import outbox
from core.ground.clock import TestClock
from core.ground.db import Database, Tx
from core.ground.ids import Ids
from core.ground.messages import Spoken
from core.ground.vault import KeyRing, Vault
from core.orders import Order
from core.shop import Shop
from core.supply import BuyingOutcome, SupplierCall
from core.units import UnitState
from doubles.sandbox import Sandbox as Provider
from doubles.supplier import Supplier as Vendor
from doubles.supplier_faults import Call, Trouble
from jobs.runner import Runner
from jobs.unsupplied import unsupplied
from payments.sandbox import Sandbox as Rail
from proofs.guards import guard, replaced
from proofs.proof import Broken, Figures, Proof, Run
from proofs.shop import RULES, Premises, add_product, holds, hushed, premises
from suppliers.sandbox import Sandbox

KEY = "the shop's key"
BUYERS = 40
WAVE = 40  # orders placed at a time
AT_ONCE = 8
AFTERWARDS = timedelta(days=4)  # after the last order; by then a look has been answered, though every fifth is not

# What a purchase meets, in a thousand. The first three are answers lost though it was done: 200 of them.
BUYING: Mapping[Trouble, int] = {
    "cut": 60,
    "hidden": 100,
    "error_done": 40,
    "lost": 30,
    "error": 30,
    "busy": 30,
    "refuse": 50,
    "pending": 80,
    "empty": 20,
    "none_ever": 10,
    "double": 4,
    "other": 4,
    "repeat": 4,
}
LOST = ("cut", "hidden", "error_done")
LOOKING_UP: Mapping[Trouble, int] = {"cut": 100, "error": 100}
HIDDEN = (10, 40)  # seconds until a purchase is to be found; less than the supplier says it may take
PENDING = (30, 600, 72_000)  # seconds until it is done; the last is longer than a buyer is made to wait


@dataclass
class Market:
    """The shop with its supplier, its money and its buyers; time stands still unless it is moved."""

    run: Run
    store: str
    db: Database
    shop: Shop
    runner: Runner
    clock: TestClock
    vendor: Vendor
    provider: Provider
    product: Product
    buyers: list[Person]
    got: dict[str, list[str]] = field(default_factory=dict)  # codes by buyer, as they arrived
    met: Counter[str] = field(default_factory=Counter)
    _calls: Counter[tuple[str, str]] = field(default_factory=Counter)

    # The outside world

    async def receive(self, address: str, message: Spoken) -> str:
        """The buyers' chat."""
        self.got.setdefault(f"proof:{address}", []).extend(code.reveal() for code in message.codes)
        return "arrived"

    def chance(self, call: Call, reference: str) -> Trouble | None:
        """The supplier's mood: by the reference, so that the same seed has the same run."""
        self._calls[call, reference] += 1
        dice = self.run.dice(self.store, call, reference, self._calls[call, reference])
        drawn = dice.randrange(1000)
        for trouble, often in (BUYING if call == "buy" else LOOKING_UP).items():
            drawn -= often
            if drawn < 0:
                self.met[f"{call} {trouble}"] += 1
                self.vendor.faults.hidden = dice.uniform(*HIDDEN)
                self.vendor.faults.pending = dice.choice(PENDING)
                return trouble
        return None

    # What happens

    async def buys(self, person: Person, many: int, number: int) -> None:
        """An order placed and paid for."""
        rail = self.shop.payments["sandbox"]
        merchant = Merchant(rail.name, rail.account, rail.mode)
        order: Order = await self.db.write(
            checkout.place, person, self.product.slug, many, merchant, {}, f"request {number}"
        )
        [payment] = await self.db.read(ledger.payments_of, order.id)
        at = self.clock.now().timestamp()
        terms = {"title": "-", "locale": "en", "expires_at": at + 900, "notify_url": "-", "return_url": "-"}
        self.provider.books.open(payment.key, amount=order.total.amount, currency=order.total.currency, **terms)
        self.provider.books.pay(payment.key, at)
        notice = await rail.truth(payment.key, "")
        assert notice is not None
        await self.db.write(settling.settle, notice)

    async def work(self) -> None:
        await self.runner.drain()
        await unsupplied(self.shop)
        await self.runner.drain()

    async def time_passes(self, until: datetime, step: timedelta = timedelta(seconds=2)) -> None:
        """Everything in its time, or a step later, as long as there is anything to do by then."""
        while (due := await self.db.read(lambda tx: tx.value(outbox.NEXT_DUE))) is not None and due <= until:
            wait = due - await self.db.read(lambda tx: tx.now)
            self.clock.forward(max(wait, timedelta(0)) + step)
            await self.work()


@asynccontextmanager
async def opened(run: Run, store: str, place: Premises) -> AsyncIterator[Market]:
    clock, dice = TestClock(), run.dice(store, "ids")
    vault = Vault(KeyRing.load(place.keys))
    db = await Database.open(place.url, vault=vault, rules=RULES, clock=clock, ids=Ids(dice.randrange(2**32)))

    def ticking() -> datetime:  # as PostgreSQL's does: nothing is hidden longer by the shop's clock than by this one
        return datetime.now(UTC) + clock.offset

    drawn = run.dice(store, "codes")
    vendor = Vendor(
        run.folder / f"{store}-supplier.db",
        api_key=KEY,
        clock=ticking,
        draw=lambda sku: f"DEMO-{drawn.randbytes(8).hex().upper()}",
    )
    provider = Provider(run.folder / f"{store}-provider.db", api_key=KEY, secret=KEY)
    async with vendor.served(), provider.served():
        rail = Rail(provider.url, api_key=KEY, secret=KEY, notify_url="http://127.0.0.1:9/hooks/sandbox")
        shop = Shop(db, RULES, "https://shop.example", {"sandbox": rail})
        shop.suppliers = {"sandbox": Sandbox(vendor.url, api_key=KEY)}
        product = await db.write(
            add_product, "bought", kind="on_demand", supplier="sandbox", most_per_order=5, shortage=[]
        )
        buyers = [await db.write(customers.meet, "proof", f"buyer{n}", f"buyer{n}", "en", None) for n in range(BUYERS)]
        market = Market(run, store, db, shop, Runner(shop, {}), clock, vendor, provider, product, buyers)
        shop.senders["proof"] = market.receive
        vendor.faults.chance = market.chance
        try:
            yield market
        finally:
            await shop.close()


async def sell(market: Market, units: int) -> None:
    """So many units, bought wave by wave; and then four days."""
    dice, sold, number = market.run.dice(market.store, "orders"), 0, 0
    while sold < units:
        wave: list[tuple[Person, int, int]] = []
        while sold < units and len(wave) < WAVE:
            many = min(dice.choice((1, 1, 2, 3, 5)), units - sold)
            number += 1
            wave.append((market.buyers[number % BUYERS], many, number))
            sold += many
        for first in range(0, len(wave), AT_ONCE):
            await asyncio.gather(*(market.buys(*one) for one in wave[first : first + AT_ONCE]))
        await market.work()
        await market.time_passes(market.clock.now() + timedelta(seconds=dice.choice((1, 30, 600))))
        market.run.progress(f"{market.store}: units bought", sold, units)
    market.run.progress(f"{market.store}: four days pass")
    await market.time_passes(market.clock.now() + AFTERWARDS, timedelta(minutes=5))


# What must be so afterwards


async def judge(market: Market, units: int) -> Figures:
    bought = [one for one in market.vendor.books.all() if one.state != "failed"]
    twice = [unit for unit, many in Counter(unit_of(one.reference) for one in bought).items() if many > 1]
    if twice:
        raise Broken(f"{len(twice)} units were bought twice, {twice[0]} one of them", twice=len(twice))
    if again := [one.reference for one in bought if one.asked > 1]:
        raise Broken(f"{again[0]} was bought, and bought again under the same reference")
    found = await market.db.read(_all_orders)
    states = Counter(unit.state for order in found for unit in order.units)
    if states[UnitState.SENT] + states[UnitState.REFUNDED] != units:
        raise Broken(f"units are left without a code and without their money: {dict(states)}")
    await _each_buyer_has_each_code_once(market, found)
    await _every_code_is_here(market)
    await _the_money_adds_up(market, found)
    await holds(market.db)
    stock = Counter(dict(await market.db.read(lambda tx: [tuple(row) for row in tx.all(IN_STOCK)])))
    return {
        "units": units,
        "purchases": len(bought),
        "answers_lost": sum(market.met[f"buy {trouble}"] for trouble in LOST),
        "looked_up": sum(many for (call, _), many in market._calls.items() if call == "look_up"),
        "bought_twice": 0,
        "delivered": states[UnitState.SENT],
        "refunded": states[UnitState.REFUNDED],
        "left_without": 0,
        "late_in_stock": stock["available"],
        "kept_apart": stock["quarantined"],
    }


PURCHASES = text("SELECT reference, state, looks, not_found, trouble, made_at, called_at, ended_at FROM purchases")
IN_STOCK = text("SELECT state, COUNT(*) FROM codes GROUP BY state")
ORDERS = select(orders.orders.c.id).order_by(orders.orders.c.id)


def _all_orders(tx: Tx) -> list[Order]:
    return [orders.get(tx, row.id) for row in tx.all(ORDERS)]


def unit_of(reference: str) -> str:
    """The order's number and the unit's place in it; the rest of a reference counts the attempts."""
    return "-".join(reference.split("-")[:3])


async def _each_buyer_has_each_code_once(market: Market, found: list[Order]) -> None:
    """E2: what arrived is what was granted, to its buyer, once."""
    owned: dict[str, list[str]] = {}
    for order in found:
        sent = [unit.id for unit in order.units if unit.state is UnitState.SENT]
        codes = await market.db.read(inventory.reveal, sent)
        owned.setdefault(order.person, []).extend(code.normal() for code in codes.values())
    for person in owned.keys() | market.got.keys():
        if sorted(owned.get(person, [])) != sorted(market.got.get(person, [])):
            raise Broken(f"{person} got {market.got.get(person)} and owns {owned.get(person)}")


async def _every_code_is_here(market: Market) -> None:
    """What the supplier has given out is in the shop once, wherever it went."""
    at = datetime.now(UTC).timestamp() + market.clock.offset.total_seconds()
    sold = [one for one in market.vendor.books.all() if one.ready_at <= at]
    given = {code for one in sold for code in one.codes}
    kept = sum(row[1] for row in await market.db.read(lambda tx: tx.all(IN_STOCK)))
    if kept != len(given):
        here = {row.reference: tuple(row) for row in await market.db.read(lambda tx: tx.all(PURCHASES))}
        open_ = [
            here[one.reference] for one in sold if one.codes and here[one.reference][1] not in ("confirmed", "failed")
        ]
        raise Broken(f"the supplier gave out {len(given)} codes, the shop has {kept}", not_ended=open_)


async def _the_money_adds_up(market: Market, found: list[Order]) -> None:
    """M1 from the outside: by the provider's books, each order's money is in its codes or back, to the cent."""
    for order in found:
        [payment] = await market.db.read(ledger.payments_of, order.id)
        paid = market.provider.books.payment(payment.key)
        assert paid is not None and paid.transaction_id is not None
        back = sum(one.amount for one in market.provider.books.refunds_of(paid.transaction_id) if one.state == "done")
        kept = sum(unit.price for unit in order.units if unit.state is UnitState.SENT)
        if paid.amount != kept + back:
            raise Broken(f"order {order.number}: {paid.amount} came in, {kept} is delivered, {back} went back")


def plays(run: Run) -> Figures:
    figures: dict[str, Any] = {}
    with hushed():
        for store in run.stores:
            with premises(run, store) as place:
                figures[store] = asyncio.run(_play(run, store, place))
    return figures


async def _play(run: Run, store: str, place: Premises) -> Figures:
    async with opened(run, store, place) as market:
        await sell(market, run.size[store])
        return await judge(market, run.size[store])


# Guards


@guard("reference-first")
def each_try_has_a_reference_of_its_own() -> Iterator[None]:
    """The reference is made up for each call, not written down before the first."""
    begins, dice = supply.buying_begins, random.Random(1)

    def forgetful(tx: Tx, purchase: int) -> SupplierCall | None:
        call = begins(tx, purchase)
        return call and replace(call, reference=f"{call.reference}-{dice.randrange(10**9)}", ask_first=False)

    with replaced(supply, "buying_begins", forgetful):
        yield


@guard("unknown-is-looked-up")
def silence_is_a_failure() -> Iterator[None]:
    """No answer is taken for a no."""
    ended = supply.buying_ended

    def hasty(tx: Tx, purchase: int, outcome: BuyingOutcome, settles_within: timedelta) -> None:
        ended(tx, purchase, replace(outcome, state="failed") if outcome.state == "silent" else outcome, settles_within)

    with replaced(supply, "buying_ended", hasty):
        yield


@guard("settle-time")
def not_found_is_believed_at_once() -> Iterator[None]:
    """The supplier is not given the time it needs to know of a purchase itself."""
    with replaced(Sandbox, "settles_within", timedelta(0)):
        yield


PROOF = Proof(
    name="purchases",
    claim="A supplier that loses a fifth of its answers is paid once for each unit, and every buyer has code or money.",
    sizes={
        "tiny": {"sqlite": 120, "postgresql": 40},
        "ci": {"sqlite": 1000, "postgresql": 100},
        "release": {"sqlite": 10_000, "postgresql": 1000},
    },
    plays=plays,
    guards=("reference-first", "unknown-is-looked-up", "settle-time"),
)
