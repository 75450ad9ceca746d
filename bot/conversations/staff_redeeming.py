"""A code of our own is brought to staff: it is redeemed, once. Only in private, for it is a code."""

from __future__ import annotations

from bot.conversation import Conversation, Talk
from bot.staff import staff
from core import catalog, redeeming, redemptions
from core.authority import Right
from core.catalog import Product
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words
from core.ground.vault import Secret
from core.redeeming import Honoured
from core.redemptions import OURS
from core.shop import Shop

NOBODY = "none"

counter = Conversation("redeeming", Right.ANSWER, private=True)
staff.talks(counter)

LEAVE = Choice(words("choose-leave"), "leave", acts=True)
ANOTHER = Choice(words("choose-redeem-another"), "redeem", main=True)


@counter.opens("redeem")
async def begin(talk: Talk, *typed: str) -> Message:
    """With a code behind it, that one; else it is asked for, typed or from a scanner."""
    if typed:
        return await _redeem(talk, " ".join(typed))
    return talk.ask(code, "redeem-which", (LEAVE,), numbered=False)


@counter.free_step
async def code(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("talk-left", staff.choices)
    return await _redeem(talk, talk.text)


async def _redeem(talk: Talk, typed: str) -> Message:
    """A wrong one is asked for again."""
    try:
        found = await talk.write(_honour, Secret(typed), talk.person.id)
    except (redeeming.NotHonoured, redeeming.NotHonouredNow) as refusal:
        return talk.ask(code, refusal.key, (LEAVE,), numbered=False, **refusal.facts)
    order = found.order
    about = {
        "number": order.number,
        "product": order.line_of(found.unit).terms.name,
        "position": found.unit.position,
        "time": found.at,
        "staff": found.by,
    }
    key = "redeem-done" if found.fresh else "redeem-before"
    return talk.end(key, (ANOTHER, Choice(words("choose-details"), f"order {order.number}")), **about)


def _honour(tx: Tx, typed: Secret, person: str, *, request_key: str) -> Honoured:
    return redeeming.redeem(tx, typed, person, request_key)


@staff.hears("issuer", right=Right.SHELF)
async def issuer(shop: Shop, person: Person, slug: str, name: str = "") -> Message:
    """Who can tell of a product's codes that they were redeemed: "shop", a supplier's name, or "none"."""
    product = await shop.db.read(catalog.product, slug)
    if name and name not in (OURS, NOBODY, *shop.issuers):
        return Message(words("issuer-unknown", name=name, options=", ".join((OURS, NOBODY, *shop.issuers))))
    return await shop.db.write(_issuer, product, name, person.id)


def _issuer(tx: Tx, product: Product, name: str, person: str) -> Message:
    if name:
        redemptions.set_issuer(tx, product, None if name == NOBODY else name, person)
    told = redemptions.issuer(tx, product.id)
    return Message(words("issuer", product=product.name, name=told or NOBODY, slug=product.slug))
