"""Facts for rules of risk: an ordinary order of somebody the shop knows, and what is otherwise about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from core import risk_policy
from core.ground.money import Money
from core.ground.rules import Rules
from core.risk import Facts, Finding, Mode, Past, Policy, Trail, assess

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SHOP = Rules(review_above=Money(100000, "CNY"))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def policy(text: str = "") -> Policy:
    return risk_policy.read(text, SHOP)


def past(days: float = 30, **changed: Any) -> Past:
    """An order of 50.00 so many days ago, paid and delivered at once, unless told otherwise."""
    at = NOW - timedelta(days=days)
    usual: dict[str, Any] = {
        "order": 1,
        "customer": 1,
        "at": at,
        "worth": 5000,
        "units": 1,
        "product": 1,
        "paid_at": at,
        "delivered_at": at,
    }
    return Past(**(usual | changed))


def unpaid(days: float = 0.1, **changed: Any) -> Past:
    return past(days, paid_at=None, delivered_at=None, lapsed=True, **changed)


KNOWN = tuple(past(30 + number, order=number) for number in range(4))


def facts(amount: int = 5000, *, own: Any = KNOWN, near: Any = None, currency: str = "CNY", **changed: Any) -> Facts:
    """`own`: the customer's orders before; `near`: other trails."""
    usual: dict[str, Any] = {
        "total": Money(amount, currency),
        "at": NOW,
        "product": 1,
        "units": 1,
        "chat": "telegram",
        "rail": "sandbox",
        "account_since": NOW - 100 * DAY,
        "trails": {Trail.CUSTOMER: own, **(near or {})},
    }
    return Facts(**(usual | changed))


def found(name: str, about: Facts, settings: str = "") -> Finding | None:
    """What that one rule says, set as the standard is but for `settings`: lines of its table."""
    text = f"[rules.{name}]\n{settings}\n" if settings else ""
    verdict = assess(about, policy(text))
    return next((finding for finding in verdict.findings if finding.rule == name), None)


def only(*names: str, text: str = "") -> Policy:
    """A policy in which just these rules are on."""
    made = policy(text)
    rules = tuple(rule for rule in made.rules if rule.name in names and rule.mode is not Mode.OFF)
    return Policy(rules, made.delay_at, made.review_at, made.refuse_at, made.delay)
