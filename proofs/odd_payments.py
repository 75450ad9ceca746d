"""Odd payments: short, over, in parts, late, twice, by two rails, in another currency, for nothing we asked for.

Each is a case of its own with a buyer of its own, and says beforehand what must become of the money. Cases come one
after the other into the same market (proofs/market.py); between them notices are repeated and effects go wrong. When
all due times are over, every order has delivered and given back just what its case says, to the cent.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from core import checkout, inventory, ledger, review, settling, shortage
from core.catalog import Product
from core.customers import Person
from core.ground.money import Money
from core.orders import Order
from core.settling import PaymentNotice
from proofs import habits
from proofs.happenings import HAPPENINGS
from proofs.holding import Violation
from proofs.market import RAILS, Market
from proofs.operations import places
from proofs.proof import Broken, Figures, Proof, Run
from proofs.stall import Stall, Watched

SHOP = 50  # cases before the market closes
BETWEEN = ("an_effect_is_carried_out", "an_effect_is_carried_out", "an_effect_is_repeated", "a_notice_is_repeated")


@dataclass
class Case:
    """What is played, and what must become of the money."""

    market: Market
    product: Product
    many: int
    buyer: Person
    order: Order
    handed: int = 0  # minor units delivered
    back: int = 0  # minor units given back
    credited: int = 0  # minor units kept as store credit
    unmatched: list[PaymentNotice] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.order.total.amount

    def share(self, least: float, most: float) -> int:
        return max(1, self.market.dice.randint(int(self.total * least), int(self.total * most)))

    def does(self, name: str, does: Callable[[Watched], Any]) -> None:
        """One operation of the story, which must not be refused."""
        refused = self.market.refused.total()
        self.market.happens(name, lambda _, tx: does(tx))
        if self.market.refused.total() != refused:
            raise Violation(f"{name} was refused: {self.market.story[-1]}")

    def pays(self, amount: int, number: int = 0, **odd: Any) -> PaymentNotice:
        """Money for the order's payment of that number; `odd` is what the notice says else."""
        told: list[PaymentNotice] = []

        def pay(tx: Watched) -> None:
            asked = ledger.payments_of(tx, self.order.id)[number]
            count = self.market.number()
            notice = PaymentNotice(
                asked.rail,
                f"event {count}",
                f"transaction {count}",
                asked.key,
                asked.account,
                "live" if asked.mode == "live" else "test",
                "paid",
                Money(amount, asked.total.currency),
            )
            told.append(replace(notice, **odd))
            self.market.pays(tx, told[0])

        self.does("money comes", pay)
        return told[0]

    def lapses(self) -> None:
        self.market.clock.forward(timedelta(minutes=40))
        self.does("its hold ends", lambda tx: checkout.expire(tx, self.order.id))

    def cancels(self) -> None:
        self.does("it is cancelled", lambda tx: checkout.cancel(tx, self.order, self.buyer))


def short(case: Case) -> None:
    """It is given back at the deadline."""
    case.back = case.pays(case.share(0.1, 0.99)).total.amount


def over(case: Case) -> None:
    amount = case.pays(case.share(1.01, 3)).total.amount
    case.handed, case.back = case.total, amount - case.total


def in_parts(case: Case) -> None:
    first = case.pays(case.share(0.1, 0.5)).total.amount
    second = case.pays(case.share(0.1, 0.4)).total.amount
    rest = case.pays(case.total - first - second + case.market.dice.choice((0, 0, 1, 250))).total.amount
    case.handed, case.back = case.total, first + second + rest - case.total


def late_and_in_stock(case: Case) -> None:
    case.lapses()
    case.does("stock comes", lambda tx: case.market.stock(tx, case.product, case.many))
    amount = case.pays(case.share(1, 1.2)).total.amount
    case.handed, case.back = case.total, amount - case.total


def late_and_sold_out(case: Case) -> None:
    case.lapses()
    case.does("others take the rest", lambda tx: _take_all(case, tx))
    case.back = case.pays(case.share(1, 1.2)).total.amount


def _take_all(case: Case, tx: Watched) -> None:
    while left := inventory.available(tx, case.product):
        other = case.market.meet(tx, "web", f"other-{case.market.number()}")
        many = min(left, case.product.most_per_order)
        key = f"{other.id} {case.market.number()}"
        case.market.placed_by(tx, other, case.product, many, RAILS[0], key)


def late_and_short(case: Case) -> None:
    case.lapses()
    case.back = case.pays(case.share(0.1, 0.99)).total.amount


