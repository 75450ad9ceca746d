"""Paying an order: opening the rail's page, "I've paid", another way, cancelling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot import ways
from bot.buyers import buyers
from bot.handlers.help import EMAIL
from bot.ways import Way
from core import by_hand, cards, catalog, checkout, contacts, ledger, orders, settling
from core.customers import Person
from core.ground import points
from core.ground.db import Tx
from core.ground.errors import PartyError
from core.ground.messages import Choice, Message, words
from core.ground.money import Money
from core.ledger import PaymentRow
from core.orders import Order, State
from core.parties import Device, Payment, PaymentRail, PaymentRequest
from core.shop import Shop

LOOK_AGAIN = timedelta(minutes=10)


@dataclass(frozen=True)
class Opened:
    """An order as it stands, what of it is paid, and the payment that was opened; None where the rail is down."""

    order: Order
    received: Money
    payment: Payment | None


async def opened(
    shop: Shop,
    person: Person,
    order: Order,
    way: Way,
    *,
    device: Device = "scan",
    payer: str = "",
    address: str = "",
    return_url: str = "",
) -> Opened:
    """The order's payment on that rail, opened under the order's key: opening it again shows the same one.

    `device`, `payer` and `address` are as in PaymentRequest. `return_url`: where the rail's page leads in the end.
    Raises TooLate, WayStopped.
    """
    row = await shop.db.write(checkout.pay_with, order, way.merchant)
    order, received = await shop.db.read(_as_it_stands, order.id)
    request = PaymentRequest(
        key=row.key,
        number=order.number,
        total=row.total,
        expires_at=order.expires_at,
        title=order.terms.name.in_(person.locale),
        locale=person.locale,
        return_url=return_url or f"{shop.public_url}/",
        reference=row.reference,
        device=device,
        payer=payer,
        address=address,
    )
    try:
        with points.around("rail.start"):
            payment = await way.rail.start(request)
    except PartyError:
        return Opened(order, received, None)
    await shop.db.write(ledger.opened, row.key, payment.reference, payment.link, payment.exact)
    return Opened(order, received, payment)


async def open_payment(shop: Shop, person: Person, order: Order, way: Way) -> Message:
    """Where to pay the order on that rail."""
    opening = await opened(shop, person, order, way)
    order, received, payment = opening.order, opening.received, opening.payment
    offered, _ = await ways_to_pay(shop, person, order)
    others = [each for each in offered if each.rail is not way.rail]
    if payment is None:
        return rail_is_down(order, way.rail, others)
    if order.state is State.UNDERPAID:
        return cards.underpaid(order, received, payment.link, qr=payment.qr, says=payment.says, invoice=payment.invoice)
    card = cards.pay_here(
        order,
        payment.link,
        qr=payment.qr,
        says=payment.says,
        invoice=payment.invoice,
        several_rails=bool(others),
        with_phrase=person.chat == "browser",
        credit=received if received.amount else None,
    )
    asks = shop.rules.ask_address and await shop.db.read(contacts.of_customer, order.customer) is None
    return replace(card, choices=(*card.choices, EMAIL)) if asks else card


async def ways_to_pay(shop: Shop, person: Person, order: Order) -> tuple[list[Way], Money]:
    """How an unpaid order may be paid in this chat now, and what of it is paid."""
    return await shop.db.read(_ways_of, tuple(shop.payments.values()), person.chat, order)


def _ways_of(tx: Tx, rails: Sequence[PaymentRail], chat: str, order: Order) -> tuple[list[Way], Money]:
    received = ledger.received(tx, order.id, order.total.currency)
    goods = catalog.by_id(tx, order.lines[0].product).goods
    return ways.here(tx, rails, chat).to_settle(goods, order.total - received), received


def rail_is_down(order: Order, rail: PaymentRail, others: Sequence[Way]) -> Message:
    again = Choice(words("choose-try-again"), f"pay {order.number} {rail.name}", main=True)
    more = [Choice(words("choose-other-rail"), f"payby {order.number}")] if others else []
    sorry = words("rail-down", rail=cards.rail_called(rail.name), number=order.number, time=order.expires_at)
    return Message(sorry, (again, *more, cards.HUMAN))


@buyers.hears("pay")
async def pay(shop: Shop, person: Person, number: str, rail: str = "") -> Message:
    """Show where to pay an unpaid order; any other order is shown as it stands."""
    order, payments = await shop.db.read(_own_with_payments, number, person)
    if order.state not in orders.UNPAID:
        return cards.status(order)
    offered, received = await ways_to_pay(shop, person, order)
    wanted = rail or (payments[-1].rail if payments else "")
    way = next((each for each in offered if each.rail.name == wanted), None)
    if way is None and wanted:  # it was switched off, or does not answer
        return another_way(order, offered, received, gone=wanted)
    if not offered:
        return another_way(order, offered, received)
    return await open_payment(shop, person, order, way or offered[0])


@buyers.hears("payby")
async def pay_another_way(shop: Shop, person: Person, number: str) -> Message:
    order = await shop.db.read(orders.own, number, person.customer, person.id)
    if order.state not in orders.UNPAID:
        return cards.status(order)
    return another_way(order, *await ways_to_pay(shop, person, order))


def another_way(order: Order, offered: Sequence[Way], received: Money, *, gone: str = "") -> Message:
    if not offered:
        some = "yes" if received.amount else "no"
        sorry = words("no-rail-for-order", number=order.number, time=order.expires_at, amount=received, some=some)
        cancel = Choice(words("choose-cancel"), f"cancel {order.number}", acts=True)
        return Message(
            sorry, (Choice(words("choose-try-again"), f"pay {order.number}", main=True), cancel, cards.HUMAN)
        )
    which = words("buying-how-to-pay", total=offered[0].total, same="yes")
    instead = (words("rail-gone", rail=cards.rail_called(gone)),) if gone else ()
    return Message((*instead, which), ways.choices(offered, f"pay {order.number} "))


@buyers.hears("paid")
async def ive_paid(shop: Shop, person: Person, number: str) -> Message:
    """Ask the rails at once, whatever notices did or didn't come; settle what they have seen."""
    order, payments = await shop.db.read(_own_with_payments, number, person)
    if order.paid_at or order.state in orders.GIVEN_BACK:
        return cards.status(order)
    for payment in payments:
        rail = shop.payments.get(payment.rail)
        if rail is None or payment.reference is None:
            continue
        try:
            with points.around("rail.truth"):
                notice = await rail.truth(payment.key, payment.reference)
        except PartyError:
            continue  # the rail can't say now: the answer below is still true, and its notice will come
        if notice is not None and notice.state == "paid":
            await shop.db.write(settling.settle, notice)
            order, received = await shop.db.read(_as_it_stands, order.id)
            if order.paid_at:
                look = Choice(words("choose-status"), f"order {order.number}")
                return Message(words("payment-seen", amount=received, number=order.number), (look, cards.HUMAN))
    rail = shop.payments.get(payments[-1].rail) if payments else None
    if rail and rail.abilities.by_staff:
        return cards.claimed(await shop.db.write(by_hand.claimed, order.id))
    if order.state is State.UNDERPAID:
        return cards.underpaid(*await shop.db.read(_as_it_stands, order.id))
    if not payments or order.state in (State.EXPIRED, State.CANCELLED):
        return cards.status(order)
    until = await shop.db.read(_in, LOOK_AGAIN)
    return cards.waiting(order, payments[-1].rail, until)


def _as_it_stands(tx: Tx, order_id: int) -> tuple[Order, Money]:
    order = orders.get(tx, order_id)
    return order, ledger.received(tx, order.id, order.total.currency)


@buyers.hears("cancel")
async def cancel(shop: Shop, person: Person, number: str) -> Message:
    """Give an unpaid order up; its codes go back on sale."""
    return cards.cancelled(await shop.db.write(_cancel, number, person))


def _cancel(tx: Tx, number: str, person: Person) -> Order:
    order = orders.own(tx, number, person.customer, person.id)
    if order.state is not State.CANCELLED:
        checkout.cancel(tx, order, person)
    return orders.get(tx, order.id)


def _own_with_payments(tx: Tx, number: str, person: Person) -> tuple[Order, list[PaymentRow]]:
    order = orders.own(tx, number, person.customer, person.id)
    return order, ledger.payments_of(tx, order.id)


def _in(tx: Tx, wait: timedelta) -> datetime:
    return tx.now + wait
