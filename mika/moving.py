"""The whole way of moving in: everything an old shop holds comes over, bit by bit, while this shop sells."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from core import moved, moving_in, old_credit, old_orders
from core.ground.db import Tx
from core.moved import Source
from core.moving_in import CHUNK, Ways
from core.old_shops import OldCategory, OldMember, OldProduct, OldShop
from core.shop import Shop

T = TypeVar("T")
Step = Callable[[str, int], None]  # what is being brought, how many more


@dataclass
class Came:
    """What was read there and what became of it here. Counts and sums, by product where they are codes; no code."""

    brands: int = 0
    products: Counter[str] = field(default_factory=Counter)  # new, changed, same
    codes: dict[str, Counter[str]] = field(default_factory=dict)  # by the product's number there
    read: Counter[str] = field(default_factory=Counter)  # by the product's number there
    orders: Counter[str] = field(default_factory=Counter)  # read, new; total: what those that were read came to
    members: Counter[str] = field(default_factory=Counter)  # read, banned, new, changed, same, claimed; total
    without_guide: list[str] = field(default_factory=list)  # names of products
    claimed: list[str] = field(default_factory=list)  # numbers of members

    def all_codes(self) -> Counter[str]:
        """What became of the codes of all products together."""
        return sum(self.codes.values(), Counter())


@dataclass(frozen=True)
class Scope:
    """How much of the old shop is meant: all of it, or one category by its name or number."""

    categories: tuple[OldCategory, ...]
    products: tuple[OldProduct, ...]
    whole: bool


class NoSuchCategory(LookupError):
    """There is none of that name."""


def scope(old: OldShop, only: str | None) -> Scope:
    """Raises NoSuchCategory."""
    every = old.categories()
    meant = [each for each in every if only in (None, each.id, each.name)]
    if only is not None and not meant:
        raise NoSuchCategory(only)
    within = {each.id for each in meant}
    products = tuple(each for each in old.products() if each.category in within)
    return Scope(tuple(meant), products, whole=only is None)


async def bring(shop: Shop, old: OldShop, what: Scope, ways: Ways, step: Step = lambda what, more: None) -> Came:
    """Everything in order: brands, products with their prices, codes in chunks, balances, finished orders.

    Ended at any point and begun again it goes on where it was. Of one category alone: without orders and balances.
    """
    source, came = source_of(old), Came()
    for category in what.categories:
        await shop.db.write(moving_in.category, source, category)
        came.brands += 1
    for product in what.products:
        await _product(shop, old, source, product, ways, came, step)
    if what.whole:
        await _left(shop, source, what, came)
        await _members(shop, old, source, came, step)
        await _orders(shop, old, source, came, step)
    return came


def source_of(old: OldShop) -> Source:
    return Source.of(old.name, old.source)


async def _product(
    shop: Shop, old: OldShop, source: Source, product: OldProduct, ways: Ways, came: Came, step: Step
) -> None:
    brought = await shop.db.write(moving_in.product, source, product, old.currency)
    came.products[brought.what] += 1
    step("products", 1)
    if brought.why_no_guide:
        came.without_guide.append(product.name)
    if product.kind not in ("unique", "shared"):
        return
    told = came.codes[product.id] = Counter()
    there: set[str] = set()
    async for chunk in _chunks(old.codes(product.id)):
        told += await shop.db.write(moving_in.codes, source, product, brought.product, chunk, ways)
        there |= {each.id for each in chunk}
        step("codes", len(chunk))
    came.read[product.id] = len(there)
    told += await _gone(shop, source, product.id, there)


async def _gone(shop: Shop, source: Source, product: str, there: set[str]) -> Counter[str]:
    """What was sold there since an earlier run is not sold here any more."""
    told: Counter[str] = Counter()
    after: int | None = 0
    while after is not None:
        after, more = await shop.db.write(moving_in.gone, source, product, after, there)
        told += more
    return told


async def _left(shop: Shop, source: Source, what: Scope, came: Came) -> None:
    """Products that came over before and are not there any more: nor are their codes."""
    there = {each.id for each in what.products}
    for number in await shop.db.read(_came_before, source):
        if number not in there and (told := await _gone(shop, source, number, set())):
            came.codes[number] = told


def _came_before(tx: Tx, source: Source) -> list[str]:
    found, after = [], 0
    while rows := moved.some(tx, source, "product", after):
        found += [row.old_id for row in rows]
        after = rows[-1].id
    return found


async def _members(shop: Shop, old: OldShop, source: Source, came: Came, step: Step) -> None:
    there: set[str] = set()
    for member in await asyncio.to_thread(old.members):
        there.add(member.id[:120])
        what = await shop.db.write(old_credit.bring, source, member, old.currency)
        came.members.update(read=1, banned=int(member.banned))
        came.members[what] += 1
        came.members.update({"total": owed_to(member), "with": int(owed_to(member) > 0)})
        if what == "claimed":
            came.claimed.append(member.id)
        step("members", 1)
    await _spent(shop, old, source, there, came)


async def _spent(shop: Shop, old: OldShop, source: Source, there: Collection[str], came: Came) -> None:
    """Who is not listed there any more has nothing left there: nothing is held for them here."""
    after = 0
    while found := await shop.db.read(old_credit.members, source, after, CHUNK):
        after = found[-1][0]
        for number in (each for _, each in found if each not in there):
            what = await shop.db.write(old_credit.bring, source, OldMember(number, "", 0), old.currency)
            came.members[what] += 1
            if what == "claimed":
                came.claimed.append(number)


def owed_to(member: OldMember) -> int:
    """What is held for them here."""
    return 0 if member.banned else max(member.balance, 0)


async def _orders(shop: Shop, old: OldShop, source: Source, came: Came, step: Step) -> None:
    async for chunk in _chunks(old.orders()):
        came.orders["new"] += await shop.db.write(moving_in.orders, source, chunk)
        came.orders["read"] += len(chunk)
        came.orders["total"] += sum(each.total for each in chunk)
        step("orders", len(chunk))


async def _chunks(rows: Iterable[T]) -> AsyncIterator[list[T]]:
    """So many at a time, read in a thread: the old shop may be slow, and this one sells meanwhile."""
    waiting: Iterator[T] = iter(rows)
    while chunk := await asyncio.to_thread(lambda: list(islice(waiting, CHUNK))):
        yield chunk


async def open_up(shop: Shop, old: OldShop, what: Scope) -> Mapping[str, int]:
    """The owner has seen the report: codes by product that are on sale from now on. Balances may be claimed."""
    source = source_of(old)
    found = {}
    for product in what.products:
        found[product.id] = await shop.db.write(moving_in.open_up, source, product)
    if what.whole:
        await shop.db.write(old_credit.open_up, source)
    return found


async def would_be_new(shop: Shop, old: OldShop, what: Scope) -> Counter[str]:
    """What an earlier run has not brought yet."""
    source, found = source_of(old), Counter[str]()
    known = await shop.db.read(moved.known, source, "product", [each.id for each in what.products])
    found["products"] = len(what.products) - len(known)
    for product in what.products:
        async for chunk in _chunks(old.codes(product.id)):
            there = await shop.db.read(moved.known, source, "code", [each.id for each in chunk])
            found["codes"] += len(chunk) - len(there)
    if what.whole:
        async for orders in _chunks(old.orders()):
            numbers = [each.number for each in orders]
            found["orders"] += len(orders) - len(await shop.db.read(old_orders.known, source, numbers))
    return found
