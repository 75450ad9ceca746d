"""From a wish to a paid order: place it, settle what is paid, weigh the risk, let it lapse."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as changed
from datetime import timedelta
from typing import Any, Literal

from sqlalchemy import Select, bindparam, exists, or_, select, true

from core import (
    aftersales,
    cards,
    catalog,
    customers,
    disputes,
    inventory,
    keeping,
    ledger,
    listings,
    marks,
    meanwhile,
    orders,
    restores,
    review,
    risk,
    risk_trails,
    scarcity,
    shortage,
    staff,
    switches,
    waiting,
)
from core.authority import Right
from core.catalog import Product, StockKind
from core.customers import Person
from core.ground import audit, outbox
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.messages import Choice, words
from core.ground.money import Money
from core.ledger import PaymentRow, Receipt
from core.marks import Origin
from core.orders import Obligation, Order, OrderLine, State, Unit, UnitState
from core.quiet import Kind


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


@dataclass(frozen=True)
class Merchant:
    """Where an order is to be paid, frozen with it: the rail, our account there, live or test, in which money."""

    rail: str
    account: str
    mode: str
    currency: str = ""  # empty: the shop's own


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


class NotMatched(ShopError):
    """The money is not to be matched with that order (any more). Facts: number."""


class NotToBePaid(ShopError):
    """The order has ended, is paid, belongs to somebody else, or costs something else."""


class PayFirst(ShopError):
    """Something was set aside before, for this buyer or on this device, and wasn't paid. Facts: time to come again."""


class TooLate(ShopError):
    """The order can't be changed like that any more. Facts: number."""


# Placing


# What must be known before anything is placed, in one question: it is asked for every order.
UNPAID = orders.UNPAID_OF.subquery()
LAPSES = scarcity.LAPSES.subquery()
_newest = (  # as many as a verdict looks at
    select(orders.orders.c.placed_at, orders.orders.c.paid_at, orders.orders.c.called_off_at)
    .where(orders.orders.c.customer_id == bindparam("customer"))
    .order_by(orders.orders.c.id.desc())
    .limit(risk_trails.NEWEST)
    .subquery()
)
UNPAID_OWN = select(_newest.c.placed_at).where(
    _newest.c.placed_at > bindparam("hours_ago", type_=orders.orders.c.placed_at.type),
    _newest.c.paid_at.is_(None),
    _newest.c.called_off_at.is_(None),
)
UNPAID_HERE = (  # by whomever, on the same device
    select(orders.orders.c.id)
    .join(marks.marks, marks.marks.c.order_id == orders.orders.c.id)
    .where(
        marks.marks.c.kind == marks.Kind.DEVICE.value,
        marks.marks.c.value == bindparam("device", type_=marks.marks.c.value.type),
        marks.marks.c.at > bindparam("hours_ago", type_=marks.marks.c.at.type),
        orders.orders.c.paid_at.is_(None),
        orders.orders.c.called_off_at.is_(None),
    )
)
STANDING = select(
    orders.BY_KEY.scalar_subquery(),
    exists(restores.UNCHECKED),
    exists(orders.LAPSED),
    exists(switches.CLOSED),
    exists(switches.STOPPED),
    exists(scarcity.KNOWN),
    exists(listings.BLOCKED),
    or_(exists(UNPAID_OWN), exists(UNPAID_HERE)),
    select(customers.people.c.customer_id).where(customers.people.c.id == bindparam("person")).scalar_subquery(),
    ledger.BALANCE.scalar_subquery(),
    *UNPAID.c,
    *LAPSES.c,
).select_from(UNPAID.join(LAPSES, true()))


@dataclass(frozen=True)
class Standing:
    """Where a buyer and the shop stand when an order is about to be placed."""

    placed: int | None  # the order that this request has made before
    unchecked: bool  # the shop was restored, and its books are not checked
    lapsed: bool  # some order is past its hold, of whatever product
    closed: bool  # the shop is closed
    stopped: bool  # the rail is stopped
    blocked: bool  # nothing is sold to this buyer
    left_unpaid: bool  # for this buyer or on this device something was set aside in the last hours: Past.left_unpaid
    customer: int  # whose account it is at this moment: it may have been linked since it spoke
    credit: Money
    unpaid: int  # the buyer's orders
    units: int  # in those
    buyer: scarcity.Buyer


