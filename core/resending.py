"""A delivery once more: the same codes to the same buyer, when a chat has lost them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from core import cards, customers, delivery, gifts, meanwhile, order_events, orders, restores, staff, units
from core.authority import Right
from core.ground import audit, outbox
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import Codes
from core.orders import Order
from core.units import Obligation, Unit, UnitState

PAUSE = timedelta(minutes=5)  # two people who press are one delivery, and so is one who presses twice


class NothingToSend(ShopError):
    """No code of it was handed over yet, or none may be shown. Facts: number."""


def resend(tx: Tx, number: str, person: str) -> Order:
    """What was handed over goes to its buyer's chat again, and what waited there to be fetched; no gift.

    Raises NotStaff, NotAllowed, UnknownOrder, NothingToSend, and MeanwhileChanged within minutes of the last time.
    """
    staff.may(tx, person, Right.ANSWER)
    return again(tx, orders.numbered(tx, number).id, person)


def again(tx: Tx, order_id: int, person: str, only: Collection[int] | None = None) -> Order:
    """As resend, for whoever has asked already whether it may be done; of these units, or of all."""
    restores.must_be_checked(tx)
    order = orders.locked(tx, order_id)
    away = gifts.opened_of(tx, order.id)
    wanted = [unit for unit in order.units if only is None or unit.id in only]
    ready = [unit for unit in wanted if unit.may_be_shown and unit.id not in away]
    if not ready or customers.is_elsewhere(order.person):
        raise NothingToSend(number=order.number)
    for event in order_events.events_of(tx, order.id, "resent"):
        if event.at + PAUSE > tx.now:
            raise meanwhile.changed(tx, order, event)
    made = order_events.record(tx, order.id, "resent", person, units=len(ready))
    audit.write(tx, person, "resend", f"order {order.number}", to=order.person, count=len(ready))
    waiting = [unit.id for unit in ready if unit.obligation is Obligation.PICKUP]
    for unit in ready:
        if unit.id in waiting:
            units.owe(tx, unit.id, unit.state, Obligation.DELIVER, "shop", tx.now + delivery.DELIVER_WITHIN)
    if waiting:
        outbox.put(tx, "deliver", f"deliver {order.id} resent {made}", to=order.person, order=order.id, units=waiting)
    sent = tuple(unit.id for unit in ready if unit.state is UnitState.SENT)
    if sent:
        message = cards.delivered(order, Codes(order.id, sent), rules=tx.rules)
        staff.say(tx, f"resent {made}", order.person, message)
    return order


def may_be_sent(tx: Tx, order: Order, unit: Unit) -> bool:
    """Whether its code can be sent again now."""
    lately = [event for event in order_events.events_of(tx, order.id, "resent") if event.at + PAUSE > tx.now]
    theirs = unit.may_be_shown and unit.id not in gifts.opened_of(tx, order.id)
    return theirs and not customers.is_elsewhere(order.person) and not lately
