"""Every rule of the shop, with its weight and how it is set where nobody says otherwise. Pure.

A rule sees facts and its parameters, and says what it has against the order, or nothing. It reads no clock, no network
and no chance. What a rule doesn't know it never takes for harmless: each says what unknown means to it.
Amounts are written as "200.00", in the shop's currency, or as "2.5 x": so many times `review_above` of mika.toml. In
a policy they are Money. How to write one more: docs/how-to/write-a-risk-rule.md.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from core.ground.messages import Words, words
from core.risk import ALLOWED, Facts, Judge, Listing, Objection, Outcome, Params, Resale, Rule, Trail
from core.risk_history import (
    LEAST,
    bad_neighbours,
    disputed_before,
    dropped_payment,
    far_above_usual,
    history_unknown,
    is_new,
    is_over,
    known_address,
    newness,
    refund_abuse,
    rejected_before,
    reputation,
    rising,
    youth,
)
from core.risk_limits import (
    crowd,
    exposure,
    limit,
    little_at_stake,
    new_in_a_hurry,
    new_in_company,
    revocable,
    unpaid_orders,
    young_again,
    young_exposure,
)

HOUR = timedelta(hours=1)
REVOCABLE = ("stripe",)  # cards: the payer's bank takes a payment back for months after it was made
EXPOSED = {"times": 1, "settled_days": 7}
LISTED = ("customer", "ip", "device", "payer", "email", "destination", "domain", "country")

# Lists


def listed(facts: Facts, params: Params) -> Objection | None:
    """The shop blocks this customer, device, payer, e-mail or address. Unknown: what isn't known is on no list."""
    return _on_list(facts, "block", "risk-listed")


def allowed(facts: Facts, params: Params) -> Objection | None:
    """The shop lets this one pass whatever the score; what is hard still counts. Unknown: nobody is let pass by it."""
    return _on_list(facts, "allow", "risk-allowed")


def _on_list(facts: Facts, verdict: str, sentence: str) -> Objection | None:
    found = next((listing for listing in facts.listings if listing.verdict == verdict), None)
    if found is None:
        return None
    return Objection(Words(sentence, {"what": _kind(found), "text": found.why}))


def _kind(listing: Listing) -> Words | str:
    return words(f"listed-{listing.kind}") if listing.kind in LISTED else listing.kind


# New buyers


def new_buyer_high_value(facts: Facts, params: Params) -> Objection | None:
    """Dearer than `above`, from a buyer to whom we have delivered less than `known_orders`, `known_days` ago or more.

    An unknown history is a new buyer's. An amount in another currency can't be compared: it is looked at.
    """
    if not is_over(facts, params["above"]) or not is_new(facts, params["known_orders"], params["known_days"]):
        return None
    return Objection(words("risk-new-buyer-high-value", limit=params["above"]))


def young_bulk(facts: Facts, params: Params) -> Objection | None:
    """Several pieces of the same for an account not known for long: half the weight for two, all of it from `full`."""
    share = youth(facts, params["young_days"]) * (0.5 + 0.5 * rising(facts.units, 2, params["full"]))
    if facts.units < 2 or share < LEAST:
        return None
    return Objection(words("risk-young-bulk", n=facts.units), share)


def resale_young(facts: Facts, params: Params) -> Objection | None:
    """What is easily turned into money, bought by an account not known for long. An unknown age is young."""
    share = youth(facts, params["young_days"])
    if facts.resale is not Resale.HIGH or not is_over(facts, params["above"]) or share < LEAST:
        return None
    return Objection(words("risk-resale-young"), share)


def young_account(facts: Facts, params: Params) -> Objection | None:
    """An account we have known for minutes, from a buyer without a history: nothing from `old_hours` on. An unknown
    age is young."""
    hours = (facts.at - facts.account_since) / HOUR if facts.account_since else 0.0
    share = newness(facts, params["known_days"]) * (1.0 - rising(hours + 0.3, 0.3, params["old_hours"]))
    return Objection(words("risk-young-account"), share) if share >= LEAST else None


def many_accounts(facts: Facts, params: Params) -> Objection | None:
    """More accounts are linked to one customer than a person has chats. What isn't linked is not known here."""
    return Objection(words("risk-many-accounts", n=facts.accounts)) if facts.accounts > params["most"] else None


# Where from


def country_listed(facts: Facts, params: Params) -> Objection | None:
    """The address or the payer is in a country on the list. Unknown is not on it, unless `unknown` says so."""
    listed_here = {country.upper() for country in params["countries"]}
    known = [country.upper() for country in (facts.country, facts.payer_country) if country]
    found = next((country for country in known if country in listed_here), None)
    if found:
        return Objection(words("risk-country-listed", country=found))
    return Objection(words("risk-country-unknown")) if params["unknown"] and not known else None


