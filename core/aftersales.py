"""After the money: giving it back, in whole or in part, and what staff still owe."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from core import cards, inventory, ledger, order_events, orders, staff, units
from core.authority import Right
from core.ground import audit, outbox
from core.ground.db import Tx
from core.ground.messages import Choice, Fact, words
from core.ground.money import Money
from core.ledger import Receipt, Refund
from core.orders import Order, State
from core.quiet import Kind
from core.units import HANDED_OVER, Obligation, Unit, UnitState

REFUND_WITHIN = timedelta(hours=24)
BACK = (Obligation.REFUND, Obligation.ADMIN)  # its money is on its way back
GONE = (UnitState.REFUNDED, UnitState.CREDITED, UnitState.RELEASED)
BY_HAND = " by hand"  # in the ledger: it may have gone back once before, and bounced
BESIDES = ("surplus", "difference", "goodwill", "whole", "part", "late", "unused")  # refunds that no unit waits for


@dataclass(frozen=True)
class RefundCall:
    """What a rail is to be told. `ask_first`: it was told before and may have done it."""

    refund: int
    rail: str
    transaction: str
    key: str
    amount: Money
    paid: Money  # what had come in: `amount` may be a part of it
    reason: str
    ask_first: bool


@dataclass(frozen=True)
class RefundOutcome:
    """What the rail said: done, pending, failed; or unknown, when it said nothing. By hand: it can't, staff can.

    Whole only: nobody can send a part there.
    """

    state: Literal["done", "pending", "failed", "unknown", "by-hand", "whole-only"]
    reference: str = ""
    why: str = ""


def not_yet_back(tx: Tx, order: Order) -> list[Unit]:
    """Delivered units whose price has not gone back as such."""
    events = order_events.events_of(tx, order.id, "goodwill")
    back = {position for event in events for position in event.detail.get("units", ())}
    return [unit for unit in order.units if unit.state in HANDED_OVER and unit.position not in back]


def refund(tx: Tx, order_id: int, why: str, by: str, only: Collection[int] | None = None) -> Money:
    """Give back what is paid for and not handed over, of all units or `only` some; returns the amount.

    A repeat gives back nothing more. The refund and its key are written before any rail is called; the units are
    settled when it is done, at once where all of it was store credit.
    """
    order = orders.locked(tx, order_id)
    if order.state is State.UNDERPAID:
        amount = ledger.received(tx, order.id, order.total.currency)
    else:
        owed = _owe_refund(tx, order, only)
        amount = Money(sum(owed), order.total.currency)
        if not owed:  # what cost nothing ends all the same
            return amount
    units = orders.get(tx, order.id).units
    if order.state is State.UNDERPAID or all(unit.obligation in BACK or unit.state in GONE for unit in units):
        orders.move(tx, order.id, State.REFUND_PENDING, order.state, what="refund", actor=by, why=why)
    else:
        order_events.record(tx, order.id, "refund", by, why=why, amount=amount.amount)
    give_back_of(tx, order, amount, why)
    _settle_if_back(tx, order.id)
    return amount


def _owe_refund(tx: Tx, order: Order, only: Collection[int] | None) -> list[int]:
    """Every unit that is paid for and not handed over is owed its price instead."""
    prices = []
    for unit in order.units:
        wanted = only is None or unit.id in only
        if wanted and unit.obligation not in (None, *BACK) and unit.state not in HANDED_OVER:
            units.owe(tx, unit.id, unit.state, Obligation.REFUND, "shop", tx.now + REFUND_WITHIN)
            prices.append(unit.price)
    return prices


def give_back_of(tx: Tx, order: Order, amount: Money, why: str) -> None:
    """Have so much of what came in for an order sent back, from its receipts in the order they came in."""
    left = amount
    for receipt in ledger.receipts_of(tx, order.id):
        part = Money(min(left.amount, ledger.refundable(tx, receipt).amount), amount.currency)
        give_back(tx, receipt, part, why)
        left -= part
    outside = sum(made.total.amount for made in ledger.refunds_of(tx, order.id) if made.why == "outside")
    gone = Money(min(left.amount, outside), amount.currency)
    if gone.amount:  # it went back at the provider, and was booked as lost: now it is what was owed
        event = order_events.record(tx, order.id, "refund", "shop", why="outside", amount=gone.amount)
        ledger.post(tx, f"refund outside {event}", gone, came_from="losses", went_to=ledger.owed(order.number))


def give_back(tx: Tx, receipt: Receipt, amount: Money, why: str) -> None:
    """Have part of a receipt sent back to where it came from; store credit is back at once."""
    if amount.amount <= 0:
        return
    key = _key(receipt, len(ledger.refunds_against(tx, receipt)) + 1)
    made = ledger.make_refund(tx, receipt, amount, key, why)
    if receipt.rail == ledger.CREDIT:
        ledger.move_refund(tx, made, "done", "created", reference=key)
        _post_back(tx, receipt, made, amount)
        if receipt.order is not None:
            order = orders.get(tx, receipt.order)
            staff.say(tx, f"refunded {made}", order.person, cards.refunded(order, amount, receipt.rail, key, why))
    else:
        outbox.put(tx, "refund", key, refund=made)
    audit.write(tx, "shop", "refund", f"receipt {receipt.id}", amount=amount.plain(), currency=amount.currency, why=why)


def _key(receipt: Receipt, number: int) -> str:
    """Not by the receipt's number: a rail remembers every key."""
    return f"refund-{receipt.digest}-{number}"


