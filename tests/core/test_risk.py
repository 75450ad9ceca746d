"""Risk: the severest objection counts, and what can't be judged is looked at by a person."""

from __future__ import annotations

import itertools
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import orders, risk
from core.ground.messages import words
from core.ground.money import Money
from core.ground.rules import Rules
from core.orders import Obligation, State
from core.risk import RULES, SEVERITY, Facts, Finding, Outcome, Rule, assess, new_buyer_high_value
from tests.core import counter

RULES_OF_THE_SHOP = Rules(review_above=Money(20000, "CNY"))
CHEAP = Facts(Money(100, "CNY"), delivered=0, refunded=0)
DEAR = Facts(Money(90000, "CNY"), delivered=0, refunded=0)


def says(outcome: Outcome) -> Rule:
    return lambda facts, rules: Finding(outcome.value, outcome, words("why"))


def silent(facts: Facts, rules: Rules) -> None:
    return None


def broken(facts: Facts, rules: Rules) -> Finding | None:
    raise KeyError("no such fact")


# New buyers and high values


@pytest.mark.parametrize(
    ("amount", "currency", "delivered", "held"),
    [
        (20000, "CNY", 0, False),
        (20001, "CNY", 0, True),
        (20001, "CNY", 1, False),
        (0, "CNY", 0, False),
        (10**12, "CNY", 0, True),
        (1, "USD", 0, True),  # what can't be compared
        (1, "USD", 1, False),
    ],
)
def test_a_new_buyers_high_value_is_looked_at(amount, currency, delivered, held):
    finding = new_buyer_high_value(Facts(Money(amount, currency), delivered, 0), RULES_OF_THE_SHOP)
    assert bool(finding) is held
    assert assess(Facts(Money(amount, currency), delivered, 0), RULES_OF_THE_SHOP).outcome is (
        Outcome.REVIEW if held else Outcome.PASS
    )


def test_the_reason_is_told_in_a_sentence():
    [finding] = assess(DEAR, RULES_OF_THE_SHOP).findings
    assert finding.why == words("risk-new-buyer-high-value", limit=Money(20000, "CNY"))


@settings(deadline=None, max_examples=100)
@given(
    st.builds(
        Facts,
        st.builds(Money, st.integers(0, 2**63 - 1), st.sampled_from(["CNY", "USD", "XTR"])),
        st.integers(0, 10**6),
        st.integers(0, 10**6),
    )
)
def test_no_rule_breaks_on_any_facts(facts):
    for rule in RULES:
        rule(facts, RULES_OF_THE_SHOP)


# All together


@pytest.mark.parametrize("many", [*itertools.permutations(Outcome, 3)], ids=str)
def test_the_severest_outcome_counts_whatever_the_order(many):
    verdict = assess(CHEAP, RULES_OF_THE_SHOP, among=(silent, *map(says, many)))
    assert verdict.outcome is max(many, key=SEVERITY.index)
    assert [finding.outcome for finding in verdict.findings] == list(many)


def test_every_outcome_has_its_severity():
    assert SEVERITY == (Outcome.PASS, Outcome.DELAY, Outcome.REVIEW, Outcome.REFUSE)
    assert set(SEVERITY) == set(Outcome)


def test_no_objection_is_a_pass():
    for among in ((), (silent,), RULES):
        assert assess(CHEAP, RULES_OF_THE_SHOP, among=among).outcome is Outcome.PASS


@pytest.mark.parametrize("error", [KeyError("x"), ValueError("x"), AttributeError(), ZeroDivisionError(), TypeError()])
def test_a_broken_rule_means_that_a_person_looks(error):
    """It fails closed. The control: the same order passes without that rule."""

    def breaks(facts: Facts, rules: Rules) -> Finding | None:
        raise error

    verdict = assess(CHEAP, RULES_OF_THE_SHOP, among=(silent, breaks))
    assert verdict.outcome is Outcome.REVIEW
    assert verdict.findings[0].why == words("risk-rule-broken", rule="breaks")
    assert assess(CHEAP, RULES_OF_THE_SHOP, among=(silent,)).outcome is Outcome.PASS


def test_a_broken_rule_does_not_hide_a_severer_one():
    verdict = assess(CHEAP, RULES_OF_THE_SHOP, among=(broken, says(Outcome.REFUSE)))
    assert verdict.outcome is Outcome.REFUSE
    assert len(verdict.findings) == 2


def test_a_rule_without_a_name_may_break_too():
    nameless: Any = partial(broken)
    assert assess(CHEAP, RULES_OF_THE_SHOP, among=(nameless,)).outcome is Outcome.REVIEW


# What becomes of the order


@pytest.mark.parametrize(
    ("rule", "state", "owed"),
    [
        (silent, State.FULFILLING, Obligation.DELIVER),
        (says(Outcome.DELAY), State.IN_REVIEW, Obligation.REVIEW),
        (says(Outcome.REVIEW), State.IN_REVIEW, Obligation.REVIEW),
        (broken, State.IN_REVIEW, Obligation.REVIEW),
        (says(Outcome.REFUSE), State.REFUND_PENDING, Obligation.REFUND),
    ],
    ids=["pass", "delay", "review", "broken", "refuse"],
)
async def test_the_order_goes_where_the_verdict_says(world, lin, steam, monkeypatch, rule, state, owed):
    monkeypatch.setattr(risk, "assess", partial(assess, among=(rule,)))
    await world.stock(steam, 1)
    order = await counter.pay(world, await counter.place(world, lin, steam))
    assert [unit.obligation for unit in order.units] == [Obligation.RISK]
    weighed = await counter.weigh(world, order)
    assert (weighed.state, [unit.obligation for unit in weighed.units]) == (state, [owed])
    again = await counter.weigh(world, order)
    assert again == weighed
    assert (await world.count(orders.events)) == 3
    await world.holds()
