"""Racing buyers, from several processes at once: a code goes to one buyer, and nobody is turned away for nothing."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from sqlalchemy import bindparam, case, insert, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from core import checkout, customers, inventory, review, settling
from core.catalog import Product
from core.checkout import Merchant
from core.customers import Person
from core.ground.db import Database, Tx
from core.ground.errors import OutcomeUnknown, ShopError
from core.inventory import OutOfStock, codes
from core.orders import Order
from core.settling import PaymentNotice
from proofs import shop
from proofs.crew import PATIENCE, Crew, Hand, crew
from proofs.guards import guard, replaced
from proofs.proof import Broken, Figures, Proof, Run
from proofs.shop import Premises

MERCHANT = Merchant("sandbox", "our-account", "test")
AT_ONCE = 48  # buyers under way in a process
PRESSES = 10  # of one button at once
CROWD = 2  # buyers a process sends after a last code
DITHERING = 3.0  # seconds for which one who then changes her mind holds the last code, if nobody waits for her
WAIT_FOR_HER = text("SELECT COUNT(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()")
FIRST_OF_CROWD = 10**9  # its customers' numbers, far from those the shop gives
TRIES = 200  # of one buyer who gets no answer
BUSY = (OperationalError, OutcomeUnknown, NoConnection, OSError)  # TimeoutError is an OSError
EXPECTED = {"won", "sold out", "put back", "asked again"}
ONE_CODE_ONCE = "DROP INDEX uq_reservations_code_id_one"


T = TypeVar("T")


class ChangedHerMind(ShopError):
    """She had the last code in her hands, and puts it back."""


def races(run: Run) -> Figures:
    return {store: on_one(run, store) for store in run.stores}


def on_one(run: Run, store: str) -> Figures:
    """The three races on a store."""
    with shop.premises(run, store) as place, crew(run.size["processes"], run.without) as hands:
        asyncio.run(furnish(run, place))
        crowd = rush(run, place, hands)
        last = last_units(run, place, hands)
        pressed = presses(run, place, hands)
        figures = {**crowd, **last, **pressed}
        asyncio.run(whole(place, figures))
    return figures


async def furnish(run: Run, place: Premises) -> None:
    async with place.opened() as db:
        if run.without == "one reservation a code":
            await shop.drop(db, (ONE_CODE_ONCE,))
        await shop.stocked(db, "crowd", run.size["codes"])
        for first in range(0, run.size["buyers"], 1000):
            await db.write(let_in, range(first, min(first + 1000, run.size["buyers"])))
        await shop.stocked(db, "pressed", run.size["presses"] * PRESSES)
        for number in range(run.size["rounds"]):
            await shop.stocked(db, f"last-{number}", 1)


def let_in(tx: Tx, buyers: range) -> None:
    """They have all been here before: what is raced for is the code, not the door."""
    people = [somebody(number) for number in buyers]
    tx.many(insert(customers.customers), [{"id": person.customer, "since": tx.now} for person in people])
    known = {"locale": "en", "name": "", "chat": "proof", "since": tx.now}
    rows = [{"id": one.id, "customer_id": one.customer, "address": one.address, **known} for one in people]
    tx.many(insert(customers.people), rows)


def somebody(number: int) -> Person:
    """One of the crowd."""
    name = f"buyer-{number}"
    return Person(f"proof:{name}", FIRST_OF_CROWD + number, "proof", name, "", "en", None)


async def whole(place: Premises, figures: Figures) -> None:
    async with place.opened() as db:
        await shop.holds(db, but=("L3",), **figures)  # nobody works the queues here: they may grow old


# A crowd for fewer codes


def rush(run: Run, place: Premises, hands: Crew) -> Figures:
    """Each of many buyers wants one code of too few. Who gets one pays, and is handed it over by the same process."""
    run.progress(f"{place.store}: {run.size['buyers']:,} buyers for {run.size['codes']:,} codes")
    began = time.monotonic()
    told = sum(hands.works(shove, place, run.size["buyers"]), Counter[str]())
    took = time.monotonic() - began
    figures = asyncio.run(counted(place, told))
    figures |= {
        "buyers": run.size["buyers"],
        "processes": hands.of,
        "buyers_per_second": round(run.size["buyers"] / took),
    }
    if figures["codes_twice"] or told["won"] != run.size["codes"] or figures["orders"] != run.size["codes"]:
        raise Broken(f"{told['won']} buyers won {run.size['codes']} codes", **figures)
    if told["won"] + told["sold out"] != run.size["buyers"]:
        raise Broken(f"buyers were told something else than won or sold out: {dict(told)}", **figures)
    if not figures["receipts"] == figures["grants"] == run.size["codes"]:
        raise Broken("who paid and who was handed a code are not the same", **figures)
    return figures


async def shove(hand: Hand, place: Premises, buyers: int) -> Counter[str]:
    """One process's share of the buyers."""
    told: Counter[str] = Counter()
    waiting = iter(range(hand.number, buyers, hand.of))
    async with place.opened() as db:

        async def keep_buying() -> None:
            for number in waiting:
                told[await buys(db, somebody(number), "crowd", told)] += 1

        await asyncio.gather(*(keep_buying() for _ in range(AT_ONCE)))
    return told


