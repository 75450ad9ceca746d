"""Rules about what a buyer, and whoever is near them, did before. Pure: facts and parameters in, an objection out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from core.ground.messages import words
from core.ground.money import Money
from core.risk import Facts, Objection, Params, Past, Trail

DAY = timedelta(days=1)
NEAR = (Trail.DEVICE, Trail.PAYER, Trail.EMAIL, Trail.DESTINATION, Trail.IP)
DISPUTED, REJECTED, WENT_BACK = -5.0, -3.0, -1.5  # what an order does to a standing, in good orders
WEEK, MONTH = 7, 30  # days
LEAST = 0.1  # of a rule's weight: less is not worth a word
REDEEMED = 0.5  # besides the one for being delivered


def own(facts: Facts) -> Sequence[Past]:
    """The customer's orders of before; of somebody we can't look up, none: they are as new as anybody."""
    return facts.trail(Trail.CUSTOMER) or ()


def is_bad(past: Past) -> bool:
    """Disputed, taken for a fraud, rejected by a person, or refunded for the buyer's own reasons."""
    return _is_fraud(past) or _went_back(past)


def _is_fraud(past: Past) -> bool:
    return bool(past.disputed_at or past.suspected_at or past.rejected)


def _went_back(past: Past) -> bool:
    return past.refunded_at is not None and not past.our_fault


def is_new(facts: Facts, orders: int = 1, days: int = 0) -> bool:
    """Whether fewer than so many orders that ended well were delivered so many days ago. Unknown is new."""
    return len(_kept(facts, days)) < max(orders, 1)


def newness(facts: Facts, days: int) -> float:
    """1 for whoever has nothing yet that ended well, none for whoever had such an order delivered `days` ago or more;
    evenly in between. Unknown is new."""
    well = [past.delivered_at for past in own(facts) if past.delivered_at and not is_bad(past)]
    return max(1.0 - _days(facts.at - min(well)) / max(days, 1), 0.0) if well else 1.0


def youth(facts: Facts, days: int) -> float:
    """1 for an account we have known for less than two thirds of so many days, none from all of them on; evenly in
    between. An unknown age is young."""
    if facts.account_since is None:
        return 1.0
    known = _days(facts.at - facts.account_since) / max(days, 1)
    return min(max(3.0 * (1.0 - known), 0.0), 1.0)


def rising(value: float, above: float, full: float) -> float:
    """How far a value has come from `above`, where it is nothing, to `full`, where it is 1: by its magnitude, so that
    twice as much is the same step everywhere."""
    if value <= above:
        return 0.0
    low = max(above, 1.0)
    return min(math.log(max(value / low, 1.0)) / math.log(max(full / low, 1.01)), 1.0)


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
    disputed = sum(bool(past.disputed_at or past.suspected_at) for past in own(facts))
    return Objection(words("risk-disputed-before", n=disputed)) if disputed else None


def rejected_before(facts: Facts, params: Params) -> Objection | None:
    """A person of the shop rejected an order of this customer. Unknown history: history-unknown says so."""
    rejected = sum(past.rejected for past in lately(own(facts), facts.at, params["within_days"] * DAY))
    return Objection(words("risk-rejected-before", n=rejected)) if rejected else None


def near(facts: Facts) -> list[Past]:
    """The orders of the customer, and of whoever had the same device, payer or e-mail; each once."""
    trails = [facts.trail(by) or () for by in (Trail.CUSTOMER, Trail.DEVICE, Trail.PAYER, Trail.EMAIL)]
    return list({past.order: past for trail in trails for past in trail}.values())


def unproved(facts: Facts, within: timedelta) -> int:
    """What the customer, and whoever is near, paid for in that time, this order with it; but for orders of which
    nothing was handed over, and that is no fault of theirs."""
    paid = [past for past in lately(near(facts), facts.at, within) if past.paid_at]
    return facts.total.amount + sum(past.worth for past in paid if past.delivered_at or not past.our_fault)


def settled(facts: Facts, days: int) -> int:
    """What the customer paid for and has kept quietly for so many days."""
    return sum(past.worth for past in _kept(facts, days))


def _kept(facts: Facts, days: int) -> list[Past]:
    until = facts.at - days * DAY
    return [past for past in own(facts) if past.delivered_at and past.delivered_at <= until and not is_bad(past)]


