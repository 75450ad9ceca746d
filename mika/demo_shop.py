"""The demo shop's first day: shelves filled, codes made up and put on sale."""

from __future__ import annotations

import secrets
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from core import batches, catalog, catalog_changes, guides, pasted, pictures
from core.ground.db import Tx
from core.ground.ids import CROCKFORD
from core.ground.words import LOCALES
from mika.demo_goods import CATEGORIES, MAKERS, Good, Maker
from mika.demo_guides import DRAWN, guide_of

PRODUCTS = select(func.count()).select_from(catalog.products)


def hang(folder: Path) -> None:
    """Keep the goods' pictures in the shop's folder. A repeat changes nothing."""
    for drawn in DRAWN.glob("*.png"):
        content = drawn.read_bytes()
        name = pictures.name_for(content)
        if not (folder / name).exists():
            pictures.keep(folder, name, content)


def furnish(tx: Tx) -> bool:
    """Fill an empty shop, all of it or nothing. False for a shop that has products: it stays as it is."""
    if tx.value(PRODUCTS):
        return False
    categories = {
        slug: catalog_changes.add_category(tx, slug, names, position)
        for position, (slug, names) in enumerate(CATEGORIES.items(), 1)
    }
    for position, maker in enumerate(MAKERS, 1):
        brand = catalog_changes.add_brand(tx, maker.slug, categories[maker.category], maker.name, position)
        for locale in LOCALES:
            guides.put(tx, guides.Place(brand=brand), locale, guide_of(maker, locale), "Mika")
        for place, good in enumerate(maker.goods, 1):
            _put_on_shelf(tx, brand, maker, good, place)
    return True


def _put_on_shelf(tx: Tx, brand: int, maker: Maker, good: Good, position: int) -> None:
    about = {
        "slug": good.slug,
        "names": dict(good.name),
        "region": good.region,
        "face_value": good.face_value,
        "noun": maker.noun,
        "measure": maker.measure,
        "kind": "unique",
        "redeem_url": maker.redeem_url,
        "position": position,
        "picture": pictures.name_for((DRAWN / f"{good.slug}.png").read_bytes()),
    }
    catalog_changes.add_product(tx, brand, {tx.rules.currency: good.prices}, **{**about, **good.columns})
    if good.stock:
        _stock(tx, good)


def _stock(tx: Tx, good: Good) -> None:
    product = catalog.product(tx, good.slug)
    lines = [_made_up(good.shape) for _ in range(good.stock)]
    if good.expires_in_days is not None:
        expires = (tx.now + timedelta(days=good.expires_in_days)).date()
        lines = [f"{line}|{expires:%Y-%m-%d}" for line in lines]
    cost = min(good.prices.values()) * 96 // 100
    batch = batches.open_batch(tx, product, "demo", "demo", unit_cost=cost)
    batches.add(tx, product, batch, pasted.read(lines).codes, max_uses=good.uses)
    batches.finish_import(tx, batch)


def _made_up(shape: str) -> str:
    drawn = {"?": CROCKFORD, "#": "0123456789"}
    return "".join(secrets.choice(drawn.get(char, char)) for char in shape)
