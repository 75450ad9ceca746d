"""A product: its card, and how it is redeemed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from math import ceil

from bot.buyers import buyers
from bot.paging import is_number
from bot.ways import Ways, to_look
from core import cards, catalog, guide_cards, guides, inventory, waiting
from core.catalog import Product
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Choice, Lines, Message, words
from core.ground.rules import Rules
from core.shop import Shop

BACK = words("choose-back")


def listed(product: Product, ways: Ways) -> Choice:
    """A product in a list: its name and what one costs here."""
    price = ways.price(product)
    if price is None:
        return Choice(product.name, f"product {product.slug}")
    return Choice(words("choose-product", product=product.name, price=price), f"product {product.slug}")


@buyers.hears("product")
async def show_product(shop: Shop, person: Person, slug: str) -> Message:
    """What it is, where it works, what it costs, how many there are, and what can be done."""
    product, left, ways = await shop.db.read(_with_stock, to_look(shop, person), slug, person)
    if not ways.sells(product):
        return not_sold_here(product)
    price = ways.price(product)
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
    steps = product.prices.get(price.currency, ())[1:] if price else ()
    measure = cards.measure(product.measure)
    bulk = (words("product-bulk", n=least, price=ways.price(product, least), measure=measure) for least, _ in steps)
    choices = [Choice(words("choose-guide"), f"guide {slug}")]
    offered = ways.to_buy(product, 1)
    no_way = (words("product-no-way"),) if left and price and product.on_sale and not offered else ()
    if left and price and product.on_sale and offered:
        buy = [
            Choice(
                words("choose-buy-one", measure=cards.measure(product.measure)), f"buy {slug} 1", acts=True, main=True
            )
        ]
        if min(left, product.most_per_order) > 1:
            buy.append(Choice(words("choose-buy-more", measure=cards.measure(product.measure)), f"buy {slug}"))
        choices = [*buy, *choices]
    if not left and price and waiting.can_wait_for(product):
        choices = [Choice(words("choose-tell-me"), f"waitlist {slug}", main=True), *choices]
    back = Choice(BACK, f"beside {slug}")
    return Message(
        Lines((about, *bulk, *no_way)),
        (*choices, back),
        card=f"product {slug}",
        picture=product.picture,
        shows=product.name if product.picture else None,
    )


def not_sold_here(product: Product) -> Message:
    """The platform's terms keep us from selling it in this chat, and from saying what it costs."""
    return Message(
        (product.name, words("not-sold-here")), (cards.MY_ORDERS, cards.HUMAN, Choice(BACK, f"beside {product.slug}"))
    )


def _face(product: Product, locale: str) -> str:
    """The face value, unless the name says it already."""
    return "named" if product.face_value.casefold() in product.name.in_(locale).casefold() else product.face_value


def _hours(product: Product, rules: Rules) -> int:
    """By when staff have made it, or it has come from its supplier, in hours."""
    usual = rules.supply_within if product.is_bought else rules.hand_within
    return ceil((product.hand_within or usual) / timedelta(hours=1))


def _with_stock(tx: Tx, look: Callable[[Tx], Ways], slug: str, person: Person) -> tuple[Product, int, Ways]:
    product = catalog.product(tx, slug)
    there = inventory.available(tx, product) if product.on_sale else 0
    return product, waiting.left(tx, product, person.customer, there), look(tx)


@buyers.hears("guide")
async def show_guide(shop: Shop, person: Person, slug: str, page: str = "1") -> Message:
    """How to redeem it: a part of it where it is long."""
    product, texts = await shop.db.read(guides.with_guide, slug)
    at = int(page) if is_number(page) else 1
    return guide_cards.message(product, texts, person.locale, shop.rules, at)