def late_and_short_and_then_whole(case: Case) -> None:
    """What is on its way back is not counted a second time."""
    late_and_short(case)
    case.does("stock comes", lambda tx: case.market.stock(tx, case.product, case.many))
    case.pays(case.total)
    case.handed = case.total


def for_a_cancelled_order(case: Case) -> None:
    case.cancels()
    case.back = case.pays(case.share(1, 1.2)).total.amount


def for_a_cancelled_order_that_is_wanted(case: Case) -> None:
    """Its buyer is asked, and says so."""
    case.cancels()
    amount = case.pays(case.share(1, 1.2)).total.amount
    case.does("it is wanted", lambda tx: shortage.deliver(tx, case.order.id, case.buyer.id))
    case.handed, case.back = case.total, amount - case.total


def late_and_rather_credit(case: Case) -> None:
    case.lapses()
    case.does("others take the rest", lambda tx: _take_all(case, tx))
    amount = case.pays(case.share(1, 1.2)).total.amount
    if not case.product.shortage:  # nothing to choose: the money goes back
        case.back = amount
        return
    case.does("rather credit", lambda tx: shortage.take_credit(tx, case.order.id, case.buyer.id))
    case.credited, case.back = case.total, amount - case.total


def matched_by_staff(case: Case) -> None:
    """To another account, and staff find out whose it is."""
    told = case.pays(case.share(1, 1.5), account="another-account")
    row = 'SELECT id FROM receipts WHERE "transaction" = :a AND account = :b'

    def match(tx: Watched) -> None:
        ((receipt,),) = tx.rows(row, told.transaction, told.account)
        settling.match(tx, receipt, case.order.id, case.market.staff)

    case.does("it is matched", match)
    case.handed, case.back = case.total, told.total.amount - case.total


def after_it_was_delivered(case: Case) -> None:
    case.pays(case.total)
    case.does("it is weighed", lambda tx: review.weigh(tx, case.order.id))
    case.does("it is delivered", lambda tx: case.market.delivers(tx, case.order.id))
    case.handed, case.back = case.total, case.pays(case.share(0.1, 2)).total.amount


def after_it_was_refunded(case: Case) -> None:
    """Short, and given back; then the rest comes, and then the whole."""
    first = case.pays(case.share(0.1, 0.9)).total.amount
    case.lapses()
    case.back = first + case.pays(case.total - first).total.amount + case.pays(case.total).total.amount


def by_two_rails(case: Case) -> None:
    other = next(rail for rail in RAILS if rail.rail != _rail_of(case))
    case.does("another page is opened", lambda tx: checkout.pay_with(tx, case.order, other))
    first, second = case.market.dice.choice(((0, 1), (1, 0)))
    case.pays(case.total, first)
    case.handed, case.back = case.total, case.pays(case.total, second).total.amount


def _rail_of(case: Case) -> str:
    return case.market.rails[case.order.id]


def one_transaction_twice(case: Case) -> None:
    """Told of again, as another event and with another amount: what came first came in."""
    told = case.pays(case.total)
    for amount in (case.share(0.5, 2), case.total):
        case.pays(amount, transaction=told.transaction)
    case.handed = case.total


def in_another_currency(case: Case) -> None:
    case.unmatched.append(case.pays(case.total, total=Money(case.total, "USD")))


def to_another_account(case: Case) -> None:
    case.unmatched.append(case.pays(case.total, account="another-account"))


def for_another_mode(case: Case) -> None:
    mode = "live" if _rail_of(case) == "sandbox" else "test"
    case.unmatched.append(case.pays(case.total, mode=mode))


def for_nothing_we_asked(case: Case) -> None:
    case.unmatched.append(case.pays(case.total, key=f"nothing-{case.market.number()}"))


def wrong_and_then_right(case: Case) -> None:
    case.unmatched.append(case.pays(case.total, total=Money(case.total, "EUR")))
    case.pays(case.total)
    case.handed = case.total


CASES = (
    short,
    over,
    in_parts,
    late_and_in_stock,
    late_and_sold_out,
    late_and_short,
    late_and_short_and_then_whole,
    for_a_cancelled_order,
    for_a_cancelled_order_that_is_wanted,
    late_and_rather_credit,
    matched_by_staff,
    after_it_was_delivered,
    after_it_was_refunded,
    by_two_rails,
    one_transaction_twice,
    in_another_currency,
    to_another_account,
    for_another_mode,
    for_nothing_we_asked,
    wrong_and_then_right,
)


