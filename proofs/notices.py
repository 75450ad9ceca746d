"""Notices of payments, doubled, shuffled, days late, a tenth of them bad: how the shop ends depends on facts alone."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
import math
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from core import checkout, customers, ledger, settling
from core.checkout import Merchant
from core.ground import inbox
from core.ground.clock import Clock, TestClock
from core.ground.db import Database, Tx
from core.ground.messages import Spoken
from core.ground.money import Money
from core.orders import Order
from core.parties import RefundAnswer
from core.settling import PaymentNotice
from core.shop import Shop
from doubles.sandbox_books import Books
from doubles.serving import Served
from jobs import settle
from jobs.runner import Runner
from payments.sandbox import Sandbox
from proofs import facts, malformed, shop
from proofs.facts import AFTERWARDS, MOMENTS, Fact
from proofs.guards import guard, replaced
from proofs.malformed import SECRET, Given, Sending, signed
from proofs.proof import Broken, Figures, Proof, Run
from proofs.shop import Premises
from web import hooks

MERCHANT = Merchant("sandbox", "sandbox-shop", "test")
AT_ONCE = 16  # notices on their way
BAD = 0.1  # of the deliveries
BY_WIRE = 10  # every so manieth over real HTTP
TRIES = 5  # how often a notice is brought whose answer does not come
AFTER_ALL = timedelta(days=1)  # four of them, for what has a due time


class Asked(Sandbox):
    """The test rail, with its provider's books at hand instead of across HTTP: only the notices are in question."""

    def __init__(self, books: Books, clock: Clock) -> None:
        super().__init__("http://127.0.0.1:9", api_key="", secret=SECRET, notify_url="", clock=clock.now)
        self.books = books

    async def truth(self, key: str, reference: str) -> PaymentNotice | None:
        found = self.books.payment(key)
        if found is None or found.state != "paid" or found.transaction_id is None:
            return None
        total = Money(found.amount, found.currency)
        event = f"evt_{found.transaction_id}"
        return PaymentNotice(self.name, event, found.transaction_id, key, self.account, self.mode, "paid", total)

    async def refund(self, notice: str, key: str, amount: Money, reason: str) -> RefundAnswer:
        made = self.books.give_back(key, notice, amount.amount, amount.currency, reason, "done")
        return RefundAnswer("done", made.reference)

    async def refund_truth(self, key: str, notice: str = "") -> RefundAnswer | None:
        found = self.books.refund(key)
        return RefundAnswer("done", found.reference) if found else None

    async def close(self, key: str, reference: str) -> None:
        """Who pays late has paid all the same."""


@dataclass
class Heard:
    """What came of the deliveries of a play, or of all."""

    deliveries: int = 0
    bad: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    took: list[float] = field(default_factory=list)  # seconds to each answer
    stored: set[str] = field(default_factory=set)  # events taken
    wrong: list[str] = field(default_factory=list)  # answers that may not be

    def note(self, sending: Sending, status: int, seconds: float) -> None:
        self.deliveries += 1
        self.bad += sending.what != "a good notice"
        self.answers[status] += 1
        self.took.append(seconds)
        if status == 204:
            self.stored.add(sending.event)
        if status not in sending.answers:
            self.wrong.append(f"{sending.what}: {status}")

    def add(self, other: Heard) -> None:
        self.deliveries += other.deliveries
        self.bad += other.bad
        self.answers += other.answers
        self.took += other.took
        self.wrong += other.wrong


@dataclass
class Play:
    """One telling of the facts to one shop."""

    run: Run
    number: int
    db: Database
    clock: TestClock
    books: Books
    told: list[tuple[str, list[str]]] = field(default_factory=list)  # whom the chat handed which codes
    heard: Heard = field(default_factory=Heard)
    keys: dict[Fact, str] = field(default_factory=dict)

    def dice(self, purpose: str) -> random.Random:
        return self.run.dice("play", self.number, purpose)

    async def chat(self, address: str, message: Spoken) -> str:
        if message.codes:
            self.told.append((address, [code.reveal() for code in message.codes]))
        return f"m{len(self.told)}"


