"""Second thoughts of staff about what was to go out later: a person looks first."""

from __future__ import annotations

from core import later, order_events, review, staff
from core.authority import Right
from core.ground import audit
from core.ground.db import Tx
from core.ground.messages import Words, unpack_texts, words
from core.orders import Order
from core.risk import Finding, Outcome, Verdict


def doubt(tx: Tx, number: str, person: str) -> Order:
    """What waits for its time becomes in review, with the reasons it waited for.

    Raises NotStaff, NotAllowed, UnknownOrder, and MeanwhileChanged where it waits no more.
    """
    colleague = staff.may(tx, person, Right.DECIDE)
    order = later.waiting(tx, number)
    before = [Finding("later", why, 1) for why in unpack_texts(order.findings) if isinstance(why, Words)]
    doubted = Finding("staff", words("risk-staff-doubts", staff=colleague.name), outcome=Outcome.REVIEW)
    order_events.record(tx, order.id, "doubted", person)
    audit.write(tx, person, "doubt", f"order {order.number}")
    review.hold(tx, later.stopped(tx, order), Verdict(Outcome.REVIEW, (*before, doubted)))
    return later.tell_again(tx, order.id)
