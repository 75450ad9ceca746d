"""What rules of risk would have done with orders of before: counted over verdicts and what became of the orders. Pure,
but for the reading of pages of orders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import bindparam, func, select

from core import orders, risk_facts, risk_trails
from core.ground.columns import UTC
from core.ground.db import Tx
from core.risk import Facts, Outcome, Past, Policy, Trail, Verdict, assess
from core.verdicts import verdicts

HELD = (Outcome.REVIEW, Outcome.REFUSE)  # what goes out later goes out: a delay holds nothing, and bothers nobody


class Label(StrEnum):
    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"  # nobody can say yet


@dataclass(frozen=True)
class Known:
    """What is known today of an order that was weighed then. `kind`: in what way it was bad."""

    label: Label
    kind: str = ""


@dataclass(frozen=True)
class Weighed:
    """One order: what it was worth, what is known of it, and what each policy would have done."""

    order: int
    worth: int  # minor units of the shop's currency, as Past.worth
    known: Known
    verdicts: Sequence[Verdict]  # of the policies, in their order


def labelled(past: Past, now: datetime, settled: timedelta) -> Known:
    """Bad: disputed and not won, taken for a fraud, rejected by a person, or refunded after it was delivered, for no
    fault of the shop's. Good: delivered and quiet for so long, or its code is used. Else unknown."""
    if past.disputed_at:
        return Known(Label.BAD, "disputed")
    if past.suspected_at:
        return Known(Label.BAD, "suspected")
    if past.rejected:
        return Known(Label.BAD, "rejected")
    if past.refunded_at:
        asked_back = past.delivered_at is not None and not past.our_fault
        return Known(Label.BAD, "refunded") if asked_back else Known(Label.UNKNOWN)
    quiet = past.delivered_at is not None and past.delivered_at <= now - settled
    return Known(Label.GOOD) if quiet or past.redeemed else Known(Label.UNKNOWN)


# Counting


@dataclass
class Side:
    """Orders of one sort, and how many of them would have been what."""

    orders: int = 0
    worth: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    held_worth: int = 0

    def add(self, worth: int, outcome: Outcome) -> None:
        self.orders += 1
        self.worth += worth
        self.outcomes[outcome] += 1
        self.held_worth += worth if outcome in HELD else 0

    @property
    def held(self) -> int:
        return sum(self.outcomes[outcome] for outcome in HELD)

    @property
    def held_share(self) -> float:
        return self.held / self.orders if self.orders else 0.0

    @property
    def held_worth_share(self) -> float:
        return self.held_worth / self.worth if self.worth else 0.0


@dataclass
class Spoken:
    """One rule: how often it spoke, of what kind of orders, and how often an order would have gone out without it."""

    fired: int = 0
    caught: int = 0  # of bad orders that it spoke of
    bothered: int = 0  # of good ones
    shadow: bool = False


@dataclass
class Tally:
    """All that one policy would have done."""

    whole: Side = field(default_factory=Side)
    labels: dict[Label, Side] = field(default_factory=lambda: {label: Side() for label in Label})
    kinds: dict[str, Side] = field(default_factory=dict)
    rules: dict[str, Spoken] = field(default_factory=dict)

    def add(self, worth: int, known: Known, verdict: Verdict) -> None:
        for side in (self.whole, self.labels[known.label]):
            side.add(worth, verdict.outcome)
        if known.kind:
            self.kinds.setdefault(known.kind, Side()).add(worth, verdict.outcome)
        for finding in verdict.findings:
            spoken = self.rules.setdefault(finding.rule, Spoken(shadow=finding.shadow))
            spoken.fired += 1
            spoken.caught += known.label is Label.BAD
            spoken.bothered += known.label is Label.GOOD


def tallied(weighed: Iterable[Weighed], policies: int = 1) -> list[Tally]:
    """What each of the policies would have done with these orders."""
    tallies = [Tally() for _ in range(policies)]
    for one in weighed:
        for tally, verdict in zip(tallies, one.verdicts, strict=True):
            tally.add(one.worth, one.known, verdict)
    return tallies


# Playing on: what is held has another past than what went out


@dataclass(frozen=True)
class Fate:
    """What became of an order that was held: when it was decided, and whether rules or a person said no; or that it
    was turned away before it was paid."""

    at: datetime
    rejected: bool = False
    refused: bool = False
    away: bool = False


def as_held(facts: Facts, fates: Mapping[int, Fate]) -> Facts:
    """The facts as they would be had those orders been held: nothing of them went out before it was decided, and what
    was not approved never did, so that nobody disputes it; but that it was rejected is known. What was turned away
    never was."""
    touched = {trail for trail, pasts in facts.trails.items() if pasts and any(past.order in fates for past in pasts)}
    if not touched:
        return facts
    trails = {
        trail: _as_held(facts, trail, fates) if trail in touched else facts.trails[trail] for trail in facts.trails
    }
    return replace(facts, trails=trails)


def _as_held(facts: Facts, trail: Trail, fates: Mapping[int, Fate]) -> list[Past]:
    pasts = facts.trail(trail) or ()
    there = [past for past in pasts if past.order not in fates or not fates[past.order].away]
    return [_with_fate(past, fates[past.order], facts.at) if past.order in fates else past for past in there]


def _with_fate(past: Past, fate: Fate, at: datetime) -> Past:
    waiting = replace(past, delivered_at=None, refunded_at=None, disputed_at=None, suspected_at=None, replaced=0)
    if at < fate.at:
        return waiting
    if fate.refused:
        return replace(waiting, refunded_at=fate.at, our_fault=True)
    return replace(waiting, refunded_at=fate.at, rejected=True) if fate.rejected else past


# Reading

PAGE_OF = 20  # orders to a transaction, so that nothing is held for long
FIRST_WEIGHED = select(func.min(verdicts.c.at)).where(verdicts.c.order_id == orders.orders.c.id).scalar_subquery()
PAID = (
    select(orders.orders.c.id, func.coalesce(FIRST_WEIGHED, orders.orders.c.paid_at, type_=UTC).label("weighed_at"))
    .where(orders.orders.c.id > bindparam("after"), orders.orders.c.paid_at.is_not(None))
    .order_by(orders.orders.c.id)
    .limit(PAGE_OF)
)
HOW_MANY = select(func.count(orders.orders.c.paid_at))


def how_many(tx: Tx) -> int:
    """Paid orders."""
    return tx.value(HOW_MANY)


def page(tx: Tx, after: int, policies: Sequence[Policy], settled: timedelta) -> tuple[list[Weighed], int]:
    """The next paid orders after that one, each weighed by what was known when it was weighed; and the last of them.

    None left: an empty list. What the rules did then is not asked: `policies` are.
    """
    rows = tx.all(PAID, after=after)
    found = [_weighed(tx, row.id, row.weighed_at, policies, settled) for row in rows]
    return found, rows[-1].id if rows else after


def _weighed(tx: Tx, order: int, at: datetime, policies: Sequence[Policy], settled: timedelta) -> Weighed:
    past = risk_trails.became(tx, order, tx.now)
    facts = facts_of(tx, order, at)
    return Weighed(order, past.worth, labelled(past, tx.now, settled), [assess(facts, each) for each in policies])


def facts_of(tx: Tx, order: int, at: datetime) -> Facts:
    """What was known of an order at that moment."""
    return risk_facts.gather(tx, orders.get(tx, order), at)
