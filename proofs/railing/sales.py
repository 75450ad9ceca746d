"""The way itself: orders placed, paid at the double, told of as badly as it can be; each ends as its facts say.

Facts are known before; what a provider does to the shop meanwhile (weather.py) may change nothing but when.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import time
from collections import Counter as Tally
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from core import aftersales, by_hand, checkout, customers, settling
from core.by_hand import KnownAlready
from core.checkout import Merchant
from core.ground.db import Tx
from core.ground.money import Money
from core.orders import Order
from core.settling import PaymentNotice
from doubles.telling import Told
from jobs.expire import expire
from proofs import shop
from proofs.machine import idled
from proofs.proof import Broken, Figures, Run
from proofs.railing.counter import BOSSES, Counter, counter
from proofs.railing.provider import Provider
from proofs.shop import Premises
from proofs.storming.town import share, within

One = TypeVar("One")
PACE = 50  # notices a second
ACKNOWLEDGED = 300.0  # ms, p99
IDLE = 0.1  # of the processors' time left over meanwhile: else what is measured is the machine's other work
AT_ONCE = 8
STUCK = 120.0  # seconds in which an order's page must be open
TRIES = 12  # of a buyer whose rail is down
COPIES = 3  # of a notice, at most
HOLD = timedelta(minutes=40)  # after which every hold is over
BAD = 0.25  # of the answers are lost while money goes back
DAYS = 8  # for what has a due time, and what a bad line has put off
MATCHING = Merchant("sandbox", "sandbox-shop", "test")  # by which the others pay


@dataclass(frozen=True)
class Kind:
    """What happens to an order's payment, and what must become of it."""

    share: int
    ends: str  # "delivered", "given back", "unpaid"
    pays: float | None = 1.0  # so much of what is asked
    told: str = "in time"  # "late": after the hold; "never": it is found by asking
    product: str = "plenty"  # "gone": others have bought it by the time the notice comes
    cancelled: bool = False  # by the buyer, who had just paid


KINDS = {
    "paid": Kind(48, "delivered"),
    "lost": Kind(10, "delivered", told="never"),
    "late": Kind(10, "delivered", told="late"),
    "cancelled": Kind(7, "given back", cancelled=True),
    "sold out since": Kind(8, "given back", told="late", product="gone"),
    "unpaid": Kind(5, "unpaid", None),
    "over": Kind(6, "delivered", 1.2),
    "short": Kind(6, "given back", 0.4),
}


@dataclass
class Sale:
    """One order and its facts."""

    number: int
    name: str
    address: str
    key: str = ""
    order: str = ""

    @property
    def kind(self) -> Kind:
        return KINDS[self.name]


@dataclass
class Heard:
    """How the shop answered what it was told."""

    notices: int = 0
    paced: list[float] = field(default_factory=list)  # ms to each answer, at the pace
    idle: float = 0.0  # of the processors' time, at the pace
    wrong: list[str] = field(default_factory=list)
    known: int = 0  # transfers that staff heard were written down


def drawn(dice: random.Random, provider: type[Provider], many: int) -> list[tuple[int, str]]:
    """One of each kind at least, the rest by their shares."""
    names = list(provider.sales)
    shares = [KINDS[name].share for name in names]
    return list(enumerate(names + dice.choices(names, shares, k=max(0, many - len(names)))))


async def sales(run: Run, place: Premises, kind: type[Provider]) -> Figures:
    """So many orders of one shop, from the first word to days later."""
    async with counter(run, place, kind) as at:
        dice = run.dice(kind.name, "sales")
        what = [
            Sale(number, name, at.provider.address(number))
            for number, name in drawn(dice, kind, run.size["orders"])
        ]  # fmt: skip
        gone = sum(sale.kind.product == "gone" for sale in what)
        for slug, many in (("plenty", len(what)), ("gone", gone)):
            await shop.stocked(at.db, slug, many, prices=kind.prices)
        heard, began = Heard(), time.monotonic()
        at.weather.fair = False
        async with at.at_work():
            await each(what, lambda sale: places(at, sale))
            await each([sale for sale in what if not late(kind, sale)], lambda sale: pays(at, sale))
            await each([sale for sale in what if sale.kind.cancelled], lambda sale: cancels(at, sale))
            in_time = [sale for sale in what if sale.kind.pays and sale.kind.told == "in time"]
            await tells(at, in_time, heard, dice, run.size["paced"])
        await at.calms_down(timedelta(seconds=5), 40)
        await each([sale for sale in what if sale.kind.told == "never"], lambda sale: asks(at, sale))
        at.clock.forward(HOLD)
        await at.runner.drain()
        await expire(at.shop)  # and not yet what else the clock does: it would find what nobody has told of
        await others(at, gone)
        await at.runner.drain()
        at.weather.lost = BAD
        await each([sale for sale in what if late(kind, sale)], lambda sale: pays(at, sale))
        async with at.at_work():  # and of all the others once more
            await tells(at, [sale for sale in what if sale.kind.pays], heard, dice, 0)
        for _ in range(DAYS):
            await at.calms_down(timedelta(minutes=2), 20)
            await at.passes(timedelta(days=1))
        at.weather.fair = True
        for _ in range(2):
            await at.passes(timedelta(days=1))
        figures = told_of(at, what, heard) | {"seconds": round(time.monotonic() - began, 1)}
        try:
            figures |= await judged(at, what, heard)
            await shop.holds(at.db)
        except Broken as broken:
            raise Broken(str(broken), **figures, **broken.figures) from None
        return figures


