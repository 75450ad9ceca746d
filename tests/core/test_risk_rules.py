"""Each rule of risk: when it speaks, when it doesn't, and what it makes of what nobody knows."""

from __future__ import annotations

import ast
import inspect
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import risk, risk_history, risk_limits, risk_rules
from core.ground.messages import words
from core.ground.money import Money
from core.risk import Facts, Listing, Outcome, Past, Resale, Trail, assess
from core.risk_history import is_new, standing
from core.risk_rules import RULES
from tests.core.riskfacts import DAY, HOUR, KNOWN, NOW, facts, found, only, past, policy, unpaid

# A case is what is known of the order, and lines of the rule's table if it isn't set as usual.
Case = tuple[Facts, str]


def case(text: str = "", **about: Any) -> Case:
    return facts(**about), text


def bad(days: float = 5, **changed: Any) -> Past:
    """An order that was disputed."""
    return past(days, disputed_at=NOW - days * DAY, **changed)


def back(days: float = 5, after: timedelta = 3 * DAY, **changed: Any) -> Past:
    """One whose money went back for the buyer's own reasons."""
    return past(days, refunded_at=NOW - days * DAY + after, **changed)


def many(number: int, days: float = 0.1, **changed: Any) -> tuple[Past, ...]:
    return tuple(past(days, order=each + 1, **changed) for each in range(number))


def others(number: int, days: float = 0.1, **changed: Any) -> tuple[Past, ...]:
    """Orders of so many other customers."""
    return tuple(past(days, order=100 + each, customer=100 + each, **changed) for each in range(number))


def listing(verdict: Any) -> tuple[Listing, ...]:
    return (Listing(verdict, "device", "resold codes"),)


