"""Trying the shop as a buyer: a purchase or an odd end is played on a copy, and the conversation told here."""

from __future__ import annotations

from bot.staff import staff
from core import catalog, rehearsals
from core.authority import Right
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words
from core.shop import Shop


@staff.hears("try", right=Right.STOCK)
async def choose(shop: Shop, person: Person, slug: str = "") -> Message:
    """What can be tried: of one product, or of the first simple thing."""
    return await shop.db.read(_choices, slug)


def _choices(tx: Tx, slug: str) -> Message:
    product = catalog.product(tx, slug) if slug else None
    choices = (
        Choice(words(f"rehearsal-{play}"), f"play {play} {slug}".rstrip(), main=play == rehearsals.PLAIN)
        for play in rehearsals.PLAYS
    )
    of = product.name if product else words("rehearsal-first-simple")
    return Message(words("rehearsal-which", product=of), tuple(choices))


@staff.hears("play", right=Right.STOCK)
async def play(shop: Shop, person: Person, play: str, slug: str = "") -> Message:
    """It is played beside the shop: answered at once, and told when it is over."""
    chats = shop.rehearsal.chats if shop.rehearsal else ()
    n = await shop.db.write(rehearsals.ask, person.id, play, slug or None, chats)
    return Message(words("rehearsal-begins", what=words(f"rehearsal-{play}"), n=n))