def late(kind: type[Provider], sale: Sale) -> bool:
    """Whether the money itself comes after the hold; elsewhere only the news of it does."""
    return sale.name == "late" and kind.after_the_end


async def each(some: Iterable[One], does: Callable[[One], Coroutine[Any, Any, object]]) -> None:
    """A few at a time."""
    waiting = iter(some)

    async def carry() -> None:
        for one in waiting:
            await does(one)

    await asyncio.gather(*(carry() for _ in range(AT_ONCE)))


# The buyers


PLACED = """
    SELECT o.number, y."key", y.state FROM orders o JOIN people p ON p.id = o.person_id
    JOIN payments y ON y.order_id = o.id WHERE p.address = :address
"""


IS_CANCELLED = "SELECT COUNT(*) FROM orders WHERE number = :order AND state = 'cancelled'"
IS_PAID = "SELECT COUNT(*) FROM orders WHERE number = :order AND paid_at IS NOT NULL"


async def places(at: Counter, sale: Sale) -> None:
    """As far as the pay page. A rail that is down is tried again, as its buyer is told to."""
    await at.provider.says(at.shop, sale.address, "buys", f"/buy {sale.kind.product} 1")
    for number in range(TRIES):
        if await opened(at, sale, STUCK / TRIES if at.provider.chats else 0):
            return
        rail = at.provider.rail.name
        await at.provider.says(at.shop, sale.address, f"pays {number}", f"/pay {sale.order} {rail}")
    if not await opened(at, sale, 1):
        raise Broken(f"{sale.address} ({sale.name}) can't pay: {sale}")


async def opened(at: Counter, sale: Sale, patience: float) -> bool:
    until = time.monotonic() + patience
    while True:
        for number, key, state in await shop.ask(at.db, PLACED, address=sale.address):
            sale.order, sale.key = number, key
            if state == "open" and at.provider.shown(key):
                return True
        if time.monotonic() > until:
            return False
        await asyncio.sleep(0.02)


async def pays(at: Counter, sale: Sale) -> None:
    part = sale.kind.pays
    if part is not None:
        await at.provider.pays(sale.key, None if part == 1 else round(at.provider.price * part))


async def cancels(at: Counter, sale: Sale) -> None:
    """Until it is: a chat brings the word when it comes to it, and the notice must not overtake it."""
    await at.provider.says(at.shop, sale.address, "cancels", f"/cancel {sale.order}")
    async with within(STUCK, f"{sale.order} to be cancelled"):
        while not await shop.count(at.db, IS_CANCELLED, order=sale.order):  # noqa: ASYNC110  it is seen in the store
            await asyncio.sleep(0.02)


async def asks(at: Counter, sale: Sale) -> None:
    """ "I've paid": the rail is asked at once. Where it gives no answer, it is asked again."""
    if at.provider.rail.abilities.lists:
        return  # the clock finds it
    for number in range(TRIES):
        await at.provider.says(at.shop, sale.address, f"asks {number}", f"/paid {sale.order}")
        if await shop.count(at.db, IS_PAID, order=sale.order):
            return


async def others(at: Counter, many: int) -> None:
    """Others buy what has gone back on sale, and pay at once."""
    for number in range(many):
        order = await at.db.write(buy_first, number)
        key = f"{order.number}-sandbox"
        notice = PaymentNotice("sandbox", f"e{number}", f"t{number}", key, "sandbox-shop", "test", "paid", order.total)
        await at.db.write(settling.settle, notice)