def notices(run: Run) -> Figures:
    """Tell the same facts to several shops, in ever other ways, and compare what they end as."""
    telling = [store for store in run.stores for _ in range(run.size["plays"])]
    each = run.size["deliveries"] / len(telling)
    events_a_fact = 1 + 0.01 * (facts.KINDS["told twice"].share + facts.KINDS["unpaid"].share)
    many = math.ceil(each * (1 - BAD) / events_a_fact / (facts.MOST_COPIES + 1) * 2)
    what = facts.drawn(run.dice("facts"), many)
    heard, ends = Heard(), dict[str, str]()
    before, began = resident(), time.monotonic()
    for number, store in enumerate(telling):
        run.progress(f"play {number + 1} of {len(telling)}: {len(what):,} facts on {store}")
        with shop.premises(run, store) as place:
            told, end = asyncio.run(played(run, number, place, what, math.ceil(each * BAD)))
        heard.add(told)
        ends[f"{store} {number + 1}"] = end
    took = sorted(heard.took)
    figures = {
        "deliveries": heard.deliveries,
        "facts": len(what),
        "plays": len(telling),
        "bad": heard.bad,
        "answers": {str(status): many for status, many in sorted(heard.answers.items())},
        "answers_of_5xx": sum(many for status, many in heard.answers.items() if status >= 500),
        "ends": len(set(ends.values())),
        "ack_ms_p50": round(1000 * took[len(took) // 2], 1),
        "ack_ms_p99": round(1000 * took[len(took) * 99 // 100], 1),
        "resident_mb_grown": round((resident() - before) / 2**20, 1),
        "deliveries_per_second": round(heard.deliveries / (time.monotonic() - began)),
    }
    if len(set(ends.values())) > 1:
        raise Broken(f"the same facts, told in other ways, ended otherwise: {ends}", **figures)
    return figures


async def played(run: Run, number: int, place: Premises, what: list[Fact], bad: int) -> tuple[Heard, str]:
    """One telling, from the orders to days after the last notice; what was heard, and the end in one word."""
    clock = TestClock()
    books = Books(run.folder / f"books-{number}.db")
    async with place.opened(clock) as db, AsyncExitStack() as stack:
        play = Play(run, number, db, clock, books)
        await placed(play, what)
        rail = Asked(books, clock)
        stack.push_async_callback(rail.aclose)
        goods = Shop(db, shop.RULES, "https://shop.example", {"sandbox": rail}, {"proof": play.chat})
        runner = Runner(goods, {})
        app = create(goods)
        asgi = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop.example")
        inside = await stack.enter_async_context(asgi)
        server = await stack.enter_async_context(Served(app))
        wire = await stack.enter_async_context(httpx.AsyncClient(base_url=server.url, trust_env=False))
        await through_time(play, what, bad, runner, inside, wire)
        end = await ended(play, what)
        await judged(play, what)
        await nothing_more(play, what, runner, inside, end)
        await shop.holds(db)
    books.close()
    return play.heard, hashlib.sha256(end.encode()).hexdigest()[:16]


def create(goods: Shop) -> Any:
    from web.app import create_app  # FastAPI takes half a second to import, and tests of other proofs don't need it

    return create_app(goods, forgeries=10**9)


# Before the notices: the orders, and what became of their payments


async def placed(play: Play, what: list[Fact]) -> None:
    gone = [fact for fact in what if fact.kind.product == "gone"]
    await shop.stocked(play.db, "plenty", len(what) - len(gone))
    await shop.stocked(play.db, "gone", len(gone))
    for some in chunks(what, 64):
        for fact, order in zip(some, await asyncio.gather(*(play.db.write(buy, fact) for fact in some)), strict=True):
            play.keys[fact] = f"{order.number}-sandbox"
            pay(play.books, fact, play.keys[fact])


def chunks(items: list[Fact], many: int) -> Iterator[list[Fact]]:
    return (items[first : first + many] for first in range(0, len(items), many))


def buy(tx: Tx, fact: Fact) -> Order:
    person = customers.meet(tx, "proof", fact.buyer, "", "en", None)
    order = checkout.place(tx, person, fact.kind.product, 1, MERCHANT, {}, f"buy {fact.number}")
    if fact.kind.cancelled:
        checkout.cancel(tx, order, person)
    return order


def pay(books: Books, fact: Fact, key: str) -> None:
    """What the provider will say when it is asked. The transaction is named after the key, to be told before it is."""
    pays = fact.kind.pays
    terms = {"amount": pays.amount if pays else shop.PRICE, "currency": pays.currency if pays else "CNY"}
    pages = {"title": "", "locale": "en", "expires_at": 0.0, "notify_url": "", "return_url": ""}
    state = {"state": "paid", "transaction_id": f"txn_{key}", "paid_at": 0.0} if pays else {}
    books.open(key, **terms, **pages, **state)


async def rivals(play: Play, many: int) -> None:
    """Others buy what has gone back on sale, and pay at once."""
    for number in range(many):
        order = await play.db.write(buy_first, number)
        key = f"{order.number}-sandbox"
        notice = PaymentNotice("sandbox", f"e{number}", f"t{number}", key, "sandbox-shop", "test", "paid", order.total)
        await play.db.write(settling.settle, notice)


def buy_first(tx: Tx, number: int) -> Order:
    person = customers.meet(tx, "proof", f"rival-{number}", "", "en", None)
    return checkout.place(tx, person, "gone", 1, MERCHANT, {}, f"rival {number}")


# The notices


async def through_time(
    play: Play, what: list[Fact], bad: int, runner: Runner, inside: httpx.AsyncClient, wire: httpx.AsyncClient
) -> None:
    """All that is told, moment by moment, and the shop's own work after each."""
    dice, plan = play.dice("copies"), dict[timedelta, list[bytes]]()
    for fact in what:
        for moment, body in facts.told(dice, fact, play.keys[fact]):
            plan.setdefault(moment, []).append(body)
    begin, ways = play.clock.now(), itertools.cycle(malformed.WAYS)
    waits = sum(fact.kind.product == "gone" for fact in what)
    for moment, share in zip(MOMENTS, shares(bad, len(MOMENTS)), strict=True):
        if moment > AFTERWARDS and waits:
            play.clock.forward(begin + AFTERWARDS - play.clock.now())
            await runner.tick()
            await runner.drain()
            await rivals(play, waits)
            await runner.drain()
            waits = 0
        play.clock.forward(begin + moment - play.clock.now())
        now = play.clock.now()
        sendings = [replace(signed(body, now), event=json.loads(body)["event"]) for body in plan.get(moment, ())]
        sendings += [bad_one(play, what, next(ways), dice) for _ in range(share)]
        dice.shuffle(sendings)
        await deliver(play, sendings, inside, wire)
        await runner.drain()
        await runner.tick()
        await runner.drain()
        play.run.progress(f"{moment} after the orders, notices:", play.heard.deliveries, len(what) * 7)
    for _ in range(4):
        play.clock.forward(AFTER_ALL)
        await runner.drain()
        await runner.tick()
        await runner.drain()


def shares(many: int, parts: int) -> list[int]:
    """The whole, in parts that differ by one at most."""
    return [many // parts + (number < many % parts) for number in range(parts)]


def bad_one(play: Play, what: list[Fact], way: str, dice: random.Random) -> Sending:
    """A bad notice, made from a good one of a payment that may be told of at any time."""
    fact = dice.choice([fact for fact in what if fact.name in ("paid", "told twice")])
    unpaid = dice.choice([fact for fact in what if fact.kind.pays is None])
    key = play.keys[fact]
    given = Given(dict(dice.choice(fact.events(key))), play.keys[unpaid], play.clock.now(), dice.randrange(10**9))
    return malformed.made(way, given)


async def deliver(play: Play, sendings: list[Sending], inside: httpx.AsyncClient, wire: httpx.AsyncClient) -> None:
    waiting = iter(enumerate(sendings))

    async def carry() -> None:
        for number, sending in waiting:
            began = time.monotonic()
            status = await brought(wire if number % BY_WIRE == 0 else inside, sending)
            play.heard.note(sending, status, time.monotonic() - began)

    await asyncio.gather(*(carry() for _ in range(AT_ONCE)))


async def brought(client: httpx.AsyncClient, sending: Sending) -> int:
    """The status it was answered with. A provider that gets no answer, as its connection has just ended, asks again."""
    for _ in range(TRIES):
        with suppress(httpx.TransportError):
            return (await client.post(sending.path, content=sending.body, headers=sending.headers)).status_code
        if len(sending.body) > hooks.LARGEST:
            return 413  # the shop hung up in the middle of it, before its answer could be read
    raise Broken(f"no answer to a notice, though it was brought {TRIES} times")


# The end

ORDERS = """
    SELECT o.id, p.address AS buyer, o.number, o.state, o.total, o.currency FROM orders o
    JOIN people p ON p.id = o.person_id ORDER BY p.address
"""
UNITS = "SELECT order_id, state, obligation FROM units ORDER BY position"
RECEIPTS = "SELECT order_id, amount, currency, obligation FROM receipts ORDER BY amount, currency"
REFUNDS = "SELECT order_id, amount, currency, why, state FROM refunds ORDER BY amount, currency, why, state"
OWED = "SELECT account, SUM(amount) AS amount FROM entries GROUP BY account ORDER BY account"
CODES = "SELECT state, COUNT(*) FROM codes GROUP BY state ORDER BY state"


@dataclass
class End:
    """What one buyer's order ended as; numbers and times left out."""

    state: str
    units: list[Any]
    receipts: list[Any]
    refunds: list[Any]
    owed: int  # by the ledger

    @property
    def kept(self) -> int:
        """Minor units that came in and did not go back."""
        return sum(row[0] for row in self.receipts) - sum(row[0] for row in self.refunds if row[3] == "done")


async def ends(db: Database) -> dict[str, End]:
    found, owners = dict[str, End](), dict[int, End]()
    balances = {row.account: int(row.amount) for row in await shop.ask(db, OWED)}
    for row in await shop.ask(db, ORDERS):
        found[row.buyer] = owners[row.id] = End(row.state, [], [], [], balances.get(f"owed:{row.number}", 0))
    for sql, name in ((UNITS, "units"), (RECEIPTS, "receipts"), (REFUNDS, "refunds")):
        for order, *values in await shop.ask(db, sql):
            if order is not None:
                getattr(owners[order], name).append(values)
    return found


async def ended(play: Play, what: list[Fact]) -> str:
    """The whole shop's state as text: the same for the same facts."""
    stray = [list(row[1:]) for sql in (RECEIPTS, REFUNDS) for row in await shop.ask(play.db, sql) if row[0] is None]
    accounts = [[row.account, int(row.amount)] for row in await shop.ask(play.db, OWED) if "owed:" not in row.account]
    codes = [list(row) for row in await shop.ask(play.db, CODES)]
    orders = {buyer: vars(end) for buyer, end in (await ends(play.db)).items()}
    return json.dumps([orders, stray, accounts, codes], sort_keys=True)


async def judged(play: Play, what: list[Fact]) -> None:
    """Every fact has led where it must. Raises Broken for the first that has not."""
    heard, found = play.heard, await ends(play.db)
    if heard.wrong:
        raise Broken(
            f"{len(heard.wrong)} notices got a wrong answer, such as {heard.wrong[0]}", deliveries=heard.deliveries
        )
    stored = await shop.count(play.db, "SELECT COUNT(*) FROM inbox")
    if stored != len(heard.stored):
        raise Broken(f"{len(heard.stored)} events are {stored} rows of the inbox", deliveries=heard.deliveries)
    times = Counter(address for address, _ in play.told)
    codes = Counter(code for _, some in play.told for code in some)
    if twice := [code for code, many in codes.items() if many > 1]:
        raise Broken(f"{len(twice)} codes were delivered twice", deliveries=heard.deliveries)
    for fact in what:
        if why := misled(fact, found[fact.buyer], times[fact.buyer]):
            raise Broken(f"{fact.name} (fact {fact.number}): {why}: {found[fact.buyer]}", deliveries=heard.deliveries)
    await strays(play, what)


def misled(fact: Fact, end: End, delivered: int) -> str | None:
    """What is wrong with the end of a fact, if anything."""
    kind = fact.kind
    paid = 0 if kind.pays is None or kind.ends == "unmatched" else kind.pays.amount
    if sum(row[0] for row in end.receipts) != paid:
        return f"{paid} was paid"
    if end.owed:
        return "something is still owed"
    if delivered > 1:
        return "it was delivered more than once"
    if kind.ends == "delivered" and (end.state, delivered, end.kept) != ("delivered", 1, shop.PRICE):
        return "it was not delivered"
    if kind.ends == "given back" and end.kept != (shop.PRICE if delivered else 0):
        return "the money did not go back"
    if kind.ends in ("unpaid", "unmatched") and (delivered or end.state not in ("expired", "cancelled")):
        return "nothing was paid for it"
    return None


async def strays(play: Play, what: list[Fact]) -> None:
    """Money that fits no order is a receipt all the same, once."""
    expected = sum(fact.kind.ends == "unmatched" for fact in what)
    found = await shop.count(play.db, "SELECT COUNT(*) FROM receipts WHERE order_id IS NULL")
    if found != expected:
        raise Broken(f"{expected} payments fit no order, and {found} receipts", deliveries=play.heard.deliveries)


async def nothing_more(play: Play, what: list[Fact], runner: Runner, inside: httpx.AsyncClient, end: str) -> None:
    """Every bad notice once more, when all is over: the shop stays as it is."""
    dice = play.dice("bad ones after all")
    await deliver(play, [bad_one(play, what, way, dice) for way in malformed.WAYS], inside, inside)
    await runner.drain()
    if play.heard.wrong or await ended(play, what) != end:
        wrong = play.heard.wrong or ["the shop has changed"]
        raise Broken(f"bad notices had an effect: {wrong[0]}", deliveries=play.heard.deliveries)


def resident() -> int:
    """Bytes of memory this process has now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


# The guards


@guard("one receipt a transaction")
def every_notice_is_money() -> Iterator[None]:
    """Money is written down as often as it is told of."""
    receive: Callable[..., Any] = ledger.receive

    def forgetful(tx: Tx, rail: str, account: str, transaction: str, *rest: Any, **more: Any) -> Any:
        return receive(tx, rail, account, f"{transaction} {tx.ids.token()}", *rest, **more)

    with replaced(ledger, "receive", forgetful):
        yield


@guard("one inbox row an event")
def every_copy_is_news() -> Iterator[None]:
    """An event that comes again is another event."""
    store = inbox.store

    def forgetful(tx: Tx, source: str, external_id: str, body: str, **rest: Any) -> bool:
        return store(tx, source, f"{external_id} {tx.ids.token()}", body, **rest)

    with replaced(inbox, "store", forgetful):
        yield


@guard("signatures")
def whoever_says_so() -> Iterator[None]:
    """A notice is the provider's because it says so."""
    with replaced(Sandbox, "_verify", lambda rail, headers, body: None):
        yield


@guard("asking the rail")
def at_its_word() -> Iterator[None]:
    """What is signed is true."""

    async def believed(rail: Any, notice: PaymentNotice, reference: str) -> PaymentNotice:
        return notice

    with replaced(settle, "confirmed", believed):
        yield


@guard("late money is settled")
def too_late() -> Iterator[None]:
    """Who pays after the end has paid for nothing."""
    with replaced(settling, "_come_late", lambda tx, order: None):
        yield


PROOF = Proof(
    name="notices",
    claim="However notices come (doubled, shuffled, days late, a tenth bad), the shop ends as what was paid says.",
    sizes={
        "tiny": {"deliveries": 300, "plays": 1},
        "ci": {"deliveries": 10_000, "plays": 2},
        "release": {"deliveries": 100_000, "plays": 2},
    },
    plays=notices,
    guards=(
        "one receipt a transaction",
        "one inbox row an event",
        "signatures",
        "asking the rail",
        "late money is settled",
    ),
)
