"""The owner's decisions a rule may depend on, as one frozen object that every transaction carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from core.ground.messages import Local
from core.ground.money import Money, exponent


@dataclass(frozen=True)
class Rules:
    shop_name: Local = Local({"zh-CN": "密卡小店", "en": "Mika Shop", "ru": "Магазин Mika"})
    site: str | None = None  # where the shop's own page is, for those whose chat is gone
    address: str = ""  # where the shop is reached, at least from its own machine
    currency: str = "CNY"
    rates: Mapping[str, Decimal] = field(default_factory=dict)  # what one of another currency is worth in the shop's
    fees: Mapping[str, tuple[Decimal, Decimal]] = field(default_factory=dict)  # by rail: percent, and so much besides
    told_hold: timedelta = timedelta(minutes=15)  # how long one is set aside for whoever waited for it
    line_places: int = 200  # for one product; who never bought here gets newcomers' share of them
    gift_within: timedelta = timedelta(days=14)  # a link by which a code is given away is good so long
    rehearsal: bool = False  # a demo: the test rail is offered where a platform's terms would not allow a real one
    zone: ZoneInfo = ZoneInfo("Asia/Shanghai")
    hours: tuple[time, time] | None = None  # when people are here to answer, by the shop's clock; None: not said
    hold: timedelta = timedelta(minutes=15)  # how long codes stay set aside for an unpaid order
    extension: timedelta = timedelta(minutes=5)  # granted once, when the pay page is opened late in the hold
    unpaid_orders: int = 3  # one buyer's unpaid orders at a time
    unpaid_units: int = 20  # one buyer's units in unpaid orders at a time
    newcomers_share: int = 50  # percent of a product: in unpaid orders of all to whom nothing was delivered yet
    scarce_below: int = 0  # so many codes of a product are few; 0: no share is ever counted
    unpaid_share: int = 30  # percent of a product of which there are few: in one buyer's unpaid orders; two anyway
    scarce_hold: timedelta = timedelta(minutes=5)  # how long those stay set aside
    lapses_free: int = 2  # unpaid orders that may lapse within a day; then the next one waits:
    cool_downs: tuple[timedelta, ...] = tuple(timedelta(minutes=m) for m in (10, 30, 120, 360))
    review_above: Money = Money(100000, "CNY")  # a buyer without history paying more than this is looked at
    review_within: timedelta = timedelta(hours=2)  # of the shop's hours; then what `review_default` says
    review_default: Literal["refund", "deliver"] = "refund"  # of a held order nobody decided; never against a hard rule
    hand_within: timedelta = timedelta(hours=12)  # by-hand units: done by then, or refunded
    choose_within: timedelta = timedelta(hours=12)  # what a buyer was asked and hasn't answered by then is refunded
    wait_within: timedelta = timedelta(hours=48)  # new stock that a buyer chose to wait for: then refunded
    replacements: int = 3  # of one buyer's codes within `replaced_in`; more are not replaced
    replaced_in: timedelta = timedelta(days=30)
    claims_open: int = 3  # of one buyer's claims at a time
    claims_lately: int = 10  # of one buyer's within `replaced_in`, however they ended; then a person helps
    claim_within: timedelta = timedelta(hours=4)  # of the shop's hours: then a claim with evidence has its answer
    evidence_within: timedelta = timedelta(days=2)  # a claim whose buyer sends nothing ends then
    claims_alone: Money | None = None  # codes up to this price are replaced by the shop itself; None: by people only
    claim_default: Literal["replace", "refuse"] = "replace"  # of a claim nobody decided; only where nothing objects
    reveals_a_day: int = 20  # codes one colleague may look at within 24 hours
    files_a_day: int = 20  # files one colleague may take out within 24 hours
    export_wait: timedelta = timedelta(hours=24)  # codes that one person alone takes out: owners can stop it so long
    supply_within: timedelta = timedelta(hours=12)  # units bought from a supplier: here by then, or short
    supplier_tries: int = 3  # how often a unit is bought anew after a definite failure, the first time included

    reach: tuple[str, ...] = ("chat",)  # the ways to reach a buyer, in the order in which they are tried
    also: tuple[str, ...] = ()  # those that are taken besides, whether or not the first has reached them
    ask_address: bool = False  # whether buyers are asked for an address where they pay
    mails_codes: bool = False  # whether a mail holds the codes, and not only a link that opens the order

    def in_own(self, money: Money) -> Money | None:
        """What it is worth in the shop's own currency; None where the rate is not set."""
        if money.currency == self.currency:
            return money
        rate = self.rates.get(money.currency)
        if rate is None:
            return None
        worth = (money.decimal * rate).scaleb(exponent(self.currency)).to_integral_value()
        return Money(int(worth), self.currency)
