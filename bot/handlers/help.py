"""Help, help with a payment, and the shop's terms."""

from __future__ import annotations

from bot.buyers import buyers
from core import cards, catalog
from core.customers import Person
from core.ground.messages import Choice, Message, words
from core.shop import Shop

TERMS = Choice(words("choose-terms"), "terms")
PAY_SUPPORT = Choice(words("choose-paysupport"), "paysupport")
LANGUAGE = Choice(words("choose-language"), "language")
NEWS = Choice(words("choose-about-news"), "news")
FAQ = Choice(words("choose-faq"), "faq")
LINK = Choice(words("choose-link"), "link")
EMAIL = Choice(words("choose-email"), "email")


@buyers.hears("help")
async def help(shop: Shop, person: Person) -> Message:
    mail = (EMAIL,) if "email" in (*shop.rules.reach, *shop.rules.also) else ()
    first = (cards.SHELF, cards.MY_ORDERS, FAQ, cards.HUMAN, PAY_SUPPORT, TERMS, NEWS, LINK)
    return Message(words("help"), (*first, *mail, LANGUAGE))


@buyers.hears("paysupport")
async def pay_support(shop: Shop, person: Person) -> Message:
    """What to do about a payment, and who looks into it. Telegram requires that a shop hears this word."""
    return Message(words("paysupport"), (cards.MY_ORDERS, cards.HUMAN, TERMS))


@buyers.hears("terms")
async def terms(shop: Shop, person: Person) -> Message:
    """What the shop does and doesn't do, in as many words as somebody reads."""
    days = await shop.db.read(catalog.after_sale_days)
    return Message(words("terms", shop=shop.rules.shop_name, days=days or 0), (cards.SHELF, PAY_SUPPORT, cards.HUMAN))
