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

from core import listings, risk, risk_facts, risk_history, risk_limits, risk_rules
from core.ground.messages import words
from core.ground.money import Money
from core.risk import Facts, Listing, Outcome, Past, Resale, Rule, Trail, assess
from core.risk_history import LEAST, is_new, newness, rising, standing, youth
from core.risk_rules import RULES
from tests.core.riskfacts import DAY, HOUR, KNOWN, NOW, facts, found, only, past, policy, unpaid

pytestmark = pytest.mark.standard_rules

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


def usual(name: str, text: str = "") -> Rule:
    """A rule as the standard sets it, but for these lines of its table."""
    return next(rule for rule in policy(f"[rules.{name}]\n{text}").rules if rule.name == name)


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
        case(amount=100001, own=()),
        case(amount=100001, own=None),
        case(amount=100001, own=[bad()]),
        case(amount=100001, own=[back()]),
        case(amount=1, own=(), currency="USD"),
        case("known_days = 60", amount=100001),
        case("known_orders = 5", amount=100001),
        case("known_orders = 2\nknown_days = 33", amount=100001),
        case('above = "0.2 x"', amount=20001, own=()),
        case('above = "12.00"', amount=1201, own=()),
    ],
    "young-bulk": [
        case(units=2, account_since=NOW - HOUR),
        case(units=2, account_since=None),
        case(units=99, account_since=NOW - 25 * DAY),
        case("young_days = 200", units=2),
    ],
    "far-above-usual": [
        case(amount=40000, rail="stripe"),
        case(amount=40000, own=[past()], rail="stripe"),
        case('trusted = "200 x"', amount=20000, rail="stripe"),
        case(amount=20000, own=[*KNOWN, *many(5, worth=20000)], rail="stripe"),
        case('least = "1.00"', amount=1000, own=[past(10, worth=0)], rail="stripe"),
        case('rails = ["sandbox"]', amount=40000),
    ],
    "resale-young": [
        case(resale=Resale.HIGH, account_since=NOW - HOUR),
        case(resale=Resale.HIGH, account_since=None),
        case(amount=1, currency="USD", resale=Resale.HIGH, account_since=None),
        case('above = "50.00"', amount=5001, resale=Resale.HIGH, account_since=None),
        case("young_days = 200", resale=Resale.HIGH),
    ],
    "young-account": [
        case(own=(), account_since=NOW),
        case(own=(), account_since=NOW - HOUR),
        case(own=None, account_since=None),
        case(own=many(1), account_since=NOW - HOUR),
        case("old_hours = 9999", own=()),
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
    "crowd-device": [
        case("most = 2", near={DEVICE: others(2)}),
        case("most = 2", near={DEVICE: others(2)}, own=()),
        case("most = 2", near={DEVICE: others(2)}, own=None),
    ],
    "crowd-payer": [
        case("most = 2", near={PAYER: others(2)}),
        case("most = 2", near={PAYER: others(2)}, own=()),
        case("most = 2", near={PAYER: others(2)}, own=None),
    ],
    "crowd-email": [
        case("most = 2", near={EMAIL: others(2)}),
        case("most = 2", near={EMAIL: others(2)}, own=()),
        case("most = 2", near={EMAIL: others(2)}, own=None),
    ],
    "crowd-destination": [
        case("most = 2", near={TO: others(2)}),
        case("most = 2", near={TO: others(2)}, own=()),
        case("most = 2", near={TO: others(2)}, own=None),
    ],
    "crowd-ip": [
        case("most = 2", near={IP: others(2)}),
        case("most = 2", near={IP: others(2)}, own=()),
        case("most = 2", near={IP: others(2)}, own=None),
    ],
    "new-in-company": [
        case(own=(), near={DEVICE: others(1)}),
        case(own=None, near={PAYER: others(1)}),
        case(own=many(3), near={IP: others(1)}),
    ],
    "new-in-a-hurry": [case(own=many(1)), case(own=[bad(0.1)]), case("within_hours = 99", own=many(1, days=1))],
    "exposure": [
        case(amount=20001, own=()),
        case(amount=5000, own=many(3, days=0.5)),
        case(amount=5000, own=many(3, days=0.5, refunded_at=NOW, our_fault=True)),  # of a part: the rest was had
        case(amount=5000, own=None, near={PAYER: others(3)}),
        case("within_hours = 96", amount=5000, own=many(3, days=3)),
        case(amount=1, own=(), currency="USD"),
    ],
    "young-again": [
        case(amount=10000, own=many(1), account_since=NOW, rail="stripe"),
        case(amount=20001, own=many(3), account_since=None, rail="stripe"),
        case(amount=10000, own=[*KNOWN, *many(1)], account_since=None, rail="stripe"),
        case("within_hours = 72", amount=10001, own=many(1, days=2), account_since=None, rail="stripe"),
        case(amount=1, currency="USD", own=many(1), account_since=None, rail="stripe"),
    ],
    "young-exposure": [
        case(amount=20001, account_since=NOW),
        case(amount=20001, account_since=None),
        case(amount=5000, own=many(3, days=2), account_since=None),
        case(amount=1, currency="USD", account_since=None),
    ],
    "revocable": [
        case(amount=20001, own=(), rail="stripe"),
        case(amount=5000, own=many(3, days=2), rail="stripe"),
        case('rails = ["sandbox"]', amount=20001, own=None),
        case(amount=1, currency="USD", rail="stripe"),
    ],
    "revocable-weeks": [
        case(amount=20001, own=(), rail="stripe"),
        case("times = 0", amount=5000, own=many(4, days=13), rail="stripe"),
    ],
    "country-mismatch": [case(country="CN", payer_country="us")],
    "rail-elevated": [case(marks=frozenset({"elevated"}))],
    "rails-failed": [case(rails_failed=1), case(rails_failed=9)],
    "throw-away-email": [case(throw_away=True)],
    "destination-changes": [case(destinations=4)],
    "unpaid-orders": [
        case('above = "0"', own=[unpaid()]),
        case(own=[unpaid(order=each) for each in range(2)]),
        case(own=[unpaid(worth=20001)]),
        case(own=[unpaid(worth=0)]),  # in another currency
        case(own=[unpaid()], currency="USD"),
        case(own=[unpaid()], near={DEVICE: [unpaid(order=7, customer=7)]}),
        case(near={DEVICE: [unpaid(order=7, customer=7)]}),
        case(own=[past(0.1, order=each, paid_at=None, delivered_at=None) for each in range(3)]),  # still open
        case(near={DEVICE: [unpaid(order=each, customer=each) for each in range(4)]}),
        case(own=None, near={DEVICE: [unpaid(order=each, customer=each) for each in range(4)]}),
    ],
    "too-fast": [case(pressed_within=timedelta(seconds=1.9)), case(pressed_within=timedelta(seconds=-1))],
    "night": [
        case(amount=10001, hour=1),
        case(amount=10001, hour=5),
        case(amount=1, currency="USD", hour=5),
        case("from_hour = 23", amount=10001, hour=23),
        case("from_hour = 23", amount=10001, hour=0),
    ],
    "refund-abuse": [
        case(own=[*KNOWN, *(back(order=each) for each in (5, 6, 7))]),
        case(own=[back(order=each) for each in (5, 6)]),
        case(own=[past(order=each, replaced=1) for each in range(3)]),
        case(own=[], near={DEVICE: [back(order=each, customer=7) for each in (5, 6, 7)]}),
        case(own=None, near={PAYER: [back(order=each, customer=7) for each in (5, 6, 7)]}),
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
    "known-address": [
        case(near={IP: others(3, days=20)}, account_since=None),
        case(near={IP: others(1, days=20)}, account_since=NOW - HOUR, own=None),
        case("settled_days = 2", near={IP: others(3, days=3)}, account_since=NOW, own=()),
    ],
    "little-at-stake": [
        case(amount=1),
        case(amount=4000, own=()),
        case(amount=2000, own=many(1, days=0.9)),
        case(amount=5000, near={DEVICE: others(9, days=1.1)}),
    ],
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
        case(amount=100000, own=()),
        case('above = "0.2 x"', amount=20000, own=()),
        case(amount=0, own=()),
        case(amount=100001),
        case(amount=100001, own=[past(0)]),
        case(amount=1, currency="USD"),
        case("known_orders = 4\nknown_days = 30", amount=100001),
    ],
    "young-bulk": [
        case(units=1, account_since=None),
        case(units=99),
        case(units=99, account_since=NOW - 30 * DAY),
    ],
    "far-above-usual": [
        case("times = 2", amount=10000, rail="stripe"),
        case(amount=40000),
        case(amount=40000, rail=None),
        case(amount=40000, own=(), rail="stripe"),
        case(amount=40000, own=None, rail="stripe"),
        case(amount=40000, own=[unpaid()], rail="stripe"),
        case(amount=10**9, currency="USD", rail="stripe"),
        case('trusted = "0.2 x"', amount=10**9, rail="stripe"),
        case('times = 2\nleast = "0.2 x"', amount=40000, own=[past(worth=0), past(worth=0)], rail="stripe"),
    ],
    "resale-young": [
        case('above = "50.00"', amount=5000, resale=Resale.HIGH, account_since=None),
        case(resale=Resale.NORMAL, account_since=None),
        case(resale=Resale.HIGH, account_since=NOW - 30 * DAY),
        case(amount=0, resale=Resale.HIGH, account_since=None),
    ],
    "young-account": [
        case(own=()),
        case(own=None),
        case(account_since=None),
        case("old_hours = 24", own=(), account_since=NOW - DAY),
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
        case("most = 2", near={DEVICE: others(1)}),
        case("most = 2", near={DEVICE: many(9)}),
        case("most = 2\nwithin_hours = 24", near={DEVICE: others(9, days=1.1)}),
        case("most = 2", near={DEVICE: None}),
        case(),
    ],
    "crowd-payer": [
        case("most = 2", near={PAYER: others(1)}),
        case("most = 2", near={PAYER: many(9)}),
        case("most = 2\nwithin_hours = 24", near={PAYER: others(9, days=1.1)}),
        case("most = 2", near={PAYER: None}),
        case(),
    ],
    "crowd-email": [
        case("most = 2", near={EMAIL: others(1)}),
        case("most = 2", near={EMAIL: many(9)}),
        case("most = 2\nwithin_hours = 24", near={EMAIL: others(9, days=1.1)}),
        case("most = 2", near={EMAIL: None}),
        case(),
    ],
    "crowd-destination": [
        case("most = 2", near={TO: others(1)}),
        case("most = 2", near={TO: many(9)}),
        case("most = 2\nwithin_hours = 24", near={TO: others(9, days=1.1)}),
        case("most = 2", near={TO: None}),
        case(),
    ],
    "crowd-ip": [
        case("most = 2", near={IP: others(1)}),
        case("most = 2", near={IP: many(9)}),
        case("most = 2\nwithin_hours = 24", near={IP: others(9, days=1.1)}),
        case("most = 2", near={IP: None}),
        case(),
    ],
    "new-in-company": [
        case(near={DEVICE: others(1)}),
        case(own=(), near={DEVICE: others(1, days=7.1)}),
        case(own=(), near={PAYER: others(1, days=30.1)}),
        case(own=(), near={IP: others(9, days=1.1)}),
        case(own=many(3), near={DEVICE: many(3)}),
        case("device_percent = 0", own=(), near={DEVICE: others(1)}),
        case(own=()),
    ],
    "new-in-a-hurry": [
        case(own=()),
        case(own=None),  # who is not known to have bought is in no hurry: the other rules about new buyers speak
        case("within_hours = 24", own=many(1, days=1)),
        case(own=[unpaid()]),
        case(own=[*KNOWN, *many(1)]),
    ],
    "exposure": [
        case('above = "0.2 x"', amount=20000, own=()),
        case(amount=20000),
        case(amount=5000, own=many(9, days=7.5)),
        case(amount=5000, own=many(9, days=3)),
        case(amount=5000, own=many(9, delivered_at=None, refunded_at=NOW, our_fault=True)),
        case(amount=5000, own=[unpaid(order=each) for each in range(9)]),
    ],
    "young-again": [
        case(amount=20001, own=many(1), account_since=NOW - 30 * DAY, rail="stripe"),
        case(amount=20001, own=many(1), account_since=NOW),  # not by card
        case(amount=20001, own=many(1), account_since=NOW, rail=None),
        case(amount=20001, own=many(1, days=1), account_since=NOW, rail="stripe"),
        case(amount=20001, own=[unpaid()], account_since=NOW, rail="stripe"),
        case(amount=5000, own=many(1), account_since=NOW, rail="stripe"),
        case(amount=20001, own=(), account_since=NOW, rail="stripe"),
        case(amount=20001, own=None, account_since=None, rail="stripe"),
    ],
    "young-exposure": [
        case(amount=10**9),
        case(amount=10**9, account_since=NOW - 30 * DAY),
        case('above = "0.2 x"', amount=20000, account_since=None),
        case("times = 1", amount=20000, account_since=None),
    ],
    "revocable": [
        case(amount=20001, own=()),
        case(amount=20001, own=(), rail=None),
        case(amount=20000, rail="stripe"),
        case('rails = ["paypal"]', amount=20001, own=(), rail="stripe"),
    ],
    "revocable-weeks": [
        case(amount=20001, own=()),
        case(amount=20001, own=(), rail=None),
        case("times = 1", amount=5000, own=many(4, days=13), rail="stripe"),
    ],
    "country-mismatch": [
        case(country="CN", payer_country="cn"),
        case(country="CN"),
        case(payer_country="US"),
        case(),
    ],
    "rail-elevated": [case(marks=None), case(marks=frozenset({"highest"}))],
    "rails-failed": [case(rails_failed=0)],
    "throw-away-email": [case(throw_away=False), case(throw_away=None)],
    "destination-changes": [case(destinations=3)],
    "unpaid-orders": [
        case(),
        case(own=[unpaid(worth=20000)]),
        case(own=[unpaid(order=each, worth=90000, called_off=True) for each in range(9)]),
        case(own=[past(0.001, paid_at=None, delivered_at=None)]),  # still open
        case("within_hours = 24", own=[unpaid(2, order=each) for each in range(9)]),
        case(own=None),
    ],
    "too-fast": [
        case(pressed_within=timedelta(seconds=2)),
        case(pressed_within=None),
        case(pressed_within=timedelta(0), chat="terminal"),
    ],
    "night": [
        case('above = "0.1 x"', amount=10000, hour=3),
        case(amount=10001, hour=6),
        case(amount=10001, hour=0),
        case("from_hour = 23", amount=10001, hour=22),
        case("from_hour = 6", amount=10001, hour=6),
    ],
    "refund-abuse": [
        case(own=[*KNOWN, back(order=5)]),
        case(own=[*many(30, days=9), *(back(order=each) for each in (31, 32))]),
        case(own=[back(order=each, our_fault=True) for each in range(9)]),
        case("within_days = 180", own=[back(200, order=each) for each in range(9)]),
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
    "reputation": [case(own=()), case(own=None), case(own=[past(0)])],
    "known-address": [
        case(near={IP: others(9, days=20)}),
        case(near={IP: others(9, days=20)}, account_since=NOW - 30 * DAY),
        case(near={IP: others(9, days=5)}, account_since=None),
        case(near={IP: many(9, days=20)}, own=many(9, days=20), account_since=None),
        case(near={IP: [bad(20, customer=7), back(20, customer=8)]}, account_since=None),
        case(near={DEVICE: others(9, days=20)}, account_since=None),
        case(near={IP: None}, account_since=None),
        case(amount=100001, near={IP: others(9, days=20)}, account_since=None),
    ],
    "little-at-stake": [
        case(amount=11000),
        case(amount=1000, own=many(2)),  # many little orders are much
        case(amount=1000, own=(), near={DEVICE: others(2)}),
        case(amount=1, own=None),
        case(amount=1, currency="USD"),
    ],
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
    [finding] = assess(facts(100001, own=()), only("new-buyer-high-value")).findings
    assert finding.why == words("risk-new-buyer-high-value", limit=usual("new-buyer-high-value").params["above"])
    weight = usual("night").weight
    assert found("night", facts(90000, hour=3)) == risk.Finding("night", words("risk-night", hour=3), weight)


@pytest.mark.parametrize(
    ("name", "about", "outcome"),
    [
        ("listed", facts(listings=listing("block")), Outcome.REFUSE),
        ("disputed-before", facts(own=[bad()]), Outcome.REVIEW),
        ("history-unknown", facts(own=None), Outcome.REVIEW),
        ("fraud-warning", facts(marks=frozenset({"fraud_warning"})), Outcome.REVIEW),
        ("rail-highest", facts(marks=frozenset({"highest"})), Outcome.REVIEW),
    ],
)
def test_what_a_hard_rule_alone_leads_to_by_the_standard(name, about, outcome):
    assert assess(about, only(name)).outcome is outcome


@pytest.mark.parametrize("name", [name for name in SPEAKS if not usual(name).hard])
def test_no_other_rule_alone_refuses_anybody(name):
    for about, text in SPEAKS[name]:
        assert assess(about, only(name, text=f"[rules.{name}]\n{text}")).outcome is not Outcome.REFUSE


# How much of their weight: nothing, half, all

FROM_100_TO_400 = 'above = "100.00"\nfull = "400.00"'
LASTS = "half_days = 3650\n"
HALF_NEW, HALF_YOUNG = [past(7)], NOW - 25 * DAY  # of 14 days; of 30, in whose last third youth goes
SHARES: list[tuple[str, Case, float]] = [
    ("new-buyer-high-value", case(amount=100001, own=()), 1),
    ("new-buyer-high-value", case("known_days = 14", amount=100001, own=HALF_NEW), 1),
    ("young-bulk", case("full = 8", units=2, account_since=NOW), 0.5),
    ("young-bulk", case("full = 8", units=4, account_since=NOW), 0.75),
    ("young-bulk", case("full = 8", units=8, account_since=None), 1),
    ("young-bulk", case("full = 8\nyoung_days = 30", units=99, account_since=HALF_YOUNG), 0.5),
    ("resale-young", case("young_days = 30", resale=Resale.HIGH, account_since=HALF_YOUNG), 0.5),
    ("resale-young", case(resale=Resale.HIGH, account_since=None), 1),
    ("young-account", case("old_hours = 100", own=(), account_since=NOW - 9.7 * HOUR), 0.5),
    ("young-account", case(own=None, account_since=None), 1),
    ("young-account", case("known_days = 14", own=HALF_NEW, account_since=None), 0.5),
    ("far-above-usual", case("times = 2\nfull_times = 8", amount=20000, own=[past(20)], rail="stripe"), 0.5),
    ("far-above-usual", case("times = 2\nfull_times = 8", amount=40000, own=[past(20)], rail="stripe"), 1),
    ("far-above-usual", case('trusted = "0.1 x"', amount=10**9, own=[past(40)], rail="stripe"), 0.5),
    *((f"crowd-{by}", case("most = 2\nfull = 6", near={by: others(3)}), 0.5) for by in (DEVICE, PAYER, EMAIL, TO, IP)),
    ("crowd-ip", case("most = 2\nfull = 6", near={IP: others(5)}), 1),
    ("crowd-ip", case("most = 2\nfull = 6", near={IP: others(99)}), 1),
    ("new-in-company", case("payer_percent = 100", own=(), near={PAYER: others(1)}), 0.5),
    ("new-in-company", case("payer_percent = 100", own=None, near={PAYER: others(2)}), 1),
    ("new-in-company", case("device_percent = 50", own=(), near={DEVICE: others(9)}), 0.5),
    ("new-in-company", case("payer_percent = 100\nknown_days = 14", own=HALF_NEW, near={PAYER: others(9)}), 0.5),
    ("new-in-a-hurry", case("within_hours = 10\nknown_days = 3650", own=[past(0.9 / 24)]), 0.5),
    ("new-in-a-hurry", case(own=[past(0)]), 1),
    ("exposure", case(FROM_100_TO_400, amount=20000, own=()), 0.5),
    ("exposure", case(FROM_100_TO_400, amount=5000, own=many(3)), 0.5),
    ("exposure", case(f"{FROM_100_TO_400}\ntimes = 1", amount=40000), 0.5),  # half of it KNOWN has made room for
    ("exposure", case(FROM_100_TO_400, amount=40000, own=None), 1),
    ("young-again", case(FROM_100_TO_400, amount=15000, own=many(1), account_since=NOW, rail="stripe"), 0.5),
    ("young-again", case(FROM_100_TO_400, amount=30000, own=many(2), account_since=None, rail="stripe"), 1),
    ("young-again", case(FROM_100_TO_400, amount=30000, own=many(2), account_since=HALF_YOUNG, rail="stripe"), 0.5),
    ("young-again", case(amount=1, currency="USD", own=many(1), account_since=None, rail="stripe"), 1),
    ("young-exposure", case(FROM_100_TO_400, amount=40000, own=(), account_since=HALF_YOUNG), 0.5),
    ("young-exposure", case(FROM_100_TO_400, amount=40000, own=(), account_since=None), 1),
    ("revocable", case(FROM_100_TO_400, amount=20000, own=(), rail="stripe"), 0.5),
    ("revocable-weeks", case(FROM_100_TO_400, amount=40000, own=(), rail="stripe"), 1),
    ("rails-failed", case("full = 2", rails_failed=1), 0.5),
    ("rails-failed", case("full = 2", rails_failed=9), 1),
    ("unpaid-orders", case('above = "0"\nfull = 5', own=[unpaid()]), 0.7),
    ("unpaid-orders", case('above = "0"\nfull = 5', own=[unpaid(order=each) for each in range(3)]), 0.85),
    ("unpaid-orders", case('above = "0"\nfull = 5', own=[unpaid(order=each) for each in range(9)]), 1),
    ("refund-abuse", case("full = 3\nfull_percent = 40", own=[back(order=1), back(order=2)]), 0.5),
    ("refund-abuse", case("full = 3", own=[back(order=each) for each in range(3)]), 1),
    ("refund-abuse", case("full_percent = 40", own=[*many(12, 9), *(back(order=20 + n) for n in range(3))]), 0.5),
    ("dropped-payment", case(late=True, own=(), amount=10001), 0.5),
    ("bad-neighbours", case("ip_percent = 30", near={IP: [bad(customer=7)] * 9}), 0.3),
    ("bad-neighbours", case(near={IP: [bad(customer=7)] * 9, DEVICE: [bad(customer=7)]}), 1),
    ("reputation", case(f"{LASTS}times = 1", amount=10000, own=[past(20)]), 0.25),  # room for half, none kept for long
    ("reputation", case(f'{LASTS}times = 1\ntrusted = "0.1 x"', own=[past(40)]), 0.75),
    ("reputation", case(f'{LASTS}times = 1\ntrusted = "0.05 x"', own=[past(40)]), 1),
    ("reputation", case('half_days = 180\ntrusted = "0.05 x"', own=[past(180)]), 0.5),  # it is half a good order now
    ("reputation", case('half_days = 180\ntrusted = "0.05 x"', own=[past(180)] * 2), 1),
    ("reputation", case("full = 10", own=[bad(0)]), -0.5),
    ("reputation", case("full = 1", own=[bad(0)]), -1),
    ("known-address", case("full = 4", near={IP: others(2, days=20)}, account_since=None), 0.5),
    ("known-address", case("full = 4", near={IP: others(9, days=20)}, account_since=None), 1),
    ("known-address", case("full = 4", near={IP: others(9, days=20)}, account_since=HALF_YOUNG), 0.5),
    ("little-at-stake", case('full = "100.00"\nbelow = "400.00"', amount=20000), 0.5),
    ("little-at-stake", case('full = "100.00"\nbelow = "400.00"', amount=10000), 1),
    ("little-at-stake", case('full = "100.00"\nbelow = "400.00"', amount=5000, own=many(3)), 0.5),
]


@pytest.mark.parametrize("at", range(len(SHARES)), ids=lambda at: f"{SHARES[at][0]} {at}")
def test_a_rule_weighs_as_much_as_there_is_to_it(at):
    name, (about, text), share = SHARES[at]
    rule = usual(name, text)
    objection = rule.judge(about, rule.params)
    assert objection and objection.share == pytest.approx(share, abs=0.01)
    [finding] = assess(about, only(name, text=f"[rules.{name}]\n{text}")).findings
    assert finding.weight == round(rule.weight * objection.share)


def test_whoever_has_had_nothing_good_is_new_and_less_so_by_the_day():
    assert newness(facts(own=None), 14) == newness(facts(own=()), 14) == newness(facts(own=[bad(9), back(20)]), 14) == 1
    assert newness(facts(own=[past(0)]), 14) == 1
    assert newness(facts(own=[past(7), past(1)]), 14) == pytest.approx(0.5)
    assert newness(facts(own=[past(14)]), 14) == newness(facts(own=KNOWN), 14) == 0


def test_an_account_is_young_for_two_thirds_of_the_days_and_less_so_in_the_last():
    ages = {None: 1, NOW: 1, NOW - 20 * DAY: 1, NOW - 25 * DAY: 0.5, NOW - 30 * DAY: 0, NOW - 99 * DAY: 0}
    assert {since: round(youth(facts(account_since=since), 30), 9) for since in ages} == ages


def test_what_rises_does_so_by_its_magnitude():
    assert [rising(value, 100, 1600) for value in (-5, 0, 100, 200, 400, 800, 1600, 9999)] == pytest.approx(
        [0, 0, 0, 0.25, 0.5, 0.75, 1, 1]
    )
    assert rising(10, 0, 100) == pytest.approx(0.5)  # from nothing it rises as from one
    assert rising(101, 100, 100) == rising(101, 100, 1) == pytest.approx(1, abs=0.01)


@given(st.lists(st.integers(-9, 2**63), min_size=2, max_size=2), st.integers(0, 2**63), st.integers(0, 2**63))
def test_more_never_rises_less(values, above, full):
    less, more = (rising(value, above, full) for value in sorted(values))
    assert 0 <= less <= more <= 1


# Reputation


REPUTATION = usual("reputation").params


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

    most = usual("reputation").weight
    assert most < 0
    assert weighs(*many(50, days=40)) == most
    assert weighs(*[bad(order=each) for each in range(9)]) == -most
    assert most < weighs(past(20)) < 0 < weighs(back(20, order=2)) < -most


def test_an_unknown_reputation_is_a_new_buyers():
    """It lowers nothing. The control: a known one does."""
    both = only("new-buyer-high-value", "reputation")
    dear = facts(100001, own=None)
    assert is_new(dear)
    assert [finding.rule for finding in assess(dear, both).findings] == ["new-buyer-high-value"]
    assert assess(dear, both).score > 0 > assess(facts(100001, own=many(9, days=40)), both).score


def test_an_address_where_others_bought_well_lowers_the_score_of_who_comes_new():
    """The control: for whom the shop has known for long, it says nothing."""
    new = facts(own=(), account_since=None, near={IP: others(9, days=20)})
    assert assess(new, only("known-address")).score == usual("known-address").weight < 0
    assert assess(facts(near={IP: others(9, days=20)}), only("known-address")).score == 0


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
        Facts, money, at=st.just(NOW), product=st.integers(0, 9), units=st.integers(0, 99),
        chat=text, rail=st.none() | text, resale=st.sampled_from(Resale),
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


@settings(deadline=None, max_examples=200)
@given(any_facts())
def test_no_rule_weighs_more_than_its_weight(about):
    for rule in policy().rules:
        objection = rule.judge(about, rule.params)
        assert objection is None or LEAST / 2 <= abs(objection.share) <= 1, rule.name


@settings(deadline=None, max_examples=100)
@given(any_facts(), st.sampled_from(["lax", "standard", "strict"]))
def test_nothing_that_is_not_known_lowers_a_score(about, preset):
    """But those that speak for somebody, which need what is known to speak."""
    bare = Facts(about.total, NOW, about.product, about.units, about.chat, None)
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


def test_whatever_can_stand_in_a_list_has_a_name():
    """Or staff would read a word of the code's."""
    assert {*risk_rules.LISTED} == {listings.CUSTOMER, *risk_facts.LISTED}
