"""Which mail goes out about an order, and when: instead of the chat, before it, or besides. Sent by core/reaching.py.

A row names the order, the address by its number, and units; never a code and never the address.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core import contacts, orders
from core.attempts import Way
from core.ground import outbox
from core.ground.db import Tx
from core.ground.messages import Message, pack
from core.orders import Order

INSTEAD, BEFORE, BESIDES, NOTICE = "instead", "before", "besides", "notice"


def first(tx: Tx, order: Order, key: str, units: Sequence[int]) -> bool:
    """Where mail comes before the chat: the codes go that way. False where they don't."""
    return tx.rules.reach[0] == Way.EMAIL and _post(tx, order, key, BEFORE, units=list(units))


def instead(tx: Tx, order: Order, units: Sequence[int]) -> None:
    """The chat has not taken the codes: mail is the next way, if it is one, and they gave an address."""
    if Way.EMAIL in tx.rules.reach[tx.rules.reach.index(Way.CHAT) :]:
        _post(tx, order, f"mail {order.number} v{order.version} {units[0]}", INSTEAD, units=list(units))


def also(tx: Tx, order: Order, units: Sequence[int], event: int) -> None:
    """The chat has taken the codes, as that event tells, and they are mailed besides, if that is set."""
    if Way.EMAIL in tx.rules.also:
        _post(tx, order, f"mail besides {order.id} event {event}", BESIDES, units=list(units))


def notice(tx: Tx, person_id: str, key: str, message: Message) -> bool:
    """What the chat did not let us say about somebody's order goes by mail. False for anything else."""
    number = (message.card or "").removeprefix("order ")
    if Way.EMAIL not in tx.rules.reach or number == message.card or not number:
        return False
    order = _theirs(tx, person_id, number)
    return order is not None and _post(tx, order, f"mail {key}"[:200], NOTICE, message=pack(message))


def _theirs(tx: Tx, person_id: str, number: str) -> Order | None:
    """The order, if that account is its buyer's: not staff's, to whom cards of orders are shown too."""
    try:
        order = orders.numbered(tx, number)
    except orders.UnknownOrder:
        return None
    return order if order.person == person_id else None


def _post(tx: Tx, order: Order, key: str, why: str, **more: Any) -> bool:
    """False where there is no address. A repeat of the key posts nothing more."""
    contact = contacts.of_customer(tx, order.customer) if contacts.by_mail(tx) else None
    if contact is None:
        return False
    outbox.put(tx, "mail", key, via="email", what=why, contact=contact.id, order=order.id, **more)
    return True