def refund_abuse(facts: Facts, params: Params) -> Objection | None:
    """Too many codes were replaced or paid back, for reasons that are not the shop's, of the customer and of whoever
    had the same device, payer or e-mail: who has worn out one account comes back with another.

    From the second such order on, in full from `full` orders and so many in a hundred units on, with fewer of either
    by parts. Unknown history: history-unknown says so; other unknown trails are passed over.
    """
    paid = [past for past in lately(near(facts), facts.at, params["within_days"] * DAY) if past.paid_at]
    claims = sum(min(past.replaced + (past.units if _went_back(past) else 0), max(past.units, 1)) for past in paid)
    orders = sum(1 for past in paid if past.replaced or _went_back(past))
    percent = 100 * claims / max(sum(past.units for past in paid), 1)
    again = min(max(orders - 1, 0) / max(params["full"] - 1, 1), 1.0)
    share = again * min(percent / max(params["full_percent"], 1), 1.0)
    if share < LEAST:
        return None
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
    """What was paid for within days, this order with it, is many times what this customer usually takes and has kept
    quietly: whoever holds an account may not be who built it up, or has built it up for this.

    On a rail whose payments the payer can take back only: elsewhere it is gone for good. From `times` on, in full from
    `full_times`. The usual is at least `least`, so that one cheap order is no measure;
    what was quietly kept for a month weighs against it, up to `trusted`. Nothing bought before: the rules about new
    buyers speak. What is in another currency can't be compared.
    """
    paid = [past for past in own(facts) if past.paid_at]
    if not paid or facts.rail not in params["rails"] or facts.total.currency != params["least"].currency:
        return None
    kept = [past.worth for past in _kept(facts, WEEK)]
    usual = max(sum(kept) / max(len(kept), 1), params["least"].amount, 1)
    times = unproved(facts, params["within_days"] * DAY) / usual
    trust = min(settled(facts, MONTH) / max(params["trusted"].amount, 1), 1.0)
    share = rising(times, params["times"], params["full_times"]) * (1.0 - trust)
    return Objection(words("risk-far-above-usual", n=round(times)), share) if share >= LEAST else None


def bad_neighbours(facts: Facts, params: Params) -> Objection | None:
    """Orders of other customers on the same device, payer, e-mail, destination or address went wrong.

    An address on the net has many behind it: it weighs only so many in a hundred. Unknown trails are passed over.
    """
    us = {past.customer for past in own(facts)}
    found: dict[Trail, int] = {}
    for by in NEAR:
        near = lately(facts.trail(by) or (), facts.at, params["within_days"] * DAY)
        found[by] = sum(1 for past in near if past.customer not in us and _is_fraud(past))
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
    if past.disputed_at or past.suspected_at:
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
    raises it. By at most the weight either way, and what is hard stays.

    A good one goes as far as its money does: half of it is for `times` as much as was kept quietly for `settled_days`,
    over what was paid for in the last week, half for `trusted` kept for a month. Three cheap orders say nothing of ten
    dear ones. A bad one counts in full from `full` orders on. Unknown history: a new buyer's, which is none.
    """
    stands = standing(own(facts), facts.at, params)
    if stands <= 0:
        share = max(stands / max(params["full"], 1), -1.0)
    else:
        reach = params["times"] * settled(facts, params["settled_days"]) / max(unproved(facts, WEEK * DAY), 1)
        trust = settled(facts, MONTH) / max(params["trusted"].amount, 1)
        share = min(stands, 1.0) * (min(reach, 1.0) + min(trust, 1.0)) / 2
    if abs(share) < LEAST / 2:
        return None
    return Objection(words("risk-reputation-good" if share > 0 else "risk-reputation-bad"), share)


def known_address(facts: Facts, params: Params) -> Objection | None:
    """An account not known for long, at an address from which others have bought before and kept it quietly for
    `settled_days`: a family, a hostel. With its weight below nothing it lowers the score, in full from `full` orders
    on; not that of an order dearer than `above`. Unknown: nothing."""
    if is_over(facts, params["above"]):
        return None
    us, until = {past.customer for past in own(facts)}, facts.at - params["settled_days"] * DAY
    good = sum(
        1
        for past in facts.trail(Trail.IP) or ()
        if past.customer not in us and past.delivered_at and past.delivered_at < until and not is_bad(past)
    )
    share = youth(facts, params["young_days"]) * min(good / max(params["full"], 1), 1.0)
    return Objection(words("risk-known-address", n=good), share) if share >= LEAST else None
