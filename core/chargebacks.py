"""Money that is taken back without us: disputes, refunds made at the provider; and money given from goodwill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core import (
    aftersales,
    cards,
    catalog,
    disputes,
    inventory,
    later,
    ledger,
    marks,
    order_events,
    orders,
    review,
    shortage,
    staff,
    units,
)
from core.authority import Right
from core.disputes import Dispute, DisputeNotice
from core.ground import audit, outbox
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import Words, words
from core.ground.money import Money
from core.ledger import Receipt
from core.orders import Order, State
from core.quiet import Kind
from core.risk import Finding, Outcome, Verdict
from core.units import Obligation, UnitState

FROZEN = (Obligation.RISK, Obligation.REVIEW, Obligation.DELIVER, Obligation.SUPPLIER, Obligation.BY_HAND)
FROZEN += (Obligation.CHOICE, Obligation.WAIT_STOCK, Obligation.PICKUP, Obligation.LATER)


@dataclass(frozen=True)
class RefundNotice:
    """What a rail says of money that went back there. `key` is ours, if it was us who sent it and the rail keeps it."""

    rail: str
    event: str
    account: str
    transaction: str  # of the payment
    reference: str  # the rail's id of the refund
    total: Money
    key: str = ""
    bounced: bool = False  # it had come through, and did not reach the payer after all
    keyless: bool = False  # the rail keeps no key of ours: it may be one that we sent
    so_far: bool = False  # `total` is all that went back on the payment by now, this refund with it


@dataclass(frozen=True)
class SuspicionNotice:
    """A rail, or the payer's bank, takes a payment for a fraud before anybody disputes it."""

    rail: str
    event: str
    account: str
    transaction: str
    why: str  # the rail's own word, for staff
    mark: str = marks.FRAUD_WARNING


class TooMuch(ShopError):
    """More than is left of what came in. Facts: most."""


def told(tx: Tx, notice: DisputeNotice) -> None:
    """What a rail says of a dispute is written down, and the order follows. A repeat changes nothing.

    Open: nothing more goes out, evidence is owed by staff. Won: the order goes on from where it was. Lost: what was
    not handed over counts as paid back, the rest is the shop's loss. One that was won may be opened again.
    Money we don't know of raises LookupError: its own notice has to come first.
    """
    receipt = ledger.received_before(tx, notice.rail, notice.account, notice.transaction)
    if receipt is None:
        raise LookupError(f"dispute {notice.reference}: no such payment is known")
    if receipt.order is None:  # it may be kept, or matched, at this moment
        receipt = ledger.locked(tx, receipt.id)
    order = orders.locked(tx, receipt.order) if receipt.order else None
    found = disputes.dispute(tx, notice)
    if found is None or (notice.state != "won" and found.state == "won"):  # lost after all: it was opened again
        found = _opened(tx, notice, receipt, order)
    if found and notice.state != "open" and disputes.decided(tx, found, notice.state):
        now = orders.get(tx, receipt.order) if receipt.order else None  # it may have been opened just now
        _decided(tx, found, receipt, now, won=notice.state == "won")


def _opened(tx: Tx, notice: DisputeNotice, receipt: Receipt, order: Order | None) -> Dispute | None:
    found = disputes.open_(tx, notice, receipt, order.state if order else None)
    if found is None:
        return None
    ledger.post(tx, f"dispute {found.id} {found.times}", found.total, came_from=receipt.books, went_to="disputed")
    number = order.number if order else "-"
    staff.alarm(
        tx, f"dispute {found.id} {found.times}", "alarm-dispute", kind=Kind.MONEY, number=number, amount=found.total,
        time=notice.evidence_by,
    )  # fmt: skip
    if order and orders.move(
        tx, order.id, State.DISPUTED, *orders.LIVE, State.DELIVERED, State.DISPUTE_WON, what="disputed", actor="payment"
    ):
        for unit in order.owing(*FROZEN):
            units.owe(tx, unit.id, unit.state, Obligation.DISPUTE, "staff", notice.evidence_by)
    return found