def buy_first(tx: Tx, number: int) -> Order:
    person = customers.meet(tx, "proof", f"rival-{number}", "", "en", None)
    return checkout.place(tx, person, "gone", 1, MATCHING, {}, f"rival {number}")


# What the shop is told


async def tells(at: Counter, some: list[Sale], heard: Heard, dice: random.Random, paced: int) -> None:
    """Every notice once to three times, in any order; the first at the pace that the shop must keep up with."""
    copies = [sale for sale in some for _ in range(dice.randint(1, COPIES))]
    dice.shuffle(copies)
    await at_the_pace(at, copies[:paced], heard)
    number = itertools.count()
    await each(copies[paced:], lambda sale: tell(at, sale, heard, next(number)))


async def at_the_pace(at: Counter, copies: list[Sale], heard: Heard) -> None:
    began, unused, telling = time.monotonic(), idled(), set[asyncio.Task[None]]()
    for number, sale in enumerate(copies):
        await asyncio.sleep(max(0, began + number / PACE - time.monotonic()))
        telling.add(asyncio.create_task(timed(at, sale, heard, number)))
    await asyncio.gather(*telling)
    if telling:
        heard.idle = (idled() - unused) / (time.monotonic() - began) / (os.cpu_count() or 1)


async def timed(at: Counter, sale: Sale, heard: Heard, number: int) -> None:
    began = time.monotonic()
    many = await tell(at, sale, heard, number)
    heard.paced.append(1000 * (time.monotonic() - began) / max(many, 1))


async def tell(at: Counter, sale: Sale, heard: Heard, number: int) -> int:
    """All there is to tell of one payment; how many notices that was."""
    if not at.provider.rail.listens and not at.provider.chats:
        return await seen(at, sale, heard, BOSSES[number % len(BOSSES)])
    for told in (notices := at.provider.told(sale.key)):
        heard.notices += 1
        await acknowledged(at, sale, told, heard)
    return len(notices)


async def acknowledged(at: Counter, sale: Sale, told: Told, heard: Heard) -> None:
    answer = await at.brought(told)
    wanted, _, content = at.provider.rail.acknowledgement()
    if answer is None or (answer.status_code, answer.content) != (wanted, content):
        heard.wrong.append(f"{sale.name}: {answer and answer.status_code}")


async def seen(at: Counter, sale: Sale, heard: Heard, boss: str) -> int:
    """Somebody who works here sees the transfer, and says so; whoever is second hears that it is known."""
    for reference, amount in at.provider.came(sale.key).items():
        heard.notices += 1
        money = Money(amount, "CNY")
        said = f"seen {heard.notices}"
        try:
            await at.db.write(by_hand.received, sale.order, money, reference, boss, said)
        except KnownAlready:
            heard.known += 1
    return 1


# The end


@dataclass
class End:
    """What one order ended as."""

    state: str
    owed: int  # by the ledger
    receipts: dict[str, int] = field(default_factory=dict)
    refunds: list[Any] = field(default_factory=list)  # amount, state

    @property
    def kept(self) -> int:
        return sum(self.receipts.values()) - sum(amount for amount, state in self.refunds if state == "done")


ORDERS = "SELECT o.id, p.address, o.number, o.state FROM orders o JOIN people p ON p.id = o.person_id"
RECEIPTS = 'SELECT order_id, "transaction", amount FROM receipts'
REFUNDS = "SELECT order_id, amount, state FROM refunds ORDER BY id"
OWED = "SELECT account, SUM(amount) AS amount FROM entries GROUP BY account"
UNDONE = "SELECT COUNT(*) FROM refunds WHERE state = 'failed'"
ALARMS = "SELECT subject FROM staff_notices WHERE subject LIKE 'alarm refund %' AND told_at IS NOT NULL"  # or summed up


async def ends(at: Counter) -> dict[str, End]:
    balances = {row.account: int(row.amount) for row in await shop.ask(at.db, OWED)}
    found, owners = dict[str, End](), dict[int, End]()
    for row in await shop.ask(at.db, ORDERS):
        found[row.address] = owners[row.id] = End(row.state, balances.get(f"owed:{row.number}", 0))
    for order, transaction, amount in await shop.ask(at.db, RECEIPTS):
        if order is not None:
            owners[order].receipts[transaction] = amount
    for order, amount, state in await shop.ask(at.db, REFUNDS):
        if order is not None:
            owners[order].refunds.append((amount, state))
    return found


