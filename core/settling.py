"""Money that comes in: it is written down, and the order it is for goes on, waits for the rest, or is late."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core import (
    aftersales,
    cards,
    catalog,
    checkout,
    disputes,
    inventory,
    keeping,
    ledger,
    marks,
    order_events,
    orders,
    shortage,
    staff,
    units,
)
from core.authority import Right
from core.ground import audit, outbox
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import Choice, words
from core.ground.money import Money
from core.ledger import Receipt
from core.orders import Order, State
from core.quiet import Kind
from core.units import Obligation, UnitState


@dataclass(frozen=True)
class PaymentNotice:
    """What a rail says about a payment, verified by it. The same facts whether it told us or we asked."""

    rail: str
    event: str  # the provider's id of this notice
    transaction: str  # the provider's id of the money's movement: one transaction is one receipt
    key: str  # the payment key we gave to start()
    account: str  # the merchant account it was paid to
    mode: Literal["live", "test"]
    state: Literal["paid", "failed", "closed"]
    total: Money
    payer: str = ""  # where it came from, if the rail says, and whom a refund by hand goes to
    instrument: str = ""  # the rail's own fingerprint of the card or account that paid
    payer_country: str = ""  # of that card or account: two letters
    marks: tuple[str, ...] = ()  # what the rail says of the payment's risk, in its words: normal, elevated, highest


class NotMatched(ShopError):
    """The money is not to be matched with that order (any more). Facts: number."""


def settle(tx: Tx, notice: PaymentNotice) -> None:
    """Write the money down, and in the same transaction move the order it is for.

    A repeat changes nothing. Money that fits no order, or was paid to another account, mode or currency than the
    frozen terms say, is kept as unmatched and given to staff; after a restore it may be the shop's. Too little makes
    the order underpaid; what is too much goes back, but never by itself where staff had seen money come for the
    order: it may be the same. Money for an order that had ended sets its units aside anew; where they are gone, or not
    wanted any more, its buyer chooses.
    """
    payment = ledger.payment(tx, notice.key)
    if notice.state == "failed" and payment:
        marks.keep(tx, payment.order, marks.Kind.FAILED, notice.rail)
    if notice.state != "paid":
        return
    fits = payment is not None and (payment.rail, payment.account, payment.mode, payment.total.currency) == (
        notice.rail,
        notice.account,
        notice.mode,
        notice.total.currency,
    )
    order = orders.locked(tx, payment.order) if payment and fits else None
    seen = order is not None and notice.rail != ledger.MANUAL and _was_seen_by_staff(tx, order)
    number = order.number if order else None
    receipt = ledger.receive(
        tx,
        notice.rail,
        notice.account,
        notice.transaction,
        notice.mode,
        notice.total,
        order.id if order and not seen else None,
        None if seen else number,
        notice.payer,
        seen_before=seen,
        of_number="" if payment else keeping.order_named(tx, notice.key, notice.rail, notice.mode),
    )
    if receipt is None:
        return
    if order and seen:
        _ask_whether_the_same(tx, order, receipt)
        return
    if order is None:
        keeping.unmatched(tx, receipt)
        return
    _mark_payer(tx, order, notice)
    _paid(tx, order, receipt, notice.key)


def _mark_payer(tx: Tx, order: Order, notice: PaymentNotice) -> None:
    if notice.rail != ledger.MANUAL:  # there it is what somebody of the shop typed
        told = (notice.payer, notice.instrument, notice.payer_country, notice.marks)
        marks.paid(tx, order.id, notice.rail, notice.account, *told)


def _was_seen_by_staff(tx: Tx, order: Order) -> bool:
    """Whether the order counts as paid by what staff saw: then the notice that was lost comes as a second payment."""
    came = ledger.receipts_of(tx, order.id) if order.paid_at else []
    return any(each.rail == ledger.MANUAL and ledger.refundable(tx, each).amount for each in came)


def _ask_whether_the_same(tx: Tx, order: Order, receipt: Receipt) -> None:
    staff.alarm(
        tx,
        f"seen before {receipt.id}",
        "alarm-seen-before",
        Choice(words("choose-same-money"), f"same {receipt.id} {order.number} {receipt.mark}", main=True),
        Choice(words("choose-paid-twice"), f"match {receipt.id} {order.number} {receipt.mark}"),
        kind=Kind.MONEY,
        number=order.number,
        amount=receipt.total,
        rail=cards.rail_called(receipt.rail),
        reference=receipt.transaction,
    )


def _paid(tx: Tx, order: Order, receipt: Receipt, key: str) -> None:
    received = ledger.received(tx, order.id, order.total.currency)
    enough = received.amount >= order.total.amount
    match order.state:
        case State.AWAITING_PAYMENT | State.UNDERPAID if enough:
            checkout.go_on(tx, order)
            checkout.close_pages(tx, order, but=key)
            _give_surplus_back(tx, receipt, received - order.total)
        case State.AWAITING_PAYMENT | State.UNDERPAID:
            _wait_for_the_rest(tx, order, received)
        case State.EXPIRED | State.CANCELLED if enough:
            _come_late(tx, order)
            _give_surplus_back(tx, receipt, received - order.total)
        case _ if order.paid_at:
            _give_surplus_back(tx, receipt, receipt.total)
        case _:  # a part of it, for an order that is over
            aftersales.give_back(tx, receipt, receipt.total, "late")


def _give_surplus_back(tx: Tx, receipt: Receipt, surplus: Money) -> None:
    if surplus.amount > 0:
        aftersales.give_back(tx, receipt, surplus, "surplus")


def _wait_for_the_rest(tx: Tx, order: Order, received: Money) -> None:
    orders.move(tx, order.id, State.UNDERPAID, State.AWAITING_PAYMENT, what="underpaid", actor="payment")
    tx.changed(orders.EXTEND, order=order.id, now=tx.now, until=tx.now + tx.rules.hold)
    staff.say(
        tx,
        f"underpaid {order.number} {received.amount}",
        order.person,
        cards.underpaid(orders.get(tx, order.id), received),
    )


def _come_late(tx: Tx, order: Order) -> None:
    """Paid after its end: what is still there is set aside anew, for the rest the product's policy holds.

    Who had cancelled, or has bought the same again since, may not want it any more: they are asked.
    """
    unwanted = order.state is State.CANCELLED or bool(
        tx.first(orders.BOUGHT_AGAIN, customer=order.customer, order=order.id, product=order.lines[0].product)
    )
    aside = _set_aside_again(tx, order)
    missing = [unit for unit in order.units if unit.id not in aside]
    if unwanted and missing:
        inventory.release(tx, aside)
        aside, missing = [], list(order.units)
    to = State.PAID_NO_STOCK if missing else State.PAID
    orders.pay(tx, order, to, late=True)
    order_events.record(
        tx, order.id, "paid_too_late" if missing else "paid", "payment", late=True, missing=len(missing)
    )
    if unwanted:
        shortage.ask_whether_wanted(tx, order, missing=bool(missing))
        return
    for unit in order.units:
        if unit.id in aside:
            units.owe(tx, unit.id, UnitState.RESERVED, Obligation.RISK, "shop", tx.now + shortage.WEIGH_WITHIN)
    if aside:
        outbox.put(tx, "weigh", f"weigh {order.id}", order=order.id)
    if missing:
        shortage.short(tx, order.id, [unit.id for unit in missing])
    else:
        staff.say(tx, f"late {order.number}", order.person, cards.late(order))


def _set_aside_again(tx: Tx, order: Order) -> list[int]:
    """Units that have a code again. Of what is handed over together, all of them or none."""
    products = sorted({line.product for line in order.lines if orders.units_of(order, line.product)})
    aside: list[int] = []
    for product_id in products:
        product, wanted = catalog.by_id(tx, product_id), orders.units_of(order, product_id)
        checkout.lapse(tx, product_id, len(wanted))
        aside += inventory.reserve_some(tx, product, wanted)
    if order.terms.together and len(aside) < len(order.units):
        inventory.release(tx, aside)
        return []
    return aside


# Money that was lost on its way


def match(tx: Tx, receipt_id: int, order_id: int, person: str) -> None:
    """Staff know whose unmatched money it is: the order goes on as if it had come with it.

    Raises NotMatched when the money is matched, going back or disputed by now, or is no money for that order.
    """
    staff.may(tx, person, Right.MONEY)
    order = orders.locked(tx, order_id)
    receipt = ledger.locked(tx, receipt_id)
    modes = {payment.mode for payment in ledger.payments_of(tx, order.id)}
    fits = receipt.order is None and receipt.total.currency == order.total.currency and receipt.mode in modes
    if not fits or disputes.is_open(tx, receipt) or not ledger.match(tx, receipt, order.id, order.number):
        raise NotMatched(number=order.number)
    marks.paid(tx, order.id, receipt.rail, receipt.account, receipt.payer, "", "", ())
    order_events.record(tx, order.id, "matched", person, receipt=receipt_id)
    audit.write(tx, person, "match", f"order {order.number}", receipt=receipt_id, amount=receipt.total.plain())
    _paid(tx, order, ledger.receipt(tx, receipt_id), "")
