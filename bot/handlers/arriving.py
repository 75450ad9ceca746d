"""Arriving: hello, and what a deep link leads to."""

from __future__ import annotations

from dataclasses import replace

from bot.buyers import buyers
from bot.handlers import gifts, moved_here
from bot.handlers.buyer_orders import show_order
from bot.handlers.product import show_product
from bot.handlers.shelf import show_brand, show_shelf
from core import cards, catalog, links, orders
from core.catalog import UnknownProduct
from core.customers import Person
from core.ground.messages import Choice, Message, words
from core.shop import Shop


@buyers.hears("start")
async def welcome(shop: Shop, person: Person, *from_where: str) -> Message:
    """The first word; somebody known is offered the same again. With what a deep link carries, what it leads to."""
    if len(from_where) == 1 and links.opened(from_where[0]):
        return await arrive(shop, person, from_where[0])
    last = await shop.db.read(orders.newest_delivered, person.customer, person.id)
    choices = (cards.SHELF, cards.MY_ORDERS, cards.HUMAN)
    if last is None:
        return Message(words("welcome", shop=shop.rules.shop_name), choices)
    again = Choice(words("choose-same-again"), f"product {last.terms.slug}", main=True)
    return Message(words("welcome-back", product=last.terms.name), (again, *choices))


@buyers.hears("arrive")
async def arrive(shop: Shop, person: Person, payload: str = "") -> Message:
    """By a deep link: a product, a brand, an order of one's own; by any other, hello."""
    match links.opened(payload):
        case ("product", slug):
            return await _at_product(shop, person, slug)
        case ("brand", slug):
            return await show_brand(shop, person, slug)
        case ("order", number):
            return await _at_order(shop, person, number)
        case ("gift", _):
            return await gifts.look(shop, person, payload)
        case ("credit", _):
            return await moved_here.look(shop, person, payload)
        case _:
            return await welcome(shop, person)


async def _at_order(shop: Shop, person: Person, number: str) -> Message:
    """As it stands, for its buyer; to anybody else, who comes by a forwarded invoice as a rule, a no and a hello."""
    try:
        return await show_order(shop, person, number)
    except orders.UnknownOrder as refusal:
        hello = await welcome(shop, person)
        return replace(hello, text=(words(refusal.key), *hello.paragraphs))


async def _at_product(shop: Shop, person: Person, slug: str) -> Message:
    """Its card; if it isn't sold any more, that, and what is."""
    try:
        product = await shop.db.read(catalog.product, slug)
    except UnknownProduct:
        sorry = words("unknown-product")
    else:
        if product.on_sale:
            return await show_product(shop, person, slug)
        sorry = words("not-on-sale", product=product.name)
    shelf = await show_shelf(shop, person)
    return replace(shelf, text=(sorry, *shelf.paragraphs))
