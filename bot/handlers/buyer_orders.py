"""A buyer's orders: the list, one of them with its codes, picking one up elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.buyers import buyers
from bot.handlers.help import LINK
from bot.handlers.paying import pay
from bot.paging import is_number
from core import cards, claims, delivery, orders, pickup, shortage
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Choice, Message, words
from core.orders import Order
from core.shop import Shop

PAGE = 6
LOOKED_THROUGH = 20  # orders, for the one that came last


@buyers.hears("orders")
async def my_orders(shop: Shop, person: Person, page: str = "1") -> Message:
    """The buyer's orders, newest first, each a button that opens it; with an order's number, that order."""
    if "-" in page:
        return await show_order(shop, person, page)
    at = max(int(page), 1) if is_number(page) else 1
    found = await shop.db.read(orders.newest, person.customer, person.id, PAGE + 1, (at - 1) * PAGE)
    if not found and at > 1:
        return await my_orders(shop, person)
    if not found:
        return Message(words("orders-none"), (cards.SHELF, LINK, cards.HUMAN))
    return page_of_orders(found, at)


def page_of_orders(found: Sequence[Order], at: int) -> Message:
    """A page of orders; one more than fits on it says that there are older ones."""
    older = [Choice(words("choose-older"), f"orders {at + 1}")] if len(found) > PAGE else []
    newer = [Choice(words("choose-newer"), f"orders {at - 1}")] if at > 1 else []
    return Message(words("orders"), (*(_listed(order, at) for order in found[:PAGE]), *older, *newer, cards.SHELF))


def _listed(order: Order, page: int) -> Choice:
    label = words(
        "choose-order",
        product=order.terms.name,
        n=order.quantity,
        state=words(f"state-{order.state.value.replace('_', '-')}"),
    )
    return Choice(label, f"order {order.number} {page}")


@buyers.hears("order")
async def show_order(shop: Shop, person: Person, number: str = "", page: str = "") -> Message:
    """One order as it stands: unpaid, where to pay it; delivered, its codes once more. `page`: of "my orders", to
    which the way back leads."""
    if not number or is_number(number):
        return await my_orders(shop, person, number or "1")
    card = await shop.db.read(_with_claim, await _one(shop, person, number), number)
    return leading_back(card, page) if is_number(page) else card


def _with_claim(tx: Tx, card: Message, number: str) -> Message:
    """An order's card, with the way to the claim that goes on about it."""
    claim = next((one for one in claims.of_order(tx, orders.numbered(tx, number).id) if one.goes_on), None)
    if claim is None:
        return card
    state = words(f"claim-state-{claim.state.replace('_', '-')}")
    look = Choice(words("choose-case", case=claim.number, state=state), f"case {claim.number}")
    return replace(card, choices=(*card.choices, look))


def leading_back(card: Message, page: str) -> Message:
    """An order's card whose last choice is the page of "my orders" it was opened from."""
    others = (choice for choice in card.choices if choice != cards.MY_ORDERS)
    return replace(card, choices=(*others, replace(cards.MY_ORDERS, says=f"orders {page}")))


async def _one(shop: Shop, person: Person, number: str) -> Message:
    order = await shop.db.read(orders.own, number, person.customer, person.id)
    if order.state in orders.UNPAID:
        return await pay(shop, person, order.number)
    if any(unit.may_be_shown for unit in order.units):
        return await shop.db.write(_shown, order, person)
    return await shop.db.read(shortage.stands, order)


def _shown(tx: Tx, order: Order, person: Person) -> Message:
    return shortage.mailed(tx, order, delivery.shown(tx, orders.locked(tx, order.id), person))


@buyers.hears("redeem")
async def redeem(shop: Shop, person: Person, number: str = "") -> Message:
    """What came last, with its codes and how they are used: who asks to redeem something means that."""
    if number:
        return await show_order(shop, person, number)
    order = await shop.db.read(_came_last, person)
    if order is None:
        return Message(words("redeem-nothing"), (cards.MY_ORDERS, cards.SHELF, cards.HUMAN))
    return await _one(shop, person, order.number)


def _came_last(tx: Tx, person: Person) -> Order | None:
    """The newest that was handed over, fetched or not; before any was, the newest that is paid."""
    newest = orders.newest(tx, person.customer, person.id, LOOKED_THROUGH)
    handed = (order for order in newest if any(unit.may_be_shown for unit in order.units))
    paid = (order for order in newest if order.paid_at)
    return next(handed, None) or next(paid, None)


@buyers.hears("pickup")
async def pick_up(shop: Shop, person: Person, number: str, *phrase: str) -> Message:
    """Open an order from another chat, by its number and pick-up phrase."""
    order = await shop.db.write(pickup.pick_up, number, " ".join(phrase), person)
    return await show_order(shop, person, order.number)
