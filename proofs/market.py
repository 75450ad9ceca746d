"""Market: a small shop in which anything may happen at any time, played in virtual time by dice.

What may happen is in proofs/happenings.py. After each operation the orders and codes it spoke of are looked at
(proofs/holding.py); now and then every invariant of core/reconcile is; and at the end everybody does their work until
each order is over and the money is where it belongs, to the cent.

Beside the database the market remembers what the outside world knows for itself: which money really moved, what the
rails really sent back, and which buyer was shown which code.
"""

from __future__ import annotations

import contextlib
import random
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Protocol, TypeVar

from core import (
    aftersales,
    batches,
    catalog,
    catalog_changes,
    chargebacks,
    checkout,
    customers,
    delivery,
    hiring,
    inventory,
    later,
    ledger,
    orders,
    pasted,
    reconcile,
    review,
    settling,
    shortage,
    withdrawals,
)
from core.catalog import Product
from core.checkout import Merchant
from core.customers import Person
from core.disputes import DisputeNotice
from core.ground import audit, outbox
from core.ground.clock import TestClock
from core.ground.errors import ShopError
from core.ground.money import Money
from core.ground.outbox import OutboxRow
from core.ground.rules import Rules
from core.orders import Order, State
from core.settling import PaymentNotice
from proofs.holding import OVER, Known, Violation, code, order
from proofs.stall import Stall, Watched, given

T = TypeVar("T")

RULES = Rules(review_above=Money(15000, "CNY"), unpaid_orders=6, unpaid_units=30)
RAILS = (Merchant("sandbox", "our-account", "test"), Merchant("stripe", "acct", "live"))
CHATS = ("test", "web")
# What is said besides is said elsewhere: it changes nothing here.
EFFECTS = ("weigh", "deliver", "refund", "close", "withdraw")
BEGAN = datetime(2026, 5, 4, 9, tzinfo=UTC)
TOLD = 30  # operations shown of a story that went wrong
ROUNDS = 12  # days within which everything must be over once nothing goes wrong any more


class Nothing(Exception):
    """There is nothing it could happen to."""


class Undone(Exception):
    """Ends a transaction that was only to look what would be."""


class Dice(Protocol):
    """Chance, or hypothesis, which can take less and less of it."""

    def choice(self, seq: Sequence[T], /) -> T: ...
    def randint(self, a: int, b: int, /) -> int: ...


@dataclass(frozen=True)
class Happening:
    does: Callable[[Market, Watched], None]
    often: int


