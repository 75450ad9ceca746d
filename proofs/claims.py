"""Claims of every kind, with staff who decide, race or never come: each ends, and no code is replaced twice for one.

    python -m proofs claims

By the real core, runner, rail and provider; the buyers' chat loses a fifth of what it is sent, stock runs out and comes
again, and buyers and staff repeat themselves.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import Any

from sqlalchemy import bindparam, update

from core import (
    authority,
    batches,
    catalog,
    checkout,
    claiming,
    claims,
    customers,
    hiring,
    ledger,
    order_events,
    orders,
    pasted,
    quiet,
    settling,
)
from core.checkout import Merchant
from core.claims import Claim, Kind, Why
from core.customers import Person
from core.ground import outbox
from core.ground.clock import TestClock
from core.ground.db import Database, Tx
from core.ground.errors import SendError, ShopError
from core.ground.ids import Ids
from core.ground.messages import Spoken
from core.ground.money import Money
from core.ground.vault import KeyRing, Vault
from core.orders import Order
from core.shop import Shop
from doubles.sandbox import Sandbox as Provider
from jobs.claims import claims as ends_in_time
from jobs.runner import Runner
from payments.sandbox import Sandbox as Rail
from proofs.guards import guard, replaced
from proofs.proof import Broken, Figures, Proof, Run
from proofs.shop import PRICE, RULES, Premises, add_product, ask, drop, holds, hushed, premises

KEY = "the shop's key"
STAFF = ("chen", "wei", "bao")
CODES = 3  # in an order
WAVE = 20  # claims between two looks at the clock
LOST = 0.2  # of what is sent to buyers
SPARE = 12  # codes that come into stock now and then
SOLD = "sold"
ONE_DECISION = "one decision a claim"
DEAR = 2  # every so many orders is of what the shop never replaces by itself


@dataclass
class Desk:
    """The shop, what was bought of it, and those who complain and decide."""

    run: Run
    store: str
    db: Database
    shop: Shop
    runner: Runner
    clock: TestClock
    provider: Provider
    dice: Random
    people: list[Person] = field(default_factory=list)
    bought: list[tuple[Person, str]] = field(default_factory=list)
    keys: int = 0
    met: Counter[str] = field(default_factory=Counter)

    async def receive(self, address: str, message: Spoken) -> str:
        if self.dice.random() < LOST:
            self.met["sends that failed"] += 1
            raise SendError("not now")
        return "arrived"

    def key(self) -> str:
        self.keys += 1
        return f"event {self.keys}"

    # Before

    async def buys(self, person: Person, slug: str) -> None:
        """Placed, paid at the provider, and settled."""
        rail = self.shop.payments["sandbox"]
        merchant = Merchant(rail.name, rail.account, rail.mode)
        order: Order = await self.db.write(checkout.place, person, slug, CODES, merchant, {}, self.key())
        [payment] = await self.db.read(ledger.payments_of, order.id)
        at = self.clock.now().timestamp()
        terms = {"title": "-", "locale": "en", "expires_at": at + 900, "notify_url": "-", "return_url": "-"}
        self.provider.books.open(payment.key, amount=order.total.amount, currency=order.total.currency, **terms)
        self.provider.books.pay(payment.key, at)
        notice = await rail.truth(payment.key, "")
        assert notice is not None
        await self.db.write(settling.settle, notice)
        self.bought.append((person, order.number))

    async def stocks(self, slug: str, many: int) -> None:
        await self.db.write(_stock, slug, many, self.key())

    # What people do; whatever they are refused is counted

    async def tries(self, fn: Any, *about: Any, **more: Any) -> Any:
        try:
            return await self.db.write(fn, *about, **more)
        except ShopError as refusal:
            self.met[refusal.key] += 1
            return None

    async def complains(self) -> Claim | None:
        """Of some code of theirs, in some way; then they show something, or not; and say it all twice at times."""
        person, number = self.dice.choice(self.bought)
        about = (person, number, self.dice.randint(1, CODES), self.dice.choice(list(Kind)), self.key())
        repeats = 1 + (self.dice.random() < 0.2)
        found = await asyncio.gather(*(self.tries(claiming.report, *about) for _ in range(repeats)))
        claim = found[0]
        if claim is None or not claim.goes_on:
            return claim
        shows = self.dice.random()
        if shows < 0.6:
            said = (person, claim.number, "It says no such code", self.key())
            await asyncio.gather(*(self.tries(claiming.tell_more, *said) for _ in range(repeats)))
        elif shows < 0.8:
            await self.tries(claiming.nothing_to_show, person, claim.number)
        elif shows < 0.85:
            await self.tries(claiming.withdraw, person, claim.number)
        return claim

    async def decide(self, claim: Claim) -> None:
        """Nobody, one of them, or several at the same moment; one of them may press an old card once more."""
        pressing = self.dice.choice((0, 1, 1, 2, 3))
        await asyncio.gather(*(self._presses(claim, who) for who in self.dice.sample(STAFF, pressing)))
        if self.dice.random() < 0.1:
            await self.tries(claiming.appeal, await self.db.read(customers.person, claim.buyer), claim.number)

    async def _presses(self, claim: Claim, who: str) -> None:
        person = f"proof:{who}"
        match self.dice.randrange(8):
            case 0 | 1 | 2 | 3:
                await self.tries(claiming.replace, claim.number, person)
            case 4:
                await self.tries(claiming.refund, claim.number, person)
            case 5:
                await self.tries(claiming.refuse, claim.number, Why.EVIDENCE, person)
            case 6:
                await self.tries(claiming.resend, claim.number, person)
            case _:
                await self.tries(claiming.ask, claim.number, "Which region?", person, self.key())

    async def time_passes(self, step: timedelta) -> None:
        """Everything in its time as long as there is something to do by then; and claims nobody decided end."""
        until = self.clock.now() + step
        while (due := await self.db.read(lambda tx: tx.value(outbox.NEXT_DUE))) is not None and due <= until:
            self.clock.forward(max(due - self.clock.now(), timedelta(0)) + timedelta(seconds=1))
            await self.runner.drain()
        self.clock.forward(max(until - self.clock.now(), timedelta(0)))
        await ends_in_time(self.shop)
        await self.runner.drain()


def _stock(tx: Tx, slug: str, many: int, key: str) -> None:
    product = catalog.product(tx, slug)
    batch = batches.open_batch(tx, product, key, "proof")
    codes = [f"{slug.upper()}-{key.replace(' ', '-').upper()}-{number:05}" for number in range(many)]
    batches.add(tx, product, batch, pasted.read(codes).codes)
    batches.finish_import(tx, batch)


def _hire(tx: Tx, name: str) -> None:
    person = customers.meet(tx, "proof", name, name, "en", None)
    hiring.enter(tx, hiring.invite(tx, name, authority.PRESETS["owner"]), person.id)
    if name != STAFF[0]:  # whoever decides has seen the card somewhere: one of them is told enough
        for kind in quiet.Kind:
            quiet.set_mode(tx, person.id, kind, quiet.Mode.OFF)


@asynccontextmanager
async def opened(run: Run, store: str, place: Premises) -> AsyncIterator[Desk]:
    clock, dice = TestClock(), run.dice(store, "what people do")
    rules = replace(RULES, claims_alone=Money(PRICE, "CNY"), replacements=6, review_above=Money(10**9, "CNY"))
    vault, ids = Vault(KeyRing.load(place.keys)), Ids(dice.randrange(2**32))
    db = await Database.open(place.url, vault=vault, rules=rules, clock=clock, ids=ids)
    if run.without == ONE_DECISION:
        await drop(db, ("DROP INDEX uq_claims_grant_id_replaced",))
    provider = Provider(run.folder / f"{store}-provider.db", api_key=KEY, secret=KEY)
    async with provider.served():
        rail = Rail(provider.url, api_key=KEY, secret=KEY, notify_url="http://127.0.0.1:9/hooks/sandbox")
        shop = Shop(db, rules, "https://shop.example", {"sandbox": rail})
        desk = Desk(run, store, db, shop, Runner(shop, {}, timetable=()), clock, provider, dice)
        shop.senders["proof"] = desk.receive
        try:
            await furnish(desk)
            yield desk
        finally:
            await shop.close()


async def furnish(desk: Desk) -> None:
    """What is cheap and what is dear, sold to many buyers, with a few codes to spare."""
    many = desk.run.size["orders"]
    for slug, price in ((SOLD, PRICE), ("dear", 2 * PRICE)):
        await desk.db.write(add_product, slug, {"CNY": {1: price}}, most_per_order=CODES, shortage=[])
        await desk.stocks(slug, CODES * (many // DEAR + 1) + SPARE)
    for name in STAFF:
        await desk.db.write(_hire, name)
    for number in range(many):
        person = await desk.db.write(customers.meet, "proof", f"buyer{number // 2}", "", "en", None)
        await desk.buys(person, "dear" if number % DEAR else SOLD)
        desk.run.progress(f"{desk.store}: orders", number, many)
    await desk.time_passes(timedelta(hours=1))


async def complain(desk: Desk) -> int:
    """So many claims are opened and looked at, wave by wave, until there are as many as were wanted."""
    wanted, made = desk.run.size["claims"], 0
    while made < wanted:
        found = [claim for claim in await asyncio.gather(*(desk.complains() for _ in range(WAVE))) if claim]
        await asyncio.gather(*(desk.decide(claim) for claim in found if desk.dice.random() < 0.7))
        if desk.dice.random() < 0.4:
            await desk.stocks(desk.dice.choice((SOLD, "dear")), SPARE)
        await desk.time_passes(timedelta(minutes=desk.dice.choice((10, 180, 300))))
        old = desk.dice.sample(found, len(found) // 4)  # cards that stood open for hours
        await asyncio.gather(*(desk.decide(claim) for claim in old))
        made = (await ask(desk.db, "SELECT COUNT(*) FROM claims"))[0][0]
        desk.run.progress(f"{desk.store}: claims", made, wanted)
    for _ in range(6):
        await desk.time_passes(timedelta(days=1))
    return made


# What must be so afterwards

CODES_OF = (
    "SELECT u.id, (SELECT COUNT(*) FROM grants g WHERE g.unit_id = u.id) - 1 AS more, "
    "(SELECT COUNT(*) FROM claims c WHERE c.unit_id = u.id AND c.state = 'replaced') AS claimed FROM units u"
)
BY_STATE = "SELECT state, COUNT(*) FROM claims GROUP BY state"


async def judge(desk: Desk, made: int) -> Figures:
    """Each ended; each replaced one has one code more, and no other unit has; the money is where it should be."""
    states = {row[0]: row[1] for row in await ask(desk.db, BY_STATE)}
    if going := [state for state in claims.GOING_ON if states.get(state)]:
        raise Broken(f"{states[going[0]]} claims never ended", **states)
    twice = [row for row in await ask(desk.db, CODES_OF) if row.more != row.claimed]
    if twice:
        raise Broken(f"unit {twice[0].id}: {twice[0].claimed} replaced, {twice[0].more} codes more", twice=len(twice))
    await _no_price_twice(desk)
    await _the_money_adds_up(desk)
    await holds(desk.db, but=("L3",))
    return {"claims": made, **states, "replaced_twice": 0, "met": dict(desk.met)}


async def _no_price_twice(desk: Desk) -> None:
    back: Counter[tuple[int, int]] = Counter()
    for row in await ask(desk.db, "SELECT order_id FROM order_events WHERE what = 'goodwill' GROUP BY order_id"):
        for event in await desk.db.read(order_events.events_of, row.order_id, "goodwill"):
            back.update((row.order_id, position) for position in event.detail["units"])
    if found := [one for one, times in back.items() if times > 1]:
        raise Broken(f"the price of code {found[0][1]} of order {found[0][0]} went back twice")


async def _the_money_adds_up(desk: Desk) -> None:
    """By the provider's books: what went back is what was decided to go back."""
    for _, number in desk.bought:
        order = await desk.db.read(orders.numbered, number)
        [payment] = await desk.db.read(ledger.payments_of, order.id)
        paid = desk.provider.books.payment(payment.key)
        assert paid is not None and paid.transaction_id is not None
        back = sum(one.amount for one in desk.provider.books.refunds_of(paid.transaction_id) if one.state == "done")
        given = sum(
            event.detail["amount"] for event in await desk.db.read(order_events.events_of, order.id, "goodwill")
        )
        if back != given:
            raise Broken(f"order {number}: {given} was given back, {back} went back")


