"""The shelf: categories where there are many brands, brands, their regions, their products."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.buyers import buyers
from bot.handlers.finding import find
from bot.handlers.product import BACK, listed
from bot.paging import is_number, page_with, paged
from bot.ways import Ways, to_look
from core import cards, catalog
from core.catalog import Brand, Product
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words
from core.shop import Shop

Look = Callable[[Tx], Ways]
SMALL = 12  # brands: so few are shown at once, with no step between a buyer and the goods


@buyers.hears("shelf")
async def show_shelf(shop: Shop, person: Person, *said: str) -> Message:
    """A small shop's brands, a large one's categories; with a number that page, with words what is called so."""
    if said and not (len(said) == 1 and is_number(said[0])):
        return await find(shop, person, " ".join(said))
    return await shop.db.read(_shelf, *said)


@buyers.hears("category")
async def show_category(shop: Shop, person: Person, slug: str, page: str = "1") -> Message:
    """The brands of a category."""
    return await shop.db.read(_category, slug, page)


@buyers.hears("around")
async def show_around(shop: Shop, person: Person, slug: str) -> Message:
    """The way back from a brand: the page of the shelf on which it stands."""
    return await shop.db.read(_around, slug)


@buyers.hears("brand")
async def show_brand(shop: Shop, person: Person, slug: str, region: str = "", page: str = "1") -> Message:
    """A brand's products; where it has several regions, the regions first, because codes don't work across them."""
    if is_number(region):
        region, page = "", region
    return await shop.db.read(_brand, to_look(shop, person), slug, region, page)


@buyers.hears("beside")
async def show_beside(shop: Shop, person: Person, slug: str) -> Message:
    """The way back from a product: the page of its brand on which it stands."""
    return await shop.db.read(_beside, to_look(shop, person), slug)


def _shelf(tx: Tx, page: str = "1") -> Message:
    brands = catalog.on_sale(tx)
    if not brands:
        return Message(words("shelf-empty"), (cards.HUMAN,))
    if len(brands) <= SMALL:
        return Message(words("shelf"), tuple(map(_to_brand, brands)))
    categories = catalog.shelf(tx)
    if len(categories) == 1:
        return Message(words("shelf"), paged([*map(_to_brand, brands)], page, "shelf"))
    choices = [Choice(category.name, f"category {category.slug}") for category in categories]
    return Message(words("shelf"), paged(choices, page, "shelf"))


def _to_brand(brand: Brand) -> Choice:
    return Choice(brand.name, f"brand {brand.slug}")


def _category(tx: Tx, slug: str, page: str) -> Message:
    category = next((one for one in catalog.shelf(tx) if one.slug == slug), None)
    if category is None:
        return _shelf(tx)
    brands = [_to_brand(brand) for brand in catalog.on_sale(tx) if brand.category == slug]
    choices = paged(brands, page, f"category {slug}")
    return Message(words("shelf-category", category=category.name), (*choices, Choice(BACK, "shelf")))


def _around(tx: Tx, slug: str) -> Message:
    brands = catalog.on_sale(tx)
    brand = next((brand for brand in brands if brand.slug == slug), None)
    if brand is None or len(brands) <= SMALL:
        return _shelf(tx)
    if len({brand.category for brand in brands}) == 1:
        return _shelf(tx, page_with(brands.index(brand)))
    beside = [each for each in brands if each.category == brand.category]
    return _category(tx, brand.category, page_with(beside.index(brand)))


def _brand(tx: Tx, look: Look, slug: str, region: str, page: str) -> Message:
    products = catalog.of_brand(tx, slug)
    return _listing(look(tx), products, slug, region, page) if products else _shelf(tx)


def _beside(tx: Tx, look: Look, slug: str) -> Message:
    product = catalog.product(tx, slug)
    products = catalog.of_brand(tx, product.brand)
    shown = [each.slug for each in _in(products, product.region)]
    page = page_with(shown.index(slug)) if slug in shown else "1"
    return _listing(look(tx), products, product.brand, product.region, page) if products else _shelf(tx)


def _listing(ways: Ways, products: Sequence[Product], slug: str, region: str, page: str) -> Message:
    regions = list(dict.fromkeys(product.region for product in products))
    to_shelf = Choice(BACK, f"around {slug}")
    if len(regions) > 1 and region not in regions:
        choices = [Choice(cards.region(name), f"brand {slug} {name}") for name in regions]
        return Message(words("shelf-regions"), (*paged(choices, page, f"brand {slug}"), to_shelf))
    if len(regions) == 1:
        region = ""
    choices = [listed(product, ways) for product in _in(products, region)]
    back = Choice(BACK, f"brand {slug}") if region else to_shelf
    return Message(words("shelf-products"), (*paged(choices, page, f"brand {slug} {region}".rstrip()), back))


def _in(products: Sequence[Product], region: str) -> list[Product]:
    return [product for product in products if region in ("", product.region)]
