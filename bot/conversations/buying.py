"""Buying: how many, what the product must know, how to pay; then the order stands and its page is open."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import structlog
from structlog.contextvars import bind_contextvars

from bot import ways
from bot.buyers import buyers
from bot.conversation import Conversation, Talk
from bot.handlers.paying import open_payment
from bot.handlers.paying import pay as show_payment
from bot.handlers.product import not_sold_here
from bot.handlers.shelf import show_shelf
from bot.quantities import quantity_said
from bot.ways import Way, Ways
from core import cards, catalog, checkout, inventory, switches, waiting
from core.catalog import Product
from core.customers import Person
from core.ground import presses
from core.ground.db import Tx
from core.ground.messages import Choice, Message
from core.marks import Origin
from core.orders import Order

buying = Conversation("buying")
buyers.talks(buying)

log = structlog.get_logger()

OFTEN = (1, 2, 5, 10)


@buying.opens("buy")
async def begin(talk: Talk, slug: str = "", quantity: str = "") -> Message:
    if not slug:
        return await show_shelf(talk.shop, talk.person)
    if order := await talk.read(checkout.placed, talk.person, talk.key):  # heard again: it may have been the last one
        return await _stands(talk, order)
    product, most, here, shown = await talk.read(
        _to_buy, slug, ways.to_look(talk.shop, talk.person), talk.person, talk.key
    )
    if not here.sells(product):
        return not_sold_here(product)
    if most < 1:
        raise inventory.OutOfStock(left=0)
    talk.answers |= {"product": product.slug, "most": most, "answers": {}, "shown": shown and shown.isoformat()}
    if not quantity:
        return _ask_how_many(talk, product, "buying-how-many")
    return await _counted(talk, product, quantity, here)


@buying.step
async def count(talk: Talk) -> Message:
    product = await talk.read(catalog.product, talk.answers["product"])
    return await _counted(talk, product, talk.text)


async def _counted(talk: Talk, product: Product, said: str, here: Ways | None = None) -> Message:
    quantity = quantity_said(said)
    if quantity is None:
        return _ask_how_many(talk, product, "buying-not-understood")
    if quantity > talk.answers["most"]:
        return _ask_how_many(talk, product, "buying-too-many")
    talk.answers["quantity"] = quantity
    return await _ask_next(talk, product, here)


def _ask_how_many(talk: Talk, product: Product, key: str) -> Message:
    most = talk.answers["most"]
    choices = [Choice(str(many), str(many), acts=True) for many in OFTEN if many <= most]
    return talk.ask(count, key, choices, numbered=False, max=most, measure=cards.measure(product.measure))


@buying.free_step
async def form(talk: Talk) -> Message:
    product = await talk.read(catalog.product, talk.answers["product"])
    field = next(field for field in product.form if field.name not in talk.answers["answers"])
    said = " ".join(talk.text.split())
    if not re.fullmatch(field.pattern, said):
        return talk.ask(form, "buying-form-again", label=field.label)
    talk.answers["answers"] = {**talk.answers["answers"], field.name: said}
    return await _ask_next(talk, product)


@buying.step
async def pay(talk: Talk) -> Message:
    product = await talk.read(catalog.product, talk.answers["product"])
    offered = await _offered(talk, product)
    chosen = next((way for way in offered if way.rail.name == talk.text), None)
    if chosen is None:
        return talk.ask(pay, "buying-how-to-pay-again", ways.choices(offered, ""))
    return await _place(talk, chosen)


async def _offered(talk: Talk, product: Product, here: Ways | None = None) -> list[Way]:
    here = here or await ways.look(talk.shop, talk.person.chat)
    return here.to_buy(product, talk.answers["quantity"])


async def _ask_next(talk: Talk, product: Product, here: Ways | None = None) -> Message:
    """The first thing still to be known, or the order. `here`: how one pays here, by who has just looked."""
    for field in product.form:
        if field.name not in talk.answers["answers"]:
            return talk.ask(form, "buying-form", label=field.label, product=product.name)
    offered = await _offered(talk, product, here)
    if not offered:
        return talk.end("no-rail", (cards.HUMAN,))
    if len(offered) == 1:
        return await _place(talk, offered[0])
    totals = {way.total for way in offered}
    same = "yes" if len(totals) == 1 else "no"
    return talk.ask(pay, "buying-how-to-pay", ways.choices(offered, ""), total=offered[0].total, same=same)


async def _place(talk: Talk, way: Way) -> Message:
    """The order stands from here on, whatever the rail says: a repeat finds it and opens its page again."""
    said = talk.answers
    try:
        order: Order = await talk.write(
            checkout.place,
            talk.person,
            said["product"],
            said["quantity"],
            way.merchant,
            said["answers"],
            origin=_origin(talk),
        )
    except inventory.OutOfStock as refusal:
        product, left = await talk.read(_with_most, said["product"], talk.person)
        if not left:
            raise refusal from None
        talk.answers["most"] = left
        return _ask_how_many(talk, product, "buying-fewer-left")
    return await _stands(talk, order, way)


def _origin(talk: Talk) -> Origin:
    shown, told = talk.answers.get("shown"), talk.said.origin
    at = datetime.fromisoformat(shown) if shown else None
    return Origin(told.get("ip", ""), told.get("device", ""), told.get("country", ""), at)


async def _stands(talk: Talk, order: Order, way: Way | None = None) -> Message:
    bind_contextvars(order=order.id)
    log.info("an order stands", state=order.state)
    if order.state != "awaiting_payment":  # the same button pressed later on
        return cards.status(order)
    if way is None:
        return await show_payment(talk.shop, talk.person, order.number)
    return await open_payment(talk.shop, talk.person, order, way)


def _to_buy(
    tx: Tx, slug: str, look: Callable[[Tx], Ways], person: Person, key: str
) -> tuple[Product, int, Ways, datetime | None]:
    """With how many one may buy, how one pays in this chat, and when the button was shown that was pressed."""
    product, most = _with_most(tx, slug, person)
    return product, most, look(tx), presses.shown_at(tx, key)


def _with_most(tx: Tx, slug: str, person: Person) -> tuple[Product, int]:
    product = catalog.product(tx, slug)
    if not product.on_sale:
        raise catalog.NotOnSale(product=product.name)
    switches.must_be_open(tx)
    there = waiting.left(tx, product, person.customer, inventory.available(tx, product))
    return product, min(there, product.most_per_order)
