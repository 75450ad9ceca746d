"""What happens to payments, and what must become of each: the facts of proofs/notices.py, and how they may be told."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from datetime import timedelta

from core.ground.money import Money
from proofs.shop import PRICE

Body = dict[str, str | int]

EARLY = tuple(timedelta(minutes=minutes) for minutes in (3, 8))  # after placing: every hold is open
AFTERWARDS = timedelta(minutes=35)  # every hold is over
LATE = tuple(timedelta(hours=hours) for hours in range(2, 73, 5))  # up to three days
MOMENTS = EARLY + LATE
MOST_COPIES = 10


@dataclass(frozen=True)
class Kind:
    """One thing that can happen to an order's payment."""

    share: int
    ends: str  # "delivered", "given back" (or delivered, where the shop can), "unpaid", "unmatched"
    pays: Money | None = Money(PRICE, "CNY")
    told_twice: bool = False  # by two events about one transaction, as some providers do
    cancelled: bool = False  # by the buyer, before any notice
    product: str = "plenty"  # "gone": others have bought it by the time the notice comes
    first: tuple[timedelta, ...] = MOMENTS  # when its first notice may come and lead to the same end


KINDS = {
    "paid": Kind(40, "delivered"),
    "told twice": Kind(15, "delivered", told_twice=True),
    "overpaid": Kind(8, "delivered", Money(PRICE + 2000, "CNY")),
    "underpaid": Kind(8, "given back", Money(4000, "CNY"), first=EARLY),
    "cancelled": Kind(8, "given back", cancelled=True),
    "sold out since": Kind(8, "given back", product="gone", first=LATE),
    "in other money": Kind(5, "unmatched", Money(PRICE, "USD")),
    "unpaid": Kind(8, "unpaid", None),
}


@dataclass(frozen=True)
class Fact:
    """What happened to the payment of order number `number`."""

    number: int
    name: str

    @property
    def kind(self) -> Kind:
        return KINDS[self.name]

    @property
    def buyer(self) -> str:
        return f"fact-{self.number}"

    def events(self, key: str) -> list[Body]:
        """What the provider tells of it, under the payment's key."""
        pays = self.kind.pays
        told: Body = {"account": "sandbox-shop", "mode": "test", "key": key}
        if pays is None:
            told |= {"amount": PRICE, "currency": "CNY"}
            return [
                {**told, "event": f"evt_{self.number}_{state}", "state": state, "transaction": f"{key}-{state}"}
                for state in ("failed", "closed")
            ]
        told |= {"amount": pays.amount, "currency": pays.currency, "state": "paid", "transaction": f"txn_{key}"}
        names = ("", "_again") if self.kind.told_twice else ("",)
        return [{**told, "event": f"evt_txn_{key}{name}"} for name in names]


def drawn(dice: random.Random, many: int) -> list[Fact]:
    """So many facts, one of each kind at least where there is room."""
    names = list(KINDS)
    shares = [kind.share for kind in KINDS.values()]
    found = names[:many] + dice.choices(names, shares, k=max(0, many - len(names)))
    return [Fact(number, name) for number, name in enumerate(found)]


def told(dice: random.Random, fact: Fact, key: str) -> list[tuple[timedelta, bytes]]:
    """Every event of the fact, once to ten times: when, and which bytes. The first comes when that fact's may."""
    copies = []
    for event in fact.events(key):
        body = json.dumps(event, separators=(",", ":")).encode()
        first = (
            dice.choice(EARLY) if fact.kind.first is MOMENTS and dice.random() < 0.5 else dice.choice(fact.kind.first)
        )
        later = [moment for moment in MOMENTS if moment >= first]
        moments = [first, *dice.choices(later, k=dice.randrange(MOST_COPIES))]
        copies += [(moment, body) for moment in moments]
    return copies