def _post_back(tx: Tx, receipt: Receipt, refund_id: int, amount: Money, how: str = "") -> None:
    if receipt.order is None:
        came_from, owed = receipt.books, receipt.without_order
    else:
        order = orders.get(tx, receipt.order)
        is_credit = (
            receipt.rail == ledger.CREDIT
        )  # its buyer may have been another customer's account when it was spent
        came_from = ledger.credit_of(order.customer, amount.currency) if is_credit else receipt.books
        owed = ledger.owed(order.number)
    ledger.post(tx, f"refund {refund_id}{how}", amount, came_from=came_from, went_to=owed)


def about_unmatched(receipt: Receipt) -> dict[str, Fact]:
    """What staff must know to find out whose money it is."""
    reference, until = receipt.transaction, receipt.due_at
    return {"amount": receipt.total, "reference": reference, "receipt": receipt.id, "time": until}


def refund_begins(tx: Tx, refund_id: int) -> RefundCall | None:
    """The rail is about to be called. None when the refund has ended."""
    found = ledger.refund(tx, refund_id)
    if found.state in ("done", "failed"):
        return None
    ledger.move_refund(tx, refund_id, "sent", "created")
    receipt = ledger.receipt(tx, found.receipt)
    return RefundCall(
        refund_id,
        receipt.rail,
        receipt.transaction,
        found.key,
        found.total,
        receipt.total,
        found.why,
        found.state != "created",
    )


def refund_ended(tx: Tx, refund_id: int, outcome: RefundOutcome) -> None:
    """What the rail said. Done settles what it was for; failed goes to staff; unknown is asked again later."""
    found = ledger.refund(tx, refund_id)
    if outcome.state in ("pending", "unknown"):
        ledger.move_refund(tx, refund_id, "unknown", "sent", "created")
        return
    ended = "done" if outcome.state == "done" else "failed"
    if not ledger.move_refund(
        tx, refund_id, ended, "created", "sent", "unknown", reference=outcome.reference or found.key
    ):
        return
    receipt = ledger.receipt(tx, found.receipt)
    if receipt.order is None:
        _unmatched_ended(tx, receipt, found, outcome)
        return
    order = orders.locked(tx, receipt.order)
    if ended == "failed":
        _ask_staff_to_refund(tx, order, found, receipt, outcome)
    else:
        _refunded(tx, order, ledger.refund(tx, refund_id), receipt)


def refund_came_through(tx: Tx, refund_id: int, reference: str) -> bool:
    """The rail tells that it went back: before it was asked again, or sent there by staff whom it had failed.

    False for what was done by then.
    """
    found = ledger.refund(tx, refund_id)
    receipt = ledger.receipt(tx, found.receipt)
    if found.state != "failed":
        refund_ended(tx, refund_id, RefundOutcome("done", reference))
    elif ledger.move_refund(tx, refund_id, "done", "failed", reference=reference):
        _sent_there(tx, ledger.refund(tx, refund_id), receipt)
    return found.state != "done"


def _sent_there(tx: Tx, refund: Refund, receipt: Receipt) -> None:
    """Staff sent at the rail what it had refused us, and it says so before they did."""
    if receipt.order is None:
        _post_back(tx, receipt, refund.id, refund.total, BY_HAND)
        if not ledger.refundable(tx, receipt).amount:
            ledger.returned(tx, receipt)
        return
    order = orders.locked(tx, receipt.order)
    order_events.record(tx, order.id, "refunded_by_hand", "payment", amount=refund.total.amount)
    _refunded(tx, order, refund, receipt, BY_HAND)


def _unmatched_ended(tx: Tx, receipt: Receipt, found: Refund, outcome: RefundOutcome) -> None:
    """Money without an order went back, or staff must send it themselves."""
    if outcome.state != "done":
        _tell_staff_to_refund(tx, str(receipt.id), found, receipt, outcome)
        return
    _post_back(tx, receipt, found.id, found.total)
    ledger.returned(tx, receipt)