async def buys(db: Database, person: Person, product: str, told: Counter[str]) -> str:
    """Buys one, pays, is handed the code; what became of it, in a word or two."""
    key = f"buy {product} {person.id}"
    try:
        order = await insists(db, told, checkout.place, person, product, 1, MERCHANT, {}, key)
    except OutOfStock:
        return "sold out"
    except Exception as error:  # neither a code nor "sold out": the proof is about that as well
        return type(error).__name__
    try:
        await insists(db, told, settling.settle, paid(order))
        await insists(db, told, review.weigh, order.id)
    except Exception as error:
        return f"paid, then {type(error).__name__}"
    return "won"


async def insists(db: Database, told: Counter[str], fn: Callable[..., T], *given: Any) -> T:
    """The write, asked for again under the same key as long as the store is too busy to answer."""
    for _ in range(TRIES):
        try:
            return await db.write(fn, *given)
        except BUSY:
            told["asked again"] += 1
    return await db.write(fn, *given)


def paid(order: Order) -> PaymentNotice:
    """What the rail says about the order's money."""
    return PaymentNotice(
        MERCHANT.rail,
        f"event {order.number}",
        f"transaction {order.number}",
        f"{order.number}-{MERCHANT.rail}",
        MERCHANT.account,
        "test",
        "paid",
        order.total,
    )


TWICE = """
    SELECT COUNT(*) FROM (SELECT code_id FROM (SELECT code_id FROM reservations UNION ALL SELECT code_id FROM grants)
    AS held GROUP BY code_id HAVING COUNT(*) > 1) AS twice
"""
FIGURES = {
    "codes_twice": TWICE,
    "orders": "SELECT COUNT(*) FROM orders",
    "receipts": "SELECT COUNT(*) FROM receipts",
    "grants": "SELECT COUNT(*) FROM grants",
}


async def counted(place: Premises, told: Counter[str]) -> dict[str, Any]:
    """What the database knows of the crowd, when nobody else has bought yet."""
    async with place.opened() as db:
        found = {name: await shop.count(db, sql) for name, sql in FIGURES.items()}
    return {"won": told["won"], "sold_out": told["sold out"], "asked_again": told["asked again"], **found}


# The last code


def last_units(run: Run, place: Premises, hands: Crew) -> Figures:
    """Round after round a single code. In every other one somebody has it in her hands first, and puts it back."""
    run.progress(f"{place.store}: {run.size['rounds']:,} rounds for a last code")
    rounds: list[Counter[str]] = [Counter() for _ in range(run.size["rounds"])]
    for told in hands.works(grab, place, len(rounds)):
        for answers, found in zip(rounds, told, strict=True):
            answers.update(found)
    figures = {
        "last_rounds": len(rounds),
        "last_rounds_with_a_rollback": len(rounds) // 2,
        "last_rounds_without_winner": sum(not answers["won"] for answers in rounds),
        "last_rounds_with_several": sum(answers["won"] > 1 for answers in rounds),
    }
    if strange := {answer for answers in rounds for answer in answers} - EXPECTED:
        raise Broken(f"buyers were told something else than won or sold out: {sorted(strange)}", **figures)
    if figures["last_rounds_without_winner"] or figures["last_rounds_with_several"]:
        raise Broken("not every last code had exactly one winner", **figures)
    return figures


async def grab(hand: Hand, place: Premises, rounds: int) -> list[Counter[str]]:
    """One process's part in every round."""
    answers = []
    async with place.opened() as db:
        people = [await meets(db, f"last-{hand.number}-{who}") for who in range(CROWD)]
        for number in range(rounds):
            await hand.together()
            told: Counter[str] = Counter()
            if hand.number == 0 and number % 2:
                told[await dithers(hand, db, number)] += 1
            else:
                if number % 2:
                    await hand.together()  # she has it in her hands now
                answered = [buys(db, person, f"last-{number}", told) for person in people]
                told.update(await asyncio.gather(*answered))
            answers.append(told)
    return answers


