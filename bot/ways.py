"""What a buyer may pay with: which of the shop's rails, and how much of whose money on each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from core import cards, ways
from core.catalog import Product
from core.checkout import Merchant
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Choice, Words, words
from core.ground.money import Money
from core.parties import PaymentRail
from core.shop import Shop

Rails = Sequence[PaymentRail]


@dataclass(frozen=True)
class Way:
    rail: PaymentRail
    total: Money

    @property
    def merchant(self) -> Merchant:
        return Merchant(self.rail.name, self.rail.account, self.rail.mode, self.total.currency)


@dataclass(frozen=True)
class Ways:
    """The ways to pay in one chat, as they stand now."""

    rails: Sequence[PaymentRail]
    standing: ways.Standing
    currency: str  # the shop's own

    def of(self, goods: str) -> Iterator[PaymentRail]:
        """The rails that buyers here may be offered for such goods."""
        for rail in self.rails:
            only_in = rail.abilities.only_in
            if self.standing.offers(rail.name, goods, only_in=only_in, test=rail.mode == "test"):
                yield rail

    def to_buy(self, product: Product, quantity: int) -> list[Way]:
        """Every way to pay for so many, each in one currency: the shop's own where the rail takes it."""
        found = []
        for rail in self.of(product.goods):
            for currency in dict.fromkeys((self.currency, *product.prices)):
                price = product.price(quantity, currency)
                if price is not None and (rail.abilities.takes(price * quantity) or not price.amount):
                    found.append(Way(rail, price * quantity))
                    break
        return found

    def to_settle(self, goods: str, due: Money) -> list[Way]:
        """Every way to pay what an order still lacks: its currency stays what it was placed in."""
        return [Way(rail, due) for rail in self.of(goods) if rail.abilities.takes(due)]

    def sells(self, product: Product) -> bool:
        """Whether it may be sold here at all, whatever ways to pay there are now."""
        return self.standing.prices(product.goods)

    def price(self, product: Product, quantity: int = 1) -> Money | None:
        """What one costs here, buying so many: in the money of the first way to pay, else in the shop's own.

        None where it may not be said.
        """
        if not self.sells(product):
            return None
        first = next(iter(self.to_buy(product, quantity)), None)
        return product.price(quantity, first.total.currency if first else self.currency)


def here(tx: Tx, rails: Sequence[PaymentRail], chat: str) -> Ways:
    return Ways(rails, ways.standing(tx, chat), tx.rules.currency)


def to_look(shop: Shop, person: Person) -> Callable[[Tx], Ways]:
    """How one pays here, to be looked up in the same moment as the products."""
    return partial(here, rails=tuple(shop.payments.values()), chat=person.chat)


def everywhere(tx: Tx, rails: Rails) -> Ways:
    """Every rail that is set up, wherever it is offered and whether or not it answers: for staff."""
    return Ways(rails, ways.Standing("", rehearsal=True, everywhere=True), tx.rules.currency)


async def look(shop: Shop, chat: str) -> Ways:
    return await shop.db.read(here, tuple(shop.payments.values()), chat)


def choices(offered: Sequence[Way], verb: str) -> tuple[Choice, ...]:
    """A button for each; with what it costs there where that differs."""
    same = len({way.total for way in offered}) <= 1
    return tuple(Choice(_label(way, with_price=not same), f"{verb}{way.rail.name}", acts=True) for way in offered)


def _label(way: Way, *, with_price: bool) -> Words:
    name = cards.rail_called(way.rail.name)
    return words("rail-and-price", rail=name, price=way.total) if with_price else name
