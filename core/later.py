"""A paid order that passed, and goes out later: nothing is granted or bought for it before its time.

Until then it stays paid, as the schema wants it that grants nothing before an order is fulfilling; each of its units
owes `later`, due when it goes out. A refund, a dispute or a doubt of the rail's takes that away, and with it the going
out: who looks for what is due finds nothing.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, update

from core import aftersales, cards, histories, meanwhile, order_events, orders, shortage, staff, units
from core.authority import Right
from core.ground import audit
from core.ground.db import Tx
from core.ground.messages import Choice, Lines, Message, Words, pack_texts, unpack_texts, words
from core.orders import Order
from core.quiet import Kind
from core.risk import Verdict
from core.units import Obligation

WHY = update(orders.orders).where(orders.orders.c.id == bindparam("order")).values(findings=bindparam("why"))


def until(tx: Tx, order: Order, verdict: Verdict) -> None:
    """Paid stays paid, and goes out when the delay ends. The buyer is told by when, staff why.

    An order that waits already keeps its time. A repeat changes nothing.
    """
    fresh = order.owing(Obligation.RISK)
    if not fresh:
        return
    assert verdict.delay is not None  # noqa: S101  what goes out later says when
    due = due_at(order) or tx.now + verdict.delay
    counted = [finding for finding in verdict.findings if not finding.shadow]
    tx.changed(WHY, order=order.id, why=pack_texts(finding.why for finding in counted))
    order_events.record(tx, order.id, "delayed", "shop", rules=[finding.rule for finding in counted])
    for unit in fresh:
        units.owe(tx, unit.id, unit.state, Obligation.LATER, "clock", due)
    waits = orders.get(tx, order.id)
    key = f"{order.number} {fresh[0].id} {due.isoformat()}"  # again when a dispute in between was won
    staff.say(tx, f"later {key}", order.person, cards.later(waits))
    staff.tell(tx, f"later {key}", card(tx, waits), Kind.REVIEWS)


def due_at(order: Order) -> datetime | None:
    """When it goes out; None for an order that doesn't wait for its time."""
    return min((unit.due_at for unit in order.owing(Obligation.LATER) if unit.due_at), default=None)


def due(tx: Tx, most: int = 50) -> list[int]:
    """Orders whose time has come."""
    return units.overdue(tx, Obligation.LATER, most=most)


def go_out(tx: Tx, order_id: int) -> None:
    """Its time has come: paid becomes fulfilling, and it is handed over as if it had passed just now.

    Before its time, and for what was refunded, disputed, doubted or released meanwhile, nothing happens.
    """
    order = orders.locked(tx, order_id)
    when = due_at(order)
    if when and when <= tx.now:
        _pass_on(tx, order, "clock")


def release(tx: Tx, number: str, person: str) -> Order:
    """Staff have it go out at once. Raises NotStaff, NotAllowed, UnknownOrder, and MeanwhileChanged as waiting does."""
    staff.may(tx, person, Right.DECIDE)
    order = waiting(tx, number)
    order_events.record(tx, order.id, "released", person)
    audit.write(tx, person, "release", f"order {order.number}")
    _pass_on(tx, order, person)
    return tell_again(tx, order.id)


def take_money(tx: Tx, order_id: int, by: str) -> Order:
    """The buyer would rather have the money than wait. Nothing happens to an order that waits no more."""
    order = orders.locked(tx, order_id)
    units = [unit.id for unit in order.owing(Obligation.LATER)]
    if units:
        aftersales.give_up_on(tx, order, units, "buyer", by)
        tell_again(tx, order_id)
    return orders.get(tx, order_id)


def waiting(tx: Tx, number: str) -> Order:
    """The order, with everyone else made to wait. Raises UnknownOrder, and MeanwhileChanged where it waits no more."""
    order = orders.locked(tx, orders.numbered(tx, number).id)
    if due_at(order) is None:
        raise meanwhile.first(tx, order)
    return order


def stopped(tx: Tx, order: Order) -> Order:
    """What waits for its time is as if it had not been weighed yet; returns the order as that leaves it."""
    for unit in order.owing(Obligation.LATER):
        units.owe(tx, unit.id, unit.state, Obligation.RISK, "shop", tx.now + shortage.WEIGH_WITHIN)
    return orders.get(tx, order.id)


def _pass_on(tx: Tx, order: Order, actor: str) -> None:
    shortage.fulfil(tx, stopped(tx, order), actor)


# To staff


def card(tx: Tx, order: Order) -> Message:
    """Why it waits, until when, whose it is, and what can be done before; once it waits no more, where it stands."""
    when = due_at(order)
    if when is None:
        state = words(f"state-{order.state.value.replace('_', '-')}")
        over = words("staff-later-over", number=order.number, amount=order.total, state=state)
        return Message(over, (_details(order),), card=f"later {order.number}")
    head = words(
        "staff-later",
        amount=order.total,
        number=order.number,
        product=order.terms.name,
        n=order.quantity,
        time=when,
    )
    why = (words("staff-review-why", why=why) for why in unpack_texts(order.findings) if isinstance(why, Words))
    return Message(
        Lines((head, *why, *histories.told(tx, order))),
        (
            Choice(words("choose-release"), f"release {order.number}", acts=True, main=True),
            Choice(words("choose-doubt"), f"doubt {order.number}", acts=True),
            _details(order),
        ),
        card=f"later {order.number}",
    )


def _details(order: Order) -> Choice:
    return Choice(words("choose-details"), f"order {order.number}")


def tell_again(tx: Tx, order_id: int) -> Order:
    """The card has news. Returns the order as it stands."""
    order = orders.get(tx, order_id)
    staff.tell(tx, f"later over {order.number} {meanwhile.seen(tx, order)}", card(tx, order), Kind.REVIEWS)
    return order
