"""From a wish to a paid order: place it, settle what is paid, weigh the risk, let it lapse."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from core import aftersales, cards, catalog, customers, inventory, ledger, orders, restores, staff
from core.catalog import Product
from core.customers import Person
from core.ground import outbox
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.money import Money
from core.ledger import PaymentRow, Receipt
from core.orders import Obligation, Order, State, Terms, UnitState


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

    def packed(self) -> str:
        return json.dumps({**vars(self), "total": [self.total.amount, self.total.currency]})

    @classmethod
    def unpacked(cls, text: str) -> PaymentNotice:
        stored = json.loads(text)
        return cls(**{**stored, "total": Money(*stored["total"])})


@dataclass(frozen=True)
class Merchant:
    """Where an order is to be paid, frozen with it: the rail, our account there, live or test."""

    rail: str
    account: str
    mode: str


class QuantityOutOfRange(ShopError):
    """Not a number of units one may order. Facts: most."""


class NoPrice(ShopError):
    """The product has no price in the currency of the rail."""


class LimitReached(ShopError):
    """One buyer may have no more of this product. Facts: limit."""


class TooManyUnpaid(ShopError):
    """The buyer has as much set aside, unpaid, as one may. Facts: orders."""


class AnswerMissing(ShopError):
    """The product asks something of the buyer that was not answered well. Facts: label."""


class TooLate(ShopError):
    """The order can't be changed like that any more. Facts: number."""


# Placing


def place(
    tx: Tx,
    person: Person,
    slug: str,
    quantity: int,
    merchant: Merchant,
    answers: Mapping[str, str],
    request_key: str,
) -> Order:
    """Set the units aside and freeze the terms: the order awaits payment until its hold ends.

    All units are set aside or none. A repeat of the request key returns the order it made before.
    Raises BooksBeingChecked, UnknownProduct, NotOnSale, NoPrice, QuantityOutOfRange, AnswerMissing, LimitReached,
    TooManyUnpaid and OutOfStock; nothing stays set aside then.
    """
    customers.lock(tx, person.customer)
    if (placed := tx.value(orders.BY_KEY, key=request_key, customer=person.customer)) is not None:
        return orders.get(tx, placed)
    restores.must_be_checked(tx)
    product = catalog.product(tx, slug)
    price = _price(tx, product, quantity, answers)
    lapse(tx, product.id, quantity)
    _within_limits(tx, person, product, quantity)
    order = _write_down(tx, person, product, quantity, price, answers, request_key)
    inventory.reserve(tx, product, [unit.id for unit in order.units])
    ledger.ask(tx, order.id, order.number, merchant.rail, merchant.account, merchant.mode, order.total)
    orders.record(tx, order.id, "placed", person.id)
    return order


def _price(tx: Tx, product: Product, quantity: int, answers: Mapping[str, str]) -> Money:
    if not product.on_sale:
        raise catalog.NotOnSale(product=product.name)
    if not 1 <= quantity <= product.most_per_order:
        raise QuantityOutOfRange(most=product.most_per_order)
    for field in product.form:
        if not re.fullmatch(field.pattern, answers.get(field.name, "")):
            raise AnswerMissing(label=field.label)
    price = product.price(quantity, tx.rules.currency)
    if price is None:
        raise NoPrice()
    return price


def _within_limits(tx: Tx, person: Person, product: Product, quantity: int) -> None:
    unpaid, units = tx.one(orders.UNPAID_OF, customer=person.customer, now=tx.now)
    if unpaid >= tx.rules.unpaid_orders or (unpaid and units + quantity > tx.rules.unpaid_units):
        raise TooManyUnpaid(orders=unpaid)
    if product.most_per_buyer is not None:
        bought = tx.value(orders.BOUGHT_OF, customer=person.customer, product=product.id)
        if bought + quantity > product.most_per_buyer:
            raise LimitReached(limit=product.most_per_buyer)


