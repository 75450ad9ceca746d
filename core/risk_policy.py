"""A stand-in until the shop's own policy is there: a new buyer's high value is looked at."""

from __future__ import annotations

from datetime import timedelta

from core.ground.db import Tx
from core.ground.messages import words
from core.risk import Facts, Objection, Outcome, Params, Policy, Rule, Trail


def current(tx: Tx) -> Policy:
    rule = Rule("new-buyer-high-value", _dear, params={"above": tx.rules.review_above}, hard=Outcome.REVIEW)
    return Policy((rule,), 20, 50, 100, timedelta(minutes=30))


def _dear(facts: Facts, params: Params) -> Objection | None:
    above = params["above"]
    comparable = facts.total.currency == above.currency
    known = any(past.delivered_at for past in facts.trail(Trail.CUSTOMER) or ())
    dear = not comparable or facts.total.amount > above.amount
    return Objection(words("risk-new-buyer-high-value", limit=above)) if dear and not known else None
