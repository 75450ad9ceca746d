"""Notes on an order: what staff write down for one another, and what they ask the buyer of a held one."""

from __future__ import annotations

from core import enquiries, order_events, orders, review, staff, threads
from core.authority import Right
from core.ground import audit
from core.ground.db import Tx
from core.orders import Order, State


def note(tx: Tx, number: str, written: str, person: str, key: str) -> Order:
    """Only staff read it. Once per key. Raises NotStaff, NotAllowed, UnknownOrder, NoteTooLong."""
    staff.may(tx, person, Right.ANSWER)
    order = orders.numbered(tx, number)
    kept = enquiries.keep(tx, key, person, person, written)
    if not order_events.recorded(tx, order.id, "noted", key):
        order_events.record(tx, order.id, "noted", person, note=kept, key=key)
        audit.write(tx, person, "note", f"order {order.number}")
    return order


def question(tx: Tx, number: str, written: str, person: str, key: str) -> Order:
    """Ask the buyer about an order, in their own chat. It pauses nothing: what is held is decided by its time.

    Question and answer stand on the order's card. Once per key. Raises NotStaff, NotAllowed, UnknownOrder,
    NoteTooLong.
    """
    staff.may(tx, person, Right.ANSWER)
    order = orders.locked(tx, orders.numbered(tx, number).id)
    if order_events.recorded(tx, order.id, "questioned", key):
        return order
    asked = threads.answer(tx, order.person, written, person, key, about=order)
    order_events.record(tx, order.id, "questioned", person, note=asked.last_note, key=key)
    if order.state is State.IN_REVIEW:
        review.tell_again(tx, order)
    return order
