"""Risk: scores add up, what is hard counts at least, and what can't be judged is looked at by a person."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from core import order_events, review, risk_facts, risk_policy, verdicts
from core.ground.messages import Words, unpack_texts, words
from core.ground.money import Money
from core.ground.rules import Rules
from core.orders import State
from core.risk import (
    ALLOWED,
    AWAY,
    SEVERITY,
    UNPAID,
    Facts,
    Finding,
    Mode,
    Objection,
    Outcome,
    Params,
    Policy,
    Rule,
    Trail,
    Verdict,
    assess,
    away_until,
)
from core.units import Obligation
from tests.core import counter
from tests.core.riskfacts import DAY, NOW, facts, past, policy, unpaid

pytestmark = pytest.mark.standard_rules

ORDER = facts()


def says(facts: Facts, params: Params) -> Objection:
    return Objection(words("why"))


def half(facts: Facts, params: Params) -> Objection:
    return Objection(words("why"), 0.5)


def silent(facts: Facts, params: Params) -> None:
    return None


def broken(facts: Facts, params: Params) -> Objection | None:
    raise KeyError("no such fact")


def hard(outcome: Outcome, mode: Mode = Mode.ON) -> Rule:
    return Rule(outcome.value, says, hard=outcome, mode=mode)


def of(*rules: Rule) -> Policy:
    return Policy(rules, 30, 50, 100, timedelta(minutes=20))


# Scores


@pytest.mark.parametrize(
    ("weights", "outcome"),
    [
        ([], Outcome.PASS),
        ([29], Outcome.PASS),
        ([30], Outcome.DELAY),
        ([20, 29], Outcome.DELAY),
        ([20, 30], Outcome.REVIEW),
        ([99], Outcome.REVIEW),
        ([50, 50], Outcome.REFUSE),
        ([60, -30], Outcome.DELAY),
        ([-30], Outcome.PASS),
    ],
)
def test_weights_add_up_to_a_score_that_decides(weights, outcome):
    verdict = assess(ORDER, of(*(Rule(str(weight), says, weight) for weight in weights)))
    assert (verdict.score, verdict.outcome) == (sum(weights), outcome)
    assert verdict.delay == (timedelta(minutes=20) if outcome is Outcome.DELAY else None)


def test_an_objection_may_weigh_a_part():
    assert assess(ORDER, of(Rule("half", half, 25))).score == 12


def test_a_shadowed_rule_is_written_down_and_counts_for_nothing():
    """The control: on, it refuses."""
    for mode, outcome, score in ((Mode.SHADOW, Outcome.PASS, 0), (Mode.ON, Outcome.REFUSE, 200)):
        verdict = assess(ORDER, of(Rule("new", says, 200, mode=mode), hard(Outcome.REVIEW, mode)))
        assert (verdict.outcome, verdict.score) == (outcome, score)
        assert [(one.rule, one.shadow) for one in verdict.findings] == [
            ("new", mode is Mode.SHADOW),
            ("review", mode is Mode.SHADOW),
        ]


def test_a_rule_that_is_off_says_nothing():
    assert assess(ORDER, of(Rule("off", broken, 99, hard=Outcome.REFUSE, mode=Mode.OFF))).findings == ()


# What is hard


@pytest.mark.parametrize("many", [*itertools.permutations(Outcome, 3)], ids=str)
def test_the_severest_outcome_counts_whatever_the_order(many):
    verdict = assess(ORDER, of(*map(hard, many)))
    assert verdict.outcome is max(many, key=SEVERITY.index)
    assert [finding.outcome for finding in verdict.findings] == list(many)


def test_every_outcome_has_its_severity():
    assert SEVERITY == (Outcome.PASS, Outcome.DELAY, Outcome.REVIEW, Outcome.REFUSE)
    assert set(SEVERITY) == set(Outcome)


def test_a_good_reputation_never_outweighs_what_is_hard():
    assert assess(ORDER, of(Rule("good", says, -1000), hard(Outcome.REVIEW))).outcome is Outcome.REVIEW


def test_who_is_allowed_passes_whatever_the_score_but_not_what_is_hard():
    dear = Rule("dear", says, 500)
    assert assess(ORDER, of(dear)).outcome is Outcome.REFUSE
    assert assess(ORDER, of(dear, Rule(ALLOWED, says))).outcome is Outcome.PASS
    assert assess(ORDER, of(dear, Rule(ALLOWED, says), hard(Outcome.REVIEW))).outcome is Outcome.REVIEW
    assert assess(ORDER, of(dear, Rule(ALLOWED, says, mode=Mode.SHADOW))).outcome is Outcome.REFUSE


# What breaks


@pytest.mark.parametrize("error", [KeyError("x"), ValueError("x"), AttributeError(), ZeroDivisionError(), TypeError()])
def test_a_broken_rule_means_that_a_person_looks(error):
    """It fails closed. The control: the same order passes without that rule."""

    def breaks(facts: Facts, params: Params) -> Objection | None:
        raise error

    verdict = assess(ORDER, of(Rule("silent", silent), Rule("breaks", breaks)))
    assert verdict.outcome is Outcome.REVIEW
    assert verdict.findings[0].why == words("risk-rule-broken", rule="breaks")
    assert assess(ORDER, of(Rule("silent", silent))).outcome is Outcome.PASS


def test_a_rule_that_says_nonsense_is_broken_too():
    nonsense: Any = lambda facts, params: "yes"  # noqa: E731
    assert assess(ORDER, of(Rule("nonsense", nonsense, 10))).outcome is Outcome.REVIEW


def test_a_broken_rule_does_not_hide_a_severer_one():
    verdict = assess(ORDER, of(Rule("broken", broken), hard(Outcome.REFUSE)))
    assert verdict.outcome is Outcome.REFUSE
    assert len(verdict.findings) == 2


# Before it is paid


def away(outcome: Outcome, rule: str = UNPAID, shadow: bool = False, **about: Any) -> timedelta | None:
    """For how long an order is not set aside."""
    verdict = Verdict(outcome, (Finding(rule, words("why"), 9, shadow=shadow),))
    until = away_until(facts(**about), verdict)
    return until and until - NOW


def test_who_left_something_unpaid_and_would_be_looked_at_is_turned_away_for_a_while():
    """Until some hours after the last one. The control: paid for, it turns nobody away."""
    assert away(Outcome.REVIEW, own=[unpaid(0.05), unpaid(2)]) == AWAY - 0.05 * DAY
    assert away(Outcome.REVIEW, own=[past(0.05)]) is None
    assert away(Outcome.REVIEW, own=(), near={Trail.DEVICE: [unpaid(0)]}) == AWAY
    assert away(Outcome.REVIEW, own=None, near={Trail.DEVICE: [unpaid(0)]}) == AWAY


@pytest.mark.parametrize("by", [Trail.IP, Trail.PAYER, Trail.EMAIL, Trail.DESTINATION])
def test_what_others_left_unpaid_elsewhere_turns_nobody_away(by):
    assert away(Outcome.REVIEW, near={by: [unpaid(0)]}) is None


def test_what_was_left_unpaid_hours_ago_turns_nobody_away():
    assert away(Outcome.REVIEW, own=[unpaid(AWAY / DAY)]) is None
    assert away(Outcome.REVIEW, own=[unpaid(AWAY / DAY - 0.001)])


@pytest.mark.parametrize("outcome", [Outcome.PASS, Outcome.DELAY])
def test_at_whose_order_nobody_would_look_is_not_turned_away(outcome):
    assert away(outcome, own=[unpaid(0)]) is None


@pytest.mark.parametrize("outcome", [Outcome.REVIEW, Outcome.REFUSE])
def test_without_the_rule_about_unpaid_orders_nobody_is_turned_away(outcome):
    """Not even who would be refused. The control: with it, they are."""
    assert away(outcome, own=[unpaid(0)]) == AWAY
    assert away(outcome, rule="night", own=[unpaid(0)]) is None
    assert away(outcome, shadow=True, own=[unpaid(0)]) is None


def test_who_would_be_refused_and_left_nothing_unpaid_is_not_turned_away():
    assert away(Outcome.REFUSE, rule="listed") is away(Outcome.REFUSE) is away(Outcome.REFUSE, own=None) is None


def test_the_rule_by_which_people_are_turned_away_is_one_of_the_shops():
    assert UNPAID in [rule.name for rule in risk_policy.RULES]


# What becomes of the order


def runs(monkeypatch: pytest.MonkeyPatch, *rules: Rule) -> None:
    """These are the shop's rules."""
    monkeypatch.setattr(risk_policy, "read", lambda text, of_shop: of(*rules))