def _decided(tx: Tx, found: Dispute, receipt: Receipt, order: Order | None, *, won: bool) -> None:
    frozen = order.owing(Obligation.DISPUTE) if order else []
    posting = f"dispute {found.id} {found.times} {'won' if won else 'lost'}"
    if won:
        ledger.post(tx, posting, found.total, came_from="disputed", went_to=receipt.books)
        if order and order.state is State.DISPUTED and disputes.is_the_last(tx, found):
            _go_on(tx, order, State(found.order_was or State.DELIVERED))
        return
    if order is None:
        owed = min(ledger.refundable(tx, receipt).amount, found.total.amount)
        _lose(tx, posting, found.total, receipt.without_order, owed)
        ledger.returned(tx, receipt)
    else:
        worth = sum(unit.price for unit in frozen if unit.state is not UnitState.REPLACING)  # those were earned before
        undelivered = min(worth, found.total.amount)
        _lose(tx, posting, found.total, ledger.owed(order.number), undelivered)
        inventory.release(tx, [unit.id for unit in frozen])
        for unit in frozen:
            units.settle(tx, unit.id, UnitState.REFUNDED)
        orders.move(tx, order.id, State.DISPUTE_LOST, State.DISPUTED, what="dispute_lost", actor="payment")
        rest = Money(worth - undelivered, order.total.currency)
        aftersales.give_back_of(tx, order, rest, "part")


def _lose(tx: Tx, posting: str, total: Money, owed_on: str, owed: int) -> None:
    """What is gone: first what the shop owed anyway, on that account; the rest is its loss."""
    if owed:
        ledger.post(tx, f"{posting} owed", Money(owed, total.currency), came_from="disputed", went_to=owed_on)
    if owed < total.amount:
        rest = Money(total.amount - owed, total.currency)
        ledger.post(tx, posting, rest, came_from="disputed", went_to="losses")


def _go_on(tx: Tx, order: Order, was: State) -> None:
    """The dispute is won: the order goes on from the state it was in."""
    frozen = order.owing(Obligation.DISPUTE)
    if not frozen:
        orders.move(tx, order.id, State.DISPUTE_WON, State.DISPUTED, what="dispute_won", actor="payment")
        return
    weighed = was is State.FULFILLING or any(unit.state in units.HANDED_OVER for unit in frozen)
    to = State.FULFILLING if weighed else State.PAID
    orders.move(tx, order.id, to, State.DISPUTED, what="dispute_won", actor="payment")
    for unit in frozen:  # a supplier's code that came meanwhile went into stock
        product = catalog.by_id(tx, order.line_of(unit).product)
        if product.is_bought and unit.state is UnitState.BACKORDER:
            inventory.reserve_some(tx, product, [unit.id])
    lacking = [unit.id for unit in frozen if unit.state is UnitState.BACKORDER and _is_stocked(tx, order, unit.line)]
    ready = [unit.id for unit in frozen if unit.id not in lacking and unit.state not in units.HANDED_OVER]
    handed = [unit for unit in frozen if unit.state in units.HANDED_OVER]
    for unit in handed:
        units.owe(tx, unit.id, unit.state, Obligation.DELIVER, "shop", tx.now + shortage.WEIGH_WITHIN)
    if handed:
        again = [unit.id for unit in handed]
        outbox.put(tx, "deliver", f"deliver {order.id} v{order.version}", to=order.person, order=order.id, units=again)
    if ready:
        shortage.serve(tx, order.id, ready)
    if lacking:
        shortage.short(tx, order.id, lacking)


def _is_stocked(tx: Tx, order: Order, line: int) -> bool:
    product = next(each.product for each in order.lines if each.id == line)
    return not catalog.by_id(tx, product).made_to_order


def refunded_at_the_rail(tx: Tx, notice: RefundNotice) -> bool:
    """A rail tells of a refund: one we made has come through with it, any other was made there without us.

    One of an amount that the rail had refused us is what staff were asked to send, and sent there. Some rails keep no
    key of ours: on those, one of the same amount against the same payment is the one we made. Some say only how much
    went back so far: what we know of comes off. False for what is known and for a repeat. Raises LookupError for money
    we don't know.
    """
    if notice.bounced:
        return _bounced(tx, notice)
    receipt = _locked(tx, notice)
    made = ledger.refunds_against(tx, receipt) if receipt else []
    if notice.reference in {each.reference for each in made}:
        return False
    sent = [each for each in made if each.state != "failed" and each.why != "outside"]
    for ours in sent:
        if ours.key == notice.key or (notice.keyless and ours.total == notice.total):
            return aftersales.refund_came_through(tx, ours.id, notice.reference)
    total = notice.total
    if notice.so_far:
        total -= sum((each.total for each in made if each.state not in ("created", "failed")), Money(0, total.currency))
    if notice.key in {each.key for each in made}:
        return False
    for refused in made:
        if refused.state == "failed" and refused.total == total:
            return aftersales.refund_came_through(tx, refused.id, notice.reference)
    return refunded_outside(tx, notice.rail, notice.account, notice.transaction, notice.reference, total)