def standing(
    tx: Tx, person: Person, request_key: str, currency: str, rail: str, origin: Origin = marks.NOWHERE
) -> Standing:
    customer = person.customer
    placed, unchecked, lapsed, closed, stopped, known, blocked, here, *rest = tx.one(
        STANDING,
        key=request_key,
        customer=customer,
        person=person.id,
        now=tx.now,
        yesterday=tx.now - scarcity.LAPSES_IN,
        most=1,
        of_account=ledger.credit_of(customer, currency),
        of_switch=f"{switches.RAIL}{rail}",
        device=marks.value_of(tx, marks.Kind.DEVICE, origin.device) if origin.device else b"",
        hours_ago=tx.now - risk.AWAY,
    )
    now_of, balance, unpaid, units, lapses, last = rest
    now = (bool(unchecked), bool(lapsed), bool(closed), bool(stopped), bool(blocked), bool(here))
    buyer = scarcity.Buyer(customer, bool(known), lapses, last)
    return Standing(placed, *now, now_of, Money(-balance, currency), unpaid, units, buyer)


def place(
    tx: Tx,
    person: Person,
    slug: str,
    quantity: int,
    merchant: Merchant,
    answers: Mapping[str, str],
    request_key: str,
    origin: Origin = marks.NOWHERE,
) -> Order:
    """Set the units aside and freeze the terms: the order awaits payment until its hold ends.

    All units are set aside or none; of a bundle, those of all its parts. The buyer's store credit pays as much of
    it as it can, at once. What `origin` tells is kept as marks. A repeat of the request key returns the order it made
    before.
    Raises BooksBeingChecked, ShopClosed, WayStopped, AccountNotServed, UnknownProduct, NotOnSale, NoPrice,
    QuantityOutOfRange, AnswerMissing, CoolDown, LimitReached, TooManyUnpaid, TakenForNow, OutOfStock and PayFirst;
    nothing stays set aside then.
    """
    customers.lock(tx, person.customer)
    currency = merchant.currency or tx.rules.currency
    stands = standing(tx, person, request_key, currency, merchant.rail, origin)
    if stands.customer != person.customer:
        now = changed(person, customer=stands.customer)
        return place(tx, now, slug, quantity, merchant, answers, request_key, origin)
    if stands.placed:
        return orders.get(tx, stands.placed)
    restores.must_be_checked(tx, stands.unchecked)
    switches.must_be_open(tx, stands.closed)
    switches.must_run(tx, merchant.rail, stands.stopped)
    if stands.blocked:
        raise listings.AccountNotServed()
    scarcity.must_have_cooled_down(tx.rules, tx.now, stands.buyer)
    product = catalog.product(tx, slug)
    price = _price(product, quantity, answers, currency)
    parts = catalog.parts(tx, product) if product.kind is StockKind.BUNDLE else [(product, 1)]
    scarcity.wait_turn(tx, stands.buyer, parts)
    for part, many in parts:
        if part.frozen:  # a part that is not sold by itself may be sold in a bundle: not one that doesn't add up
            raise catalog.NotOnSale(product=product.name)
        if stands.lapsed:
            lapse(tx, part.id, quantity * many)
    _within_limits(tx, person, product, quantity, parts, stands)
    theirs = [waiting.come(tx, person, part, quantity * many) for part, many in parts]
    waited = quantity == 1 and theirs == [True]  # what was set aside for them is no share of what is left
    hold = tx.rules.hold if waited else scarcity.hold(tx, stands.buyer, parts, quantity)
    order = _write_down(tx, person, product, quantity, price, answers, request_key, parts, hold)
    _set_aside(tx, order, parts)
    _mark(tx, order, product, parts, answers, origin)
    if stands.left_unpaid and stands.credit.amount < order.total.amount:  # nobody else can be told to pay first
        _must_pay_first(tx, order)
    orders.record(tx, order.id, "placed", person.id)
    return _ask_for_money(tx, order, merchant, stands.credit)


def _must_pay_first(tx: Tx, order: Order) -> None:
    if until := review.away_until(tx, order):
        raise PayFirst(time=until)


def _set_aside(tx: Tx, order: Order, parts: Sequence[tuple[Product, int]]) -> None:
    """Every unit's code, product by product in one order for all buyers: two bundles never wait for each other."""
    for part, _ in sorted(parts, key=lambda each: each[0].id):
        inventory.reserve(tx, part, orders.units_of(order, part.id))


def _ask_for_money(tx: Tx, order: Order, merchant: Merchant, credit: Money) -> Order:
    """Store credit first; what is left is asked of the rail."""
    credit = ledger.spend_credit(tx, credit, order.customer, order.id, order.number, merchant.mode, order.total)
    if credit.amount:
        orders.record(tx, order.id, "credit_spent", order.person, amount=credit.amount)
    if credit == order.total:  # or it costs nothing
        _go_on(tx, order)
        return orders.get(tx, order.id)
    due, rest = order.total - credit, bool(credit.amount)
    ledger.ask(tx, order.id, order.number, merchant.rail, merchant.account, merchant.mode, due, rest=rest)
    return order


def placed(tx: Tx, person: Person, request_key: str) -> Order | None:
    """The order a request key has made, if it has."""
    order = tx.value(orders.BY_KEY, key=request_key, customer=person.customer)
    return None if order is None else orders.get(tx, order)


