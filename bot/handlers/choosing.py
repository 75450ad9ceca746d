"""What becomes of a paid order that can't be served as it was ordered: the buyer chooses."""

from __future__ import annotations

from collections.abc import Callable

from bot.buyers import buyers
from core import later, orders, review, shortage
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Message
from core.orders import Order, State
from core.shop import Shop

Choose = Callable[[Tx, int, str], Order]


@buyers.hears("wait")
async def wait(shop: Shop, person: Person, number: str) -> Message:
    """Wait for new stock."""
    return await shop.db.write(_choose, shortage.wait, number, person)


@buyers.hears("swap")
async def swap(shop: Shop, person: Person, number: str) -> Message:
    """Take what is offered instead."""
    return await shop.db.write(_choose, shortage.swap, number, person)


@buyers.hears("deliver")
async def deliver(shop: Shop, person: Person, number: str) -> Message:
    """Have it after all."""
    return await shop.db.write(_choose, shortage.deliver, number, person)


@buyers.hears("credit")
async def keep_as_credit(shop: Shop, person: Person, number: str) -> Message:
    """Have it as store credit."""
    return await shop.db.write(_choose, shortage.take_credit, number, person)


@buyers.hears("creditback")
async def credit_back(shop: Shop, person: Person, number: str) -> Message:
    """Have the money instead of the store credit."""
    return await shop.db.write(_choose, shortage.take_money_after_all, number, person)


@buyers.hears("refundme")
async def refund_me(shop: Shop, person: Person, number: str) -> Message:
    """Rather the money: of a held order, of one that goes out later, and of what can't be served."""
    return await shop.db.write(_choose, _take_money, number, person)


def _take_money(tx: Tx, order_id: int, by: str) -> Order:
    """Of a held order with something to choose about, first that: the same word answers both questions."""
    order = orders.locked(tx, order_id)
    if order.state is State.IN_REVIEW and not order.owing(*shortage.CHOSEN):
        review.give_up(tx, order, by)
        return orders.get(tx, order.id)
    if later.due_at(order) and not order.owing(*shortage.CHOSEN):
        return later.take_money(tx, order.id, by)
    return shortage.take_money(tx, order.id, by)


def _choose(tx: Tx, choose: Choose, number: str, person: Person) -> Message:
    """A second choice changes nothing: the order is shown as the first one left it."""
    order = orders.own(tx, number, person.customer, person.id)
    waits = later.due_at(order) and choose is _take_money
    open_ = waits or order.owing(*shortage.CHOSEN) or order.state is State.IN_REVIEW
    if open_ or choose is shortage.take_money_after_all:
        order = choose(tx, order.id, person.id)
    return shortage.stands(tx, order)