def country_mismatch(facts: Facts, params: Params) -> Objection | None:
    """The payer's country is another than the address's. Unknown, either of them: can't be told, and lowers nothing."""
    payer, here = facts.payer_country, facts.country
    if not payer or not here or payer.upper() == here.upper():
        return None
    return Objection(words("risk-country-mismatch", payer=payer.upper(), country=here.upper()))


# How it was paid


def rail_elevated(facts: Facts, params: Params) -> Objection | None:
    """The rail itself sees more risk than usual in the payment. Unknown: the rail says nothing, nothing is lowered."""
    return _marked(facts, "elevated", words("risk-rail-elevated"))


def rail_highest(facts: Facts, params: Params) -> Objection | None:
    """The rail sees the highest risk it has a word for. Unknown: as with rail-elevated."""
    return _marked(facts, "highest", words("risk-rail-highest"))


def fraud_warning(facts: Facts, params: Params) -> Objection | None:
    """The payer's bank has warned that its customer doesn't know this payment. Unknown: as with rail-elevated."""
    return _marked(facts, "fraud_warning", words("risk-fraud-warning"))


def _marked(facts: Facts, mark: str, why: Words) -> Objection | None:
    return Objection(why) if facts.marks and mark in facts.marks else None


def rails_failed(facts: Facts, params: Params) -> Objection | None:
    """Payments came to nothing within an hour: cards are being tried. In full from `full` rails on. What nobody saw
    is 0."""
    failed = facts.rails_failed
    return (
        Objection(words("risk-rails-failed", n=failed), min(failed / max(params["full"], 1), 1.0)) if failed else None
    )


# How they act


def throw_away_email(facts: Facts, params: Params) -> Objection | None:
    """The e-mail is of a kind that is thrown away. Unknown: there is none, which most honest orders have."""
    return Objection(words("risk-throw-away-email")) if facts.throw_away else None


def destination_changes(facts: Facts, params: Params) -> Objection | None:
    """Top-ups for ever other accounts within a day. Of a customer we know nothing about it is this one."""
    many = facts.destinations
    return Objection(words("risk-destination-changes", n=many)) if many > params["most"] else None


def too_fast(facts: Facts, params: Params) -> Objection | None:
    """From the first look to the order in less time than a person takes. Unknown: can't be told, lowers nothing; nor
    can it in a chat where lines are typed ahead (`but_in`)."""
    told = None if facts.chat in params["but_in"] else facts.pressed_within
    if told is None or told >= timedelta(seconds=params["seconds"]):
        return None
    return Objection(words("risk-too-fast", n=max(int(told.total_seconds()), 0)))


def night(facts: Facts, params: Params) -> Objection | None:
    """Dear, and at hours when the shop's buyers sleep. Hours may pass midnight: from 23 to 5."""
    begin, end = params["from_hour"], params["until_hour"]
    inside = begin <= facts.hour < end if begin <= end else facts.hour >= begin or facts.hour < end
    return Objection(words("risk-night", hour=facts.hour)) if inside and is_over(facts, params["above"]) else None


def _limit(name: str, by: Trail, weight: int, orders: int, amount: str) -> Rule:
    params = {"within_hours": 24, "most_orders": orders, "most_amount": amount, "most_products": 0}
    return Rule(f"limit-{name}", partial(limit, by), weight, params)


def _crowd(name: str, by: Trail, weight: int, hours: int, most: int, full: int) -> Rule:
    return Rule(f"crowd-{name}", partial(crowd, by), weight, {"within_hours": hours, "most": most, "full": full})


def _hard(name: str, judge: Judge, outcome: Outcome, weight: int = 0, **params: object) -> Rule:
    return Rule(name, judge, weight, params, outcome)


