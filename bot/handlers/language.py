"""The language the shop speaks with somebody: the same for buyers and staff."""

from __future__ import annotations

from bot.buyers import buyers
from bot.router import Router
from bot.staff import staff
from core import customers
from core.authority import Right
from core.customers import Person
from core.ground.messages import Choice, Message, words
from core.ground.words import LOCALES
from core.shop import Shop


async def choose_language(shop: Shop, person: Person, locale: str = "") -> Message:
    """Which languages there are, or the change to one of them."""
    if locale not in LOCALES:
        choices = (Choice(words(f"language-{name.lower()}"), f"language {name}") for name in LOCALES)
        return Message(words("language"), tuple(choices))
    await shop.db.write(customers.speak, person.id, locale)
    return Message(words("language-changed"), (Choice(words("choose-start"), "start"),))


def register(router: Router) -> None:
    router.hears("language", right=Right.LOOK if router.only_staff else None)(choose_language)


for _router in (buyers, staff):
    register(_router)
