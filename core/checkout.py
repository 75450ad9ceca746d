"""From a wish to an order: place it, ask for its money, and where none comes, end it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as changed
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, bindparam, exists, or_, select, true

from core import (
    aftersales,
    cards,
    catalog,
    customers,
    inventory,
    ledger,
    listings,
    marks,
    meanwhile,
    order_events,
    orders,
    restores,
    review,
    risk,
    risk_trails,
    scarcity,
    shortage,
    staff,
    switches,
    units,
    waiting,
)
from core.authority import Right
from core.catalog import Product, StockKind
from core.customers import Person
from core.ground import audit, outbox
from core.ground.db import Tx
from core.ground.errors import ShopError
from core.ground.money import Money
from core.ledger import PaymentRow
from core.marks import Origin
from core.orders import Order, OrderLine, State
from core.units import Obligation, Unit, UnitState


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
    order_events.record(tx, order.id, "placed", person.id)
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
        order_events.record(tx, order.id, "credit_spent", order.person, amount=credit.amount)
    if credit == order.total:  # or it costs nothing
        go_on(tx, order)
        return orders.get(tx, order.id)
    due, rest = order.total - credit, bool(credit.amount)
    ledger.ask(tx, order.id, order.number, merchant.rail, merchant.account, merchant.mode, due, rest=rest)
    return order


def go_on(tx: Tx, order: Order) -> None:
    """The money is in and every unit set aside: what is left is to weigh the risk."""
    orders.pay(tx, order, State.PAID, late=False)
    order_events.record(tx, order.id, "paid", "payment", late=False)
    for unit in order.units:
        units.owe(tx, unit.id, UnitState.RESERVED, Obligation.RISK, "shop", tx.now + shortage.WEIGH_WITHIN)
    outbox.put(tx, "weigh", f"weigh {order.id}", order=order.id)


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
        units.add_unit(tx, order.id, line.id, position, price)
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
    if order_events.recorded(tx, order.id, "called_off", key):
        return order
    if order.state not in orders.UNPAID:
        raise meanwhile.first(tx, order)
    if order.state is State.UNDERPAID:
        aftersales.refund(tx, order.id, "underpaid", person)
        close_pages(tx, order)
        order_events.record(tx, order.id, "called_off", person, key=key)
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
        close_pages(tx, order)
    elif _end_unpaid(tx, order, State.EXPIRED, "expired", "clock"):
        staff.say(tx, f"expired {order.number}", order.person, cards.expired(order))


def _end_unpaid(tx: Tx, order: Order, to: State, what: str, actor: str, **detail: Any) -> bool:
    if not orders.move(tx, order.id, to, State.AWAITING_PAYMENT, what=what, actor=actor, **detail):
        return False
    inventory.release(tx, [unit.id for unit in order.units])
    for unit in order.units:
        units.settle(tx, unit.id, UnitState.RELEASED)
    for receipt in ledger.receipts_of(tx, order.id):  # store credit, spent for nothing
        aftersales.give_back(tx, receipt, ledger.refundable(tx, receipt), "unused")
    close_pages(tx, order)
    return True


def close_pages(tx: Tx, order: Order, but: str = "") -> None:
    """No page of the order is to take money any more, but the one that just has."""
    for payment in ledger.payments_of(tx, order.id):
        if payment.key != but:
            effect = f"close {payment.key}"
            outbox.put(tx, "close", effect, rail=payment.rail, key=payment.key, reference=payment.reference or "")
