"""A backtest counts what rules would have done, by what was known then, and what is known of the orders today."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core import aftersales, ledger, risk_backtest
from core.catalog import Product
from core.customers import Person
from core.ground.messages import words
from core.risk import Finding, Outcome, Past, Policy, Trail, Verdict
from core.risk_backtest import Fate, Known, Label, Weighed, as_held, labelled, tallied
from tests.core import counter
from tests.core.riskfacts import DAY, NOW, facts, only, past, policy
from tests.world import World

pytestmark = pytest.mark.standard_rules

QUIET = timedelta(days=14)
REFUNDED = '[rules.refund-abuse]\nat_least = "review"\nfull = 2\nfull_percent = 1\n'


@pytest.mark.parametrize(
    ("about", "label", "kind"),
    [
        ({}, Label.GOOD, ""),
        ({"delivered_at": NOW - 2 * DAY}, Label.UNKNOWN, ""),
        ({"delivered_at": NOW - 2 * DAY, "redeemed": True}, Label.GOOD, ""),
        ({"delivered_at": None}, Label.UNKNOWN, ""),
        ({"disputed_at": NOW}, Label.BAD, "disputed"),
        ({"suspected_at": NOW}, Label.BAD, "suspected"),
        ({"rejected": True, "delivered_at": None, "refunded_at": NOW}, Label.BAD, "rejected"),
        ({"refunded_at": NOW}, Label.BAD, "refunded"),
        ({"refunded_at": NOW, "our_fault": True}, Label.UNKNOWN, ""),
        ({"refunded_at": NOW, "delivered_at": None}, Label.UNKNOWN, ""),
    ],
)
def test_what_is_known_of_an_order(about: dict[str, Any], label: Label, kind: str):
    assert labelled(past(30, **about), NOW, QUIET) == Known(label, kind)


def verdict(outcome: Outcome, *rules: str, shadow: bool = False) -> Verdict:
    return Verdict(outcome, tuple(Finding(rule, words("risk-night", hour=1), 1, shadow=shadow) for rule in rules))


def test_counting():
    bad, good = Known(Label.BAD, "disputed"), Known(Label.GOOD)
    [tally] = tallied(
        [
            Weighed(1, 700, bad, [verdict(Outcome.REVIEW, "a", "b")]),
            Weighed(2, 100, bad, [verdict(Outcome.REFUSE, "a")]),
            Weighed(3, 200, bad, [verdict(Outcome.DELAY, "b")]),
            Weighed(4, 50, good, [verdict(Outcome.REVIEW, "a")]),
            Weighed(5, 50, good, [verdict(Outcome.PASS, "c", shadow=True)]),
            Weighed(6, 50, Known(Label.UNKNOWN), [verdict(Outcome.REFUSE)]),
        ]
    )
    caught, bothered = tally.labels[Label.BAD], tally.labels[Label.GOOD]
    assert (caught.orders, caught.worth, caught.held, caught.held_worth) == (3, 1000, 2, 800)  # a delay holds nothing
    assert (caught.held_worth_share, bothered.held_share) == (0.8, 0.5)
    assert (tally.whole.orders, tally.whole.held, tally.kinds["disputed"].held) == (6, 4, 2)
    told = {name: (each.fired, each.caught, each.bothered, each.shadow) for name, each in tally.rules.items()}
    assert told == {"a": (3, 2, 1, False), "b": (2, 2, 0, False), "c": (1, 0, 1, True)}


def test_two_sets_of_rules_beside_each_other():
    one = Weighed(1, 100, Known(Label.BAD, "disputed"), [verdict(Outcome.REFUSE), verdict(Outcome.PASS)])
    first, second = tallied([one], 2)
    assert (first.labels[Label.BAD].held, second.labels[Label.BAD].held) == (1, 0)


def test_nothing_to_count():
    [tally] = tallied([])
    assert (tally.whole.orders, tally.labels[Label.BAD].held_share, tally.labels[Label.GOOD].held_worth_share) == (
        0,
        0.0,
        0.0,
    )


# Playing on


def test_what_is_held_has_another_past():
    """Nothing went out while it waited; rejected, it is known as that; approved, it is what it was."""
    was = past(5, order=7, delivered_at=NOW - 4 * DAY, disputed_at=NOW - DAY)

    def seen(fate: Fate) -> Past:
        found = as_held(facts(own=[was]), {7: fate}).trail(Trail.CUSTOMER)
        assert found and len(found) == 1
        return found[0]

    waits, rejected = seen(Fate(NOW + DAY)), seen(Fate(NOW - 4 * DAY, rejected=True))
    assert (waits.delivered_at, waits.disputed_at, waits.rejected) == (None, None, False)
    assert (rejected.rejected, rejected.delivered_at, rejected.disputed_at) == (True, None, None)
    assert seen(Fate(NOW - 4 * DAY, refused=True)).our_fault
    assert seen(Fate(NOW - 4 * DAY)) == was
    untouched = facts(own=[was])
    assert as_held(untouched, {8: Fate(NOW)}) is untouched


# Reading


async def pages(world: World, *policies: Policy) -> list[Weighed]:
    found: list[Weighed] = []
    after = 0
    while True:
        page, after = await world.db.read(risk_backtest.page, after, policies or [policy()], QUIET)
        if not page:
            return found
        found += page


async def test_paid_orders_are_weighed_page_by_page(
    world: World, lin: Person, steam: Product, monkeypatch: pytest.MonkeyPatch
):
    await world.stock(steam, 5)
    made = [await counter.pay(world, await counter.place(world, lin, steam)) for _ in range(3)]
    await counter.place(world, lin, steam)  # not paid: it was never weighed
    assert [one.order for one in await pages(world)] == [order.id for order in made]
    assert await world.db.read(risk_backtest.how_many) == 3
    assert {one.worth for one in await pages(world)} == {10000}


async def test_an_order_is_weighed_by_what_was_known_then(world: World, lin: Person, steam: Product):
    """The refunds of two orders came after the third was weighed, and before the fourth."""
    await world.stock(steam, 4)
    *refunded, before = [await counter.pay(world, await counter.place(world, lin, steam)) for _ in range(3)]
    world.clock.forward(timedelta(minutes=1))
    for order in refunded:
        [receipt] = await world.db.read(ledger.receipts_of, order.id)
        await world.db.write(aftersales.give_back, receipt, receipt.total, "whole")
    world.clock.forward(timedelta(minutes=1))
    after = await counter.pay(world, await counter.place(world, lin, steam))
    outcomes = {one.order: one.verdicts[0].outcome for one in await pages(world, only("refund-abuse", text=REFUNDED))}
    assert outcomes[before.id] is not Outcome.REVIEW
    assert outcomes[after.id] is Outcome.REVIEW


async def test_what_became_of_it_is_its_label(world: World, lin: Person, steam: Product):
    await world.stock(steam, 1)
    await counter.pay(world, await counter.place(world, lin, steam))
    [one] = await pages(world)
    assert one.known == Known(Label.UNKNOWN)
    assert one.verdicts[0].outcome in Outcome
