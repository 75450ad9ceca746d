"""Provider: one rail as a proof plays it, its double opened and paid; Forgery: a notice that is not what it seems."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar, Self

from bot.buyers import buyers
from bot.said import Said
from core.ground.clock import TestClock
from core.parties import PaymentRail
from core.shop import Shop
from doubles.telegram_bots import Bot
from doubles.telling import Told
from proofs.railing.weather import Weather
from proofs.shop import PRICE

ALWAYS = ("paid", "lost", "late", "cancelled", "sold out since", "unpaid")  # kinds of sales: proofs/railing/sales.py
ODD = ("over", "short")
BYTES = frozenset({"told again", "by another method"})  # what may pass where the very bytes are signed
VALUES = BYTES | {"a byte changed", "written anew", "truncated"}  # and where values are: it may come to the same ones


@dataclass(frozen=True)
class Forgery:
    """Not sent yet. `may_pass`: whether the shop may thank for it; what it says must still change nothing."""

    what: str
    told: Told
    may_pass: bool = False


class Provider:
    """A subclass says how its double is opened; the rest as far as it differs from what stands here.

    `pays` and what else happens at the double tells the shop nothing: that is `told`, and whoever plays brings it.
    """

    name: ClassVar[str]  # as it is asked for
    sales: ClassVar[Sequence[str]] = ALWAYS
    price: ClassVar[int] = PRICE
    prices: ClassVar[Mapping[str, dict[int, int]] | None] = None  # a product's, where not only in yuan
    chat: ClassVar[str] = "proof"  # where its buyers are
    signed_by: ClassVar[str] = ""  # the header that the signature is in; empty: it is among the fields
    may_pass: ClassVar[frozenset[str]] = BYTES  # of what is done to a true notice: mutations.py
    after_the_end: ClassVar[bool] = False  # money still comes in when the hold is over

    rail: PaymentRail
    double: Any

    @classmethod
    @asynccontextmanager
    async def opened(cls, url: str, clock: TestClock, weather: Weather) -> AsyncIterator[Self]:
        """Its double, up, for a shop that will be at `url`; and the rail to it."""
        raise NotImplementedError
        yield

    @asynccontextmanager
    async def at_work(self, shop: Shop) -> AsyncIterator[None]:
        """What has to run beside the shop, once that is served."""
        yield

    @property
    def chats(self) -> Mapping[str, Any]:
        """Those of the rail's own, by name."""
        return {}

    @property
    def bots(self) -> Sequence[Bot]:
        """Those of the rail's own chat."""
        return ()

    def hook(self, url: str) -> str:
        """Where notices go."""
        return f"{url}/hooks/{self.rail.name}"

    # Its buyers

    def address(self, number: int) -> str:
        """Of the buyer with that number, in the chat."""
        return f"buyer-{number}"

    async def says(self, shop: Shop, address: str, step: str, text: str) -> None:
        """A buyer writes, and is answered."""
        await buyers.answer(shop, Said(self.chat, address, f"{address} {step}", text, None, address, "en"))

    def handed(self, address: str) -> list[str] | None:
        """The codes a buyer can read; None where the shop's own chat has them."""
        return None

    def shown(self, key: str) -> bool:
        """Whether its buyer can pay now."""
        return True

    # Money

    async def pays(self, key: str, amount: int | None) -> None:
        """The buyer pays what is asked, or that much. Nobody is told."""
        raise NotImplementedError

    def told(self, key: str) -> list[Told]:
        """All that is to be told of that payment, signed now."""
        return [self.double.told(key)]

    def came(self, key: str) -> dict[str, int]:
        """What the provider has taken for it, by its own numbers."""
        raise NotImplementedError

    def back(self, key: str) -> list[int]:
        """What it has sent back of it."""
        return []

    # Forgeries

    def spoilt(self, signature: str, dice: Random) -> str:
        """Another signature, by one character that counts."""
        place = dice.randrange(len(signature))
        return signature[:place] + other(signature[place], dice) + signature[place + 1 :]

    def forged(self, paid: str, unpaid: str, dice: Random) -> Iterator[Forgery]:
        """One of each way of its own, about a payment that was made and one that was not."""
        raise NotImplementedError


def other(char: str, dice: Random) -> str:
    return dice.choice([one for one in "0123456789abcdef" if one != char.lower()])


def with_headers(told: Told, **headers: str) -> Told:
    """The same with other headers: an underscore is a dash."""
    named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    kept = {name: value for name, value in told.headers.items() if name.lower() not in named}
    return Told(told.method, told.query, kept | named, told.body)