def plays(run: Run) -> Figures:
    figures: dict[str, Any] = {}
    with hushed():
        for store in run.stores:
            with premises(run, store) as place:
                figures[store] = asyncio.run(_play(run, store, place))
    return figures


async def _play(run: Run, store: str, place: Premises) -> Figures:
    async with opened(run, store, place) as desk:
        return await judge(desk, await complain(desk))


# Guards


@guard(ONE_DECISION)
def whoever_comes_decides_again() -> Iterator[None]:
    """What has ended is decided once more: the change names no state it comes from, nor does the schema mind."""
    careless = (
        update(claims.claims)
        .where(claims.claims.c.id == bindparam("claim"))
        .values(state=bindparam("becomes"), due_at=None, ended_at=bindparam("now"), decided_by=bindparam("by"))
        .values(reason=bindparam("why"), version=claims.claims.c.version + 1)
    )
    with replaced(claims, "END", careless):
        yield


@guard("claims end by the clock")
def nobody_looks_at_the_clock() -> Iterator[None]:
    with replaced(claiming, "overdue", lambda tx, most=50: []):
        yield


ORDERS = {"tiny": 12, "ci": 160, "release": 1500}
PROOF = Proof(
    name="claims",
    claim="Every claim ends, whoever decides, races or never comes, and no code is replaced twice for one.",
    sizes={
        "tiny": {"claims": 60, "orders": ORDERS["tiny"]},
        "ci": {"claims": 1000, "orders": ORDERS["ci"]},
        "release": {"claims": 10_000, "orders": ORDERS["release"]},
    },
    plays=plays,
    guards=(ONE_DECISION, "claims end by the clock"),
)
