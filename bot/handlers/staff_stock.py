"""Stock as staff see it: every product with what is there, each a button that restocks it."""

from __future__ import annotations

from bot.staff import staff
from core import catalog, inventory
from core.catalog import Product, StockKind
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Choice, Lines, Message, words
from core.shop import Shop


@staff.hears("stock")
async def show_stock(shop: Shop, person: Person) -> Message:
    """Available, reserved and sold of every product."""
    products, counts = await shop.db.read(_stock)
    if not products:
        return Message(words("shelf-empty"))
    rows = tuple(
        words(
            "staff-stock-row",
            product=product.name,
            available=available,
            reserved=counts.get(product.id, {}).get("reserved", 0),
            sold=counts.get(product.id, {}).get("granted", 0),
        )
        for product, available in products
    )
    choices = tuple(
        Choice(words("choose-restock", product=product.name), f"restock {product.slug}")
        for product, _ in products
        if product.kind is StockKind.UNIQUE
    )
    return Message(Lines((words("staff-stock"), *rows)), choices)


def _stock(tx: Tx) -> tuple[list[tuple[Product, int]], dict[int, dict[str, int]]]:
    stocked = [product for product in catalog.everything(tx) if product.kind in (StockKind.UNIQUE, StockKind.SHARED)]
    return [(product, inventory.available(tx, product)) for product in stocked], inventory.counts(tx)
