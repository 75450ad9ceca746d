"""A sale by hand: what, how many, to whom, where, for how much, under which reference; and only then it is sold."""

from __future__ import annotations

from bot import paging
from bot.conversation import Conversation, Talk
from bot.handlers.staff_help import ORDERS, STOCK
from bot.quantities import numeral
from bot.staff import staff
from core import catalog, inventory, quoted, selling, staffcards
from core.authority import Right
from core.catalog import Product
from core.enquiries import COVER
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words
from core.ground.money import Money, parse
from core.orders import Order
from core.selling import Sale

sale = Conversation("selling", Right.SELL)
staff.talks(sale)

LEAVE = Choice(words("choose-leave"), "leave", acts=True)
LONGEST = 120  # characters of a reference


@sale.opens("sell")
async def begin(talk: Talk, slug: str = "", many: str = "") -> Message:
    """Alone it offers what lies in stock; with a product, and a number, it goes on from there."""
    talk.answers["currency"] = talk.shop.rules.currency
    if slug and not paging.is_number(slug):
        return await _product(talk, slug, many)
    return await _offer(talk, slug or "1")


async def _offer(talk: Talk, page: str) -> Message:
    found = await talk.read(_in_stock)
    if not found:
        return talk.end("staff-sell-nothing", (STOCK,))
    at = paging.which(page, len(found))
    names = staffcards.told_apart(found)
    shown = [Choice(names[product.id], f"sell {product.slug}") for product in paging.page_of(found, at)]
    return talk.ask(which, "staff-sell-what", (*shown, *paging.ways("sell", at, len(found)), LEAVE))


def _in_stock(tx: Tx) -> list[Product]:
    kinds = [product for product in catalog.everything(tx) if product.kind in selling.SOLD and not product.frozen]
    return [product for product in kinds if inventory.available(tx, product)]


@sale.step
async def which(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("staff-sell-left", (STOCK,))
    return await _offer(talk, "1")


async def _product(talk: Talk, slug: str, many: str) -> Message:
    chosen, left = await talk.read(_with_stock, slug)
    talk.answers |= {"slug": chosen.slug, "left": left}
    talk.text = many
    return await how_many(talk) if many else _ask_how_many(talk)


def _with_stock(tx: Tx, slug: str) -> tuple[Product, int]:
    chosen = selling.may_be_sold(tx, slug)
    return chosen, inventory.available(tx, chosen)


def _ask_how_many(talk: Talk) -> Message:
    most = min(talk.answers["left"], selling.MOST)
    return talk.ask(how_many, "staff-sell-how-many", (LEAVE,), numbered=False, most=most)


@sale.step
async def how_many(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("staff-sell-left", (STOCK,))
    many = numeral(talk.text)
    if many is None or not 1 <= many <= min(talk.answers["left"], selling.MOST):
        return _ask_how_many(talk)
    talk.answers["many"] = many
    return talk.ask(to_whom, "staff-sell-to-whom", (LEAVE,), numbered=False, most=selling.LONGEST)


@sale.free_step
async def to_whom(talk: Talk) -> Message:
    name = _line(talk.text, selling.LONGEST)
    if name == "leave":
        return talk.end("staff-sell-left", (STOCK,))
    if not name:
        return talk.ask(to_whom, "staff-sell-to-whom", (LEAVE,), numbered=False, most=selling.LONGEST)
    talk.answers["buyer"] = await talk.read(quoted.covered, name)
    return talk.ask(where, "staff-sell-where", (LEAVE,), numbered=False, most=selling.LONGEST)


@sale.free_step
async def where(talk: Talk) -> Message:
    channel = _line(talk.text, selling.LONGEST)
    if channel == "leave":
        return talk.end("staff-sell-left", (STOCK,))
    if not channel:
        return talk.ask(where, "staff-sell-where", (LEAVE,), numbered=False, most=selling.LONGEST)
    talk.answers["channel"] = await talk.read(quoted.covered, channel)
    return _ask_how_much(talk)


def _ask_how_much(talk: Talk) -> Message:
    return talk.ask(how_much, "staff-sell-how-much", (LEAVE,), numbered=False, n=talk.answers["many"])


@sale.step
async def how_much(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("staff-sell-left", (STOCK,))
    try:
        paid = parse(talk.text, talk.answers["currency"])
    except ValueError:
        return _ask_how_much(talk)
    if paid.amount <= 0:
        return _ask_how_much(talk)
    talk.answers["paid"] = paid.amount
    return _ask_reference(talk)


def _ask_reference(talk: Talk) -> Message:
    return talk.ask(reference, "staff-sell-reference", (LEAVE,), numbered=False, most=LONGEST)


@sale.free_step
async def reference(talk: Talk) -> Message:
    said = _line(talk.text, LONGEST)
    if said == "leave":
        return talk.end("staff-sell-left", (STOCK,))
    said = await talk.read(quoted.covered, said)
    if not said or said == COVER:  # a code and nothing else is no reference
        return _ask_reference(talk)
    talk.answers["reference"] = said
    return await _ask_sure(talk)


async def _ask_sure(talk: Talk) -> Message:
    said = talk.answers
    chosen, _ = await talk.read(_with_stock, said["slug"])
    sold = Choice(words("choose-sold"), "sold", acts=True, main=True)
    facts = {
        "product": staffcards.in_full(chosen),
        "n": said["many"],
        "buyer": said["buyer"],
        "channel": said["channel"],
    }
    paid = Money(said["paid"], said["currency"])
    return talk.ask(sure, "staff-sell-sure", (sold, LEAVE), **facts, amount=paid, reference=said["reference"])


@sale.step
async def sure(talk: Talk) -> Message:
    if talk.text == "leave":
        return talk.end("staff-sell-left", (STOCK,))
    if talk.text != "sold":
        return await _ask_sure(talk)
    said = talk.answers
    paid = Money(said["paid"], said["currency"])
    made = Sale(said["slug"], said["many"], said["buyer"], said["channel"], paid, said["reference"])
    order = await talk.write(_sell, made, talk.person.id)
    fetch = Choice(words("choose-fetch"), f"reveal {order.number}", main=True)
    look = Choice(words("choose-details"), f"order {order.number}")
    facts = {"number": order.number, "n": len(selling.to_fetch(order)), "buyer": said["buyer"]}
    return talk.end("staff-sold", (fetch, look, ORDERS), **facts)


def _sell(tx: Tx, made: Sale, person: str, *, request_key: str) -> Order:
    return selling.sell(tx, made, person, request_key)


def _line(text: str, most: int) -> str:
    """What was written, on one line; empty if it can't be kept."""
    said = " ".join(text.split())
    return said if said.isprintable() and 0 < len(said) <= most else ""
