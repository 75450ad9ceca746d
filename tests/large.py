"""A large shop: twelve categories, three hundred brands, four hundred products, one brand of them with a hundred."""

from __future__ import annotations

from core import catalog_changes
from core.ground.db import Tx

CATEGORIES, BRANDS, OF_ONE = 12, 300, 101  # the first brand has so many products, in three regions
REGIONS = ("us", "hk", "tr")
ALL = BRANDS - 1 + OF_ONE


def furnish(tx: Tx, categories: int = CATEGORIES, brands: int = BRANDS, of_one: int = OF_ONE) -> None:
    """Fill an empty shop."""
    homes = [
        catalog_changes.add_category(tx, f"category-{at}", _names(f"Category {at}"), at)
        for at in range(1, categories + 1)
    ]
    for at in range(1, brands + 1):
        brand = catalog_changes.add_brand(tx, f"brand-{at}", homes[at % categories], _names(f"Maker {at}"), at)
        for number in range(1, (of_one if at == 1 else 1) + 1):
            _add(tx, brand, f"item-{at}-{number}", f"Maker {at} card {number}", REGIONS[number % 3], number)


def _add(tx: Tx, brand: int, slug: str, name: str, region: str, position: int) -> None:
    catalog_changes.add_product(
        tx,
        brand,
        {"CNY": {1: 1000 + position}},
        slug=slug,
        names=_names(name),
        region=region,
        face_value="$20",
        noun="code",
        measure="zhang",
        kind="by_hand",
        position=position,
    )


def _names(name: str) -> dict[str, str]:
    return {"en": name, "zh-CN": name, "ru": name}
