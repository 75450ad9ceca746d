"""Rules that count: how much comes by one trail in a sliding window, and how many people are behind it. Pure."""

from __future__ import annotations

from datetime import timedelta

from core.ground.messages import Words, words
from core.ground.money import Money
from core.risk import Facts, Objection, Params, Past, Trail
from core.risk_history import lately, own


def span(hours: int) -> Words:
    """So many hours, in words; whole days as days."""
    days, rest = divmod(hours, 24)
    return words("risk-hours", n=hours) if rest or days < 2 else words("risk-days", n=days)


def limit(by: Trail, facts: Facts, params: Params) -> Objection | None:
    """More paid orders, money or different products by one trail than its window has room for; this order counts.

    One order alone is never too much: what it costs is for other rules. A limit of 0 is none. An unknown trail can't
    be counted, and lowers nothing; an order in another currency than the shop's counts as an order, its amount is for
    new-buyer-high-value.
    """
    trail = facts.trail(by)
    if trail is None:
        return None
    hours = params["within_hours"]
    paid = [past for past in lately(trail, facts.at, timedelta(hours=hours)) if past.paid_at]
    about = {"by": words(f"trail-{by}"), "span": span(hours)}
    most: Money = params["most_amount"]
    amount, products = _amount(facts, paid, most), len({facts.product, *(past.product for past in paid)})
    if 0 < params["most_orders"] < len(paid) + 1:
        return Objection(words("risk-limit-orders", n=len(paid) + 1, **about))
    if paid and 0 < most.amount < amount:
        return Objection(words("risk-limit-amount", amount=Money(amount, most.currency), **about))
    if 0 < params["most_products"] < products:
        return Objection(words("risk-limit-products", n=products, **about))
    return None


def _amount(facts: Facts, paid: list[Past], most: Money) -> int:
    this = facts.total.amount if facts.total.currency == most.currency else 0
    return sum(past.worth for past in paid) + this


def crowd(by: Trail, facts: Facts, params: Params) -> Objection | None:
    """More customers behind one trail than there should be; this order's counts. An unknown trail lowers nothing."""
    trail = facts.trail(by)
    if trail is None:
        return None
    hours = params["within_hours"]
    us = {past.customer for past in own(facts)}
    others = {past.customer for past in lately(trail, facts.at, timedelta(hours=hours))} - us
    if len(others) + 1 <= params["most"]:
        return None
    return Objection(words("risk-crowd", by=words(f"trail-{by}"), n=len(others) + 1, span=span(hours)))


def unpaid_orders(facts: Facts, params: Params) -> Objection | None:
    """The customer, or others on the same device, had many orders set aside that were never paid. Unknown: none."""
    hours = params["within_hours"]
    lapsed = max(
        sum(past.lapsed for past in lately(facts.trail(by) or (), facts.at, timedelta(hours=hours)))
        for by in (Trail.CUSTOMER, Trail.DEVICE)
    )
    return Objection(words("risk-unpaid-orders", n=lapsed, span=span(hours))) if lapsed > params["most"] else None