DEVICE, PAYER, IP, EMAIL, TO = Trail.DEVICE, Trail.PAYER, Trail.IP, Trail.EMAIL, Trail.DESTINATION
SPEAKS: dict[str, list[Case]] = {
    "listed": [case(listings=listing("block")), case(listings=(*listing("allow"), *listing("block")))],
    "allowed": [case(listings=listing("allow"))],
    "history-unknown": [case(own=None)],
    "disputed-before": [case(own=[*KNOWN, bad(900)])],
    "fraud-warning": [case(marks=frozenset({"fraud_warning"}))],
    "rail-highest": [case(marks=frozenset({"highest", "other"}))],
    "country-review": [
        case('countries = ["kp"]', country="KP"),
        case('countries = ["KP"]', payer_country="kp", country="CN"),
        case("unknown = true"),
    ],
    "country-delay": [case('countries = ["US"]', country="US")],
    "new-buyer-high-value": [
        case(amount=20001, own=()),
        case(amount=20001, own=None),
        case(amount=20001, own=[bad()]),
        case(amount=20001, own=[back()]),
        case(amount=1, own=(), currency="USD"),
        case("known_orders = 9", amount=20001),
        case("known_days = 60", amount=20001),
        case('above = "0.5 x"', amount=10001, own=()),
        case('above = "12.00"', amount=1201, own=()),
    ],
    "far-above-usual": [case(amount=40000), case("times = 5", amount=25000)],
    "resale-young": [
        case(amount=5001, resale=Resale.HIGH, account_since=NOW - HOUR),
        case(amount=5001, resale=Resale.HIGH, account_since=None),
    ],
    "many-accounts": [case(accounts=4)],
    "limit-customer": [
        case(own=many(20)),
        case(own=many(10, worth=10000)),
        case("most_products = 2", own=[past(0.1, product=2), past(0.2, product=3)]),
        case("within_hours = 720\nmost_orders = 3", own=many(3, days=20)),
    ],
    "limit-device": [case(near={DEVICE: others(20)})],
    "limit-payer": [case(near={PAYER: others(20)})],
    "limit-email": [case(near={EMAIL: others(20)})],
    "limit-destination": [case(near={TO: others(20)})],
    "limit-ip": [case(near={IP: others(40)})],
    "crowd-device": [case(near={DEVICE: others(3)}), case(near={DEVICE: others(4)}, own=())],
    "crowd-payer": [case(near={PAYER: others(2)}), case(near={PAYER: others(2)}, own=None)],
    "crowd-email": [case(near={EMAIL: others(2)})],
    "crowd-destination": [case(near={TO: others(3)})],
    "crowd-ip": [case(near={IP: others(6)})],
    "new-in-company": [
        case(own=(), near={DEVICE: others(1)}),
        case(own=None, near={PAYER: others(1)}),
        case(own=many(3), near={IP: others(1)}),
    ],
    "new-in-a-hurry": [
        case(amount=10001, own=many(1, days=1)),
        case(amount=10001, own=None, near={DEVICE: others(1)}),
    ],
    "exposure": [
        case(amount=10001, own=()),
        case(amount=5000, own=many(2, days=3)),
        case(amount=5000, own=None, near={PAYER: others(2)}),
        case(amount=1, own=(), currency="USD"),
    ],
    "country-mismatch": [case(country="CN", payer_country="us")],
    "rail-elevated": [case(marks=frozenset({"elevated"}))],
    "rails-failed": [case(rails_failed=2)],
    "throw-away-email": [case(throw_away=True)],
    "destination-changes": [case(destinations=4)],
    "unpaid-orders": [
        case(own=[unpaid(order=each) for each in range(3)]),
        case(own=[past(0.1, order=each, paid_at=None, delivered_at=None) for each in range(3)]),  # still open
        case(near={DEVICE: [unpaid(order=each, customer=each) for each in range(4)]}),
    ],
    "too-fast": [case(pressed_within=timedelta(seconds=1.9)), case(pressed_within=timedelta(seconds=-1))],
    "night": [
        case(amount=10001, hour=1),
        case(amount=10001, hour=5),
        case("from_hour = 23", amount=10001, hour=23),
        case("from_hour = 23", amount=10001, hour=0),
    ],
    "refund-abuse": [
        case(own=[*KNOWN, *(back(order=each) for each in (5, 6, 7))]),
        case(own=[past(order=each, replaced=1) for each in range(3)]),
        case(own=[], near={DEVICE: [back(order=each, customer=7) for each in (5, 6, 7)]}),
    ],
    "rejected-before": [case(own=[past(rejected=True)])],
    "dropped-payment": [
        case(own=[back(order=1, after=HOUR), back(9, order=2, after=HOUR)]),
        case(late=True, own=[*KNOWN, back(order=9, after=HOUR)]),
        case(late=True, own=[unpaid(order=each) for each in range(3)]),
        case(late=True, own=(), near={PAYER: [unpaid(order=each) for each in range(3)]}),
        case(late=True, own=(), amount=10001),
        case(late=True, own=None, amount=10001),
    ],
    "bad-neighbours": [
        case(near={DEVICE: [bad(customer=7)]}),
        case(near={PAYER: [past(customer=7, rejected=True)]}),
        case(near={IP: [bad(customer=7)]}),
        case(near={EMAIL: [bad(customer=7)]}, own=None),
        case(near={TO: [bad(customer=7)]}, own=()),
    ],
    "reputation": [case(), case(own=[bad()]), case(own=[past(redeemed=True)])],
}
SILENT: dict[str, list[Case]] = {
    "listed": [case(), case(listings=listing("allow"))],
    "allowed": [case(), case(listings=listing("block"))],
    "history-unknown": [case(), case(own=())],
    "disputed-before": [case(), case(own=()), case(own=None)],
    "fraud-warning": [case(marks=None), case(marks=frozenset()), case(marks=frozenset({"elevated"}))],
    "rail-highest": [case(marks=None), case(marks=frozenset({"elevated"}))],
    "country-review": [case(country="KP"), case('countries = ["KP"]', country="CN"), case('countries = ["KP"]')],
    "country-delay": [case(country="US"), case("unknown = true", payer_country="CN")],
    "new-buyer-high-value": [
        case(amount=20000, own=()),
        case(amount=0, own=()),
        case(amount=20001),
        case(amount=1, currency="USD"),
        case("known_orders = 4\nknown_days = 30", amount=20001),
    ],
    "far-above-usual": [
        case(amount=39999),
        case(amount=20000),
        case(amount=40000, own=()),
        case(amount=40000, own=None),
        case(amount=40000, own=[past()]),
        case(amount=40000, own=[past(worth=0), past(worth=0)]),
    ],
    "resale-young": [
        case(amount=5000, resale=Resale.HIGH, account_since=None),
        case(amount=9000, resale=Resale.NORMAL, account_since=None),
        case(amount=9000, resale=Resale.HIGH, account_since=NOW - DAY),
    ],
    "many-accounts": [case(accounts=3)],
    "limit-customer": [
        case(own=many(19)),
        case(own=many(19, worth=5000)),
        case(own=many(30, days=1.1)),
        case(own=[unpaid(order=each) for each in range(30)]),
        case(own=None),
        case(own=(), amount=10**9),
        case("most_orders = 0\nmost_amount = '0'", own=many(99, worth=10**6)),
    ],
    "limit-device": [
        case(near={DEVICE: others(19, worth=1)}),
        case(near={DEVICE: many(29)}),
        case(),
        case(near={PAYER: many(20)}),
    ],
    "limit-payer": [case(near={PAYER: others(19, worth=1)}), case(near={PAYER: many(29)}), case()],
    "limit-email": [case(near={EMAIL: others(19, worth=1)}), case(near={EMAIL: many(29)}), case()],
    "limit-destination": [case(near={TO: others(19, worth=1)}), case(near={TO: many(29)}), case()],
    "limit-ip": [case(near={IP: others(39, worth=1)}), case(near={IP: many(49)}), case()],
    "crowd-device": [
        case(near={DEVICE: others(2)}),
        case(near={DEVICE: many(9)}),
        case(near={DEVICE: others(9, days=31)}),
        case(),
    ],
    "crowd-payer": [case(near={PAYER: others(1)}), case()],
    "crowd-email": [case(near={EMAIL: others(1)}), case()],
    "crowd-destination": [case(near={TO: others(2)}), case()],
    "crowd-ip": [case(near={IP: others(5)}), case(near={IP: others(9, days=2)}), case()],
    "new-in-company": [
        case(near={DEVICE: others(1)}),
        case(own=(), near={DEVICE: others(1, days=1.1)}),
        case(own=many(3), near={DEVICE: many(3)}),
        case("device_percent = 0", own=(), near={DEVICE: others(1)}),
        case(own=()),
    ],
    "new-in-a-hurry": [
        case(amount=10000, own=many(1, days=1)),
        case(amount=10001, own=many(1, days=2.1)),
        case(amount=10001, own=[unpaid()]),
        case(amount=10001, own=[*KNOWN, *many(1, days=1)]),
    ],
    "exposure": [
        case(amount=10000, own=()),
        case(amount=20000),
        case(amount=5000, own=many(9, days=7.5)),
        case(amount=5000, own=many(2, days=3, refunded_at=NOW, our_fault=True)),
    ],
    "country-mismatch": [
        case(country="CN", payer_country="cn"),
        case(country="CN"),
        case(payer_country="US"),
        case(),
    ],
    "rail-elevated": [case(marks=None), case(marks=frozenset({"highest"}))],
    "rails-failed": [case(rails_failed=1)],
    "throw-away-email": [case(throw_away=False), case(throw_away=None)],
    "destination-changes": [case(destinations=3)],
    "unpaid-orders": [
        case(own=[unpaid(order=each) for each in range(2)]),
        case(own=[unpaid(2, order=each) for each in range(9)]),
        case(own=None),
    ],
    "too-fast": [case(pressed_within=timedelta(seconds=2)), case(pressed_within=None)],
    "night": [
        case(amount=10000, hour=3),
        case(amount=10001, hour=6),
        case(amount=10001, hour=0),
        case("from_hour = 23", amount=10001, hour=22),
        case("from_hour = 6", amount=10001, hour=6),
    ],
    "refund-abuse": [
        case(own=[*KNOWN, back(order=5)]),
        case(own=[*many(20, days=9), *(back(order=each) for each in (31, 32, 33))]),
        case(own=[back(order=each, our_fault=True) for each in range(9)]),
        case(own=[back(200, order=each) for each in range(9)]),
        case(own=None),
    ],
    "rejected-before": [case(), case(own=[past(400, rejected=True)]), case(own=None)],
    "dropped-payment": [
        case(late=True),
        case(late=True, own=(), amount=10000),
        case(own=[*KNOWN, back(order=9, after=HOUR)]),
        case(late=True, own=[*KNOWN, back(order=9, after=30 * HOUR)]),
        case(own=[unpaid(order=each) for each in range(9)]),
        case(own=[back(order=each, after=HOUR, our_fault=True) for each in range(3)]),
    ],
    "bad-neighbours": [
        case(near={DEVICE: [bad(customer=1)]}),
        case(near={DEVICE: [past(customer=7)]}),
        case(near={DEVICE: [bad(400, customer=7)]}),
        case(),
    ],
    "reputation": [case(own=()), case(own=None), case(own=[past(0)]), case(own=[past(4000)])],
}


