"""Rules that count: how much comes by one trail in a sliding window, and how many people are behind it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from core.ground.messages import Words, words
from core.ground.money import Money
from core.risk import Facts, Objection, Params, Past, Trail
from core.risk_history import LEAST, lately, newness, own, rising, settled, unproved, youth

HOUR = timedelta(hours=1)
# For how many hours somebody else by the same trail is company: what many share in life is told by the same day only.
COMPANY = {Trail.DEVICE: 168, Trail.PAYER: 720, Trail.EMAIL: 720, Trail.DESTINATION: 168, Trail.IP: 24}


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
    """More customers behind one trail than there should be; this order's counts. In full from `full` customers on. An
    unknown trail lowers nothing."""
    trail = facts.trail(by)
    if trail is None:
        return None
    hours = params["within_hours"]
    us = {past.customer for past in own(facts)}
    others = {past.customer for past in lately(trail, facts.at, timedelta(hours=hours))} - us
    if len(others) + 1 <= params["most"]:
        return None
    share = min((len(others) + 1 - params["most"]) / max(params["full"] - params["most"], 1), 1.0)
    return Objection(words("risk-crowd", by=words(f"trail-{by}"), n=len(others) + 1, span=span(hours)), share)


def new_in_company(facts: Facts, params: Params) -> Objection | None:
    """A new buyer, and other customers by the same trail shortly before: one hand with many accounts.

    By each trail's own parts of the weight, in a hundred; one other weighs half of them, two or more all, and less by
    the days since the buyer had something that ended well, until `known_days`. An address on the net counts for a day,
    a payer and an e-mail for a month, the others for a week. Unknown history is new; unknown trails are passed over.
    """
    new = newness(facts, params["known_days"])
    us = {past.customer for past in own(facts)}
    shares = {by: min(_others(facts, by, us) / 2, 1.0) * params[f"{by}_percent"] / 100 for by in COMPANY}
    worst = max(COMPANY, key=lambda by: shares[by])
    if new * shares[worst] < LEAST:
        return None
    n, hours = _others(facts, worst, us), COMPANY[worst]
    return Objection(words("risk-crowd", by=words(f"trail-{worst}"), n=n + 1, span=span(hours)), new * shares[worst])


def _others(facts: Facts, by: Trail, us: set[int]) -> int:
    within = timedelta(hours=COMPANY[by])
    return len({past.customer for past in lately(facts.trail(by) or (), facts.at, within)} - us)


def new_in_a_hurry(facts: Facts, params: Params) -> Objection | None:
    """A new buyer who paid for an order only just before and comes for the next: whoever has another's card, or will
    say that they never bought, takes what they can get. Nothing after `within_hours`. Unknown history: it isn't known
    that they bought before, and the other rules about new buyers speak."""
    paid = [past.at for past in own(facts) if past.paid_at]
    if not paid:
        return None
    ago = max((facts.at - max(paid)) / HOUR, 0.0)
    share = newness(facts, params["known_days"]) * (1.0 - rising(10 * ago + 1, 1, 10 * params["within_hours"]))
    return Objection(words("risk-in-a-hurry", n=len(paid) + 1), share) if share >= LEAST else None


def young_again(facts: Facts, params: Params) -> Objection | None:
    """An account not known for long that pays for one order after the other within the hours, on a rail whose payments
    the payer can take back for months: who means to deny them takes what they can get first, small ones to begin with.

    By all of it together, this order with it: from `above` on, in full from `full` on. An unknown age is young. Unknown
    history: it isn't known that they bought before, and the other rules about new buyers speak. In another currency
    the order counts as `full`.
    """
    hours = params["within_hours"]
    paid = [past for past in lately(own(facts), facts.at, timedelta(hours=hours)) if past.paid_at]
    if not paid or facts.rail not in params["rails"]:
        return None
    most: Money = params["full"]
    amount = _amount(facts, paid, most) if facts.total.currency == most.currency else most.amount
    share = youth(facts, params["young_days"]) * rising(amount, params["above"].amount, most.amount)
    about = {"n": len(paid) + 1, "amount": Money(amount, most.currency), "span": span(hours)}
    return Objection(words("risk-young-again", **about), share) if share >= LEAST else None


def little_at_stake(facts: Facts, params: Params) -> Objection | None:
    """What the buyer, and whoever had the same device, payer or e-mail, had within the hours is, with this order, so
    little that it is not worth keeping somebody waiting: with its weight below nothing it lowers the score, in full up
    to `full`, not at all from `below` on. Many little orders are much.

    Unknown history: nothing; nor in another currency.
    """
    if facts.trail(Trail.CUSTOMER) is None or facts.total.currency != params["below"].currency:
        return None
    hours = params["within_hours"]
    amount = unproved(facts, timedelta(hours=hours))
    share = 1.0 - rising(amount, params["full"].amount, params["below"].amount)
    about = {"amount": Money(amount, params["below"].currency), "span": span(hours)}
    return Objection(words("risk-little-at-stake", **about), share) if share >= LEAST else None


def exposure(facts: Facts, params: Params) -> Objection | None:
    """What the buyer, and whoever had the same device, payer or e-mail, paid for lately, this order with it, but for
    what came to nothing by our fault: more than `above`, in full from `full` on, in between by its magnitude.

    From it goes `times` as much as the buyer paid for and kept quietly for `settled_days`. Unknown trails are passed
    over, and unknown history makes no room. An order in another currency counts as `full`; one of before in a currency
    that can't be compared, as nothing.
    """
    within = span(params["within_hours"])
    if facts.total.currency != params["full"].currency:
        return Objection(words("risk-exposure", amount=facts.total, span=within))
    amount = unproved(facts, timedelta(hours=params["within_hours"]))
    room = params["times"] * settled(facts, params["settled_days"])
    share = rising(amount - room, params["above"].amount, params["full"].amount)
    if share < LEAST:
        return None
    return Objection(words("risk-exposure", amount=Money(amount, params["full"].currency), span=within), share)


def young_exposure(facts: Facts, params: Params) -> Objection | None:
    """Exposure of an account that the shop hasn't known for long: less and less of it in the last third of
    `young_days`. An unknown age is young."""
    found = exposure(facts, params)
    share = found.share * youth(facts, params["young_days"]) if found else 0.0
    return Objection(found.why, share) if found and share >= LEAST else None


def revocable(facts: Facts, params: Params) -> Objection | None:
    """Exposure on a rail whose payments the payer can take back for months. Not paid yet: not known, and no matter."""
    return exposure(facts, params) if facts.rail in params["rails"] else None


def unpaid_orders(facts: Facts, params: Params) -> Objection | None:
    """Orders were set aside and not paid, by the customer or by others on the same device: lapsed, or still open. Most
    of the weight at once, all of it from `full` on. What was called off held nothing any more, and is no matter.

    One of the customer's own is nobody's fault where it is not dearer, with this order, than `above`: a code not
    scanned in time, another number of pieces. Unknown: none.
    """
    hours = params["within_hours"]
    trails = [lately(facts.trail(by) or (), facts.at, timedelta(hours=hours)) for by in (Trail.CUSTOMER, Trail.DEVICE)]
    unpaid = {past.order: past for trail in trails for past in trail if past.left_unpaid}
    if not unpaid or _is_second_try(facts, [*unpaid.values()], params["above"]):
        return None
    more = min((len(unpaid) - 1) / max(params["full"] - 1, 1), 1.0)
    return Objection(words("risk-unpaid-orders", n=len(unpaid), span=span(hours)), 0.7 + 0.3 * more)


def _is_second_try(facts: Facts, unpaid: Sequence[Past], above: Money) -> bool:
    if len(unpaid) > 1 or unpaid[0] not in own(facts) or facts.total.currency != above.currency:
        return False
    return 0 < unpaid[0].worth <= above.amount - facts.total.amount  # 0: in another currency
