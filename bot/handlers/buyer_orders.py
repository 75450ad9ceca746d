"""A buyer's orders: the list, one of them with its codes, picking one up elsewhere."""

from __future__ import annotations

from bot.buyers import buyers
from bot.handlers.paying import pay
from core import cards, delivery, orders, shortage
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words
from core.orders import Obligation, Order
from core.shop import Shop

PAGE = 6


@buyers.hears("orders")
async def my_orders(shop: Shop, person: Person, page: str = "1") -> Message:
    """The buyer's orders, newest first, each a button that opens it; with an order's number, that order."""
    if "-" in page:
        return await show_order(shop, person, page)
    at = max(int(page), 1) if page.isascii() and page.isdigit() and len(page) < 5 else 1
    found = await shop.db.read(orders.newest, person.customer, person.id, PAGE + 1, (at - 1) * PAGE)
    if not found:
        return Message(words("orders-none"), (cards.SHELF, cards.HUMAN))
    choices = [_listed(order) for order in found[:PAGE]]
    if len(found) > PAGE:
        choices.append(Choice(words("choose-older"), f"orders {at + 1}"))
    return Message(words("orders"), (*choices, cards.SHELF))


def _listed(order: Order) -> Choice:
    label = words(
        "choose-order",
        product=order.terms.name,
        n=order.quantity,
        state=words(f"state-{order.state.value.replace('_', '-')}"),
    )
    return Choice(label, f"order {order.number}")


@buyers.hears("order")
async def show_order(shop: Shop, person: Person, number: str = "") -> Message:
    """One order as it stands: unpaid, where to pay it; delivered, its codes once more."""
    if not number:
        return await my_orders(shop, person)
    order = await shop.db.read(orders.own, number, person.customer, person.id)
    if order.state in orders.UNPAID:
        return await pay(shop, person, order.number)
    if any(delivery.may_be_shown(unit) for unit in order.units):
        return await shop.db.write(_shown, order, person)
    return await shop.db.read(stands, order)


def stands(tx: Tx, order: Order) -> Message:
    """Where an order stands, with what its buyer may choose."""
    if order.owing(Obligation.CHOICE):
        return shortage.card(tx, order)
    return cards.status(order)


def _shown(tx: Tx, order: Order, person: Person) -> Message:
    return delivery.shown(tx, orders.locked(tx, order.id), person)


@buyers.hears("pickup")
async def pick_up(shop: Shop, person: Person, number: str, *phrase: str) -> Message:
    """Open an order from another chat, by its number and pick-up phrase."""
    order = await shop.db.write(delivery.pick_up, number, " ".join(phrase), person)
    return await show_order(shop, person, order.number)