def _price(product: Product, quantity: int, answers: Mapping[str, str], currency: str) -> Money:
    if not product.on_sale:
        raise catalog.NotOnSale(product=product.name)
    if not 1 <= quantity <= product.most_per_order:
        raise QuantityOutOfRange(most=product.most_per_order)
    for field in product.form:
        if not re.fullmatch(field.pattern, answers.get(field.name, "")):
            raise AnswerMissing(label=field.label)
    price = product.price(quantity, currency)
    if price is None:
        raise NoPrice()
    return price


def _within_limits(
    tx: Tx, person: Person, product: Product, quantity: int, parts: Sequence[tuple[Product, int]], stands: Standing
) -> None:
    """Of a bundle, also those of its parts: else what one may have so many of is had in bundles."""
    more = quantity * sum(many for _, many in parts)
    if stands.unpaid >= tx.rules.unpaid_orders or (stands.unpaid and stands.units + more > tx.rules.unpaid_units):
        raise TooManyUnpaid(orders=stands.unpaid)
    if product.kind is StockKind.BUNDLE:
        _within_limit(tx, person, product, quantity, orders.BUNDLES_OF)
    for part, many in parts:
        _within_limit(tx, person, part, quantity * many, orders.BOUGHT_OF)


def _within_limit(tx: Tx, person: Person, product: Product, quantity: int, counted: Select[Any]) -> None:
    if product.most_per_buyer is not None:
        bought = tx.value(counted, customer=person.customer, product=product.id)
        if bought + quantity > product.most_per_buyer:
            raise LimitReached(limit=product.most_per_buyer)


def _write_down(
    tx: Tx,
    person: Person,
    product: Product,
    quantity: int,
    price: Money,
    answers: Mapping[str, str],
    key: str,
    parts: Sequence[tuple[Product, int]],
    hold: timedelta | None = None,
) -> Order:
    worth = _worth(tx, product, quantity, price)
    units = quantity * (sum(many for _, many in parts) if product.kind is StockKind.BUNDLE else 1)
    what = (product.id, units)
    order = orders.place(tx, person, price * quantity, tx.ids.number(), key, *what, worth=worth, hold=hold)
    asked = {field.name: answers[field.name] for field in product.form}
    sealed = tx.vault.seal(json.dumps(asked), orders.answers_bound_to(order.number)) if asked else None
    line = orders.add_line(tx, order.id, product, quantity, price.amount, sealed)
    if product.kind is not StockKind.BUNDLE:
        return changed(order, lines=(line,), units=_add_units(tx, order, line, [price.amount] * quantity))
    order = changed(order, lines=(line,))
    for (part, many), shares in zip(parts, _shares(parts, price), strict=True):
        line = orders.add_line(tx, order.id, part, quantity * many, shares[0])
        units = _add_units(tx, order, line, shares * quantity)
        order = changed(order, lines=(*order.lines, line), units=(*order.units, *units))
    return order


def _worth(tx: Tx, product: Product, quantity: int, price: Money) -> int | None:
    """The order in the shop's own currency, at this moment's prices: else limits could not be held to it."""
    own = product.price(quantity, tx.rules.currency) or tx.rules.in_own(price)
    return own.amount * quantity if own else None


def _mark(
    tx: Tx,
    order: Order,
    product: Product,
    parts: Sequence[tuple[Product, int]],
    answers: Mapping[str, str],
    origin: Origin,
) -> None:
    """By what the order can be connected with others: where it comes from, and what its buyer was asked."""
    asked = {field.name: answers[field.name] for field in product.form}
    to_account = any(part.made_to_order for part, _ in parts)
    marks.placed(tx, order.id, product.brand, asked, to_account=to_account, origin=origin)


def _add_units(tx: Tx, order: Order, line: OrderLine, prices: Sequence[int]) -> tuple[Unit, ...]:
    """A unit for each price, numbered on from those there are."""
    return tuple(
        orders.add_unit(tx, order.id, line.id, position, price)
        for position, price in enumerate(prices, len(order.units) + 1)
    )