@pytest.mark.parametrize(("name", "at"), [(name, at) for name, cases in SPEAKS.items() for at in range(len(cases))])
def test_a_rule_speaks(name, at):
    about, text = SPEAKS[name][at]
    assert found(name, about, text)


@pytest.mark.parametrize(("name", "at"), [(name, at) for name, cases in SILENT.items() for at in range(len(cases))])
def test_a_rule_is_silent(name, at):
    about, text = SILENT[name][at]
    assert found(name, about, text) is None


def test_every_rule_is_tried_both_ways_and_has_a_name_of_its_own():
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)
    assert set(names) == SPEAKS.keys() == SILENT.keys()


# What they say, and how strongly


def test_the_reason_is_told_in_a_sentence():
    [finding] = assess(facts(90000, own=()), only("new-buyer-high-value")).findings
    assert finding.why == words("risk-new-buyer-high-value", limit=Money(20000, "CNY"))
    assert found("night", facts(90000, hour=3)) == risk.Finding("night", words("risk-night", hour=3), 5)


@pytest.mark.parametrize(
    ("name", "about", "outcome"),
    [
        ("listed", facts(listings=listing("block")), Outcome.REFUSE),
        ("disputed-before", facts(own=[bad()]), Outcome.REVIEW),
        ("history-unknown", facts(own=None), Outcome.REVIEW),
        ("fraud-warning", facts(marks=frozenset({"fraud_warning"})), Outcome.REVIEW),
        ("rail-highest", facts(marks=frozenset({"highest"})), Outcome.REVIEW),
        ("new-buyer-high-value", facts(20001, own=()), Outcome.REVIEW),
        ("limit-payer", facts(near={PAYER: many(20)}), Outcome.REVIEW),
        ("crowd-device", facts(near={DEVICE: others(3)}), Outcome.DELAY),
        ("night", facts(10001, hour=3), Outcome.PASS),
    ],
)
def test_what_one_rule_alone_leads_to_by_the_standard(name, about, outcome):
    assert assess(about, only(name)).outcome is outcome


