"""What a shop that an owner moves in from holds, as plain data: read by oldshops/, taken in by core/moving_in.py.

Every row keeps its number there (`id`), so that a second run finds what the first has brought. Amounts are minor units.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from core.ground.vault import Secret

ShopName = Literal["dujiaoka", "acg-faka", "csv"]


@dataclass(frozen=True)
class OldCategory:
    id: str
    name: str  # no markup
    position: int = 0  # smaller comes first
    shown: bool = True


@dataclass(frozen=True)
class OldProduct:
    """One thing with one price. Where the old shop had variants, one of each: `id` is then "17/月卡/国服"."""

    id: str
    category: str  # its OldCategory.id
    name: str
    kind: Literal["unique", "shared", "by-hand", "supplier"]
    prices: Mapping[int, int]  # from so many on, one costs; at least the price of one
    on_sale: bool = True
    position: int = 0
    region: str = ""  # a guess from the name, such as "US"; empty for none
    face_value: str = ""  # a guess from the name, such as "100 CNY"; empty for none
    form: tuple[tuple[str, str], ...] = ()  # what a buyer is asked: name, label
    least: int = 1
    most: int | None = None  # per order
    guide: str = ""  # Markdown
    picture: str = ""  # where the old shop has it; it is not fetched
    unit_cost: int | None = None


@dataclass(frozen=True)
class OldCode:
    """A code that is not sold. `why` says what keeps it from being put on sale, if anything."""

    id: str
    product: str  # its OldProduct.id
    text: Secret  # the code as it stands there, without outer blanks
    since: datetime | None = None
    batch: str = ""  # the old shop's own label of where it came from
    unit_cost: int | None = None
    shared: bool = False  # it was given to many
    why: Literal["", "locked", "picked", "delivered"] = ""  # by staff; with a surcharge; in what was sent


@dataclass(frozen=True)
class OldOrder:
    """A finished order, to look up and no more: no money and no grant follows from it."""

    id: str
    number: str
    title: str
    quantity: int
    total: int
    currency: str
    at: datetime  # when it was placed
    paid_at: datetime | None
    rail: str  # as people there called it
    text: Secret  # what was delivered
    password: Secret | None = None  # to look it up
    contact: str = ""  # an e-mail, a phone number or a QQ number


@dataclass(frozen=True)
class OwedOrder:
    """An order that was paid and not served, as far as the old shop knows: its owner settles it there."""

    id: str
    number: str
    title: str
    total: int
    at: datetime
    why: str  # of a fixed list: "waiting", "in work", "failed", "abnormal", "apology", "short", "nothing sent"


@dataclass(frozen=True)
class OldMember:
    """Somebody with a balance there."""

    id: str
    name: str
    balance: int
    email: str = ""
    phone: str = ""
    banned: bool = False
    differs: int = 0  # by how much the balance is another than their last bill says


@dataclass(frozen=True)
class OldCoupon:
    """Listed only."""

    id: str
    code: str
    says: str  # what it gives, in a few words
    left: int


Level = Literal["ok", "look", "stop"]


@dataclass(frozen=True)
class Check:
    """One of the twelve things that are looked at before anything is brought, and again after."""

    number: int
    name: str
    level: Level
    lines: tuple[str, ...] = ()  # figures, and what to look at; codes masked
    figures: Mapping[str, int] = field(default_factory=dict)


class OldShop(Protocol):
    """An old shop that is open for reading. All of it is of one moment. Used in a thread: every call blocks."""

    name: ShopName
    source: str  # which shop it is, for the books: a host and database or a file, never a password
    currency: str

    def categories(self) -> list[OldCategory]: ...
    def products(self) -> list[OldProduct]: ...
    def codes(self, product: str) -> Iterator[OldCode]:
        """Of one product, in the order in which they were to be sold."""
        ...

    def orders(self) -> Iterator[OldOrder]:
        """The finished ones, oldest first."""
        ...

    def owed(self) -> list[OwedOrder]: ...
    def members(self) -> list[OldMember]: ...
    def coupons(self) -> list[OldCoupon]: ...
    def checks(self) -> list[Check]:
        """The twelve, as far as the old shop alone can tell."""
        ...

    def close(self) -> None: ...
