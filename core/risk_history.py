"""Rules about what a buyer, and whoever is near them, did before. Pure: facts and parameters in, an objection out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from core.ground.messages import words
from core.ground.money import Money
from core.risk import Facts, Objection, Params, Past, Trail

DAY = timedelta(days=1)
NEAR = (Trail.DEVICE, Trail.PAYER, Trail.EMAIL, Trail.DESTINATION, Trail.IP)
DISPUTED, REJECTED, WENT_BACK = -5.0, -3.0, -1.5  # what an order does to a standing, in good orders
WEEK = 7  # days
REDEEMED = 0.5  # besides the one for being delivered


def own(facts: Facts) -> Sequence[Past]:
    """The customer's orders of before; of somebody we can't look up, none: they are as new as anybody."""
    return facts.trail(Trail.CUSTOMER) or ()


def is_bad(past: Past) -> bool:
    """Disputed, rejected by a person, or refunded for the buyer's own reasons."""
    return bool(past.disputed_at or past.rejected or _went_back(past))


def _went_back(past: Past) -> bool:
    return past.refunded_at is not None and not past.our_fault


def is_new(facts: Facts, orders: int = 1, days: int = 0) -> bool:
    """Whether fewer than so many orders that ended well were delivered so many days ago. Unknown is new."""
    until = facts.at - days * DAY
    well = [past for past in own(facts) if past.delivered_at and past.delivered_at <= until and not is_bad(past)]
    return len(well) < max(orders, 1)


def lately(trail: Iterable[Past], at: datetime, within: timedelta) -> list[Past]:
    """The orders placed in the time before."""
    return [past for past in trail if past.at > at - within]


def history_unknown(facts: Facts, params: Params) -> Objection | None:
    """What the customer bought before could not be found out. It is this very unknown that is objected to."""
    return Objection(words("risk-history-unknown")) if facts.trail(Trail.CUSTOMER) is None else None


def disputed_before(facts: Facts, params: Params) -> Objection | None:
    """A payment of this customer was taken back by the payer's bank, or is about to be. However long ago.

    Unknown history: history-unknown says so.
    """
    disputed = sum(past.disputed_at is not None for past in own(facts))
    return Objection(words("risk-disputed-before", n=disputed)) if disputed else None


def rejected_before(facts: Facts, params: Params) -> Objection | None:
    """A person of the shop rejected an order of this customer. Unknown history: history-unknown says so."""
    rejected = sum(past.rejected for past in lately(own(facts), facts.at, params["within_days"] * DAY))
    return Objection(words("risk-rejected-before", n=rejected)) if rejected else None


def near(facts: Facts) -> list[Past]:
    """The orders of the customer, and of whoever had the same device or payer; each once."""
    trails = [facts.trail(by) or () for by in (Trail.CUSTOMER, Trail.DEVICE, Trail.PAYER)]
    return list({past.order: past for trail in trails for past in trail}.values())


def unproved(facts: Facts, days: int) -> int:
    """What the customer, and whoever had the same device or payer, paid for in those days, this order with it."""
    had = lately(near(facts), facts.at, days * DAY)
    return facts.total.amount + sum(
        past.worth for past in had if past.paid_at and not (past.refunded_at and past.our_fault)
    )


def settled(facts: Facts, days: int) -> int:
    """What the customer paid for and has kept quietly for so many days."""
    until = facts.at - days * DAY
    kept = (past for past in own(facts) if past.delivered_at and past.delivered_at <= until and not is_bad(past))
    return sum(past.worth for past in kept)


def refund_abuse(facts: Facts, params: Params) -> Objection | None:
    """Too many codes were replaced or paid back, for reasons that are not the shop's, of the customer and of whoever
    had the same device or payer: who has worn out one account comes back with another.

    At least so many orders, and so many in a hundred units. One order less weighs half. Unknown history:
    history-unknown says so; other unknown trails are passed over.
    """
    paid = [past for past in lately(near(facts), facts.at, params["within_days"] * DAY) if past.paid_at]
    claims = sum(min(past.replaced + (past.units if _went_back(past) else 0), max(past.units, 1)) for past in paid)
    orders = sum(1 for past in paid if past.replaced or _went_back(past))
    units = sum(past.units for past in paid)
    if orders < max(params["least"] - 1, 1) or claims * 100 < params["percent"] * units:
        return None
    share = 1.0 if orders >= params["least"] else 0.5
    return Objection(words("risk-refund-abuse", n=orders, orders=len(paid)), share)