def test_an_address_on_the_net_weighs_less_than_a_device():
    by_ip = found("bad-neighbours", facts(near={IP: [bad(customer=7), bad(customer=8)]}))
    by_device = found("bad-neighbours", facts(near={IP: [bad(customer=7)] * 9, DEVICE: [bad(customer=7)]}))
    assert by_ip and by_device
    assert (by_ip.weight, by_device.weight) == (20, 50)


# Reputation


REPUTATION = next(rule for rule in policy().rules if rule.name == "reputation").params


def stands(*orders: Past) -> float:
    return round(standing(orders, NOW, REPUTATION), 2)


def test_a_reputation_grows_with_good_orders_and_falls_with_bad_ones():
    good = past(14)
    assert stands() == 0
    assert 0 < stands(good) < stands(good, good) < stands(good, past(14, redeemed=True))
    for worse in (back(14), past(14, rejected=True), bad(14)):
        assert stands(good, worse) < stands(good)
    assert stands(bad(14)) < stands(past(14, rejected=True)) < stands(back(14)) < 0


def test_what_went_back_by_the_shops_fault_counts_for_nobody():
    assert stands(past(14, refunded_at=NOW, our_fault=True)) == 0


def test_a_reputation_is_half_as_much_after_half_a_year():
    assert stands(past(194)) == pytest.approx(stands(past(14)) / 2, abs=0.01)
    assert stands(bad(190)) == pytest.approx(stands(bad(10)) / 2, abs=0.03)


def test_an_order_of_today_proves_nothing_yet():
    assert stands(past(0)) == 0
    assert stands(past(7)) == pytest.approx(0.5, abs=0.03)


def test_a_good_reputation_lowers_the_score_and_a_bad_one_raises_it_by_the_weight_at_most():
    def weighs(*orders: Past) -> int:
        finding = found("reputation", facts(own=orders))
        return finding.weight if finding else 0

    assert weighs(*many(50, days=20)) == -30
    assert weighs(*[bad(order=each) for each in range(9)]) == 30
    assert -30 < weighs(past(20)) < 0 < weighs(back(20, order=2)) < 30


def test_an_unknown_reputation_is_a_new_buyers():
    dear = facts(20001, own=None)
    assert is_new(dear)
    assert assess(dear, only("new-buyer-high-value", "reputation")).score == 50
    assert assess(facts(20001, own=many(9, days=30)), only("new-buyer-high-value", "reputation")).score == -30


# Whatever the facts