def _write_down(
    tx: Tx, person: Person, product: Product, quantity: int, price: Money, answers: Mapping[str, str], key: str
) -> Order:
    number, total = tx.ids.number(), price * quantity
    order = tx.insert(
        orders.PLACE,
        number=number,
        request_key=key,
        customer_id=person.customer,
        person_id=person.id,
        channel=person.chat,
        locale=person.locale,
        state=State.AWAITING_PAYMENT,
        version=1,
        total=total.amount,
        currency=total.currency,
        placed_at=tx.now,
        expires_at=tx.now + tx.rules.hold,
        extended=False,
        late=False,
    )
    asked = {field.name: answers[field.name] for field in product.form}
    line = tx.insert(
        orders.ADD_LINE,
        order_id=order,
        product_id=product.id,
        quantity=quantity,
        unit_price=price.amount,
        terms=_terms(product).packed(),
        answers=tx.vault.seal(json.dumps(asked), orders.answers_bound_to(number)) if asked else None,
    )
    for position in range(1, quantity + 1):
        tx.insert(
            orders.ADD_UNIT,
            order_id=order,
            line_id=line,
            position=position,
            price=price.amount,
            state=UnitState.RESERVED,
        )
    return orders.get(tx, order)


def _terms(product: Product) -> Terms:
    return Terms(
        slug=product.slug,
        name=product.name,
        region=product.region,
        face_value=product.face_value,
        noun=product.noun,
        measure=product.measure,
        kind=product.kind,
        after_sale_days=product.after_sale_days,
        redeem_url=product.redeem_url,
        hand_minutes=None if product.hand_within is None else int(product.hand_within.total_seconds() // 60),
        asked={field.name: dict(field.label.texts) for field in product.form},
    )


def pay_with(tx: Tx, order: Order, merchant: Merchant) -> PaymentRow:
    """The payment of what an unpaid order still lacks, on a rail; asked for anew if there is none yet.

    Opening its page late in the hold extends the hold, once. Raises TooLate when the order is not to be paid any more.
    """
    order = orders.locked(tx, order.id)  # it may have ended since it was read
    if order.state not in orders.UNPAID or order.expires_at <= tx.now:
        raise TooLate(number=order.number)
    due = order.total - ledger.received(tx, order.id, order.total.currency)
    key = ledger.ask(
        tx,
        order.id,
        order.number,
        merchant.rail,
        merchant.account,
        merchant.mode,
        due,
        rest=due != order.total,
    )
    found = ledger.payment(tx, key)
    if found is None or found.state == "closed":
        raise TooLate(number=order.number)
    if found.state == "asked":  # a page that is open already keeps the end it was opened with
        tx.changed(orders.EXTEND, order=order.id, now=tx.now, until=tx.now + tx.rules.extension)
    return found


def payment_of(tx: Tx, key: str) -> PaymentRow | None:
    return ledger.payment(tx, key)


def _set_aside_again(tx: Tx, order: Order, product: Product) -> bool:
    try:
        inventory.reserve(tx, product, [unit.id for unit in order.units])
    except inventory.OutOfStock:  # raised before anything was changed
        return False
    return True


# Ending unpaid


def cancel(tx: Tx, order: Order, person: Person) -> None:
    """The buyer gives it up: the units go back on sale. Raises TooLate once it is paid or over."""
    if not _end_unpaid(tx, order, State.CANCELLED, "cancelled", person.id):
        raise TooLate(number=order.number)


def lapse(tx: Tx, product: int, most: int) -> None:
    """Expire so many orders of a product past their hold: as many units at least go back on sale.

    Then no sale waits for the clock's job.
    """
    for row in tx.all(orders.LAPSED_OF, product=product, now=tx.now, most=most):
        expire(tx, row.id)


def lapsed(tx: Tx, most: int = 50) -> list[int]:
    """Unpaid orders past their hold, the longest first."""
    return [row.id for row in tx.all(orders.LAPSED, now=tx.now, most=most)]


def expire(tx: Tx, order_id: int) -> None:
    """Unpaid past its hold becomes expired, and its buyer is told; what was paid of it goes back.

    A repeat, and an order that was paid or extended meanwhile, changes nothing.
    """
    order = orders.locked(tx, order_id)
    if order.expires_at > tx.now:
        return
    if order.state is State.UNDERPAID:
        aftersales.refund(tx, order.id, "underpaid", "clock")
        _close_pages(tx, order)
    elif _end_unpaid(tx, order, State.EXPIRED, "expired", "clock"):
        staff.say(tx, f"expired {order.number}", order.person, cards.expired(order))


def _end_unpaid(tx: Tx, order: Order, to: State, what: str, actor: str) -> bool:
    if not orders.move(tx, order.id, to, State.AWAITING_PAYMENT, what=what, actor=actor):
        return False
    inventory.release(tx, [unit.id for unit in order.units])
    for unit in order.units:
        orders.settle(tx, unit.id, UnitState.RELEASED)
    _close_pages(tx, order)
    return True


def _close_pages(tx: Tx, order: Order, but: str = "") -> None:
    """No page of the order is to take money any more, but the one that just has."""
    for payment in ledger.payments_of(tx, order.id):
        if payment.key != but:
            effect = f"close {payment.key}"
            outbox.put(tx, "close", effect, rail=payment.rail, key=payment.key, reference=payment.reference or "")


# Settling


def settle(tx: Tx, notice: PaymentNotice) -> None:
    """Write the money down, and in the same transaction move the order it is for.

    A repeat changes nothing. Money that fits no order, or was paid to another account, mode or currency than the
    frozen terms say, is kept as unmatched and given to staff. Too little makes the order underpaid; what is too
    much goes back. Money for an order that had expired sets its units aside anew, or goes back where they are gone.
    """
    if notice.state != "paid":
        return
    payment = ledger.payment(tx, notice.key)
    fits = payment is not None and (payment.rail, payment.account, payment.mode, payment.total.currency) == (
        notice.rail,
        notice.account,
        notice.mode,
        notice.total.currency,
    )
    order = orders.locked(tx, payment.order) if payment and fits else None
    receipt = ledger.receive(
        tx,
        notice.rail,
        notice.account,
        notice.transaction,
        notice.mode,
        notice.total,
        order.id if order else None,
        order.number if order else None,
    )
    if receipt is None:
        return
    if order is None:
        staff.alarm(tx, f"unmatched {receipt.id}", "alarm-unmatched", amount=notice.total, reference=notice.transaction)
        return
    _paid(tx, order, receipt, notice.key)


def _paid(tx: Tx, order: Order, receipt: Receipt, key: str) -> None:
    received = ledger.received(tx, order.id, order.total.currency)
    enough = received.amount >= order.total.amount
    match order.state:
        case State.AWAITING_PAYMENT | State.UNDERPAID if enough:
            _go_on(tx, order, late=False)
            _close_pages(tx, order, but=key)
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


def _go_on(tx: Tx, order: Order, *, late: bool) -> None:
    """The money is in and every unit set aside: what is left is to weigh the risk."""
    tx.changed(orders.PAY, order=order.id, from_states=[order.state], to_state=State.PAID, now=tx.now, was_late=late)
    orders.record(tx, order.id, "paid", "payment", late=late)
    for unit in order.units:
        orders.owe(tx, unit.id, UnitState.RESERVED, Obligation.RISK, "shop", tx.now + timedelta(minutes=5))
    outbox.put(tx, "weigh", f"weigh {order.id}", order=order.id)


def _come_late(tx: Tx, order: Order) -> None:
    """Paid after its end: the units are set aside anew, or the money goes back."""
    product = catalog.by_id(tx, order.lines[0].product)
    lapse(tx, product.id, order.quantity)
    if order.state is State.EXPIRED and _set_aside_again(tx, order, product):
        _go_on(tx, order, late=True)
        staff.say(tx, f"late {order.number}", order.person, cards.late(order))
        return
    tx.changed(
        orders.PAY, order=order.id, from_states=[order.state], to_state=State.PAID_NO_STOCK, now=tx.now, was_late=True
    )
    orders.record(tx, order.id, "paid_too_late", "payment")
    aftersales.refund(tx, order.id, "cancelled" if order.state is State.CANCELLED else "sold-out", "shop")
