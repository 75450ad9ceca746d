"""Is a paid order to be delivered, delivered later, looked at, or refused? And should one that isn't paid be set aside?

Small pure rules over gathered facts answer both. Here stand what rules see and what they say; the rules themselves are
in `core/risk_rules.py`, what the shop has set them to in `core/risk_policy.py`, and where the facts come from in
`core/risk_facts.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

from core.ground.messages import Words, words
from core.ground.money import Money


class Outcome(StrEnum):
    PASS = "pass"  # noqa: S105
    DELAY = "delay"
    REVIEW = "review"
    REFUSE = "refuse"


SEVERITY = (Outcome.PASS, Outcome.DELAY, Outcome.REVIEW, Outcome.REFUSE)


class Trail(StrEnum):
    """By what an order is connected with orders of before."""

    CUSTOMER = "customer"  # all accounts linked to one
    DEVICE = "device"  # a browser's cookie
    IP = "ip"
    PAYER = "payer"  # a card's fingerprint, a payer's account, a purse
    EMAIL = "email"
    DESTINATION = "destination"  # the account that a by-hand unit goes to


class Resale(StrEnum):
    """How easily a product is turned into money."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class Mode(StrEnum):
    """What becomes of a rule's objection."""

    ON = "on"
    SHADOW = "shadow"  # it is only written down what it would have done
    OFF = "off"


@dataclass(frozen=True)
class Past:
    """An order of before, as far as it was known when this one was weighed."""

    order: int
    customer: int
    at: datetime  # placed
    worth: int  # minor units of the shop's currency; 0 where nobody knows what another currency is worth in it
    units: int
    product: int
    paid_at: datetime | None = None
    lapsed: bool = False  # never paid, and its hold is over
    delivered_at: datetime | None = None
    refunded_at: datetime | None = None  # its money went back, or is going
    our_fault: bool = False  # it went back because the shop had nothing to hand over, or the buyer wouldn't wait
    disputed_at: datetime | None = None  # disputed and not won by us
    replaced: int = 0  # units whose code was replaced
    redeemed: bool = False  # the supplier says that a code of it is used
    rejected: bool = False  # by a person of the shop
    suspected_at: datetime | None = None  # the rail, or the payer's bank, took it for a fraud
    called_off: bool = False  # before it was paid: what was set aside was free again at once

    @property
    def left_unpaid(self) -> bool:
        """Whether it held what nobody paid for, and does so still or did to its end."""
        return self.paid_at is None and not self.called_off


@dataclass(frozen=True)
class Listing:
    """Somebody or something the shop blocks, or lets pass."""

    verdict: Literal["block", "allow"]
    kind: str  # what is listed: customer, ip, device, payer, email, destination, domain, country
    why: str  # staff's own words


@dataclass(frozen=True)
class Facts:
    """What is known about an order when it is weighed. None means unknown, never harmless.

    A trail's orders are the newest first, at most `risk_facts.LONGEST` of them, without the order itself.
    """

    total: Money  # in the shop's own currency where it has a price in it
    at: datetime  # when it is weighed
    product: int
    units: int
    chat: str
    rail: str | None
    resale: Resale = Resale.NORMAL
    hour: int = 12  # by the shop's clock
    late: bool = False  # paid after its hold
    account_since: datetime | None = None  # the account's first word to us, or its age as the chat hints
    accounts: int = 1  # linked to one customer
    country: str | None = None  # of the address on the net
    payer_country: str | None = None
    marks: frozenset[str] | None = None  # what the rail says of the payment: elevated, highest, fraud_warning, …
    throw_away: bool | None = None  # the e-mail is of a kind that is thrown away; None: there is none
    trails: Mapping[Trail, Sequence[Past] | None] = field(default_factory=dict)
    destinations: int = 1  # different ones the customer asked for in a day
    rails_failed: int = 0  # different ones on which this customer's payments came to nothing in the last hour
    pressed_within: timedelta | None = None  # from the first look at the product to the order
    listings: tuple[Listing, ...] = ()

    def trail(self, by: Trail) -> Sequence[Past] | None:
        return self.trails.get(by)