@pytest.mark.parametrize(
    ("rule", "state", "owed"),
    [
        (Rule("silent", silent), State.FULFILLING, Obligation.DELIVER),
        (hard(Outcome.DELAY), State.PAID, Obligation.LATER),
        (hard(Outcome.REVIEW), State.IN_REVIEW, Obligation.REVIEW),
        (Rule("broken", broken), State.IN_REVIEW, Obligation.REVIEW),
        (hard(Outcome.REFUSE), State.REFUND_PENDING, Obligation.REFUND),
        (hard(Outcome.REFUSE, Mode.SHADOW), State.FULFILLING, Obligation.DELIVER),
    ],
    ids=["pass", "delay", "review", "broken", "refuse", "shadow"],
)
async def test_the_order_goes_where_the_verdict_says(world, lin, steam, monkeypatch, rule, state, owed):
    runs(monkeypatch, rule)
    await world.stock(steam, 1)
    order = await counter.pay(world, await counter.place(world, lin, steam))
    assert [unit.obligation for unit in order.units] == [Obligation.RISK]
    weighed = await counter.weigh(world, order)
    assert (weighed.state, [unit.obligation for unit in weighed.units]) == (state, [owed])
    again = await counter.weigh(world, order)
    assert again == weighed
    assert (await world.count(order_events.events)) == 3
    assert (await world.count(verdicts.verdicts)) == 1
    await world.holds()


