"""Two of staff press at the same moment, from two processes: one decides, and the other is told who did."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import bindparam, update

from core import checkout, customers, hiring, order_events, orders, review, settling, threads
from core.checkout import Merchant
from core.ground.db import Database, Tx
from core.ground.errors import ShopError
from core.ground.messages import words
from core.orders import Order
from core.risk import Finding, Outcome, Verdict
from core.settling import PaymentNotice
from proofs import shop
from proofs.crew import Crew, Hand, crew
from proofs.guards import guard, replaced
from proofs.proof import Broken, Figures, Proof, Run
from proofs.races import insists
from proofs.shop import Premises

MERCHANT = Merchant("sandbox", "our-account", "test")
NAMES = ("Chen", "Wei")  # one in each process
TOLD = {"AlreadyDecided", "TakenAlready", "MeanwhileChanged"}


def opposites(run: Run) -> Figures:
    return {store: on_one(run, store) for store in run.stores}


def on_one(run: Run, store: str) -> Figures:
    """Each kind of pressing, round after round."""
    figures: dict[str, Any] = {}
    with shop.premises(run, store) as place, crew(len(NAMES), run.without) as hands:
        asyncio.run(furnish(run, place))
        for kind in PRESSED:
            figures |= play(run, place, hands, kind)
    return figures


async def furnish(run: Run, place: Premises) -> None:
    """Two colleagues; for each round a held order, an unpaid one, and a buyer who asks for a person."""
    async with place.opened() as db:
        await shop.stocked(db, "pressed", run.size["rounds"] * 2)
        for name in NAMES:
            await db.write(hire, name)
        for number in range(run.size["rounds"]):
            await db.write(prepare, number)


def hire(tx: Tx, name: str) -> None:
    person = customers.meet(tx, "proof", name, name, "en", None)
    hiring.enter(tx, hiring.invite(tx, name), person.id)


def prepare(tx: Tx, number: int) -> None:
    buyer = customers.meet(tx, "proof", f"buyer-{number}", f"Buyer {number}", "en", None)
    held = checkout.place(tx, buyer, "pressed", 1, MERCHANT, {}, f"held {number}")
    about = (MERCHANT.rail, f"event {number}", f"transaction {number}", f"{held.number}-{MERCHANT.rail}")
    settling.settle(tx, PaymentNotice(*about, MERCHANT.account, "test", "paid", held.total))
    why = Finding("new-buyer-high-value", words("risk-new-buyer-high-value", limit=held.total), 0, Outcome.REVIEW)
    review.hold(tx, orders.get(tx, held.id), Verdict(Outcome.REVIEW, (why,)))
    checkout.place(tx, buyer, "pressed", 1, MERCHANT, {}, f"unpaid {number}")
    threads.asked(tx, buyer, "", "Is anybody there?", f"asked {number}")


# What the two press


def decide(tx: Tx, number: int, name: str) -> None:
    """One approves what the other rejects."""
    order = ordered(tx, f"held {number}", number)
    (review.approve if name == NAMES[0] else review.reject)(tx, order, f"proof:{name}")


def take(tx: Tx, number: int, name: str) -> None:
    """One takes a buyer's thread, the other closes it."""
    found = tx.one(ASKED, buyer=f"proof:buyer-{number}")
    (threads.take if name == NAMES[0] else threads.close)(tx, found.id, f"proof:{name}")


def call_off(tx: Tx, number: int, name: str) -> None:
    """Both cancel."""
    order = ordered(tx, f"unpaid {number}", number)
    checkout.call_off(tx, order.number, f"proof:{name}", f"off {number} {name}")


def ordered(tx: Tx, key: str, number: int) -> Order:
    buyer = customers.person(tx, f"proof:buyer-{number}")
    return orders.get(tx, tx.value(orders.BY_KEY, key=key, customer=buyer.customer))


ASKED = threads.threads.select().where(threads.threads.c.buyer == bindparam("buyer"))
PRESSED: dict[str, Callable[[Tx, int, str], None]] = {"decided": decide, "called_off": call_off, "taken": take}


def play(run: Run, place: Premises, hands: Crew, kind: str) -> Figures:
    run.progress(f"{place.store}: {run.size['rounds']:,} rounds, {kind}")
    told = list(zip(*hands.works(press, place, kind, run.size["rounds"]), strict=True))
    found = Counter(outcome(both) for both in told)
    figures = {f"{kind}_rounds": len(told), **{f"{kind}_{name}": many for name, many in found.items()}}
    wrong = {name: many for name, many in found.items() if name != "by_one"}
    if wrong:
        raise Broken(f"{kind}: not exactly one decided, the other told who: {wrong}", **figures)
    return figures


def outcome(both: tuple[str, str]) -> str:
    """What became of a round: by one, where the other was told that one's name."""
    winners = [name for name, answer in zip(NAMES, both, strict=True) if answer == "decided"]
    if len(winners) != 1:
        return "by_both" if winners else "by_nobody"
    other = next(answer for answer in both if answer != "decided")
    return "by_one" if other == f"told {winners[0]}" else "told_wrong"


async def press(hand: Hand, place: Premises, kind: str, rounds: int) -> list[str]:
    """One process's side of every round: whether it decided, or whom it was told of."""
    name, answers = NAMES[hand.number], []
    async with place.opened() as db:
        for number in range(rounds):
            await hand.together()
            answers.append(await pressed(db, kind, number, name))
    return answers


async def pressed(db: Database, kind: str, number: int, name: str) -> str:
    try:
        await insists(db, Counter(), PRESSED[kind], number, name)
    except ShopError as refusal:
        told = type(refusal).__name__ in TOLD
        return f"told {refusal.facts['staff']}" if told else type(refusal).__name__
    return "decided"


# The guards


@guard("one decision an order")
def whoever_comes_decides() -> Iterator[None]:
    """The change names no state it comes from."""
    careless = (
        update(orders.orders)
        .where(orders.orders.c.id == bindparam("order"))
        .values(state=bindparam("to_state"), decided_by=bindparam("staff"), decided_at=bindparam("now"))
    )
    with replaced(orders, "DECIDE", careless):
        yield


@guard("one who takes a thread")
def whoever_comes_takes() -> Iterator[None]:
    careless = (
        update(threads.threads)
        .where(threads.threads.c.id == bindparam("thread"))
        .values(taken_by=bindparam("person"), taken_at=bindparam("now"))
    )
    with replaced(threads, "TAKE", careless), replaced(threads, "CLOSE", careless):
        yield


@guard("what happened meanwhile is looked at")
def nobody_looks() -> Iterator[None]:
    """An order that has ended is ended again."""

    def again(tx: Tx, number: str, person: str, key: str) -> Order:
        order = orders.numbered(tx, number)
        order_events.record(tx, order.id, "called_off", person, key=key)
        return order

    with replaced(checkout, "call_off", again):
        yield


PROOF = Proof(
    name="opposites",
    claim="Of two of staff who press opposite buttons at once exactly one decides, and the other is told who did.",
    sizes={"tiny": {"rounds": 8}, "ci": {"rounds": 200}, "release": {"rounds": 1_000}},
    plays=opposites,
    guards=("one decision an order", "one who takes a thread", "what happened meanwhile is looked at"),
)