def _tell_staff_to_refund(tx: Tx, number: str, refund: Refund, receipt: Receipt, outcome: RefundOutcome) -> None:
    """Who paid, by which transaction of which rail, and how to say that it is done."""
    sentences = {"by-hand": "alarm-refund-by-hand", "whole-only": "alarm-refund-whole-only"}
    as_credit = Choice(words("choose-as-credit"), f"credited {number}")
    staff.alarm(
        tx,
        f"refund {refund.id}",
        sentences.get(outcome.state, "alarm-refund-failed"),
        *([as_credit] if outcome.state == "whole-only" else []),
        kind=Kind.MONEY,
        number=number,
        amount=refund.total,
        rail=cards.rail_called(receipt.rail),
        payer=receipt.payer or "none",
        reference=receipt.transaction,
    )


def _ask_staff_to_refund(tx: Tx, order: Order, refund: Refund, receipt: Receipt, outcome: RefundOutcome) -> None:
    """The rail won't: what was set aside goes back on sale, and the money is owed by a person."""
    owed = [] if refund.why in BESIDES else order.owing(Obligation.REFUND)
    inventory.release(tx, [unit.id for unit in owed])
    for unit in owed:
        units.owe(tx, unit.id, UnitState.BACKORDER, Obligation.ADMIN, "staff", tx.now + REFUND_WITHIN)
    _tell_staff_to_refund(tx, order.number, refund, receipt, outcome)
    if outcome.state == "by-hand":
        told = cards.refund_by_hand(order, refund.total, tx.now + REFUND_WITHIN, receipt.payer)
        staff.say(tx, f"by hand {refund.id}", order.person, told)


def refunded_by_hand(tx: Tx, order_id: int, reference: str, person: str) -> Money:
    """Staff sent back what the rail refused to; returns how much. A repeat finds nothing left and returns 0.

    Of what nobody knows the end of nothing is sent by hand: it may have gone back, and would twice.
    """
    staff.may(tx, person, Right.MONEY)
    order = orders.locked(tx, order_id)
    back = Money(0, order.total.currency)
    for refund in ledger.refunds_of(tx, order.id):
        if ledger.move_refund(tx, refund.id, "done", "failed", reference=reference):
            back += refund.total
            _refunded(tx, order, ledger.refund(tx, refund.id), ledger.receipt(tx, refund.receipt), BY_HAND)
    if back.amount:
        order_events.record(tx, order.id, "refunded_by_hand", person, amount=back.amount)
        audit.write(tx, person, "refund by hand", f"order {order.number}", amount=back.plain(), reference=reference)
    return back


def refunded_as_credit(tx: Tx, order_id: int, person: str) -> Money:
    """What the rail refused to send becomes the buyer's store credit; returns how much. A repeat returns 0."""
    staff.may(tx, person, Right.MONEY)
    order = orders.locked(tx, order_id)
    back = Money(0, order.total.currency)
    for refund in ledger.refunds_of(tx, order.id):
        if ledger.move_refund(tx, refund.id, "done", "failed", reference=f"credit {order.number}"):
            back += refund.total
            credit = ledger.credit_of(order.customer, refund.total.currency)
            ledger.post(
                tx, f"refund {refund.id} credit", refund.total, came_from=credit, went_to=ledger.owed(order.number)
            )
            staff.say(tx, f"credited {refund.id}", order.person, cards.credit_given(order, refund.total))
    if back.amount:
        order_events.record(tx, order.id, "credited", person, amount=back.amount)
        audit.write(tx, person, "refund as credit", f"order {order.number}", amount=back.plain())
        _settle_if_back(tx, order.id)
    return back


def returned_by_hand(tx: Tx, receipt_id: int, reference: str, person: str) -> Money:
    """As refunded_by_hand, of money that fits no order: staff name it by its receipt. Raises LookupError for none."""
    staff.may(tx, person, Right.MONEY)
    receipt = ledger.locked(tx, receipt_id)
    back = Money(0, receipt.total.currency)
    for refund in ledger.refunds_against(tx, receipt) if receipt.order is None else []:
        if ledger.move_refund(tx, refund.id, "done", "failed", reference=reference):
            back += refund.total
            _post_back(tx, receipt, refund.id, refund.total, BY_HAND)
    if back.amount:
        ledger.returned(tx, receipt)
        audit.write(tx, person, "refund by hand", f"receipt {receipt.id}", amount=back.plain(), reference=reference)
    return back


def refund_bounced(tx: Tx, order: Order, refund: Refund, receipt: Receipt) -> bool:
    """What had gone back is here again, for the rail could not bring it: it is owed by staff. False for a repeat."""
    if not ledger.move_refund(tx, refund.id, "failed", "done", reference=refund.reference):
        return False
    posting = f"refund {refund.id} bounced"
    ledger.post(tx, posting, refund.total, came_from=ledger.owed(order.number), went_to=receipt.books)
    staff.alarm(tx, posting, "alarm-refund-failed", kind=Kind.MONEY, number=order.number, amount=refund.total)
    return True