class Market:
    """One shop from its opening to the end of every order."""

    def __init__(self, stall: Stall, seed: int, dice: Dice | None = None) -> None:
        self.stall = stall
        self.dice: Dice = dice or random.Random(seed)
        self.clock = TestClock(BEGAN)
        self.latest = BEGAN  # that the clock has ever been
        self.given = given(self.clock, RULES, seed)
        self.happened: Counter[str] = Counter()  # operations that had an effect, or none by right
        self.refused: Counter[str] = Counter()
        self.story: deque[str] = deque(maxlen=TOLD)
        self.known: dict[int, Known] = {}
        self.states: dict[State, dict[int, None]] = {state: {} for state in State}
        self.rails: dict[int, str] = {}  # by which rail an order was first asked for
        self.placed: dict[int, Order] = {}  # as they were placed: what a buyer's old button knows
        self.sold: dict[int, int] = {}  # single-use code: its unit, for ever
        self.seen: dict[int, str] = {}  # unit: the plaintext its buyer was shown
        self.gone: set[tuple[int, str]] = set()  # unit and plaintext: what was no good
        self.told: list[PaymentNotice] = []
        self.came: dict[tuple[str, str, str], Money] = {}  # money that moved: rail, account, transaction
        self.sent_back: dict[str, Money] = {}  # what the rails did, by refund key
        self.by_hand = 0
        self.outside = 0  # what providers sent back without us
        self.disputed: dict[str, DisputeNotice] = {}  # by reference, as it stands
        self.carried: deque[OutboxRow] = deque(maxlen=20)
        self.counted = 0
        stall.empty()
        self._transaction(self._furnish)

    # The shop

    def _furnish(self, tx: Watched) -> None:
        made = catalog_changes.add_category(tx, "cards", {"en": "Cards"}, 1)
        brand = catalog_changes.add_brand(tx, "steam", made, {"en": "Steam"}, 1)

        def product(slug: str, kind: str, prices: Mapping[int, int], **columns: Any) -> Product:
            given = {"names": {"en": slug}, "region": "us", "face_value": "$20", "noun": "code", "measure": "zhang"}
            catalog_changes.add_product(tx, brand, {"CNY": prices}, slug=slug, kind=kind, **given, **columns)
            return catalog.product(tx, slug)

        account = {"name": "account", "label": {"en": "Account"}, "pattern": r"\w{3,20}"}
        scarce = product("scarce", "unique", {1: 3333}, most_per_buyer=20, shortage=["wait"])
        self.products = [
            product("steam", "unique", {1: 10000, 3: 9900}, substitute_id=scarce.id),
            scarce,
            product("shared", "shared", {1: 700}, shortage=[]),
            product("topup", "by_hand", {1: 5000}, hand_minutes=60, form=[account]),
            product("pair", "bundle", {1: 3999}),
            product("box", "bundle", {1: 8001}, together=False),
        ]
        steam, scarce, shared, topup, pair, box = self.products
        catalog_changes.add_parts(tx, pair.id, {scarce.id: 1, shared.id: 1})
        catalog_changes.add_parts(tx, box.id, {shared.id: 2, topup.id: 1, steam.id: 1})
        for stocked, many in zip(self.products, (8, 2, 2), strict=False):
            self.stock(tx, stocked, many)
        self.buyers = [self.meet(tx, "test", "lin"), self.meet(tx, "web", "bao")]
        self.staff = self.meet(tx, "test", "chen").id
        hiring.enter(tx, hiring.invite(tx, "Chen"), self.staff)

    def meet(self, tx: Watched, chat: str, name: str) -> Person:
        return customers.meet(tx, chat, name, name, "en", None)

    def stock(self, tx: Watched, product: Product, many: int) -> None:
        """Some new codes come into stock."""
        batch = batches.open_batch(tx, product, "made up", "market")
        made = [f"{product.slug.upper()}-{self.number():07}-CODE" for _ in range(many)]
        batches.add(tx, product, batch, pasted.read(made).codes, max_uses=3)
        batches.finish_import(tx, batch)

    def placed_by(
        self, tx: Watched, person: Person, product: Product, many: int, rail: Merchant, key: str, **answers: str
    ) -> Order:
        """An order, or a refusal; and nobody is told that sold out is what is not."""
        try:
            placed = checkout.place(tx, person, product.slug, many, rail, answers, key)
        except inventory.OutOfStock:
            if inventory.available(tx, product) >= many:
                raise Violation(f"{many} of {product.slug} are to be had, and the buyer was told not") from None
            raise
        self.placed[placed.id] = placed
        self.rails[placed.id] = rail.rail
        return placed

    def number(self) -> int:
        self.counted += 1
        return self.counted

    # Dice

    def some(self, *states: State) -> int:
        """One of the orders in these states, of any order the half of the time one of the newest. Raises Nothing."""
        if not states:
            found = list(self.known)
            if self.dice.choice((True, False)):
                found = found[-12:]
        else:
            found = [number for state in states for number in self.states[state]]
        if not found:
            raise Nothing
        return self.dice.choice(found)

    def buyer(self) -> Person:
        return self.dice.choice(self.buyers[-4:])

    # Happening

    def happens(self, name: str, does: Callable[[Market, Watched], None]) -> bool:
        """One operation, one transaction, and a look at what it touched. False if it had nothing to happen to.

        Raises Violation, also for whatever the core raises besides a refusal.
        """
        try:
            seen = self._transaction(lambda tx: self._operate(tx, does))
        except Nothing:
            return False
        except ShopError as refusal:
            self.refused[f"{name}: {refusal.key}"] += 1
            self.story.append(f"{name}: {refusal.key}")
            return True
        except Violation as violation:
            raise self._shown(f"{name}: {violation}") from violation
        except Exception as error:
            raise self._shown(f"{name} raised {type(error).__name__}: {error}") from error
        for number, now in seen.items():
            if before := self.known.get(number):
                del self.states[before.state][number]
            self.states[now.state][number] = None
            self.known[number] = now
        self.happened[name] += 1
        self.story.append(name + "".join(f", order {number} {now.state}" for number, now in seen.items()))
        return True

    def _operate(self, tx: Watched, does: Callable[[Market, Watched], None]) -> dict[int, Known]:
        does(self, tx)
        for unit, granted, kind in tx.granted:
            if kind == "one" and self.sold.setdefault(granted, unit) != unit:
                raise Violation(f"code {granted} is sold to unit {unit}, and was to {self.sold[granted]}, S1")
        for touched in tx.codes:
            code(tx, touched)
        return {number: order(tx, number, self.known.get(number)) for number in tx.orders}

    def _transaction(self, fn: Callable[[Watched], T]) -> T:
        return self.stall.write(self.clock, self.given, fn)

    def _shown(self, what: str) -> Violation:
        return Violation("\n  ".join([what, *self.story]))

    # Outside

    def pays(self, tx: Watched, notice: PaymentNotice) -> None:
        """A notice arrives. If it says that money moved, it did."""
        settling.settle(tx, notice)
        self.told.append(notice)
        if notice.state == "paid":
            self.came.setdefault((notice.rail, notice.account, notice.transaction), notice.total)

    def carries_out(self, tx: Watched, row: OutboxRow, *, well: bool = False) -> None:
        """What a job does about an outbox row, and what the outside may answer; `well`: nothing goes wrong."""
        match row.kind:
            case "weigh":
                review.weigh(tx, row.payload["order"])
            case "deliver":
                self.delivers(tx, row.payload["order"], closed=not well and not self.dice.randint(0, 9))
            case "close":
                ledger.closed(tx, row.payload["key"])
            case "withdraw":
                while withdrawals.go_on(tx, row.payload["withdrawal"]):
                    pass
            case "refund" if not self.refunds(tx, row.payload["refund"], well=well):
                outbox.failed(tx, row, "not yet", wait=timedelta(minutes=1))
                return
            case _:
                pass
        outbox.done(tx, row.id)

    def delivers(self, tx: Watched, order_id: int, *, closed: bool = False) -> None:
        parcel = delivery.parcel(tx, order_id)
        if parcel is None:
            return
        if closed:
            delivery.unreachable(tx, order_id, parcel.units, "blocked")
            return
        self.shows(tx, parcel.units)
        delivery.sent(tx, order_id, parcel.units, "message 1")

    def shows(self, tx: Watched, units: Sequence[int]) -> None:
        """The codes leave the shop: for a unit always the same one."""
        for unit, found in inventory.reveal(tx, units).items():
            plain = " ".join(secret.reveal() for _, secret in found.fields)
            if self.seen.setdefault(unit, plain) != plain or (unit, plain) in self.gone:
                raise Violation(f"unit {unit} is shown another code than before, E2")

    def refunds(self, tx: Watched, refund_id: int, *, well: bool = False) -> bool:
        """The rail is called, or asked first. It may have done what it never answered. False: not over yet."""
        call = aftersales.refund_begins(tx, refund_id)
        if call is None:
            return True
        answer: Any = "done"
        if call.key not in self.sent_back:
            answers = ("done", "done", "done", "unknown", "lost", "pending", "failed")
            if tx.rows("SELECT order_id FROM refunds WHERE id = :a", refund_id)[0][0] is None:
                answers = answers[:-1]  # what staff then do about money without an order is not in the books yet
            answer = "done" if well else self.dice.choice(answers)
            if answer in ("done", "lost"):
                self.sent_back[call.key] = call.amount
        answer = "unknown" if answer == "lost" else answer
        aftersales.refund_ended(tx, refund_id, aftersales.RefundOutcome(answer, "r1"))
        return answer in ("done", "failed")

    def disputes(self, tx: Watched, notice: DisputeNotice, state: Literal["open", "won", "lost"] | None = None) -> None:
        """What a payer's bank says. Lost is lost; what was won may be opened again, or be lost after all."""
        notice = replace(notice, state=state or notice.state)
        chargebacks.told(tx, notice)
        stands = self.disputed.get(notice.reference)
        reopened = stands and stands.state == "won" and notice.state != "won"
        if stands is None or reopened or (stands.state == "open" and notice.state != "open"):
            self.disputed[notice.reference] = notice

    def bad(self, unit: int) -> None:
        """The unit's code is no good: the next one its buyer is shown is another."""
        self.gone.add((unit, self.seen.pop(unit, "")))

    # Looking at everything

    def look(self, fn: Callable[[Watched], None]) -> None:
        """Look at the shop as it stands. What fn changes is undone."""
        with contextlib.suppress(Undone):
            self._transaction(lambda tx: _undone(fn, tx))

    def moves_on(self, step: timedelta) -> None:
        """By the clock, which may be set back."""
        self.latest = max(self.latest, self.clock.forward(step))

    def holds(self) -> None:
        """Every invariant, as it would be once the clock's jobs have run. Raises Violation."""

        def all_hold(tx: Watched) -> None:
            for number in checkout.lapsed(tx, most=10**6):
                checkout.expire(tx, number)
            for unit in aftersales.overdue_units(tx, most=10**6):
                aftersales.alarm_overdue(tx, unit)
            found = [str(finding) for finding in reconcile.check(tx) if finding.check.id != "L3"]
            if found:
                raise self._shown("; ".join(found))

        self.look(all_hold)

    # The end

    def ends(self) -> Counter[str]:
        """No more surprises: everybody does their work, day after day, until all is over. Returns the end states."""
        self.clock.forward(max(self.latest - self.clock.now(), timedelta(0)))  # it may have been set back since
        for _ in range(ROUNDS):
            self.clock.forward(timedelta(days=1))
            self._work()
            if not self._left():
                break
        else:
            raise self._shown(f"after {ROUNDS} days there is left: {self._left()}, L4")
        self.holds()
        self._transaction(self._balanced)
        return Counter(str(known.state) for known in self.known.values())

    def _work(self) -> None:
        """What the timetable, the outbox, staff and buyers do in a day."""
        for due, does in (
            (checkout.lapsed, checkout.expire),
            (review.undecided, review.run_out),
            (later.due, later.go_out),
            (aftersales.overdue, aftersales.give_up),
            (shortage.undecided, shortage.run_out),
            (shortage.waiting, shortage.restocked),
            (withdrawals.given_back, withdrawals.follow),
            (aftersales.lost_money, aftersales.send_lost_money_back),
            (aftersales.overdue_units, aftersales.alarm_overdue),
        ):
            for number in self._transaction(lambda tx, due=due: due(tx, 10**6)):
                self._must(does.__name__, lambda tx, number=number, does=does: does(tx, number))
        while rows := self._transaction(lambda tx: outbox.claim(tx, EFFECTS, CHATS)):
            for row in rows:
                self._must(row.kind, lambda tx, row=row: self.carries_out(tx, row, well=True))
        for number in self._transaction(_refused_refunds):
            self._must("refunded by hand", lambda tx, number=number: self.refunds_by_hand(tx, number))
        for number in list(self.states[State.FULFILLING]):
            self._must("picked up", lambda tx, number=number: self.picks_up(tx, number))
        for told in [told for told in self.disputed.values() if told.state == "open"]:
            end: Literal["won", "lost"] = "won" if self.dice.choice((True, False)) else "lost"
            self._must("disputes end", lambda tx, told=told, end=end: self.disputes(tx, told, end))
        self._must("chained", lambda tx: audit.chain(tx))
        self._must("said", self.says)

    def _must(self, name: str, does: Callable[[Watched], Any]) -> None:
        self.happens(f"at the end: {name}", lambda _, tx: does(tx))

    def says(self, tx: Watched) -> None:
        """Everything that was to be said is said, without words: those are tested elsewhere."""
        tx.rows("UPDATE outbox SET state = 'done' WHERE kind = 'say' AND state = 'new' RETURNING id")

    def refunds_by_hand(self, tx: Watched, order_id: int) -> None:
        self.by_hand += aftersales.refunded_by_hand(tx, order_id, "by hand", self.staff).amount

    def picks_up(self, tx: Watched, order_id: int) -> None:
        found = orders.get(tx, order_id)
        granted = [unit.id for unit in found.units if unit.may_be_shown]
        delivery.shown(tx, found, customers.person(tx, found.person))
        self.shows(tx, granted)

    def _left(self) -> list[str]:
        unfinished = [
            f"order {number} {known.state}" for number, known in self.known.items() if known.state not in OVER
        ]
        return unfinished[:10] or self._transaction(_owed)

    def _balanced(self, tx: Watched) -> None:
        """The shop's books and the outside world's agree to the cent, and nothing is set aside."""

        def total(sql: str) -> int:
            return tx.rows(sql)[0][0]

        came = sum(total.amount for total in self.came.values())
        back = sum(total.amount for total in self.sent_back.values()) + self.by_hand + self.outside
        lost = sum(told.total.amount for told in self.disputed.values() if told.state == "lost")
        for what, truth, booked in (
            ("receipts", len(self.came), "SELECT COUNT(*) FROM receipts WHERE rail <> 'credit'"),
            ("money received", came, "SELECT COALESCE(SUM(amount), 0) FROM receipts WHERE rail <> 'credit'"),
            (
                "money sent back",
                back,
                "SELECT COALESCE(SUM(r.amount), 0) FROM refunds r JOIN receipts t ON t.id = r.receipt_id "
                "WHERE r.state = 'done' AND t.rail <> 'credit'",
            ),
            (
                "money on hand",
                came - back - lost,
                "SELECT COALESCE(SUM(amount), 0) FROM entries WHERE account LIKE 'rail:%'",
            ),
            ("reservations", 0, "SELECT COUNT(*) FROM reservations"),
            ("the ledger", 0, "SELECT COALESCE(SUM(amount), 0) FROM entries"),
            ("unmatched", 0, "SELECT COALESCE(SUM(amount), 0) FROM entries WHERE account = 'unmatched'"),
            ("disputed", 0, "SELECT COALESCE(SUM(amount), 0) FROM entries WHERE account = 'disputed'"),
            ("owed", 0, "SELECT COALESCE(SUM(amount), 0) FROM entries WHERE account LIKE 'owed:%'"),
        ):
            if total(booked) != truth:
                raise self._shown(f"{what}: {total(booked)} in the books, in truth {truth}, M1")


def _undone(fn: Callable[[Watched], None], tx: Watched) -> None:
    fn(tx)
    raise Undone


def _refused_refunds(tx: Watched) -> list[int]:
    return [row[0] for row in tx.rows("SELECT DISTINCT order_id FROM refunds WHERE state = 'failed'")]


def _owed(tx: Watched) -> list[str]:
    """What is left to do when every order is over: effects, money that is still to go back, and evidence."""
    left = tx.rows(
        "SELECT effect_key FROM outbox WHERE state <> 'done' UNION SELECT key FROM refunds WHERE state <> 'done' "
        "UNION SELECT 'receipt ' || id FROM receipts WHERE obligation IS NOT NULL "
        "UNION SELECT 'unit ' || id FROM units WHERE obligation IS NOT NULL "
        "UNION SELECT 'dispute ' || reference FROM disputes WHERE state = 'open'"
    )
    return [str(row[0]) for row in left[:10]]