def _locked(tx: Tx, notice: RefundNotice) -> Receipt | None:
    """What came in, with everyone else made to wait: two who tell of one payment count what the other has written."""
    receipt = ledger.received_before(tx, notice.rail, notice.account, notice.transaction)
    if receipt and receipt.order is None:
        return ledger.locked(tx, receipt.id)
    if receipt and receipt.order:
        orders.locked(tx, receipt.order)
    return receipt


def _bounced(tx: Tx, notice: RefundNotice) -> bool:
    """A refund of ours came back: the money is here again, and staff are to send it. False for a repeat.

    Of money that fitted no order they hear, and nothing else is written down: it is theirs to settle at the rail.
    """
    receipt = ledger.received_before(tx, notice.rail, notice.account, notice.transaction)
    if receipt is None:
        raise LookupError(f"refund {notice.reference}: no such payment is known")
    if receipt.order is None:
        key = f"bounced {notice.rail} {notice.reference}"
        staff.alarm(tx, key, "alarm-refund-failed", kind=Kind.MONEY, number=str(receipt.id), amount=notice.total)
        return True
    order = orders.locked(tx, receipt.order)
    ours = (each for each in ledger.refunds_against(tx, receipt) if each.key == notice.key)
    return any([aftersales.refund_bounced(tx, order, each, receipt) for each in ours])


def suspected(tx: Tx, notice: SuspicionNotice) -> None:
    """Staff hear of it, once; and what has not been weighed yet, or waits for its time, waits for them.

    What had gone on by then goes on: whoever doubts it too refunds it at the rail, which ends what is not handed over.
    Raises LookupError for money we don't know.
    """
    receipt = ledger.received_before(tx, notice.rail, notice.account, notice.transaction)
    if receipt is None:
        raise LookupError(f"suspicion {notice.event}: no such payment is known")
    order = orders.locked(tx, receipt.order) if receipt.order else None
    if order:
        marks.keep(tx, order.id, marks.Kind.RAIL_SAYS, notice.mark)
    number = order.number if order else "-"
    waits = order and order.state in (*orders.UNWEIGHED, State.IN_REVIEW)
    sentence = "alarm-suspected" if waits else "alarm-suspected-late"
    staff.alarm(
        tx, f"suspected {notice.rail} {notice.transaction}", sentence, kind=Kind.RISK, number=number,
        amount=receipt.total, why=notice.why,
    )  # fmt: skip
    if order and order.state in orders.UNWEIGHED:
        _hold(tx, order, "rail-suspects", words("risk-rail-suspects", why=notice.why))


def _hold(tx: Tx, order: Order, rule: str, why: Words) -> None:
    """A person looks first, at what was not weighed yet and at what waits for its time."""
    finding = Finding(rule, why, outcome=Outcome.REVIEW)
    review.hold(tx, later.stopped(tx, order), Verdict(Outcome.REVIEW, (finding,)))


def refunded_outside(tx: Tx, rail: str, account: str, transaction: str, reference: str, amount: Money) -> bool:
    """The provider says that money went back which we did not send: it is a refund like any other, done already.

    What was not handed over ends with it, unit by unit; the rest is the shop's loss. Other receipts stay as they
    are. False for a repeat. LookupError for money we don't know.
    """
    receipt = ledger.received_before(tx, rail, account, transaction)
    if receipt is None:
        raise LookupError(f"refund {reference}: no such payment is known")
    if receipt.order is None:
        receipt = ledger.locked(tx, receipt.id)
    order = orders.locked(tx, receipt.order) if receipt.order else None
    fits = Money(min(amount.amount, ledger.refundable(tx, receipt).amount), amount.currency)
    made = ledger.refund_outside(tx, receipt, fits, f"outside-{rail}-{reference}"[:120], reference)
    if made is None:
        return False
    number = order.number if order else "-"
    about = {"number": number, "amount": amount}
    staff.alarm(tx, f"outside {rail} {reference}", "alarm-refunded-outside", kind=Kind.MONEY, **about)
    if order is None:
        ledger.post(tx, f"refund {made}", fits, came_from=receipt.books, went_to=receipt.without_order)
        if not ledger.refundable(tx, receipt).amount:
            ledger.returned(tx, receipt)
        return True
    unpaid = order.state in orders.UNPAID  # then it is simply less of what came in so far
    ended = fits.amount if unpaid else _end_what_is_paid_back(tx, order, fits.amount)
    if ended:
        part = Money(ended, fits.currency)
        ledger.post(tx, f"refund {made}", part, came_from=receipt.books, went_to=ledger.owed(order.number))
    if ended < fits.amount:
        rest = Money(fits.amount - ended, fits.currency)
        ledger.post(tx, f"refund {made} lost", rest, came_from=receipt.books, went_to="losses")
    order_events.record(tx, order.id, "refunded_outside", "payment", amount=fits.amount)
    if later.due_at(left := orders.get(tx, order.id)):  # whoever sent a part of it back may have had doubts
        _hold(tx, left, "refunded-outside", words("risk-refunded-outside", amount=fits))
    if order.state is State.FULFILLING:  # what had to wait for the rest goes out now
        shortage.hand_over(tx, orders.get(tx, order.id))
    aftersales.finish(tx, order.id)
    return True