def told_of(at: Counter, what: list[Sale], heard: Heard) -> dict[str, Any]:
    return {
        "orders": len(what),
        "facts": dict(Tally(sale.name for sale in what)),
        "notices": heard.notices,
        "troubles": dict(sorted(at.weather.met.items())),
        "paced": len(heard.paced),
        "ack_ms_p50": round(share(heard.paced, 0.5), 1),
        "ack_ms_p99": round(share(heard.paced, 0.99), 1),
        "idle": round(heard.idle, 2),
        "judged": judging(at, heard),
        "said_to_be_known": heard.known,
    }


def judging(at: Counter, heard: Heard) -> str:
    """Whether how fast it was is part of the claim."""
    if not at.run.size["judged"]:
        return "no: too small"
    return "yes" if heard.idle >= IDLE else "no: the machine is busy"


async def judged(at: Counter, what: list[Sale], heard: Heard) -> dict[str, Any]:
    """Every sale has ended where it must, in our books and the provider's. Raises Broken for the first that hasn't."""
    if heard.wrong:
        raise Broken(f"{len(heard.wrong)} true notices were answered wrongly, such as {heard.wrong[0]}")
    if judging(at, heard) == "yes" and share(heard.paced, 0.99) > ACKNOWLEDGED:
        raise Broken(f"a notice is acknowledged in {share(heard.paced, 0.99):.0f} ms, p99")
    by_staff = await owed_by_staff(at)
    found = await ends(at)
    for sale in what:
        if why := misled(at, sale, found[sale.address]):
            raise Broken(f"{sale.name} ({sale.order}): {why}: {found[sale.address]}, the provider: {books(at, sale)}")
    codes = Tally(code for sale in what for code in at.codes(sale.address))
    if twice := sum(many > 1 for many in codes.values()):
        raise Broken(f"{twice} codes were delivered twice")
    if stray := await shop.count(at.db, "SELECT COUNT(*) FROM receipts WHERE order_id IS NULL"):
        raise Broken(f"{stray} receipts fit no order")
    refunds = [one for sale in what for one in found[sale.address].refunds]
    return {
        "receipts": sum(len(found[sale.address].receipts) for sale in what),
        "delivered": len(codes),
        "delivered_twice": 0,
        "refunds": len(refunds),
        "refunds_by_staff": by_staff,
        "states": dict(sorted(Tally(found[sale.address].state for sale in what).items())),
    }


async def owed_by_staff(at: Counter) -> int:
    """What the rail can't send back: staff were told of each, and now do it, twice. Returns how many there were."""
    undone = await shop.count(at.db, UNDONE)
    told = {row.subject for row in await shop.ask(at.db, ALARMS)}
    if at.provider.rail.abilities.refunds == "auto":
        if undone or told:
            raise Broken(f"{undone} refunds were left to staff")
        return 0
    if len(told) != undone:
        raise Broken(f"{undone} refunds are owed by staff, who were told of {len(told)}")
    for row in await shop.ask(at.db, ORDERS):
        for again in range(2):
            back = await at.db.write(aftersales.refunded_by_hand, row.id, f"hand {row.number}", BOSSES[again])
            if again and back.amount:
                raise Broken(f"{row.number} was given back by hand twice")
    return undone


def books(at: Counter, sale: Sale) -> str:
    return f"{at.provider.came(sale.key)} came, {at.provider.back(sale.key)} went back"


def misled(at: Counter, sale: Sale, end: End) -> str | None:
    """What is wrong with the end of a sale, if anything."""
    handed, price, kind = len(at.codes(sale.address)), at.provider.price, sale.kind
    if end.receipts != at.provider.came(sale.key):
        return "its receipts are not what came in"
    if handed > 1:
        return "it was delivered more than once"
    if end.owed:
        return "something is still owed"
    done = sorted(amount for amount, state in end.refunds if state == "done")
    if len(done) != len(end.refunds):
        return "a refund is still under way"
    if at.provider.rail.abilities.refunds == "auto" and sorted(at.provider.back(sale.key)) != done:
        return "the provider has sent back something else"
    if kind.ends == "delivered" and (end.state, handed, end.kept) != ("delivered", 1, price):
        return "it was not delivered for its price"
    if kind.ends == "given back" and (handed, end.kept) != (0, 0):
        return "the money did not go back"
    if kind.ends == "unpaid" and (handed or end.receipts or end.state != "expired"):
        return "nothing was paid for it"
    return None
