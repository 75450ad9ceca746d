"""Payments as staff look into them: what was told of an order's, and what a sale leaves on each rail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from bot import paging, ways
from bot.handlers.staff_help import ORDERS, STOCK
from bot.staff import staff
from bot.ways import Ways
from core import cards, catalog, ledger, margins, orders
from core.authority import Right
from core.catalog import Product
from core.customers import Person
from core.ground import inbox
from core.ground.db import Tx
from core.ground.messages import Choice, Lines, Message, Words, words
from core.shop import Shop

SHOWN = 10
LATELY = timedelta(days=1)


@staff.hears("notices", right=Right.LOOK)
async def notices(shop: Shop, person: Person, number: str) -> Message:
    """The last notices of an order's payments, and why each counted or did not; no word of what was in them."""
    return await shop.db.read(_notices, number)


def _notices(tx: Tx, number: str) -> Message:
    order = orders.numbered(tx, number)
    payments = ledger.payments_of(tx, order.id)
    heard = inbox.heard_about(tx, [payment.key for payment in payments], SHOWN)
    refused = inbox.refusals(tx, sorted({payment.rail for payment in payments}), tx.now - LATELY, SHOWN)
    lines = [_heard(each) for each in heard]
    lines += [
        words("notice-refused", rail=cards.rail_called(each.rail), time=each.at, why=each.why) for each in refused
    ]
    back = Choice(words("choose-back"), f"order {order.number}")
    if not lines:
        return Message(words("notices-none", number=order.number), (back, ORDERS))
    return Message(Lines((words("notices", number=order.number), *lines)), (back, ORDERS))


def _heard(each: inbox.Heard) -> Words:
    rail = cards.rail_called(each.source)
    match each.state:
        case "done":
            return words("notice-taken", rail=rail, time=each.received_at)
        case "dead":
            return words("notice-set-aside", rail=rail, time=each.received_at, why=each.trouble or "-")
    return words("notice-waits", rail=rail, time=each.received_at, why=each.trouble or "-")


@staff.hears("margins", right=Right.SHELF)
async def show_margins(shop: Shop, person: Person, page: str = "1") -> Message:
    """What one of each product leaves on each rail, the losing ones named."""
    return await shop.db.read(_margins, tuple(shop.payments.values()), page)


def _margins(tx: Tx, rails: ways.Rails, page: str) -> Message:
    sold = [product for product in catalog.everything(tx) if product.on_sale]
    if not sold or not rails:
        return Message(words("margins-none"), (STOCK,))
    everywhere = ways.everywhere(tx, rails)
    at = paging.which(page, len(sold))
    lines = [line for product in paging.page_of(sold, at) for line in _lines(tx, everywhere, product)]
    return Message(Lines((words("margins"), *lines)), (*paging.ways("margins", at, len(sold)), STOCK))


def _lines(tx: Tx, everywhere: Ways, product: Product) -> Iterator[Words]:
    cost = margins.cost(tx, product)
    for way in everywhere.to_buy(product, 1):
        found = margins.margin(way.total, way.rail.name, cost, tx.rules)
        facts = {"product": product.name, "rail": cards.rail_called(way.rail.name), "price": way.total}
        if found.left is None:
            yield words("margin-unknown", **facts, what="cost" if cost is None else "rate")
        elif found.below_cost:
            yield words("margin-loss", **facts, amount=found.left * -1)
        else:
            yield words("margin", **facts, amount=found.left)