def dropped_payment(facts: Facts, params: Params) -> Objection | None:
    """The trick of the late notice: paid after the hold, or left to lapse, claimed, and taken back in the gap.

    Orders of the same customer, device and payer count. A first order that is paid late weighs half, where it is
    dear. Unknown trails are passed over: nobody's score falls by them.
    """
    past = lately(near(facts), facts.at, params["within_days"] * DAY)
    gap = timedelta(hours=params["gap_hours"])
    taken_back = sum(1 for each in past if _in_the_gap(each, gap))
    lapsed = sum(1 for each in past if each.lapsed)
    if taken_back >= params["least"] or (facts.late and (taken_back or lapsed >= params["least_lapsed"])):
        return Objection(words("risk-dropped-payment", n=taken_back, lapsed=lapsed))
    if facts.late and is_new(facts) and is_over(facts, params["above"]):
        return Objection(words("risk-late-and-new"), 0.5)
    return None


def _in_the_gap(past: Past, gap: timedelta) -> bool:
    if past.refunded_at is None or past.our_fault:
        return False
    return past.refunded_at - (past.paid_at or past.at) <= gap


def is_over(facts: Facts, limit: Money) -> bool:
    """Whether the order is dearer than this. What is in another currency can't be compared: it counts as dearer."""
    return facts.total.currency != limit.currency or facts.total.amount > limit.amount


def far_above_usual(facts: Facts, params: Params) -> Objection | None:
    """So many times what this customer usually pays: whoever holds an account may not be who built it up.

    Unknown history, and one too short to show what is usual: the rules about new buyers speak.
    """
    if not is_over(facts, params["above"]):
        return None
    paid = sorted(past.worth for past in own(facts) if past.paid_at and past.worth > 0)
    if len(paid) < max(params["least_orders"], 1):
        return None
    usual = paid[len(paid) // 2]
    times = facts.total.amount // usual
    return Objection(words("risk-far-above-usual", n=times)) if times >= params["times"] else None


def bad_neighbours(facts: Facts, params: Params) -> Objection | None:
    """Orders of other customers on the same device, payer, e-mail, destination or address went wrong.

    An address on the net has many behind it: it weighs only so many in a hundred. Unknown trails are passed over.
    """
    us = {past.customer for past in own(facts)}
    found: dict[Trail, int] = {}
    for by in NEAR:
        near = lately(facts.trail(by) or (), facts.at, params["within_days"] * DAY)
        found[by] = sum(1 for past in near if past.customer not in us and (past.disputed_at or past.rejected))
    worst = max((by for by in NEAR if found[by]), key=lambda by: (by is not Trail.IP, found[by]), default=None)
    if worst is None:
        return None
    share = params["ip_percent"] / 100 if worst is Trail.IP else 1.0
    return Objection(words("risk-bad-neighbours", by=words(f"trail-{worst}"), n=found[worst]), share)


def standing(trail: Iterable[Past], at: datetime, params: Params) -> float:
    """What a customer's orders say of them, in good orders of today: below nothing for somebody who was bad.

    An order that was delivered and is not disputed counts fully after `settled_days`, and more if its code was
    redeemed; disputes, rejections and refunds for the buyer's own reasons count against. Each by half less every
    `half_days`.
    """
    return sum(_points(past, at, params["settled_days"]) * _left(past, at, params["half_days"]) for past in trail)


def _points(past: Past, at: datetime, settled_days: int) -> float:
    if past.disputed_at:
        return DISPUTED
    if past.rejected:
        return REJECTED
    if past.refunded_at:
        return 0.0 if past.our_fault else WENT_BACK
    if past.delivered_at is None:
        return 0.0
    ripe = min(_days(at - past.delivered_at) / max(settled_days, 1), 1.0)
    return ripe * (1.0 + (REDEEMED if past.redeemed else 0.0))


def _left(past: Past, at: datetime, half_days: int) -> float:
    last = past.disputed_at or past.refunded_at or past.delivered_at or past.at
    return 0.5 ** (_days(at - last) / max(half_days, 1))


def _days(span: timedelta) -> float:
    return max(span / DAY, 0.0)


def reputation(facts: Facts, params: Params) -> Objection | None:
    """What the customer has shown before: with its weight below nothing, a good one lowers the score, a bad one
    raises it. By at most the weight either way, from `full` good orders on, and what is hard stays.

    A good one lowers it only as far as its money goes: for `times` as much as was kept quietly for `settled_days`, over
    what was had in the last week. Three cheap orders say nothing of ten dear ones.
    Unknown history: a new buyer's, which is none.
    """
    share = max(-1.0, min(standing(own(facts), facts.at, params) / max(params["full"], 1), 1.0))
    if share > 0:
        reach = params["times"] * settled(facts, params["settled_days"])
        share *= min(reach / max(unproved(facts, WEEK), 1), 1.0)
    if abs(share) < 0.05:
        return None
    return Objection(words("risk-reputation-good" if share > 0 else "risk-reputation-bad"), share)
