"""Orders as staff see them: the newest, one with its story, those to be made by hand. Never a code."""

from __future__ import annotations

from bot.handlers.staff_help import HANDS, REVIEWS
from bot.staff import staff
from core import aftersales, cards, ledger, orders, review
from core.authority import Right
from core.customers import Person
from core.ground.db import Tx
from core.ground.messages import Choice, Lines, Message, words
from core.ground.money import Money
from core.orders import Obligation, Order, State
from core.shop import Shop

SHOWN = 10
EVENTS = 6


@staff.hears("orders", right=Right.LOOK)
async def latest(shop: Shop, person: Person) -> Message:
    found = await shop.db.read(orders.latest, SHOWN)
    if not found:
        return Message(words("staff-orders-none"), (REVIEWS, HANDS))
    return Message(words("staff-orders"), tuple(_listed(order) for order in found))


def _listed(order: Order) -> Choice:
    state = words(f"state-{order.state.value.replace('_', '-')}")
    label = words("choose-staff-order", number=order.number, amount=order.total, state=state)
    return Choice(label, f"order {order.number}")


@staff.hears("hands", right=Right.LOOK)
async def by_hand(shop: Shop, person: Person) -> Message:
    """What waits for somebody's hands."""
    fulfilling = await shop.db.read(orders.in_state, State.FULFILLING, most=200)
    owed = [order for order in fulfilling if order.owing(Obligation.BY_HAND)]
    if not owed:
        return Message(words("staff-hands-none"), (REVIEWS,))
    return Message(words("staff-hands", n=len(owed)), tuple(_listed(order) for order in owed[:SHOWN]))


@staff.hears("order", right=Right.LOOK)
async def show_order(shop: Shop, person: Person, number: str) -> Message:
    """One order: what, who, where it stands, what happened; and what can be done."""
    return await shop.db.read(_order, number)


@staff.hears("refunded", right=Right.MONEY)
async def refunded_by_hand(shop: Shop, person: Person, number: str, *reference: str) -> Message:
    """Staff sent the money back themselves, because the rail would not: of an order, or of a receipt without one."""
    back = await shop.db.write(_refunded, number, " ".join(reference) or "-", person)
    key = "refunded-by-hand" if back.amount else "refunded-nothing"
    return Message(words(key, amount=back, number=number.upper()), (REVIEWS, HANDS))


def _refunded(tx: Tx, number: str, reference: str, person: Person) -> Money:
    if number.isascii() and number.isdigit() and len(number) < 15:
        known = [receipt for receipt in ledger.unmatched(tx, 500) if receipt.id == int(number)]
        if not known:
            raise orders.UnknownOrder()
        return aftersales.returned_by_hand(tx, known[0].id, reference, person.id)
    return aftersales.refunded_by_hand(tx, orders.numbered(tx, number).id, reference, person.id)


@staff.hears("credited", right=Right.MONEY)
async def refunded_as_credit(shop: Shop, person: Person, number: str) -> Message:
    """The buyer takes store credit for what the rail can't send back."""
    back = await shop.db.write(_as_credit, number, person)
    key = "refunded-as-credit" if back.amount else "refunded-nothing"
    return Message(words(key, amount=back, number=number.upper()), (REVIEWS, HANDS))


def _as_credit(tx: Tx, number: str, person: Person) -> Money:
    return aftersales.refunded_as_credit(tx, orders.numbered(tx, number).id, person.id)


def _order(tx: Tx, number: str) -> Message:
    order = orders.numbered(tx, number)
    if order.state is State.IN_REVIEW:
        card = review.card(tx, order)
        return Message((*card.paragraphs, _story(tx, order)), card.choices[:2], card=card.card)
    if order.owing(Obligation.BY_HAND):
        card = cards.by_hand(order)
        return Message((*card.paragraphs, _story(tx, order)), card.choices[:1], card=card.card)
    about = words(
        "staff-order",
        number=order.number,
        product=order.terms.name,
        n=order.quantity,
        amount=order.total,
        buyer=cards.handle(order.person),
        state=words(f"state-{order.state.value.replace('_', '-')}"),
        time=order.placed_at,
    )
    return Message((about, _story(tx, order)), (REVIEWS, HANDS))


def _story(tx: Tx, order: Order) -> Lines:
    """What happened to it last."""
    return Lines(
        tuple(
            words("staff-event", time=row.at, what=words(f"event-{row.what.replace('_', '-')}"), actor=row.actor)
            for row in tx.all(orders.HISTORY_OF, order=order.id)[-EVENTS:]
        )
    )
