"""Finding by typing: words that are no verb are looked for among the products."""

from __future__ import annotations

from bot.buyers import buyers
from bot.handlers.product import listed, show_product
from bot.paging import is_number, page_of, ways, which
from bot.ways import look
from core import cards, catalog
from core.customers import Person
from core.ground.messages import Message, words
from core.shop import Shop

WORDS, LONGEST = 6, 24  # of what was typed so much is looked for, and carried from page to page
UNKNOWN = Message(words("not-understood"), (cards.SHELF, cards.MY_ORDERS, cards.HUMAN))


async def found(shop: Shop, person: Person, text: str) -> Message | None:
    """The products whose names are in what was typed; None where there are none."""
    wanted = _wanted(text)
    return await _found(shop, person, wanted, "1") if wanted else None


async def find(shop: Shop, person: Person, text: str) -> Message:
    """As found(), else help with choices."""
    return await found(shop, person, text) or UNKNOWN


@buyers.hears("found")
async def show_found(shop: Shop, person: Person, *said: str) -> Message:
    """A page of what was found: the words, then its number."""
    numbered = bool(said) and is_number(said[-1])
    wanted, page = (said[:-1], said[-1]) if numbered else (said, "1")
    return await _found(shop, person, _wanted(" ".join(wanted)), page) or UNKNOWN


async def _found(shop: Shop, person: Person, wanted: list[str], page: str) -> Message | None:
    found = await shop.db.read(catalog.find, wanted) if wanted else []
    if len(found) == 1:
        return await show_product(shop, person, found[0])
    if not found:
        return None
    at = which(page, len(found))
    products = await shop.db.read(catalog.these, page_of(found, at))
    here = await look(shop, person.chat)
    choices = (listed(product, here) for product in products)
    return Message(words("found"), (*choices, *ways(" ".join(("found", *wanted)), at, len(found)), cards.SHELF))


def _wanted(text: str) -> list[str]:
    """The words that count. Looked for again they are the same, so that a second page goes with the first."""
    said = [word[:LONGEST] for word in text.casefold().split()]
    return [word for word in said if len(word) > 1 or not word.isascii()][:WORDS]
