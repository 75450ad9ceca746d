"""News from the shop: a buyer says whether they want it, and may stop it with a word."""

from __future__ import annotations

from bot.buyers import buyers
from core import broadcasts, cards
from core.customers import Person
from core.ground.messages import Choice, Message, words
from core.shop import Shop

YES = Choice(words("choose-news"), "wantnews", acts=True)
NO = Choice(words("choose-no-news"), "nonews")


@buyers.hears("news")
async def ask(shop: Shop, person: Person) -> Message:
    """Whether they get it, and the way to change that. Nobody does who has not said so."""
    if await shop.db.read(broadcasts.agreed, person.id):
        return Message(words("news-on"), (NO, cards.SHELF))
    return Message(words("news-off"), (YES, cards.SHELF))


@buyers.hears("wantnews")
async def agree(shop: Shop, person: Person) -> Message:
    await shop.db.write(broadcasts.agree, person.id)
    return Message(words("news-on"), (NO, cards.SHELF))


@buyers.hears("nonews")
async def leave(shop: Shop, person: Person) -> Message:
    await shop.db.write(broadcasts.leave, person.id)
    return Message(words("news-left"), (YES, cards.SHELF))