def _end_what_is_paid_back(tx: Tx, order: Order, amount: int) -> int:
    """End units that were not handed over, as far as the amount goes; returns what they were worth."""
    ended = 0
    for unit in order.units:
        open_ = unit.obligation not in (None, *aftersales.BACK) and unit.state not in units.HANDED_OVER
        if open_ and ended + unit.price <= amount:
            inventory.release(tx, [unit.id])
            units.settle(tx, unit.id, UnitState.REFUNDED)
            ended += unit.price
    return ended


def goodwill(
    tx: Tx,
    order_id: int,
    amount: Money,
    person: str,
    why: str | None = None,
    *,
    as_credit: bool,
    key: str,
    units: Sequence[int] = (),
) -> Order:
    """Staff give something back of a delivered order, as money or as store credit; the codes stay the buyer's.

    `units` are the positions whose price it is, if it is any's; `why`, if it is a refund and no present.
    Once per key. Raises TooMuch above what is left of what came in, and for an order that is not delivered.
    """
    staff.may(tx, person, Right.MONEY)
    return given(tx, order_id, amount, person, why, as_credit=as_credit, key=key, units=units)


def given(
    tx: Tx,
    order_id: int,
    amount: Money,
    person: str,
    why: str | None = None,
    *,
    as_credit: bool,
    key: str,
    units: Sequence[int] = (),
) -> Order:
    """As goodwill, for whoever has asked already whether it may be done."""
    order = orders.locked(tx, order_id)
    if order_events.recorded(tx, order.id, "goodwill", key):
        return order
    left = most(tx, order)
    if order.state is not State.DELIVERED or not 0 < amount.amount <= left.amount or amount.currency != left.currency:
        raise TooMuch(most=left if order.state is State.DELIVERED else Money(0, left.currency))
    about = {"amount": amount.amount, "credit": as_credit, "key": key}
    made = order_events.record(tx, order.id, "goodwill", person, **about, **({"units": list(units)} if units else {}))
    audit.write(tx, person, "goodwill", f"order {order.number}", amount=amount.plain(), credit=as_credit)
    posting = f"goodwill {order.number} {made}"
    if as_credit:
        account = ledger.credit_of(order.customer, amount.currency)
        ledger.post(tx, posting, amount, came_from=account, went_to="goodwill")
        staff.say(tx, posting, order.person, cards.credit_given(order, amount))
    else:
        ledger.post(tx, posting, amount, came_from=ledger.owed(order.number), went_to="goodwill")
        aftersales.give_back_of(tx, order, amount, "goodwill" if why is None else why)
        if amount == order.total:
            orders.move(tx, order.id, State.REFUNDED, State.DELIVERED, what="refunded", actor=person)
    return orders.get(tx, order.id)


def most(tx: Tx, order: Order) -> Money:
    """What of an order's money is here: not with a dispute, and not the buyer's already, as store credit."""
    kept = sum(unit.price for unit in order.units if unit.state is UnitState.CREDITED)
    given = sum(
        event.detail["amount"] for event in order_events.events_of(tx, order.id, "goodwill") if event.detail["credit"]
    )
    left = ledger.received(tx, order.id, order.total.currency) - disputes.held(tx, order.id, order.total.currency)
    return Money(max(left.amount - kept - given, 0), order.total.currency)