Params = Mapping[str, Any]


@dataclass(frozen=True)
class Objection:
    """What a rule has against an order: how strongly, in parts of its weight, and why."""

    why: Words
    share: float = 1.0


Judge = Callable[[Facts, Params], Objection | None]


@dataclass(frozen=True)
class Rule:
    """A rule as it is written: its name, what it sees, and how it is set where the shop says nothing.

    `hard` overrides the score: with this outcome at least.
    """

    name: str
    judge: Judge
    weight: int = 0
    params: Params = field(default_factory=dict)
    hard: Outcome | None = None
    mode: Mode = Mode.ON


@dataclass(frozen=True)
class Finding:
    """One rule's objection, with the sentence that tells it to staff. Buyers are never told."""

    rule: str
    why: Words
    weight: int = 0
    outcome: Outcome | None = None  # at least this, whatever the score
    shadow: bool = False


@dataclass(frozen=True)
class Verdict:
    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    score: int = 0
    delay: timedelta | None = None  # when the outcome is to deliver later


@dataclass(frozen=True)
class Policy:
    """What the shop has set: the rules, and from which score on what happens."""

    rules: tuple[Rule, ...]
    delay_at: int
    review_at: int
    refuse_at: int
    delay: timedelta

    def outcome(self, score: int) -> Outcome:
        if score >= self.refuse_at:
            return Outcome.REFUSE
        if score >= self.review_at:
            return Outcome.REVIEW
        return Outcome.DELAY if score >= self.delay_at else Outcome.PASS


UNPAID = "unpaid-orders"  # the rule without which nobody is turned away before they pay
AWAY = timedelta(hours=4)  # after the last thing that was set aside
ALLOWED = "allowed"  # the rule's name by which an order passes whatever its score; what is hard still counts


def assess(facts: Facts, policy: Policy) -> Verdict:
    """The outcome of all rules together: by the sum of their weights, and at least what a hard rule says.

    Fails closed: a rule that breaks means a person looks, never that the order passes.
    """
    findings = [finding for rule in policy.rules if (finding := _found(rule, facts))]
    score, outcome = decided(findings, policy)
    return Verdict(outcome, tuple(findings), score, policy.delay if outcome is Outcome.DELAY else None)


def _found(rule: Rule, facts: Facts) -> Finding | None:
    if rule.mode is Mode.OFF:
        return None
    shadow = rule.mode is Mode.SHADOW
    try:
        objection = rule.judge(facts, rule.params)
        weight = round(rule.weight * objection.share) if objection else 0
    except Exception:
        return Finding(rule.name, words("risk-rule-broken", rule=rule.name), 0, Outcome.REVIEW, shadow)
    return Finding(rule.name, objection.why, weight, rule.hard, shadow) if objection else None


def decided(findings: Sequence[Finding], policy: Policy) -> tuple[int, Outcome]:
    """The score, and what follows from it and from what is hard. What is only shadowed counts for nothing."""
    counted = [finding for finding in findings if not finding.shadow]
    score = sum(finding.weight for finding in counted)
    allowed = any(finding.rule == ALLOWED for finding in counted)
    hard = [finding.outcome for finding in counted if finding.outcome]
    by_score = Outcome.PASS if allowed else policy.outcome(score)
    return score, max([by_score, *hard], key=SEVERITY.index)


def away_until(facts: Facts, verdict: Verdict) -> datetime | None:
    """Until when an order that isn't paid yet should not be set aside; None: it may.

    Nobody is turned away but who had something set aside in the last hours, on this device or by themselves, that isn't
    paid, and whose order would be held if it were.
    """
    trails = [facts.trail(by) or () for by in (Trail.CUSTOMER, Trail.DEVICE)]
    until = max((past.at + AWAY for trail in trails for past in trail if past.left_unpaid), default=facts.at)
    waits = any(finding.rule == UNPAID and not finding.shadow for finding in verdict.findings)
    held = verdict.outcome in (Outcome.REVIEW, Outcome.REFUSE)
    return until if waits and held and until > facts.at else None
