"""Rules that count: how much comes by one trail in a sliding window, and how many people are behind it. Pure."""

from __future__ import annotations

from datetime import timedelta

from core.ground.messages import Words, words
from core.ground.money import Money
from core.risk import Facts, Objection, Params, Past, Trail
from core.risk_history import is_new, is_over, lately, near, own, settled, unproved

COMPANY = (Trail.DEVICE, Trail.PAYER, Trail.EMAIL, Trail.DESTINATION, Trail.IP)


def span(hours: int) -> Words:
    """So many hours, in words; whole days as days."""
    days, rest = divmod(hours, 24)
    return words("risk-hours", n=hours) if rest or days < 2 else words("risk-days", n=days)


def limit(by: Trail, facts: Facts, params: Params) -> Objection | None:
    """More paid orders, money or different products by one trail than its window has room for; this order counts.

    One order alone is never too much: what it costs is for other rules. A limit of 0 is none. An unknown trail can't
    be counted, and lowers nothing; an order in another currency than the shop's counts as an order, its amount is for
    new-buyer-high-value. Where all that came by a trail is this customer's, it is for limit-customer alone to speak.
    """
    trail = facts.trail(by)
    if trail is None:
        return None
    hours = params["within_hours"]
    paid = [past for past in lately(trail, facts.at, timedelta(hours=hours)) if past.paid_at]
    if by is not Trail.CUSTOMER and {past.customer for past in paid} <= {past.customer for past in own(facts)}:
        return None
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


def new_in_company(facts: Facts, params: Params) -> Objection | None:
    """A new buyer, and another customer by the same trail shortly before: one hand with many accounts.

    By each trail's own parts of the weight, in a hundred. New is who has had nothing that ended well `known_days` ago
    or more; unknown history is new. Unknown trails are passed over.
    """
    if not is_new(facts, 1, params["known_days"]):
        return None
    hours = params["within_hours"]
    us = {past.customer for past in own(facts)}
    found = {by: _others(facts, by, hours, us) for by in COMPANY if params[f"{by}_percent"]}
    worst = max((by for by in found if found[by]), key=lambda by: params[f"{by}_percent"], default=None)
    if worst is None:
        return None
    why = words("risk-crowd", by=words(f"trail-{worst}"), n=found[worst] + 1, span=span(hours))
    return Objection(why, params[f"{worst}_percent"] / 100)


def _others(facts: Facts, by: Trail, hours: int, us: set[int]) -> int:
    return len({past.customer for past in lately(facts.trail(by) or (), facts.at, timedelta(hours=hours))} - us)


def new_in_a_hurry(facts: Facts, params: Params) -> Objection | None:
    """A new buyer who has paid for one order already, or whoever had the same device or payer has, and comes for the
    next within hours: whoever has another's card, or will say that they never bought, takes what they can get.

    Only an order of more than `above`. Unknown trails are passed over; unknown history is new.
    """
    if not is_new(facts, 1, params["known_days"]) or not is_over(facts, params["above"]):
        return None
    hours = params["within_hours"]
    paid = sum(past.paid_at is not None for past in lately(near(facts), facts.at, timedelta(hours=hours)))
    if not paid:
        return None
    return Objection(words("risk-limit-orders", by=words("trail-customer"), n=paid + 1, span=span(hours)))


def exposure(facts: Facts, params: Params) -> Objection | None:
    """What the buyer, and whoever had the same device or payer, had lately and has not shown to be good: with this
    order more than `from`, in full from `full` on, evenly in between.

    What the buyer paid for and kept quietly for `settled_days` makes room for as much again. Unknown trails are passed
    over, and unknown history makes no room. In another currency the order counts as `full`.
    """
    full: Money = params["full"]
    if facts.total.currency != full.currency:
        return Objection(words("risk-exposure", amount=facts.total, span=span(24 * params["within_days"])))
    amount = unproved(facts, params["within_days"])
    over = amount - settled(facts, params["settled_days"]) - params["above"].amount
    room = max(full.amount - params["above"].amount, 1)
    if over <= 0:
        return None
    why = words("risk-exposure", amount=Money(amount, full.currency), span=span(24 * params["within_days"]))
    return Objection(why, min(over / room, 1.0))


def unpaid_orders(facts: Facts, params: Params) -> Objection | None:
    """The customer, or others on the same device, had many orders set aside that were not paid: lapsed, called off, or
    still open. In full from one more than `most` on, half at `most`. Unknown: none."""
    hours, most = params["within_hours"], params["most"]
    unpaid = max(
        sum(past.paid_at is None for past in lately(facts.trail(by) or (), facts.at, timedelta(hours=hours)))
        for by in (Trail.CUSTOMER, Trail.DEVICE)
    )
    if unpaid < max(most, 1):
        return None
    return Objection(words("risk-unpaid-orders", n=unpaid, span=span(hours)), 1.0 if unpaid > most else 0.5)
