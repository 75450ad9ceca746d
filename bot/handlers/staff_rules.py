"""Why an order went where it went, in words: what each rule found when it was weighed."""

from __future__ import annotations

from bot.staff import staff
from core import orders, risk_policy, verdicts
from core.authority import Right
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Choice, Lines, Message, Words, words
from core.risk import Finding, Policy
from core.shop import Shop


@staff.hears("why", right=Right.LOOK)
async def why(shop: Shop, person: Person, number: str) -> Message:
    return await shop.db.read(_why, number)


def _why(tx: Tx, number: str) -> Message:
    order = orders.numbered(tx, number)
    weighed = verdicts.of(tx, order.id)
    back = Choice(words("choose-details"), f"order {order.number}")
    if not weighed:
        return Message(words("risk-why-unweighed", number=order.number), (back,))
    last = weighed[-1]
    head = words(
        "risk-why",
        number=order.number,
        outcome=words(f"outcome-{last.verdict.outcome}"),
        score=last.verdict.score,
        time=last.at,
        version=last.version,
    )
    rows = [row(finding) for finding in last.verdict.findings] or [words("risk-why-clean")]
    return Message(Lines((head, *rows, *thresholds(tx, last.version))), (back,))


def row(finding: Finding) -> Words:
    """One rule's objection, with what it weighed."""
    if finding.shadow:
        return words("risk-why-shadow", score=finding.weight, why=finding.why)
    if finding.outcome:
        outcome = words(f"outcome-{finding.outcome}")
        return words("risk-why-hard", score=finding.weight, outcome=outcome, why=finding.why)
    return words("risk-why-row", score=finding.weight, why=finding.why)


def thresholds(tx: Tx, version: int) -> list[Words]:
    """From which score on what happens; nothing where that version can't be read any more."""
    try:
        policy = risk_policy.read(risk_policy.numbered(tx, version).text, tx.rules)
    except risk_policy.BadRules:
        return []
    return [at(policy)]


def at(policy: Policy) -> Words:
    return words("risk-why-at", delay=policy.delay_at, review=policy.review_at, refuse=policy.refuse_at)