async def meets(db: Database, name: str) -> Person:
    return await insists(db, Counter(), customers.meet, "proof", name, "", "en", None)


async def dithers(hand: Hand, db: Database, number: int) -> str:
    """Has the last code set aside, lets the others in, waits a moment, and rolls back."""
    came_in = False

    def hold_and_put_back(tx: Tx) -> None:
        nonlocal came_in
        person = customers.meet(tx, "proof", f"ditherer-{number}", "", "en", None)
        checkout.place(tx, person, f"last-{number}", 1, MERCHANT, {}, f"dither {number}")
        if not came_in:  # a transaction may be run again
            came_in = True
            hand.gate.wait(PATIENCE)
        dither(tx)
        raise ChangedHerMind

    try:
        await insists(db, Counter(), hold_and_put_back)
    except ChangedHerMind:
        return "put back"
    return "won"


def dither(tx: Tx) -> None:
    """Until somebody waits for what she holds. On SQLite they all wait outside, and nobody can tell."""
    until = time.monotonic() + DITHERING
    while tx.dialect == "postgresql" and time.monotonic() < until and not tx.value(WAIT_FOR_HER):
        time.sleep(0.002)


# One button, pressed ten times


def presses(run: Run, place: Premises, hands: Crew) -> Figures:
    """The same request, ten times at once over all processes: each time the same order."""
    run.progress(f"{place.store}: {run.size['presses']:,} buttons pressed {PRESSES} times at once")
    orders: list[set[str]] = [set() for _ in range(run.size["presses"])]
    for told in hands.works(press, place, len(orders)):
        for numbers, found in zip(orders, told, strict=True):
            numbers |= set(found)
    figures = {"pressed_ten_times": len(orders), "orders_of_them": sum(map(len, orders))}
    if figures["orders_of_them"] != len(orders):
        raise Broken("one button, pressed ten times, was not one order", **figures)
    return figures


async def press(hand: Hand, place: Premises, buttons: int) -> list[list[str]]:
    """One process's share of the ten presses of each button; the answers: order numbers, or what went wrong."""
    share = len(range(hand.number, PRESSES, hand.of))
    answers = []
    async with place.opened() as db:
        people = [await meets(db, f"presser-{number}") for number in range(buttons)]
        for number, person in enumerate(people):
            await hand.together()
            answers.append(await asyncio.gather(*(pressed(db, person, number) for _ in range(share))))
    return answers


async def pressed(db: Database, person: Person, number: int) -> str:
    try:
        key = f"press {number}"
        order = await insists(db, Counter(), checkout.place, person, "pressed", 1, MERCHANT, {}, key)
    except Exception as error:
        return type(error).__name__
    return order.number


# The guards


@guard("one reservation a code")
def takes_what_others_have() -> Iterator[None]:
    """The oldest code, whoever has it; the schema's own guard is dropped with it."""
    blind = select(codes.c.id).where(codes.c.product_id == bindparam("product"))
    careless = (
        update(codes)
        .where(codes.c.id == bindparam("code"))
        .values(held=1, state=case((codes.c.max_uses == 1, "reserved"), else_="available"))
    )

    def any_code(tx: Tx, statement: Any, product: Product, many: int) -> list[int]:
        return [tx.value(blind.order_by(codes.c.id).limit(1), product=product.id)] * many

    with replaced(inventory, "_pick", any_code), replaced(inventory, "HOLD", careless):
        yield


@guard("a second look before sold out")
def sold_out_at_first_sight() -> Iterator[None]:
    """A code that somebody else has locked counts as gone."""
    with replaced(inventory, "PICK_WAITING", inventory.PICK_FREE):
        yield


@guard("request keys")
def every_request_is_new() -> Iterator[None]:
    """A press that comes again is another press."""
    place: Callable[..., Order] = checkout.place

    def forgetful(tx: Tx, *given: Any) -> Order:
        *rest, key = given
        return place(tx, *rest, f"{key} {tx.ids.token()}")

    with replaced(checkout, "place", forgetful):
        yield


PROOF = Proof(
    name="races",
    claim="However many buy at once, from several processes: each code goes to one buyer, none is left, no other pays.",
    sizes={
        "tiny": {"processes": 2, "buyers": 60, "codes": 12, "rounds": 6, "presses": 3},
        "ci": {"processes": 4, "buyers": 10_000, "codes": 500, "rounds": 200, "presses": 50},
        "release": {"processes": 4, "buyers": 100_000, "codes": 2_500, "rounds": 1_000, "presses": 250},
    },
    plays=races,
    guards=("one reservation a code", "a second look before sold out", "request keys"),
)
