"""Finding by typing: words that are no verb are looked for among the products."""

from __future__ import annotations

from bot.buyers import buyers
from bot.handlers.product import listed, show_product
from bot.paging import is_number, paged
from core import cards, catalog
from core.catalog import Product
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Message, words
from core.shop import Shop

WORDS, LONGEST = 6, 24  # of what was typed so much is looked for, and carried from page to page


@buyers.hears_anything
async def find(shop: Shop, person: Person, text: str) -> Message:
    """Typed words that are no verb: products of that name, else help with choices."""
    return await _found(shop, person, _wanted(text), "1")


@buyers.hears("found")
async def show_found(shop: Shop, person: Person, *said: str) -> Message:
    """A page of what was found: the words, then its number."""
    if not said or not is_number(said[-1]):
        return await find(shop, person, " ".join(said))
    return await _found(shop, person, _wanted(" ".join(said[:-1])), said[-1])


async def _found(shop: Shop, person: Person, wanted: list[str], page: str) -> Message:
    found = await shop.db.read(_named, wanted) if wanted else []
    if len(found) == 1:
        return await show_product(shop, person, found[0].slug)
    if not found:
        return Message(words("not-understood"), (cards.SHELF, cards.MY_ORDERS, cards.HUMAN))
    choices = [listed(product, shop.rules.currency) for product in found]
    return Message(words("found"), (*paged(choices, page, " ".join(("found", *wanted))), cards.SHELF))


def _wanted(text: str) -> list[str]:
    """The words that count. Looked for again they are the same, so that a second page goes with the first."""
    said = [word[:LONGEST] for word in text.casefold().split()]
    return [word for word in said if len(word) > 1 or not word.isascii()][:WORDS]


def _named(tx: Tx, wanted: list[str]) -> list[Product]:
    """Products whose name, brand or face value has every one of the words, in any language."""
    brands = {brand.slug: brand.name for brand in catalog.on_sale(tx)}
    found = []
    for product in catalog.everything(tx):
        if not product.on_sale:
            continue
        names = (*product.name.texts.values(), *brands[product.brand].texts.values(), product.face_value)
        about = " ".join(names).casefold()
        if all(word in about for word in wanted):
            found.append(product)
    return found