def _refunded(tx: Tx, order: Order, refund: Refund, receipt: Receipt, how: str = "") -> None:
    _post_back(tx, receipt, refund.id, refund.total, how)
    known_as, by_hand = refund.reference or refund.key, how == BY_HAND
    message = cards.refunded(order, refund.total, receipt.rail, known_as, refund.why, by_hand=by_hand)
    staff.say(tx, f"refunded {refund.id}{how}", order.person, message)
    _settle_if_back(tx, order.id)


def _settle_if_back(tx: Tx, order_id: int) -> None:
    """Once everything that units wait for has gone back, nothing is owed for them any more."""
    if any(other.state != "done" and other.why not in BESIDES for other in ledger.refunds_of(tx, order_id)):
        return
    order = orders.get(tx, order_id)
    owed = order.owing(*BACK)
    if order.state is State.REFUND_PENDING and not owed:  # underpaid: nothing was owed, but set aside
        owed = [unit for unit in order.units if unit.state not in units.SETTLED]
    inventory.release(tx, [unit.id for unit in owed])
    for unit in owed:
        units.settle(tx, unit.id, UnitState.REFUNDED)
    orders.move(tx, order.id, State.REFUNDED, State.REFUND_PENDING, what="refunded", actor="payment")
    finish(tx, order.id)


def finish(tx: Tx, order_id: int, units: Iterable[Unit] = ()) -> None:
    """Once nothing is owed for any unit the order has ended: delivered, or given back. A repeat changes nothing.

    `units`: all of them as they stand now, from whoever has locked the order and knows.
    """
    units = tuple(units) or orders.get(tx, order_id).units
    if any(unit.obligation is not None for unit in units):
        return
    if any(unit.state in HANDED_OVER for unit in units):
        orders.move(tx, order_id, State.DELIVERED, State.FULFILLING, what="delivered", actor="shop")
    else:
        orders.move(tx, order_id, State.REFUNDED, *orders.LIVE, what="refunded", actor="shop")


def overdue(tx: Tx, most: int = 50) -> list[int]:
    """Orders of which staff did not make by hand in time what they owe."""
    return units.overdue(tx, Obligation.BY_HAND, most=most)


def give_up(tx: Tx, order_id: int) -> None:
    """What was not made in time is refunded. Of an order made meanwhile nothing is."""
    order = orders.locked(tx, order_id)
    late = [unit.id for unit in order.owing(Obligation.BY_HAND) if unit.due_at and unit.due_at <= tx.now]
    if late:
        give_up_on(tx, order, late, "overdue", "clock")


def give_up_on(tx: Tx, order: Order, unserved: Collection[int], why: str, by: str) -> None:
    """These units can't be served: their money goes back, and of what goes together that of all the others too."""
    refund(tx, order.id, why, by, None if order.terms.together else unserved)


def lost_money(tx: Tx, most: int = 50) -> list[int]:
    """Unmatched receipts nobody found an order for in time."""
    return ledger.lost(tx, most)


def send_lost_money_back(tx: Tx, receipt_id: int) -> None:
    """Nobody found out in time whose it is: it goes back where it came from. A repeat changes nothing."""
    receipt = ledger.locked(tx, receipt_id)
    if receipt.order is None and receipt.due_at and receipt.due_at <= tx.now:
        give_back(tx, receipt, ledger.refundable(tx, receipt), "unmatched")


def overdue_units(tx: Tx, most: int = 50) -> list[int]:
    """Units whose obligation is overdue by a minute, and of which staff have not been told."""
    return [row.id for row in tx.all(units.LATE, before=tx.now - timedelta(minutes=1), most=most)]


OWES_MONEY = {Obligation.REFUND, Obligation.ADMIN, Obligation.DELIVER}  # what the buyer has paid for, and waits


def alarm_overdue(tx: Tx, unit_id: int) -> None:
    """Tell staff, once for each obligation, that something owed is overdue. A repeat says nothing."""
    if not tx.changed(units.ALARMED, unit=unit_id, at=tx.now):
        return
    row = tx.one(orders.OWED, unit=unit_id)
    what = words(f"owed-{row.obligation.replace('_', '-')}")
    key = f"overdue {unit_id} {row.obligation} {row.due_at.isoformat()}"
    kind = Kind.MONEY if row.obligation in OWES_MONEY else Kind.OVERDUE
    staff.alarm(tx, key, "alarm-overdue", kind=kind, what=what, number=row.number, time=row.due_at)