def pasts() -> st.SearchStrategy[Past]:
    moments = st.datetimes(NOW.replace(year=2020, tzinfo=None), NOW.replace(year=2030, tzinfo=None))
    moment = moments.map(lambda at: at.replace(tzinfo=NOW.tzinfo))
    amount, maybe = st.integers(0, 2**63 - 1), st.none() | moment
    return st.builds(
        Past, st.integers(0, 50), st.integers(0, 9), moment, amount, st.integers(0, 99), st.integers(0, 9),
        paid_at=maybe, lapsed=st.booleans(), delivered_at=maybe, refunded_at=maybe, our_fault=st.booleans(),
        disputed_at=maybe, replaced=st.integers(0, 99), redeemed=st.booleans(), rejected=st.booleans(),
    )  # fmt: skip


def any_facts() -> st.SearchStrategy[Facts]:
    text, country = st.text(max_size=4), st.none() | st.sampled_from(["", "CN", "us", "KP"])
    money = st.builds(Money, st.integers(0, 2**63 - 1), st.sampled_from(["CNY", "USD", "XTR"]))
    listings = st.builds(Listing, st.sampled_from(["block", "allow"]), text, text)
    spans = st.timedeltas(timedelta(days=-9), timedelta(days=999))
    return st.builds(
        Facts, money, at=st.just(NOW), placed_at=st.just(NOW), product=st.integers(0, 9), units=st.integers(0, 99),
        chat=text, locale=text, rail=st.none() | text, resale=st.sampled_from(Resale), scarce=st.booleans(),
        hour=st.integers(0, 23), late=st.booleans(), account_since=st.none() | spans.map(lambda span: NOW - span),
        accounts=st.integers(0, 99), country=country, payer_country=country,
        marks=st.none() | st.frozensets(st.sampled_from(["elevated", "highest", "fraud_warning", "?"])),
        throw_away=st.none() | st.booleans(),
        trails=st.dictionaries(st.sampled_from(Trail), st.none() | st.lists(pasts(), max_size=6)),
        destinations=st.integers(0, 99), rails_failed=st.integers(0, 99), pressed_within=st.none() | spans,
        listings=st.lists(listings, max_size=3).map(tuple),
    )  # fmt: skip


@settings(deadline=None, max_examples=200)
@given(any_facts(), st.sampled_from(["lax", "standard", "strict"]))
def test_no_rule_breaks_on_any_facts(about, preset):
    verdict = assess(about, policy(f'preset = "{preset}"'))
    assert not [finding for finding in verdict.findings if finding.why.key == "risk-rule-broken"]


@settings(deadline=None, max_examples=100)
@given(any_facts(), st.sampled_from(["lax", "standard", "strict"]))
def test_nothing_that_is_not_known_lowers_a_score(about, preset):
    """But the two that speak for somebody, which need what is known to speak."""
    bare = Facts(about.total, NOW, NOW, about.product, about.units, about.chat, about.locale, None)
    verdict = assess(bare, policy(f'preset = "{preset}"'))
    assert all(finding.weight >= 0 and finding.rule != "allowed" for finding in verdict.findings)
    assert verdict.outcome is not Outcome.PASS  # nothing was gathered


# Purity


PURE = (risk, risk_rules, risk_limits, risk_history)
IMPURE = {
    "time",
    "random",
    "secrets",
    "os",
    "uuid",
    "socket",
    "http",
    "urllib",
    "asyncio",
    "sqlalchemy",
    "httpx",
    "ssl",
}


def reaches(module: ModuleType) -> set[str]:
    """What a module imports, and what of it asks for the time."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        match node:
            case ast.Import(names=names):
                found |= {name.name.partition(".")[0] for name in names}
            case ast.ImportFrom(module=str(name)):
                found.add(name if name.startswith("core") else name.partition(".")[0])
            case ast.Attribute(attr="now" | "utcnow" | "today" as name):
                found.add(name)
    return found


@pytest.mark.parametrize("module", PURE, ids=lambda module: module.__name__)
def test_no_rule_reads_the_clock_the_network_or_chance(module):
    reached = reaches(module)
    assert not reached & {*IMPURE, "now", "utcnow", "today"}
    ours = {name for name in reached if name.startswith("core")}
    allowed = {"core.ground.messages", "core.ground.money", *(each.__name__ for each in PURE)}
    assert ours <= allowed


def test_what_is_impure_is_noticed():
    from core import review

    assert reaches(review) & {*IMPURE, "now"}


def test_every_judge_stands_in_a_pure_module():
    for rule in RULES:
        judge: Any = getattr(rule.judge, "func", rule.judge)
        assert judge.__module__ in {module.__name__ for module in PURE}
        assert judge.__doc__, f"{rule.name} doesn't say what it means"
