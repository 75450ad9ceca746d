"""Stock as staff see it: every product with what is there, each a button that restocks it."""

from __future__ import annotations

from collections.abc import Mapping

from bot.paging import page_of, ways, which
from bot.staff import staff
from core import catalog, inventory
from core.authority import Right
from core.catalog import Product, StockKind
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Choice, Lines, Message, Words, words
from core.shop import Shop


@staff.hears("stock", right=Right.LOOK)
async def show_stock(shop: Shop, person: Person, page: str = "1") -> Message:
    """Available, reserved and sold of every product, a page at a time."""
    return await shop.db.read(_stock, page)


def _stock(tx: Tx, page: str) -> Message:
    products = [product for product in catalog.everything(tx) if product.kind in (StockKind.UNIQUE, StockKind.SHARED)]
    if not products:
        return Message(words("shelf-empty"))
    at = which(page, len(products))
    counts = inventory.counts(tx)
    shown = page_of(products, at)
    rows = (_row(tx, product, counts.get(product.id, {})) for product in shown)
    choices = (
        Choice(words("choose-restock", product=product.name), f"restock {product.slug}")
        for product in shown
        if product.kind is StockKind.UNIQUE
    )
    return Message(Lines((words("staff-stock"), *rows)), (*choices, *ways("stock", at, len(products))))


def _row(tx: Tx, product: Product, counts: Mapping[str, int]) -> Words:
    return words(
        "staff-stock-row",
        product=product.name,
        available=inventory.available(tx, product),
        reserved=counts.get("reserved", 0),
        sold=counts.get("granted", 0),
    )
