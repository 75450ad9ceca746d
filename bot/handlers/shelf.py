"""The shelf: brands, their regions, their products, and a product's card."""

from __future__ import annotations

from datetime import timedelta
from math import ceil

from bot.buyers import buyers
from core import cards, catalog, inventory
from core.catalog import Product
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Choice, Lines, Message, words
from core.ground.rules import Rules
from core.shop import Shop

BACK = words("choose-back")
FOUND = 8  # products a search shows


@buyers.hears("shelf")
async def show_shelf(shop: Shop, person: Person) -> Message:
    """Every brand on sale, each a button that opens its products."""
    brands = await shop.db.read(catalog.on_sale)
    if not brands:
        return Message(words("shelf-empty"), (cards.HUMAN,))
    return Message(words("shelf"), tuple(Choice(brand.name, f"brand {brand.slug}") for brand in brands))


@buyers.hears("brand")
async def show_brand(shop: Shop, person: Person, slug: str, region: str = "") -> Message:
    """A brand's products; where it has several regions, the regions first, because codes don't work across them."""
    products = await shop.db.read(catalog.of_brand, slug)
    if not products:
        return await show_shelf(shop, person)
    regions = list(dict.fromkeys(product.region for product in products))
    back = Choice(BACK, "shelf")
    if len(regions) > 1 and region not in regions:
        choices = (Choice(cards.region(name), f"brand {slug} {name}") for name in regions)
        return Message(words("shelf-regions"), (*choices, back))
    here = [product for product in products if region in ("", product.region)]
    return Message(words("shelf-products"), (*(_listed(product, shop.rules.currency) for product in here), back))


def _listed(product: Product, currency: str) -> Choice:
    price = product.price(1, currency)
    if price is None:
        return Choice(product.name, f"product {product.slug}")
    return Choice(words("choose-product", product=product.name, price=price), f"product {product.slug}")


@buyers.hears("product")
async def show_product(shop: Shop, person: Person, slug: str) -> Message:
    """What it is, where it works, what it costs, how many there are, and what can be done."""
    product, left = await shop.db.read(_with_stock, slug)
    price = product.price(1, shop.rules.currency)
    about = words(
        "product-card",
        product=product.name,
        face=_face(product, person.locale),
        region=cards.region(product.region),
        anywhere="yes" if product.region == "global" else "no",
        price=price or "none",
        measure=cards.measure(product.measure),
        stock=min(left, 999) if price else 0,
        kind="by_hand" if product.made_by_staff else "on_demand" if product.is_bought else "stock",
        hours=_hours(product, shop.rules),
        days=product.after_sale_days,
    )
    steps = product.prices.get(shop.rules.currency, ())[1:]
    measure = cards.measure(product.measure)
    bulk = (
        words("product-bulk", n=least, price=product.price(least, shop.rules.currency), measure=measure)
        for least, _ in steps
    )
    choices = [Choice(words("choose-guide"), f"guide {slug}")]
    if left and price and product.on_sale:
        buy = [
            Choice(
                words("choose-buy-one", measure=cards.measure(product.measure)), f"buy {slug} 1", acts=True, main=True
            )
        ]
        if min(left, product.most_per_order) > 1:
            buy.append(Choice(words("choose-buy-more", measure=cards.measure(product.measure)), f"buy {slug}"))
        choices = [*buy, *choices]
    back = Choice(BACK, f"brand {product.brand}")
    return Message(Lines((about, *bulk)), (*choices, back), card=f"product {slug}")


def _face(product: Product, locale: str) -> str:
    """The face value, unless the name says it already."""
    return "named" if product.face_value.casefold() in product.name.in_(locale).casefold() else product.face_value


def _hours(product: Product, rules: Rules) -> int:
    """By when staff have made it, or it has come from its supplier, in hours."""
    usual = rules.supply_within if product.is_bought else rules.hand_within
    return ceil((product.hand_within or usual) / timedelta(hours=1))


def _with_stock(tx: Tx, slug: str) -> tuple[Product, int]:
    product = catalog.product(tx, slug)
    return product, inventory.available(tx, product) if product.on_sale else 0


@buyers.hears("guide")
async def show_guide(shop: Shop, person: Person, slug: str) -> Message:
    """How to redeem it."""
    product = await shop.db.read(catalog.product, slug)
    choices = (Choice(words("choose-product-again"), f"product {slug}"), cards.MY_ORDERS, cards.HUMAN)
    if not product.guide.texts:
        return Message(words("guide-missing", product=product.name), choices)
    how = words("guide", product=product.name)
    region = words("guide-region", region=cards.region(product.region))
    text = (how, product.guide) if product.region == "global" else (how, product.guide, region)
    return Message(text, choices)


@buyers.hears_anything
async def find(shop: Shop, person: Person, text: str) -> Message:
    """Typed words that are no verb: products of that name, else help with choices."""
    found = await shop.db.read(_named, text, person.locale)
    if len(found) == 1:
        return await show_product(shop, person, found[0].slug)
    if found:
        return Message(words("found"), tuple(_listed(product, shop.rules.currency) for product in found[:FOUND]))
    return Message(words("not-understood"), (cards.SHELF, cards.MY_ORDERS, cards.HUMAN))


def _named(tx: Tx, text: str, locale: str) -> list[Product]:
    """Products whose name, brand or face value has every word of the text, in any language."""
    wanted = [word for word in text.casefold().split() if len(word) > 1 or not word.isascii()][:6]
    if not wanted:
        return []
    brands = {brand.slug: brand.name for brand in catalog.on_sale(tx)}
    found = []
    for product in catalog.everything(tx):
        names = (*product.name.texts.values(), *brands[product.brand].texts.values()) if product.on_sale else ()
        about = " ".join((*names, product.face_value if names else "")).casefold()
        if all(word in about for word in wanted):
            found.append(product)
    return found
