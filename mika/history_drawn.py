"""What is drawn of a generated history, before a shop has it: accounts, and orders with what became of them."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import TypeVar

from mika.history_habits import Good, Span

T = TypeVar("T")

HONEST = "honest"
CARDS = "stripe"  # the rail by which cards pay; the others know accounts and purses
GIVEN_BACK = ("whole", "outside")  # why what was delivered went back: by staff, here or at the provider
COVER = "cover"  # an abuser's order that does no harm: it counts for neither side
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HOLD = 15 * MINUTE
HOURS = (9, 5, 3, 2, 1, 1, 2, 4, 6, 8, 10, 12, 14, 13, 12, 12, 12, 13, 15, 18, 22, 24, 20, 14)  # by the shop's clock
AT_NIGHT = (20, 20, 18, 14, 9, 4, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 3, 5, 8, 14)


@dataclass
class Account:
    """Somebody in a chat, as the shop knows them: a customer with one account."""

    chat: str
    since: datetime
    locale: str = "zh-CN"


@dataclass
class Drawn:
    """One order: where it comes from, how it is paid, and what becomes of it. Empty means that nobody tells."""

    kind: str  # HONEST, COVER or a kind of abuse: no rule sees it
    who: Account
    at: datetime
    good: Good
    pieces: int
    rail: str
    ip: str = ""
    device: str = ""
    country: str = ""
    payer: str = ""  # a payer's account or a purse
    card: str = ""
    payer_country: str = ""
    email: str = ""
    account: str = ""  # where a top-up goes
    says: str = ""  # the rail, of the risk
    pressed: timedelta | None = None
    paid_after: timedelta | None = None  # None: never paid
    called_off: bool = False  # not paid and cancelled, else it lapses
    failed: str = ""  # the rail on which a payment came to nothing
    disputed: timedelta | None = None  # so long after it was paid
    won: bool = False
    warned: timedelta | None = None
    refunded: timedelta | None = None
    why: str = ""  # it went back
    replaced: timedelta | None = None

    @property
    def total(self) -> int:
        """Whole units of the shop's currency."""
        return self.good.price * self.pieces


@dataclass
class Dice:
    """Chance for one purpose, from the seed: adding a purpose changes no other."""

    seed: int
    purpose: str
    begins: datetime
    random: random.Random = field(init=False)
    numbers: count[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.random = random.Random(f"{self.seed} {self.purpose}")  # noqa: S311  no secret is made of it

    def happens(self, share: float) -> bool:
        return self.random.random() < share

    def within(self, span: Span) -> float:
        return self.random.uniform(*span)

    def many(self, span: Span) -> int:
        return self.random.randint(round(span.least), round(span.most))

    def one_of(self, shares: Mapping[str, float]) -> str:
        return self.random.choices(list(shares), list(shares.values()))[0]

    def good(self, goods: Sequence[Good]) -> Good:
        return self.random.choices(goods, [good.share for good in goods])[0]

    def lognormal(self, median: float, spread: float) -> float:
        return median * math.exp(self.random.gauss(0, spread))

    def waits(self, mean: timedelta) -> timedelta:
        return mean * self.random.expovariate(1)

    def moment(self, day: float, hours: Sequence[int] = HOURS) -> datetime:
        """Some time of that day, at an hour at which people buy."""
        (hour,) = self.random.choices(range(24), hours)
        return self.begins + int(day) * DAY + hour * HOUR + HOUR * self.random.random()

    def new(self, what: str) -> str:
        """A name nobody else has: a browser's, a card's, an address of its own."""
        number = next(self.numbers)
        return f"{self.purpose} {what} {number}"

    def address(self) -> str:
        """An address on the net. Two may get the same, as in life, but hardly ever."""
        first, rest = self.random.randint(20, 220), self.random.getrandbits(24)
        return f"{first}.{rest >> 16}.{rest >> 8 & 255}.{rest & 255}"

    def mail(self, *, throw_away: bool) -> str:
        domain = self.random.choice(("mailinator.com", "guerrillamail.com", "yopmail.com"))
        lasting = self.random.choice(("qq.com", "163.com", "gmail.com", "outlook.com"))
        return f"{self.purpose}{next(self.numbers)}@{domain if throw_away else lasting}"
