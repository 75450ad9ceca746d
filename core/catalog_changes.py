"""Changing what is sold: categories, brands and products are made, edited, switched on and off, and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Update, bindparam, delete, func, insert, select, update

from core.catalog import Product, UnknownProduct, brands, bundle_items, categories, prices, products
from core.ground.db import Tx

Steps = Mapping[str, Mapping[int, int]]  # {"CNY": {1: 12800, 5: 12500}}: minor units each, from so many on

FREEZE = (
    update(products)
    .where(products.c.id == bindparam("product"), products.c.frozen_at.is_(None))
    .values(frozen_at=bindparam("at"), frozen_why=bindparam("why"))
)
THAW = (
    update(products)
    .where(products.c.slug == bindparam("product_slug"), products.c.frozen_at.is_not(None))
    .values(frozen_at=None, frozen_why=None)
)
NEXT = products.c.version + 1
PICTURE = (
    update(products).where(products.c.slug == bindparam("product_slug")).values(picture=bindparam("name"), version=NEXT)
)
LOGO = update(brands).where(brands.c.id == bindparam("brand")).values(picture=bindparam("name"))
SWITCH = (
    update(products).where(products.c.slug == bindparam("product_slug")).values(on_sale=bindparam("on"), version=NEXT)
)
EDIT = update(products).where(products.c.id == bindparam("product"), products.c.version == bindparam("known"))
EDITED = {"version": NEXT, "edited_by": bindparam("who"), "edited_at": bindparam("at")}
LAST_EDIT = select(products.c.edited_by, products.c.edited_at).where(products.c.id == bindparam("product"))
MADE_WITH = select(products.c.slug).where(products.c.made_with == bindparam("key"))
LAST_PLACE = select(func.max(products.c.position)).where(products.c.brand_id == bindparam("brand"))
MAKE = insert(products)
PRICE = insert(prices)
UNPRICE = delete(prices).where(prices.c.product_id == bindparam("product"))


def add_category(tx: Tx, slug: str, names: Mapping[str, str], position: int) -> int:
    return tx.insert(insert(categories), slug=slug, names=dict(names), position=position)


def add_brand(tx: Tx, slug: str, category: int, names: Mapping[str, str], position: int) -> int:
    return tx.insert(insert(brands), slug=slug, category_id=category, names=dict(names), position=position)


def add_product(tx: Tx, brand: int, price_steps: Steps, **columns: object) -> int:
    """A product with its prices: {"CNY": {1: 12800, 5: 12500}} is 128.00 each, 125.00 from five on."""
    made = tx.insert(
        MAKE,
        **{
            "brand_id": brand,
            "on_sale": True,
            "most_per_order": 10,
            "most_per_buyer": None,
            "after_sale_days": 7,
            "hand_minutes": None,
            "redeem_url": "",
            "form": [],
            "position": 0,
            "shortage": ["wait", "substitute"],
            "substitute_id": None,
            "together": True,
            **columns,
        },
    )
    tx.many(PRICE, _price_rows(made, price_steps))
    return made


def add_parts(tx: Tx, bundle: int, parts: Mapping[int, int]) -> None:
    """What is in a bundle: {product: how many}."""
    rows = [
        {"bundle_id": bundle, "product_id": product, "quantity": many, "position": position}
        for position, (product, many) in enumerate(parts.items())
    ]
    tx.many(insert(bundle_items), rows)


def switch(tx: Tx, slug: str, on: bool) -> None:
    """Put a product on sale or take it off. A repeat changes nothing. Raises UnknownProduct."""
    if not tx.changed(SWITCH, product_slug=slug, on=on):
        raise UnknownProduct()


def picture(tx: Tx, slug: str, name: str | None) -> None:
    """The product's picture is that file from now on; None: it has none. Raises UnknownProduct."""
    if not tx.changed(PICTURE, product_slug=slug, name=name):
        raise UnknownProduct()


def logo(tx: Tx, brand: int, name: str | None) -> None:
    """The brand's picture is that file from now on; None: it has none."""
    tx.changed(LOGO, brand=brand, name=name)


def edit(tx: Tx, product: Product, who: str, columns: Mapping[str, Any], price_steps: Steps | None = None) -> bool:
    """Put other values into these columns, and other prices in the place of all. False: somebody was first.

    `product` is what the editor saw. `who` is what the next one is told.
    """
    values = {f"new_{name}": value for name, value in columns.items()}
    about = {"product": product.id, "known": product.version, "who": who[:160], "at": tx.now}
    if not tx.changed(_editing(tuple(columns)), **about, **values):
        return False
    if price_steps is not None:
        tx.changed(UNPRICE, product=product.id)
        tx.many(PRICE, _price_rows(product.id, price_steps))
    return True


@cache
def _editing(columns: tuple[str, ...]) -> Update:
    """The same statement for the same columns: made anew it would be compiled anew, which takes longer than it."""
    new = {name: bindparam(f"new_{name}", type_=products.c[name].type) for name in columns}
    return EDIT.values({**new, **EDITED})


def _price_rows(product: int, price_steps: Steps) -> list[dict[str, Any]]:
    return [
        {"product_id": product, "currency": currency, "from_quantity": least, "unit_price": price}
        for currency, steps in price_steps.items()
        for least, price in steps.items()
    ]


def last_edit(tx: Tx, product: Product) -> tuple[str | None, datetime | None]:
    """Who was last to change it, and when; None where nobody has since it was made."""
    row = tx.one(LAST_EDIT, product=product.id)
    return row.edited_by, row.edited_at


def made_with(tx: Tx, key: str) -> str | None:
    """The slug of the product that was made in this event."""
    return tx.value(MADE_WITH, key=key)


def next_position(tx: Tx, brand: int) -> int:
    return (tx.value(LAST_PLACE, brand=brand) or 0) + 1


def freeze(tx: Tx, product_id: int, why: str) -> bool:
    """Sell no more of it until a person has looked. False if it is frozen already."""
    return bool(tx.changed(FREEZE, product=product_id, at=tx.now, why=why[:300]))


def thaw(tx: Tx, slug: str) -> bool:
    """A person has looked: it may be sold again. False if it was not frozen."""
    return bool(tx.changed(THAW, product_slug=slug))