RULES: tuple[Rule, ...] = (
    _hard("listed", listed, Outcome.REFUSE),
    Rule(ALLOWED, allowed),
    _hard("history-unknown", history_unknown, Outcome.REVIEW),
    _hard("disputed-before", disputed_before, Outcome.REVIEW),
    _hard("fraud-warning", fraud_warning, Outcome.REVIEW, 60),
    _hard("rail-highest", rail_highest, Outcome.REVIEW, 50),
    _hard("country-review", country_listed, Outcome.REVIEW, countries=(), unknown=False),
    _hard("country-delay", country_listed, Outcome.DELAY, countries=(), unknown=False),
    Rule("new-buyer-high-value", new_buyer_high_value, 60, {"above": "1 x", "known_orders": 1, "known_days": 0}),
    Rule("young-bulk", young_bulk, 28, {"full": 6, "young_days": 30}),
    Rule("resale-young", resale_young, 14, {"above": "0", "young_days": 30}),
    Rule("young-account", young_account, 20, {"old_hours": 96, "known_days": 14}),
    Rule(
        "far-above-usual",
        far_above_usual,
        6,
        {"times": 2, "full_times": 20, "within_days": 3, "least": "0.03 x", "trusted": "0.3 x", "rails": REVOCABLE},
    ),
    Rule("many-accounts", many_accounts, 10, {"most": 3}),
    _limit("customer", Trail.CUSTOMER, 15, 20, "1 x"),
    _limit("device", Trail.DEVICE, 18, 20, "1 x"),
    _limit("payer", Trail.PAYER, 18, 20, "1 x"),
    _limit("email", Trail.EMAIL, 18, 20, "1 x"),
    _limit("destination", Trail.DESTINATION, 18, 20, "1 x"),
    _limit("ip", Trail.IP, 1, 40, "2 x"),
    _crowd("device", Trail.DEVICE, 11, 720, 3, 6),
    _crowd("payer", Trail.PAYER, 77, 8760, 1, 3),
    _crowd("email", Trail.EMAIL, 18, 8760, 1, 3),
    _crowd("destination", Trail.DESTINATION, 61, 2160, 1, 2),
    _crowd("ip", Trail.IP, 5, 24, 12, 24),
    Rule(
        "new-in-company",
        new_in_company,
        63,
        {
            "known_days": 14,
            "device_percent": 60,
            "payer_percent": 100,
            "email_percent": 70,
            "destination_percent": 100,
            "ip_percent": 30,
        },
    ),
    Rule("new-in-a-hurry", new_in_a_hurry, 15, {"within_hours": 24, "known_days": 14}),
    Rule(
        "young-again",
        young_again,
        19,
        {"within_hours": 24, "above": "0.1 x", "full": "0.6 x", "young_days": 30, "rails": REVOCABLE},
    ),
    Rule(
        "young-exposure",
        young_exposure,
        4,
        {"within_hours": 72, "times": 0, "settled_days": 7, "above": "0.06 x", "full": "1.2 x", "young_days": 30},
    ),
    Rule("exposure", exposure, 4, {"within_hours": 24, **EXPOSED, "above": "0.06 x", "full": "1.5 x"}),
    Rule(
        "revocable",
        revocable,
        17,
        {"within_hours": 72, **EXPOSED, "above": "0.06 x", "full": "1.2 x", "rails": REVOCABLE},
    ),
    Rule(
        "revocable-weeks",
        revocable,
        2,
        {"within_hours": 336, **EXPOSED, "above": "0.1 x", "full": "2 x", "rails": REVOCABLE},
    ),
    Rule("country-mismatch", country_mismatch, 7),
    Rule("rail-elevated", rail_elevated, 32),
    Rule("rails-failed", rails_failed, 18, {"full": 2}),
    Rule("throw-away-email", throw_away_email, 31),
    Rule("destination-changes", destination_changes, 2, {"most": 3}),
    Rule("unpaid-orders", unpaid_orders, 37, {"within_hours": 24, "full": 4, "above": "0.25 x"}),
    Rule("too-fast", too_fast, 25, {"seconds": 2, "but_in": ("terminal",)}),
    Rule("night", night, 7, {"from_hour": 1, "until_hour": 6, "above": "0.1 x"}),
    Rule("refund-abuse", refund_abuse, 91, {"within_days": 180, "full": 3, "full_percent": 40}),
    Rule("rejected-before", rejected_before, 19, {"within_days": 365}),
    Rule(
        "dropped-payment",
        dropped_payment,
        31,
        {"within_days": 60, "gap_hours": 24, "least": 2, "least_lapsed": 3, "above": "0.1 x"},
    ),
    Rule("bad-neighbours", bad_neighbours, 50, {"within_days": 365, "ip_percent": 30}),
    Rule(
        "reputation", reputation, -52, {"full": 5, "settled_days": 14, "half_days": 180, "times": 2, "trusted": "0.4 x"}
    ),
    Rule("known-address", known_address, -83, {"full": 3, "settled_days": 14, "young_days": 30, "above": "1 x"}),
    Rule("little-at-stake", little_at_stake, -23, {"within_hours": 24, "full": "0.04 x", "below": "0.11 x"}),
)