def _shares(parts: Sequence[tuple[Product, int]], price: Money) -> list[list[int]]:
    """What each unit of one bundle costs: the bundle's price, shared out as the parts' own prices are.

    What rounding leaves over is on the last, so that the shares add up to the cent.
    """
    worth = [[_own_price(part, price.currency)] * many for part, many in parts]
    whole = sum(map(sum, worth)) or 1
    shares = [[price.amount * each // whole for each in of_part] for of_part in worth]
    shares[-1][-1] += price.amount - sum(map(sum, shares))
    return shares


def _own_price(part: Product, currency: str) -> int:
    own = part.price(1, currency)
    return own.amount if own and own.amount else 1


def pay_with(tx: Tx, order: Order, merchant: Merchant) -> PaymentRow:
    """The payment of what an unpaid order still lacks, on a rail; asked for anew if there is none yet.

    Opening its page late in the hold extends the hold, once. Raises TooLate when the order is not to be paid any more,
    and WayStopped for a page that isn't open yet.
    """
    order = orders.locked(tx, order.id)  # it may have ended since it was read
    if order.state not in orders.UNPAID or order.expires_at <= tx.now:
        raise TooLate(number=order.number)
    if merchant.rail not in [each.rail for each in ledger.payments_of(tx, order.id) if each.state == "open"]:
        switches.must_run(tx, merchant.rail)
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


def may_be_charged(tx: Tx, key: str, total: Money, person: str) -> None:
    """The last look before a rail takes the money. Raises NotToBePaid unless it is ours to take, now, and so much.

    Late in the hold it extends that, once, so that what is being paid this moment doesn't lapse meanwhile.
    """
    asked = ledger.payment(tx, key)
    if asked is None or asked.state == "closed" or asked.total != total:
        raise NotToBePaid()
    order = orders.locked(tx, asked.order)
    if order.person != person or order.state not in orders.UNPAID or order.expires_at <= tx.now:
        raise NotToBePaid()
    tx.changed(orders.EXTEND, order=order.id, now=tx.now, until=tx.now + tx.rules.extension)


# Ending unpaid


def cancel(tx: Tx, order: Order, person: Person) -> None:
    """The buyer gives it up: the units go back on sale. Raises TooLate once it is paid or over."""
    if not _end_unpaid(tx, order, State.CANCELLED, "cancelled", person.id):
        raise TooLate(number=order.number)


def call_off(tx: Tx, number: str, person: str, key: str) -> Order:
    """Staff end an order that is not paid: its units go back on sale, what was paid of it to its buyer, who is told.

    Once per key; a repeat changes nothing. Raises NotStaff, NotAllowed, UnknownOrder, and MeanwhileChanged once it is
    paid or over, which says what happened and by whom.
    """
    staff.may(tx, person, Right.ANSWER)
    order = orders.locked(tx, orders.numbered(tx, number).id)
    if orders.recorded(tx, order.id, "called_off", key):
        return order
    if order.state not in orders.UNPAID:
        raise meanwhile.first(tx, order)
    if order.state is State.UNDERPAID:
        aftersales.refund(tx, order.id, "underpaid", person)
        _close_pages(tx, order)
        orders.record(tx, order.id, "called_off", person, key=key)
    else:
        _end_unpaid(tx, order, State.CANCELLED, "called_off", person, key=key)
        staff.say(tx, f"called off {order.number}", order.person, cards.cancelled(order))
    audit.write(tx, person, "call off", f"order {order.number}")
    return orders.get(tx, order.id)


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


def _end_unpaid(tx: Tx, order: Order, to: State, what: str, actor: str, **detail: Any) -> bool:
    if not orders.move(tx, order.id, to, State.AWAITING_PAYMENT, what=what, actor=actor, **detail):
        return False
    inventory.release(tx, [unit.id for unit in order.units])
    for unit in order.units:
        orders.settle(tx, unit.id, UnitState.RELEASED)
    for receipt in ledger.receipts_of(tx, order.id):  # store credit, spent for nothing
        aftersales.give_back(tx, receipt, ledger.refundable(tx, receipt), "unused")
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
        Choice(words("choose-same-money"), f"same {receipt.id} {order.number}", main=True),
        Choice(words("choose-paid-twice"), f"match {receipt.id} {order.number}"),
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
            _go_on(tx, order)
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


def _go_on(tx: Tx, order: Order) -> None:
    """The money is in and every unit set aside: what is left is to weigh the risk."""
    orders.pay(tx, order, State.PAID, late=False)
    orders.record(tx, order.id, "paid", "payment", late=False)
    for unit in order.units:
        orders.owe(tx, unit.id, UnitState.RESERVED, Obligation.RISK, "shop", tx.now + shortage.WEIGH_WITHIN)
    outbox.put(tx, "weigh", f"weigh {order.id}", order=order.id)


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
    orders.record(tx, order.id, "paid_too_late" if missing else "paid", "payment", late=True, missing=len(missing))
    if unwanted:
        shortage.ask_whether_wanted(tx, order, missing=bool(missing))
        return
    for unit in order.units:
        if unit.id in aside:
            orders.owe(tx, unit.id, UnitState.RESERVED, Obligation.RISK, "shop", tx.now + shortage.WEIGH_WITHIN)
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
        lapse(tx, product_id, len(wanted))
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
    orders.record(tx, order.id, "matched", person, receipt=receipt_id)
    audit.write(tx, person, "match", f"order {order.number}", receipt=receipt_id, amount=receipt.total.plain())
    _paid(tx, order, ledger.receipt(tx, receipt_id), "")