def market_of(stall: Stall, seed: int) -> Counter[str]:
    """Some cases in one market; returns how many of each, and what became of the money. Raises Violation."""
    dice = random.Random(seed)
    market = Market(stall, seed, dice)
    cases = []
    found: Counter[str] = Counter()
    kinds = [*CASES * (SHOP // len(CASES)), *dice.sample(CASES, SHOP % len(CASES))]
    dice.shuffle(kinds)
    for kind in kinds:
        case = _begin(market, dice)
        try:
            kind(case)
        except Violation as violation:
            raise Violation(f"{kind.__name__}: {violation}") from violation
        cases.append((kind.__name__, case))
        found[kind.__name__] += 1
        for name in dice.choices(BETWEEN, k=dice.randint(0, 4)):
            market.happens(name, HAPPENINGS[name].does)
    market.ends()
    market.look(lambda tx: _each_came_true(tx, cases, found))
    return found


def _begin(market: Market, dice: random.Random) -> Case:
    """A new buyer's order, small enough that no person looks at it."""
    made: list[Any] = []
    product, many = dice.choice([(market.products[0], 1), (market.products[1], 2), (market.products[2], 3)])

    def place(_: Market, tx: Watched) -> None:
        market.stock(tx, product, many)
        buyer = market.meet(tx, "test", f"buyer-{market.number()}")
        rail = dice.choice(RAILS)
        made.extend((buyer, market.placed_by(tx, buyer, product, many, rail, f"{buyer.id} {market.number()}")))

    market.happens("an order is placed", place)
    return Case(market, product, many, *made)


def _each_came_true(tx: Watched, cases: list[tuple[str, Case]], found: Counter[str]) -> None:
    for name, case in cases:
        handed = "SELECT COALESCE(SUM(price), 0) FROM units WHERE order_id = :a AND state = 'sent'"
        back = "SELECT COALESCE(SUM(amount), 0) FROM refunds WHERE order_id = :a AND state = 'done'"
        credited = handed.replace("sent", "credited")
        truth = [tx.rows(sql, case.order.id)[0][0] for sql in (handed, back, credited)]
        expected = [case.handed, case.back, case.credited]
        if truth != expected:
            raise Violation(f"{name}: delivered, given back and credited are {truth}, and should be {expected}")
        found["delivered"] += case.handed
        found["credited"] += case.credited
        found["refunded"] += case.back
        for notice in case.unmatched:
            _went_back(tx, name, notice)
            found["sent back unmatched"] += notice.total.amount


def _went_back(tx: Watched, name: str, notice: PaymentNotice) -> None:
    """What fits no order, and what no person finds an order for in time, goes back where it came from."""
    found = tx.rows(
        "SELECT t.amount, t.currency, t.order_id, t.returned_at IS NOT NULL, r.amount, r.state "
        'FROM receipts t JOIN refunds r ON r.receipt_id = t.id WHERE t."transaction" = :a AND t.account = :b',
        notice.transaction,
        notice.account,
    )
    amount, currency = notice.total.amount, notice.total.currency
    if [tuple(row) for row in found] != [(amount, currency, None, True, amount, "done")]:
        raise Violation(f"{name}: {notice.total} that fit no order became {found}")


def play(run: Run) -> Figures:
    figures: dict[str, Any] = {}
    for store in run.stores:
        total: Counter[str] = Counter()
        many = run.size[store] // SHOP
        with places(store, run.folder, 1) as place:

            def each(stall: Stall, store: str = store, total: Counter[str] = total, many: int = many) -> None:
                for seed in range(run.seed, run.seed + many):
                    try:
                        total.update(market_of(stall, seed))
                    except Violation as violation:
                        again = f"python -m proofs odd_payments --store {store} --size tiny --seed {seed}"
                        raise Broken(f"{store}: {violation}\n  again: {again}") from violation
                    run.progress(f"odd payments on {store}", (seed - run.seed + 1) * SHOP, many * SHOP)

            place(0)(each)
        missing = [case.__name__ for case in CASES if not total[case.__name__]]
        if missing and many * SHOP >= 1000:
            raise Broken(f"{store}: never played: {', '.join(missing)}")
        money = ("delivered", "refunded", "credited", "sent back unmatched")
        kinds = {case.__name__: total[case.__name__] for case in CASES}
        figures[store] = {"cases": sum(kinds.values()), "minor_units": {m: total[m] for m in money}, "kinds": kinds}
    return figures


PROOF = Proof(
    name="odd_payments",
    claim="Every odd payment ends delivered, credited or given back, to the cent; nothing is owed any more.",
    sizes={
        "tiny": {"sqlite": SHOP, "postgresql": SHOP},
        "ci": {"sqlite": 1000, "postgresql": 1000},
        "release": {"sqlite": 10_000, "postgresql": 10_000},
    },
    plays=play,
    guards=habits.OF_MONEY,
)
