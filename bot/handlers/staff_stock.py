"""Stock as staff see it: every product with what is there, each a card with its batches and what can be done."""

from __future__ import annotations

from collections.abc import Mapping

from bot.paging import page_of, ways, which
from bot.staff import staff
from core import batches, catalog, inventory, restock, staffcards, stock_levels
from core.authority import Right
from core.catalog import Product, StockKind
from core.customers import Person
from core.drafts import Report
from core.ground.db import Tx
from core.ground.messages import Choice, Fact, Lines, Message, Words, words
from core.shop import Shop

BATCHES = 5  # on a product's card
LINES_SHOWN = 30

LIST = Choice(words("choose-stock"), "stock")


@staff.hears("stock", right=Right.LOOK)
async def show_stock(shop: Shop, person: Person, page: str = "1") -> Message:
    """Available, reserved and sold of every product, a page at a time; what is low is marked."""
    return await shop.db.read(_stock, page)


def _stock(tx: Tx, page: str) -> Message:
    products = [product for product in catalog.everything(tx) if product.kind in (StockKind.UNIQUE, StockKind.SHARED)]
    if not products:
        return Message(words("shelf-empty"))
    at = which(page, len(products))
    counts, thresholds = inventory.counts(tx), stock_levels.thresholds(tx)
    shown = page_of(products, at)
    names = staffcards.told_apart(products)
    rows = (
        _row(tx, product, names[product.id], counts.get(product.id, {}), thresholds.get(product.id, 0))
        for product in shown
    )
    choices = (
        Choice(words("choose-stock-of", product=names[product.id]), f"stock-of {product.slug}") for product in shown
    )
    return Message(Lines((words("staff-stock"), *rows)), (*choices, *ways("stock", at, len(products))))


def _row(tx: Tx, product: Product, name: Fact, counts: Mapping[str, int], threshold: int) -> Words:
    available = inventory.available(tx, product)
    return words(
        "staff-stock-low" if available <= threshold else "staff-stock-row",
        product=name,
        available=available,
        reserved=counts.get("reserved", 0),
        sold=counts.get("granted", 0),
    )


@staff.hears("stock-of", right=Right.LOOK)
async def show_product(shop: Shop, person: Person, slug: str) -> Message:
    """One product: what is there, when staff are told, its newest batches."""
    return await shop.db.read(_product, slug)


def _product(tx: Tx, slug: str) -> Message:
    product = catalog.product(tx, slug)
    threshold = stock_levels.thresholds(tx).get(product.id, 0)
    row = _row(tx, product, staffcards.in_full(product), inventory.counts(tx).get(product.id, {}), threshold)
    told = words("stock-alert-at", threshold=threshold, slug=product.slug)
    newest = [_batch(one) for one in batches.newest(tx, product, BATCHES)]
    again = (Choice(words("choose-restock", product=product.name), f"restock {slug}", main=True),)
    tries = Choice(words("choose-try"), f"try {slug}")
    restocks = again if product.kind is StockKind.UNIQUE else ()
    return Message(Lines((row, told)), (*restocks, *newest, tries, LIST), card=f"stock {product.slug}")


def _batch(one: batches.Batch) -> Choice:
    return Choice(words("choose-batch", row=one.id, n=one.size, time=one.made_at), f"batch {one.id}")


@staff.hears("batch", right=Right.LOOK)
async def show_batch(shop: Shop, person: Person, number: str) -> Message:
    return await shop.db.read(_card, number)


def _card(tx: Tx, number: str) -> Message:
    return restock.card(tx, restock.found(tx, number).id)


@staff.hears("badlines", right=Right.STOCK)
async def show_lines(shop: Shop, person: Person, number: str) -> Message:
    """Which lines are no code, each with why, and never what stands there."""
    return await shop.db.read(_lines, number)


def _lines(tx: Tx, number: str) -> Message:
    one = restock.found(tx, number)
    report = Report.unpacked(one.report) if one.report else Report()
    told = [words("bad-line", row=line, why=words(f"stock-line-{why}")) for line, why in report.lines[:LINES_SHOWN]]
    more = [words("bad-lines-more", n=report.bad - len(told))] if report.bad > len(told) else []
    return Message(Lines((words("bad-lines", n=report.bad), *told, *more)), (_back(one),))


def _back(one: batches.Batch) -> Choice:
    return Choice(words("choose-back-to-batch"), f"batch {one.id}")


@staff.hears("onsale", right=Right.STOCK)
async def put_on_sale(shop: Shop, person: Person, number: str) -> Message:
    return await shop.db.write(_put_on_sale, number, person.id)


def _put_on_sale(tx: Tx, number: str, by: str) -> Message:
    return restock.put_on_sale(tx, restock.found(tx, number).id, by)


@staff.hears("discard", right=Right.STOCK)
async def discard(shop: Shop, person: Person, number: str) -> Message:
    return await shop.db.write(_discard, number, person.id)


def _discard(tx: Tx, number: str, by: str) -> Message:
    return restock.throw_away(tx, restock.found(tx, number).id, by)


@staff.hears("alert", right=Right.STOCK)
async def tell_when_low(shop: Shop, person: Person, slug: str, least: str) -> Message:
    """ "alert steam-us-20 5": staff hear of it at five or fewer; at 0 only when there is none left."""
    if not (least.isascii() and least.isdigit() and int(least[:9]) <= stock_levels.MOST and len(least) < 9):
        return Message(words("stock-alert-how"), (LIST,))
    return await shop.db.write(_alert, slug, int(least), person.id)


def _alert(tx: Tx, slug: str, least: int, by: str) -> Message:
    stock_levels.set_threshold(tx, catalog.product(tx, slug), least, by)
    return _product(tx, slug)
