"""Is a paid order to be delivered, looked at, or refused? Small pure rules over facts gathered beforehand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from core.ground.messages import Words, words
from core.ground.money import Money
from core.ground.rules import Rules


class Outcome(StrEnum):
    PASS = "pass"  # noqa: S105
    DELAY = "delay"
    REVIEW = "review"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Facts:
    """What is known about an order and its buyer when it is weighed."""

    total: Money
    delivered: int  # the buyer's orders delivered before
    refunded: int  # the buyer's orders refunded or rejected before
    disputed: int = 0  # the buyer's orders whose payment was disputed, and not decided for us


@dataclass(frozen=True)
class Finding:
    """One rule's objection, with the sentence that tells it to staff. Buyers are never told."""

    rule: str
    outcome: Outcome
    why: Words


@dataclass(frozen=True)
class Verdict:
    outcome: Outcome
    findings: tuple[Finding, ...] = ()


Rule = Callable[[Facts, Rules], Finding | None]


def new_buyer_high_value(facts: Facts, rules: Rules) -> Finding | None:
    """More than the configured amount, from a buyer we have never delivered to.

    An amount in another currency than the limit's can't be compared: it is looked at.
    """
    limit = rules.review_above
    within = facts.total.currency == limit.currency and facts.total.amount <= limit.amount
    if within or facts.delivered:
        return None
    return Finding("new-buyer-high-value", Outcome.REVIEW, words("risk-new-buyer-high-value", limit=limit))


def disputed_before(facts: Facts, rules: Rules) -> Finding | None:
    """A payment of this buyer was taken back by the payer's bank, or is about to be."""
    if not facts.disputed:
        return None
    return Finding("disputed-before", Outcome.REVIEW, words("risk-disputed-before", n=facts.disputed))


RULES: tuple[Rule, ...] = (new_buyer_high_value, disputed_before)
SEVERITY = (Outcome.PASS, Outcome.DELAY, Outcome.REVIEW, Outcome.REFUSE)


def assess(facts: Facts, rules: Rules, among: tuple[Rule, ...] = RULES) -> Verdict:
    """The severest outcome of all rules, with every finding.

    Fails closed: a rule that breaks means a person looks, never that the order passes.
    """
    findings: list[Finding] = []
    for rule in among:
        try:
            finding = rule(facts, rules)
        except Exception:
            name = getattr(rule, "__name__", "?")  # a partial has none
            finding = Finding(name, Outcome.REVIEW, words("risk-rule-broken", rule=name))
        if finding:
            findings.append(finding)
    return Verdict(max((f.outcome for f in findings), key=SEVERITY.index, default=Outcome.PASS), tuple(findings))
