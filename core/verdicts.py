"""What was found each time an order was weighed: by which version of the rules, and every rule that spoke."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, bindparam, insert, select

from core.ground.columns import UTC, BigId, Json, metadata
from core.ground.db import Tx
from core.ground.messages import Words, pack_texts, unpack_texts
from core.ground.tx import AnyRow
from core.risk import Finding, Outcome, Verdict

OUTCOMES = ", ".join(f"'{outcome.value}'" for outcome in Outcome)

verdicts = Table(
    "risk_verdicts",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("order_id", BigId, ForeignKey("orders.id"), nullable=False),
    Column("at", UTC, nullable=False),
    Column("version", BigId, nullable=False),  # of the rules; 0: those of a shop that has set none
    Column("outcome", String(10), nullable=False),
    Column("score", Integer, nullable=False),
    Column("findings", Json, nullable=False),
    Column("delay", Integer),  # seconds
    CheckConstraint(f"outcome IN ({OUTCOMES})", name="outcome"),
    Index("ix_risk_verdicts_order_id", "order_id", "id"),
)

ADD = insert(verdicts)
OF = select(verdicts).where(verdicts.c.order_id == bindparam("order")).order_by(verdicts.c.id)


@dataclass(frozen=True)
class Weighing:
    at: datetime
    version: int
    verdict: Verdict


def keep(tx: Tx, order: int, version: int, verdict: Verdict) -> None:
    """Write down what was found. An order is weighed again when what its buyer had to choose is chosen."""
    tx.insert(
        ADD,
        order_id=order,
        at=tx.now,
        version=version,
        outcome=verdict.outcome,
        score=verdict.score,
        findings=[_packed(finding) for finding in verdict.findings],
        delay=None if verdict.delay is None else int(verdict.delay.total_seconds()),
    )


def of(tx: Tx, order: int) -> list[Weighing]:
    """Each time the order was weighed, the first one first."""
    return [_weighing(row) for row in tx.all(OF, order=order)]


def _weighing(row: AnyRow) -> Weighing:
    findings = tuple(map(_finding, row.findings))
    delay = None if row.delay is None else timedelta(seconds=row.delay)
    return Weighing(row.at, row.version, Verdict(Outcome(row.outcome), findings, row.score, delay))


def _packed(finding: Finding) -> dict[str, Any]:
    [why] = pack_texts([finding.why])
    about: dict[str, Any] = {"rule": finding.rule, "why": why, "weight": finding.weight}
    if finding.outcome:
        about["outcome"] = finding.outcome.value
    return about | ({"shadow": True} if finding.shadow else {})


def _finding(packed: dict[str, Any]) -> Finding:
    [why] = unpack_texts([packed["why"]])
    hard = Outcome(packed["outcome"]) if "outcome" in packed else None
    told = why if isinstance(why, Words) else Words("risk-rule-broken", {"rule": packed["rule"]})
    return Finding(packed["rule"], told, packed["weight"], hard, packed.get("shadow", False))


def reasons(findings: Sequence[Finding], most: int) -> list[Words]:
    """Why it is looked at, the strongest first: what is only shadowed and what speaks for the buyer is no reason.

    What several rules say in the same words of the same trail is said once.
    """
    against = [each for each in findings if not each.shadow and (each.weight > 0 or each.outcome)]
    strongest = sorted(against, key=lambda each: (each.outcome is None, -each.weight))
    said: dict[tuple[str, str], Words] = {}
    for each in strongest:
        said.setdefault((each.why.key, str(each.why.facts.get("by"))), each.why)
    return list(said.values())[:most]