KEPT = ("new-buyer-high-value", "night")
DEAR = "[rules.new-buyer-high-value]\nweight = 70\n"
NIGHT = '[rules.night]\nmode = "shadow"\nweight = 9\nfrom_hour = 0\nuntil_hour = 24\n'


async def weighed(world: Any, lin: Any, steam: Any) -> tuple[State, Sequence[verdicts.Weighing]]:
    await world.stock(steam, 1)
    order = await counter.pay(world, await counter.place(world, lin, steam))
    assert order.paid_at is not None
    state = (await counter.weigh(world, order)).state
    return state, await world.db.read(verdicts.of, order.id)


@pytest.mark.parametrize("breaks", ["facts", "rules", None])
async def test_what_breaks_on_the_way_means_that_a_person_looks(world, lin, steam, monkeypatch, breaks):
    """Facts that can't be gathered, rules that can't be read. The control: without, the order passes."""

    def fails(*about: Any) -> Any:
        raise LookupError("gone")

    if breaks == "facts":
        monkeypatch.setattr(risk_facts, "gather", fails)
    if breaks == "rules":
        monkeypatch.setattr(risk_policy, "read", fails)
    state, [weighing] = await weighed(world, lin, steam)
    assert state is (State.IN_REVIEW if breaks else State.FULFILLING)
    assert weighing.verdict.outcome is (Outcome.REVIEW if breaks else Outcome.PASS)
    assert (review.UNWEIGHED in [finding.rule for finding in weighing.verdict.findings]) is bool(breaks)


@pytest.mark.parametrize("rules", [Rules(review_above=Money(1, "CNY"))], ids=[""])
async def test_a_verdict_is_kept_with_its_version_and_every_finding(world, lin, steam):
    off = "".join(f'[rules.{rule.name}]\nmode = "off"\n' for rule in risk_policy.RULES if rule.name not in KEPT)
    version = await world.db.write(risk_policy.apply, f"{off}{DEAR}{NIGHT}", "test")
    state, [weighing] = await weighed(world, lin, steam)
    assert state is State.IN_REVIEW
    assert (weighing.version, weighing.verdict.score) == (version.id, 70)
    assert [(one.rule, one.weight, one.shadow) for one in weighing.verdict.findings] == [
        ("new-buyer-high-value", 70, False),
        ("night", 9, True),
    ]


async def test_the_card_gives_the_strongest_reasons_and_no_shadows(world, lin, steam, monkeypatch):
    def because(name: str) -> Any:
        return lambda facts, params: Objection(words(name))

    shadow = Rule("shadow", because("shadow"), 500, mode=Mode.SHADOW)
    kept = [Rule(str(n), because(f"w{n}"), n) for n in (1, 3, 5, 7, 9, 11)]
    runs(monkeypatch, shadow, Rule("good", because("good"), -20), *kept, Rule("h", because("h"), hard=Outcome.REVIEW))
    await world.stock(steam, 1)
    order = await counter.weigh(world, await counter.pay(world, await counter.place(world, lin, steam)))
    assert [getattr(why, "key", "") for why in unpack_texts(order.findings)] == ["h", "w11", "w9", "w7", "w5"]


def test_what_is_said_twice_of_the_same_trail_is_a_reason_once():
    """By the strongest who says it. The controls: of another trail, and in another sentence, it is said too."""

    def why(n: int, by: Trail, key: str = "risk-crowd") -> Words:
        return words(key, by=words(f"trail-{by}"), n=n, span="24")

    said = (why(2, Trail.PAYER), why(3, Trail.PAYER), why(2, Trail.IP), why(9, Trail.PAYER, "risk-limit-orders"))
    findings = [Finding(str(n), each, weight) for n, (each, weight) in enumerate(zip(said, (9, 20, 7, 5), strict=True))]
    assert verdicts.reasons(findings, 9) == [said[1], said[2], said[3]]
    assert verdicts.reasons(findings, 2) == [said[1], said[2]]


def test_findings_come_back_as_they_were_kept():
    one = Finding("a", words("risk-fraud-warning"), 5, Outcome.REVIEW, shadow=True)
    other = Finding("b", words("risk-new-buyer-high-value", limit=Money(1, "CNY")), -3)
    for finding in (one, other):
        assert verdicts._finding(verdicts._packed(finding)) == finding


def test_the_standard_rules_let_an_ordinary_order_pass():
    assert assess(ORDER, policy()).outcome is Outcome.PASS
